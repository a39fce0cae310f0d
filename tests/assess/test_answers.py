"""The engine against answers that a person worked out from the sources: one row of `golden/answers.csv` per expectation.

A cell that is empty is not looked at. `no row`: the regime has no row at all. `none`: nothing can be said.
`a..b`: from a to b. A finding is named by its code.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from youyi.assess import assess
from youyi.assess.lines import COLUMNS
from youyi.law.rulebook import Rulebook

GOLDEN = Path(__file__).parent.parent / "golden" / "answers.csv"
ASKED = tuple(c for c in COLUMNS if c != "line_id")
EXPECTED = tuple(f"expect_{n}" for n in ("rate", "customs_value", "duty", "remedy", "vat", "other_tax", "total", "eligible", "status", "best", "finding"))
SPANS = ("rate", "duty", "total")
"""What has a low and a high end."""


def expectations() -> list[dict[str, str]]:
    with GOLDEN.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def answers(rulebook: Rulebook) -> dict[str, list[dict[str, Any]]]:
    """The engine's rows by case, all cases assessed together."""
    asked = {row["case"]: {"line_id": row["case"], **{c: row[c] for c in ASKED}} for row in expectations()}
    found: dict[str, list[dict[str, Any]]] = {case: [] for case in asked}
    for record in assess(rulebook, list(asked.values())).records():
        found[record["line_id"]].append(record)
    return found


def span(text: str) -> tuple[Decimal | None, Decimal | None]:
    if text == "none":
        return None, None
    low, _, high = text.partition("..")
    return Decimal(low), Decimal(high or low)


def faults(expected: dict[str, str], found: dict[str, Any]) -> Iterator[str]:
    """Where a row of the engine is not what the source says."""
    for name in ("rate", "customs_value", "duty", "remedy", "vat", "other_tax", "total"):
        text = expected[f"expect_{name}"]
        if text:
            have = (found[f"{name}_low"], found[f"{name}_high"]) if name in SPANS else (found[name], found[name])
            if have != span(text):
                yield f"{name} is {have[0]}..{have[1]}, the source says {text}"
    for name in ("eligible", "status"):
        if expected[f"expect_{name}"] and found[name] != expected[f"expect_{name}"]:
            yield f"{name} is {found[name]}, expected {expected[f'expect_{name}']}"
    if expected["expect_best"] and found["best"] != (expected["expect_best"] == "yes"):
        yield f"best is {found['best']}"
    codes = [text.partition(":")[0] for text in found["findings"]]
    if expected["expect_finding"] and expected["expect_finding"] not in codes:
        yield f"findings are {codes}, {expected['expect_finding']} is missing"


@pytest.mark.parametrize("expected", expectations(), ids=lambda r: f"{r['case']}-{r['regime'] or 'refused'}")
def test_the_answer_is_what_the_source_says(rulebook: Rulebook, expected: dict[str, str]) -> None:
    rows = [r for r in answers(rulebook)[expected["case"]] if r["regime"] == expected["regime"]]
    if expected["expect_rate"] == "no row":
        assert not rows
        return
    assert len(rows) == 1
    assert not list(faults(expected, rows[0])), expected["note"]


@pytest.mark.parametrize("expected", expectations(), ids=lambda r: f"{r['case']}-{r['regime'] or 'refused'}")
def test_every_expectation_names_a_source_of_the_release_with_its_date(rulebook: Rulebook, expected: dict[str, str]) -> None:
    cited = rulebook.store.citations[expected["source"]]
    assert expected["source_date"] == cited.get("date", ""), cited
    assert expected["note"]
    assert any(expected[name] for name in EXPECTED)


def test_rows_of_one_case_ask_the_same_question() -> None:
    asked: dict[str, dict[str, str]] = {}
    for row in expectations():
        question = {c: row[c] for c in ASKED}
        assert asked.setdefault(row["case"], question) == question, row["case"]


def test_no_case_expects_two_things_of_one_regime() -> None:
    rows = [(row["case"], row["regime"]) for row in expectations()]
    assert len(rows) == len(set(rows))


def test_what_is_wrong_with_a_code_is_told_apart(rulebook: Rulebook) -> None:
    told = {case: answers(rulebook)[case][0]["findings"] for case in ("coffee", "no-such-code", "dead-code")}
    assert any("chapter 09" in text and "not in hand" in text for text in told["coffee"])
    assert told["no-such-code"] == ["HS-UNKNOWN: 071399 is not in HS2022, though heading 0713 is"]
    assert len(told["dead-code"]) == 1
    assert "the 030510 of HS2017 is now 030910" in told["dead-code"][0]


def test_a_stale_answer_names_its_vintage(rulebook: Rulebook) -> None:
    found = next(r for r in answers(rulebook)["beans-2026"] if r["regime"] == "MFN")
    assert any(text.startswith("LAW-STALE") and "2019-12-31" in text for text in found["findings"])


def test_the_upgrade_that_is_not_in_force_is_named_nowhere(rulebook: Rulebook) -> None:
    for case in ("upgrade-VN", "upgrade-TH", "beans-2026"):
        for row in answers(rulebook)[case]:
            words = [row["regime"], row["schedule"], *row["conditions"], *row["not_checked"], *row["findings"]]
            assert not [w for w in words if "3.0" in w or "Upgrade" in w]


def test_every_total_names_what_was_not_checked(rulebook: Rulebook) -> None:
    for rows in answers(rulebook).values():
        for row in rows:
            assert row["not_checked"] or row["status"] == "refused"
