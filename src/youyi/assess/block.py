"""The columns of one batch, filled a block of lines at a time.

A block's columns fit a core's second-level cache. Rows on which only a share of the value and a value-added tax fall
due are computed together; the few others (remedies, excise, income tax, duties per unit) again, on their own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from youyi.assess.amounts import I64, Bools, Charges, Rounding, Terms, charges, settle
from youyi.assess.choice import choose, savings
from youyi.assess.lines import NONE, Lines
from youyi.assess.numbering import distinct
from youyi.assess.table import BASIS, OPEN_DUTY, SPECIAL, STATUS, flag, joined
from youyi.assess.value import STEPS, Plans
from youyi.law.due import Facts, evaluate
from youyi.law.duty import Duty

LOW_HALF = np.int64(2**32 - 1)
AMOUNTS = ("customs_value", "duty_low", "duty_high", "remedy", "vat", "other_tax", "total_low", "total_high")
MONEY = (*AMOUNTS, "saving_low", "saving_high")
WORDS = ("schedule", "rate", "conditions", "not_checked", "findings", "code", "currency")
SMALL_WORDS = ("regime", "eligible", "status", "basis")
FIRM, INDICATIVE, NO_BASIS = (BASIS.index(b) for b in ("firm", "indicative", ""))
REFUSED = STATUS.index("refused")


@dataclass
class Batch:
    """What the blocks of one batch share, and the columns they fill."""

    lines: Lines
    ruling_of: I64
    plan_of: I64
    value: I64
    start: I64
    count: I64
    settled: Bools
    table: dict[str, npt.NDArray[Any]]
    duties: list[Duty]
    plans: Plans
    firm: Bools
    rounding: dict[str, list[tuple[Rounding, Bools | None]]]
    told: I64
    facts: Callable[[Lines, int, str, int], Facts]
    tell: Callable[[int, int], int]
    add: Callable[[int, str], int]
    money: dict[str, I64]
    rates: dict[str, I64]
    words: dict[str, npt.NDArray[Any]]
    best: Bools
    line: I64


@dataclass
class Rows:
    """The rows of one block: each one's line, place in the ruling table, plan, value and flags."""

    line: I64
    place: I64
    plan: I64
    value: I64
    flags: I64

    def only(self, rows: I64) -> Rows:
        """Some of the rows."""
        return Rows(self.line[rows], self.place[rows], self.plan[rows], self.value[rows], self.flags[rows])


def fill(batch: Batch, first: int, last: int, done: int) -> int:
    """Fill the rows of lines `first` to `last` from row `done` on; the row after them."""
    count = batch.count[first:last]
    end = count.cumsum()
    offset = end - count
    size = int(end[-1])
    part = slice(done, done + size)
    of_line = np.arange(last - first).repeat(count)
    line = np.add(of_line, first, out=batch.line[part])
    place = (batch.start[first:last] - offset)[of_line] + np.arange(size)
    flags = batch.table["flags"][place]
    rows = Rows(line, place, batch.plan_of[line], batch.value[line], flags)
    rate = batch.table["pair_rate"][place]
    shared = rate >= 0
    known = shared & (rows.value >= 0)
    if not shared.all():
        np.putmask(rate, ~shared, 0)
    low, high = rate >> 32, rate & LOW_HALF
    late: dict[int, list[str]] = {}
    _write(batch, part, None, rows.value, charges(rows.value, _plain_terms(batch, rows, low, high)))
    special = np.flatnonzero(flags & SPECIAL)
    if len(special):
        known[special] = _special(batch, part, special, rows.only(special), low[special], high[special], shared[special], late)
    crossed = batch.money["total_low"][part], batch.money["total_high"][part]
    open_duty = np.flatnonzero(flags & OPEN_DUTY)
    if len(open_duty):
        crossed = crossed[0].copy(), crossed[1].copy()
        some = rows.only(open_duty)
        due = charges(some.value, _terms(batch, some, (high[open_duty], low[open_duty]), Expressions(batch, some, open_duty, {}, turned=True)))
        crossed[0][open_duty], crossed[1][open_duty] = due.total
    if not known.all():
        unknown = ~known
        for name in AMOUNTS[1:]:
            np.putmask(batch.money[name][part], unknown, NONE)
    for name, column in (("rate_low", low), ("rate_high", high)):
        batch.rates[name][part] = column
        if not shared.all():
            np.putmask(batch.rates[name][part], ~shared, NONE)
    _choose(batch, part, rows, crossed, offset, of_line, slice(first, last))
    _words(batch, part, rows, late)
    return done + size


def _plain_terms(batch: Batch, rows: Rows, low: I64, high: I64) -> Terms:
    return Terms(
        (low, high), None, None, _halves(batch, "vat", rows.place), flag(rows.flags, "vat_base"), None, 0, _rules(batch, rows), lambda step, base: None
    )


def _special(batch: Batch, part: slice, at: I64, rows: Rows, low: I64, high: I64, shared: Bools, late: dict[int, list[str]]) -> Bools:
    """Compute the rows on which more falls due, and write them over the plain ones; which of them are known."""
    express = Expressions(batch, rows, at, late)
    _write(batch, part, at, rows.value, charges(rows.value, _terms(batch, rows, (low, high), express)))
    known: Bools = (shared | express.said) & express.sound & (rows.value >= 0)
    return known


def _terms(batch: Batch, rows: Rows, rate: tuple[I64, I64], express: Expressions) -> Terms:
    """Everything that may fall due on the rows."""
    return Terms(
        rate,
        _halves(batch, "remedy", rows.place),
        _halves(batch, "excise", rows.place),
        _halves(batch, "vat", rows.place),
        flag(rows.flags, "vat_base"),
        _halves(batch, "income", rows.place),
        flag(rows.flags, "income_base"),
        _rules(batch, rows),
        express,
    )


def _halves(batch: Batch, name: str, place: I64) -> tuple[I64, I64]:
    both = batch.table[f"pair_{name}"][place]
    if both.min(initial=0) < 0:
        both = np.maximum(both, 0)
    return both >> 32, both & LOW_HALF


def _rules(batch: Batch, rows: Rows) -> Callable[[str], list[tuple[Rounding, Bools | None]]]:
    return lambda step: [(rule, None if bound is None else bound[rows.plan]) for rule, bound in batch.rounding[step]]


def _write(batch: Batch, part: slice, at: I64 | None, value: I64, due: Charges) -> None:
    """Write the amounts of a block's rows, or of those of them at `at`."""
    other = due.excise[0] + due.income[0]
    for name, column in zip(AMOUNTS, (value, *due.duty, due.remedy[0], due.vat[0], other, *due.total), strict=True):
        target = batch.money[name][part]
        if at is None:
            target[:] = column
        else:
            target[at] = column


def _choose(batch: Batch, part: slice, rows: Rows, crossed: tuple[I64, I64], offset: I64, of_line: I64, lines: slice) -> None:
    """Each line's best row, every row's saving and its basis."""
    total = low, _ = batch.money["total_low"][part], batch.money["total_high"][part]
    eligible = flag(rows.flags, "eligible") <= 1
    best: Bools = (flag(rows.flags, "best") > 0) & (low >= 0)
    unsettled = np.flatnonzero(~batch.settled[lines])
    if len(unsettled):
        count = batch.count[lines][unsettled]
        first = count.cumsum() - count
        own = np.arange(len(unsettled)).repeat(count)
        at = (offset[unsettled] - first)[own] + np.arange(len(own))
        duty_low, duty_high = batch.money["duty_low"][part][at], batch.money["duty_high"][part][at]
        best[at] = choose(eligible[at], flag(rows.flags[at], "rank"), duty_low, duty_high, first, own)
    batch.best[part] = best
    batch.money["saving_low"][part], batch.money["saving_high"][part] = savings(eligible & (low >= 0), total, crossed, offset, of_line)
    # Of a line with a regime whose rate is not in hand, the best is only the best of those known, unless it is nil.
    firm = (flag(rows.flags, "firm") > 0) & batch.firm[rows.plan] & (low >= 0) & ~(best & (flag(rows.flags, "gap") > 0))
    basis = batch.words["basis"][part]
    np.subtract(INDICATIVE, firm, out=basis, casting="unsafe")  # firm is 0, indicative 1
    refused = flag(rows.flags, "status") == REFUSED
    if refused.any():
        basis[refused] = NO_BASIS


def _words(batch: Batch, part: slice, rows: Rows, late: dict[int, list[str]]) -> None:
    """The columns of words: numbers into their pools."""
    words, table = batch.words, batch.table
    for name in ("regime", "eligible", "status"):
        table[f"small_{name}"].take(rows.place, out=words[name][part], mode="clip")
    for name in ("schedule", "rate", "conditions", "not_checked"):
        table[f"word_{name}"].take(rows.place, out=words[name][part], mode="clip")
    batch.lines.texts["hs"].ids.take(rows.line, out=words["code"][part], mode="clip")
    words["currency"][part] = rows.plan
    found = table["word_findings"][rows.place]
    told = batch.told[rows.plan] if batch.told.any() else None
    if told is not None and told.any():
        width = int(told.max()) + 1
        pairs, places = distinct(found.astype(np.int64) * width + told)
        found = np.array([batch.tell(*divmod(p, width)) for p in pairs.tolist()], dtype=np.int32)[places]
    for row, texts in late.items():
        found[row] = batch.add(int(found[row]), joined(dict.fromkeys(texts)))
    words["findings"][part] = found


# -- duties that are no share of the value ------------------------------------------------------------------------


class Expressions:
    """The amounts of duties that are no share of the value: exact fractions, row by row; they are few.

    `said`: rows whose duty is such an amount and could be worked out; `sound`: rows where nothing asked for is missing.
    """

    COLUMNS: ClassVar = {"duty": "duty", "remedy": "remedy_duty", "excise": "excise_duty"}

    def __init__(self, batch: Batch, rows: Rows, at: I64, late: dict[int, list[str]], turned: bool = False) -> None:
        """`turned`: give the duty's high amount at the low end and the low one at the high end."""
        self._batch, self._rows, self._at, self._late, self._turned = batch, rows, at, late, turned
        self.said = np.zeros(len(at), dtype=np.bool_)
        self.sound = np.ones(len(at), dtype=np.bool_)

    def __call__(self, step: str, base: I64) -> tuple[I64, I64] | None:
        """The amounts of one step, at the low and the high end; None where no row has such a duty."""
        batch, rows = self._batch, self._rows
        duties = batch.table[self.COLUMNS[step]][rows.place]
        found = np.flatnonzero((duties >= 0) & (rows.value >= 0))
        if not len(found):
            return None
        low, high = np.zeros(len(duties), dtype=np.int64), np.zeros(len(duties), dtype=np.int64)
        for i in found.tolist():
            how = batch.plans.plans[int(rows.plan[i])]
            facts = batch.facts(batch.lines, int(rows.line[i]), how.currency, int(base[i]))
            amount = per_unit(batch.duties[int(duties[i])], facts, how.rounding[STEPS.index(step)])
            if isinstance(amount, str):
                self.sound[i] = False
                self._late.setdefault(int(self._at[i]), []).append(f"FACT-MISSING: the {step} needs {amount}")
            else:
                low[i], high[i] = amount
                if step == "duty":
                    self.said[i] = True
        return (high, low) if self._turned and step == "duty" else (low, high)


def per_unit(duty: Duty, facts: Facts, rule: Rounding) -> tuple[int, int] | str:
    """The amount of a duty that is no share of the value, in hundredths, rounded; or what is missing to say it."""
    amount = evaluate(duty, facts)
    if amount.missing:
        return " and ".join(amount.missing)
    return _cents(amount.low, rule), _cents(amount.high, rule)


def _cents(exact: Fraction, rule: Rounding) -> int:
    cents = exact * 100
    floor = cents.numerator // cents.denominator
    return int(settle(floor, cents.numerator - floor * cents.denominator, cents.denominator, rule))
