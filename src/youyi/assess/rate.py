"""One code, two countries: every regime's rate, with its article, its date and its doubt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from youyi.assess import codes
from youyi.assess.lines import InputError
from youyi.assess.position import Bench
from youyi.assess.ruling import MFN, Code, Position, Route, Ruling
from youyi.assess.slips import country_fault
from youyi.finding import Finding, Severity
from youyi.law.rulebook import Rulebook
from youyi.law.tables import day_text

MAX_LINES = 40
"""National lines listed under a short code."""


@dataclass(frozen=True, slots=True)
class NationalLine:
    """A national line under a shorter code, with its rates by regime."""

    code: str
    text: str
    rates: dict[str, str]


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to `rate`: the ruling and, for a code that several national lines share, those lines."""

    ruling: Ruling
    text: str
    day: int
    lines: tuple[NationalLine, ...]
    more: int

    def as_dict(self, rulebook: Rulebook) -> dict[str, Any]:
        """For programs. The citations are written out under `sources`."""
        r = self.ruling
        cited = (
            {s.citation for p in r.positions for s in p.tariff.steps}
            | {f.citation for p in r.positions for f in (*p.findings, *p.tariff.findings)}
            | {t.citation for t in r.taxes}
            | {m.citation for m in r.remedies}
        )
        return {
            "code": r.code.digits,
            "edition": r.code.edition,
            "text": self.text,
            "from": r.route.origin,
            "to": r.route.importer,
            "on": day_text(self.day),
            "regimes": [_position(p) for p in r.positions],
            "remedies": [
                {
                    "measure": m.measure,
                    "kind": m.kind,
                    "rate": _measure(m),
                    "scope": m.scope,
                    "condition": m.condition,
                    "status": m.status,
                    "citation": m.citation,
                }
                for m in r.remedies
            ],
            "taxes": [
                {
                    "tax": t.name,
                    "rate_low": t.low / 10_000,
                    "rate_high": t.high / 10_000,
                    "rate": str(t.duty) if t.duty else None,
                    "condition": t.condition,
                    "status": t.status,
                    "citation": t.citation,
                }
                for t in r.taxes
            ],
            "findings": [f.as_dict() for f in r.findings],
            "not_checked": list(r.not_checked),
            "lines": [{"code": n.code, "text": n.text, "rates": n.rates} for n in self.lines],
            "more_lines": self.more,
            "sources": {c: rulebook.store.citations.get(c, {}) for c in sorted(cited - {""})},
            "release": rulebook.name,
            "digest": rulebook.digest,
            "notice": "Not legal advice.",
        }


def _measure(m: Any) -> str:
    if not m.known:
        return "not in hand"
    return str(m.duty) if m.duty is not None else f"{m.low / 10_000:g}%" if m.low == m.high else f"{m.low / 10_000:g}..{m.high / 10_000:g}%"


def _position(p: Position) -> dict[str, Any]:
    t = p.tariff
    return {
        "regime": p.regime,
        "schedule": t.source,
        "rate": t.text,
        "rate_low": None if t.low is None else t.low / 10_000,
        "rate_high": None if t.high is None else t.high / 10_000,
        "eligible": p.eligible,
        "status": t.status,
        "conditions": list(p.conditions),
        "findings": [f.as_dict() for f in (*p.findings, *t.findings)],
        "law": [{"text": s.text, "citation": s.citation} for s in t.steps],
    }


def rate(rulebook: Rulebook, code: str, origin: str, importer: str, day: int, edition: str = "") -> Answer:
    """Every regime's rate for a code on a route on a day.

    Raises InputError with what is wrong and what replaced a dead code.
    """
    findings = [
        _fault("COUNTRY", f, country_fault(c, rulebook.countries)) for f, c in (("from", origin), ("to", importer)) if c.upper() not in rulebook.countries
    ]
    origin, importer = origin.upper(), importer.upper()
    if not findings and importer not in rulebook.parties:
        findings.append(_fault("COUNTRY-NOT-COVERED", "to", f"imports into {importer} are not covered; covered are {', '.join(sorted(rulebook.parties))}"))
    digits, wrong = codes.read(code)
    written = codes.edition_of(edition) if edition else ""
    if edition and written not in rulebook.nomenclature.editions():
        findings.append(_fault("EDITION", "edition", f"{edition!r} is no edition in hand ({', '.join(rulebook.nomenclature.editions())})"))
    if not findings and not wrong:
        row = rulebook.national_tariff(importer, day)
        written = written or (str(row["edition"]) if row else "HS2022")
        wrong = codes.judge(rulebook, digits, written)
    if wrong:
        findings.append(_fault(wrong[0], "code", wrong[1]))
    if findings:
        raise InputError(findings)
    bench = Bench(rulebook)
    route = Route(importer, origin, origin)
    ruling = bench.ruling(route, Code(digits, written), day)
    lines, more = _national_lines(bench, route, ruling, day)
    return Answer(ruling, rulebook.nomenclature.text(written, digits), day, lines, more)


def _fault(code: str, field: str, text: str) -> Finding:
    return Finding(code, Severity.ERROR, f"/{field}", text)


def _national_lines(bench: Bench, route: Route, ruling: Ruling, day: int) -> tuple[tuple[NationalLine, ...], int]:
    """The importer's national lines under the code, when there is more than one."""
    schedule = bench.rulebook.schedule(route.importer, MFN, "*", day)
    keys = bench.lines(schedule, ruling.code)[0] if schedule else []
    goods = [Code(str(k)[1:], schedule.edition) for k in keys] if schedule else []
    if len(goods) < 2:
        return (), 0
    found = []
    for good in goods[:MAX_LINES]:
        own = bench.positions(route, good, day)[0]
        found.append(NationalLine(good.digits, bench.rulebook.nomenclature.text(good.edition, good.digits), {p.regime: p.tariff.text or "–" for p in own}))
    return tuple(found), max(0, len(goods) - MAX_LINES)
