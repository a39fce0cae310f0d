"""The tables of rules of origin in the shipped release: every row read, found by code, edition and day."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest

from youyi.law.importing import copy_release, import_table
from youyi.law.origin import Attested, Change, Lost, Process, parse, parts
from youyi.law.origin.book import Extent
from youyi.law.origin_tables import NEEDED
from youyi.law.release import Release, ReleaseError
from youyi.law.rulebook import Rulebook
from youyi.law.tables import day_number

TODAY = day_number("2026-11-22")


def _rules(rulebook: Rulebook) -> list[tuple[str, str, str]]:
    rows = [r for kind in ("origin_rules", "origin_general") for r in rulebook.store.records(kind)]
    return [(r["at"], r["rule"], r["rule_set"]) for r in rows]


def test_every_rule_of_the_release_is_read_and_is_written_canonically(rulebook: Rulebook) -> None:
    wrong = [(at, text) for at, text, _ in _rules(rulebook) if str(parse(text)) != text]
    assert wrong == []


def test_the_tables_hold_as_many_rules_as_their_sources(rulebook: Rulebook) -> None:
    sizes = {n.rsplit("/", 1)[-1]: rulebook.store.size(n) for n in rulebook.store.names("origin_rules")}
    assert sizes == {"rcep_hs2022.csv": 2120, "atiga_hs2022.csv": 2863, "acfta_hs2012.csv": 526, "acfta_hs2002.csv": 561, "acfta_2019.csv": 0}
    assert rulebook.store.size("origin/process_goods/atiga_textile.csv") == 805


def test_rules_whose_text_is_lost_are_counted(rulebook: Rulebook) -> None:
    lost = Counter(
        rule_set for _, text, rule_set in _rules(rulebook) if any(isinstance(p, Lost) or (isinstance(p, Change) and p.lost) for p in parts(parse(text)))
    )
    assert lost == {"ATIGA-2009": 42, "ACFTA-2004": 77}


def test_conditions_kept_word_for_word_are_few(rulebook: Rulebook) -> None:
    attested = Counter(rule_set for _, text, rule_set in _rules(rulebook) if any(isinstance(p, Attested) for p in parts(parse(text))))
    assert attested == {"ATIGA-2009": 13, "ACFTA-2004": 14, "RCEP-2020": 1}


@pytest.mark.parametrize(
    ("importer", "day", "rule_set"),
    [
        ("VN", "2019-09-11", "ACFTA-2004"),
        ("VN", "2019-09-12", "ACFTA-2019"),
        ("CN", "2019-08-19", "ACFTA-2004"),
        ("CN", "2019-08-20", "ACFTA-2019"),
        ("TH", "2019-07-31", "ACFTA-2004"),
        ("TH", "2019-08-01", "ACFTA-2019"),
    ],
)
def test_each_party_changes_its_rules_on_its_own_day(rulebook: Rulebook, importer: str, day: str, rule_set: str) -> None:
    row = rulebook.origin.rule_set("ACFTA", importer, day_number(day))
    assert row is not None
    assert row["rule_set"] == rule_set


def test_before_an_agreement_there_are_no_rules(rulebook: Rulebook) -> None:
    assert rulebook.origin.rule_set("RCEP", "VN", day_number("2021-12-31")) is None
    assert rulebook.origin.rule_set("ACFTA", "VN", day_number("2004-12-31")) is None


@pytest.mark.parametrize(
    ("code", "rule"),
    [
        ("850760", "RVC40"),
        ("640110", "RVC40 or CTH"),
        ("290110", "RVC40"),
        ("290390", "RVC40 or CTH"),
        ("390810", "RVC40"),
        ("390910", "RVC40 or CTH"),
        ("870322", "RVC40"),
    ],
)
def test_acfta_general_rule_since_2019_follows_article_7(rulebook: Rulebook, code: str, rule: str) -> None:
    entry = rulebook.origin.general("ACFTA-2019", code, TODAY)
    assert entry is not None
    assert entry.text == rule


def test_the_list_of_2019_is_missing_so_no_good_is_known_to_be_off_it(rulebook: Rulebook) -> None:
    (found,) = rulebook.origin.rules("ACFTA-2019", "850760", "HS2022", TODAY).each
    assert found.extent is Extent.MISSING
    assert found.product is None
    assert not found.unlisted


@pytest.mark.parametrize(
    ("rule_set", "code", "rule"),
    [
        ("RCEP-2020", "010121", "WO"),
        ("RCEP-2020", "850811", "CTSH or RVC40"),
        ("RCEP-2020", "160100", 'for "insects": CC or RVC40; otherwise: CC'),
        ("ATIGA-2009", "010229", "WO"),
        ("ATIGA-2009", "610910", "RVC40 or (CC and process cut_and_sewn) or process textile_made_up"),
    ],
)
def test_a_code_has_the_rule_of_its_longest_beginning(rulebook: Rulebook, rule_set: str, code: str, rule: str) -> None:
    (found,) = rulebook.origin.rules(rule_set, code, "HS2022", TODAY).each
    assert found.product is not None
    assert found.product.text == rule


def test_a_product_rule_goes_before_that_of_its_chapter(rulebook: Rulebook) -> None:
    chapter = rulebook.origin.product("RCEP-2020", "02", "HS2022", TODAY)
    below = rulebook.origin.product("RCEP-2020", "020110", "HS2022", TODAY)
    assert chapter is not None
    assert below is not None
    assert below.code == chapter.code == "02"


def test_a_chapter_missing_from_the_stored_list_is_a_gap_and_no_general_rule(rulebook: Rulebook) -> None:
    (found,) = rulebook.origin.rules("RCEP-2020", "091011", "HS2022", TODAY).each
    assert found.extent is Extent.MISSING
    assert found.general is not None
    assert found.general.text == "no rule"


def test_a_good_off_the_atiga_list_has_the_general_rule(rulebook: Rulebook) -> None:
    (found,) = rulebook.origin.rules("ATIGA-2009", "850760", "HS2022", TODAY).each
    assert found.extent is Extent.WHOLE
    assert found.general is not None
    assert found.general.text == "RVC40 or CTH"


def test_rcep_rules_in_hand_cover_every_code_outside_the_missing_chapters(rulebook: Rulebook) -> None:
    keys = rulebook.store.ints("nomenclature/hs2022.csv", "key").tolist()
    codes = [str(k)[1:] for k in keys if len(str(k)) == 7 and str(k)[1:3] not in ("98", "99")]
    bare = [c for c in codes if (x := rulebook.origin.rules("RCEP-2020", c, "HS2022", TODAY).each[0]).product is None and x.extent is Extent.WHOLE]
    assert bare == []
    assert {c[:2] for c in codes if rulebook.origin.product("RCEP-2020", c, "HS2022", TODAY) is None} == {"09", "36", "46", "66", "91"}


def test_a_code_of_another_edition_is_crossed_and_may_be_ambiguous(rulebook: Rulebook) -> None:
    found = rulebook.origin.rules("ACFTA-2004", "640610", "HS2022", day_number("2018-01-01"))
    assert found.edition == "HS2012"
    assert [a.code for a in found.each] == ["640610"]
    assert not found.ambiguous


def test_on_a_day_between_two_lists_none_is_in_hand(rulebook: Rulebook) -> None:
    day = day_number("2012-06-01")
    assert rulebook.origin.edition("ACFTA-2004", day) == ""
    (found,) = rulebook.origin.rules("ACFTA-2004", "640110", "HS2012", day).each
    assert found.extent is Extent.MISSING


def test_every_rule_set_in_force_says_all_that_it_must(rulebook: Rulebook) -> None:
    for agreement in rulebook.origin.agreements:
        for rule_set in rulebook.origin.rule_sets(agreement, TODAY):
            terms = rulebook.origin.terms(rule_set, TODAY)
            assert {t.name for t in terms.each} >= set(NEEDED), rule_set


def test_de_minimis_by_weight_is_for_textiles(rulebook: Rulebook) -> None:
    terms = rulebook.origin.terms("ACFTA-2019", TODAY)
    weight = terms.find("de_minimis_weight", "6109")
    assert weight is not None
    assert weight.percent == Decimal(10)
    assert terms.find("de_minimis_weight", "6401") is None
    assert terms.get("de_minimis_value", "6109").percent == Decimal(10)
    assert rulebook.origin.terms("ATIGA-2009", TODAY).find("de_minimis_weight", "6109") is None


def test_what_the_law_leaves_unsure_is_a_default_that_says_so(rulebook: Rulebook) -> None:
    unsettled = {t.name: t for t in rulebook.origin.terms("ACFTA-2019", TODAY).unsettled}
    assert {"roll_up", "minimal_operations", "packing_retail_other", "accessories_change", "product_list_pe"} <= set(unsettled)
    assert all(t.note for t in unsettled.values())


def test_the_differential_condition_is_unknown_while_its_list_is_missing(rulebook: Rulebook) -> None:
    assert rulebook.origin.needs_extra_value("VN", "850760", "HS2022", TODAY) is None
    assert rulebook.origin.needs_extra_value("SG", "850760", "HS2022", TODAY) is False


def test_every_process_that_a_rule_names_is_defined_or_general(rulebook: Rulebook) -> None:
    defined = {(r["rule_set"], r["process"]) for r in rulebook.store.records("origin_processes")}
    named = {(s, p.name) for _, text, s in _rules(rulebook) for p in parts(parse(text)) if isinstance(p, Process)}
    assert named <= defined


LIST_2019 = """rule_set,code,track,rule,note,edition,tariff,valid_from,valid_to,citation,status
ACFTA-2019,8507,,CTH except from 85.48 or RVC40,,HS2017,,2019-08-01,,MEMORY,unverified
"""
KNOWN_2019 = """rule_set,codes,extent,note,edition,tariff,valid_from,valid_to,citation,status
ACFTA-2019,85,whole,typed in from the gazette,,,2019-08-01,,MEMORY,unverified
"""


def test_the_list_of_2019_can_be_imported_when_it_comes(tmp_path: Path) -> None:
    release = copy_release(tmp_path / "own")
    for kind, name, text in (("origin_rules", "acfta_2019", LIST_2019), ("origin_lists", "acfta_2019", KNOWN_2019)):
        source = tmp_path / f"{kind}.csv"
        source.write_text(text, encoding="utf-8")
        import_table(kind, source, release, name, replacing=True)
    own = Rulebook.load(release)
    (battery,) = own.origin.rules("ACFTA-2019", "850760", "HS2022", TODAY).each
    assert battery.product is not None
    assert battery.product.rule == parse("CTH except from 85.48 or RVC40")
    assert battery.extent is Extent.WHOLE
    (motor,) = own.origin.rules("ACFTA-2019", "850110", "HS2022", TODAY).each
    assert motor.unlisted
    (shoe,) = own.origin.rules("ACFTA-2019", "640110", "HS2022", TODAY).each
    assert shoe.extent is Extent.MISSING


CHAPTER_09 = """rule_set,code,track,rule,note,edition,tariff,valid_from,valid_to,citation,status
RCEP-2020,0901,,CC,,HS2022,,2023-01-01,,MEMORY,unverified
"""


def test_a_chapter_that_comes_later_fills_its_gap(tmp_path: Path) -> None:
    release = copy_release(tmp_path / "own")
    extents = (release / "origin/lists/rcep_2020.csv").read_text(encoding="utf-8").replace("RCEP-2020,09,missing", "RCEP-2020,09,whole")
    for kind, name, text in (("origin_rules", "rcep_chapter_09", CHAPTER_09), ("origin_lists", "rcep_2020", extents)):
        source = tmp_path / f"{kind}.csv"
        source.write_text(text, encoding="utf-8")
        import_table(kind, source, release, name, replacing=True)
    own = Rulebook.load(release)
    (coffee,) = own.origin.rules("RCEP-2020", "090111", "HS2022", TODAY).each
    assert coffee.extent is Extent.WHOLE
    assert coffee.product is not None
    assert coffee.product.text == "CC"


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        ("CTH xor RVC40", "column 5"),
        ("CTH except from 6406", "is written 'CTH except from 64.06'"),
        ("CTH except from 77.01", "7701 is not in HS2017"),
    ],
)
def test_a_rule_that_does_not_parse_is_a_fault_of_its_file_and_line(tmp_path: Path, rule: str, says: str) -> None:
    release = copy_release(tmp_path / "own")
    source = tmp_path / "mine.csv"
    source.write_text(LIST_2019.replace("CTH except from 85.48 or RVC40", rule), encoding="utf-8")
    with pytest.raises(ReleaseError) as caught:
        import_table("origin_rules", source, release, "acfta_2019", replacing=True)
    (problem,) = caught.value.problems
    assert (problem.file, problem.line, problem.field) == (str(source), 2, "rule")
    assert says in problem.text


@pytest.mark.parametrize(
    ("file", "old", "new", "says"),
    [
        ("origin/terms.csv", "de_minimis_value,,10,", "de_minimis_value,,ten,", "'ten' is not a percentage"),
        ("origin/terms.csv", "cumulation,,originating,", "cumulation,,partial,", "'partial' is none of originating, full"),
        ("origin/terms.csv", "ATIGA-2009,roll_up", "ATIGA-2010,roll_up", "no Party applies 'ATIGA-2010'"),
        ("origin/sets.csv", "RCEP,,RCEP-2020,2022-01-01", "RCEP,,RCEP-2020,2023-01-01", "RCEP is in force from 2022-01-01 and has no rules of origin then"),
        ("origin/sets.csv", "RCEP,,RCEP-2020", "RCEPP,,RCEP-2020", "unknown agreement 'RCEPP'"),
        ("origin/lists/rcep_2020.csv", "whole,in HS 2022,,,2023-01-01", "whole,in HS 2022,,,2021-01-01", "no product rule of RCEP-2020 holds from 2021-01-01"),
        ("origin/processes.csv", "refining", "alchemy", "no process of the vocabulary"),
    ],
)
def test_a_damaged_table_is_refused(tmp_path: Path, file: str, old: str, new: str, says: str) -> None:
    release = copy_release(tmp_path / "own")
    path = release / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    assert any(says in p.text for p in Release(release).problems())


def test_the_rcep_country_of_origin_has_its_paragraphs(rulebook: Rulebook) -> None:
    rows = rulebook.origin.rows("origin_country", "RCEP-2020", TODAY)
    assert [r["paragraph"] for r in rows] == ["2 first sentence", "2 second sentence", "3", "4", "6(a)", "6(b)"]
    assert rulebook.origin.rows("origin_country", "ACFTA-2019", TODAY) == []


@pytest.mark.parametrize(
    ("kind", "rule_set", "rows"),
    [
        ("origin_operations", "ACFTA-2019", 3),
        ("origin_operations", "RCEP-2020", 11),
        ("origin_wholly", "ACFTA-2019", 11),
        ("origin_wholly", "RCEP-2020", 10),
        ("origin_consignment", "ACFTA-2019", 7),
        ("origin_consignment", "RCEP-2020", 4),
        ("origin_criteria", "ACFTA-2019", 5),
    ],
)
def test_supporting_lists_are_as_long_as_the_articles(rulebook: Rulebook, kind: str, rule_set: str, rows: int) -> None:
    assert len(rulebook.origin.rows(kind, rule_set, TODAY)) == rows
