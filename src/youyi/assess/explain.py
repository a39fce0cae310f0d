"""How one answer came about: the steps in order, read from the columns that the calculation filled."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, NamedTuple

from youyi.assess.answers import SEPARATOR
from youyi.assess.result import Result
from youyi.assess.ruling import Position, Ruling, Tax
from youyi.assess.table import SALES_TAXES
from youyi.assess.value import STEPS, Plan
from youyi.law.tables import day_text
from youyi.law.units import UNITS

MAX_UNITS = 8
"""Units named in which a missing quantity may be stated."""


class Step(NamedTuple):
    """One step: what went in, the figure before and after rounding (percent or money, None where the step has none), and the law behind it."""

    name: str
    text: str
    unrounded: Decimal | None = None
    rounded: Decimal | None = None
    citation: str = ""

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return self._asdict()

    def __str__(self) -> str:
        figure = (
            ""
            if self.rounded is None
            else f" = {_plain(self.rounded)}"
            if self.unrounded == self.rounded
            else f" = {_plain(self.unrounded)} → {_plain(self.rounded)}"
        )
        return f"{self.name}: {self.text}{figure}{f' [{self.citation}]' if self.citation else ''}"


def _plain(number: Decimal | None) -> str:
    return "" if number is None else f"{number:,f}"


def explain(result: Result, row: int) -> list[Step]:
    """The steps that lead to one row of a result.

    Raises IndexError for a row that is not there. A refused row has no steps; its findings say why.
    """
    if not 0 <= row < len(result):
        raise IndexError(row)
    desk, line = result.desk, result.line[row]
    ruling = desk.questions.table.rulings[result.ruling_of[line]]
    if ruling is None:
        return []
    regime = result.word("regime", row)
    position = next(p for p in ruling.positions if p.regime == regime)
    plan = desk.plans.plans[result.plan_of[line]]
    return [
        *_law(desk, ruling, position),
        *_value(result, row, plan),
        *_money(result, row, ruling, position, plan),
        *_verdict(result, row, ruling, position, plan),
    ]


def _figure(result: Result, name: str, row: int) -> Decimal | None:
    cents = int(result.column(name)[row])
    return None if cents < 0 else Decimal(cents).scaleb(-2)


def _law(desk: Any, ruling: Ruling, position: Position) -> Iterator[Step]:
    code, route = ruling.code, ruling.route
    words = desk.rulebook.nomenclature.text(code.edition, code.digits)
    yield Step("code", f"{code.digits} of {code.edition}: {words}")
    yield Step("route", f"{route.origin} to {route.importer}, the law as it stands from {day_text(ruling.day)}")
    for step in position.tariff.steps:
        yield Step("law", step.text, citation=step.citation)
    for finding in (*position.tariff.findings, *position.findings):
        yield Step("note", finding.text, citation=finding.citation)
    for finding in ruling.findings:
        yield Step("note", finding.text, citation=finding.citation)
    rate = position.tariff.text
    yield Step("rate", f"{position.regime}: {rate or 'none in hand'}, {position.tariff.status}, eligible: {position.eligible}")


def _value(result: Result, row: int, plan: Plan) -> Iterator[Step]:
    for text, citation in plan.steps:
        yield Step("value", text, citation=citation)
    for finding in plan.findings:
        yield Step("note", finding.text, citation=finding.citation)
    value = _figure(result, "customs_value", row)
    if value is not None:
        yield Step("customs value", f"in {plan.currency}", value, value)


def _money(result: Result, row: int, ruling: Ruling, position: Position, plan: Plan) -> Iterator[Step]:
    value, duty, remedy = (_figure(result, n, row) for n in ("customs_value", "duty_low", "remedy"))
    if value is None or duty is None or remedy is None:
        yield from _not_computed(result, row, position)
        return
    tariff = position.tariff
    cited = tariff.steps[-1].citation if tariff.steps else ""
    if tariff.low is not None:
        yield _share("duty", value, tariff.low, duty, cited)
    else:
        yield Step("duty", str(tariff.duty), duty, duty, cited)
    high = _figure(result, "duty_high", row)
    if high != duty and tariff.high is not None:
        yield _share("duty at most", value, tariff.high, high, cited)
    for r in ruling.remedies:
        amount = str(r.duty) if r.duty is not None else f"{_percent(r.low)} to {_percent(r.high)}"
        scope = f"; scope: {r.scope}{f' ({r.condition})' if r.condition else ''}"
        yield Step("remedy", f"{r.kind} {r.measure}: {amount if r.known else 'rate not in hand'}{scope}", citation=r.citation)
    if ruling.remedies:
        yield Step("remedies", "together, at the low end", remedy, remedy)
    other = _figure(result, "other_tax", row)
    excise = next((t for t in ruling.taxes if t.name == "EXCISE"), None)
    for t in ruling.taxes:
        if t.name in SALES_TAXES:
            # What the tax is on beside value, duty and remedies is the excise, which is all of other_tax that precedes it.
            base = value + (duty if "duty" in t.base else 0) + (remedy if "remedy" in t.base else 0)
            base += other if excise and "excise" in t.base and other is not None and not any(x.name == "INCOME" for x in ruling.taxes) else Decimal(0)
            yield _share(t.name, base, t.low, _figure(result, "vat", row), t.citation)
        else:
            yield Step(t.name, f"{t.duty if t.duty is not None else _range(t)}{f', {t.condition}' if t.condition else ''}", citation=t.citation)
    if other:
        yield Step("other taxes", "together, at the low end", other, other)
    low, top = _figure(result, "total_low", row), _figure(result, "total_high", row)
    unit = plan.rounding[STEPS.index("duty")].unit
    yield Step(
        "total",
        f"duty, remedies and taxes{'' if low == top else f', at most {_plain(top)}'}; rounded step by step to {Decimal(unit).scaleb(-2)} {plan.currency}",
        low,
        low,
    )


def _not_computed(result: Result, row: int, position: Position) -> Iterator[Step]:
    """Why a row has no amounts, and which facts would give them."""
    findings = result.words["findings"]
    told = findings.pool[int(findings.ids[row])].split(SEPARATOR)
    for text in told:
        code, _, words = text.partition(": ")
        if code == "FACT-MISSING":
            yield Step("amounts", f"none: {words}{_ways_to_state(words)}")
    if not position.tariff.known:
        yield Step("amounts", "none: no rate is in hand")


def _ways_to_state(missing: str) -> str:
    """How to state a fact that is missing: columns and units of a quantity, an exchange rate."""
    rate = re.search(r"exchange rate (\w+)", missing)
    exchange = f"; state the value in {rate[1]}, or import rates (youyi law import customs_rates)" if rate else ""
    found = re.search(r"quantity in (\w+)", missing)
    wanted = UNITS().get(found[1].casefold()) if found else None
    if wanted is None:
        return exchange
    names = [n for n, u in UNITS().items() if u.code == wanted.code and n.isascii()]
    return f"; state the quantity in the columns quantity and unit, with one of the units {', '.join(names[:MAX_UNITS])}{exchange}"


def _verdict(result: Result, row: int, ruling: Ruling, position: Position, plan: Plan) -> Iterator[Step]:
    for condition in position.conditions:
        yield Step("condition", condition)
    low, high = _figure(result, "saving_low", row), _figure(result, "saving_high", row)
    if low is not None and position.regime != "MFN":
        yield Step("saving", f"against MFN, from {_plain(low)} to {_plain(high)}", low, low)
    basis = result.word("basis", row)
    best = bool(result.column("best")[row])
    why = "; ".join(_doubts(ruling, position, plan, best)) if basis == "indicative" else "every figure is official and fresh"
    yield Step("verdict", f"{'best of the regimes whose rates are in hand; ' if best else ''}{basis}: {why}")
    yield Step("not checked", result.word("not_checked", row).replace(";", "; "))


def _doubts(ruling: Ruling, position: Position, plan: Plan, best: bool) -> Iterator[str]:
    """What keeps a row from being firm, in words."""
    tariff = position.tariff
    if tariff.status != "official":
        yield f"the rate is {tariff.status}"
    if tariff.low != tariff.high:
        yield "the rate is only known to lie between two"
    for t in ruling.taxes:
        if t.status != "official" or t.low != t.high:
            yield f"{t.name} is {t.status if t.status != 'official' else 'an interval'}"
    if not any(t.name in SALES_TAXES for t in ruling.taxes):
        yield "no VAT or sales tax is in hand"
    if any(not r.known or r.status != "official" or r.low != r.high or r.duty is not None for r in ruling.remedies):
        yield "a trade remedy is open or unverified"
    if ruling.unrated:
        yield f"not in hand: {', '.join(u.split(':')[0] for u in ruling.unrated)}"
    if not plan.firm:
        yield "the customs value or the exchange rate is indicative"
    if best:
        missing = [p.regime for p in ruling.positions if p.eligible == "unknown"]
        if missing and (tariff.high or tariff.duty):
            yield f"the rate under {', '.join(missing)} is not in hand and may be lower"


def _percent(ppm: int) -> str:
    return f"{ppm / 10_000:g} %"


def _range(tax: Tax) -> str:
    return _percent(tax.low) if tax.low == tax.high else f"{_percent(tax.low)} to {_percent(tax.high)}"


def _share(name: str, base: Decimal, ppm: int, rounded: Decimal | None, citation: str) -> Step:
    return Step(name, f"{_plain(base)} × {_percent(ppm)}", (base * ppm / 1_000_000).normalize(), rounded, citation)
