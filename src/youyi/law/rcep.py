"""RCEP article 2.6: where a Party's tariff differs by country of origin, the RCEP country of origin selects the schedule."""

from __future__ import annotations

from youyi.finding import Finding, Severity

AGREEMENT = "RCEP"


def origin_for_schedule(rcep_origin: str, origin: str) -> tuple[str, tuple[Finding, ...]]:
    """The country whose schedule applies, and what had to be assumed.

    Art 2.6 ¶2–4 determine the RCEP country of origin; it comes in as a fact. Where it is not stated, the origin is
    taken for it and said so. The ways of ¶6 (the highest rate among Parties) need the other schedules in hand.
    """
    if rcep_origin:
        return rcep_origin, ()
    assumed = Finding("RCEP-ORIGIN-ASSUMED", Severity.NOTE, "/rcep_origin", f"the RCEP country of origin is not stated; {origin} is taken for it", "RCEP-2.6")
    return origin, (assumed,)
