"""What a line states that does not go together, and what its origin brings with it, is said on the line."""

from __future__ import annotations

from typing import Any

import pytest

from youyi.assess import assess
from youyi.law.rulebook import Rulebook

LINE = {"line_id": "1", "importer": "VN", "exporter": "CN", "hs": "85071092", "date": "2026-03-02", "value": "1000", "currency": "VND", "incoterm": "CIF"}
COIL = {"hs": "72083700", "date": "2026-01-10"}


def mfn(rulebook: Rulebook, **cells: str) -> dict[str, Any]:
    return assess(rulebook, LINE | cells).records()[0]


def codes(row: dict[str, Any]) -> set[str]:
    return {text.partition(":")[0] for text in row["findings"]}


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        ({"proof": "Form E", "originating_under": "RCEP"}, "ORI-PROOF-CONTRADICTS"),
        ({"proof": "Form E", "originating_under": "-"}, "ORI-PROOF-CONTRADICTS"),
        ({"proof": "Form E", "originating_under": "ACFTA;RCEP"}, "ORI-PROOF-OTHER"),
        ({"proof": "Form B"}, "ORI-PROOF-UNKNOWN"),
        ({"exporter": "VN", "origin": "VN"}, "ROUTE-DOMESTIC"),
        ({"exporter": "VN", "origin": "CN"}, "ROUTE-DOMESTIC"),
        ({"exporter": "CN", "origin": "VN"}, "ROUTE-REIMPORT"),
        (COIL | {"origin": "KR"}, "REMEDY-ORIGIN-UNPROVEN"),
    ],
)
def test_what_does_not_go_together_is_a_finding(rulebook: Rulebook, cells: dict[str, str], code: str) -> None:
    assert code in codes(mfn(rulebook, **cells))


@pytest.mark.parametrize("cells", [{}, {"proof": "Form E"}, {"proof": "form e", "originating_under": "ACFTA"}, {"originating_under": "-"}, COIL])
def test_what_goes_together_is_none(rulebook: Rulebook, cells: dict[str, str]) -> None:
    assert not {c for c in codes(mfn(rulebook, **cells)) if c.startswith(("ORI-PROOF", "ROUTE", "REMEDY-ORIGIN"))}


@pytest.mark.parametrize(
    ("origin", "day", "said"),
    [
        ("HK", "2026-11-22", "Hong Kong Closer Economic Partnership"),
        ("MO", "2026-11-22", "Macao Closer Economic Partnership"),
        ("TW", "2023-12-31", "Cross-Straits Economic Cooperation Framework Agreement: listed goods only (schedule not in hand)"),
        ("TW", "2024-06-15", "134 since 2024-06-15"),
        ("US", "2026-11-22", "CM CN-ADDITIONAL-US: its rate is not in hand"),
    ],
)
def test_china_names_the_regimes_of_an_origin_that_were_not_checked(rulebook: Rulebook, origin: str, day: str, said: str) -> None:
    row = mfn(rulebook, importer="CN", exporter=origin, origin=origin, date=day, currency="CNY")
    assert any(said in text for text in row["not_checked"]), row["not_checked"]
    assert row["basis"] == "indicative"


def test_other_importers_do_not_name_them(rulebook: Rulebook) -> None:
    for origin in ("HK", "TW", "US"):
        assert not any("Economic" in t or "CN-ADDITIONAL" in t for t in mfn(rulebook, exporter=origin)["not_checked"])


def test_a_producer_not_named_where_only_that_rate_is_not_in_hand_is_named_as_not_checked(rulebook: Rulebook) -> None:
    row = mfn(rulebook, importer="ID", hs="72101210", date="2025-06-02", currency="IDR")
    assert "AD ID-PMK66-2024-TINPLATE-CN: the rate of producers it does not name is not in hand" in row["not_checked"]
