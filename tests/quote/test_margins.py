"""The figures of margins and shifts are ends: at them the engine still says yes, a step beyond no more."""

from __future__ import annotations

import random
from decimal import Decimal
from fractions import Fraction
from typing import Any

from quote.bills import drawn, read
from youyi.law.rulebook import Rulebook
from youyi.law.tables import day_number
from youyi.qualify import Verdict, qualify
from youyi.quote.planning import plan

STEP = Decimal("0.01")
DAY = "2026-01-15"


def verdict(rulebook: Rulebook, data: dict[str, Any]) -> bool:
    p = read(data)
    found = qualify(
        rulebook, p.good, p.items, agreement="ACFTA", exporter="VN", importer="CN", on="2026-11-20", process=p.process, currency=p.currency
    )  # fmt: skip
    return found.verdict is Verdict.ORIGINATING


def at_price(data: dict[str, Any], percent: Decimal) -> dict[str, Any]:
    factor = 1 - percent / 100
    return {**data, "product": {k: Decimal(str(v)) * factor if k in ("fob", "exw") else v for k, v in data["product"].items()}}


def dearer(data: dict[str, Any], percent: Decimal) -> dict[str, Any]:
    """What does not originate costs more; the lines of these bills have no bills of their own."""
    outside = {"KR", "TW", None}
    each = []
    for m in data["materials"]:
        own = m.get("originating")
        from_outside = m.get("origin") in outside - {None} or own is None or own is False
        each.append({**m, "value": Decimal(m["value"]) * (1 + percent / 100)} if from_outside and "value" in m and m.get("role") != "neutral" else m)
    return {**data, "materials": each}


def test_at_the_margin_a_good_still_passes_and_just_beyond_it_no_more(rulebook: Rulebook) -> None:
    rng = random.Random(11)
    prices = rises = 0
    for _ in range(500):
        data = drawn(rng)
        data["alternatives"] = []
        if any("materials" in m for m in data["materials"]) or not verdict(rulebook, data):
            continue
        margins = plan(rulebook, read(data), agreement="ACFTA", reserve=Decimal(0)).margins
        assert margins, data
        falls = [m.price_may_fall for m in margins]
        if None not in falls:
            most = max(f for f in falls if f is not None)
            assert verdict(rulebook, at_price(data, most)), data
            if "build-up" not in data["rules"][0]["rule"]:  # a way by build-up that fails may pass at a lesser price
                assert not verdict(rulebook, at_price(data, most + STEP)), data
            prices += 1
        up = [m.outside_may_rise for m in margins]
        if None not in up:
            most = max(f for f in up if f is not None)
            assert verdict(rulebook, dearer(data, most)), data
            assert not verdict(rulebook, dearer(data, most + STEP)), data
            rises += 1
        else:
            assert verdict(rulebook, dearer(data, Decimal(10_000))), data
    assert prices > 30
    assert rises > 30


def test_a_currency_may_move_until_its_own_part_of_the_bill_is_too_much(rulebook: Rulebook) -> None:
    data: dict[str, Any] = {
        "product": {"hs": "850811", "hs_edition": "HS2022", "fob": 100, "currency": "USD"},
        "exporter": "VN",
        "importer": "CN",
        "date": DAY,
        "processes": ["assembly"],
        "materials": [
            {"id": "a", "hs": "850870", "value": 20, "currency": "EUR", "origin": "KR"},
            {"id": "b", "hs": "850870", "value": 15, "origin": "TW"},
            {"id": "c", "hs": "850870", "value": 5, "currency": "JPY", "origin": "VN", "originating": True},
        ],
        "rules": [{"agreement": "ACFTA", "rule": "RVC40", "source": "made up"}],
    }
    found = rulebook.exchange("EUR", "VN", "USD", day_number(DAY))
    assert found is not None
    (margin,) = plan(rulebook, read(data), agreement="ACFTA").margins
    euro, yen = margin.currencies
    assert (euro.currency, euro.fall) == ("EUR", None)
    assert (yen.currency, yen.rise, yen.fall) == ("JPY", None, None)
    assert euro.rise is not None
    exact = (Fraction(60 - 15) / (20 * found[0]) - 1) * 100
    assert 0 <= exact - Fraction(euro.rise) < Fraction(1, 100)


def test_a_shift_is_enough_and_a_hair_less_is_not(rulebook: Rulebook) -> None:
    """The value that shifts becomes a line of its own that originates; the code is one that changes nothing."""
    for rule in ("RVC40", "RVC55 and CTH", "CTSH and RVC30", "MaxNOM35 of FOB"):
        data: dict[str, Any] = {
            "product": {"hs": "850811", "hs_edition": "HS2022", "fob": 100, "currency": "USD"},
            "exporter": "VN",
            "importer": "CN",
            "date": "2026-11-20",
            "processes": ["assembly"],
            "materials": [{"id": "m", "hs": "850140", "value": 55, "origin": "KR"}, {"id": "same", "hs": "850811", "value": 25, "origin": "TW"}],
            "rules": [{"agreement": "ACFTA", "rule": rule, "source": "made up"}],
        }
        advice = plan(rulebook, read(data), agreement="ACFTA")
        (found,) = advice.shifts
        assert found.value is not None, rule
        results = []
        for value in (found.value, found.value - Decimal("0.0001")):
            lines, left = [], value
            for m in sorted(data["materials"], key=lambda m: m["id"] != "same"):  # what has not changed counts for both conditions
                moved = min(left, Decimal(m["value"]))
                left -= moved
                lines += [{**m, "value": m["value"] - moved}, {**m, "id": f"{m['id']} here", "value": moved, "origin": "VN", "originating": True}]
            results.append(verdict(rulebook, {**data, "materials": lines}))
        assert results == [True, False], (rule, found)
