"""What `plan` gives back: where the good stands, how far it is from failing or passing, the cheapest plans, what they are worth.

Advice ── Margin, Shift     of each way to origin: how far it is from failing, or what is wanting
       ── Plan ── Change    a set of changes after which the good originates
       ── Worth             the duty saved, and the consignment that pays the certificate

Amounts are Decimal in the good's currency, for what one bill is for; an amount that may not be overstated is rounded to
the safe side. None: it cannot be said, or has no end.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from youyi.finding import Finding


def plain(amount: Decimal | None) -> str | None:
    """An amount for JSON: as text, so that it stays exact."""
    return None if amount is None else f"{amount.normalize():f}"


@dataclass(frozen=True, slots=True)
class Change:
    """One change of a plan. `papers`: what must be in hand before a claim rests on it."""

    material: str
    kind: str
    text: str
    cost: Decimal
    papers: tuple[str, ...]
    pointer: str = ""
    implied: bool = False

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "material": self.material,
            "kind": self.kind,
            "text": self.text,
            "cost": plain(self.cost),
            "papers": list(self.papers),
            "pointer": self.pointer,
            "implied": self.implied,
        }


@dataclass(frozen=True, slots=True)
class Plan:
    """A set of changes after which the good originates, if `conditions` hold: texts that no bill settles, word for word.
    While there is one, `verdict` stays undetermined; criterion and box are those of a good for which they hold.

    `cost`, `cost_year`: what the changes cost more than now, a saving below zero. `price_may_fall`: by how many percent the
    price may then fall, None without an end. `proven`: no cheaper set of these alternatives does.
    """

    changes: tuple[Change, ...]
    cost: Decimal
    cost_year: Decimal | None
    verdict: str
    criterion: str
    box8: str
    rvc: str
    conditions: tuple[str, ...]
    price_may_fall: Decimal | None
    proven: bool = True

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "changes": [c.as_dict() for c in self.changes],
            "cost": plain(self.cost),
            "cost_year": plain(self.cost_year),
            "verdict": self.verdict,
            "criterion": self.criterion,
            "box8": self.box8,
            "rvc": self.rvc,
            "conditions": list(self.conditions),
            "price_may_fall": plain(self.price_may_fall),
            "proven": self.proven,
        }


@dataclass(frozen=True, slots=True)
class CurrencyMove:
    """How far a currency may move against the good's, in percent rounded down; None without an end."""

    currency: str
    rise: Decimal | None
    fall: Decimal | None

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {"currency": self.currency, "rise": plain(self.rise), "fall": plain(self.fall)}


@dataclass(frozen=True, slots=True)
class Margin:
    """How far a way to origin that passes is from failing, each thing moved alone. At the figure itself it still passes.

    `price_least`: the least FOB price, rounded up; `price_may_fall`, `outside_may_rise`: percent, rounded down. The price
    is that of the good (FOB and ex-works price in step); what comes from outside is every material that does not originate.
    """

    rule: str
    conditions: tuple[str, ...]
    price_least: Decimal | None
    price_may_fall: Decimal | None
    outside_may_rise: Decimal | None
    currencies: tuple[CurrencyMove, ...]

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "rule": self.rule,
            "conditions": list(self.conditions),
            "price_least": plain(self.price_least),
            "price_may_fall": plain(self.price_may_fall),
            "outside_may_rise": plain(self.outside_may_rise),
            "currencies": [c.as_dict() for c in self.currencies],
        }


@dataclass(frozen=True, slots=True)
class Shift:
    """The least value that must become originating for a way to pass, with everything else as it is, rounded up.

    `value` None: no value shifted makes it pass, or a value is missing (`note` says which). `among`: the materials that
    the value must come from, where not every material will do.
    """

    rule: str
    conditions: tuple[str, ...]
    value: Decimal | None
    among: tuple[str, ...] = ()
    note: str = ""

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {"rule": self.rule, "conditions": list(self.conditions), "value": plain(self.value), "among": list(self.among), "note": self.note}


@dataclass(frozen=True, slots=True)
class Worth:
    """What origin is worth: the duty saved for what one bill is for and a year, between a least and a greatest figure.

    `firm`: both rates are official and exact; otherwise the least is 0, as a rate may have changed since. `units`: how many
    bills the certificate needs at least (`from_units`) and is sure to be paid by (`sure_units`, None: never sure).
    """

    regime: str
    mfn: str
    rate: str
    low: Decimal | None
    high: Decimal | None
    low_year: Decimal | None
    high_year: Decimal | None
    firm: bool
    doubts: tuple[str, ...]
    from_units: int | None = None
    sure_units: int | None = None
    from_value: Decimal | None = None

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "regime": self.regime,
            "mfn": self.mfn,
            "rate": self.rate,
            "low": plain(self.low),
            "high": plain(self.high),
            "low_year": plain(self.low_year),
            "high_year": plain(self.high_year),
            "firm": self.firm,
            "doubts": list(self.doubts),
            "from_units": self.from_units,
            "sure_units": self.sure_units,
            "from_value": plain(self.from_value),
        }


@dataclass(frozen=True, slots=True)
class Advice:
    """The whole answer. `status`: passes (with room to spare), barely, fails, or open (what is missing decides).

    `reserve`: the fall of the price in percent that a good with room to spare withstands. `remedies`: the measures that
    bar advice on sources and working. `notices` stand under every plan.
    """

    good: str
    agreement: str
    exporter: str
    importer: str
    on: str
    currency: str
    status: str
    verdict: str
    rvc: str
    conditions: tuple[str, ...]
    reserve: Decimal
    margins: tuple[Margin, ...]
    shifts: tuple[Shift, ...]
    plans: tuple[Plan, ...]
    worth: Worth | None
    remedies: tuple[str, ...]
    findings: tuple[Finding, ...]
    notices: tuple[str, ...]
    proven: bool = True
    annual_quantity: Decimal | None = None
    citations: dict[str, str] = field(default_factory=dict)
    provenance: dict[str, str] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """For JSON, in a fixed order."""
        return {
            "good": self.good,
            "agreement": self.agreement,
            "exporter": self.exporter,
            "importer": self.importer,
            "on": self.on,
            "currency": self.currency,
            "status": self.status,
            "verdict": self.verdict,
            "rvc": self.rvc,
            "conditions": list(self.conditions),
            "reserve": plain(self.reserve),
            "annual_quantity": plain(self.annual_quantity),
            "margins": [m.as_dict() for m in self.margins],
            "shifts": [s.as_dict() for s in self.shifts],
            "plans": [p.as_dict() for p in self.plans],
            "worth": self.worth.as_dict() if self.worth else None,
            "remedies": list(self.remedies),
            "proven": self.proven,
            "findings": [f.as_dict() for f in self.findings],
            "notices": list(self.notices),
            "citations": self.citations,
            "provenance": self.provenance,
        }


__all__ = ["Advice", "Change", "CurrencyMove", "Margin", "Plan", "Shift", "Worth", "plain"]
