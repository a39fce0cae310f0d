"""What the law says of one good on one route on one day, under each regime: rates, standing, reasons, doubts.

A position knows nothing of values or quantities, so it holds for every line of the same good, route and day and is
worked out once. `Bench` remembers positions; the amounts are computed from them in columns (`block`).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from youyi.assess.cells import certificate_note, doubted, hulled, lower_of, missing, read, readings_of, shut_out, some
from youyi.assess.contradictions import contradictions, unproven_origins
from youyi.assess.levies import Levies
from youyi.assess.ruling import MFN, Code, Position, Remedy, Route, Ruling, Step, Tariff, Tax, note, rate_text, warning, worst
from youyi.finding import Finding
from youyi.law import acfta, rcep
from youyi.law.due import percent_range
from youyi.law.duty import PPM
from youyi.law.rulebook import Rulebook
from youyi.law.schedule import Rate, Schedule
from youyi.law.tables import day_text


@dataclass(frozen=True, slots=True, eq=False)
class Rates:
    """The rates of some lines on some days, and the Parties that a cell among them shuts out. Remembered: one stands for itself alone."""

    rates: tuple[Rate, ...]
    shut_out: frozenset[str]

Row = dict[str, Any]
Open = tuple[Row, tuple[Row, ...]]
"""An agreement open to a route, with the rows of membership that leave a doubt."""


@dataclass
class Bench:
    """A rulebook with its remembered answers. One per process; safe to share between threads that only read."""

    rulebook: Rulebook
    _tariffs: dict[Any, Tariff] = field(default_factory=dict)
    _positions: dict[Any, Position] = field(default_factory=dict)
    _charges: dict[Any, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.levies = Levies(self.rulebook)
        self._holds_remedies = bool(self.rulebook.store.names("remedies"))

    # -- one schedule, one code, one day --------------------------------------------------------------------

    def lines(self, schedule: Schedule, code: Code) -> tuple[tuple[int, ...], tuple[Finding, ...], str]:
        """The schedule's lines that the code's goods may stand on, what had to be assumed, and the worst status of it."""
        key = ("lines", schedule.schedule, code)
        if key not in self._charges:
            self._charges[key] = self._lines(schedule, code)
        found: tuple[tuple[int, ...], tuple[Finding, ...], str] = self._charges[key]
        return found

    def _lines(self, schedule: Schedule, code: Code) -> tuple[tuple[int, ...], tuple[Finding, ...], str]:
        nomenclature, digits = self.rulebook.nomenclature, schedule.digits
        table = schedule.lines
        own = code.edition == schedule.edition
        crossed = nomenclature.cross(code.digits[:6], code.edition, schedule.edition)
        if own or crossed.codes == {code.digits[:6]}:
            assumed: tuple[Finding, ...] = ()
            status = "official"
            if not own:
                status = "derived"
                assumed = (
                    note("HS-CARRIED", f"{code.digits} of {code.edition} read in {schedule.edition}, where the six digits are unchanged", "UNSD-CORRELATION"),
                )
            cut = code.digits[:digits]
            if len(cut) == digits:
                first, last = table.span(int("1" + cut))
                if last > first:
                    return (int("1" + cut),), assumed, status
                if schedule.default is not None:
                    return (), assumed, status
            for length in (len(cut), 8, 6):
                if length > len(cut) or length >= digits:
                    continue
                keys = tuple(table.below(cut[:length], digits))
                if keys:
                    if length < len(code.digits):
                        assumed += (
                            warning(
                                "HS-NATIONAL-LINE",
                                f"{code.digits} is not a line of {schedule.tariff}; every line under {cut[:length]} is possible",
                                schedule.citation,
                                "/hs",
                            ),
                        )
                        status = "partial" if len(keys) > 1 else worst((status, "derived"))
                    elif len(keys) > 1:
                        assumed += (
                            warning("HS-SHORT", f"{code.digits} covers {len(keys)} lines of {schedule.tariff}: {some(keys)}", schedule.citation, "/hs"),
                        )
                        status = "partial"
                    return keys, assumed, status
            return (), assumed, status
        keys = self._reached(schedule, code.digits[:6], code.edition)
        names = ", ".join(sorted(crossed.codes)) or "no code that is known"
        found = (warning("HS-AMBIGUOUS", f"{code.digits} of {code.edition} was {names} in {schedule.edition}", "UNSD-CORRELATION", "/hs"),)
        return keys, found, "partial" if len(keys) > 1 else "derived"

    def _reached(self, schedule: Schedule, code: str, edition: str) -> tuple[int, ...]:
        """Every line under the codes of the schedule's edition that a code crosses to: the same for all national lines under its six digits."""
        key = ("reached", schedule.schedule, code, edition)
        if key not in self._charges:
            targets = sorted(self.rulebook.nomenclature.cross(code, edition, schedule.edition).codes)
            self._charges[key] = tuple(k for target in targets for k in schedule.lines.below(target, schedule.digits))
        found: tuple[int, ...] = self._charges[key]
        return found

    def tariff(self, schedule: Schedule, code: Code, day: int, party: str) -> Tariff:
        """What a schedule in hand says of a code's goods from `party`."""
        standing = self._standing(schedule, self.lines(schedule, code)[0], day)
        # Most cells shut nobody out: their reading serves every Party, and every day on which the same rows stand.
        who = party if party in standing.shut_out else "*"
        key = (schedule.schedule, code, standing if standing.rates else day, who)
        found = self._tariffs.get(key)
        if found is None:
            found = self._tariffs[key] = self._tariff(schedule, code, day, who, standing)
        return found

    def _standing(self, schedule: Schedule, keys: tuple[int, ...], day: int) -> Rates:
        """The rates of these lines on the day."""
        key = ("rates", schedule.schedule, keys, day)
        found: Rates | None = self._charges.get(key)
        if found is None:
            rates = tuple([r for k in keys if (r := schedule.rate(k, day)) is not None])
            found = self._charges.get(rates)
            if found is None:
                found = self._charges[rates] = Rates(rates, frozenset[str]().union(*(shut_out(cell) for cell in {r.text for r in rates})))
            self._charges[key] = found
        return found

    def _hulled(self, schedule: Schedule, standing: Rates, party: str, status: str) -> Tariff:
        key = ("hulled", schedule.schedule, standing, party, status)
        found = self._tariffs.get(key)
        if found is None:
            found = self._tariffs[key] = hulled(schedule, readings_of(schedule, standing.rates, party, status), standing.rates)
        return found

    def _tariff(self, schedule: Schedule, code: Code, day: int, party: str, standing: Rates) -> Tariff:
        if day < schedule.first:
            return missing(
                schedule,
                "LAW-BEFORE-FIRST",
                f"{schedule.title} begins on {day_text(schedule.first)}; for an earlier day an earlier release is needed",
                "/date",
            )
        crossed = self.rulebook.nomenclature.cross(code.digits[:6], code.edition, schedule.edition).codes
        absent = sorted({c[:2] for c in crossed or (code.digits,)} - schedule.chapters) if schedule.default is None else []
        if absent:
            return missing(schedule, "LAW-CHAPTER", f"chapter {', '.join(absent)} of {schedule.title} is not in hand", "/hs")
        keys, assumed, status = self.lines(schedule, code)
        if not keys and schedule.default is not None:
            text = str(schedule.default)
            low, high = percent_range(schedule.default) or (None, None)
            step = Step(f"{schedule.title}: {code.digits} is not named, {text}", schedule.citation)
            return Tariff(low, high, text, worst((status, schedule.status)), None, False, schedule.schedule, (step,), assumed)
        if not keys:
            return missing(schedule, "LAW-LINE", f"{code.digits} stands on no line of {schedule.title}", "/hs", assumed)
        rates = standing.rates
        if not rates:
            return missing(
                schedule,
                "LAW-BEFORE-FIRST",
                f"no rate of {code.digits} in {schedule.title} is known on the day; its first stands later",
                "/date",
                assumed,
            )
        if len(rates) == 1 or len({r.text for r in rates}) == 1:
            return read(schedule, rates, party, status, assumed)
        hull = self._hulled(schedule, standing, party, status)
        return hull.told((*assumed, *hull.findings))

    # -- the regimes ------------------------------------------------------------------------------------------

    def mfn(self, importer: str, code: Code, day: int) -> Tariff:
        """The most-favoured-nation rate."""
        schedule = self.rulebook.schedule(importer, MFN, "*", day)
        if schedule is None:
            return Tariff(
                None, None, "", "missing", findings=(warning("LAW-NOT-IN-HAND", f"the most-favoured-nation rates of {self._name(importer)} are not in hand"),)
            )
        return self.tariff(schedule, code, day, "")

    def preference(self, regime: str, route: Route, code: Code, day: int) -> Tariff:
        """The rate under a preferential regime, from the schedule in hand or by the treaty; never above MFN."""
        schedule, source, assumed = self._source(regime, route, day)
        if schedule is not None:
            found = self.tariff(schedule, code, day, source)
            if not assumed:
                return found
            key = (regime, found, source)
            told = self._tariffs.get(key)
            if told is None:
                told = self._tariffs[key] = found.told((*found.findings, *assumed))
            return told
        if regime == acfta.AGREEMENT:
            return self._by_treaty(route.importer, route.origin, code, day)
        name = self._name(route.importer)
        return Tariff(
            None,
            None,
            "",
            "missing",
            findings=(warning("LAW-NOT-IN-HAND", f"the schedule of {name} under {regime} for goods of {source or 'unknown origin'} is not in hand"), *assumed),
        )

    def _source(self, regime: str, route: Route, day: int) -> tuple[Schedule | None, str, tuple[Finding, ...]]:
        """The schedule that serves a route, the origin it is read for, and what had to be assumed of that."""
        key = ("source", regime, route, day)
        found: tuple[Schedule | None, str, tuple[Finding, ...]] | None = self._charges.get(key)
        if found is None:
            source, assumed = rcep.origin_for_schedule(route.rcep_origin, route.origin) if regime == rcep.AGREEMENT else (route.origin, ())
            found = self._charges[key] = self.rulebook.schedule(route.importer, regime, source, day), source, assumed
        return found

    def _by_treaty(self, importer: str, exporter: str, code: Code, day: int) -> Tariff:
        mfn = self._favoured(importer, code, day).tariff
        bound: acfta.Interval = (mfn.low, mfn.high) if mfn.low is not None and mfn.high is not None else (0, None)
        mine = acfta.standing(self.rulebook, importer, code.digits, code.edition, day)
        held = acfta.standing(self.rulebook, exporter, code.digits, code.edition, day)
        charged = self._charged(importer, exporter, code, day) if acfta.reciprocal(mine, held) else None
        # Codes that both hold alike are granted alike; a code on no list is named in the answer.
        unlisted = "" if mine.tracks and held.tracks else code.digits
        key = (acfta.AGREEMENT, importer, exporter, mine, held, unlisted, day, bound, charged, mfn.status == "stale")
        found = self._tariffs.get(key)
        if found is None:
            due = acfta.granted(self.rulebook, importer, exporter, code.digits, code.edition, day, bound, charged)
            found = self._tariffs[key] = self._treaty(importer, due, mfn)
        return found

    def _charged(self, importer: str, exporter: str, code: Code, day: int) -> acfta.Interval | None:
        """What the exporter's own ACFTA schedule charges the importer's goods, where it is in hand."""
        theirs = self.rulebook.schedule(exporter, acfta.AGREEMENT, importer, day)
        own = self.tariff(theirs, code, day, importer) if theirs is not None else None
        return (own.low, own.high) if own is not None and own.low is not None and own.high is not None and not own.shut else None

    def _treaty(self, importer: str, due: acfta.Granted, mfn: Tariff) -> Tariff:
        steps = tuple(Step(text, citation) for text, citation in due.reasons)
        low, high = due.rate
        findings: tuple[Finding, ...] = (
            note("ACFTA-BY-TREATY", f"{self._name(importer)}'s ACFTA schedule is not in hand; the rate follows from the treaty", "ACFTA-TIG"),
        )
        if due.importer.carried or due.exporter.carried:
            findings += (note("HS-CARRIED", "an unchanged code was carried over to the edition of the 2006 lists", "UNSD-CORRELATION-1996"),)
        status = "partial" if due.importer.partial or due.exporter.partial or due.importer.split or due.exporter.split else "derived"
        if due.open and mfn.status == "stale" and high == mfn.high:
            status = worst((status, "stale"))
        if due.open:
            top, why = "the MFN rate" if high is None else f"{high / PPM:g} %", "; ".join(s.text for s in steps)
            findings += (
                warning(
                    "ACFTA-INTERVAL",
                    f"only known to lie between {low / PPM:g} % and {top}: {why}",
                    "ACFTA-TIG-A2",
                ),
            )
        return Tariff(low, high, rate_text(low, high), status, None, False, f"{importer}-ACFTA (treaty)", steps, findings, due.conditions)

    def _name(self, party: str) -> str:
        row = self.rulebook.parties.get(party) or self.rulebook.countries.get(party)
        return str(row.get("name_en") or row.get("en")) if row else party

    def positions(self, route: Route, code: Code, day: int) -> tuple[tuple[Position, ...], tuple[str, ...]]:
        """Every regime open to the route, MFN first; and the agreements that are only named as not checked."""
        open_, named = self._agreements(route, day)
        first = self._favoured(route.importer, code, day)
        return (first, *[self._preferred(a, doubts, route, code, day, first.tariff) for a, doubts in open_]), named

    def _agreements(self, route: Route, day: int) -> tuple[tuple[Open, ...], tuple[str, ...]]:
        """The agreements open to a route, each with the rows of membership that leave a doubt; and those that are only named, in words."""
        key = ("agreements", route, day)
        if key not in self._charges:
            found, named = [], []
            for a in self.rulebook.agreements:
                if a["kind"] != "preference" or not a["in_force"] or not (rows := self._open(a, route, day)):
                    continue
                doubts = tuple(r for r in rows if r["condition"])
                if a["treatment"] == "named":
                    named.append(": ".join((str(a["name_en"]), *(str(r["condition"]) for r in doubts))))
                else:
                    found.append((a, doubts))
            self._charges[key] = tuple(found), tuple(named)
        open_: tuple[tuple[Open, ...], tuple[str, ...]] = self._charges[key]
        return open_

    def _favoured(self, importer: str, code: Code, day: int) -> Position:
        key = (MFN, importer, code, day)
        found = self._positions.get(key)
        if found is None:
            mfn = self.mfn(importer, code, day)
            told = (*certificate_note(mfn), *self._quota_note(importer, code, day))
            found = self._positions[key] = Position(MFN, mfn, "yes" if mfn.known else "unknown", (), told)
        return found

    def _preferred(self, agreement: Row, doubts: tuple[Row, ...], route: Route, code: Code, day: int, mfn: Tariff) -> Position:
        regime = str(agreement["agreement"])
        tariff = self.preference(regime, route, code, day)
        if doubts:
            tariff = self._doubted(tariff, doubts)
        quota = self._quota_condition(route.importer, code, day) if regime == "CN-LDC" and tariff.known else ()
        key = (regime, route, tariff, quota, mfn.low, mfn.high, mfn.text, mfn.status)
        found = self._positions.get(key)
        if found is None:
            found = self._positions[key] = self._position(agreement, route, tariff, quota, mfn)
        return found

    def _doubted(self, tariff: Tariff, doubts: tuple[Row, ...]) -> Tariff:
        key = ("doubt", tariff, *(r["at"] for r in doubts))
        if key not in self._charges:
            self._charges[key] = doubted(tariff, doubts)
        found: Tariff = self._charges[key]
        return found

    def _open(self, agreement: dict[str, Any], route: Route, day: int) -> tuple[dict[str, Any], ...]:
        """The rows of membership by which the agreement is open to the route; none where it is not."""
        name = str(agreement["agreement"])
        return self.rulebook.gives(name, route.importer, (route.rcep_origin or route.origin) if name == rcep.AGREEMENT else route.origin, day)

    def _position(self, agreement: dict[str, Any], route: Route, tariff: Tariff, quota: tuple[str, ...], mfn: Tariff) -> Position:
        regime, proof = str(agreement["agreement"]), str(agreement["proof"])
        conditions: list[str] = [*tariff.conditions, *quota]
        findings: list[Finding] = []
        if tariff.shut:
            return Position(
                regime,
                tariff,
                "no",
                (),
                (
                    warning(
                        "PREF-EXCLUDED",
                        f"goods of {route.origin} are shut out of this line of {tariff.source}; the MFN rate applies",
                        tariff.steps[-1].citation if tariff.steps else "",
                    ),
                ),
            )
        stated = route.originating
        if not tariff.known and (stated is None or regime in stated):
            return Position(regime, tariff, "unknown", (), ())
        tariff, lower = lower_of(tariff, mfn, regime)
        findings += lower
        if quota and tariff.low is not None and mfn.high is not None:
            # Whether the goods are inside the quota is not known here: from the scheme's rate to the MFN rate.
            top = max(tariff.high or 0, mfn.high)
            tariff = replace(tariff, high=top, text=rate_text(tariff.low, top), status=worst((tariff.status, mfn.status, "partial")))
        if stated is not None and regime not in stated:
            return Position(regime, tariff, "no", (), (*findings, note("ORI-NOT-STATED", f"the goods are not stated to originate under {regime}")))
        eligible = "yes" if stated is not None else "conditional"
        if stated is None:
            conditions.append(f"the goods originate under {regime}")
        if regime not in route.proof:
            conditions.append(f"proof of origin: {proof}")
        if tariff.conditions or quota or (route.proof and regime not in route.proof):
            eligible = "conditional"
        if route.exporter and route.exporter != route.origin:
            conditions.append(f"consigned from {route.exporter}: direct consignment of goods of {route.origin}, or a movement certificate")
            eligible = "conditional"
        return Position(regime, tariff, eligible, tuple(dict.fromkeys(conditions)), tuple(findings))

    def _quota_note(self, importer: str, code: Code, day: int) -> tuple[Finding, ...]:
        """Quota goods: the most-favoured-nation rate in hand is the one outside the quota."""
        row = self.levies.quota(importer, code, day)
        return (warning("QUOTA", f"under tariff quota ({row['condition']}): a lower rate may hold inside it", row["citation"]),) if row else ()

    def _quota_condition(self, importer: str, code: Code, day: int) -> tuple[str, ...]:
        """Quota goods have the scheme's rate inside their tariff quota alone; outside it the MFN rate stands."""
        row = self.levies.quota(importer, code, day)
        return (f"inside the tariff quota only: {row['condition']}",) if row else ()

    def ruling(self, route: Route, code: Code, day: int) -> Ruling:
        """All positions, remedies, taxes and gaps for one good, route and day."""
        positions, named = self.positions(route, code, day)
        remedies = self.levies.remedies(route, code, day)
        taxes = self.levies.taxes(route.importer, code, day)
        unrated = self.levies.unrated(route.importer, code, day)
        if not self._holds_remedies:
            unrated = (*unrated, "trade remedies: this release holds no table of them")
        key = ("gaps", route.importer, remedies, taxes, unrated, named)
        gaps: tuple[str, ...] | None = self._charges.get(key)
        if gaps is None:
            gaps = self._charges[key] = self._gaps(route.importer, remedies, taxes, unrated, named)
        findings = self._charges.get(("stated", route))
        if findings is None:
            findings = self._charges["stated", route] = tuple(contradictions(route, self.rulebook.agreements))
        return Ruling(route, code, day, positions, remedies, taxes, unrated, gaps, (*findings, *unproven_origins(remedies)))

    def _gaps(
        self, importer: str, remedies: tuple[Remedy, ...], taxes: tuple[Tax, ...], unrated: tuple[str, ...], named: tuple[str, ...]
    ) -> tuple[str, ...]:
        """What was not checked, in words."""
        name = self._name(importer)
        not_checked = [f"trade remedies of {name} beyond the measures in hand", "licences, controls and standards"]
        not_checked += [f"{r.kind} {r.measure}: {r.open or 'its rate is not in hand'}" for r in remedies if r.open or not r.known]
        not_checked += list(unrated)
        if not any(t.name in ("VAT", "SALES", "COMMERCIAL") for t in taxes):
            not_checked.append(f"VAT or sales tax of {name}")
        not_checked += [f"{a} (schedule not in hand)" for a in named]
        return tuple(dict.fromkeys(not_checked))
