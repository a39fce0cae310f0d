"""Any rule against a bill: boundaries, three values, what failed and by how much, and what to ask."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest

from youyi.law.origin import RuleError
from youyi.qualify import Evaluation, Facts, Good, Material, ProgramError, Role, Settings, evaluate, facts

SHOE = Good("640399", 100, 1000)


def m(hs: str, value: object = None, originating: bool | None = False, **more: object) -> Material:
    return Material(hs, None if value is None else Decimal(str(value)), originating, **more)  # type: ignore[arg-type]


def verdict(rule: str, *materials: Material, good: Good = SHOE, known: Facts | None = None, settings: Settings | None = None) -> str:
    return str(evaluate(rule, good, materials, known or facts(), settings or Settings()).verdict)


@pytest.mark.parametrize(
    ("value", "expected"),
    [("60", "originating"), ("60.0001", "not_originating"), ("59.9999", "originating"), ("60.005", "not_originating")],
)
def test_forty_percent_exactly_is_enough_and_a_hair_less_is_not(value: str, expected: str) -> None:
    assert verdict("RVC40", m("850110", value)) == expected


def test_the_figure_is_printed_rounded_down_and_tested_unrounded() -> None:
    found = evaluate("RVC40", SHOE, [m("850110", "60.005")])
    assert found.rvc == "39.99"
    step = found.branches[0].step
    assert (step.measured, step.needed, step.short_by) == ("39.99 %", "40 %", "0.005")


def test_thirds_are_exact() -> None:
    good = Good("640399", Fraction(100, 3))
    assert verdict("RVC40", Material("850110", 20, False), good=good) == "originating"
    assert verdict("RVC40", Material("850110", Fraction(20 * 10**9 + 1, 10**9), False), good=good) == "not_originating"


@pytest.mark.parametrize(
    ("rule", "code", "expected"),
    [
        ("CC", "410799", "originating"),
        ("CC", "640610", "not_originating"),
        ("CTH", "640610", "originating"),
        ("CTH", "640340", "not_originating"),
        ("CTSH", "640340", "originating"),
        ("CTSH", "640399", "not_originating"),
        ("CTH except from 64.06", "640610", "not_originating"),
        ("CTH except from 64.06", "410799", "originating"),
        ("CC except from 41", "410799", "not_originating"),
        ("CTH except from 6406.10", "640690", "originating"),
        ("CTH except from 6406.10", "640610", "not_originating"),
        ("CTH except from 64.01 through 64.05", "640620", "originating"),
        ("CTH", "64", "undetermined"),
        ("CTH", "6406", "originating"),
        ("CTSH", "6403", "undetermined"),
        ("CTH except from 6406.10", "6406", "undetermined"),
        ("CTH except from 72.07, [lost]", "410799", "undetermined"),
        ("CTH except from 72.07, [lost]", "640399", "not_originating"),
    ],
)
def test_a_change_is_told_by_the_codes_and_only_as_far_as_they_tell(rule: str, code: str, expected: str) -> None:
    assert verdict(rule, m(code, 1)) == expected


def test_an_originating_material_need_not_change_even_of_an_excepted_heading() -> None:
    assert verdict("CTH except from 64.06", m("640610", 50, True)) == "originating"
    assert verdict("CTH", m("640399", 50, True)) == "originating"


def test_unknown_origin_counts_as_non_originating_and_its_statement_is_asked_for() -> None:
    found = evaluate("CTH", SHOE, [m("640399", 50, None, id="upper")])
    assert found.verdict == "not_originating"
    assert [(q.about, q.if_yes) for q in found.questions] == [("origin", "originating")]


@pytest.mark.parametrize(("value", "expected"), [("10", "originating"), ("10.0001", "not_originating")])
def test_ten_percent_de_minimis_by_value(value: str, expected: str) -> None:
    settings = Settings(de_minimis_value=Decimal(10))
    assert verdict("CTH", m("640399", value), m("410799", 80), settings=settings) == expected


@pytest.mark.parametrize(("weight", "expected"), [("100", "originating"), ("100.0001", "not_originating"), (None, "undetermined")])
def test_de_minimis_by_weight_in_place_of_value(weight: str | None, expected: str) -> None:
    settings = Settings(de_minimis_value=Decimal(10), de_minimis_weight=Decimal(10))
    own = m("640399", 50, weight=None if weight is None else Decimal(weight))
    assert verdict("CTH", own, settings=settings) == expected


def test_what_is_forgiven_still_counts_in_value_content() -> None:
    settings = Settings(de_minimis_value=Decimal(10))
    assert verdict("CTH and RVC40", m("640399", 10), m("410799", 50), settings=settings) == "originating"
    assert verdict("CTH and RVC40", m("640399", 10), m("410799", "50.01"), settings=settings) == "not_originating"


def test_a_missing_value_leaves_open_only_what_depends_on_it() -> None:
    assert verdict("RVC40", m("850110")) == "undetermined"
    assert verdict("RVC40", m("850110"), m("850120", 61)) == "not_originating"
    assert verdict("RVC40 or CTH", m("850110")) == "originating"
    assert verdict("RVC40 and CTH", m("640399", 1), m("850110")) == "not_originating"


def test_no_material_from_outside_is_full_content_whatever_the_price() -> None:
    assert verdict("RVC40", m("850110", 5, True), good=Good("640399")) == "originating"


def test_build_up_counts_originating_materials_and_costs() -> None:
    bill = [m("850110", 30, True), m("850120", 50)]
    assert verdict("RVC40 build-up", *bill, good=Good("640399", 100, costs=10)) == "originating"
    assert verdict("RVC40 build-up", *bill, good=Good("640399", 100, costs=Decimal("9.9999"))) == "not_originating"
    assert verdict("RVC40 build-up", *bill) == "undetermined"
    assert verdict("RVC30 build-up", *bill) == "originating"


def test_net_cost_and_focused_value_and_ex_works() -> None:
    assert verdict("RVC40 net cost", m("850110", 60), good=Good("640399", 500, net_cost=100)) == "originating"
    assert verdict("RVC40 net cost", m("850110", 60)) == "undetermined"
    assert verdict("RVC60 focused on 74.08", m("740811", 40), m("850110", 60)) == "originating"
    assert verdict("MaxNOM60 of EXW", m("850110", 60), good=Good("640399", 500, exw=100)) == "originating"
    assert verdict("MaxNOM60 of EXW", m("850110", "60.0001"), good=Good("640399", 500, exw=100)) == "not_originating"


def test_limits_on_certain_materials() -> None:
    rule = "CTH and value of 17.01 at most 20 % of FOB"
    assert verdict(rule, m("170199", 20), m("850110", 70)) == "originating"
    assert verdict(rule, m("170199", "20.01")) == "not_originating"
    assert verdict("weight of 17.01 at most 20 %", m("170199", 1, weight=200)) == "originating"
    assert verdict("weight of 17.01 at most 20 %", m("1701", 1)) == "undetermined"


def test_a_limit_of_the_rule_forgives_only_its_own_materials() -> None:
    rule = "CC allowing value of 64.06 at most 30 % of FOB"
    assert verdict(rule, m("640610", 30)) == "originating"
    assert verdict(rule, m("640610", 30), m("640590", 1)) == "not_originating"


def test_every_material_of_a_chapter_wholly_obtained() -> None:
    rule = "WO materials of 02, 03"
    good = Good("160100", 100)
    assert verdict(rule, m("020329", 5, True, obtained=True), m("250100", 1), good=good) == "originating"
    assert verdict(rule, m("020329", 5, True, obtained=False), good=good) == "not_originating"
    assert verdict(rule, m("020329", 5), good=good) == "not_originating"
    assert verdict(rule, m("020329", 5, True), good=good) == "undetermined"


def test_wholly_obtained_needs_an_attestation_and_no_material_from_outside() -> None:
    good = Good("071331", 100)
    assert verdict("WO", good=good) == "undetermined"
    assert verdict("WO", m("310210", 1), good=good) == "not_originating"
    assert verdict("WO", good=good, known=facts(attested=["the good is wholly obtained or produced in one Party"])) == "originating"


def test_processes_stated_are_all_processes_and_none_stated_is_not_known() -> None:
    assert verdict("process weaving") == "undetermined"
    assert verdict("process weaving", known=facts(["weaving"])) == "originating"
    assert verdict("process weaving", known=facts(["dyeing"])) == "not_originating"
    assert verdict("process textile_fabric", known=facts(["weaving"])) == "undetermined"


def test_a_text_is_settled_by_attesting_it_whatever_its_capitals() -> None:
    rule = 'CTH provided that "made from cocoa beans"'
    assert verdict(rule, m("410799")) == "undetermined"
    assert verdict(rule, m("640399")) == "not_originating"
    assert verdict(rule, m("410799"), known=facts(attested=["Made from cocoa beans."])) == "originating"
    assert verdict(rule, m("410799"), known=facts(attested={"made from cocoa beans": False})) == "not_originating"


def test_a_lost_text_leaves_open_unless_another_way_decides() -> None:
    assert verdict('lost "page missing"') == "undetermined"
    assert verdict('lost "page missing" or CTH', m("410799")) == "originating"
    assert verdict('lost "page missing" and CTH', m("640399")) == "not_originating"


def test_goods_that_divide_by_description_are_decided_where_every_case_agrees() -> None:
    rule = 'for "insects": CC or RVC40; otherwise: CC'
    assert verdict(rule, m("410799", 90)) == "originating"
    assert verdict(rule, m("640399", 90)) == "not_originating"
    assert verdict(rule, m("640399", 10)) == "undetermined"
    assert verdict(rule, m("640399", 10), known=facts(attested=["insects"])) == "originating"
    assert verdict("for 6403.91: CC; otherwise: CTSH", m("640340", 1)) == "originating"


def test_a_rule_for_other_goods_gives_no_origin() -> None:
    assert verdict("CTH to 6401.10", m("410799")) == "not_originating"
    assert verdict("CTH to 6401.10", m("410799"), good=Good("6401")) == "undetermined"


def test_packing_and_accessories_count_in_value_and_not_in_change() -> None:
    box = m("640399", 61, role=Role.RETAIL_PACKING)
    assert verdict("CTH", box) == "originating"
    assert verdict("RVC40", box) == "not_originating"
    assert verdict("PE", box) == "originating"


def test_several_possible_codes_are_decided_where_they_agree() -> None:
    assert verdict("CTH", m("640610", codes=("640610", "410799"))) == "originating"
    assert verdict("CTH", m("640610", codes=("640399", "410799"))) == "undetermined"


def test_only_part_of_a_material_from_outside() -> None:
    assert verdict("RVC40", m("850110", 80, outside=Decimal(60))) == "originating"


def test_the_question_that_settles_most_comes_first() -> None:
    rule = '(CTH provided that "a") or (RVC40 and "b" and "c")'
    found = evaluate(rule, SHOE, [m("410799", 50, id="leather")])
    assert found.verdict == "undetermined"
    assert found.questions[0].text.startswith("does this hold: a?")
    assert (found.questions[0].settles, found.questions[0].if_yes) == (1, "originating")


def test_the_price_of_the_good_is_asked_for_where_shares_need_it() -> None:
    found = evaluate("RVC40", Good("640399"), [m("410799", 50)])
    assert [q.about for q in found.questions] == ["fob"]
    assert found.questions[0].settles == 2


def test_a_rule_that_is_none_says_where_and_what_was_expected() -> None:
    with pytest.raises(RuleError, match="column 12: expected a code, but found 'form'"):
        evaluate("CTH except form 64.06", SHOE, [])
    with pytest.raises(ProgramError, match="more than four decimals"):
        evaluate("RVC40.00001", SHOE, [])


def test_a_structure_of_another_collection_is_weighed_like_a_text() -> None:
    found = evaluate({"any": [{"ctc": "CTH", "except": ["6406"]}, {"rvc_min": 40}]}, SHOE, [m("640610", 10)])
    assert isinstance(found, Evaluation)
    assert [(b.rule, b.state) for b in found.branches] == [("CTH except from 64.06", "failed"), ("RVC40", "passed")]


def test_the_failing_materials_are_named_and_by_how_much_they_exceed() -> None:
    settings = Settings(de_minimis_value=Decimal(10))
    step = evaluate("CTH", SHOE, [m("640399", 12, id="upper"), m("410799", 5, id="leather")], settings=settings).branches[0].step
    assert step.materials == ("upper",)
    assert step.measured == "1 of 2 materials have not changed"
    assert step.short_by == "2 of FOB"
    assert "12.00 % of FOB, at most 10 %" in step.note
