"""Units, currencies and countries: one name for each, and what it is in the unit that duties are kept in."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest

from youyi.law.rulebook import Rulebook
from youyi.law.units import UNITS, convert, currencies

CONVERTED = [
    ("1", "TNE", "KGM", "1000"),
    ("2.5", "dtn", "KGM", "250"),
    ("500", "g", "KGM", "0.5"),
    ("3", "HLT", "LTR", "300"),
    ("750", "ml", "LTR", "0.75"),
    ("1", "KLT", "LTR", "1000"),
    ("12", "DZN", "H87", "144"),
    ("2", "thousand", "H87", "2000"),
    ("3", "hundred", "H87", "300"),
    ("7", "chiếc", "H87", "7"),
    ("4", "đôi", "PR", "4"),
    ("1", "h", "MIN", "60"),
    ("2", "MWH", "KWH", "2000"),
    ("1", "p/st", "H87", "1"),
]


@pytest.mark.parametrize(("quantity", "unit", "base", "times"), CONVERTED)
def test_a_quantity_is_kept_in_the_base_unit(quantity: str, unit: str, base: str, times: str) -> None:
    assert convert(Fraction(quantity), unit) == (base, Fraction(times))


def test_a_unit_is_found_in_any_letters() -> None:
    assert convert(Fraction(1), "kg") == convert(Fraction(1), "KG") == convert(Fraction(1), "Kgm")


def test_an_unknown_unit_is_not_guessed() -> None:
    assert convert(Fraction(1), "bushel") is None
    assert convert(Fraction(1), "") is None


def test_a_pair_is_not_two_pieces() -> None:
    assert UNITS()["pair"].code != UNITS()["pc"].code


def test_every_base_unit_is_a_unit_itself() -> None:
    for unit in UNITS().values():
        assert UNITS()[unit.code.casefold()].code == unit.code
        assert UNITS()[unit.code.casefold()].times == 1
        assert unit.times > 0


def test_no_name_stands_for_two_units(rulebook: Rulebook) -> None:
    names = [n.casefold() for r in rulebook.store.records("units") for n in {r["unit"].casefold(), *r["names"].casefold().split(";")} if n]
    assert sorted(n for n in set(names) if names.count(n) > 1) == []


def test_a_unit_is_not_written_like_a_currency(rulebook: Rulebook) -> None:
    # `100 SET` would be either: three capital letters after a number are a currency where ISO 4217 has it.
    assert {r["unit"] for r in rulebook.store.records("units")} & currencies() == set()


def test_a_qualifier_goes_only_with_the_units_it_is_defined_for() -> None:
    assert "lactic." in UNITS()["dtn"].qualifiers
    assert "lactic." not in UNITS()["kg"].qualifiers
    assert UNITS()["% vol"].qualifiers == ("hl",)


def test_currencies_are_those_of_iso_4217_in_use() -> None:
    assert {"BND", "CNY", "IDR", "KHR", "LAK", "MMK", "MYR", "PHP", "SGD", "THB", "USD", "VND"} <= currencies()
    assert "DEM" not in currencies()


def test_every_party_has_a_currency_with_its_decimals(rulebook: Rulebook) -> None:
    assert all(row["currency"] in rulebook.decimals for row in rulebook.parties.values())
    assert rulebook.decimals["VND"] == 0
    assert rulebook.decimals["CNY"] == 2


def test_times_are_exact_decimals() -> None:
    assert UNITS()["g"].times == Decimal("0.001")
