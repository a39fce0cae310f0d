"""Units of quantity, currencies and countries: the code lists that duty texts and lines refer to."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of UN/ECE Recommendation 20.

    One of it is `times` of `code`, the unit duties are kept in (a tonne is 1000 KGM).
    """

    code: str
    times: Decimal
    qualifiers: tuple[str, ...] = ()


def _table(name: str) -> list[dict[str, str]]:
    text = (files("youyi.law") / "data" / "codes" / name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


@cache
def UNITS() -> dict[str, Unit]:  # noqa: N802 - a constant that is read once, when first wanted
    """Every code and name of a unit, folded to lower case."""
    units = {}
    for row in _table("units.csv"):
        unit = Unit(row["base"], Decimal(row["times"]), tuple(filter(None, row["qualifiers"].split(";"))))
        for name in (row["unit"], *row["names"].split(";")):
            if name:
                units[name.casefold()] = unit
    return units


@cache
def currencies() -> frozenset[str]:
    """The alphabetic codes of ISO 4217 in use."""
    return frozenset(r["currency"] for r in _table("currencies.csv"))


def convert(quantity: Fraction, unit: str) -> tuple[str, Fraction] | None:
    """`quantity` in the unit that duties are kept in: (1, "TNE") is ("KGM", 1000); None for an unknown unit."""
    found = UNITS().get(unit.casefold())
    return (found.code, quantity * Fraction(found.times)) if found else None
