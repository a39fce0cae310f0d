"""One line at a time: the batch of one, without the machinery of columns.

The questions, plans, formulas and choice are the engine's own; only the gathering is spared. A line with anything
wrong in it goes the long way, so that there is one place that says what is wrong.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from youyi.assess.amounts import CENT, Charges, Rounding, Rules, Terms, charges
from youyi.assess.block import per_unit
from youyi.assess.choice import choose, savings
from youyi.assess.desk import Desk
from youyi.assess.lines import AMOUNTS, MAX_MONEY, MAX_QUANTITY, MONEY_SCALE, NONE, QUANTITY_SCALE, date_of, day_of, from_records, scaled
from youyi.assess.result import Result, Words
from youyi.assess.table import BASIS, ELIGIBLE, FLAGS, STATUS
from youyi.assess.value import STEPS, Plan, customs_value

NO_RULES: Rules = ()
Pair = tuple[int, int]
TEXTS = ("importer", "exporter", "origin", "rcep_origin", "originating_under", "proof", "producer", "hs_edition", "hs", "currency", "incoterm", "unit")


@dataclass(slots=True)
class Row:
    """One row of the ruling table as single numbers."""

    flags: dict[str, int]
    pairs: dict[str, Pair | None]
    duties: dict[str, int]
    words: dict[str, int]


class Single:
    """Lines one at a time, at an engine's desk."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._rows: dict[int, list[Row]] = {}
        self._lines: dict[tuple[str, ...], tuple[str, list[int] | None]] = {}
        self._rulings: dict[tuple[tuple[str, ...], int], int] = {}

    def assess(self, record: Mapping[str, Any]) -> Result | None:
        """The result for one clean line; None where something about it needs the long way."""
        get = record.get
        texts = tuple(v.strip() if isinstance(v := get(name), str) else "" if v is None else "?" for name in TEXTS)
        if "?" in texts:
            return None
        date = get("date")
        day = day_of(date) if isinstance(date, str) else None
        if day is None:
            return None
        question = self._question(texts, day)
        if question is None:
            return None
        numbers = []
        for name in AMOUNTS:
            value = get(name)
            number, wrong = (NONE, None) if value is None or value == "" else scaled(value, MONEY_SCALE, MAX_MONEY)
            if wrong:
                return None
            numbers.append(number)
        price, freight, insurance = numbers
        quantity, wrong = scaled(get("quantity"), QUANTITY_SCALE, MAX_QUANTITY) if get("quantity") not in (None, "") else (NONE, None)
        if wrong or price == NONE:
            return None
        ruling, importer = question
        plan_number = self._plan(texts, importer, day, freight != NONE, insurance != NONE)
        plan = self._desk.plans.plans[plan_number]
        value = customs_value(plan, price, freight, insurance)
        amounts: list[tuple[int, ...]] = []
        rows = self._rows_of(ruling)
        for row in rows:
            found = _amounts(self._desk, row, value, plan, texts, quantity, day)
            if found is None:
                return None
            amounts.append(found)
        return _result(self._desk, record, texts, rows, amounts, plan, plan_number, ruling)

    def _question(self, texts: tuple[str, ...], day: int) -> tuple[int, str] | None:
        """The ruling and importer of one line's texts (in the order of TEXTS); None where a word is wrong."""
        known = self._lines.get(texts)
        if known is None:
            known = self._lines[texts] = self._line(texts)
        importer, breaks = known
        if breaks is None:
            return None
        key = (texts, bisect_right(breaks, day))
        ruling = self._rulings.get(key)
        if ruling is None:
            line = from_records([dict(zip(TEXTS, texts, strict=True)) | {"date": date_of(day), "value": "1"}])
            with self._desk.lock:
                ruling = self._rulings[key] = int(self._desk.questions.rulings(line)[0])
        return (ruling, importer) if self._desk.questions.table.rulings[ruling] is not None else None

    def _line(self, texts: tuple[str, ...]) -> tuple[str, list[int] | None]:
        line = dict(zip(TEXTS, texts, strict=True))
        clean = self._desk.questions.clean(line)
        return line["importer"].upper(), self._desk.questions.breaks_for(line).tolist() if clean else None

    def _plan(self, texts: tuple[str, ...], importer: str, day: int, has_freight: bool, has_insurance: bool) -> int:
        """The plan of one line."""
        exporter, origin, currency, term = texts[1].upper(), texts[2].upper(), texts[9].upper(), texts[10].upper()
        standing = self._desk.plans.day_for(importer, currency, day)
        return self._desk.plans.number((importer, exporter or origin, term, currency, standing, has_freight, has_insurance))

    def _rows_of(self, ruling: int) -> list[Row]:
        """The rows of a ruling as single numbers, remembered."""
        found = self._rows.get(ruling)
        if found is None:
            starts, counts = self._desk.questions.table.spans()
            first = int(starts[ruling])
            found = self._rows[ruling] = [_row(self._desk, i) for i in range(first, first + int(counts[ruling]))]
        return found


def _row(desk: Desk, place: int) -> Row:
    columns = desk.questions.table.columns
    flags = int(columns["flags"][place])
    own = {name: flags >> at & (1 << bits) - 1 for name, (at, bits) in FLAGS.items()}
    pairs: dict[str, Pair | None] = {}
    for name in ("rate", "remedy", "excise", "vat", "income"):
        both = int(columns[f"pair_{name}"][place])
        falls_due = name in ("rate", "vat") or own[f"has_{name}"]
        pairs[name] = ((both >> 32, both & 0xFFFFFFFF) if both >= 0 else None) if falls_due else None
    duties = {step: int(columns[name][place]) for step, name in (("duty", "duty"), ("remedy", "remedy_duty"), ("excise", "excise_duty"))}
    return Row(own, pairs, duties, {name: int(columns[f"word_{name}"][place]) for name in ("schedule", "rate", "conditions", "not_checked", "findings")})


def _rules(plan: Plan, step: str) -> Rules:
    rule: Rounding = plan.rounding[STEPS.index(step)]
    return NO_RULES if rule == CENT else ((rule, None),)


def _amounts(desk: Desk, row: Row, value: int, plan: Plan, texts: tuple[str, ...], quantity: int, day: int) -> tuple[int, ...] | None:
    """The amounts of one row in the order of the result's columns, NONE where they cannot be said; None for the long way."""
    rate = row.pairs["rate"]
    if value < 0 or (rate is None and row.duties["duty"] < 0):
        return (value, *([NONE] * 9))
    due = _charged(desk, row, value, plan, texts, quantity, day, rate or (0, 0), turned=False)
    if due is None:
        return None
    crossed = due.total
    if row.flags["interval"] or row.flags["has_expression"]:
        high_first = (rate[1], rate[0]) if rate else (0, 0)
        turned = _charged(desk, row, value, plan, texts, quantity, day, high_first, turned=True)
        crossed = turned.total if turned else crossed
    return (value, *due.duty, due.remedy[0], due.vat[0], due.excise[0] + due.income[0], *due.total, *crossed)


def _charged(desk: Desk, row: Row, value: int, plan: Plan, texts: tuple[str, ...], quantity: int, day: int, rate: Pair, turned: bool) -> Charges | None:
    """What falls due on one row; None where a fact is missing. `turned`: the duty's ends are exchanged."""
    missing = False

    def express(step: str, base: int) -> tuple[int, int] | None:
        nonlocal missing
        if row.duties[step] < 0:
            return None
        facts = desk.facts_of(texts[11], quantity, texts[0].upper(), day, plan.currency, base)
        found = per_unit(desk.questions.table.duties.values[row.duties[step]], facts, plan.rounding[STEPS.index(step)])
        if isinstance(found, str):
            missing = True
            return None
        return (found[1], found[0]) if turned and step == "duty" else found

    flags, pairs = row.flags, row.pairs
    rules = partial(_rules, plan)
    terms = Terms(rate, pairs["remedy"], pairs["excise"], pairs["vat"] or (0, 0), flags["vat_base"], pairs["income"], flags["income_base"], rules, express)
    due = charges(value, terms)
    return None if missing else due


def _result(
    desk: Desk,
    record: Mapping[str, Any],
    texts: tuple[str, ...],
    rows: list[Row],
    amounts: list[tuple[int, ...]],
    plan: Plan,
    plan_number: int,
    ruling: int,
) -> Result:
    table = desk.questions.table
    n = len(rows)
    money = np.array(amounts, dtype=np.int64).T
    flags = [row.flags for row in rows]
    zeros = np.zeros(n, dtype=np.int64)
    eligible = np.array([f["eligible"] <= 1 for f in flags])
    best = choose(eligible, np.array([f["rank"] for f in flags]), money[1], money[2], zeros[:1], zeros)
    saving_low, saving_high = savings(eligible & (money[6] >= 0), (money[6], money[7]), (money[8], money[9]), zeros[:1], zeros)
    basis = [0 if f["firm"] and plan.firm and a[6] >= 0 and not (b and f["gap"]) else 1 for f, a, b in zip(flags, amounts, best.tolist(), strict=True)]
    told = desk.told_of(plan_number)
    ids = np.array(
        [
            [f["regime"] for f in flags],
            [f["eligible"] for f in flags],
            [f["status"] for f in flags],
            basis,
            [desk.merged(row.words["findings"], told) for row in rows],
            *([row.words[name] for row in rows] for name in ("schedule", "rate", "conditions", "not_checked")),
        ]
    )
    pools = {name: pool.values for name, pool in table.words.items()}
    words = {
        "regime": Words(ids[0], table.regimes.values),
        "eligible": Words(ids[1], list(ELIGIBLE)),
        "status": Words(ids[2], list(STATUS)),
        "basis": Words(ids[3], list(BASIS)),
        "findings": Words(ids[4], pools["findings"]),
        **{name: Words(ids[5 + i], pools[name]) for i, name in enumerate(("schedule", "rate", "conditions", "not_checked"))},
        "code": Words(zeros, [desk.questions.digits_of(texts[8])[0]]),
        "currency": Words(zeros, [plan.currency]),
    }
    rates = [row.pairs["rate"] or (NONE, NONE) for row in rows]
    both = np.array(rates, dtype=np.int64).T
    columns = dict(zip(("customs_value", "duty_low", "duty_high", "remedy", "vat", "other_tax", "total_low", "total_high"), money[:8], strict=True))
    columns |= {"saving_low": saving_low, "saving_high": saving_high}
    line_id = record.get("line_id")
    return Result(
        zeros,
        ["" if line_id is None else str(line_id)],
        columns,
        {"rate_low": both[0], "rate_high": both[1]},
        words,
        best,
        [],
        desk.rulebook.digest,
        (desk, np.array([ruling]), np.array([plan_number])),
    )
