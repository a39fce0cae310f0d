"""From the lines of a bill to materials under one agreement: origin, value, codes and roll-up.

An item is what the file says; a material is what an agreement makes of it: whether it originates, the value it counts
with, the codes it may have in the edition of the rules. An item that was itself made from items is asked the same
question first (roll-up): if it originates it counts whole; if not, what counts is what was bought, it or its materials.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from fractions import Fraction

from youyi.finding import Finding, Severity
from youyi.law.rulebook import Rulebook
from youyi.qualify.agreements import Law
from youyi.qualify.codes import codes_in
from youyi.qualify.good import Amount, Material, Role

MAX_DEPTH = 16
"""How deep a bill may stand in a bill."""
ROLES = {"": Role.MATERIAL, "material": Role.MATERIAL, "retail_packing": Role.RETAIL_PACKING, "accessory": Role.ACCESSORY}
LEFT_OUT = ("shipping_packing", "neutral")
"""Roles of what is in no calculation: packing for transport, and what is used up or used as a tool."""
PROOFS = {"form e": "ACFTA", "acfta": "ACFTA", "form d": "ATIGA", "atiga": "ATIGA", "rcep": "RCEP"}
LICENSED = "licensed manufacturer"


@dataclass(frozen=True, slots=True)
class Item:
    """A line of a bill. `originating`: True, False, the agreements under which it does, or None where nothing is said.

    `basis`: CIF, EXW, FOB or paid; `freight`, `insurance`, `packing` are beside a CIF's lesser basis and inside a price
    paid. `deductions`: costs that are proved and may be left out. `partial`: the percentage of it that is regional, for
    partial cumulation. `supplier`: who sold it; an item with materials and no supplier was made by the producer.
    """

    hs: str
    id: str = ""
    description: str = ""
    edition: str = ""
    value: Amount | None = None
    currency: str = ""
    basis: str = ""
    weight: Amount | None = None
    origin: str = ""
    originating: bool | tuple[str, ...] | None = None
    proof: str = ""
    party: str = ""
    materials: tuple[Item, ...] = ()
    obtained: bool | None = None
    role: str = ""
    freight: Amount | None = None
    insurance: Amount | None = None
    packing: Amount | None = None
    deductions: Amount | None = None
    partial: Amount | None = None
    supplier: str = ""
    pointer: str = ""

    @property
    def name(self) -> str:
        """What it is called in an answer."""
        return self.id or self.description or self.hs


@dataclass(slots=True)
class Settled:
    """Materials with what had to be said on the way. `best`: the same if every open intermediate originates."""

    materials: list[Material] = field(default_factory=list)
    best: list[Material] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    open: list[str] = field(default_factory=list)
    exact: bool = True

    def say(self, code: str, severity: Severity, pointer: str, text: str, citation: str = "") -> None:
        """Add a finding."""
        self.findings.append(Finding(code, severity, pointer, text, citation))

    def add(self, material: Material) -> None:
        """A material that is the same either way."""
        self.materials.append(material)
        self.best.append(material)


Intermediate = Callable[[Item, "Settled"], int]
"""Whether an item that was made from items originates: NO, OPEN or YES."""


@dataclass(frozen=True, slots=True)
class Place:
    """What the lines are read against: the law, the edition of its list, the exporting Party and the good's currency."""

    rulebook: Rulebook
    law: Law
    edition: str
    exporter: str
    currency: str


def settle(items: tuple[Item, ...], place: Place, decide: Intermediate) -> Settled:
    """The materials of a bill under one agreement."""
    out = Settled()
    for item in items:
        _settle(item, place, decide, out)
    return out


def _settle(item: Item, place: Place, decide: Intermediate, out: Settled) -> None:
    if item.role == "neutral" and place.law.value("neutral_elements") == "originating":
        out.add(replace(_material(item, place, True, out), role=Role.MATERIAL))
        return
    if item.role in LEFT_OUT:
        return
    origin = originates(item, place, out)
    if origin is not None or not item.materials:
        out.add(_material(item, place, origin, out))
        return
    state = decide(item, out)
    whole = _material(item, place, True, out)
    if state == 2:
        out.add(whole)
        return
    if state == 1:
        out.open.append(item.name)
    if item.supplier:
        inner = [replace(whole, originating=False)]
    else:
        inside = settle(item.materials, place, decide)
        inner, out.exact = inside.materials, out.exact and inside.exact
        out.findings += inside.findings
        out.open += inside.open
    out.materials += inner
    out.best += [whole] if state == 1 else inner


def _material(item: Item, place: Place, origin: bool | None, out: Settled) -> Material:
    value = value_of(item, place, origin, out)
    outside = None
    if not origin and value is not None:
        outside = _outside(item, place, value)
    codes = codes_in(place.rulebook, item.hs, item.edition or place.edition, place.edition)
    if not codes:
        out.say("HS-UNKNOWN", Severity.ERROR, f"{item.pointer}/hs", f"{item.hs} is no code of {item.edition or place.edition}; it is compared as it stands")
    elif len(codes) > 1:
        text = f"{item.hs} of {item.edition or place.edition} may be {', '.join(codes[:6])} in {place.edition}"
        out.say("HS-AMBIGUOUS", Severity.NOTE, f"{item.pointer}/hs", text)
    return Material(
        item.hs,
        value,
        origin,
        item.weight,
        item.id,
        item.description,
        item.origin or (item.party if origin else ""),
        item.obtained,
        outside,
        ROLES.get(item.role, Role.MATERIAL),
        codes if codes != (item.hs,) else (),
        item.pointer,
    )


def _outside(item: Item, place: Place, value: Amount) -> Amount | None:
    """What of a value counts as from outside, where it is not all of it."""
    law = place.law
    if item.deductions and law.value("vnm_deductions") == "proven_costs":
        return max(Fraction(value) - Fraction(item.deductions), Fraction(0))
    low, high = law.terms.find("cumulation_partial_from"), law.terms.find("cumulation_partial_below")
    if item.partial is not None and low and high and low.percent <= Fraction(item.partial) < high.percent:
        return Fraction(value) * (100 - Fraction(item.partial)) / 100
    return None


# -- origin of a material ------------------------------------------------------------------------------------------


def originates(item: Item, place: Place, out: Settled) -> bool | None:
    """Whether a material originates by statement or proof; None where its origin is not known."""
    law = place.law
    stated = item.originating
    if isinstance(stated, tuple):
        stated = True if law.agreement in stated else None
    if stated is None and proves(item.proof) == law.agreement:
        stated = True
    if stated is None and LICENSED in item.proof.lower() and law.value("local_materials") == "deemed_from_licensed_manufacturer":
        stated = True
    country = item.origin or item.party
    outside = bool(country) and place.rulebook.membership(law.agreement, country, law.day) is None
    if stated and outside:
        text = f"{item.name} is stated to originate, but {country} is no Party of {law.agreement}; it counts as non-originating"
        out.say("ORI-MATERIAL-NOT-PARTY", Severity.WARNING, f"{item.pointer}/origin", text)
        return False
    return False if stated is None and outside else stated


def proves(proof: str) -> str:
    """The agreement that a proof is of, by what it is called; empty for another paper."""
    words = proof.lower()
    return next((agreement for name, agreement in PROOFS.items() if name in words), "")


# -- value of a material -------------------------------------------------------------------------------------------


def value_of(item: Item, place: Place, origin: bool | None, out: Settled) -> Amount | None:
    """The value a material counts with, in the good's currency: CIF where imported, the price paid where bought in a Party."""
    value = item.value
    if value is None:
        return None
    country = item.origin or item.party
    imported = item.basis == "CIF" or (bool(country) and country != place.exporter and item.basis != "paid")
    parts = [Fraction(p) for p in (item.freight, item.insurance) if p is not None]
    if imported and item.basis in ("FOB", "EXW") and not origin:
        if parts:
            value = Fraction(value) + sum(parts)
        else:
            term = place.law.terms.find("vnm_imported")
            text = f"{item.name} is valued {item.basis}; the rules count CIF: freight and insurance are missing, so its share is too small"
            out.say("ORI-VALUE-NOT-CIF", Severity.WARNING, f"{item.pointer}/value", text, term.citation if term else "")
            out.exact = False
    elif item.basis == "paid" and place.law.value("vnm_local") == "earliest_price_without_transport":
        parts += [Fraction(item.packing)] if item.packing is not None else []
        value = max(Fraction(value) - sum(parts), Fraction(0)) if parts else value
    return converted(value, item, place, out)


def converted(value: Amount, item: Item, place: Place, out: Settled) -> Amount | None:
    """A value in the good's currency; None, with a finding, where no rate is in hand."""
    if not item.currency or not place.currency or item.currency == place.currency:
        return value
    found = place.rulebook.exchange(item.currency, place.exporter, place.currency, place.law.day)
    if found is None:
        text = f"no rate from {item.currency} to {place.currency} on the day; the value counts as not known. Import customs_rates or use {place.currency}"
        out.say("CURRENCY-NO-RATE", Severity.ERROR, f"{item.pointer}/currency", text)
        return None
    rate, citation, official = found
    if not official:
        out.say("CURRENCY-INDICATIVE", Severity.NOTE, f"{item.pointer}/currency", f"{item.currency} is converted at a rate that no customs applies", citation)
        out.exact = False
    return Fraction(value) * rate
