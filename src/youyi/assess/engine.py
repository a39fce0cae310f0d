"""The engine: a batch of lines in, a batch of answers out.

Three moves. Lines that put the same question to the law (good, route, period) share one *ruling*, worked out once
and remembered. Rulings lie in one table of numbers, so a batch gathers its rows from it. The money is then computed
in columns (`amounts`), a block of rows at a time so that a block's columns stay in the processor's cache.
"""

from __future__ import annotations

import threading
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from youyi.assess import codes
from youyi.assess.amounts import CENT, I64, Bools, Rounding, settle, share
from youyi.assess.lines import NO_DAY, NONE, QUANTITY_SCALE, Lines, Text
from youyi.assess.position import STATUS_ORDER, Bench, Code, Position, Route, Ruling, rate_text, worst
from youyi.assess.result import SEPARATOR, Result, Words
from youyi.assess.value import STEPS, Plans, customs_values
from youyi.finding import Finding
from youyi.law.duty import Duty, Facts, evaluate
from youyi.law.rulebook import Rulebook
from youyi.law.units import convert

BLOCK = 1 << 15
"""Rows computed at a time."""
ELIGIBLE = ("yes", "conditional", "no", "unknown", "")
BASIS = ("firm", "indicative", "")
STATUS = (*STATUS_ORDER, "refused")
FIELDS = (
    "regime", "schedule", "text", "low", "high", "duty", "status", "eligible", "conditions", "not_checked", "findings", "firm",
    "remedy_low", "remedy_high", "remedy_duty", "excise_low", "excise_high", "excise_duty", "vat_low", "vat_high", "vat_base", "income_low", "income_high", "income_base", "rank", "gap",
)  # fmt: skip
BASE_BITS = {"customs_value": 1, "duty": 2, "remedy": 4, "excise": 8, "vat": 16}
SALES_TAXES = ("VAT", "SALES", "COMMERCIAL")
BIG = np.int64(2**62)


class Pool:
    """Distinct values, each with a number."""

    def __init__(self, first: Sequence[Any] = ()) -> None:
        self.values: list[Any] = list(first)
        self._places: dict[Any, int] = {v: i for i, v in enumerate(self.values)}

    def place(self, value: Any) -> int:
        found = self._places.get(value)
        if found is None:
            found = self._places[value] = len(self.values)
            self.values.append(value)
        return found


@dataclass
class Answers:
    """The rows a batch of lines asks for: `line` and `place` (row of the ruling table) of each answer."""

    line: I64
    place: I64
    first: I64
    count: I64


class Engine:
    """A rulebook made ready to assess any number of lines. Keep one per rulebook; safe to use from several threads."""

    def __init__(self, rulebook: Rulebook) -> None:
        self.rulebook = rulebook
        self.bench = Bench(rulebook)
        self.plans = Plans(rulebook)
        self._lock = threading.Lock()
        self._rulings: dict[tuple[int, int, int, int], int] = {}
        self.rulings: list[Ruling] = []
        self._span: list[tuple[int, int]] = []
        self._table: I64 = np.empty((len(FIELDS), 1024), dtype=np.int64)
        self._rows = 0
        self.words = {name: Pool([""]) for name in ("regime", "schedule", "text", "conditions", "not_checked", "findings")}
        self.duties: Pool = Pool()
        self._codes: Pool = Pool()
        self._code_texts: dict[tuple[str, str], int | tuple[str, str]] = {}
        self._routes: Pool = Pool()
        self._periods: dict[str, list[int]] = {}
        self._merged: dict[tuple[int, int], int] = {}
        self._proofs = {str(a["proof"]).casefold(): str(a["agreement"]) for a in rulebook.agreements if a["proof"]}

    # -- the questions a batch puts to the law ----------------------------------------------------------------

    def assess(self, lines: Lines) -> Result:
        """One row per line and regime for a batch of lines; a refused line has one row that says so."""
        with self._lock:
            routes, route_of = self._routes_of(lines)
            ruling_of = self._rulings_of(lines, routes, route_of)
            plan_of = self._plans_of(lines)
            answers = self._answers(lines, ruling_of)
            table = self._table[:, : self._rows]
        values = customs_values(self.plans, plan_of, lines, lines.refused)
        return self._compute(lines, answers, table, plan_of, values)

    def _routes_of(self, lines: Lines) -> tuple[list[Route], Any]:
        """The distinct routes of a batch, judged; and each line's."""
        names = ("importer", "exporter", "origin", "rcep_origin", "originating_under", "proof", "producer")
        self._judge_countries(lines)
        ids, combinations = _combinations([lines.texts[n] for n in names])
        routes = []
        for combination in combinations:
            importer, exporter, origin, rcep_origin, under, proof, producer = combination
            routes.append(
                Route(
                    importer.upper(),
                    (exporter or origin).upper(),
                    (origin or exporter).upper(),
                    rcep_origin.upper(),
                    frozenset(a.strip().upper() for a in under.split(";") if a.strip() and a.strip() != "-") if under else None,
                    frozenset(self._proofs.get(p.strip().casefold(), p.strip().upper()) for p in proof.split(";") if p.strip()),
                    producer,
                )
            )
        for i, route in enumerate(routes):
            if not route.origin:
                rows = np.flatnonzero(ids == i)
                lines.refuse(rows[~lines.refused[rows]], "ORIGIN-MISSING", "origin", lambda _: "neither origin nor exporter is stated")
        return routes, ids

    def _judge_countries(self, lines: Lines) -> None:
        parties, countries = self.rulebook.parties, self.rulebook.countries
        for field in ("importer", "exporter", "origin", "rcep_origin"):
            text = lines.texts[field]
            wrong: dict[int, tuple[str, str]] = {}
            for i, t in enumerate(text.pool):
                code = t.upper()
                if field == "importer" and not code:
                    wrong[i] = ("COUNTRY", "the importer is missing")
                elif code and code not in countries:
                    wrong[i] = ("COUNTRY", f"{t!r} is no country code of ISO 3166 (two letters)")
                elif field == "importer" and code not in parties:
                    wrong[i] = ("COUNTRY-NOT-COVERED", f"imports into {t} are not covered; covered are {', '.join(sorted(parties))}")
            lines.refuse_pool(field, wrong)
        for field, known, code, words in (
            ("currency", self.rulebook.decimals, "CURRENCY", "is no currency code of ISO 4217"),
            ("incoterm", self.rulebook.incoterms, "INCOTERM", "is no Incoterm"),
        ):
            text = lines.texts[field]
            lines.refuse_pool(field, {i: (code, f"{t!r} {words}" if t else f"the {field} is missing") for i, t in enumerate(text.pool) if t.upper() not in known and (t or field == "currency")})
        unit = lines.texts["unit"]
        lines.refuse_pool("unit", {i: ("UNIT", f"{t!r} is no unit that is known (UN/ECE Recommendation 20, e.g. KGM, LTR, MTK)") for i, t in enumerate(unit.pool) if t and convert(Fraction(1), t) is None})
        under = lines.texts["originating_under"]
        known_agreements = {str(a["agreement"]) for a in self.rulebook.agreements} | {"-"}
        lines.refuse_pool(
            "originating_under",
            {i: ("AGREEMENT", f"{t!r} names no agreement; known are {', '.join(sorted(known_agreements - {'-'}))}, or - for none") for i, t in enumerate(under.pool) if any(p.strip() and p.strip().upper() not in known_agreements for p in t.split(";"))},
        )

    def _code(self, text: str, edition: str) -> int | tuple[str, str]:
        """The number of a code as written under an edition, or what is wrong with it."""
        found = self._code_texts.get((text, edition))
        if found is None:
            digits, wrong = codes.read(text)
            wrong = wrong or codes.judge(self.rulebook, digits, edition)
            found = self._code_texts[text, edition] = wrong or self._codes.place(Code(digits, edition))
        return found

    def _edition(self, importer: str, stated: str, day: int) -> str:
        if stated:
            return codes.edition_of(stated)
        row = self.rulebook.national_tariff(importer, day)
        return str(row["edition"]) if row else "HS2022"

    def period(self, importer: str, day: int) -> int:
        """The number of the stretch of days, unchanging for goods entering `importer`, that `day` lies in."""
        return bisect_right(self._breaks(importer), day)

    def _breaks(self, importer: str) -> list[int]:
        found = self._periods.get(importer)
        if found is None:
            found = self._periods[importer] = self.rulebook.breakpoints(importer)
        return found

    def _rulings_of(self, lines: Lines, routes: list[Route], route_of: Any) -> Any:
        """Each line's ruling; -1 for refused lines. Judges codes and editions on the way."""
        edition, hs = lines.texts["hs_edition"], lines.texts["hs"]
        lines.refuse_pool("hs_edition", {i: ("EDITION", f"{t!r} is no edition in hand (HS2012, HS2017, HS2022)") for i, t in enumerate(edition.pool) if t and codes.edition_of(t) not in self.rulebook.nomenclature.editions()})
        good, goods = _pairs([(route_of, len(routes)), (edition.ids, len(edition.pool)), (hs.ids, len(hs.pool))])
        # Periods: the importers' own breaks, looked up by day.
        period = np.zeros(lines.size, dtype=np.int32)
        importers = {r.importer for r in routes}
        day = lines.day
        for importer in importers:
            if importer not in self.rulebook.parties:
                continue
            breaks = np.asarray(self._breaks(importer), dtype=np.int64)
            mine = None if len(importers) == 1 else np.isin(route_of, [i for i, r in enumerate(routes) if r.importer == importer])
            if mine is None:
                period = _period_numbers(breaks, day)
            else:
                period[mine] = _period_numbers(breaks, day[mine])
        question, questions = _pairs([(good, len(goods)), (period, int(period.max()) + 1 if lines.size else 1)])
        ruling_of_question = np.full(len(questions), -1, dtype=np.int64)
        wrong_goods: dict[int, tuple[str, str]] = {}
        for q, (g, p) in enumerate(questions):
            r, e, h = goods[g]
            route = routes[r]
            if route.importer not in self.rulebook.parties or not route.origin or g in wrong_goods:
                continue
            breaks_list = self._breaks(route.importer)
            since = breaks_list[p - 1] if p else (breaks_list[0] - 1 if breaks_list else 0)
            written = edition.pool[e]
            if written and not codes.edition_of(written):
                continue
            code = self._code(hs.pool[h], self._edition(route.importer, written, since))
            if not isinstance(code, int):
                wrong_goods[g] = code
                continue
            ruling_of_question[q] = self._ruling(route, code, p, since)
        for g, (wrong, words) in wrong_goods.items():
            rows = np.flatnonzero(good == g)
            lines.refuse(rows, wrong, "hs", lambda _, words=words: words)  # type: ignore[misc]
        found = ruling_of_question[question]
        if lines.refused.any():
            found[lines.refused] = -1
        return found

    def _ruling(self, route: Route, code: int, period: int, day: int) -> int:
        key = (self._routes.place(route), code, period, 0)
        found = self._rulings.get(key)
        if found is None:
            found = self._rulings[key] = len(self.rulings)
            ruling = self.bench.ruling(route, self._codes.values[code], day)
            self.rulings.append(ruling)
            self._span.append(self._tabulate(ruling))
        return found

    # -- rulings as numbers -----------------------------------------------------------------------------------

    def _tabulate(self, ruling: Ruling) -> tuple[int, int]:
        """Write a ruling's rows into the table; their first place and number."""
        first, count = self._rows, len(ruling.positions)
        while first + count > self._table.shape[1]:
            self._table = np.concatenate([self._table, np.empty_like(self._table)], axis=1)
        charges = self._charges(ruling)
        gaps = tuple(f"{p.regime} rate" for p in ruling.positions if p.eligible == "unknown")
        not_checked = self.words["not_checked"].place(_joined((*(f"{g} (not in hand)" for g in gaps), *ruling.not_checked)))
        rows = [self._row(p, ruling, charges, not_checked, bool(gaps), i) for i, p in enumerate(ruling.positions)]
        self._table[:, first : first + count] = np.array(rows, dtype=np.int64).T
        self._rows = first + count
        return first, count

    def _charges(self, ruling: Ruling) -> dict[str, int]:
        """Remedies and taxes as numbers: the same for every regime, since no preference removes them."""
        excise = next((t for t in ruling.taxes if t.name == "EXCISE"), None)
        vat = next((t for t in ruling.taxes if t.name in SALES_TAXES), None)
        income = next((t for t in ruling.taxes if t.name == "INCOME"), None)
        dumping = [r for r in ruling.remedies if r.kind in ("AD", "AC") and r.known]
        others = [r for r in ruling.remedies if r.kind not in ("AD", "AC") and r.known]
        # Anti-dumping measures on one code divide its goods between them; other kinds come on top.
        low = min((r.low for r in dumping), default=0) + sum(r.low for r in others)
        high = max((r.high for r in dumping), default=0) + sum(r.high for r in others)
        duty = next((r.duty for r in ruling.remedies if r.duty is not None), None)
        sure = all(r.known and r.status == "official" and r.low == r.high and r.duty is None for r in ruling.remedies)
        official = all(t is None or (t.status == "official" and t.low == t.high) for t in (excise, vat, income)) and vat is not None

        def base(tax: Any) -> int:
            return sum(BASE_BITS.get(b, 0) for b in tax.base) if tax else 0

        return {
            "remedy_low": low,
            "remedy_high": high,
            "remedy_duty": self._duty(duty),
            "excise_low": excise.low if excise else 0,
            "excise_high": excise.high if excise else 0,
            "excise_duty": self._duty(excise.duty if excise else None),
            "vat_low": vat.low if vat else 0,
            "vat_high": vat.high if vat else 0,
            "vat_base": base(vat),
            "income_low": income.low if income else 0,
            "income_high": income.high if income else 0,
            "income_base": base(income),
            "sure": int(sure and official),
        }

    def _duty(self, duty: Duty | None) -> int:
        return NONE if duty is None else self.duties.place(duty)

    def _row(self, position: Position, ruling: Ruling, charges: dict[str, int], not_checked: int, gaps: bool, place: int) -> list[int]:
        tariff = position.tariff
        known = tariff.low is not None and tariff.high is not None
        exact = known and tariff.low == tariff.high
        firm = tariff.status == "official" and (exact or tariff.duty is not None) and charges["sure"]
        findings = (*position.findings, *tariff.findings, *ruling.findings, *_told(ruling))
        status = tariff.status if tariff.known or tariff.shut or tariff.status == "missing" else worst((tariff.status, "missing"))
        row = {
            **charges,
            "regime": self.words["regime"].place(position.regime),
            "schedule": self.words["schedule"].place(tariff.source),
            "text": self.words["text"].place(tariff.text),
            "low": tariff.low if tariff.low is not None else NONE,
            "high": tariff.high if tariff.high is not None else NONE,
            "duty": self._duty(tariff.duty),
            "status": STATUS.index(status),
            "eligible": ELIGIBLE.index(position.eligible),
            "conditions": self.words["conditions"].place(_joined((*position.conditions, *_charge_conditions(ruling)))),
            "not_checked": not_checked,
            "findings": self.words["findings"].place(_joined(dict.fromkeys(_short(f) for f in findings))),
            "firm": int(firm),
            "gap": int(gaps and bool(tariff.high or tariff.duty)),
            "rank": place if position.regime == "MFN" else place + (10 if position.eligible == "yes" else 20),
        }
        return [int(row[f]) for f in FIELDS]

    # -- plans and answers ------------------------------------------------------------------------------------

    def _plans_of(self, lines: Lines) -> Any:
        """Each line's way from invoice to customs value."""
        texts = [lines.texts[n] for n in ("importer", "exporter", "origin", "incoterm", "currency")]
        ids, kinds = _combinations(texts)
        stated = (lines.money["freight"] != NONE).astype(np.int32) * 2 + (lines.money["insurance"] != NONE)
        days, day_of = _distinct(lines.day.astype(np.int64))
        own = {p: str(r["currency"]) for p, r in self.rulebook.parties.items()}
        # A line in the importer's own currency needs no rate of the day: all its days share one plan per period.
        places, keys = _pairs([(ids, len(kinds)), (stated, 4), (day_of, len(days))])
        number = np.zeros(len(keys), dtype=np.int64)
        for k, (kind, has, d) in enumerate(keys):
            importer, exporter, origin, term, currency = (t.upper() for t in kinds[kind])
            day = int(days[d])
            if importer not in own or currency not in self.rulebook.decimals or day == NO_DAY or (term and term not in self.rulebook.incoterms):
                continue
            if currency == own[importer]:
                breaks, at = self._breaks(importer), self.period(importer, day)
                day = breaks[at - 1] if at else day
            number[k] = self.plans.number((importer, exporter or origin, term, currency, day, bool(has & 2), bool(has & 1)))
        if not self.plans.plans:
            self.plans.number(("CN", "CN", "CIF", "CNY", 0, False, False))  # a place for refused lines to point at
        return number[places]

    def _answers(self, lines: Lines, ruling_of: Any) -> Answers:
        span = np.asarray(self._span, dtype=np.int64).reshape(-1, 2)
        asked = ruling_of >= 0
        if len(span) == 0:
            span = np.zeros((1, 2), dtype=np.int64)
        count = np.where(asked, span[np.maximum(ruling_of, 0), 1], 1)
        start = np.where(asked, span[np.maximum(ruling_of, 0), 0], NONE)
        first = np.cumsum(count) - count
        line = np.repeat(np.arange(lines.size), count)
        place = np.where(start[line] < 0, NONE, start[line] + np.arange(len(line)) - first[line])
        return Answers(line, place, first, count)

    # -- the columns ------------------------------------------------------------------------------------------

    def _compute(self, lines: Lines, answers: Answers, table: I64, plan_of: Any, values: I64) -> Result:
        n = len(answers.line)
        place = np.maximum(answers.place, 0) if table.shape[1] else np.zeros(n, np.int64)
        gone = answers.place < 0
        names = ("customs_value", "duty_low", "duty_high", "remedy", "vat", "other_tax", "total_low", "total_high", "saving_low", "saving_high")
        money = {name: np.empty(n, dtype=np.int64) for name in names}
        if not table.shape[1]:
            table = np.full((len(FIELDS), 1), 0, dtype=np.int64)

        def gather(field: str) -> I64:
            column: I64 = table[FIELDS.index(field)]
            return column.take(place)

        rules = self._rounding_groups(plan_of)
        plan_of_row = plan_of[answers.line]
        value = values[answers.line]
        for start in range(0, n, BLOCK):
            part = slice(start, min(start + BLOCK, n))
            self._block(part, place, value, table, money, rules, plan_of_row, lines, answers)
        low, high = gather("low"), gather("high")
        for name in names:
            money[name][gone] = NONE
        low[gone], high[gone] = NONE, NONE
        eligible = gather("eligible").astype(np.int8)
        eligible[gone] = ELIGIBLE.index("")
        best = _choose(money, eligible, gather("rank"), answers)
        # Of a line with a regime whose rate is not in hand, the best is only the best of those known, unless it is nil.
        firm = ~(best & (gather("gap") > 0))
        firm &= (gather("firm") > 0) & (self.plans.column("firm")[plan_of_row] > 0) & (money["total_low"] >= 0)
        basis = np.where(gone, 2, np.where(firm, 0, 1)).astype(np.int8)
        status = gather("status").astype(np.int8)
        status[gone] = STATUS.index("refused")
        words = {
            "regime": Words(np.where(gone, 0, gather("regime")), self.words["regime"].values),
            "schedule": Words(np.where(gone, 0, gather("schedule")), self.words["schedule"].values),
            "rate": Words(np.where(gone, 0, gather("text")), self.words["text"].values),
            "code": self._code_words(lines, answers),
            "currency": Words(plan_of_row, [p.currency for p in self.plans.plans]),
            "eligible": Words(eligible, list(ELIGIBLE)),
            "status": Words(status, list(STATUS)),
            "basis": Words(basis, list(BASIS)),
            "conditions": Words(np.where(gone, 0, gather("conditions")), self.words["conditions"].values),
            "not_checked": Words(np.where(gone, 0, gather("not_checked")), self.words["not_checked"].values),
            "findings": self._findings(lines, answers, gather("findings"), plan_of_row, gone),
        }
        result = Result(answers.line, lines.line_id, money, {"rate_low": low, "rate_high": high}, words, best, lines.findings, self.rulebook.digest)
        result.context = (self, lines, answers, plan_of)
        return result

    def _rounding_groups(self, plan_of: Any) -> dict[str, dict[Rounding, set[int] | None]]:
        """For each step, the roundings other than to the hundredth, with the plans they bind (None = all in use)."""
        used = set(_distinct(np.asarray(plan_of, dtype=np.int64))[0].tolist())
        groups: dict[str, dict[Rounding, set[int] | None]] = {}
        for i, step in enumerate(STEPS):
            found: dict[Rounding, set[int] | None] = {}
            for p in used:
                rule = self.plans.plans[p].rounding[i]
                if rule != CENT:
                    members = found.setdefault(rule, set())
                    assert members is not None
                    members.add(p)
            groups[step] = {rule: None if members == used else members for rule, members in found.items()}
        return groups

    def _block(self, part: slice, place: I64, values: I64, table: I64, money: dict[str, I64], rules: Any, plan_of_row: I64, lines: Lines, answers: Answers) -> None:
        """The amounts of one block of rows."""
        rows = place[part]
        plans = plan_of_row[part]
        value = values[part]

        def gather(field: str) -> I64:
            column: I64 = table[FIELDS.index(field)]
            return column.take(rows)

        def masks(step: str) -> list[tuple[Rounding, Bools | None]]:
            return [(rule, None if members is None else np.isin(plans, list(members))) for rule, members in rules[step].items()]

        low, high = gather("low"), gather("high")
        known = (value >= 0) & (low >= 0) & (high >= 0)
        duty_low = share(value, low, masks("duty"))
        apart = np.flatnonzero(low != high)
        duty_high = duty_low
        if len(apart):
            duty_high = duty_low.copy()
            duty_high[apart] = share(value[apart], high[apart], [(r, None if m is None else m[apart]) for r, m in masks("duty")])
        duties = gather("duty")
        if (duties >= 0).any():
            duty_high = duty_high.copy() if duty_high is duty_low else duty_high
            self._expressions(duties, part, "duty", value, plans, lines, answers, duty_low, duty_high, known)
        remedy_low, remedy_high, sure = self._charge("remedy", value, value, gather, masks("remedy"), part, plans, lines, answers)
        known &= sure
        excise_low, excise_high, sure = self._charge("excise", value + duty_low + remedy_low, value + duty_high + remedy_high, gather, masks("excise"), part, plans, lines, answers)
        known &= sure
        vat_low, vat_high = self._tax("vat", value, (duty_low, remedy_low, excise_low), (duty_high, remedy_high, excise_high), gather, masks("vat"))
        other_low, other_high = excise_low, excise_high
        income = gather("income_high")
        if income.any():
            a, b = self._tax("income", value, (duty_low, remedy_low, excise_low), (duty_high, remedy_high, excise_high), gather, masks("other"))
            other_low, other_high = other_low + a, other_high + b
        total_low = duty_low + remedy_low + vat_low + other_low
        total_high = duty_high + remedy_high + vat_high + other_high
        money["customs_value"][part] = value
        unknown = ~known
        some_unknown = bool(unknown.any())
        for name, column in (("duty_low", duty_low), ("duty_high", duty_high), ("remedy", remedy_low), ("vat", vat_low), ("other_tax", other_low), ("total_low", total_low), ("total_high", total_high)):
            target = money[name][part]
            target[:] = column
            if some_unknown:
                target[unknown] = NONE

    def _charge(self, name: str, base_low: I64, base_high: I64, gather: Any, rounding: Any, part: slice, plans: I64, lines: Lines, answers: Answers) -> tuple[I64, I64, Bools]:
        """A remedy or excise: a share of the base, an expression, or both."""
        low, high, duty = gather(f"{name}_low"), gather(f"{name}_high"), gather(f"{name}_duty")
        sure = np.ones(len(low), dtype=np.bool_)
        zero = np.zeros(len(low), dtype=np.int64)
        if not high.any() and (duty < 0).all():
            return zero, zero, sure
        amount_low, amount_high = share(base_low, low, rounding), share(base_high, high, rounding)
        if (duty >= 0).any():
            extra_low, extra_high = zero.copy(), zero.copy()
            self._expressions(duty, part, name, base_low, plans, lines, answers, extra_low, extra_high, sure)
            amount_low, amount_high = amount_low + extra_low, amount_high + extra_high
        return amount_low, amount_high, sure

    def _tax(self, name: str, value: I64, lows: tuple[I64, I64, I64], highs: tuple[I64, I64, I64], gather: Any, rounding: Any) -> tuple[I64, I64]:
        """A tax on customs value and whatever else its base names."""
        low, high, bits = gather(f"{name}_low"), gather(f"{name}_high"), gather(f"{name}_base")
        base_low = base_high = value
        same = bool(len(bits)) and bool((bits == bits[0]).all())
        for bit, a, b in zip((2, 4, 8), lows, highs, strict=True):
            if same:
                if bits[0] & bit:
                    base_low, base_high = base_low + a, base_high + b
            else:
                has = (bits & bit) > 0
                base_low, base_high = base_low + np.where(has, a, 0), base_high + np.where(has, b, 0)
        first = share(base_low, low, rounding)
        return first, share(base_high, high, rounding) if base_high is not base_low or not np.array_equal(low, high) else first

    def _expressions(self, duties: I64, part: slice, step: str, value: I64, plans: I64, lines: Lines, answers: Answers, low: I64, high: I64, known: Bools) -> None:
        """Duties that are no share of the value (per unit, mixed): exact fractions, row by row; they are few."""
        first = part.start
        unit = lines.texts["unit"]
        place = STEPS.index(step)
        for i in np.flatnonzero((duties >= 0) & (value >= 0)).tolist():
            line = int(answers.line[first + i])
            plan = self.plans.plans[int(plans[i])]
            facts = self._facts(lines, line, unit.pool[unit.ids[line]], plan.currency, int(value[i]))
            amount = evaluate(self.duties.values[int(duties[i])], facts)
            if amount.missing:
                known[i] = False
                low[i] = high[i] = 0
                self._missing(answers, first + i, step, amount.missing)
                continue
            known[i] = True
            for target, exact in ((low, amount.low), (high, amount.high)):
                cents = exact * 100
                floor = cents.numerator // cents.denominator
                left = cents.numerator - floor * cents.denominator
                target[i] = int(settle(np.array([floor]), np.array([left], dtype=object), cents.denominator, plan.rounding[place])[0])

    def _facts(self, lines: Lines, line: int, unit: str, currency: str, cents: int) -> Facts:
        quantities: dict[str, Fraction] = {}
        quantity = int(lines.quantity[line])
        if unit and quantity >= 0:
            converted = convert(Fraction(quantity, QUANTITY_SCALE), unit)
            if converted:
                quantities[converted[0]] = converted[1]
        importer = lines.texts["importer"]
        day = int(lines.day[line])

        def exchange(other: str) -> Fraction | None:
            found = self.rulebook.exchange(other, importer.pool[importer.ids[line]].upper(), currency, day)
            return found[0] if found else None

        return Facts(Fraction(cents, 100), currency, quantities, exchange)

    def _missing(self, answers: Answers, row: int, step: str, missing: tuple[str, ...]) -> None:
        self._late.setdefault(row, []).append(f"FACT-MISSING: the {step} needs {' and '.join(missing)}")

    @property
    def _late(self) -> dict[int, list[str]]:
        """Findings of the block being computed, by row; one store per thread."""
        store: dict[int, list[str]] = _local.__dict__.setdefault("late", {})
        return store

    def _code_words(self, lines: Lines, answers: Answers) -> Words:
        hs = lines.texts["hs"]
        return Words(hs.ids[answers.line], [codes.read(t)[0] or t for t in hs.pool])

    def _findings(self, lines: Lines, answers: Answers, ids: I64, plan_of_row: I64, gone: Bools) -> Words:
        """The ruling's findings joined with the plan's; a refused row's own."""
        pool = self.words["findings"]
        with self._lock:
            told = [_joined(dict.fromkeys(_short(f) for f in p.findings)) for p in self.plans.plans]
            if any(told[p] for p in _distinct(np.asarray(plan_of_row, dtype=np.int64))[0].tolist()):
                joined, pairs = _pairs([(ids, int(ids.max()) + 1 if len(ids) else 1), (plan_of_row, len(told))])
                merged = np.array([self._merge(pool, a, told[b], b) for a, b in pairs], dtype=np.int64)
                ids = merged[joined]
            else:
                ids = ids.copy()
            if self._late:
                for row, texts in self._late.items():
                    ids[row] = pool.place(SEPARATOR.join(filter(None, (pool.values[ids[row]], _joined(texts)))))
                self._late.clear()
            if gone.any():
                own: dict[int, list[str]] = {}
                for f in lines.findings:
                    row = int(f.pointer.split("/")[1]) - lines.first_row if f.pointer.count("/") > 1 else -1
                    own.setdefault(row, []).append(_short(f))
                for i in np.flatnonzero(gone).tolist():
                    ids[i] = pool.place(_joined(own.get(int(answers.line[i]), [])))
            return Words(ids, pool.values)

    def _merge(self, pool: Pool, one: int, other: str, plan: int) -> int:
        found = self._merged.get((one, plan))
        if found is None:
            found = self._merged[one, plan] = pool.place(SEPARATOR.join(filter(None, (pool.values[one], other))))
        return found


_local = threading.local()


def _choose(money: dict[str, I64], eligible: Any, rank: I64, answers: Answers) -> Bools:
    """Mark each line's best row and write every row's saving against the most-favoured-nation row.

    Best is a row whose highest total is no more than the lowest total of every other row the goods may use; of equal
    ones the first that asks the least (no certificate, then origin stated, then origin to be shown). Where no row is
    sure to be the cheapest, none is best.
    """
    n = len(eligible)
    low, high = money["total_low"], money["total_high"]
    open_ = (eligible <= 1) & (low >= 0)
    if not n:
        return np.zeros(0, np.bool_)
    ceiling = np.where(open_, high, BIG)
    least = np.minimum.reduceat(ceiling, answers.first)[answers.line]
    rivals = np.add.reduceat((open_ & (low < least)).astype(np.int64), answers.first)[answers.line]
    candidate = open_ & (ceiling == least) & ((rivals == 0) | ((rivals == 1) & (low < least)))
    order = np.where(candidate, rank, 999)
    first = np.minimum.reduceat(order, answers.first)[answers.line]
    best: Bools = candidate & (order == first)
    mfn_low, mfn_high = low[answers.first][answers.line], high[answers.first][answers.line]
    usable = open_ & (mfn_low >= 0)
    money["saving_low"][:] = np.where(usable, np.maximum(mfn_low - high, 0), NONE)
    money["saving_high"][:] = np.where(usable, np.maximum(mfn_high - low, 0), NONE)
    itself = answers.first[answers.line] == np.arange(n)
    for name in ("saving_low", "saving_high"):
        money[name][itself & usable] = 0
    return best


def _joined(texts: Any) -> str:
    return SEPARATOR.join(t.replace(SEPARATOR, ",") for t in texts)


def _short(finding: Finding) -> str:
    cited = f" [{finding.citation}]" if finding.citation else ""
    return f"{finding.code}: {finding.text}{cited}"


def _told(ruling: Ruling) -> list[Finding]:
    """What the remedies make the user know."""
    from youyi.assess.position import warning

    found = []
    for r in ruling.remedies:
        if r.known:
            amount = str(r.duty) if r.duty is not None else rate_text(r.low, r.high)
            found.append(warning("REMEDY", f"{r.kind} {r.measure} at {amount} on top of any rate; no proof of origin removes it", r.citation))
        else:
            found.append(warning("REMEDY-UNKNOWN", f"{r.kind} {r.measure} may apply; its rate is not in hand", r.citation))
    return found


def _charge_conditions(ruling: Ruling) -> list[str]:
    found = [f"{r.measure} if the goods are within its scope: {r.scope}{' (' + r.condition + ')' if r.condition else ''}" for r in ruling.remedies]
    found += [f"{t.name}: {t.condition}" for t in ruling.taxes if t.condition and (t.low != t.high or t.status == "official")]
    return found


# -- numbering ---------------------------------------------------------------------------------------------------


def _distinct(values: I64) -> tuple[I64, npt.NDArray[np.int32]]:
    """The distinct values in order and each element's place among them; by table for a narrow range, else by sorting."""
    if not len(values):
        return values, np.zeros(0, dtype=np.int32)
    low = int(values.min())
    width = int(values.max()) - low + 1
    if width <= max(1 << 16, 4 * len(values)):
        shifted = values - low
        seen = np.zeros(width, dtype=np.bool_)
        seen[shifted] = True
        found = np.flatnonzero(seen)
        places = np.zeros(width, dtype=np.int32)
        places[found] = np.arange(len(found), dtype=np.int32)
        return found + low, places[shifted]
    found, inverse = np.unique(values, return_inverse=True)
    return found, inverse.astype(np.int32)


def _pairs(columns: list[tuple[Any, int]]) -> tuple[npt.NDArray[np.int32], list[tuple[int, ...]]]:
    """Number the distinct combinations of several columns of small numbers; each given with its size."""
    key = columns[0][0].astype(np.int64)
    for ids, size in columns[1:]:
        if size > 1:
            key = key * size + ids
    found, places = _distinct(key)
    combinations = []
    for number in found.tolist():
        parts: list[int] = []
        for _, size in reversed(columns[1:]):
            number, part = divmod(number, size) if size > 1 else (number, 0)
            parts.append(part)
        combinations.append((number, *reversed(parts)))
    return places, combinations


def _combinations(texts: list[Text]) -> tuple[npt.NDArray[np.int32], list[tuple[str, ...]]]:
    """Number the distinct combinations of several text columns."""
    places, found = _pairs([(texts[0].ids, len(texts[0].pool)), (texts[1].ids, len(texts[1].pool))])
    combinations = [(texts[0].pool[a], texts[1].pool[b]) for a, b in found]
    for text in texts[2:]:
        if len(text.pool) == 1:
            combinations = [(*c, text.pool[0]) for c in combinations]
            continue
        places, found = _pairs([(places, len(combinations)), (text.ids, len(text.pool))])
        combinations = [(*combinations[a], text.pool[b]) for a, b in found]
    return places, combinations  # type: ignore[return-value]


def _period_numbers(breaks: I64, days: Any) -> npt.NDArray[np.int32]:
    """For each day, how many breaks lie on or before it."""
    if not len(days):
        return np.zeros(0, dtype=np.int32)
    distinct, places = _distinct(days.astype(np.int64))
    return np.searchsorted(breaks, distinct, side="right").astype(np.int32)[places]
