"""What a consignment pays under every regime open to it, the best of them, and why.

assess(rulebook, lines) -> Result      one row per line and regime
explain(result, row)    -> steps       how one row came about, read from the same columns (`youyi.assess.explain`)
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from youyi.assess.columns import REPEATS_CHECKED, check_columns, renamed, repeated, unknown_columns, with_columns
from youyi.assess.lines import COLUMNS, InputError, from_arrow, from_records
from youyi.law.rulebook import Rulebook

if TYPE_CHECKING:
    from youyi.assess.engine import Engine
    from youyi.assess.result import Result

KNOWN = frozenset(COLUMNS)
_ENGINES: WeakKeyDictionary[Rulebook, Engine] = WeakKeyDictionary()
_MAKING = threading.Lock()


def engine_of(rulebook: Rulebook) -> Engine:
    """The engine of a rulebook, with what it remembers."""
    found = _ENGINES.get(rulebook)
    if found is None:
        with _MAKING:  # two threads that each made one would each work out the law
            found = _ENGINES.get(rulebook)
            if found is None:
                from youyi.assess.engine import Engine  # a question about one rate does without it

                found = _ENGINES[rulebook] = Engine(rulebook)
    return found


def assess(rulebook: Rulebook, lines: Any, first_row: int = 0) -> Result:
    """Assess any table that exports Arrow, or a list of mappings, or one mapping.

    Raises InputError when a needed column is missing; everything else that is wrong is a finding on its row. Columns
    are found as in `youyi.assess.columns`; a `line_id` that stands twice is looked for in records alone.
    `first_row` is the number of the first row in a larger input, for the pointers of findings.
    """
    engine = engine_of(rulebook)
    if isinstance(lines, Mapping):
        lines = [lines]
    if isinstance(lines, (list, tuple)):
        names = dict.fromkeys(k for r in lines for k in r)
        check_columns(names)
        if len(lines) == 1 and first_row == 0 and KNOWN.issuperset(names) and (one := engine.assess_one(lines[0])) is not None:
            return one
        if other := renamed(names):
            lines = [with_columns(r, other) for r in lines]
        read = from_records(list(lines), first_row)
        read.findings.extend(repeated(read.line_id[:REPEATS_CHECKED], first_row, set()))
    else:
        import pyarrow as pa

        table = lines if isinstance(lines, (pa.Table, pa.RecordBatch)) else pa.table(lines)
        names = dict.fromkeys(table.schema.names)
        check_columns(table.schema.names)
        if other := renamed(names):
            table = table.rename_columns([other.get(n, n) for n in table.schema.names])
        read = from_arrow(table, first_row)
    read.findings.extend(unknown_columns(names))
    return engine.assess(read)


__all__ = ["COLUMNS", "InputError", "assess", "engine_of"]
