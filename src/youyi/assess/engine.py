"""The engine: a batch of lines in, a batch of answers out.

Three moves. Lines that put the same question to the law share one ruling (`questions`). Rulings lie in one table of
numbers (`table`), so a batch gathers its rows from it. The money is then computed in columns, a block of lines at a
time so that a block's columns stay in the processor's cache.
"""

from __future__ import annotations

import threading
from bisect import bisect_right
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from youyi.assess.amounts import CENT, I64, Bools, Charges, Rounding, Terms, charges, settle
from youyi.assess.choice import choose
from youyi.assess.lines import NO_DAY, NONE, QUANTITY_SCALE, Lines, date_of, from_records
from youyi.assess.numbering import Pool, combined, distinct
from youyi.assess.questions import Questions
from youyi.assess.result import SEPARATOR, Result, Words
from youyi.assess.single import TEXTS, Row
from youyi.assess.table import BASIS, ELIGIBLE, STATUS, flag, joined, short
from youyi.assess.value import STEPS, Plans, customs_values
from youyi.law.duty import Duty, Facts, evaluate
from youyi.law.rulebook import Rulebook
from youyi.law.units import convert

BLOCK = 1 << 12
"""Lines computed at a time: some 15,000 rows, whose columns fit a core's second-level cache."""
YEAR = 366
"""Days that share a plan where no rate of the day is needed."""
LOW_HALF = np.int64(2**32 - 1)
NAMES = ("customs_value", "duty_low", "duty_high", "remedy", "vat", "other_tax", "total_low", "total_high", "saving_low", "saving_high")


@dataclass
class Batch:
    """What the blocks of one batch share."""

    lines: Lines
    ruling_of: I64
    columns: dict[str, npt.NDArray[Any]]
    plan_of: I64
    value: I64
    count: I64
    start: I64
    rounding: dict[str, list[tuple[Rounding, I64 | None]]]
    told: I64
    money: dict[str, I64]
    rates: dict[str, I64]
    words: dict[str, npt.NDArray[np.int32]]
    best: Bools
    line: I64


class Expressions:
    """The amounts of duties that are no share of the value, for the rows of one block: exact fractions; they are few.

    `known`: rows whose duty is such an amount and could be said; `sound`: rows where nothing asked for is missing.
    """

    DUTY_COLUMNS: ClassVar = {"duty": "duty", "remedy": "remedy_duty", "excise": "excise_duty"}

    def __init__(self, engine: Engine, lines: Lines, values: I64, columns: dict[str, Any], place: I64, line: I64, plan: I64, any_duty: bool) -> None:
        self._engine, self._lines, self._values, self._columns = engine, lines, values, columns
        self._place, self._line, self._plan = place, line, plan
        self._any_duty = any_duty
        self.known: Bools | np.bool_ = np.bool_(False)
        self.sound: Bools | np.bool_ = np.bool_(True)
        self._size = len(place)
        self.late: dict[int, list[str]] = {}

    def __call__(self, step: str, base: I64) -> tuple[I64, I64] | None:
        if step == "duty" and not self._any_duty:
            return None
        duties = self._columns[self.DUTY_COLUMNS[step]][self._place]
        rows = np.flatnonzero((duties >= 0) & (self._values[self._line] >= 0))
        if not len(rows):
            return None
        low, high = np.zeros(self._size, dtype=np.int64), np.zeros(self._size, dtype=np.int64)
        said, sound = np.zeros(self._size, dtype=np.bool_), np.ones(self._size, dtype=np.bool_)
        for i in rows.tolist():
            how = self._engine.plans.plans[int(self._plan[i])]
            facts = self._engine.facts(self._lines, int(self._line[i]), how.currency, int(base[i]))
            found = per_unit(self._engine.questions.table.duties.values[int(duties[i])], facts, how.rounding[STEPS.index(step)])
            if isinstance(found, str):
                sound[i] = False
                self.late.setdefault(i, []).append(f"FACT-MISSING: the {step} needs {found}")
            else:
                low[i], high[i] = found
                said[i] = True
        if step == "duty":
            self.known = said
        self.sound = self.sound & sound
        return low, high


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


def _amount_columns(value: Any, due: Charges) -> list[tuple[str, Any]]:
    """The amounts of a row by the names of the result's columns."""
    return [
        ("customs_value", value),
        ("duty_low", due.duty[0]),
        ("duty_high", due.duty[1]),
        ("remedy", due.remedy[0]),
        ("vat", due.vat[0]),
        ("other_tax", due.excise[0] + due.income[0]),
        ("total_low", due.total[0]),
        ("total_high", due.total[1]),
    ]


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
        self.own_currency = {p: str(r["currency"]) for p, r in rulebook.parties.items()}
        self.single_rows: dict[int, list[Row]] = {}
        self._one_lines: dict[tuple[str, ...], tuple[str, list[int] | None]] = {}
        self._one_rulings: dict[tuple[tuple[str, ...], int], int] = {}

    def assess(self, lines: Lines) -> Result:
        """One row per line and regime for a batch of lines; a refused line has one row that says so."""
        with self._lock:
            ruling_of = self.questions.rulings(lines)
            plan_of = self._plans_of(lines)
            starts, counts = self.questions.table.spans()
            start, count = starts[ruling_of], counts[ruling_of]
            columns = dict(self.questions.table.columns)
        value = customs_values(self.plans, plan_of, lines, lines.refused)
        rows = int(count.sum())
        batch = Batch(
            lines,
            ruling_of,
            columns,
            plan_of,
            value,
            count,
            start,
            self._rounding(plan_of),
            np.asarray(self._told_of_plan, dtype=np.int64),
            {name: np.empty(rows, dtype=np.int64) for name in NAMES},
            {name: np.empty(rows, dtype=np.int64) for name in ("rate_low", "rate_high")},
            {name: np.empty(rows, dtype=np.int32) for name in ("regime", "schedule", "rate", "code", "currency", "eligible", "status", "basis", "conditions", "not_checked", "findings")},
            np.empty(rows, dtype=np.bool_),
            np.empty(rows, dtype=np.int64),
        )
        done = 0
        for first in range(0, lines.size, BLOCK):
            done = self._block(batch, first, min(first + BLOCK, lines.size), done)
        self._refusals(batch)
        return self._result(batch)

    # -- plans ------------------------------------------------------------------------------------------------

    def _plans_of(self, lines: Lines) -> I64:
        """Each line's way from invoice to customs value."""
        texts = [lines.texts[n] for n in ("importer", "exporter", "origin", "incoterm", "currency")]
        days, day_of = distinct(lines.day)
        stated = np.zeros(lines.size, dtype=np.int64)
        for bit, name in ((2, "freight"), (1, "insurance")):
            money = lines.money[name]
            if money.max(initial=NONE) != NONE:
                stated += bit * (money != NONE)
        kind, parts = combined([*((t.ids, len(t.pool)) for t in texts), (stated, 4 if stated.any() else 1)])
        kinds = [(*(t.pool[i].upper() for t, i in zip(texts, ids[:-1], strict=True)), ids[-1]) for ids in zip(*(p.tolist() for p in parts), strict=True)]
        own = self.own_currency
        # In the importer's own currency no rate of the day is needed, so all days of a year stand together.
        domestic = np.array([k[4] == own.get(k[0]) for k in kinds], dtype=np.bool_) if kinds else np.zeros(0, np.bool_)
        year_starts = days - days % YEAR if len(days) else days
        day_key = np.where(domestic[kind], year_starts[day_of], days[day_of]) if len(days) else days
        day_values, day_place = distinct(day_key)
        of_line, (kind_of, day_number) = combined([(kind, len(kinds)), (day_place, len(day_values))])
        numbers = np.zeros(len(kind_of), dtype=np.int64)
        known = self.plans.placeholder()
        for k, (i, d) in enumerate(zip(kind_of.tolist(), day_number.tolist(), strict=True)):
            importer, exporter, origin, term, currency, has = kinds[i]
            day = int(day_values[d])
            if importer not in own or currency not in self.rulebook.decimals or day == NO_DAY or (term and term not in self.rulebook.incoterms):
                numbers[k] = known
                continue
            numbers[k] = self.plans.number((importer, exporter or origin, term, currency, day, bool(has & 2), bool(has & 1)))
        self._tell_plans()
        return numbers[of_line]

    def _tell_plans(self) -> None:
        for p in self.plans.plans[len(self._told_of_plan) :]:
            self._told_of_plan.append(self._told.place(joined(dict.fromkeys(short(f) for f in p.findings))))

    def told_of(self, plan: int) -> int:
        """The number of a plan's findings."""
        self._tell_plans()
        return self._told_of_plan[plan]

    # -- one line ---------------------------------------------------------------------------------------------

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
            with self._lock:
                ruling = self._one_rulings[key] = int(self.questions.rulings(from_records([dict(zip(TEXTS, texts, strict=True)) | {"date": date_of(day), "value": "1"}]))[0])
        return (ruling, importer) if self.questions.table.rulings[ruling] is not None else None

    def _one_line(self, texts: tuple[str, ...]) -> tuple[str, list[int] | None]:
        line = dict(zip(TEXTS, texts, strict=True))
        clean = self.questions.clean(line)
        return line["importer"].upper(), self.questions.breaks_for(line).tolist() if clean else None

    def one_plan(self, texts: tuple[str, ...], importer: str, day: int, has_freight: bool, has_insurance: bool) -> int:
        """The plan of one line."""
        exporter, origin, currency, term = texts[1].upper(), texts[2].upper(), texts[9].upper(), texts[10].upper()
        if currency == self.own_currency[importer]:
            day -= day % YEAR
        return self.plans.number((importer, exporter or origin, term, currency, day, has_freight, has_insurance))

    def _rounding(self, plan_of: I64) -> dict[str, list[tuple[Rounding, I64 | None]]]:
        """For each step, the roundings other than to the hundredth with the plans they bind (1 per plan; None = all)."""
        used = distinct(plan_of)[0].tolist()
        found: dict[str, list[tuple[Rounding, I64 | None]]] = {}
        for i, step in enumerate(STEPS):
            rules = {self.plans.plans[p].rounding[i] for p in used}
            if len(rules) <= 1:
                found[step] = [(r, None) for r in rules if r != CENT]
            else:
                found[step] = [(r, np.array([p.rounding[i] == r for p in self.plans.plans], dtype=np.bool_)) for r in rules if r != CENT]
        return found

    # -- one block --------------------------------------------------------------------------------------------

    def _block(self, batch: Batch, first: int, last: int, done: int) -> int:
        """Write the rows of lines `first` to `last` from row `done` on; the row after them."""
        count = batch.count[first:last]
        offset = count.cumsum() - count
        rows = int(count.sum())
        line = np.arange(first, last).repeat(count)
        place = (batch.start[first:last] - offset).repeat(count) + np.arange(rows)
        part = slice(done, done + rows)
        columns = batch.columns
        flags = columns["flags"][place]
        plan = batch.plan_of[line]
        value = batch.value[line]
        rate = columns["pair_rate"][place]
        share_known = rate >= 0
        some_rate = np.maximum(rate, 0)
        low, high = some_rate >> 32, some_rate & LOW_HALF
        express = Expressions(self, batch.lines, batch.value, columns, place, line, plan, bool(flag(flags, "has_expression").any()))

        def charged(name: str) -> tuple[I64, I64] | None:
            if name != "vat" and not flag(flags, f"has_{name}").any():
                return None
            both = np.maximum(columns[f"pair_{name}"][place], 0)
            return both >> 32, both & LOW_HALF

        vat = charged("vat")
        assert vat is not None
        due = charges(
            value,
            Terms(
                (low, high),
                charged("remedy"),
                charged("excise"),
                vat,
                flag(flags, "vat_base"),
                charged("income"),
                flag(flags, "income_base"),
                lambda step: [(rule, None if bound is None else bound[plan]) for rule, bound in batch.rounding[step]],
                express,
            ),
        )
        known = (express.known | share_known) & express.sound & (value >= 0)
        late = express.late
        unknown = None if known.all() else ~known
        for name, column in _amount_columns(value, due):
            target = batch.money[name][part]
            target[:] = column
            if unknown is not None and name != "customs_value":
                np.putmask(target, unknown, NONE)
        if not share_known.all():
            low, high = np.where(share_known, low, NONE), np.where(share_known, high, NONE)
        batch.rates["rate_low"][part], batch.rates["rate_high"][part] = low, high
        self._choose(batch, part, flags, offset, line - first, plan)
        self._words(batch, part, flags, place, plan, line, late)
        batch.line[part] = line
        return done + rows

    def _choose(self, batch: Batch, part: slice, flags: I64, offset: I64, of_line: I64, plan: I64) -> None:
        """Each line's best row, every row's saving and its basis."""
        low, high = batch.money["total_low"][part], batch.money["total_high"][part]
        choice = choose(flag(flags, "eligible") <= 1, flag(flags, "rank"), low, high, offset, of_line)
        batch.best[part] = choice.best
        batch.money["saving_low"][part], batch.money["saving_high"][part] = choice.saving_low, choice.saving_high
        # Of a line with a regime whose rate is not in hand, the best is only the best of those known, unless it is nil.
        firm = (flag(flags, "firm") > 0) & (self.plans.column("firm")[plan] > 0) & (low >= 0) & ~(choice.best & (flag(flags, "gap") > 0))
        refused = flag(flags, "status") == STATUS.index("refused")
        batch.words["basis"][part] = np.where(refused, BASIS.index(""), np.where(firm, 0, 1))

    def _words(self, batch: Batch, part: slice, flags: I64, place: I64, plan: I64, line: I64, late: dict[int, list[str]]) -> None:
        """The columns of words: numbers into their pools."""
        words, columns = batch.words, batch.columns
        for name in ("regime", "eligible", "status"):
            words[name][part] = flag(flags, name)
        for name in ("schedule", "rate", "conditions", "not_checked"):
            words[name][part] = columns[f"word_{name}"][place]
        words["code"][part] = batch.lines.texts["hs"].ids[line]
        words["currency"][part] = plan
        found = columns["word_findings"][place]
        told = batch.told[plan]
        if told.any():
            key, (own, other) = self._told_pairs(found, told)
            found = np.array([self.merged(a, b) for a, b in zip(own, other, strict=True)], dtype=np.int32)[key]
        elif late:
            found = found.copy()
        for row, texts in late.items():
            pool = self.questions.table.words["findings"]
            with self._lock:
                found[row] = pool.place(SEPARATOR.join(filter(None, (pool.values[found[row]], joined(dict.fromkeys(texts))))))
        words["findings"][part] = found

    @staticmethod
    def _told_pairs(found: npt.NDArray[np.int32], told: I64) -> tuple[npt.NDArray[np.int32], tuple[list[int], list[int]]]:
        width = int(told.max()) + 1
        values, places = distinct(found.astype(np.int64) * width + told)
        own, other = np.divmod(values, width)
        return places, (own.tolist(), other.tolist())

    def merged(self, findings: int, told: int) -> int:
        """The number of a ruling's findings followed by a plan's."""
        if not told:
            return findings
        merged = self._merged.get((findings, told))
        if merged is None:
            with self._lock:
                pool = self.questions.table.words["findings"]
                merged = self._merged[findings, told] = pool.place(SEPARATOR.join(filter(None, (pool.values[findings], self._told.values[told]))))
        return merged

    def facts(self, lines: Lines, line: int, currency: str, cents: int) -> Facts:
        """What a duty per unit needs to know of a line."""
        unit = lines.texts["unit"]
        importer = lines.texts["importer"]
        return self.facts_of(unit.pool[unit.ids[line]], int(lines.quantity[line]), importer.pool[importer.ids[line]].upper(), int(lines.day[line]), currency, cents)

    def facts_of(self, unit: str, quantity: int, importer: str, day: int, currency: str, cents: int) -> Facts:
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

    def _result(self, batch: Batch) -> Result:
        table, lines = self.questions.table, batch.lines
        pools = {name: pool.values for name, pool in table.words.items()}
        pools |= {
            "regime": table.regimes.values,
            "eligible": list(ELIGIBLE),
            "status": list(STATUS),
            "basis": list(BASIS),
            "code": [self.questions.digits_of(t)[0] or t for t in lines.texts["hs"].pool],
            "currency": [p.currency for p in self.plans.plans],
        }
        words = {name: Words(ids, pools[name]) for name, ids in batch.words.items()}
        return Result(batch.line, lines.line_id, batch.money, batch.rates, words, batch.best, lines.findings, self.rulebook.digest, (self, batch.ruling_of, batch.plan_of))
