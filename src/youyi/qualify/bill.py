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
INVENTORY = ("fifo", "lifo", "average")


@dataclass(frozen=True, slots=True)
class Item:
    """A line of a bill. `originating`: True, False, the agreements under which it does, or None where nothing is said.

    `basis`: CIF, EXW, FOB or paid; `freight` and `insurance` come on top of a price FOB or EXW, `inland` is what of the value
    is transport to the producer and whatever else the agreement leaves out. `partial`: the percentage of it that is
    regional, for partial cumulation. `materials`, `processes` (name, Party): of what and how it was itself made.
    `interchangeable`: the method by which stocks are told apart, and whether it was kept all year.
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
    inland: Amount | None = None
    partial: Amount | None = None
    processes: tuple[tuple[str, str], ...] | None = None
    invoiced_together: bool | None = None
    customary: bool | None = None
    interchangeable: tuple[str, bool] | None = None
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
    """What the lines are read against: the law, the edition of its list, the exporting Party and the good's currency.

    `content`: the value content of an item by its own bill, for partial cumulation.
    """

    rulebook: Rulebook
    law: Law
    edition: str
    exporter: str
    currency: str
    content: Callable[[Item], Fraction | None] | None = None


def settle(items: tuple[Item, ...], place: Place, decide: Intermediate) -> Settled:
    """The materials of a bill under one agreement."""
    out = Settled()
    for item in items:
        _settle(item, place, decide, out)
    return out


def _settle(item: Item, place: Place, decide: Intermediate, out: Settled) -> None:
    if item.role == "neutral" and place.law.value("neutral_elements") == "originating":
        out.add(_material(replace(item, role="", origin="", party=""), place, True, out))
        return
    if item.role in LEFT_OUT:
        return
    origin = originates(item, place, out)
    if origin is not None or not item.materials:
        for m in _materials(item, place, origin, out):
            out.add(m)
        return
    state = decide(item, out)
    parts = _materials(item, place, state == 2 or None, out)
    whole = _materials(item, place, True, out) if state == 1 else parts
    if state == 1:
        out.open.append(item.name)
    out.materials += parts
    out.best += whole


def _materials(item: Item, place: Place, origin: bool | None, out: Settled) -> list[Material]:
    """An item as a material; with a second one of unknown value beside it where the value is only the least that it can be."""
    one = _material(item, place, origin, out)
    at_least = not origin and item.basis in ("FOB", "EXW") and not _local(item, place) and item.freight is None
    return [one, replace(one, value=None, weight=Fraction(0), about=f"freight:{item.name}")] if at_least else [one]


def _local(item: Item, place: Place) -> bool:
    return item.basis == "paid" or (item.basis == "EXW" and (item.origin or item.party) in ("", place.exporter))


def _material(item: Item, place: Place, origin: bool | None, out: Settled) -> Material:
    value = value_of(item, place, out)
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
        None if origin or value is None else _outside(item, place, value),
        _role(item),
        codes if codes != (item.hs,) else (),
        item.pointer,
        f"rate:{item.currency}" if value is None and item.value is not None else "",
    )


def _role(item: Item) -> Role:
    """What it is to the good; an accessory that is invoiced apart or not customary is a material like any other."""
    role = ROLES.get(item.role, Role.MATERIAL)
    return Role.MATERIAL if role is Role.ACCESSORY and not (item.invoiced_together and item.customary) else role


def _outside(item: Item, place: Place, value: Amount) -> Amount | None:
    """What of a value counts as from outside, where only a part does: partial cumulation."""
    low, high = place.law.terms.find("cumulation_partial_from"), place.law.terms.find("cumulation_partial_below")
    if low is None or high is None:
        return None
    own = Fraction(item.partial) if item.partial is not None else place.content(item) if place.content and item.materials else None
    return Fraction(value) * (100 - own) / 100 if own is not None and low.percent <= own < high.percent else None


# -- origin of a material ------------------------------------------------------------------------------------------


def originates(item: Item, place: Place, out: Settled) -> bool | None:
    """Whether a material originates by statement or proof; None where its origin is not known."""
    law = place.law
    stated = item.originating
    if item.interchangeable is not None and not _kept_apart(item.interchangeable):
        text = f"{item.name} is interchangeable and its stocks are not told apart by a method kept all year; it counts as non-originating"
        out.say("ORI-INTERCHANGEABLE", Severity.WARNING, f"{item.pointer}/interchangeable", text, place.law.terms.get("interchangeable_materials").citation)
        return False
    if isinstance(stated, tuple):
        stated = law.agreement in stated
        if not stated:
            return False
    if stated is None and proves(item.proof) == law.agreement:
        stated = True
    if stated is None and LICENSED in item.proof.lower() and law.value("local_materials") == "deemed_from_licensed_manufacturer":
        stated = True
    if stated:
        if proves(item.proof) not in ("", law.agreement):
            text = f"{item.name} is stated to originate under {law.agreement}, but {item.proof} is no paper of it: one of {law.agreement} is needed"
            out.say("ORI-PROOF-OTHER", Severity.WARNING, f"{item.pointer}/proof", text)
        return _of_party(item, place, out)
    country = item.origin or item.party
    outside = bool(country) and place.rulebook.membership(law.agreement, country, law.day) is None
    return False if stated is None and outside else stated


def _of_party(item: Item, place: Place, out: Settled) -> bool:
    """What is stated to originate, unless its country is no Party."""
    country = item.origin or item.party
    if country and place.rulebook.membership(place.law.agreement, country, place.law.day) is None:
        text = f"{item.name} is stated to originate, but {country} is no Party of {place.law.agreement}; it counts as non-originating"
        out.say("ORI-MATERIAL-NOT-PARTY", Severity.WARNING, f"{item.pointer}/origin", text)
        return False
    return True


def _kept_apart(stocks: tuple[str, bool]) -> bool:
    method, kept = stocks
    return method == "segregation" or (method in INVENTORY and kept)


def proves(proof: str) -> str:
    """The agreement that a proof is of, by what it is called; empty for another paper, or for papers of several."""
    words = proof.lower()
    found = {agreement for name, agreement in PROOFS.items() if name in words}
    return found.pop() if len(found) == 1 else ""


# -- value of a material -------------------------------------------------------------------------------------------


def value_of(item: Item, place: Place, out: Settled) -> Amount | None:
    """The value a material counts with, in the good's currency: CIF where imported, the price in a Party where bought there."""
    value = item.value
    if value is None:
        return None
    local, law = _local(item, place), place.law
    if law.value("vnm_deductions") == "proven_costs" or (local and law.value("vnm_local") == "earliest_price_without_transport"):
        value = max(Fraction(value) - Fraction(item.inland or 0), Fraction(0)) if item.inland else value
    if not local and item.basis in ("FOB", "EXW"):
        if item.freight is None:
            term = law.terms.find("vnm_imported")
            text = f"{item.name} is valued {item.basis} and the rules count CIF: without its freight and insurance its value is only the least it can be"
            out.say("ORI-VALUE-NOT-CIF", Severity.WARNING, f"{item.pointer}/freight", text, term.citation if term else "")
        value = Fraction(value) + Fraction(item.freight or 0) + Fraction(item.insurance or 0)
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
