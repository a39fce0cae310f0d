"""Cases that nobody here wrote, through `evaluate`: agreed, disagreed, undetermined. Another tool's answer is not law."""

from __future__ import annotations

import csv
import json
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from youyi.law.origin import Case, Split
from youyi.law.origin.structured import read
from youyi.qualify import Facts, Good, Material, Verdict, evaluate

GOLDEN = Path(__file__).parent.parent / "golden"
ORACLE = list(csv.DictReader((GOLDEN / "tariff_shift_oracle.csv").read_text(encoding="utf-8").splitlines()))
RULINGS = list(csv.DictReader((GOLDEN / "origin_cbp_rulings.csv").read_text(encoding="utf-8").splitlines()))
VERDICTS = {c["case_id"]: c for c in json.loads((GOLDEN / "roo_verdict_cases.json").read_text(encoding="utf-8"))["cases"]}


def outside(codes: str) -> list[Material]:
    return [Material(c.replace(".", ""), originating=False) for c in codes.split("|")]


@pytest.mark.parametrize("row", ORACLE, ids=[r["case_id"] for r in ORACLE])
def test_every_tariff_shift_that_codes_decide_agrees_and_so_does_each_material(row: dict[str, str]) -> None:
    rule = {"target": row["target"].split("|"), "sources": json.loads(row["sources"]), "excluded": list(filter(None, row["excluded"].split("|")))}
    good = Good(row["good"].replace(".", ""))
    assert evaluate(rule, good, outside(row["materials"])).verdict == ("originating" if row["expected_shift_met"] == "True" else "not_originating")
    for code, expected in zip(row["materials"].split("|"), row["per_material"].split("|"), strict=True):
        assert evaluate(rule, good, outside(code)).verdict == ("originating" if expected == "shifted" else "not_originating")


def ruled(row: dict[str, str], facts: Facts = Facts()) -> Verdict:  # noqa: B008  # frozen
    """By a ruling's rules. Where several are for one code, the goods of each are described in words that the collection leaves out."""
    rules = [read(r) for r in json.loads(row["rules"])]
    cases = tuple(Case(rule, f"goods of rule {i + 1}") for i, rule in enumerate(rules[:-1]))
    rule = Split(cases, rules[-1]) if cases else rules[0]
    return evaluate(rule, Good(row["good"].replace(".", "")), outside(row["materials"]), facts).verdict


def test_no_ruling_of_customs_is_contradicted_and_what_codes_cannot_settle_is_undetermined() -> None:
    held = {"met": Verdict.ORIGINATING, "not_met": Verdict.NOT_ORIGINATING}
    count = Counter("undetermined" if (v := ruled(r)) is Verdict.UNDETERMINED else "agreed" if v is held[r["expected_shift"]] else "disagreed" for r in RULINGS)
    assert count == {"agreed": 3, "undetermined": 4}


def test_food_preparations_agree_once_it_is_said_that_they_are_no_alcoholic_compounds() -> None:
    """Ruling 559259: of the rules for 2106.90 the last is for compound alcoholic preparations, which the good was not."""
    row = next(r for r in RULINGS if r["ruling"] == "559259")
    assert ruled(row) is Verdict.UNDETERMINED
    assert ruled(row, Facts(attested={"goods of rule 1": True})) is Verdict.NOT_ORIGINATING


def test_a_motorcycle_in_parts_agrees_once_the_condition_of_the_exception_is_attested() -> None:
    """Ruling H341021: parts that make up the whole under general rule of interpretation 2(a) have not changed."""
    row = next(r for r in RULINGS if r["ruling"] == "H341021")
    assert ruled(row) is Verdict.UNDETERMINED
    assert ruled(row, Facts(attested=json.loads(row["facts"]))) is Verdict.NOT_ORIGINATING


def case(name: str) -> dict[str, Any]:
    return VERDICTS[name]


def test_cake_mix_of_another_chapter_code_that_is_the_same_chapter_fails() -> None:
    c = case("RV-02")
    found = evaluate(c["rule"], Good("190590"), [Material("19", originating=False)])
    assert found.verdict is Verdict.NOT_ORIGINATING
    assert found.branches[0].step.materials == ("19",)


def test_furniture_by_change_and_either_formula() -> None:
    parts = Material("940390", 500, False)
    assert evaluate(case("RV-04")["rule"], Good("940350", 1000), [parts]).verdict is Verdict.ORIGINATING
    assert evaluate(case("RV-04")["rule"], Good("940350", 1000), [parts]).rvc == "50.00"
    own = Material("440710", 500, True)
    assert evaluate(case("RV-05")["rule"], Good("940350", 1000, costs=0), [parts, own]).verdict is Verdict.ORIGINATING


def test_a_percentage_is_cut_and_not_rounded() -> None:
    bill = [Material("850110", Decimal("1.5"), True), Material("850110", Decimal("2.0"), False), Material("850110", Decimal("1.2"), True)]
    good = Good("850910", Decimal("5.6"), costs=Decimal("0.9"))
    for rule in ("RVC40", "RVC40 build-down", "RVC40 build-up"):
        found = evaluate(rule, good, bill)
        assert found.verdict is Verdict.ORIGINATING
        assert found.branches[0].step.measured == "64.28 %"
    assert found.rvc == case("RV-08")["expected"]["printed"]


def test_an_originating_material_of_another_party_counts_as_originating() -> None:
    assert evaluate(case("RV-16")["rule"], Good("870899", 100), [Material("850110", 70, True, origin="CN")]).verdict is Verdict.ORIGINATING


@pytest.mark.parametrize("name", ["RV-17", "RV-18", "RV-20"])
def test_partial_cumulation_is_a_threshold_for_the_next_good_and_not_for_this_one(name: str) -> None:
    c = case(name)
    good, bill = Good("850910", 100), [Material("850110", 100 - Decimal(c["local_rvc"]), False)]
    assert (evaluate("RVC40", good, bill).verdict is Verdict.ORIGINATING) is c["expected"]["preference_for_this_good"]
    assert (evaluate("RVC20", good, bill).verdict is Verdict.ORIGINATING) is c["expected"]["may_be_cumulated"]


def test_seven_percent_of_weight_is_exceeded_by_a_hundredth() -> None:
    rule = case("RV-30")["rule"]
    yarn = {w: evaluate(rule, Good("500600", weight=100), [Material("5006", weight=Decimal(w), originating=False)]).verdict for w in ("7", "7.01")}
    assert yarn == {"7": Verdict.ORIGINATING, "7.01": Verdict.NOT_ORIGINATING}


def test_worked_examples_of_singapore_customs() -> None:
    jam = evaluate("CC", Good("200799"), [Material("08", originating=False), Material("17", originating=False)])
    assert jam.verdict is Verdict.ORIGINATING
    values = (("110100", "4.0", False), ("170199", "2.5", False), ("330210", "1.0", True), ("040721", "3.0", False))
    biscuit = evaluate("RVC40", Good("190531", 15), [Material(c, Decimal(v), o) for c, v, o in values])
    assert biscuit.verdict is Verdict.NOT_ORIGINATING
    assert biscuit.rvc == "36.66"
    paste = [Material("3207", 1, False), Material("3402", 15, False)]
    assert evaluate("CTH", Good("320730", 20), paste).verdict is Verdict.NOT_ORIGINATING
    assert evaluate("CTH allowing value of materials at most 10 % of FOB", Good("320730", 20), paste).verdict is Verdict.ORIGINATING
