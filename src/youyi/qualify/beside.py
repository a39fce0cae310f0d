"""What is known of each good of a table beside its bill: processes, attested texts, whether it is wholly obtained.

`processes` and `attested` are columns of lists of texts (a null list of processes: nobody said), `wholly_obtained` one of
booleans. Goods of which the same is known are one kind, so that facts are found once for a program and a kind.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from youyi.qualify.columns import I64, Sheet
from youyi.qualify.formats import refuse
from youyi.qualify.good import NOT_MIXED, WHOLLY, Facts
from youyi.qualify.program import Program

STATED = ("processes", "attested", "wholly_obtained")
"""The columns of goods that state facts."""
COUNTED, OUTSIDE, MIXED = 1, 2, 4
"""What a bill says of its good's being wholly obtained, as bits: it has materials; some from outside; of several countries."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known beside the bills: facts by program and kind of good, and the kind of each good (None: all are of one)."""

    facts: Callable[[Program, int], Facts]
    kind: I64 | None = None
    kinds: int = 1
    by_bill: bool = False
    """Whether the bills are looked at for wholly obtained goods; else no good with materials is taken for one."""


def known_of(goods: Sheet, materials: Sheet, facts: Facts) -> Known:
    """What a table and its caller say; a column of the table stands before what the caller says. Raises FileError for a column of another kind."""
    by_bill = materials.has("obtained") or goods.has("wholly_obtained") or facts.obtained is not None
    if not any(goods.has(name) for name in STATED):
        return Known(lambda _, __: facts, by_bill=by_bill)
    kind, each = np.zeros(goods.size, dtype=np.int64), [facts]
    for name in STATED:
        if goods.has(name):
            places, pool = _pool(goods, name)
            each = [_with(f, name, said) for f in each for said in pool]
            kind = kind * len(pool) + places
    used, kind = np.unique(kind, return_inverse=True)
    kept = [each[i] for i in used.tolist()]
    return Known(lambda _, i: kept[i], kind.astype(np.int64), max(len(kept), 1), by_bill)


def _pool(goods: Sheet, name: str) -> tuple[I64, list[Any]]:
    """A column as places into its distinct values."""
    array = goods.array(name)
    lists = pa.types.is_list(array.type) or pa.types.is_large_list(array.type)
    fits = pa.types.is_boolean(array.type) if name == "wholly_obtained" else lists and _of_texts(array.type.value_type)
    if not (fits or pa.types.is_null(array.type)):
        raise refuse("COLUMNS", f"goods.{name} is {array.type}; it holds {'true, false or null' if name == 'wholly_obtained' else 'lists of texts'}")
    values = [tuple(v) if isinstance(v, list) else v for v in array.to_pylist()]
    pool = {v: i for i, v in enumerate(dict.fromkeys(values))}
    return np.array([pool[v] for v in values], dtype=np.int64), list(pool)


def _of_texts(kind: Any) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_null(kind))


def _with(facts: Facts, name: str, said: Any) -> Facts:
    if said is None:
        return facts
    if name == "processes":
        return replace(facts, processes=frozenset(said))
    if name == "attested":
        return replace(facts, attested={**facts.attested, **dict.fromkeys(said, True)})
    return replace(facts, wholly=bool(said))


def presuming(facts: Facts, placed: bool) -> Facts:
    """What bills that are not looked at cannot say: that a good with materials is wholly obtained; and that these are of one Party, where they are `placed`."""
    return replace(facts, presumed={WHOLLY: False} if placed else {WHOLLY: False, NOT_MIXED: True})


def bills(materials: Sheet, first: I64, last: I64, order: I64 | None, originates: I64, obtained: I64, role: I64) -> I64:
    """What each bill says of its good's being wholly obtained: COUNTED, OUTSIDE and MIXED, of materials in the order of their goods."""
    counts = role == 0
    found = np.where(_any(counts, first, last), COUNTED, 0)
    found |= np.where(_any(counts & ((originates == 0) | (obtained == 0)), first, last), OUTSIDE, 0)
    if materials.has("origin"):
        places, pool = materials.texts("origin")
        places = places if order is None else places[order]
        named = counts & np.array([bool(c) for c in pool] or [False])[places]
        apart = np.flatnonzero(named)  # of the materials that name a country, whether one differs from the one before it in its bill
        differs = np.zeros(materials.size, dtype=bool)
        differs[apart[1:]] = places[apart[1:]] != places[apart[:-1]]
        owner = np.searchsorted(last, apart, side="right")
        differs[apart[1:]] &= owner[1:] == owner[:-1]
        found |= np.where(_any(differs, first, last), MIXED, 0)
    return found.astype(np.int64)


def _any(rows: npt.NDArray[np.bool_], first: I64, last: I64) -> npt.NDArray[np.bool_]:
    before = np.concatenate(([0], np.cumsum(rows)))
    found: npt.NDArray[np.bool_] = before[last] > before[first]
    return found


def masks_of(known: Known, programs: list[Program], program_of: I64, bill: I64 | None, placed: bool) -> tuple[I64, I64]:
    """The facts of each good that hold and those that do not, as bits."""
    kind = np.zeros(len(program_of), dtype=np.int64) if known.kind is None else known.kind
    many = known.kinds * (1 if bill is None else 8)
    pairs = (program_of * known.kinds + kind) * (1 if bill is None else 8) + (0 if bill is None else bill)
    distinct, inverse = np.unique(pairs, return_inverse=True) if many > 1 else (np.arange(len(programs)), program_of)
    made: dict[tuple[int, int], tuple[int, int]] = {}
    found = []
    for pair in distinct.tolist():
        number, rest = divmod(pair, many)
        program = programs[number]
        key = (id(program.facts), rest)  # programs of the same rules ask for the same facts
        if key not in made:
            facts = known.facts(program, rest if bill is None else rest // 8)
            facts = presuming(facts, placed) if bill is None else facts.of_flags(bool(rest & COUNTED), bool(rest & OUTSIDE), bool(rest & MIXED))
            made[key] = facts.masks(program.facts, program.groups)
        found.append(made[key])
    both = np.array(found or [(0, 0)], dtype=np.int64)[inverse]
    return both[:, 0], both[:, 1]
