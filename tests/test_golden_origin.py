"""Golden bills: what the law gives each of them, held against every evaluator of `origin_under_test`."""

from __future__ import annotations

import csv
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

from origin_under_test import EVALUATORS, QUALIFIERS
from youyi.law.origin import parse, parts
from youyi.law.rulebook import Rulebook

GOLDEN = Path(__file__).parent / "golden"
Case = dict[str, Any]
LOOKED_AT = ("verdict", "criterion", "box8", "rvc", "if_not_listed", "consignment")


def read(name: str) -> list[Case]:
    """The cases of a file, dates as texts."""
    cases: list[Case] = yaml.safe_load((GOLDEN / name).read_text(encoding="utf-8"))
    for case in cases:
        if "file" in case:
            case["file"] = {**case["file"], "date": str(case["file"]["date"])}
    return cases


BILLS = read("origin_bills.yaml")
RULES = read("origin_rules_on_bills.yaml")
ANSWERS = {"yes": True, "no": False, "open": None}


def parted(expected: Case, found: dict[str, Any]) -> list[str]:
    """Where an answer parts from what is expected."""
    wrong = [f"{name}: expected {expected[name]}, found {found[name]}" for name in LOOKED_AT if name in expected and found[name] != expected[name]]
    if "rcep_origin" in expected and found["rcep_origin"] != expected["rcep_origin"].replace("open", ""):
        wrong.append(f"rcep_origin: expected {expected['rcep_origin']}, found {found['rcep_origin']}")
    missing = set(expected.get("questions_about", ())) - set(found["questions"])
    return wrong + ([f"not asked: {sorted(missing)}, asked {sorted(found['questions'])}"] if missing else [])


@pytest.mark.parametrize("evaluator", QUALIFIERS)
@pytest.mark.parametrize("case", BILLS, ids=lambda c: c["id"])
def test_a_bill_has_the_origin_that_the_law_gives_it(case: Case, evaluator: str) -> None:
    found = QUALIFIERS[evaluator](case["expect"]["agreement"], case["file"])
    assert not parted(case["expect"], found), f"{case['case']}: {case['why']}"


@pytest.mark.parametrize("evaluator", EVALUATORS)
@pytest.mark.parametrize("case", RULES, ids=lambda c: c["id"])
def test_a_rule_means_on_a_bill_what_its_text_says(case: Case, evaluator: str) -> None:
    (found,) = EVALUATORS[evaluator]([(parse(case["rule"]), case["good"], case["materials"])])
    assert found is ANSWERS[case["expect"]], f"{case['case']}: {case['why']}"


@pytest.mark.parametrize("evaluator", EVALUATORS)
def test_tariff_changes_are_what_customs_held_and_another_program_computed(evaluator: str) -> None:
    with (GOLDEN / "tariff_shifts.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    bills = [
        (
            parse(row["rule"]),
            {"hs": row["good"], "attested": [{"text": row["attested"], "source": row["source"]}] if row["attested"] else []},
            [{"hs": code} for code in row["materials"].split()],
        )
        for row in rows
    ]
    found = EVALUATORS[evaluator](bills)
    assert len(rows) == 381
    assert not [row for row, answer in zip(rows, found, strict=True) if answer is not ANSWERS[row["expect"]]]


def test_the_cases_meet_every_form_of_a_rule() -> None:
    met = {type(part).__name__ for case in RULES for part in parts(parse(case["rule"]))}
    forms = "AllOf AnyMaterials AnyOf Attested Change Content Limit Lost MaxNonOriginating NoRule Process ProducedExclusively Split"
    assert met == {*forms.split(), "WhollyObtained", "WhollyObtainedMaterials"}


def test_every_bill_says_where_its_expectation_comes_from() -> None:
    for case in BILLS:
        assert case["kind"] in ("example", "published")
        assert (case["kind"] == "published") == ("source" in case), case["id"]
        assert re.search(r"C12|A3|attachment B|RCEP|ATIGA|GACC|report|circular", case["law"]), case["id"]
        assert case["why"].endswith(".")
        assert case["rule"]
    assert len({c["id"] for c in BILLS}) == len(BILLS) >= 100


def test_every_article_on_origin_has_a_bill() -> None:
    cited: dict[str, set[int]] = {"C12": set(), "RCEP": set(), "ATIGA": set()}
    for case in BILLS:
        for text, name in re.findall(r"((C12|RCEP|ATIGA)(?:(?!C12|RCEP|ATIGA).)*)", case["law"]):
            for found in re.findall(r"(?:art|arts|to|,|and) (?:3\.)?(\d+)", text):
                cited[name].add(int(found))
    assert set(range(5, 17)) | {31, 34} <= cited["C12"]
    assert {2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 15} <= cited["RCEP"]
    assert set(range(26, 35)) <= cited["ATIGA"]


def test_what_rests_on_unsure_law_says_so() -> None:
    for case in BILLS:
        expected, file = case["expect"], case["file"]
        found = QUALIFIERS["oracle"](expected["agreement"], file)
        rests = {
            "8 (": "rcep_origin" in expected and "rcep_appendix" in found["questions"],
            "5 (": expected["agreement"] == "ACFTA" and found["criterion"] == "PE",
            "7 (": expected["agreement"] == "ATIGA" and ("rvc_method" in found["questions"] or case["id"].startswith("T-PART")),
            "3 (": expected["agreement"] == "ACFTA" and found["criterion"] == "CTH" and any(m.get("role") == "accessory" for m in file["materials"]),
        }
        for mark, true in rests.items():
            assert not true or mark in case.get("unsure", ""), (case["id"], mark)


def test_the_bills_meet_every_verdict_of_every_agreement() -> None:
    met = Counter((c["expect"]["agreement"], c["expect"]["verdict"]) for c in BILLS)
    for agreement in ("ACFTA", "RCEP", "ATIGA"):
        for verdict in ("originating", "not_originating", "undetermined"):
            assert met[agreement, verdict] >= 3, (agreement, verdict)


@pytest.mark.parametrize("case", BILLS, ids=lambda c: c["id"])
def test_the_codes_of_a_bill_exist_in_their_edition(case: Case, rulebook: Rulebook) -> None:
    def coded(record: Case) -> list[Case]:
        return [record, *(r for m in record.get("materials", ()) for r in coded(m))]

    for record in [case["file"]["product"], *(r for m in case["file"]["materials"] for r in coded(m))]:
        assert rulebook.nomenclature.exists(record["hs_edition"], record["hs"].replace(".", "")) or len(record["hs"]) < 6, record
