"""Direct consignment: whether the goods keep their origin on the way, and the papers that show it. Findings, never a verdict.

A passage through another country is judged by the agreement's own conditions and papers (`origin/consignment.csv`).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from youyi.finding import Finding, Severity
from youyi.law.rulebook import Rulebook
from youyi.qualify.agreements import Law

MAX_LEGS = 64
CONDITIONS = ("geography", "no_trade", "no_working", "customs_control")


@dataclass(frozen=True, slots=True)
class Leg:
    """A leg of the journey: countries by their two letters, the means, the papers in hand."""

    origin: str
    to: str
    by: str = ""
    papers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Transit:
    """What is known of a passage. A condition is None where nothing is said of it."""

    country: str
    geography: bool | None = None
    no_trade: bool | None = None
    no_working: bool | None = None
    customs_control: bool | None = None
    papers: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Journey:
    """From the exporting to the importing Party."""

    legs: tuple[Leg, ...] = ()
    transit: tuple[Transit, ...] = ()
    papers: tuple[str, ...] | None = None


@dataclass(slots=True)
class Consigned:
    """What is to be said of a journey. `status`: direct, met, not_met, open, or unsaid; `asked`: the facts that are missing."""

    status: str
    findings: list[Finding]
    asked: list[tuple[str, str]] = field(default_factory=list)


def consignment(rulebook: Rulebook, law: Law, journey: Journey | None, exporter: str, importer: str) -> Consigned:
    """Whether the goods keep their origin on the way, under an agreement."""
    rows = law.consignment
    if not rows:
        return Consigned("open", [Finding("ORI-CONSIGNMENT-UNREAD", Severity.WARNING, "/journey", "the rules on direct consignment are not in hand")])
    cited = rows[0]["citation"]
    if journey is None:
        text = "the journey is not stated; direct consignment was not checked"
        return Consigned("unsaid", [Finding("ORI-CONSIGNMENT-UNSTATED", Severity.NOTE, "/journey", text, cited)])
    out = Consigned("direct", _ends(journey, exporter, importer))
    known = {t.country: t for t in journey.transit}
    passed = dict.fromkeys([*(leg.to for leg in journey.legs[:-1]), *(leg.origin for leg in journey.legs[1:]), *known])
    passed.pop(exporter, None)
    passed.pop(importer, None)
    states = [_passage(rulebook, law, known.get(c) or Transit(c), _papers(journey, known.get(c)), out) for c in passed]
    if states:
        out.status = "not_met" if False in states else "open" if None in states else "met"
    if not out.findings:
        went = f"the passage through {', '.join(passed)} meets the conditions" if passed else "the goods go straight from the exporting to the importing Party"
        out.findings.append(Finding("ORI-CONSIGNMENT-DIRECT", Severity.NOTE, "/journey", went, cited))
    return out


def _papers(journey: Journey, transit: Transit | None) -> set[str] | None:
    """Every paper in hand; None where nothing is said of papers."""
    said = [p for p in (journey.papers, transit.papers if transit else None, *(leg.papers or None for leg in journey.legs)) if p is not None]
    return {paper for each in said for paper in each} if said else None


def _ends(journey: Journey, exporter: str, importer: str) -> list[Finding]:
    found = []
    for leg, place, wanted, word in (
        (journey.legs[:1], "from", exporter, "begins"),
        (journey.legs[-1:], "to", importer, "ends"),
    ):
        for one in leg:
            country = one.origin if place == "from" else one.to
            if country != wanted:
                at = 0 if place == "from" else len(journey.legs) - 1
                found.append(
                    Finding("ORI-CONSIGNMENT-ENDS", Severity.WARNING, f"/journey/legs/{at}/{place}", f"the journey {word} in {country}, not in {wanted}")
                )
    for at, (before, after) in enumerate(zip(journey.legs, journey.legs[1:], strict=False)):
        if before.to != after.origin:
            text = f"a leg is missing between {before.to} and {after.origin}"
            found.append(Finding("ORI-CONSIGNMENT-GAP", Severity.WARNING, f"/journey/legs/{at + 1}/from", text))
    return found


def _passage(rulebook: Rulebook, law: Law, transit: Transit, papers: set[str] | None, out: Consigned) -> bool | None:
    """Whether one passage meets the conditions, with its papers; None where that is not known."""
    party = rulebook.membership(law.agreement, transit.country, law.day) is not None
    if party and law.value("transit_through_parties") == "free":
        return True
    states: list[bool | None] = []
    where = f"/journey/transit/{transit.country}"
    for row in law.consignment:
        if row["kind"] != "condition" or row["passage"] not in ("any", "party" if party else "non_party"):
            continue
        holds: bool | None = getattr(transit, row["item"], None)
        states.append(holds)
        if holds is False:
            text = f"broken in {transit.country}: {row['text']}"
            out.findings.append(Finding("ORI-CONSIGNMENT-BROKEN", Severity.WARNING, f"{where}/{row['item']}", text, row["citation"]))
        elif holds is None:
            text = f"to be shown for {transit.country}: {row['text']}"
            out.findings.append(Finding("ORI-CONSIGNMENT-OPEN", Severity.NOTE, f"{where}/{row['item']}", text, row["citation"]))
            out.asked.append((f"transit:{row['item']}", f"is this so in {transit.country}: {row['text']}?"))
    needed = [r for r in law.consignment if r["kind"] == "paper" and (r["passage"] == "any" or (r["passage"] == "party") == party)]
    either = all(r["passage"] == "any" for r in needed)  # customs papers or commercial ones
    lacking = [r for r in needed if papers is None or r["item"] not in papers]
    if needed and (len(lacking) == len(needed) or (lacking and not either)):
        states.append(None if papers is None else False)
        for row in lacking:
            text = f"paper for the passage through {transit.country}: {row['text']}"
            out.findings.append(Finding("ORI-CONSIGNMENT-PAPER", Severity.NOTE, f"{where}/papers", text, row["citation"]))
            if papers is None:
                out.asked.append((f"papers:{row['item']}", f"is this paper in hand: {row['text']}?"))
    return False if False in states else None if None in states else True
