"""What a ruling is made of: the route and good asked about, and the answers of the law.

Ruling ── Position per regime ── Tariff (rate, status, steps, findings)
      └── Remedy, Tax, what was not checked
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from youyi.finding import Finding, Severity
from youyi.law.duty import PPM, Duty

MFN = "MFN"
STATUS_ORDER = ("official", "derived", "unverified", "stale", "partial", "missing")
"""From the surest to the least sure; a figure is as sure as the least sure thing behind it."""
_UNSURE = {status: place for place, status in enumerate(STATUS_ORDER)}


class Route(NamedTuple):
    """Who imports from whom, and what is stated about origin. Empty texts and None mean: not stated."""

    importer: str
    exporter: str
    origin: str
    rcep_origin: str = ""
    originating: frozenset[str] | None = None
    proof: frozenset[str] = frozenset()
    producer: str = ""


class Code(NamedTuple):
    """A code as the line gives it: digits alone, with its edition."""

    digits: str
    edition: str


class Step(NamedTuple):
    """One step of the reasoning that leads to a rate, with the article or table row behind it."""

    text: str
    citation: str


@dataclass(frozen=True, slots=True, eq=False)
class Tariff:
    """What a schedule, or the treaty in its stead, says of a code on a day.

    `low`, `high`: rate in ten-thousandths of a percent; None where the duty is no share of the value (`duty` then
    says what it is) or where no rate is known. `shut`: the goods' origin is shut out of this line.
    Each is made once and remembered, so one stands for itself alone.
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
        """Whether there is a rate or a duty at all."""
        return self.low is not None or self.duty is not None

    def told(self, findings: tuple[Finding, ...]) -> Tariff:
        """The same with these findings."""
        return Tariff(self.low, self.high, self.text, self.status, self.duty, self.shut, self.source, self.steps, findings, self.conditions)


@dataclass(frozen=True, slots=True, eq=False)
class Position:
    """One regime's answer for one good, route and day. As with tariffs, one stands for itself alone."""

    regime: str
    tariff: Tariff
    eligible: str
    conditions: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()


class Tax(NamedTuple):
    """A tax at import: percent range or a duty expression, on the bases named."""

    name: str
    low: int
    high: int
    duty: Duty | None
    base: frozenset[str]
    status: str
    citation: str
    condition: str


class Remedy(NamedTuple):
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
    open: str = ""
    """What of a measure whose rates are in hand is not, in words."""
    unproven: str = ""
    """Why the measure reaches goods of another origin, in words."""


class Ruling(NamedTuple):
    """Everything the law says of one good, route and day."""

    route: Route
    code: Code
    day: int
    positions: tuple[Position, ...]
    remedies: tuple[Remedy, ...] = ()
    taxes: tuple[Tax, ...] = ()
    unrated: tuple[str, ...] = ()
    """Taxes that may fall due whose rate is not in hand: no total is firm while there is one."""
    not_checked: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()


def worst(statuses: Iterable[str]) -> str:
    """The least sure of several statuses."""
    return STATUS_ORDER[max(map(_UNSURE.__getitem__, statuses), default=-1)]


def rate_text(low: int | None, high: int | None) -> str:
    """`5%`, or `0..5%` for an interval."""
    if low is None or high is None:
        return "0..?" if low == 0 else ""
    return f"{low / PPM:g}%" if low == high else f"{low / PPM:g}..{high / PPM:g}%"


def note(code: str, text: str, citation: str = "", severity: Severity = Severity.NOTE, pointer: str = "") -> Finding:
    """A finding that explains."""
    return Finding(code, severity, pointer, text, citation)


def warning(code: str, text: str, citation: str = "", pointer: str = "") -> Finding:
    """A finding that changes what an answer is worth."""
    return Finding(code, Severity.WARNING, pointer, text, citation)
