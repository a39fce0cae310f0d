"""Direct consignment: whether the goods keep their origin on the way, and the papers that show it. Findings, never a verdict.

A passage through another country is judged by the agreement's own conditions and papers (`origin/consignment.csv`).
"""

from __future__ import annotations

from dataclasses import dataclass

from youyi.finding import Finding, Severity
from youyi.law.origin.book import Record
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
    papers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Journey:
    """From the exporting to the importing Party."""

    legs: tuple[Leg, ...] = ()
    transit: tuple[Transit, ...] = ()


def consignment(rulebook: Rulebook, law: Law, journey: Journey | None, exporter: str, importer: str) -> list[Finding]:
    """What is to be said of a journey under an agreement."""
    rows = law.consignment
    if not rows:
        return [Finding("ORI-CONSIGNMENT-UNREAD", Severity.WARNING, "/journey", "the rules on direct consignment are not in hand")]
    if journey is None:
        return [
            Finding("ORI-CONSIGNMENT-UNSTATED", Severity.NOTE, "/journey", "the journey is not stated; direct consignment was not checked", rows[0]["citation"])
        ]
    found = _ends(journey, exporter, importer)
    known = {t.country: t for t in journey.transit}
    passed = dict.fromkeys([*(leg.to for leg in journey.legs[:-1]), *(leg.origin for leg in journey.legs[1:]), *known])
    passed.pop(exporter, None)
    passed.pop(importer, None)
    for country in passed:
        papers = {*known[country].papers} if country in known else set()
        papers |= {p for leg in journey.legs for p in leg.papers}
        found += _passage(rulebook, law, rows, known.get(country) or Transit(country), papers)
    if not found:
        text = (
            "the goods go straight from the exporting to the importing Party" if not passed else f"the passage through {', '.join(passed)} meets the conditions"
        )
        found.append(Finding("ORI-CONSIGNMENT-DIRECT", Severity.NOTE, "/journey", text, rows[0]["citation"]))
    return found


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


def _passage(rulebook: Rulebook, law: Law, rows: tuple[Record, ...], transit: Transit, papers: set[str]) -> list[Finding]:
    party = rulebook.membership(law.agreement, transit.country, law.day) is not None
    kind = "party" if party else "non_party"
    if party and law.value("transit_through_parties") == "free":
        return []
    found = []
    where = f"/journey/transit/{transit.country}"
    for row in rows:
        if row["passage"] not in ("any", kind):
            continue
        if row["kind"] == "condition":
            holds = getattr(transit, row["item"], None)
            if holds is False:
                text = f"broken in {transit.country}: {row['text']}"
                found.append(Finding("ORI-CONSIGNMENT-BROKEN", Severity.WARNING, f"{where}/{row['item']}", text, row["citation"]))
            elif holds is None:
                text = f"to be shown for {transit.country}: {row['text']}"
                found.append(Finding("ORI-CONSIGNMENT-OPEN", Severity.NOTE, f"{where}/{row['item']}", text, row["citation"]))
        elif row["item"] not in papers:
            text = f"paper for the passage through {transit.country}: {row['text']}"
            found.append(Finding("ORI-CONSIGNMENT-PAPER", Severity.NOTE, f"{where}/papers", text, row["citation"]))
    return found
