"""What the agreements say: the sample vacuum cleaner, lists that are not in hand, dates, editions, operations, journeys."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from youyi.law.rulebook import Rulebook
from youyi.qualify import Answer, Attestation, Good, Item, Journey, Leg, Process, Transit, qualify

D = Decimal
VACUUM = Good("850811", D("62.00"), edition="HS2022", id="vacuum")
BILL = (
    Item("850140", "motor", value=D("14.10"), origin="CN", originating=("ACFTA", "RCEP")),
    Item("850760", "battery", value=D("11.60"), origin="KR", proof="RCEP certificate"),
    Item("842139", "filter", value=D("3.20"), origin="JP", proof="RCEP certificate"),
    Item("853400", "board", value=D("7.30"), origin="TW"),
    Item("390810", "resin", value=D("4.40"), origin="US"),
    Item("850870", "parts", value=D("10.70"), origin="VN"),
)
UNLISTED = Attestation("8508.11 is not on the ACFTA 2019 product list", "letter 12/2026 of the issuing authority")


def ask(rulebook: Rulebook, good: Good = VACUUM, bill: tuple[Item, ...] = BILL, **more: Any) -> Answer:
    given = {"agreement": "ACFTA", "exporter": "VN", "importer": "CN", "on": "2026-11-20"} | more
    return qualify(rulebook, good, bill, **given)


def codes(answer: Answer) -> list[str]:
    return [f.code for f in answer.findings]


def test_a_list_that_is_not_in_hand_leaves_exactly_forty_percent_undetermined_with_its_condition(rulebook: Rulebook) -> None:
    found = ask(rulebook)
    assert (found.verdict, found.rvc, found.complete) == ("undetermined", "40.00", False)
    said = {f.code: f.text for f in found.findings}
    assert said["ORI-CONDITIONAL"] == "RVC 40% if 8508.11 is not on the ACFTA 2019 product list"
    assert found.questions[0].if_yes == "originating"
    assert "8508.11 is not on the ACFTA 2019 product list" in found.questions[0].text


def test_an_attestation_with_a_source_settles_it_and_is_printed(rulebook: Rulebook) -> None:
    found = ask(rulebook, process=Process(attested=(UNLISTED,)))
    assert (found.verdict, found.criterion, found.box8) == ("originating", "RVC", "RVC 40%")
    assert found.attested == ((UNLISTED.text, UNLISTED.source),)
    assert "ATTESTED" in codes(found)


def test_an_attestation_without_a_source_settles_nothing(rulebook: Rulebook) -> None:
    found = ask(rulebook, process=Process(attested=(Attestation(UNLISTED.text, " "),)))
    assert found.verdict == "undetermined"
    assert "ATTEST-NO-SOURCE" in codes(found)


def test_a_listed_good_may_not_use_the_general_rule(rulebook: Rulebook) -> None:
    listed = Attestation(UNLISTED.text, "the list, page 9", holds=False)
    found = ask(rulebook, process=Process(attested=(listed,)))
    assert found.verdict == "undetermined"
    assert [b.state for b in found.branches if b.rule == "RVC40"] == ["failed"]


def test_a_rule_typed_in_stands_for_the_list_and_is_printed(rulebook: Rulebook) -> None:
    found = ask(rulebook, process=Process(rules={"ACFTA": ("CTH or RVC45", "Annex I, page 9")}))
    assert found.verdict == "not_originating"
    assert [(b.rule, b.criterion, b.state) for b in found.branches[2:]] == [("CTH", "PSR", "failed"), ("RVC45", "PSR", "failed")]
    assert "RULE-TYPED-IN" in codes(found)
    assert found.attested == (("ACFTA rule: CTH or RVC45", "Annex I, page 9"),)


def test_rcep_counts_what_its_parties_proved_and_says_which_condition_was_not_checked(rulebook: Rulebook) -> None:
    found = ask(rulebook, agreement="RCEP")
    assert (found.verdict, found.criterion, found.box8, found.rvc, found.rcep_origin) == ("originating", "CTC", "CTC", "63.87", "VN")
    assert [(b.rule, b.state) for b in found.branches] == [("WO", "failed"), ("PE", "failed"), ("CTSH", "passed"), ("RVC40", "passed")]
    assert "17.25 %" in next(f.text for f in found.findings if f.code == "RCEP-ORIGIN-APPENDIX")


def test_suppliers_statements_alone_raise_the_content(rulebook: Rulebook) -> None:
    bill = (*BILL[:5], Item("850870", "parts", value=D("10.70"), origin="VN", originating=True))
    assert ask(rulebook, bill=bill).rvc == "57.25"  # 57.258…, cut


def test_an_agreement_that_does_not_bind_both_gives_nothing(rulebook: Rulebook) -> None:
    found = ask(rulebook, agreement="ATIGA")
    assert found.verdict == "not_originating"
    assert codes(found)[0] == "ORI-NOT-BOUND"


def test_an_agreement_without_rules_is_undetermined(rulebook: Rulebook) -> None:
    assert codes(ask(rulebook, agreement="APTA")) == ["ORI-NO-RULES"]
    assert ask(rulebook, agreement="RCEP", on="2021-12-31").verdict == "undetermined"


def test_a_material_stated_to_originate_from_outside_the_agreement_does_not(rulebook: Rulebook) -> None:
    found = ask(rulebook, bill=(Item("850140", "motor", value=D(14), origin="KR", originating=True),))
    assert "ORI-MATERIAL-NOT-PARTY" in codes(found)
    assert found.branches[1].state == "failed"


# -- ACFTA before and after ----------------------------------------------------------------------------------------


def test_before_2019_an_exclusive_rule_stands_alone_and_an_alternative_one_beside_the_general(rulebook: Rulebook) -> None:
    ice = ask(rulebook, Good("210500", 100, edition="HS2012"), (Item("040221", "milk", value=D(10), origin="NZ"),), on="2018-06-01")
    assert [(b.rule, b.state) for b in ice.branches] == [("WO", "failed"), ("CC", "passed")]
    assert (ice.rule_set, ice.box8) == ("ACFTA-2004", "PSR")
    shoe = ask(rulebook, Good("640399", 100, edition="HS2012"), (Item("640610", "upper", value=D(55), origin="KR"),), on="2018-06-01")
    assert [b.rule for b in shoe.branches] == ["WO", "CTH except from 64.06", "RVC40"]
    assert (shoe.verdict, shoe.box8) == ("originating", "45%")


def test_the_rules_change_on_each_partys_own_day(rulebook: Rulebook) -> None:
    days = {("CN", "2019-08-19"): "ACFTA-2004", ("CN", "2019-08-20"): "ACFTA-2019", ("VN", "2019-09-11"): "ACFTA-2004", ("VN", "2019-09-12"): "ACFTA-2019"}
    for (importer, day), rules in days.items():
        assert ask(rulebook, exporter="TH", importer=importer, on=day).rule_set == rules


def test_a_change_of_heading_is_open_to_the_chapters_that_have_it(rulebook: Rulebook) -> None:
    unlisted = Process(attested=(Attestation("6907.21 is not on the ACFTA 2019 product list", "letter"),))
    tile = ask(
        rulebook, Good("690721", 100, edition="HS2022"), (Item("253090", "clay", value=D(90), origin="AU"),), exporter="CN", importer="VN", process=unlisted
    )
    assert (tile.verdict, tile.criterion, tile.box8) == ("originating", "CTH", "CTH")


def test_ten_percent_of_acfta_materials_may_fail_to_change_and_of_textiles_by_weight(rulebook: Rulebook) -> None:
    said = Process(attested=(Attestation("6109.10 is not on the ACFTA 2019 product list", "letter"),))
    good = Good("610910", D(100), D(1000), edition="HS2022")
    for weight, expected in ((100, "originating"), (101, "not_originating")):
        bill = (Item("610910", "panel", value=D(50), weight=D(weight), origin="KR"), Item("520100", "cotton", value=D(30), origin="US"))
        found = ask(rulebook, good, bill, exporter="VN", importer="CN", process=said)
        assert found.verdict == expected


def test_produced_exclusively_from_materials_of_parties(rulebook: Rulebook) -> None:
    bill = (Item("850140", "motor", value=D(40), origin="CN", originating=True), Item("850870", "parts", value=D(20), origin="VN", originating=True))
    found = ask(rulebook, bill=bill)
    assert (found.verdict, found.criterion, found.box8) == ("originating", "PE", "PE")


def test_wholly_obtained_by_attestation(rulebook: Rulebook) -> None:
    beans = Good("071331", D(820), edition="HS2022")
    said = Process(attested=(Attestation("WO", "grower's declaration"),))
    found = ask(rulebook, beans, (), exporter="MM", importer="CN", process=said)
    assert (found.verdict, found.box8) == ("originating", "WO")


# -- RCEP, ATIGA ---------------------------------------------------------------------------------------------------


def test_a_chapter_whose_rules_are_not_in_hand_is_undetermined_unless_another_way_decides(rulebook: Rulebook) -> None:
    tea = Good("090210", 100, edition="HS2022")
    assert ask(rulebook, tea, (Item("090240", "leaf", value=D(50), origin="LK"),), agreement="RCEP").verdict == "undetermined"
    assert ask(rulebook, tea, (Item("090240", "leaf", value=D(50), origin="VN", originating=True),), agreement="RCEP").verdict == "originating"


def test_of_originating_materials_alone_the_highest_value_gives_the_country_where_only_little_was_done(rulebook: Rulebook) -> None:
    bill = (Item("850140", "motor", value=D(40), origin="CN", originating=True), Item("850870", "parts", value=D(5), origin="VN", originating=True))
    little = Process(processes=(), minimal=("packing_or_presenting",))
    assert ask(rulebook, bill=bill, agreement="RCEP", exporter="VN", importer="KR", process=little).rcep_origin == ""  # 27 % was added: the appendix might ask
    cheap = Good("850811", D(50), edition="HS2022")
    assert ask(rulebook, cheap, bill, agreement="RCEP", exporter="VN", importer="KR", process=little).rcep_origin == ""
    dear = (Item("850140", "motor", value=D(59), origin="CN", originating=True),)
    assert ask(rulebook, bill=dear, agreement="RCEP", exporter="VN", importer="KR", process=little).rcep_origin == "CN"
    assert (
        ask(
            rulebook,
            bill=bill,
            agreement="RCEP",
            exporter="VN",
            importer="KR",
            process=Process(processes=(("assembly", ""),), minimal=("packing_or_presenting",)),
        ).rcep_origin
        == "VN"
    )
    presumed = ask(rulebook, bill=bill, agreement="RCEP", exporter="VN", importer="KR")
    assert presumed.rcep_origin == "VN"
    assert "RCEP-ORIGIN-PRESUMED" in codes(presumed)


def test_atiga_partial_cumulation_counts_a_material_by_its_own_content(rulebook: Rulebook) -> None:
    unsold = Item("850140", "motor", value=D(50), origin="TH", partial=D(20))
    rest = Item("853400", "board", value=D(30), origin="CN")
    good = Good("850811", D(100), edition="HS2022")
    found = ask(rulebook, good, (unsold, rest), agreement="ATIGA", exporter="VN", importer="TH")
    assert found.rvc == "30.00"  # 100 − 30 − 50 × 80 %
    assert (
        ask(rulebook, good, (Item("850140", value=D(50), origin="TH", partial=D("19.99")), rest), agreement="ATIGA", exporter="VN", importer="TH").rvc
        == "20.00"
    )


def test_atiga_prints_its_own_codes(rulebook: Rulebook) -> None:
    found = ask(rulebook, agreement="ATIGA", exporter="VN", importer="TH", bill=BILL[3:5])
    assert found.verdict == "originating"
    assert {b.rule: b.box8 for b in found.branches if b.state == "passed"} == {"RVC40": "81%", "CTH": "CTH", "RVC35 and CTSH": "CTSH + 81%"}


# -- codes, values, bills ------------------------------------------------------------------------------------------


def test_a_good_of_four_digits_is_decided_where_all_its_codes_agree(rulebook: Rulebook) -> None:
    found = ask(rulebook, Good("8508", D(62), edition="HS2022"), BILL, agreement="RCEP")
    assert found.verdict in ("originating", "undetermined")
    one = ask(rulebook, Good("8508", D(62), edition="HS2022"), (Item("010121", "horse", value=D(1), origin="US"),), agreement="RCEP")
    assert one.verdict == "originating"


def test_an_unknown_code_is_said_and_the_rest_is_answered(rulebook: Rulebook) -> None:
    found = ask(rulebook, bill=(*BILL, Item("999999", "?", value=D(1), origin="US")), agreement="RCEP")
    assert "HS-UNKNOWN" in codes(found)
    assert found.verdict == "originating"


def test_an_intermediate_that_originates_counts_whole(rulebook: Rulebook) -> None:
    inner = (Item("740811", "wire", value=D(5), origin="CL"),)
    motor = Item("850140", "motor", value=D(30), origin="TH", materials=inner)
    found = ask(rulebook, Good("850811", D(60), edition="HS2022"), (motor, *BILL[3:5]), agreement="RCEP")
    assert found.rvc == "80.50"  # 60 − 7.30 − 4.40


def test_an_intermediate_that_does_not_originate_counts_with_its_whole_value(rulebook: Rulebook) -> None:
    inner = (Item("850140", "core", value=D(25), origin="US"),)
    good = Good("850811", D(60), edition="HS2022")
    for origin in ("TH", "US"):
        assert ask(rulebook, good, (Item("850140", "motor", value=D(30), origin=origin, materials=inner),), agreement="RCEP").rvc == "50.00"


def test_an_open_intermediate_leaves_open_only_what_depends_on_it(rulebook: Rulebook) -> None:
    inner = (Item("090240", "leaf", value=D(25), origin="LK"),)
    tea = Item("090210", "tea", value=D(30), origin="VN", materials=inner)
    found = ask(rulebook, Good("220299", D(60), edition="HS2022"), (tea,), agreement="RCEP")
    assert found.verdict == "originating"
    assert "ORI-INTERMEDIATE-MOOT" in codes(found)
    mixed = ask(rulebook, Good("090230", D(60), edition="HS2022"), (tea,), agreement="RCEP")
    assert mixed.verdict == "undetermined"


def test_values_follow_the_treatys_terms(rulebook: Rulebook) -> None:
    good = Good("850811", D(100), edition="HS2022")
    free = Item("853400", "board", value=D(50), basis="FOB", origin="TW", freight=D(8), insurance=D(2))
    assert ask(rulebook, good, (free,)).rvc == "40.00"
    bare = ask(rulebook, good, (Item("853400", "board", value=D(50), basis="FOB", origin="TW"),))
    assert "ORI-VALUE-NOT-CIF" in codes(bare)
    assert bare.rvc == ""
    paid = Item("850870", "parts", value=D(65), basis="paid", origin="VN", inland=D(5))
    assert ask(rulebook, good, (paid,)).rvc == "40.00"
    assert ask(rulebook, good, (paid,), agreement="RCEP").rvc == "40.00"
    assert ask(rulebook, good, (paid,), agreement="ATIGA", importer="TH").rvc == "35.00"


def test_an_accessory_on_its_conditions_and_stocks_that_are_kept_apart(rulebook: Rulebook) -> None:
    good = Good("420221", D(100), edition="HS2022")
    strap = Item("420299", "strap", value=D(30), origin="KR", role="accessory", invoiced_together=True, customary=True)
    leather = Item("410799", "leather", value=D(10), origin="KR")
    off = Process(attested=(Attestation("not on the product list", "letter"),))
    assert ask(rulebook, good, (strap, leather), process=off).criterion == "RVC"
    assert [b.state for b in ask(rulebook, good, (strap, leather), process=off).branches if b.rule == "CTH"] == ["passed"]
    apart = Item("420299", "strap", value=D(30), origin="KR", role="accessory", invoiced_together=False, customary=True)
    assert [b.state for b in ask(rulebook, good, (apart, leather), process=off).branches if b.rule == "CTH"] == ["failed"]
    for method, kept, expected in (("segregation", False, "PE"), ("fifo", True, "PE"), ("fifo", False, "RVC")):
        cells = Item("850760", "cells", value=D(30), origin="CN", originating=True, interchangeable=(method, kept))
        assert ask(rulebook, VACUUM, (cells,), process=Process(attested=(UNLISTED,))).criterion == expected


def test_another_currency_is_converted_on_the_day_or_not_known(rulebook: Rulebook) -> None:
    good = Good("850811", D(100), edition="HS2022")
    foreign = Item("853400", "board", value=D(300), currency="CNY", origin="TW")
    found = ask(rulebook, good, (foreign,), currency="USD", on="2026-03-02")
    assert "CURRENCY-INDICATIVE" in codes(found)
    assert not found.exact
    lost = ask(rulebook, good, (Item("853400", "board", value=D(300), currency="XXX", origin="TW"),), currency="USD")
    assert "CURRENCY-NO-RATE" in codes(lost)
    assert lost.rvc == ""


def test_neutral_elements_and_packing_for_transport_are_left_out(rulebook: Rulebook) -> None:
    bill = (*BILL, Item("271019", "oil", value=D(9), origin="US", role="neutral"), Item("441520", "pallet", value=D(9), origin="US", role="shipping_packing"))
    assert ask(rulebook, bill=bill).rvc == "40.00"


# -- operations, journeys ------------------------------------------------------------------------------------------


def test_minimal_operations_alone_bar_origin_where_the_agreement_says_so(rulebook: Rulebook) -> None:
    only = Process(processes=(), minimal=("simple_mixing",))
    assert ask(rulebook, agreement="RCEP", process=only).verdict == "not_originating"
    more = Process(processes=(("assembly", ""),), minimal=("packing_or_presenting",))
    assert ask(rulebook, agreement="RCEP", process=more).verdict == "originating"
    unsaid = Process(minimal=("simple_mixing",))
    assert ask(rulebook, agreement="RCEP", process=unsaid).verdict == "undetermined"
    assert "ORI-OPERATION-UNKNOWN" in codes(ask(rulebook, process=only))


@pytest.mark.parametrize(
    ("journey", "expected"),
    [
        (None, ["ORI-CONSIGNMENT-UNSTATED"]),
        (Journey((Leg("VN", "CN"),)), ["ORI-CONSIGNMENT-DIRECT"]),
        (Journey((Leg("VN", "HK"), Leg("SG", "CN"))), ["ORI-CONSIGNMENT-GAP", "ORI-CONSIGNMENT-OPEN", "ORI-CONSIGNMENT-PAPER"]),
        (Journey((Leg("VN", "HK"), Leg("HK", "CN")), (Transit("HK", True, False, True),)), ["ORI-CONSIGNMENT-BROKEN", "ORI-CONSIGNMENT-PAPER"]),
        (Journey((Leg("VN", "TH"), Leg("TH", "CN")), (Transit("TH", True, True, True),)), ["ORI-CONSIGNMENT-DIRECT"]),
        (Journey((Leg("VN", "JP"),)), ["ORI-CONSIGNMENT-ENDS"]),
    ],
)
def test_the_journey_is_judged_by_conditions_and_papers_and_never_changes_the_verdict(rulebook: Rulebook, journey: Journey | None, expected: list[str]) -> None:
    found = ask(rulebook, journey=journey)
    assert found.verdict == "undetermined"
    assert sorted({c for c in codes(found) if c.startswith("ORI-CONSIGNMENT")}) == expected


def test_every_citation_is_written_out(rulebook: Rulebook) -> None:
    for agreement in ("ACFTA", "RCEP"):
        found = ask(rulebook, agreement=agreement)
        cited = {b.citation for b in found.branches} | {f.citation for f in found.findings}
        assert all(key in found.citations for key in cited if key)


def test_a_table_answers_a_code_that_divides_as_one_good_is_answered(rulebook: Rulebook) -> None:
    """HS 2022 codes of waste lead to hundreds of codes of HS 2012: each is weighed, and none but the goods that need it."""
    import pyarrow as pa

    from youyi.qualify.many import qualify_table

    codes = ["300610", "850811", "854231", "520811", "851713"]
    goods = pa.table({"id": codes, "hs": codes, "hs_edition": ["HS2022"] * 5, "fob": [100] * 5})
    bills = pa.table({"good": codes, "hs": ["300510", "850110", "381800", "520511", "853400"], "value": [70, 50, 61, 20, 60], "originating": [False] * 5})
    given: dict[str, str] = {"agreement": "ACFTA", "exporter": "VN", "importer": "CN", "on": "2019-03-01"}
    table, _ = qualify_table(rulebook, goods, bills, **given)
    rows = zip(codes, bills.to_pylist(), strict=True)
    alone = [qualify(rulebook, Good(c, 100, edition="HS2022"), [Item(m["hs"], value=m["value"], originating=False)], **given).verdict for c, m in rows]
    assert table.column("verdict").to_pylist() == [str(v) for v in alone]
