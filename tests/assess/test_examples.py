"""The sample journeys that `make run` shows: made up, labelled so, and with the answers that practice expects."""

from __future__ import annotations

from decimal import Decimal
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from youyi.assess import assess
from youyi.assess.files import Source
from youyi.assess.lines import COLUMNS
from youyi.assess.result import Result
from youyi.assess.run import assess_file
from youyi.law.rulebook import Rulebook

EXAMPLES = Path(str(files("youyi"))) / "examples"
JOURNEYS = EXAMPLES / "journeys.csv"
Rows = dict[tuple[str, str], dict[str, Any]]


@pytest.fixture(scope="module")
def result(rulebook: Rulebook) -> Result:
    (batch,) = Source(JOURNEYS).batches()
    return assess(rulebook, batch)


@pytest.fixture(scope="module")
def rows(result: Result) -> Rows:
    return {(r["line_id"], r["regime"]): r for r in result.records()}


def test_the_file_has_the_columns_of_the_engine_and_nothing_is_refused() -> None:
    assert JOURNEYS.read_text(encoding="utf-8").splitlines()[0].split(",") == list(COLUMNS)
    report, _ = assess_file(JOURNEYS, None)
    assert (report.lines, report.refused, report.findings) == (5, 0, [])


def test_the_journeys_are_said_to_be_made_up_and_each_is_described() -> None:
    words = (EXAMPLES / "README.md").read_text(encoding="utf-8")
    assert "**made up**" in words
    for row in JOURNEYS.read_text(encoding="utf-8").splitlines()[1:]:
        assert f"`{row.split(',')[0]}`" in words


def test_beans_pay_3_percent_or_nothing_by_three_ways(rows: Rows) -> None:
    mfn = rows["beans-1", "MFN"]
    assert (mfn["customs_value"], mfn["duty_low"], mfn["duty_high"], mfn["currency"]) == (Decimal(109_600), Decimal(3_288), Decimal(3_288), "USD")
    assert (mfn["rate_low"], mfn["status"]) == (Decimal(3), "stale")
    for regime in ("ACFTA", "RCEP", "CN-LDC"):
        assert (rows["beans-1", regime]["rate_high"], rows["beans-1", regime]["duty_high"], rows["beans-1", regime]["eligible"]) == (
            0,
            0,
            "conditional",
        )


def test_batteries_need_no_certificate(rows: Rows) -> None:
    mfn = rows["batteries-1", "MFN"]
    assert (mfn["rate_high"], mfn["duty_high"], mfn["status"], mfn["best"]) == (0, 0, "official", True)
    assert any(text.startswith("CERT-NOT-NEEDED") for text in mfn["findings"])
    assert rows["batteries-1", "ACFTA"]["duty_high"] == 0


def test_durian_pays_20_percent_or_nothing(rows: Rows) -> None:
    mfn = rows["durian-1", "MFN"]
    assert (mfn["customs_value"], mfn["rate_low"], mfn["duty_low"], mfn["duty_high"]) == (Decimal(112_840), 20, Decimal(22_568), Decimal(22_568))
    assert any(text.startswith("VAL-TERM-ASSUMED") for text in mfn["findings"])
    assert rows["durian-1", "ACFTA"]["duty_high"] == rows["durian-1", "RCEP"]["duty_high"] == 0


def test_tiles_pay_anti_dumping_by_the_square_metre_under_every_regime(rows: Rows) -> None:
    for regime in ("MFN", "ACFTA"):
        row = rows["tiles-1", regime]
        assert row["remedy"] == 0  # the list read has a dash for one of the firms
        assert row["total_high"] - row["duty_high"] > 9_000 * Decimal(94_544)
        assert any("94544 IDR/MTK" in text and "no proof of origin removes it" in text for text in row["findings"])
    assert rows["tiles-1", "RCEP"]["status"] == "missing"


def test_vacuum_cleaners_pay_8_percent_or_nothing_under_rcep(rows: Rows) -> None:
    assert (rows["vacuum-1", "MFN"]["rate_low"], rows["vacuum-1", "MFN"]["status"]) == (8, "stale")
    assert (rows["vacuum-1", "RCEP"]["rate_high"], rows["vacuum-1", "RCEP"]["best"]) == (0, True)


def test_no_total_stands_without_what_was_not_checked(rows: Rows) -> None:
    assert all(row["not_checked"] for row in rows.values())
