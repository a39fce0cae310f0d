"""The shipment of a product file: what is invoiced, how it travels, which days are known.

    shipment: {quantity, hs, incoterm, price, freight, insurance, shipped, issued, declared}
    certificate_cost: of one certificate

A value that is wrong becomes one that is not known, with a finding; nothing is guessed.
"""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from youyi.finding import Finding, Severity
from youyi.qualify.formats import number
from youyi.qualify.good import Amount

KEYS = ("quantity", "hs", "incoterm", "price", "freight", "insurance", "shipped", "issued", "declared")


@dataclass(slots=True)
class Shipment:
    """Amounts are in the product's currency: `price` of the whole, `certificate_cost` of one certificate. `hs` is the importer's code."""

    quantity: Amount | None = None
    hs: str = ""
    incoterm: str = ""
    price: Amount | None = None
    freight: Amount | None = None
    insurance: Amount | None = None
    shipped: date | None = None
    issued: date | None = None
    declared: date | None = None
    certificate_cost: Amount | None = None
    findings: list[Finding] = field(default_factory=list)


def shipment_of(data: Mapping[str, Any]) -> Shipment:
    """The shipment that a product file states; an empty one where it states none."""
    said = data.get("shipment")
    out = Shipment()
    out.certificate_cost = _amount(data.get("certificate_cost"), "/certificate_cost", out.findings)
    if said is None:
        return out
    if not isinstance(said, Mapping):
        out.findings.append(Finding("SHIPMENT", Severity.ERROR, "/shipment", f"a mapping of {', '.join(KEYS)} is expected"))
        return out
    for key in said:
        if key not in KEYS:
            out.findings.append(Finding("KEY-UNKNOWN", Severity.WARNING, f"/shipment/{key}", f"not read; the keys here are {', '.join(KEYS)}"))
    for name in ("quantity", "price", "freight", "insurance"):
        setattr(out, name, _amount(said.get(name), f"/shipment/{name}", out.findings))
    for name in ("shipped", "issued", "declared"):
        setattr(out, name, _day(said.get(name), name, out.findings))
    out.hs, out.incoterm = (str(said.get(n) or "").strip() for n in ("hs", "incoterm"))
    if out.quantity == 0:
        out.findings.append(Finding("VALUE-ZERO", Severity.ERROR, "/shipment/quantity", "a shipment of nothing"))
        out.quantity = None
    _in_order(out)
    return out


def _in_order(s: Shipment) -> None:
    """Days that cannot follow each other as stated."""
    if s.shipped and s.declared and s.declared < s.shipped:
        text = f"declared on {s.declared}, before the shipment on {s.shipped}: is one of them wrong?"
        s.findings.append(Finding("DATE-ORDER", Severity.WARNING, "/shipment/declared", text))
    if s.shipped and s.issued and s.issued > after(s.shipped, 12, "months"):
        text = f"issued on {s.issued}, more than 12 months after the shipment on {s.shipped}: too late for any proof of these agreements"
        s.findings.append(Finding("PROOF-TOO-LATE", Severity.WARNING, "/shipment/issued", text))
    if s.issued and s.declared and s.declared > after(s.issued, 12, "months"):
        text = f"declared on {s.declared}, more than 12 months after the proof was issued on {s.issued}: it is no longer valid"
        s.findings.append(Finding("PROOF-EXPIRED", Severity.WARNING, "/shipment/declared", text))


def _amount(value: Any, pointer: str, findings: list[Finding]) -> Amount | None:
    if value is None or value == "":
        return None
    found = number(value)
    if found is None or found < 0:
        findings.append(Finding("VALUE", Severity.ERROR, pointer, f"{str(value)[:40]!r} is no amount; it counts as not known"))
        return None
    return Decimal(str(found))


def _day(value: Any, name: str, findings: list[Finding]) -> date | None:
    if value is None or value == "":
        return None
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        findings.append(Finding("DATE", Severity.ERROR, f"/shipment/{name}", f"{str(value)[:40]!r} is not a date (YYYY-MM-DD)"))
        return None


def after(day: date, count: int, unit: str) -> date:
    """The day so many days or months later; a month later is the same day of it, or its last."""
    if unit == "days":
        return day + timedelta(days=count)
    year, month = divmod(day.month - 1 + count, 12)
    year, month = day.year + year, month + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))
