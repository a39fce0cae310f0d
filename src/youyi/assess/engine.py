"""The engine: a batch of lines in, a batch of answers out.

Three moves. Lines that put the same question to the law share one ruling (`questions`). Rulings and the ways to a
customs value lie in tables of numbers (`table`, `value`). The money of every line is then worked out from its rows
of those tables (`money`): compiled over columns for a batch, as plain Python over lists for a few lines.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt

from youyi.assess import compiled, money
from youyi.assess.desk import Desk
from youyi.assess.expressions import NOTHING
from youyi.assess.lines import Lines
from youyi.assess.memory import keep_freed_memory
from youyi.assess.numbering import I32, I64, distinct
from youyi.assess.result import Result
from youyi.assess.single import Read, Reader
from youyi.assess.table import joined, short
from youyi.law.rulebook import Rulebook

NO_ROW = [0] * money.ROW
LARGE = 1 << 14
"""Rows from which on a batch's columns come from Arrow's pool, which reuses memory where the system would clear it anew."""
Missing = dict[int, dict[int, list[str]]]
"""By line and its row, what is missing to say a duty per unit."""


class Engine:
    """A rulebook made ready to assess any number of lines. Keep one per rulebook; several threads may use it."""

    def __init__(self, rulebook: Rulebook) -> None:
        self.rulebook = rulebook
        self.desk = Desk(rulebook)
        self._reader = Reader(self.desk)

    def assess_one(self, record: Mapping[str, Any]) -> Result | None:
        """The result for one clean line, without the machinery of columns; None where it needs the long way."""
        read = self._reader.read(record)
        return self._one(read) if read else None

    def _one(self, read: Read) -> Result:
        desk, table = self.desk, self.desk.questions.table
        first, count, expressed = table.spans.lists[read.ruling]
        plan = desk.plans.numbers[read.plan]
        extras = list(NOTHING)
        missing: dict[int, list[str]] = {}
        if expressed:
            more, missing = desk.extras(read.ruling, read.plan, (read.price, read.freight, read.insurance), read.facts)
            extras += more
        asked = money.Asked((read.price,), (read.freight,), (read.insurance,), (0,), (0,), (1 if expressed else 0,))
        # Row 0 stands for a refused line, so the line's own rows begin at 1.
        law = money.Law((1, count), [*NO_ROW, *chain.from_iterable(table.rows.lists[first : first + count])], plan, extras)
        out = money.Answers._make([0] * count for _ in money.Answers._fields)
        money.fill(asked, law, out, 0, 1, 0)
        out = out._replace(place=range(first, first + count))
        told = desk.told_of(read.plan)
        findings = [table.rows.lists[p][money.FINDINGS] for p in out.place]
        if told:
            findings = [desk.merged(f, told) for f in findings]
        for i, lacks in missing.items():
            findings[i] = desk.extended(findings[i], joined(lacks))
        return Result(desk, out, [read.line_id], [read.digits], [0], [read.ruling], [read.plan], findings if told or missing else None, [])

    def assess(self, lines: Lines) -> Result:
        """One row per line and regime for a batch of lines; a refused line has one row that says so."""
        desk = self.desk
        with desk.lock:
            table = desk.questions.table
            ruling_of = desk.questions.rulings(lines)
            digits = desk.questions.last_digits
            plan_of = desk.plans.of_lines(lines)
            desk.tell_plans()
            spans, rows, plans = table.spans.array(), table.rows.array(), desk.plans.matrix()
        count = spans[:, 1].take(ruling_of)
        out = money.Answers._make(_column(int(count.sum()), kind) for kind in compiled.ANSWERS)
        extra_of, extras, missing = self._extras(lines, ruling_of, plan_of, spans)
        columns = (lines.money["value"], lines.money["freight"], lines.money["insurance"], ruling_of, plan_of, extra_of)
        if lines.size >= compiled.WORTH_IT:
            law = compiled.given(compiled.LAW, (spans.ravel(), rows.ravel(), plans.ravel(), np.array(extras)))
            compiled.fill()(compiled.given(compiled.ASKED, columns), law, out, 0, lines.size, 0)
        else:
            _fill_as_lists(columns, spans, rows, plans, extras, out)
        findings = self._findings(lines, out, count, missing, plan_of, rows)
        return Result(desk, out, lines.line_id, digits, lines.texts["hs"].ids, ruling_of, plan_of, findings, lines.findings)

    def _extras(self, lines: Lines, ruling_of: I64, plan_of: I64, spans: I32) -> tuple[I32, list[int], Missing]:
        """Duties per unit: each line's first row of extra amounts (0 = none), those rows, and what is missing to say one."""
        extra_of, extras, missing = np.zeros(lines.size, dtype=np.int32), list(NOTHING), {}
        if spans[:, 2].any():
            for line in np.flatnonzero(spans[:, 2].take(ruling_of)).tolist():
                said = tuple(int(lines.money[n][line]) for n in ("value", "freight", "insurance"))
                importer, unit = (t.pool[t.ids[line]] for t in (lines.texts["importer"], lines.texts["unit"]))
                facts = (unit, int(lines.quantity[line]), importer.upper(), int(lines.day[line]))
                more, lacks = self.desk.extras(int(ruling_of[line]), int(plan_of[line]), said, facts)
                extra_of[line] = len(extras) // money.EXTRA
                extras += more
                if lacks:
                    missing[line] = lacks
        return extra_of, extras, missing

    # -- findings beyond those of the ruling ----------------------------------------------------------------------

    def _merged(self, findings: I32, told: int) -> I32:
        """Findings by number, each followed by those of a plan."""
        used = np.flatnonzero(np.bincount(findings))
        merged = np.zeros(int(used[-1]) + 1, dtype=np.int32)
        merged[used] = [self.desk.merged(f, told) for f in used.tolist()]
        return merged.take(findings)

    def _findings(self, lines: Lines, out: money.Answers, count: I32, missing: Missing, plan_of: I64, rows: I32) -> I32 | None:
        """Each row's findings: the ruling's, the plan's, what is missing, and of a refused line its own; None where they are the ruling's alone."""
        told = np.asarray(self.desk.told_of_plan, dtype=np.int64)
        each, any_refused = told.take(plan_of), bool(lines.refused.any())
        any_told = bool(each.any())
        if not (any_told or any_refused or missing):
            return None
        found: I32 = rows[:, money.FINDINGS][out.place]
        for number in distinct(each)[0].tolist() if any_told else ():
            at = slice(None) if (each == number).all() else np.flatnonzero((each == number).take(out.line))
            found[at] = self._merged(found[at], number)
        first = count.cumsum() - count
        for line, lacks in missing.items():
            for i, texts in lacks.items():
                row = int(first[line]) + i
                found[row] = self.desk.extended(int(found[row]), joined(texts))
        own: dict[int, list[str]] = {}
        for f in lines.findings if any_refused else ():
            if f.pointer.count("/") > 1:
                own.setdefault(int(f.pointer.split("/")[1]) - lines.first_row, []).append(short(f))
        for line in np.flatnonzero(lines.refused).tolist():
            found[first[line]] = self.desk.extended(0, joined(own.get(line, [])))
        return found


def _fill_as_lists(columns: tuple[npt.NDArray[Any], ...], spans: I32, rows: I32, plans: I64, extras: list[int], out: money.Answers) -> None:
    """A few lines: the same as plain Python, over lists of what these lines need."""
    *amounts, ruling_of, plan_of, extra_of = columns
    rulings, ruling = distinct(ruling_of)
    used, plan = distinct(plan_of)
    first, count = spans[rulings, 0], spans[rulings, 1]
    places = np.concatenate([np.arange(f, f + n) for f, n in zip(first.tolist(), count.tolist(), strict=True)] or [np.zeros(0, dtype=np.int64)])
    # A refused line's row stays row 0, the others follow it.
    start = np.where(first > 0, count.cumsum() - count + 1, 0)
    own = (np.stack([start, count, count], axis=1), rows[np.concatenate([[0], places])], plans[used])
    law = money.Law._make([*(c.ravel().tolist() for c in own), extras])
    asked = money.Asked._make(c.tolist() for c in (*amounts, ruling, plan, extra_of))
    lists = money.Answers._make([0] * len(c) for c in out)
    money.fill(asked, law, lists, 0, len(asked.price), 0)
    for column, values in zip(out, lists, strict=True):
        column[:] = values
    out.place[:] = np.concatenate([[0], places])[out.place]

def _column(rows: int, kind: Any) -> npt.NDArray[Any]:
    """Room for a column, not cleared."""
    if rows < LARGE:
        return np.empty(rows, dtype=kind)
    import pyarrow as pa

    keep_freed_memory()
    return np.frombuffer(pa.allocate_buffer(rows * np.dtype(kind).itemsize), dtype=kind)
