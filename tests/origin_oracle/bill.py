"""Sections 2.1 to 2.4: the bill as a test sees it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from .truth import Amount, Truth

Record = Mapping[str, Any]
CHANGE, VALUE, OTHER = "change", "value", "other"
DISREGARDED = {
    "material": frozenset[str](),
    "shipping_packing": frozenset({CHANGE, VALUE, OTHER}),
    "neutral": frozenset({CHANGE, VALUE, OTHER}),
    "retail_packing": frozenset({CHANGE, OTHER}),
    "accessory": frozenset({CHANGE, OTHER}),
}


def digits(code: object) -> str:
    """A code without its points."""
    return str(code).replace(".", "").replace(" ", "")


@dataclass(frozen=True)
class Item:
    """One material. `share` is how much of it originates where it has not originated as a whole."""

    name: str
    codes: frozenset[str]
    value: Amount
    weight: Amount
    originating: Truth
    wholly: Truth = None
    party: str = ""
    role: str = "material"
    share: Fraction = Fraction(0)
    missing: str = "value"
    """What must be known before its value is."""

    def counts(self, test: str) -> bool:
        return test not in DISREGARDED[self.role]

    def outside(self, amount: Amount) -> Amount:
        """How much of an amount of it is non-originating."""
        if self.originating:
            return Amount()
        rest = amount.times(1 - self.share)
        return rest if self.originating is False else rest.maybe

    def inside(self, amount: Amount) -> Amount:
        """How much of an amount of it is originating."""
        if self.originating:
            return amount
        part = amount.times(self.share)
        return part if self.originating is False else Amount(part.low, amount.high)


def plain_item(at: int, record: Record) -> Item:
    """A material of `evaluate`: no agreement, no basis, originating only where the file says so."""
    return Item(
        str(record.get("id", at)),
        frozenset({digits(record["hs"])}) if record.get("hs") else frozenset(),
        Amount.of(record.get("value")),
        Amount.of(record.get("weight")),
        record.get("originating") is True,
        record.get("wholly_obtained"),
        str(record.get("origin") or ""),
        missing=f"value:{record.get('id', at)}",
    )


def role_of(record: Record) -> str:
    """What the item is to the good. An accessory that does not meet its conditions is a material like any other."""
    role = str(record.get("role", "material"))
    if role == "accessory" and not (record.get("invoiced_together") and record.get("customary")):
        return "material"
    return role


def value_of(record: Record, terms: Mapping[str, str], exporter: str, currency: str, rate: Callable[[str], Fraction | None]) -> tuple[Amount, str]:
    """Section 2.4: the value as the treaty counts it, and what is missing where it is not one number."""
    name = str(record.get("id", ""))
    value, basis, missing = Amount.of(record.get("value")), record.get("basis", "CIF"), f"value:{name}"
    local = basis == "paid" or (basis == "EXW" and record.get("origin", exporter) in ("", None, exporter))
    proved = terms.get("vnm_deductions") == "proven_costs"
    if proved or (local and terms.get("vnm_local") == "earliest_price_without_transport"):
        inland = Fraction(str(record.get("inland", 0)))
        value = value + Amount(-inland, -inland)
    if not local and basis in ("FOB", "EXW"):
        missing = missing if value.high is None else f"freight:{name}"
        value = value + Amount.of(record.get("freight")) + Amount.of(record.get("insurance", 0 if "freight" in record else None))
    own = str(record.get("currency", currency))
    if own == currency:
        return value, missing
    factor = rate(own)
    return (Amount.of(None), f"rate:{own}") if factor is None else (value.times(factor), missing)


def kept_apart(record: Record) -> bool:
    """Whether interchangeable materials are told apart as the agreements ask."""
    stock = record.get("interchangeable")
    if stock is None:
        return True
    method = stock.get("method")
    return method == "segregation" or (method in ("fifo", "lifo", "average") and bool(stock.get("kept_all_year")))
