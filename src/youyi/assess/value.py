"""From what the invoice says to the customs value: Incoterm, freight, insurance, flat rates, exchange.

A `Plan` is what the law and the code lists say of one kind of line (importer, exporter, term, currency, day, what is
stated), worked out once; the amounts are then computed in columns.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

from youyi.assess import money
from youyi.assess.lines import I64, MONEY_SCALE, NO_DAY, NONE, Lines
from youyi.assess.numbering import combined, distinct
from youyi.assess.ruling import note, warning
from youyi.finding import Finding
from youyi.law.due import percent_range
from youyi.law.rulebook import Rulebook
from youyi.law.schedule import parsed

PER_CENT = MONEY_SCALE // 100
STEPS = ("customs_value", "duty", "remedy", "excise", "vat", "other")
"""The steps that are rounded, in the order of their numbers in `money`."""
MODES = ("half_up", "up", "down")


class Rounding(NamedTuple):
    """To how many hundredths an amount is rounded, and how (one of `money`'s modes)."""

    unit: int
    mode: int


CENT = Rounding(1, money.HALF_UP)


@dataclass(frozen=True, slots=True)
class Plan:
    """How one kind of line gets its customs value.

    `freight`, `insurance`: flat rates in ten-thousandths of a percent, 0 where stated or included; `numerator` over
    `divisor` turns ten-thousandths of the invoice currency into hundredths of `currency`. `usable` is false where
    something is missing that no rule supplies.
    """

    currency: str
    numerator: int
    divisor: int
    freight: int
    insurance: int
    add_freight: bool
    add_insurance: bool
    usable: bool
    firm: bool
    rounding: tuple[Rounding, ...]
    findings: tuple[Finding, ...]
    steps: tuple[tuple[str, str], ...]

    @property
    def numbers(self) -> list[int]:
        """The plan as `money` reads it."""
        own = (self.numerator, self.divisor, self.freight, self.insurance, self.add_freight, self.add_insurance, self.usable, self.firm)
        return [*map(int, own), *(r.unit for r in self.rounding), *(r.mode for r in self.rounding)]


def plan(rulebook: Rulebook, importer: str, exporter: str, term: str, currency: str, day: int, has_freight: bool, has_insurance: bool) -> Plan:
    """The plan for one kind of line."""
    findings: list[Finding] = []
    steps: list[tuple[str, str]] = []
    firm = usable = True
    basis_rows = rulebook.valuation.get((importer, "basis", "")) or rulebook.valuation.get((importer, "basis", "*"))
    basis = basis_rows.last_before(day) if basis_rows else None
    cite = str(basis["citation"]) if basis else ""
    covers: frozenset[str] = frozenset()
    add_freight = add_insurance = False
    freight = insurance = 0
    row = rulebook.incoterms.get(term) if term else None
    if row is None:
        findings.append(
            note("VAL-TERM-ASSUMED", "no Incoterm is stated: the value, with any freight and insurance stated, is taken for the customs value", cite)
        )
        firm = False
        add_freight, add_insurance = has_freight, has_insurance
    else:
        covers = row["covers"]
        if "to_export" not in covers:
            findings.append(warning("VAL-EXW", "ex works: the way to the port of export is not in the value unless the freight stated includes it", cite))
            firm = False
        if "duty" in covers:
            findings.append(
                warning(
                    "VAL-DDP", "delivered duty paid: the price contains duty and tax that are not part of the customs value; state the value without them", cite
                )
            )
            usable = False
        elif "onward" in covers:
            findings.append(note("VAL-ONWARD", f"{term}: carriage after importation may be deducted where it is shown apart", cite))
        add_freight = "freight" not in covers and has_freight
        add_insurance = "insurance" not in covers and has_insurance
        if basis is None or basis["basis"] == "CIF":
            need_freight = "freight" not in covers and not has_freight
            need_insurance = "insurance" not in covers and not has_insurance
            both = _flat(rulebook, importer, exporter, "freight_insurance", day) if need_freight and need_insurance else None
            if both:
                freight, need_freight, need_insurance = both[0], False, False
                findings.append(note("VAL-FLAT", f"freight and insurance are not stated; the flat rate of {both[0] / 10_000:g} % is taken", both[1]))
                steps.append((f"freight and insurance at {both[0] / 10_000:g} % of the price", both[1]))
                firm = False
            if need_freight:
                flat = _flat(rulebook, importer, exporter, "freight", day)
                if flat is None:
                    findings.append(
                        warning(
                            "VAL-FREIGHT",
                            f"{term}: the freight to {importer} is missing and no flat rate is in hand; state it (0 if there is none)",
                            cite,
                            "/freight",
                        )
                    )
                    usable = False
                else:
                    freight = flat[0]
                    findings.append(note("VAL-FLAT", f"freight is not stated; the flat rate of {flat[0] / 10_000:g} % of the price is taken", flat[1]))
                    steps.append((f"freight at {flat[0] / 10_000:g} % of the price", flat[1]))
                    firm = False
            if need_insurance and usable:
                flat = _flat(rulebook, importer, exporter, "insurance", day)
                if flat is None:
                    findings.append(
                        warning(
                            "VAL-INSURANCE", f"{term}: the insurance is missing and no flat rate is in hand; state it (0 if there is none)", cite, "/insurance"
                        )
                    )
                    usable = False
                else:
                    insurance = flat[0]
                    findings.append(
                        note("VAL-FLAT", f"insurance is not stated; the flat rate of {flat[0] / 10_000:g} % of price and freight is taken", flat[1])
                    )
                    steps.append((f"insurance at {flat[0] / 10_000:g} % of price and freight", flat[1]))
                    firm = False
    own = str(rulebook.parties[importer]["currency"])
    found = rulebook.exchange(currency, importer, own, day)
    if found is None:
        findings.append(note("FX-NONE", f"no rate from {currency} to {own} is in hand for the day; amounts stay in {currency}"))
        own, rate, firm = currency, Fraction(1), False
        rounding = tuple(CENT for _ in STEPS)
    else:
        rate, fx_cite, customs = found
        if not customs:
            findings.append(note("FX-INDICATIVE", f"{currency} to {own} at a reference or unverified rate; customs applies its own", fx_cite))
            firm = False
        if currency != own:
            steps.append((f"1 {currency} = {_rate_text(rate)} {own}", fx_cite))
        rounding = tuple(_rounding(rulebook, importer, s, day) for s in STEPS)
    numerator, divisor = as_decimal_ratio(rate)
    return Plan(own, numerator, divisor * PER_CENT, freight, insurance, add_freight, add_insurance, usable, firm, rounding, tuple(findings), tuple(steps))


def as_decimal_ratio(rate: Fraction) -> tuple[int, int]:
    """A rate as an integer over a power of ten, with as many decimals as exact 63-bit products allow (8 for a rate near 7)."""
    if rate == 1:
        return 1, 1
    digits = max(0, math.floor((18.9 - 2 - math.log10(float(rate))) / 2))
    scale = 10**digits
    numerator = round(rate * scale)  # half to even; a published customs rate has fewer decimals and stays exact
    while scale > 1 and numerator % 10 == 0:
        numerator, scale = numerator // 10, scale // 10
    return numerator, scale


def _rate_text(rate: Fraction) -> str:
    numerator, scale = as_decimal_ratio(rate)
    return f"{numerator / scale:.10g}"


def _flat(rulebook: Rulebook, importer: str, exporter: str, part: str, day: int) -> tuple[int, str] | None:
    groups = [exporter, *(g for g in ("ASEAN",) if rulebook.membership(g, exporter, day)), "*"]
    for origin in groups:
        rows = rulebook.valuation.get((importer, part, origin))
        row = rows.on(day) if rows else None
        if row and row["rate"]:
            share = percent_range(parsed(row["rate"]))
            if share and share[0] == share[1]:
                return share[0], str(row["citation"])
            return None
    return None


def _rounding(rulebook: Rulebook, importer: str, step: str, day: int) -> Rounding:
    rows = rulebook.rounding.get((importer, step))
    row = rows.last_before(day) if rows else None
    if row is None:
        return CENT
    return Rounding(max(1, int(Fraction(row["unit"]) * 100)), MODES.index(row["mode"]))


class Plans:
    """Plans by kind of line, remembered, with their numbers in columns for gathering."""

    def __init__(self, rulebook: Rulebook) -> None:
        self._rulebook = rulebook
        self._known: dict[tuple[Any, ...], int] = {}
        self.plans: list[Plan] = []
        self.numbers: list[list[int]] = []
        self._matrix: I64 = np.zeros((0, money.PLAN), dtype=np.int64)
        self._nothing = -1
        self._breaks: dict[str, list[int]] = {}
        self.own = {p: str(r["currency"]) for p, r in rulebook.parties.items()}

    def number(self, key: tuple[Any, ...]) -> int:
        """The place of the plan of this key; `key` as the arguments of `plan` after the rulebook."""
        found = self._known.get(key)
        if found is None:
            made = plan(self._rulebook, *key)
            found = self._known[key] = self._add(made)
        return found

    def _add(self, made: Plan) -> int:
        self.plans.append(made)
        self.numbers.append(made.numbers)
        return len(self.plans) - 1

    def of_lines(self, lines: Lines) -> I64:
        """Each line's plan."""
        incoterm, currency = lines.texts["incoterm"], lines.texts["currency"]
        who = [lines.texts[n] for n in ("importer", "exporter", "origin")]
        stated = np.zeros(lines.size, dtype=np.int64)
        for bit, name in ((2, "freight"), (1, "insurance")):
            money = lines.money[name]
            if money.max(initial=NONE) != NONE:
                stated += bit * (money != NONE)
        kind, (route_of, term_of, currency_of, stated_of) = combined(
            [(lines.route, lines.routes), (incoterm.ids, len(incoterm.pool)), (currency.ids, len(currency.pool)), (stated, 4 if stated.any() else 1)]
        )
        sample = np.zeros(lines.routes, dtype=np.int64)
        sample[lines.route] = np.arange(lines.size)  # any line of the route shows its three countries
        kinds = []
        for r, t, c, has in zip(route_of.tolist(), term_of.tolist(), currency_of.tolist(), stated_of.tolist(), strict=True):
            importer, exporter, origin = (text.pool[text.ids[sample[r]]].upper() for text in who)
            kinds.append((importer, exporter or origin, incoterm.pool[t].upper(), currency.pool[c].upper(), bool(has & 2), bool(has & 1)))
        days, day_of = distinct(lines.day)
        # The day matters by itself only where an exchange rate is needed; else by the rules that hold on it.
        stands_for = np.array([[self.day_for(k[0], k[3], int(d)) for d in days] for k in kinds], dtype=np.int64).reshape(len(kinds), len(days))
        day_numbers, places = distinct(stands_for.ravel())
        of_line, (kind_of, day_number) = combined(
            [(kind, len(kinds)), (places.reshape(stands_for.shape)[kind, day_of] if len(days) else day_of, len(day_numbers))]
        )
        numbers = np.zeros(len(kind_of), dtype=np.int64)
        for k, (i, d) in enumerate(zip(kind_of.tolist(), day_number.tolist(), strict=True)):
            importer, exporter, term, currency_, freight, insurance = kinds[i]
            usable = (
                importer in self.own and currency_ in self._rulebook.decimals and day_numbers[d] != NO_DAY and (not term or term in self._rulebook.incoterms)
            )
            numbers[k] = self.number((importer, exporter, term, currency_, int(day_numbers[d]), freight, insurance)) if usable else self.placeholder()
        return numbers[of_line]

    def day_for(self, importer: str, currency: str, day: int) -> int:
        """The day that stands for `day` in a plan: itself where a rate of the day is needed, else the first one on which the same rules hold."""
        if day == NO_DAY or self.own.get(importer) != currency:
            return day
        breaks = self._breaks.get(importer)
        if breaks is None:
            breaks = self._breaks[importer] = self._rulebook.value_days(importer)
        at = bisect_right(breaks, day)
        return breaks[at - 1] if at else NO_DAY + 1

    def placeholder(self) -> int:
        """A plan for lines that are refused."""
        if self._nothing < 0:
            self._nothing = self._add(Plan("", 1, PER_CENT, 0, 0, False, False, False, False, tuple(CENT for _ in STEPS), (), ()))
        return self._nothing

    def matrix(self) -> I64:
        """Every plan's numbers, a row a plan."""
        if len(self._matrix) < len(self.numbers):
            self._matrix = np.array(self.numbers, dtype=np.int64)
        return self._matrix
