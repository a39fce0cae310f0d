"""The engine: a batch of lines in, a batch of answers out.

Three moves. Lines that put the same question to the law share one ruling (`questions`). Rulings lie in one table of
numbers (`table`), so a batch gathers its rows from it. The money is then computed in columns (`block`).
"""

from __future__ import annotations

import threading
from bisect import bisect_right
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from youyi.assess.amounts import CENT, I64, Bools, Rounding
from youyi.assess.block import MONEY, SMALL_WORDS, WORDS, Batch, fill
from youyi.assess.lines import QUANTITY_SCALE, Lines, date_of, from_records
from youyi.assess.numbering import Pool, distinct
from youyi.assess.questions import Questions
from youyi.assess.result import SEPARATOR, Result, Words
from youyi.assess.single import TEXTS, Row, assess_one
from youyi.assess.table import BASIS, ELIGIBLE, STATUS, joined, short
from youyi.assess.value import STEPS, Plans, customs_values
from youyi.law.duty import Facts
from youyi.law.rulebook import Rulebook
from youyi.law.units import convert

BLOCK = 1 << 12
"""Lines computed at a time: some 14,000 rows."""
LARGE = 1 << 14
"""Rows from which on a batch's columns come from Arrow's pool, which reuses memory where the system would clear it anew."""


class Engine:
    """A rulebook made ready to assess any number of lines. Keep one per rulebook; several threads may use it."""

    def __init__(self, rulebook: Rulebook) -> None:
        self.rulebook = rulebook
        self.questions = Questions(rulebook)
        self.plans = Plans(rulebook)
        self._lock = threading.Lock()
        self._told = Pool([""])
        self._told_of_plan: list[int] = []
        self._merged: dict[tuple[int, int], int] = {}
        self.single_rows: dict[int, list[Row]] = {}
        self._one_lines: dict[tuple[str, ...], tuple[str, list[int] | None]] = {}
        self._one_rulings: dict[tuple[tuple[str, ...], int], int] = {}

    def assess(self, lines: Lines) -> Result:
        """One row per line and regime for a batch of lines; a refused line has one row that says so."""
        with self._lock:
            table = self.questions.table
            ruling_of = self.questions.rulings(lines)
            digits = self.questions.last_digits
            plan_of = self.plans.of_lines(lines)
            self._tell_plans()
            starts, counts = table.spans()
            settled, columns = table.settled(), dict(table.columns)
            unit = self.plans.column("largest_unit")
            firm = self.plans.column("firm") > 0
        value = customs_values(self.plans, plan_of, lines, lines.refused)
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
            self.plans,
            firm,
            self._rounding(plan_of),
            np.asarray(self._told_of_plan, dtype=np.int64),
            self.facts,
            self.merged,
            self._extended,
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
            rules = {self.plans.plans[p].rounding[i] for p in used}
            alone = len(rules) == 1
            found[step] = [(r, None if alone else np.array([p.rounding[i] == r for p in self.plans.plans])) for r in sorted(rules - {CENT}, key=str)]
        return found

    def _tell_plans(self) -> None:
        for p in self.plans.plans[len(self._told_of_plan) :]:
            self._told_of_plan.append(self._told.place(joined(dict.fromkeys(short(f) for f in p.findings))))

    def told_of(self, plan: int) -> int:
        """The number of a plan's findings."""
        self._tell_plans()
        return self._told_of_plan[plan]

    def merged(self, findings: int, told: int) -> int:
        """The number of a ruling's findings followed by a plan's."""
        if not told:
            return findings
        found = self._merged.get((findings, told))
        if found is None:
            found = self._merged[findings, told] = self._extended(findings, self._told.values[told])
        return found

    def _extended(self, findings: int, text: str) -> int:
        """The number of some findings with more behind them."""
        pool = self.questions.table.words["findings"]
        with self._lock:
            return pool.place(SEPARATOR.join(filter(None, (pool.values[findings], text))))

    # -- one line ---------------------------------------------------------------------------------------------

    def assess_one(self, record: Mapping[str, Any]) -> Result | None:
        """The result for one clean line, without the machinery of columns; None where it needs the long way."""
        return assess_one(self, record)

    def one_question(self, texts: tuple[str, ...], day: int) -> tuple[int, str] | None:
        """The ruling and importer of one line's texts (in the order of `single.TEXTS`); None where a word is wrong."""
        known = self._one_lines.get(texts)
        if known is None:
            known = self._one_lines[texts] = self._one_line(texts)
        importer, breaks = known
        if breaks is None:
            return None
        key = (texts, bisect_right(breaks, day))
        ruling = self._one_rulings.get(key)
        if ruling is None:
            line = from_records([dict(zip(TEXTS, texts, strict=True)) | {"date": date_of(day), "value": "1"}])
            with self._lock:
                ruling = self._one_rulings[key] = int(self.questions.rulings(line)[0])
        return (ruling, importer) if self.questions.table.rulings[ruling] is not None else None

    def _one_line(self, texts: tuple[str, ...]) -> tuple[str, list[int] | None]:
        line = dict(zip(TEXTS, texts, strict=True))
        clean = self.questions.clean(line)
        return line["importer"].upper(), self.questions.breaks_for(line).tolist() if clean else None

    def one_plan(self, texts: tuple[str, ...], importer: str, day: int, has_freight: bool, has_insurance: bool) -> int:
        """The plan of one line."""
        exporter, origin, currency, term = texts[1].upper(), texts[2].upper(), texts[9].upper(), texts[10].upper()
        return self.plans.number((importer, exporter or origin, term, currency, self.plans.day_for(importer, currency, day), has_freight, has_insurance))

    # -- facts of a line --------------------------------------------------------------------------------------

    def facts(self, lines: Lines, line: int, currency: str, cents: int) -> Facts:
        """What a duty per unit needs to know of a line of a batch."""
        unit, importer = lines.texts["unit"], lines.texts["importer"]
        return self.facts_of(
            unit.pool[unit.ids[line]], int(lines.quantity[line]), importer.pool[importer.ids[line]].upper(), int(lines.day[line]), currency, cents
        )

    def facts_of(self, unit: str, quantity: int, importer: str, day: int, currency: str, cents: int) -> Facts:
        """What a duty per unit needs to know: `quantity` in millionths of `unit`, the value in hundredths."""
        quantities: dict[str, Fraction] = {}
        if unit and quantity >= 0 and (converted := convert(Fraction(quantity, QUANTITY_SCALE), unit)):
            quantities[converted[0]] = converted[1]

        def exchange(other: str) -> Fraction | None:
            found = self.rulebook.exchange(other, importer, currency, day)
            return found[0] if found else None

        return Facts(Fraction(cents, 100), currency, quantities, exchange)

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
        pool = self.questions.table.words["findings"]
        first = batch.count.cumsum() - batch.count
        with self._lock:
            for row in np.flatnonzero(lines.refused).tolist():
                batch.words["findings"][first[row]] = pool.place(joined(own.get(row, [])))

    def _result(self, batch: Batch, digits: list[str]) -> Result:
        table, lines = self.questions.table, batch.lines
        pools = {name: pool.values for name, pool in table.words.items()}
        pools |= {
            "regime": table.regimes.values,
            "eligible": list(ELIGIBLE),
            "status": list(STATUS),
            "basis": list(BASIS),
            "code": digits,
            "currency": [p.currency for p in self.plans.plans],
        }
        words = {name: Words(ids, pools[name]) for name, ids in batch.words.items()}
        return Result(
            batch.line, lines.line_id, batch.money, batch.rates, words, batch.best, lines.findings, self.rulebook.digest, (self, batch.ruling_of, batch.plan_of)
        )


def _column(rows: int, kind: Any) -> npt.NDArray[Any]:
    """Room for a column, not cleared."""
    if rows < LARGE:
        return np.empty(rows, dtype=kind)
    import pyarrow as pa

    return np.frombuffer(pa.allocate_buffer(rows * np.dtype(kind).itemsize), dtype=kind)
