"""The engine: a batch of lines in, a batch of answers out.

Three moves. Lines that put the same question to the law share one ruling (`questions`). Rulings lie in one table of
numbers (`table`), so a batch gathers its rows from it. The money is then computed in columns (`block`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from youyi.assess.amounts import CENT, I64, Bools, Rounding
from youyi.assess.block import MONEY, SMALL_WORDS, WORDS, Batch, fill
from youyi.assess.desk import Desk
from youyi.assess.lines import Lines
from youyi.assess.memory import keep_freed_memory
from youyi.assess.numbering import distinct
from youyi.assess.result import Result, Words
from youyi.assess.single import Single
from youyi.assess.table import BASIS, ELIGIBLE, STATUS, joined, short
from youyi.assess.value import STEPS, customs_values
from youyi.law.rulebook import Rulebook

BLOCK = 1 << 15
"""Lines computed at a time: some 100,000 rows."""
LARGE = 1 << 14
"""Rows from which on a batch's columns come from Arrow's pool, which reuses memory where the system would clear it anew."""


class Engine:
    """A rulebook made ready to assess any number of lines. Keep one per rulebook; several threads may use it."""

    def __init__(self, rulebook: Rulebook) -> None:
        self.rulebook = rulebook
        self.desk = Desk(rulebook)
        self._single = Single(self.desk)

    def assess_one(self, record: Mapping[str, Any]) -> Result | None:
        """The result for one clean line, without the machinery of columns; None where it needs the long way."""
        return self._single.assess(record)

    def assess(self, lines: Lines) -> Result:
        """One row per line and regime for a batch of lines; a refused line has one row that says so."""
        desk = self.desk
        with desk.lock:
            table = desk.questions.table
            ruling_of = desk.questions.rulings(lines)
            digits = desk.questions.last_digits
            plan_of = desk.plans.of_lines(lines)
            desk.tell_plans()
            starts, counts = table.spans()
            settled, columns = table.settled(), dict(table.columns)
            unit = desk.plans.column("largest_unit")
            firm = desk.plans.column("firm") > 0
            told = np.asarray(desk.told_of_plan, dtype=np.int64)
            vat_base = next(iter(table.vat_bases)) if len(table.vat_bases) == 1 else None
        value = customs_values(desk.plans, plan_of, lines, lines.refused)
        count = counts[ruling_of]
        rows = int(count.sum())
        batch = Batch(
            lines,
            ruling_of,
            plan_of,
            value,
            starts[ruling_of],
            count,
            value // unit[plan_of] >= settled[ruling_of] if rows else np.zeros(0, dtype=np.bool_),
            columns,
            table.duties.values,
            desk.plans,
            plan_of.astype(np.int32),
            firm[plan_of],
            bool(lines.refused.any()),
            bool(told[distinct(plan_of)[0]].any()),
            vat_base,
            self._rounding(plan_of),
            told,
            desk.facts,
            desk.merged,
            desk.extended,
            {name: _column(rows, np.int64) for name in MONEY},
            {name: _column(rows, np.int64) for name in ("rate_low", "rate_high")},
            {**{name: _column(rows, np.int32) for name in WORDS}, **{name: _column(rows, np.int8) for name in SMALL_WORDS}},
            _column(rows, np.bool_),
            _column(rows, np.int64),
        )
        done = 0
        for first in range(0, lines.size, BLOCK):
            done = fill(batch, first, min(first + BLOCK, lines.size), done)
        self._refusals(batch)
        return self._result(batch, digits)

    def _rounding(self, plan_of: I64) -> dict[str, list[tuple[Rounding, Bools | None]]]:
        """For each step, the roundings other than to the hundredth with the plans they bind (None = all in use)."""
        used = distinct(plan_of)[0].tolist()
        found: dict[str, list[tuple[Rounding, Bools | None]]] = {}
        for i, step in enumerate(STEPS):
            rules = {self.desk.plans.plans[p].rounding[i] for p in used}
            alone = len(rules) == 1
            found[step] = [(r, None if alone else np.array([p.rounding[i] == r for p in self.desk.plans.plans])) for r in sorted(rules - {CENT}, key=str)]
        return found

    # -- the result -------------------------------------------------------------------------------------------

    def _refusals(self, batch: Batch) -> None:
        """Give each refused line's row its own findings."""
        lines = batch.lines
        if not lines.refused.any():
            return
        own: dict[int, list[str]] = {}
        for f in lines.findings:
            if f.pointer.count("/") > 1:
                own.setdefault(int(f.pointer.split("/")[1]) - lines.first_row, []).append(short(f))
        pool = self.desk.questions.table.words["findings"]
        first = batch.count.cumsum() - batch.count
        with self.desk.lock:
            for row in np.flatnonzero(lines.refused).tolist():
                batch.words["findings"][first[row]] = pool.place(joined(own.get(row, [])))

    def _result(self, batch: Batch, digits: list[str]) -> Result:
        table, lines = self.desk.questions.table, batch.lines
        pools = {name: pool.values for name, pool in table.words.items()}
        pools |= {
            "regime": table.regimes.values,
            "eligible": list(ELIGIBLE),
            "status": list(STATUS),
            "basis": list(BASIS),
            "code": digits,
            "currency": [p.currency for p in self.desk.plans.plans],
        }
        context = (self.desk, batch.ruling_of, batch.plan_of)
        words = {name: Words(ids, pools[name]) for name, ids in batch.words.items()}
        return Result(batch.line, lines.line_id, batch.money, batch.rates, words, batch.best, lines.findings, self.rulebook.digest, context)


def _column(rows: int, kind: Any) -> npt.NDArray[Any]:
    """Room for a column, not cleared."""
    if rows < LARGE:
        return np.empty(rows, dtype=kind)
    import pyarrow as pa

    keep_freed_memory()
    return np.frombuffer(pa.allocate_buffer(rows * np.dtype(kind).itemsize), dtype=kind)
