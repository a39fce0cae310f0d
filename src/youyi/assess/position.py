"""What the law says of one good on one route on one day, under each regime: rates, standing, reasons, doubts.

A position knows nothing of values or quantities, so it holds for every line of the same good, route and day and is
worked out once. `Bench` remembers positions; the amounts are computed from them in columns (`amounts`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from youyi.finding import Finding, Severity
from youyi.law import acfta, rcep
from youyi.law.duty import PPM, AdValorem, Between, Duty, NoRate, Quota, Verbatim, excluded_parties, is_exact, parts_for, percent_range
from youyi.law.rulebook import Rate, Rulebook, Schedule, parsed
from youyi.law.tables import day_text

MFN = "MFN"
STATUS_ORDER = ("official", "derived", "unverified", "stale", "partial", "missing")
"""From the surest to the least sure; a figure is as sure as the least sure thing behind it."""


@dataclass(frozen=True, slots=True)
class Route:
    """Who imports from whom, and what is stated about origin. Empty texts and None mean: not stated."""

    importer: str
    exporter: str
    origin: str
    rcep_origin: str = ""
    originating: frozenset[str] | None = None
    proof: frozenset[str] = frozenset()
    producer: str = ""


@dataclass(frozen=True, slots=True)
class Code:
    """A code as the line gives it: digits alone, with its edition."""

    digits: str
    edition: str


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the reasoning that leads to a rate, with the article or table row behind it."""

    text: str
    citation: str


@dataclass(frozen=True, slots=True)
class Tariff:
    """What a schedule, or the treaty in its stead, says of a code on a day.

    `low`, `high`: rate in ten-thousandths of a percent; None where the duty is no share of the value (`duty` then
    says what it is) or where no rate is known. `shut`: the goods' origin is shut out of this line.
    """

    low: int | None
    high: int | None
    text: str
    status: str
    duty: Duty | None = None
    shut: bool = False
    source: str = ""
    steps: tuple[Step, ...] = ()
    findings: tuple[Finding, ...] = ()
    conditions: tuple[str, ...] = ()

    @property
    def known(self) -> bool:
        return self.low is not None or self.duty is not None


@dataclass(frozen=True, slots=True)
class Position:
    """One regime's answer for one good, route and day."""

    regime: str
    tariff: Tariff
    eligible: str
    conditions: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Tax:
    """A tax at import: percent range or a duty expression, on the bases named."""

    name: str
    low: int
    high: int
    duty: Duty | None
    base: frozenset[str]
    status: str
    citation: str
    condition: str


@dataclass(frozen=True, slots=True)
class Remedy:
    """A trade-remedy measure that may bear on the good, hulled over the producers it may be from."""

    measure: str
    kind: str
    low: int
    high: int
    duty: Duty | None
    known: bool
    status: str
    citation: str
    scope: str
    condition: str


@dataclass(frozen=True, slots=True)
class Ruling:
    """Everything the law says of one good, route and day."""

    route: Route
    code: Code
    day: int
    positions: tuple[Position, ...]
    remedies: tuple[Remedy, ...] = ()
    taxes: tuple[Tax, ...] = ()
    not_checked: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()


def worst(statuses: Iterable[str]) -> str:
    return max(statuses, key=STATUS_ORDER.index, default="missing")


def rate_text(low: int | None, high: int | None) -> str:
    """`5%`, or `0..5%` for an interval."""
    if low is None or high is None:
        return "0..?" if low == 0 else ""
    return f"{low / PPM:g}%" if low == high else f"{low / PPM:g}..{high / PPM:g}%"


def note(code: str, text: str, citation: str = "", severity: Severity = Severity.NOTE, pointer: str = "") -> Finding:
    return Finding(code, severity, pointer, text, citation)


def warning(code: str, text: str, citation: str = "", pointer: str = "") -> Finding:
    return Finding(code, Severity.WARNING, pointer, text, citation)


@dataclass
class Bench:
    """A rulebook with its remembered answers. One per process; safe to share between threads that only read."""

    rulebook: Rulebook
    _tariffs: dict[Any, Tariff] = field(default_factory=dict)
    _charges: dict[Any, Any] = field(default_factory=dict)

    # -- one schedule, one code, one day --------------------------------------------------------------------

    def lines(self, schedule: Schedule, code: Code) -> tuple[list[int], tuple[Finding, ...], str]:
        """The schedule's lines that the code's goods may stand on, what had to be assumed, and the worst status of it."""
        key = ("lines", schedule.schedule, code)
        if key not in self._charges:
            self._charges[key] = self._lines(schedule, code)
        found: tuple[list[int], tuple[Finding, ...], str] = self._charges[key]
        return found

    def _lines(self, schedule: Schedule, code: Code) -> tuple[list[int], tuple[Finding, ...], str]:
        nomenclature, digits = self.rulebook.nomenclature, schedule.digits
        table = schedule.lines
        own = code.edition == schedule.edition
        crossed = nomenclature.cross(code.digits[:6], code.edition, schedule.edition)
        if own or crossed.codes == {code.digits[:6]}:
            assumed: tuple[Finding, ...] = ()
            status = "official"
            if not own:
                status = "derived"
                assumed = (note("HS-CARRIED", f"{code.digits} of {code.edition} read in {schedule.edition}, where the six digits are unchanged", "UNSD-CORRELATION"),)
            cut = code.digits[:digits]
            if len(cut) == digits:
                first, last = table.span(int("1" + cut))
                if last > first:
                    return [int("1" + cut)], assumed, status
                if schedule.default is not None:
                    return [], assumed, status
            for length in (len(cut), 8, 6):
                if length > len(cut) or length >= digits:
                    continue
                keys = table.below(cut[:length], digits)
                if keys:
                    if length < len(code.digits):
                        assumed += (warning("HS-NATIONAL-LINE", f"{code.digits} is not a line of {schedule.tariff}; every line under {cut[:length]} is possible", schedule.citation, "/hs"),)
                        status = "partial" if len(keys) > 1 else worst((status, "derived"))
                    elif len(keys) > 1:
                        assumed += (warning("HS-SHORT", f"{code.digits} covers {len(keys)} lines of {schedule.tariff}: {_some(keys)}", schedule.citation, "/hs"),)
                        status = "partial"
                    return keys, assumed, status
            return [], assumed, status
        keys = [k for target in sorted(crossed.codes) for k in table.below(target, digits)]
        names = ", ".join(sorted(crossed.codes)) or "no code that is known"
        found = (warning("HS-AMBIGUOUS", f"{code.digits} of {code.edition} was {names} in {schedule.edition}", "UNSD-CORRELATION", "/hs"),)
        return keys, found, "partial" if len(keys) > 1 else "derived"

    def tariff(self, schedule: Schedule, code: Code, day: int, party: str) -> Tariff:
        """What a schedule in hand says of a code's goods from `party`."""
        key = (schedule.schedule, code, day, party)
        found = self._tariffs.get(key)
        if found is None:
            # Most cells shut nobody out; their reading serves every Party.
            everybody = (schedule.schedule, code, day, "*")
            found = self._tariffs.get(everybody)
            if found is None:
                found = self._tariff(schedule, code, day, party)
                if not self._names_parties(schedule, code, day):
                    self._tariffs[everybody] = found
            self._tariffs[key] = found
        return found

    def _names_parties(self, schedule: Schedule, code: Code, day: int) -> bool:
        """Whether a cell that the code's goods may stand on shuts some Party out."""
        if not schedule.has_chapter(code.digits[:2]):
            return False
        return any(True for k in self.lines(schedule, code)[0] if (r := schedule.rate(k, day)) for _ in excluded_parties(r.duty))

    def _tariff(self, schedule: Schedule, code: Code, day: int, party: str) -> Tariff:
        if day < schedule.first:
            return _missing(schedule, "LAW-BEFORE-FIRST", f"{schedule.title} begins on {day_text(schedule.first)}; an earlier release is needed for {day_text(day)}", "/date")
        chapter = code.digits[:2]
        if not schedule.has_chapter(chapter):
            return _missing(schedule, "LAW-CHAPTER", f"chapter {chapter} of {schedule.title} is not in hand", "/hs")
        keys, assumed, status = self.lines(schedule, code)
        if not keys and schedule.default is not None:
            text = str(schedule.default)
            low, high = percent_range(schedule.default) or (None, None)
            step = Step(f"{schedule.title}: {code.digits} is not named, {text}", schedule.citation)
            return Tariff(low, high, text, worst((status, schedule.status)), None, False, schedule.schedule, (step,), assumed)
        if not keys:
            return _missing(schedule, "LAW-LINE", f"{code.digits} stands on no line of {schedule.title}", "/hs", assumed)
        rates = [r for k in keys if (r := schedule.rate(k, day)) is not None]
        if not rates:
            return _missing(schedule, "LAW-BEFORE-FIRST", f"no rate of {code.digits} in {schedule.title} is known on {day_text(day)}; its first stands later", "/date", assumed)
        cells = {r.text for r in rates}
        return _read(schedule, rates, party, status, assumed) if len(cells) == 1 else _hulled(schedule, [_read(schedule, [r], party, status, ()) for r in rates], rates, assumed)

    # -- the regimes ------------------------------------------------------------------------------------------

    def mfn(self, importer: str, code: Code, day: int) -> Tariff:
        schedule = self.rulebook.schedule(importer, MFN, "*", day)
        if schedule is None:
            return Tariff(None, None, "", "missing", findings=(warning("LAW-NOT-IN-HAND", f"the most-favoured-nation rates of {self._name(importer)} are not in hand"),))
        return self.tariff(schedule, code, day, "")

    def preference(self, regime: str, route: Route, code: Code, day: int) -> Tariff:
        """The rate under a preferential regime, from the schedule in hand or by the treaty; never above MFN."""
        source, assumed = rcep.origin_for_schedule(route.rcep_origin, route.origin) if regime == rcep.AGREEMENT else (route.origin, ())
        schedule = self.rulebook.schedule(route.importer, regime, source, day)
        if schedule is not None:
            found = self.tariff(schedule, code, day, source)
            return replace(found, findings=(*found.findings, *assumed)) if assumed else found
        if regime == acfta.AGREEMENT:
            return self._by_treaty(route, code, day)
        name = self._name(route.importer)
        return Tariff(None, None, "", "missing", findings=(warning("LAW-NOT-IN-HAND", f"the schedule of {name} under {regime} for goods of {source or 'unknown origin'} is not in hand"), *assumed))

    def _by_treaty(self, route: Route, code: Code, day: int) -> Tariff:
        key = ("ACFTA", route.importer, route.origin, code, day)
        found = self._tariffs.get(key)
        if found is None:
            found = self._tariffs[key] = self._treaty(route.importer, route.origin, code, day)
        return found

    def _treaty(self, importer: str, exporter: str, code: Code, day: int) -> Tariff:
        mfn = self.mfn(importer, code, day)
        bound: acfta.Interval = (mfn.low, mfn.high) if mfn.low is not None and mfn.high is not None else (0, None)
        theirs = self.rulebook.schedule(exporter, acfta.AGREEMENT, importer, day)
        charged: acfta.Interval | None = None
        if theirs is not None:
            own = self.tariff(theirs, code, day, importer)
            if own.low is not None and own.high is not None and not own.shut:
                charged = own.low, own.high
        due = acfta.granted(self.rulebook, importer, exporter, code.digits, code.edition, day, bound, charged)
        steps = tuple(Step(text, citation) for text, citation in due.reasons)
        low, high = due.rate
        findings: tuple[Finding, ...] = (note("ACFTA-BY-TREATY", f"{self._name(importer)}'s ACFTA schedule is not in hand; the rate follows from the treaty", "ACFTA-TIG"),)
        if due.importer.carried or due.exporter.carried:
            findings += (note("HS-CARRIED", "an unchanged code was carried over to the edition of the 2006 lists", "UNSD-CORRELATION-1996"),)
        status = "partial" if due.importer.partial or due.exporter.partial or due.importer.split or due.exporter.split else "derived"
        if due.open and mfn.status == "stale" and high == mfn.high:
            status = worst((status, "stale"))
        if due.open:
            findings += (warning("ACFTA-INTERVAL", f"only known to lie between {low / PPM:g} % and {'the MFN rate' if high is None else f'{high / PPM:g} %'}: {'; '.join(s.text for s in steps)}", "ACFTA-TIG-A2"),)
        return Tariff(low, high, rate_text(low, high), status, None, False, f"{importer}-ACFTA (treaty)", steps, findings, due.conditions)

    def _name(self, party: str) -> str:
        row = self.rulebook.parties.get(party) or self.rulebook.countries.get(party)
        return str(row.get("name_en") or row.get("en")) if row else party

    def positions(self, route: Route, code: Code, day: int) -> tuple[tuple[Position, ...], tuple[str, ...]]:
        """Every regime open to the route, MFN first; and the agreements that are only named as not checked."""
        book = self.rulebook
        mfn = self.mfn(route.importer, code, day)
        found = [Position(MFN, mfn, "yes" if mfn.known else "unknown", (), _certificate_note(mfn))]
        named = []
        for a in book.agreements:
            if a["kind"] != "preference" or not a["in_force"] or not self._open(a, route, day):
                continue
            if a["treatment"] == "named":
                named.append(str(a["name_en"]))
                continue
            found.append(self._position(a, route, code, day, mfn))
        return tuple(found), tuple(named)

    def _open(self, agreement: dict[str, Any], route: Route, day: int) -> bool:
        name, giver = agreement["agreement"], agreement["giver"]
        source = (route.rcep_origin or route.origin) if name == rcep.AGREEMENT else route.origin
        if giver:
            return bool(route.importer == giver and source != giver and self.rulebook.membership(name, source, day, giver))
        return bool(source != route.importer and self.rulebook.between(name, route.importer, source, day))

    def _position(self, agreement: dict[str, Any], route: Route, code: Code, day: int, mfn: Tariff) -> Position:
        regime, proof = str(agreement["agreement"]), str(agreement["proof"])
        tariff = self.preference(regime, route, code, day)
        conditions: list[str] = list(tariff.conditions)
        findings: list[Finding] = []
        if regime == "CN-LDC" and tariff.known:
            tariff, quota = self._in_quota_only(route.importer, code, day, tariff)
            conditions += quota
        if tariff.shut:
            return Position(regime, tariff, "no", (), (warning("PREF-EXCLUDED", f"goods of {route.origin} are shut out of this line of {tariff.source}; the MFN rate applies", tariff.steps[-1].citation if tariff.steps else ""),))
        if not tariff.known:
            return Position(regime, tariff, "unknown", (), ())
        tariff, lower = _lower_of(tariff, mfn, regime)
        findings += lower
        stated = route.originating
        if stated is not None and regime not in stated:
            return Position(regime, tariff, "no", (), (*findings, note("ORI-NOT-STATED", f"the goods are not stated to originate under {regime}")))
        eligible = "yes" if stated is not None else "conditional"
        if stated is None:
            conditions.append(f"the goods originate under {regime}")
        if regime not in route.proof:
            conditions.append(proof)
        if conditions != [proof] and tariff.conditions:
            eligible = "conditional"
        if route.exporter and route.exporter != route.origin:
            conditions.append(f"consigned from {route.exporter}: direct consignment of goods of {route.origin}, or a movement certificate")
            eligible = "conditional"
        return Position(regime, tariff, eligible, tuple(dict.fromkeys(conditions)), tuple(findings))

    def _in_quota_only(self, importer: str, code: Code, day: int, tariff: Tariff) -> tuple[Tariff, list[str]]:
        """Quota goods have the scheme's rate inside their tariff quota alone; outside it the MFN rate stands."""
        row = self._prefix("quota_goods", importer, code, day)
        if row is None:
            return tariff, []
        return tariff, [f"inside the tariff quota only: {row['condition']}"]

    # -- taxes, remedies, what is not checked -----------------------------------------------------------------

    def _prefix(self, kind: str, importer: str, code: Code, day: int, **where: str) -> dict[str, Any] | None:
        """The row of a prefix table with the longest code that begins the good's code."""
        table = self.rulebook.by_prefix(kind, importer)
        for length in range(len(code.digits), -1, -1):
            if length in (1, 3, 5, 7, 9, 11):
                continue
            for row in table.get(code.digits[:length], ()):
                if row["start"] <= day <= row["stop"] and all(row[k] == v for k, v in where.items()):
                    return row
        return None

    def national(self, importer: str, code: Code, day: int) -> tuple[Code, ...]:
        """The importer's own lines that the code's goods may stand on; the code itself where they are not known."""
        key = ("national", importer, code, day)
        if key not in self._charges:
            schedule = self.rulebook.schedule(importer, MFN, "*", day)
            keys = self.lines(schedule, code)[0] if schedule else []
            self._charges[key] = tuple(Code(str(k)[1:], schedule.edition) for k in keys) if keys and schedule else (code,)
        found: tuple[Code, ...] = self._charges[key]
        return found

    def taxes(self, importer: str, code: Code, day: int) -> tuple[Tax, ...]:
        """Every tax in hand that falls on the good at import, hulled over the lines it may stand on."""
        key = ("taxes", importer, code, day)
        if key not in self._charges:
            names = self._charges.get(("names", importer))
            if names is None:
                names = self._charges["names", importer] = tuple(dict.fromkeys(r["tax"] for rows in self.rulebook.by_prefix("taxes", importer).values() for r in rows))
            found = []
            for name in names:
                rows = [self._prefix("taxes", importer, c, day, tax=name) for c in self.national(importer, code, day)]
                taxed = {r["at"]: r for r in rows if r is not None}
                if taxed:
                    found.append(_tax(name, list(taxed.values()), len(taxed) == 1 and None not in rows))
            self._charges[key] = tuple(found)
        found_: tuple[Tax, ...] = self._charges[key]
        return found_

    def remedies(self, importer: str, origin: str, producer: str, code: Code, day: int) -> tuple[Remedy, ...]:
        """Measures in force on goods of `origin`: by producer where it is stated, else over all producers."""
        key = ("remedies", importer, origin, producer, code, day)
        if key not in self._charges:
            table = self.rulebook.by_prefix("remedies", importer)
            goods = self.national(importer, code, day)
            rows = []
            hit = 0
            for good in goods:
                found = [r for length in (4, 6, 8, 10, 12) if length <= len(good.digits) for r in table.get(good.digits[:length], ()) if r["origin"] in (origin, "*", "") and r["start"] <= day <= r["stop"]]
                hit += bool(found)
                rows += found
            wide = hit < len(goods)
            measures: dict[str, list[dict[str, Any]]] = {}
            for r in rows:
                measures.setdefault(r["measure"], []).append(r)
            self._charges[key] = tuple(_remedy(m, rs, producer, wide) for m, rs in measures.items())
        known: tuple[Remedy, ...] = self._charges[key]
        return known

    def ruling(self, route: Route, code: Code, day: int) -> Ruling:
        """All positions, remedies, taxes and gaps for one good, route and day."""
        positions, named = self.positions(route, code, day)
        remedies = self.remedies(route.importer, route.origin, route.producer, code, day)
        unrated = self._unrated(route.importer, code, day)
        name = self._name(route.importer)
        not_checked = [f"trade remedies of {name} beyond the measures in hand", "licences, controls and standards"]
        not_checked += [f"{r.kind} {r.measure}: its rate is not in hand" for r in remedies if not r.known]
        not_checked += list(unrated)
        if not any(t.name in ("VAT", "SALES", "COMMERCIAL") for t in self.taxes(route.importer, code, day)):
            not_checked.append(f"VAT or sales tax of {name}")
        not_checked += [f"{a} (schedule not in hand)" for a in named]
        return Ruling(route, code, day, positions, remedies, self.taxes(route.importer, code, day), tuple(dict.fromkeys(not_checked)))

    def _unrated(self, importer: str, code: Code, day: int) -> tuple[str, ...]:
        key = ("unrated", importer, code, day)
        if key not in self._charges:
            table = self.rulebook.by_prefix("unrated_taxes", importer)
            rows = [r for length in (0, 2, 4, 6, 8, 10, 12) if length <= len(code.digits) for r in table.get(code.digits[:length], ()) if r["start"] <= day <= r["stop"]]
            self._charges[key] = tuple(dict.fromkeys(f"{r['tax']}{': ' + r['condition'] if r['condition'] else ''}" for r in rows))
        found: tuple[str, ...] = self._charges[key]
        return found


# -- reading cells ----------------------------------------------------------------------------------------------


def _percent(ppm: int | None) -> Any:
    from decimal import Decimal

    return Decimal(ppm or 0) / PPM


def _some(keys: list[int], most: int = 6) -> str:
    shown = ", ".join(str(k)[1:] for k in keys[:most])
    return shown + (f" and {len(keys) - most} more" if len(keys) > most else "")


def _missing(schedule: Schedule, code: str, text: str, pointer: str, findings: tuple[Finding, ...] = ()) -> Tariff:
    return Tariff(None, None, "", "missing", None, False, schedule.schedule, (), (*findings, warning(code, text, schedule.citation, pointer)))


def _read(schedule: Schedule, rates: list[Rate], party: str, status: str, findings: tuple[Finding, ...]) -> Tariff:
    """One cell, as goods of `party` may use it."""
    rate = rates[0]
    parts, shut = parts_for(rate.duty, party)
    named = f"{rate.code}" if len(rates) == 1 else f"{len(rates)} lines"
    steps: tuple[Step, ...] = (Step(f"{schedule.title}: {named} at {rate.text} since {day_text(rate.start)}{f' ({rate.note})' if rate.note else ''} [{rate.at}]", rate.citation),)
    grade = worst((rate.status, "official" if len(rates) == 1 else "derived" if status == "partial" else status))
    # Lines that all bear one cell agree: which of them it is does not matter for the rate.
    if status not in ("partial",):
        grade = worst((grade, status))
    if not rate.fresh or not all(r.fresh for r in rates):
        last = min(r.stop for r in rates)
        findings += (warning("LAW-STALE", f"{schedule.title} is known to {day_text(last)}; the rate is that of {day_text(last)[:4]}", rate.citation, "/date"),)
        grade = worst((grade, "stale"))
    if not parts:
        return Tariff(None, None, rate.text, grade, None, True, schedule.schedule, steps, findings)
    if len(parts) == 1 and isinstance(parts[0], NoRate):
        findings += (note("PREF-NO-RATE", f"{schedule.title} gives {rate.code} no rate", rate.citation),)
        return Tariff(None, None, rate.text, grade, None, False, schedule.schedule, steps, findings)
    ranges = [percent_range(p) for p in parts if not isinstance(p, NoRate)]
    low = high = None
    duty: Duty | None = None
    text = rate.text
    if all(r is not None for r in ranges):
        known = [r for r in ranges if r is not None]
        low, high = min(r[0] for r in known), max(r[1] for r in known)
        text = rate_text(low, high)
    elif len(parts) == 1 and not isinstance(parts[0], Verbatim):
        duty = parts[0]
        text = str(duty)
    if isinstance(parts[0], Quota) or isinstance(rate.duty, Quota):
        findings += (warning("QUOTA", f"{parts[0]}: the lower rate holds inside the tariff quota only", rate.citation),)
        grade = worst((grade, "partial"))
    elif len(parts) > 1 or shut:
        findings += (warning("RATE-SPLIT", f"the cell {rate.text!r} divides the line by a scope it does not state{'; some of it shuts out ' + party if shut else ''}", rate.citation),)
        grade = worst((grade, "partial"))
        if shut:
            high = None if low is None else high
            text = f"{text} or MFN"
    if low is None and duty is None:
        findings += (warning("DUTY-NOT-COMPUTABLE", f"the duty {rate.text!r} cannot be computed from a table", rate.citation),)
    return Tariff(low, high, text, grade, duty, False, schedule.schedule, steps, findings, ("part of the line is shut out",) if shut else ())


def _hulled(schedule: Schedule, readings: list[Tariff], rates: list[Rate], findings: tuple[Finding, ...]) -> Tariff:
    """Several lines with different cells: from the lowest to the highest."""
    lows = [r.low for r in readings]
    highs = [r.high for r in readings]
    steps = tuple(s for r in readings[:6] for s in r.steps)
    grade = worst((*(r.status for r in readings), "partial"))
    own = tuple(dict.fromkeys(f for r in readings for f in r.findings))
    if any(low is None for low in lows):
        shut = all(r.shut for r in readings)
        text = " | ".join(sorted({r.text for r in rates})[:4])
        extra = () if shut else (warning("HS-RATES-DIFFER", f"the possible lines bear different duties: {text}; give the full national code", schedule.citation, "/hs"),)
        return Tariff(None, None, text, grade, None, shut, schedule.schedule, steps, (*findings, *own, *extra))
    low, high = min(x for x in lows if x is not None), max(x for x in highs if x is not None)
    differ = warning("HS-RATES-DIFFER", f"the possible lines bear between {low / PPM:g} and {high / PPM:g} %; give the full national code", schedule.citation, "/hs")
    return Tariff(low, high, rate_text(low, high), grade, None, False, schedule.schedule, steps, (*findings, *own, *((differ,) if low != high else ())))


def _without_no_rate(duty: Duty) -> Duty:
    """A VAT cell such as `*/5/8/10`: the star means not subject, so nil is possible."""
    from youyi.law.duty import Either

    if isinstance(duty, Either):
        return Either(tuple(AdValorem(_percent(0)) if isinstance(p, NoRate) else p for p in duty.parts))
    return AdValorem(_percent(0)) if isinstance(duty, NoRate) else duty


def _lower_of(tariff: Tariff, mfn: Tariff, regime: str) -> tuple[Tariff, list[Finding]]:
    """The importer takes the lower of MFN and preference (for China: Tariff Law art 13 ¶2)."""
    if tariff.low is None or tariff.high is None or mfn.low is None or mfn.high is None or mfn.high >= tariff.high:
        return tariff, []
    low, high = min(tariff.low, mfn.low), min(tariff.high, mfn.high)
    text = f"the {regime} rate {tariff.text} is above the MFN rate {mfn.text}; the lower is taken"
    merged = replace(tariff, low=low, high=high, text=rate_text(low, high), status=worst((tariff.status, mfn.status)))
    return merged, [note("RATE-MFN-LOWER", text)]


def _certificate_note(mfn: Tariff) -> tuple[Finding, ...]:
    if mfn.high == 0:
        return (note("CERT-NOT-NEEDED", "the MFN rate is already 0: no certificate of origin is needed for the duty"),)
    return ()


def _tax(name: str, rows: list[dict[str, Any]], one: bool) -> Tax:
    """One tax from the row, or rows, that may apply."""
    duties = [parsed(r["rate"]) for r in rows]
    shares = [percent_range(_without_no_rate(d)) for d in duties]
    first = rows[0]
    status = worst(r["status"] for r in rows)
    if not one or not is_exact(duties[0]):
        status = worst((status, "derived"))
    base, condition = frozenset(first["base"].split("+")), first["condition"]
    known = [s for s in shares if s is not None]
    if len(known) < len(shares):
        return Tax(name, 0, 0, duties[0] if one else Verbatim("the lines it may stand on are taxed differently"), base, status, first["citation"], condition)
    return Tax(name, min(s[0] for s in known), max(s[1] for s in known), None, base, status, first["citation"], condition)


def _remedy(measure: str, rows: list[dict[str, Any]], producer: str, wide: bool) -> Remedy:
    """One measure over the rows that may apply: the named producer's, else all of them; hulled, never added."""
    wanted = producer.casefold().strip()
    named = [r for r in rows if wanted and r["producer"].casefold().strip() == wanted]
    others = [r for r in rows if not r["producer"]]
    chosen = named or (others if wanted else rows)
    chosen = chosen or rows
    ranges = []
    duty: Duty | None = None
    known = True
    for r in chosen:
        if not r["rate"]:
            known = False
            continue
        cell = parsed(r["rate"])
        share = percent_range(cell)
        if share is None:
            duty = cell if duty is None else Between(duty.low if isinstance(duty, Between) else duty, cell)
        else:
            ranges.append(share)
    low = min((r[0] for r in ranges), default=0)
    high = max((r[1] for r in ranges), default=0)
    if wide or any(r["origin"] in ("*", "") for r in chosen):
        low = 0  # not every line under the code, or not every origin, is within the measure
    first = chosen[0]
    if duty is not None:
        specifics = [parsed(r["rate"]) for r in chosen if r["rate"] and percent_range(parsed(r["rate"])) is None]
        ordered = sorted(specifics, key=lambda d: getattr(d, "amount", 0))
        duty = ordered[0] if len(ordered) == 1 else Between(ordered[0], ordered[-1])
        if wide:
            duty = Between(AdValorem(_percent(0)), ordered[-1])
    return Remedy(measure, first["kind"], low, high, duty, known or bool(ranges) or duty is not None, worst(r["status"] for r in chosen), first["citation"], first["scope"], first["condition"])
