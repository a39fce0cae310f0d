"""What the planner says of goods that fail, barely pass or pass, of bad files, and of goods under trade remedies."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from quote.bills import VACUUM, read, vacuum
from youyi.law.rulebook import Rulebook
from youyi.quote.planning import plan

LIST = "8508.11 is not on the ACFTA 2019 product list"
TYPED = [{"agreement": "ACFTA", "rule": "RVC40", "source": "made up"}]


def codes(advice: Any) -> list[str]:
    return [f.code for f in advice.findings]


def bill(*materials: dict[str, Any], rule: str = "RVC40", fob: object = 100, **more: Any) -> Any:
    product = {"hs": "850811", "hs_edition": "HS2022", "fob": fob, "currency": "USD", **more.pop("product", {})}
    return read(
        {
            "product": product,
            "exporter": "VN",
            "importer": "CN",
            "date": "2026-11-20",
            "processes": ["assembly"],
            "materials": list(materials),
            "rules": [{"agreement": "ACFTA", "rule": rule, "source": "made up"}],
            **more,
        }
    )


def test_the_cheapest_plan_for_the_vacuum_cleaner_is_a_statement_and_no_change_of_source(rulebook: Rulebook) -> None:
    advice = plan(rulebook, vacuum(), agreement="ACFTA")
    assert (advice.status, advice.verdict, advice.rvc, advice.conditions) == ("barely", "undetermined", "40.00", (LIST,))
    first = advice.plans[0]
    assert [(c.material, c.kind, c.cost) for c in first.changes] == [("parts", "statement", Decimal("0.05"))]
    assert (first.rvc, first.box8, first.verdict, first.conditions) == ("57.25", "RVC 57%", "undetermined", (LIST,))
    assert first.proven
    assert [p.cost for p in advice.plans] == [Decimal("0.05"), Decimal("0.5"), Decimal("0.52")]


def test_a_statement_of_a_partys_supplier_is_an_alternative_without_being_asked(rulebook: Rulebook) -> None:
    advice = plan(rulebook, vacuum(alternatives=[]), agreement="ACFTA")
    (only,) = advice.plans
    assert [(c.material, c.kind, c.implied) for c in only.changes] == [("parts", "statement", True)]


def test_the_condition_goes_when_it_is_attested_with_a_source(rulebook: Rulebook) -> None:
    advice = plan(rulebook, vacuum(attested=[{"text": LIST, "source": "letter of the issuing authority, made up"}]), agreement="ACFTA")
    assert advice.plans[0].conditions == ()
    assert advice.plans[0].verdict == "originating"


def test_no_process_is_assumed_that_the_producer_has_not_stated(rulebook: Rulebook) -> None:
    lines = ({"id": "a", "hs": "850870", "value": 90, "origin": "KR"},)
    data = bill(*lines, rule="process chemical_reaction or RVC40").data
    advice = plan(rulebook, read({k: v for k, v in data.items() if k != "processes"}), agreement="ACFTA")
    assert advice.status == "open"
    assert advice.plans == ()


def test_a_text_that_only_an_attestation_settles_is_a_condition_word_for_word(rulebook: Rulebook) -> None:
    line = {"id": "a", "hs": "850870", "value": 90, "origin": "KR"}
    other = {"material": "a", "kind": "replace", "value": 50, "origin": "CN", "originating": True, "cost": 3}
    screw = {"id": "b", "hs": "7318", "value": 1, "origin": "KR"}
    advice = plan(rulebook, bill(line, screw, rule='RVC40 provided that "assembled by hand"', alternatives=[other]), agreement="ACFTA")
    (only,) = advice.plans
    assert only.conditions == ("assembled by hand",)
    assert only.cost == Decimal(-37)


def test_a_good_with_room_to_spare_gets_margins_and_no_plans(rulebook: Rulebook) -> None:
    advice = plan(rulebook, bill({"id": "a", "hs": "850870", "value": 50, "origin": "KR"}), agreement="ACFTA")
    assert (advice.status, advice.plans, advice.shifts) == ("passes", (), ())
    (margin,) = advice.margins
    assert (margin.price_least, margin.price_may_fall, margin.outside_may_rise) == (Decimal("83.3334"), Decimal("16.66"), Decimal("20.00"))


def test_the_reserve_decides_what_barely_means(rulebook: Rulebook) -> None:
    product = bill({"id": "a", "hs": "850870", "value": 50, "origin": "KR"})
    status = {r: plan(rulebook, product, agreement="ACFTA", reserve=Decimal(r)).status for r in ("0", "16.66", "16.67", "50")}
    assert status == {"0": "passes", "16.66": "passes", "16.67": "barely", "50": "barely"}


def test_a_good_that_fails_is_told_the_least_value_to_shift(rulebook: Rulebook) -> None:
    lines = ({"id": "a", "hs": "850870", "value": "70.00005", "origin": "KR"}, {"id": "b", "hs": "850811", "value": 20, "origin": "TW"})
    advice = plan(rulebook, bill(*lines, rule="RVC40 or CTSH"), agreement="ACFTA")
    assert advice.status == "fails"
    said = {s.rule: (s.value, s.among) for s in advice.shifts}
    # RVC40: 90.00005 from outside against 60. CTSH: b has not changed, 20 against 10 % of FOB.
    assert said == {"RVC40": (Decimal("30.0001"), ()), "CTSH": (Decimal(10), ("b",))}
    assert advice.plans == ()


def test_what_no_shift_cures_has_no_figure(rulebook: Rulebook) -> None:
    advice = plan(rulebook, bill({"id": "a", "hs": "850870", "origin": "KR"}, rule="RVC40 and no rule"), agreement="ACFTA")
    assert advice.shifts == ()
    advice = plan(rulebook, bill({"id": "a", "hs": "850870", "origin": "KR"}, {"id": "b", "hs": "850870", "value": 90, "origin": "KR"}), agreement="ACFTA")
    assert [(s.value, s.note) for s in advice.shifts] == [(None, "the value of a is not known")]


def test_a_plan_that_meets_the_threshold_exactly_counts_and_a_hair_more_does_not(rulebook: Rulebook) -> None:
    line = {"id": "a", "hs": "850870", "value": 90, "origin": "KR"}
    for value, plans in (("60", 1), ("60.0001", 0)):
        other = {"material": "a", "kind": "replace", "value": value, "origin": "KR", "cost": 0}
        assert len(plan(rulebook, bill(line, alternatives=[other]), agreement="ACFTA").plans) == plans


def test_costs_are_for_a_unit_and_a_year_and_count_the_difference_in_value(rulebook: Rulebook) -> None:
    line = {"id": "a", "hs": "850870", "value": 70, "origin": "KR"}
    other = {"material": "a", "kind": "replace", "value": "71.5", "origin": "CN", "originating": True, "cost": "0.25"}
    (only,) = plan(rulebook, bill(line, alternatives=[other], annual_quantity=1000), agreement="ACFTA").plans
    assert (only.cost, only.cost_year) == (Decimal("1.75"), Decimal(1750))


def test_papers_are_named_for_every_change(rulebook: Rulebook) -> None:
    advice = plan(rulebook, vacuum(), agreement="ACFTA")
    papers = {c.kind: c.papers for p in advice.plans for c in p.changes}
    assert papers["statement"] == ("supplier's statement of origin under ACFTA, with its bill",)
    assert papers["replace"] == ("contract and invoices of the new source", "Form E")


def test_every_answer_says_that_a_change_must_really_be_made(rulebook: Rulebook) -> None:
    notices = " ".join(plan(rulebook, vacuum(), agreement="ACFTA").notices)
    assert "really made" in notices
    assert "not non-preferential origin" in notices


# -- trade remedies ------------------------------------------------------------------------------------------------

STEEL = {
    "product": {"hs": "7208.37.00", "hs_edition": "HS2022", "fob": 100, "currency": "USD"},
    "exporter": "CN",
    "importer": "VN",
    "date": "2026-11-20",
    "processes": ["rolling"],
    "materials": [{"id": "slab", "hs": "7207", "value": 90, "origin": "BR"}, {"id": "alloy", "hs": "7202", "value": 5, "origin": "CN"}],
    "alternatives": [{"material": "slab", "kind": "move", "origin": "CN", "originating": True, "value": 92, "cost": 0}],
}


def test_goods_under_trade_remedies_get_no_advice_on_sources(rulebook: Rulebook) -> None:
    advice = plan(rulebook, read(STEEL), agreement="ACFTA")
    assert advice.remedies
    assert "VN-AD20-HRC-CN" in advice.remedies[0]
    said = next(f for f in advice.findings if f.code == "PLAN-REMEDY")
    assert "circumvention" in said.text
    assert "1 alternatives were not looked at" in said.text
    assert said.citation == "VN-QD-1959-2025"
    assert all(c.kind == "statement" for p in advice.plans for c in p.changes)


def test_goods_under_trade_remedies_may_still_get_a_statement(rulebook: Rulebook) -> None:
    local = {"id": "slab", "hs": "7207", "value": 90, "origin": "CN"}
    advice = plan(rulebook, read({**STEEL, "materials": [local], "alternatives": []}), agreement="ACFTA")
    assert [c.kind for c in advice.plans[0].changes] == ["statement"]


def test_a_change_of_source_does_not_pass_for_a_statement(rulebook: Rulebook) -> None:
    """Under a trade remedy least of all: what a statement says of another source is not read."""
    hidden = {"material": "slab", "kind": "statement", "origin": "CN", "cost": 0}
    advice = plan(rulebook, read({**STEEL, "alternatives": [hidden]}), agreement="ACFTA")
    assert "PLAN-STATEMENT-KEY" in codes(advice)
    assert advice.plans == ()


# -- worth ---------------------------------------------------------------------------------------------------------


def test_what_rests_on_stale_rates_lies_between_nothing_and_a_figure(rulebook: Rulebook) -> None:
    worth = plan(rulebook, vacuum(certificate_cost=60, annual_quantity=4800), agreement="RCEP").worth
    assert worth is not None
    assert (worth.low, worth.high, worth.low_year, worth.high_year, worth.firm) == (0, Decimal("4.96"), 0, Decimal(23808), False)
    assert (worth.from_units, worth.sure_units, worth.from_value) == (13, None, Decimal(750))
    assert any("stale" in d for d in worth.doubts)


def test_official_rates_give_one_firm_figure(rulebook: Rulebook) -> None:
    data = {
        "product": {"hs": "8507.10.92", "hs_edition": "HS2022", "fob": 100, "currency": "USD"},
        "exporter": "CN",
        "importer": "VN",
        "date": "2026-03-02",
        "materials": [{"id": "lead", "hs": "7801", "value": 30, "origin": "AU"}],
        "certificate_cost": 24,
    }
    worth = plan(rulebook, read(data), agreement="ACFTA").worth
    assert worth is not None
    assert (worth.mfn, worth.rate, worth.firm, worth.doubts) == ("25%", "15%", True, ())
    assert (worth.low, worth.high, worth.from_units, worth.sure_units, worth.from_value) == (10, 10, 3, 3, 240)


def test_a_rate_that_is_not_in_hand_gives_no_figure(rulebook: Rulebook) -> None:
    data = {**STEEL, "product": {**STEEL["product"], "hs": "8507.10.92"}, "alternatives": [], "certificate_cost": 24}
    worth = plan(rulebook, read(data), agreement="RCEP").worth
    assert worth is not None
    assert (worth.low, worth.high, worth.from_units, worth.firm) == (None, None, None, False)


# -- bad files -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("alternative", "code", "pointer"),
    [
        ({"material": "wheel", "kind": "statement", "cost": 0}, "PLAN-MATERIAL-UNKNOWN", "/alternatives/0/material"),
        ({"kind": "statement", "cost": 0}, "PLAN-MATERIAL-UNKNOWN", "/alternatives/0/material"),
        ({"material": "parts", "kind": "steal", "cost": 0}, "PLAN-KIND", "/alternatives/0/kind"),
        ({"material": "parts", "kind": "statement", "cost": "much"}, "VALUE", "/alternatives/0/cost"),
        ({"material": "parts", "kind": "statement"}, "PLAN-COST-MISSING", "/alternatives/0/cost"),
        ({"material": "parts", "kind": "replace", "cost": 0, "value": -3, "origin": "CN"}, "VALUE-NEGATIVE", "/alternatives/0/value"),
        ({"material": "parts", "kind": "replace", "cost": 0, "hs": "85.O8"}, "HS", "/alternatives/0/hs"),
        ({"material": "parts", "kind": "replace", "cost": 0, "hs": "999999"}, "HS-UNKNOWN", "/alternatives/0/hs"),
        ({"material": "parts", "kind": "replace", "cost": 0, "price": 3}, "KEY-UNKNOWN", "/alternatives/0/price"),
        ({"material": "parts", "kind": "replace", "cost": 0, "value": 3, "currency": "XTS"}, "PLAN-VALUE-MISSING", "/alternatives/0/value"),
        ({"material": "parts", "kind": "move", "cost": 0}, "PLAN-ORIGIN-MISSING", "/alternatives/0/origin"),
        ({"material": "parts", "kind": "statement", "cost": 0, "origin": "CN"}, "PLAN-STATEMENT-KEY", "/alternatives/0/origin"),
        ("parts", "PLAN-ALTERNATIVES", "/alternatives/0"),
    ],
)
def test_a_wrong_alternative_is_a_finding_and_the_others_are_still_planned_with(rulebook: Rulebook, alternative: Any, code: str, pointer: str) -> None:
    advice = plan(rulebook, vacuum(alternatives=[alternative, *VACUUM["alternatives"]]), agreement="ACFTA")
    assert (code, pointer) in [(f.code, f.pointer) for f in advice.findings]
    assert {c.material for p in advice.plans for c in p.changes} >= {"parts", "battery"}


def test_alternatives_that_are_no_list_are_a_finding(rulebook: Rulebook) -> None:
    assert "PLAN-ALTERNATIVES" in codes(plan(rulebook, vacuum(alternatives={"a": 1}), agreement="ACFTA"))


def test_a_material_named_twice_or_inside_another_is_a_finding(rulebook: Rulebook) -> None:
    twice = [*VACUUM["materials"], VACUUM["materials"][5]]
    assert "PLAN-MATERIAL-TWICE" in codes(plan(rulebook, vacuum(materials=twice), agreement="ACFTA"))
    inner = [{"id": "unit", "hs": "8508.70", "value": 30, "origin": "VN", "materials": [{"id": "parts", "hs": "8501.40", "value": 3}]}]
    assert "PLAN-MATERIAL-NESTED" in codes(plan(rulebook, vacuum(materials=inner), agreement="ACFTA"))


def test_too_many_alternatives_are_said(rulebook: Rulebook) -> None:
    many = [{"material": "parts", "kind": "statement", "cost": 1}] * 513
    advice = plan(rulebook, vacuum(alternatives=many), agreement="ACFTA")
    assert "PLAN-SIZE" in codes(advice)
    assert advice.plans[0].changes[0].pointer == "/alternatives/0"


@pytest.mark.parametrize(("key", "value"), [("annual_quantity", "many"), ("annual_quantity", -1), ("certificate_cost", "free")])
def test_a_wrong_quantity_or_cost_counts_as_not_known(rulebook: Rulebook, key: str, value: object) -> None:
    advice = plan(rulebook, vacuum(**{key: value}), agreement="ACFTA")
    assert ("VALUE", f"/{key}") in [(f.code, f.pointer) for f in advice.findings]
    assert advice.plans[0].cost_year is None


def test_an_agreement_without_rules_or_that_does_not_bind_has_no_plans(rulebook: Rulebook) -> None:
    assert "ORI-NO-RULES" in codes(plan(rulebook, vacuum(), agreement="CPTPP"))
    advice = plan(rulebook, vacuum(), agreement="ATIGA")
    assert "ORI-NOT-BOUND" in codes(advice)
    assert advice.plans == ()


def test_an_empty_bill_is_answered(rulebook: Rulebook) -> None:
    advice = plan(rulebook, vacuum(materials=[], alternatives=[]), agreement="ACFTA")
    assert advice.status in ("passes", "open")
