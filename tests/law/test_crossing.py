"""Codes across editions: every target is kept, step by step, and what had to be assumed is said."""

from __future__ import annotations

import pytest

from youyi.law.crossing import Crossed
from youyi.law.rulebook import Rulebook
from youyi.law.tables import EDITIONS


def crossed(rulebook: Rulebook, code: str, edition: str, to: str) -> Crossed:
    return rulebook.nomenclature.cross(code, edition, to)


def test_a_code_stays_itself_in_its_own_edition(rulebook: Rulebook) -> None:
    assert crossed(rulebook, "850760", "HS2022", "HS2022") == Crossed(frozenset({"850760"}))


def test_a_code_that_took_goods_from_several_keeps_them_all(rulebook: Rulebook) -> None:
    # The flat panel display modules of 2022 stood under many codes of 2017.
    back = crossed(rulebook, "852411", "HS2022", "HS2017")
    assert len(back.codes) > 1
    assert not back.carried


def test_a_code_that_was_divided_leads_forward_to_all_its_heirs(rulebook: Rulebook) -> None:
    # Drones: goods of 8802.11 of 2017 are under 8802.11 and several codes of 88.06 in 2022.
    forward = crossed(rulebook, "880211", "HS2017", "HS2022")
    assert "880211" in forward.codes
    assert any(code.startswith("8806") for code in forward.codes)


def test_forward_is_the_same_table_read_backwards(rulebook: Rulebook) -> None:
    for code in ("880211", "852411", "382499", "010121"):
        for older in crossed(rulebook, code, "HS2022", "HS2017").codes:
            assert code in crossed(rulebook, older, "HS2017", "HS2022").codes


def test_several_editions_are_crossed_one_after_the_other(rulebook: Rulebook) -> None:
    at_once = crossed(rulebook, "852411", "HS2022", "HS2007")
    by_steps: set[str] = set()
    for first in crossed(rulebook, "852411", "HS2022", "HS2017").codes:
        for second in crossed(rulebook, first, "HS2017", "HS2012").codes:
            by_steps |= crossed(rulebook, second, "HS2012", "HS2007").codes
    assert at_once.codes == by_steps


def test_the_list_of_2006_is_reached_from_the_edition_of_today(rulebook: Rulebook) -> None:
    # Lithium-ion accumulators: their own code since 2012, before under 8507.80.
    assert crossed(rulebook, "850760", "HS2022", "HS2002") == Crossed(frozenset({"850780"}))


def test_a_number_may_mean_other_goods_in_another_edition(rulebook: Rulebook) -> None:
    # 8507.80 of 2022 and 8507.60 have one ancestor; the number that stayed is not the only heir.
    assert crossed(rulebook, "850780", "HS2007", "HS2022").codes == {"850750", "850760", "850780"}


@pytest.mark.parametrize("to", ["HS2002", "HS2007", "HS2012", "HS2017"])
def test_electronic_waste_is_not_taken_for_goods_of_every_chapter(rulebook: Rulebook, to: str) -> None:
    # The official table lists each code of 85.49 against a thousand codes; these rows are left out, so the way back is unknown.
    assert crossed(rulebook, "854911", "HS2022", to) == Crossed(frozenset(), True)
    assert not any(code.startswith("8549") for code in crossed(rulebook, "851712", "HS2017", "HS2022").codes)


def test_an_unchanged_number_that_no_table_mentions_is_carried_and_said_to_be(rulebook: Rulebook) -> None:
    # The table between HS 2002 and HS 1996 is in hand for some chapters only.
    assert crossed(rulebook, "010110", "HS2002", "HS1996") == Crossed(frozenset({"010110"}), True)


def test_a_code_in_hand_between_1996_and_2002_is_not_carried(rulebook: Rulebook) -> None:
    assert crossed(rulebook, "400911", "HS2002", "HS1996") == Crossed(frozenset({"400910"}))


def test_one_carried_step_marks_the_whole_way(rulebook: Rulebook) -> None:
    assert not crossed(rulebook, "010121", "HS2022", "HS2002").carried
    assert crossed(rulebook, "010121", "HS2022", "HS1996").carried


def test_a_code_that_never_stood_leads_nowhere(rulebook: Rulebook) -> None:
    assert crossed(rulebook, "770101", "HS2022", "HS2017") == Crossed(frozenset(), True)


def test_every_code_of_today_but_waste_has_an_ancestor_in_2002(rulebook: Rulebook) -> None:
    codes = [c for c in rulebook.nomenclature.lines("AHTN2022", "85") if c[:4] != "8549"]
    assert all(crossed(rulebook, code[:6], "HS2022", "HS2002").codes for code in codes)


def test_a_code_exists_in_its_edition_only(rulebook: Rulebook) -> None:
    assert rulebook.nomenclature.exists("HS2022", "852411")
    assert not rulebook.nomenclature.exists("HS2017", "852411")
    assert rulebook.nomenclature.exists("HS2022", "85241100")  # a longer code stands where its six digits do


def test_an_edition_that_is_not_in_hand_contains_everything(rulebook: Rulebook) -> None:
    assert "HS1996" not in rulebook.nomenclature.editions()
    assert rulebook.nomenclature.exists("HS1996", "770101")


def test_editions_are_in_order_of_time(rulebook: Rulebook) -> None:
    assert rulebook.nomenclature.editions() == [e for e in EDITIONS if e != "HS1996"]


def test_the_lines_under_a_code_are_national_lines(rulebook: Rulebook) -> None:
    lines = rulebook.nomenclature.lines("AHTN2022", "850760")
    assert lines == sorted(lines)
    assert lines
    assert all(len(line) == 8 and line.startswith("850760") for line in lines)
    assert rulebook.nomenclature.lines("AHTN2022", "770101") == []


def test_a_national_line_is_known_unknown_or_not_in_hand(rulebook: Rulebook) -> None:
    assert rulebook.nomenclature.has_national("AHTN2022", "01012100") is True
    assert rulebook.nomenclature.has_national("AHTN2022", "01012101") is False
    assert rulebook.nomenclature.has_national("MY-2022", "01012100") is None


def test_a_line_without_words_of_its_own_is_called_like_the_code_above_it(rulebook: Rulebook) -> None:
    assert "orse" in rulebook.nomenclature.text("HS2022", "0101")
    assert rulebook.nomenclature.text("HS2022", "0101999999") != ""
    assert rulebook.nomenclature.text("HS2022", "770101") == ""


def test_a_crossing_is_remembered(rulebook: Rulebook) -> None:
    assert crossed(rulebook, "852411", "HS2022", "HS2002") is crossed(rulebook, "852411", "HS2022", "HS2002")
