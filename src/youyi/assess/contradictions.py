"""What a line states that does not go together: each a finding, none a guess."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from youyi.assess.ruling import Remedy, Route, note, warning
from youyi.finding import Finding


def contradictions(route: Route, agreements: list[dict[str, Any]]) -> Iterator[Finding]:
    """Proofs against `originating_under`, and goods that cross no border between two states."""
    known = {str(a["agreement"]) for a in agreements}
    proved = route.proof & known
    if route.originating is not None:
        for agreement in sorted(proved - route.originating):
            text = f"a proof of origin under {agreement} is stated, yet originating_under leaves it out: originating_under was followed"
            yield warning("ORI-PROOF-CONTRADICTS", text, pointer="/proof")
        for agreement in sorted(route.originating - proved) if route.proof else ():
            text = f"the goods are stated to originate under {agreement}, and the proof stated is not one of {agreement}: without it the rate is not granted"
            yield warning("ORI-PROOF-OTHER", text, pointer="/proof")
    for other in sorted(route.proof - known):
        yield note("ORI-PROOF-UNKNOWN", f"{other} is the proof of no agreement in hand; taken as a proof that the origin is {route.origin}", pointer="/proof")
    yield from _no_border(route)


def _no_border(route: Route) -> Iterator[Finding]:
    importer = route.importer
    if route.exporter == importer and route.origin == importer:
        text = f"exporter, origin and importer are all {importer}: no import from another state; assessed as if imported at the MFN rate"
        yield warning("ROUTE-DOMESTIC", text, pointer="/exporter")
    elif route.exporter == importer:
        text = f"exporter and importer are both {importer}: assessed as goods of {route.origin} leaving a free zone or bonded warehouse"
        yield warning("ROUTE-DOMESTIC", text, pointer="/exporter")
    elif route.origin == importer:
        text = f"goods of {importer} come back to {importer}: assessed at the MFN rate, the relief for returned goods was not checked"
        yield warning("ROUTE-REIMPORT", text, pointer="/origin")


def unproven_origins(remedies: tuple[Remedy, ...]) -> Iterator[Finding]:
    """A measure that treats goods without a proof of origin as its own."""
    for r in remedies:
        if r.unproven:
            yield warning("REMEDY-ORIGIN-UNPROVEN", f"{r.kind} {r.measure}: {r.unproven}: state it if there is one", r.citation, "/proof")
