"""The columns of one batch, filled a block of lines at a time.

A block's columns fit a core's second-level cache. Rows on which only a share of the value and a value-added tax fall
due are computed together; the few others (remedies, excise, income tax, duties per unit) again, on their own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from youyi.assess.amounts import I64, Bools, Charges, Rounding, Terms, charges, settle
from youyi.assess.choice import choose, savings
from youyi.assess.lines import NONE, Lines
from youyi.assess.numbering import distinct
from youyi.assess.table import BASIS, BEST, FIRM, GAP, OPEN_DUTY, SPECIAL, STATUS, flag, joined
from youyi.assess.value import STEPS, Plans
from youyi.law.due import Facts, evaluate
from youyi.law.duty import Duty

LOW_HALF = np.int64(2**32 - 1)
AMOUNTS = ("customs_value", "duty_low", "duty_high", "remedy", "vat", "other_tax", "total_low", "total_high")
MONEY = (*AMOUNTS, "saving_low", "saving_high")
WORDS = ("schedule", "rate", "conditions", "not_checked", "findings", "code", "currency")
SMALL_WORDS = ("regime", "eligible", "status", "basis")
INDICATIVE_BASIS, NO_BASIS = BASIS.index("indicative"), BASIS.index("")
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
    plan_words: npt.NDArray[np.int32]
    firm: Bools
    any_refused: bool
    any_told: bool
    vat_base: int | None
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
    """Rows of a block: each one's line, place in the ruling table and customs value."""

    batch: Batch
    line: I64
    place: I64
    value: I64

    @cached_property
    def plan(self) -> I64:
        """Each row's plan; wanted only where plans differ in what a block needs of them."""
        found: I64 = self.batch.plan_of[self.line]
        return found

    def flag(self, name: str) -> I64:
        """One flag of every row."""
        return flag(self.batch.table["flags"][self.place], name)

    def only(self, rows: I64) -> Rows:
        """Some of the rows."""
        return Rows(self.batch, self.line[rows], self.place[rows], self.value[rows])


def fill(batch: Batch, first: int, last: int, done: int) -> int:
    """Fill the rows of lines `first` to `last` from row `done` on; the row after them."""
    count = batch.count[first:last]
    end = count.cumsum()
    offset = end - count
    size = int(end[-1])
    part = slice(done, done + size)
    of_line = np.arange(last - first).repeat(count)
    line = np.add(of_line, first, out=batch.line[part])
    place = (batch.start[first:last] - offset).take(of_line, mode="clip")
    place += np.arange(size)
    rows = Rows(batch, line, place, batch.value[first:last].take(of_line, mode="clip"))
    kind = batch.table["small_kind"].take(place, mode="clip")
    rate = batch.table["pair_rate"].take(place, mode="clip")
    shared = rate >= 0
    whole = bool(shared.all())
    known = shared & (rows.value >= 0)
    if not whole:
        np.putmask(rate, ~shared, 0)
    low, high = rate >> 32, rate & LOW_HALF
    late: dict[int, list[str]] = {}
    _write(batch, part, None, rows.value, charges(rows.value, _plain_terms(batch, rows, low, high)))
    special = np.flatnonzero(kind & SPECIAL)
    if len(special):
        known[special] = _special(batch, part, special, rows.only(special), low[special], high[special], shared[special], late)
    crossed = _crossed(batch, part, rows, low, high, np.flatnonzero(kind & OPEN_DUTY))
    if not known.all():
        unknown = ~known
        for name in AMOUNTS[1:]:
            np.putmask(batch.money[name][part], unknown, NONE)
    for name, column in (("rate_low", low), ("rate_high", high)):
        target = batch.rates[name][part]
        target[:] = column
        if not whole:
            np.putmask(target, ~shared, NONE)
    _words(batch, part, rows, late)
    _choose(batch, part, rows, known, crossed, offset, of_line, slice(first, last))
    return done + size


def _crossed(batch: Batch, part: slice, rows: Rows, low: I64, high: I64, at: I64) -> tuple[I64, I64]:
    """The totals with the duty's ends exchanged, for the rows at `at` whose duty has two ends; the totals for the others."""
    total = batch.money["total_low"][part], batch.money["total_high"][part]
    if not len(at):
        return total
    some = rows.only(at)
    due = charges(some.value, _terms(batch, some, (high[at], low[at]), Expressions(batch, some, at, {}, turned=True)))
    crossed = total[0].copy(), total[1].copy()
    crossed[0][at], crossed[1][at] = due.total
    return crossed


def _plain_terms(batch: Batch, rows: Rows, low: I64, high: I64) -> Terms:
    base = batch.vat_base if batch.vat_base is not None else rows.flag("vat_base")
    return Terms((low, high), None, None, _halves(batch, "vat", rows.place), base, None, 0, _rules(batch, rows), lambda step, base: None)


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
        rows.flag("vat_base"),
        _halves(batch, "income", rows.place),
        rows.flag("income_base"),
        _rules(batch, rows),
        express,
    )


def _halves(batch: Batch, name: str, place: I64) -> tuple[I64, I64]:
    both = batch.table[f"pair_{name}"].take(place, mode="clip")
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


def _choose(batch: Batch, part: slice, rows: Rows, known: Bools, crossed: tuple[I64, I64], offset: I64, of_line: I64, lines: slice) -> None:
    """Each line's best row, every row's saving and its basis."""
    total = batch.money["total_low"][part], batch.money["total_high"][part]
    marks = batch.table["small_marks"].take(rows.place, mode="clip")
    eligible = batch.words["eligible"][part] <= 1
    open_ = eligible & known
    best = np.not_equal(marks & BEST, 0, out=batch.best[part])
    best &= known
    unsettled = np.flatnonzero(~batch.settled[lines])
    if len(unsettled):
        count = batch.count[lines][unsettled]
        first = count.cumsum() - count
        own = np.arange(len(unsettled)).repeat(count)
        at = (offset[unsettled] - first)[own] + np.arange(len(own))
        duty_low, duty_high = batch.money["duty_low"][part][at], batch.money["duty_high"][part][at]
        best[at] = choose(eligible[at], rows.only(at).flag("rank"), duty_low, duty_high, first, own)
    batch.money["saving_low"][part], batch.money["saving_high"][part] = savings(open_, total, crossed, offset, of_line)
    # Of a line with a regime whose rate is not in hand, the best is only the best of those known, unless it is nil.
    firm = (marks & FIRM != 0) & known & ~(best & (marks & GAP != 0)) & batch.firm[lines].take(of_line, mode="clip")
    basis = batch.words["basis"][part]
    np.subtract(INDICATIVE_BASIS, firm, out=basis, casting="unsafe")  # firm is 0, indicative 1
    if batch.any_refused:
        basis[batch.words["status"][part] == REFUSED] = NO_BASIS


def _words(batch: Batch, part: slice, rows: Rows, late: dict[int, list[str]]) -> None:
    """The columns of words: numbers into their pools."""
    words, table = batch.words, batch.table
    for name in ("regime", "eligible", "status"):
        table[f"small_{name}"].take(rows.place, out=words[name][part], mode="clip")
    for name in ("schedule", "rate", "conditions", "not_checked", "findings"):
        table[f"word_{name}"].take(rows.place, out=words[name][part], mode="clip")
    batch.lines.texts["hs"].ids.take(rows.line, out=words["code"][part], mode="clip")
    batch.plan_words.take(rows.line, out=words["currency"][part], mode="clip")
    found = words["findings"][part]
    if batch.any_told:
        told = batch.told[rows.plan]
        width = int(told.max()) + 1
        pairs, places = distinct(found.astype(np.int64) * width + told)
        found[:] = np.array([batch.tell(*divmod(p, width)) for p in pairs.tolist()], dtype=np.int32)[places]
    for row, texts in late.items():
        found[row] = batch.add(int(found[row]), joined(dict.fromkeys(texts)))


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
