"""What a quote says: one card a regime.

Quote ── Card ── Clock       a day by which something must be done, with its law
      ── Finding             what was assumed, what is missing
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any

from youyi.finding import Finding
from youyi.qualify.result import Answer


class Worth(StrEnum):
    """Whether a certificate is worth it for the duty."""

    YES = "yes"
    IF = "if"
    """It would be, once what is open is settled."""
    PERHAPS = "perhaps"
    """The saving is only known to lie between two amounts, one of them too small."""
    NO = "no"
    UNKNOWN = "unknown"
    BASE = ""
    """The most-favoured-nation row, against which the others are measured."""


@dataclass(frozen=True, slots=True)
class Clock:
    """A day by which something must be done. `last` is empty where the day that it runs from is not stated."""

    event: str
    last: str
    text: str
    citation: str
    status: str

    def as_dict(self) -> dict[str, str]:
        """For JSON."""
        return {"event": self.event, "last": self.last, "text": self.text, "citation": self.citation, "status": self.status}


@dataclass(frozen=True, slots=True)
class Card:
    """One regime: origin, duty and total from … to …, the saving against MFN, whether the certificate is worth it, and what it takes.

    Money is in `currency`; None where it cannot be said. `best`: cheapest of the regimes that the goods are known to qualify
    for; `best_if`: of those too that they may qualify for. `basis` as in an assessment: firm or indicative.
    """

    regime: str
    answer: Answer | None
    worth: Worth
    why: str
    rate: str
    duty: tuple[Decimal | None, Decimal | None]
    total: tuple[Decimal | None, Decimal | None]
    saving: tuple[Decimal | None, Decimal | None]
    currency: str
    status: str
    basis: str
    best: bool
    best_if: bool
    papers: tuple[str, ...] = ()
    clocks: tuple[Clock, ...] = ()
    conditions: tuple[str, ...] = ()
    not_checked: tuple[str, ...] = ()
    findings: tuple[str, ...] = ()

    @property
    def verdict(self) -> str:
        """The verdict on origin; empty for a regime that asks for none."""
        return str(self.answer.verdict) if self.answer else ""

    def as_dict(self) -> dict[str, Any]:
        """For JSON; amounts as text."""
        ends = {
            f"{name}_{end}": None if value is None else str(value)
            for name, pair in (("duty", self.duty), ("total", self.total), ("saving", self.saving))
            for end, value in zip(("low", "high"), pair, strict=True)
        }
        return {
            "regime": self.regime,
            "verdict": self.verdict,
            "criterion": self.answer.criterion if self.answer else "",
            "box8": self.answer.box8 if self.answer else "",
            "rvc": self.answer.rvc if self.answer else "",
            "worth": str(self.worth),
            "why": self.why,
            "rate": self.rate,
            **ends,
            "currency": self.currency,
            "status": self.status,
            "basis": self.basis,
            "best": self.best,
            "best_if": self.best_if,
            "papers": list(self.papers),
            "clocks": [c.as_dict() for c in self.clocks],
            "conditions": list(self.conditions),
            "not_checked": list(self.not_checked),
            "findings": list(self.findings),
            "questions": [q.as_dict() for q in self.answer.questions] if self.answer else [],
        }


@dataclass(frozen=True, slots=True)
class Quote:
    """The answer to the whole question. `value` is what was invoiced, `advice` the answer in a sentence each."""

    product: str
    code: str
    exporter: str
    importer: str
    on: str
    value: Decimal | None
    currency: str
    cards: tuple[Card, ...]
    advice: tuple[str, ...]
    findings: tuple[Finding, ...] = ()
    provenance: dict[str, str] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "product": self.product,
            "code": self.code,
            "exporter": self.exporter,
            "importer": self.importer,
            "on": self.on,
            "value": None if self.value is None else str(self.value),
            "currency": self.currency,
            "cards": [c.as_dict() for c in self.cards],
            "advice": list(self.advice),
            "findings": [f.as_dict() for f in self.findings],
            "provenance": self.provenance,
        }
