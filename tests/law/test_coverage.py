"""The map of what is in hand says what an answer will say."""

from __future__ import annotations

import time
from datetime import date
from pathlib import Path

import pytest

from law.conftest import Edit
from youyi.assess import assess
from youyi.law.coverage import LEGEND, Cell, State, coverage, table
from youyi.law.rulebook import Rulebook

DAY = date(2024, 6, 1)


def cell(book: Rulebook, importer: str, regime: str, chapter: str, day: date = DAY) -> Cell:
    (found,) = [c for c in coverage(book, day) if (c.importer, c.regime, c.chapter) == (importer, regime, chapter)]
    return found


def test_there_is_a_cell_for_every_party_regime_and_chapter(book: Rulebook) -> None:
    cells = coverage(book, DAY)
    assert len(cells) == 3 * 5 * 2
    assert {c.regime for c in cells} == {"MFN", "ACFTA", "RCEP", "ATIGA", "CN-LDC"}
    assert sorted({c.chapter for c in cells}) == ["01", "85"]  # 77 has a title and no codes


def test_lines_are_counted_by_the_row_that_answers_on_the_day(book: Rulebook) -> None:
    found = cell(book, "CN", "MFN", "01", date(2022, 6, 1))
    assert (found.official, found.derived, found.stale, found.later) == (2, 0, 0, 0)
    assert (found.state, found.letter) == (State.OFFICIAL, "O")


def test_of_two_states_held_as_often_the_worse_is_shown_in_a_small_letter(book: Rulebook) -> None:
    found = cell(book, "CN", "MFN", "01")
    assert (found.official, found.derived, found.lines) == (1, 1, 2)
    assert (found.state, found.letter) == (State.DERIVED, "d")


def test_most_lines_decide(book: Rulebook) -> None:
    found = cell(book, "VN", "ACFTA", "01", date(2022, 6, 1))
    assert (found.official, found.later, found.letter) == (2, 1, "o")


def test_unverified_lines_count_as_derived(book: Rulebook) -> None:
    assert cell(book, "VN", "ACFTA", "01").derived == 1


def test_a_line_is_fresh_on_its_last_day_and_stale_on_the_next(book: Rulebook) -> None:
    assert cell(book, "CN", "MFN", "85", date(2024, 12, 31)).state is State.OFFICIAL
    found = cell(book, "CN", "MFN", "85", date(2025, 1, 1))
    assert (found.state, found.stale, found.letter, found.missing) == (State.STALE, 1, "S", False)


def test_before_the_first_day_it_is_missing(book: Rulebook) -> None:
    found = cell(book, "CN", "MFN", "85", date(2021, 12, 31))
    assert (found.state, found.letter, found.missing) == (State.BEFORE_FIRST, "<", True)


def test_a_chapter_not_in_hand_is_not_a_schedule_not_in_hand(book: Rulebook) -> None:
    chapter, schedule = cell(book, "VN", "ACFTA", "85"), cell(book, "VN", "MFN", "85")
    assert (chapter.state, chapter.letter, chapter.schedule) == (State.CHAPTER_NOT_IN_HAND, "-", "VN-ACFTA")
    assert (schedule.state, schedule.letter, schedule.schedule) == (State.NO_SCHEDULE, ".", "")
    assert chapter.missing
    assert schedule.missing


def test_a_default_rate_covers_what_is_not_named(book: Rulebook) -> None:
    found = cell(book, "SG", "MFN", "85")
    assert (found.state, found.lines, found.letter) == (State.OFFICIAL, 0, "O")
    assert cell(book, "SG", "MFN", "85", date(2021, 1, 1)).state is State.BEFORE_FIRST


def test_a_default_rate_ends_with_its_schedule(folder: Path, edit: Edit) -> None:
    edit("schedules.csv", "Singapore MFN,2022-01-01,,TARIFF,official", "Singapore MFN,2022-01-01,2023-12-31,TARIFF,derived")
    book = Rulebook.load(folder)
    assert cell(book, "SG", "MFN", "01").state is State.STALE
    assert cell(book, "SG", "MFN", "01", date(2023, 12, 31)).state is State.DERIVED


def test_acfta_without_a_schedule_follows_from_the_treaty(book: Rulebook) -> None:
    found = cell(book, "CN", "ACFTA", "85")
    assert (found.state, found.schedule, found.missing) == (State.DERIVED, "", False)


def test_a_regime_that_does_not_bind_the_importer_is_no_gap(book: Rulebook) -> None:
    assert cell(book, "CN", "ATIGA", "01").state is State.NOT_BOUND
    assert cell(book, "VN", "CN-LDC", "01").state is State.NOT_BOUND
    assert cell(book, "CN", "CN-LDC", "01", date(2024, 11, 30)).state is State.NOT_BOUND
    assert cell(book, "SG", "RCEP", "01", date(2022, 6, 1)).state is State.NOT_BOUND
    assert cell(book, "SG", "RCEP", "01").state is State.NO_SCHEDULE  # in force towards one Party is in force
    assert not cell(book, "CN", "ATIGA", "01").missing


def test_of_schedules_that_follow_one_another_only_the_one_of_the_day_is_shown(folder: Path, edit: Edit) -> None:
    edit("schedules.csv", "Singapore MFN,2022-01-01,,", "Singapore MFN,2022-01-01,2024-12-31,")
    edit("schedules.csv", "VN-ACFTA,VN", "SG-NEW,SG,MFN,*,,HS2022,SG-2025,8,5,Singapore MFN 2025,2025-01-01,,TARIFF,official\nVN-ACFTA,VN")
    book = Rulebook.load(folder)
    assert cell(book, "SG", "MFN", "01").schedule == "SG-MFN"
    assert cell(book, "SG", "MFN", "01", date(2025, 1, 1)).schedule == "SG-NEW"


def test_the_map_has_a_row_for_each_importer_and_regime_and_a_letter_for_each_chapter(book: Rulebook) -> None:
    assert table(coverage(book, DAY)) == "\n".join(
        [
            "         08",
            "         15",
            "CN MFN   dO",
            "CN ACFTA DD",
            "CN RCEP  ..",
            "SG MFN   OO",
            "SG ACFTA DD",
            "SG RCEP  ..",
            "SG ATIGA ..",
            "VN MFN   ..",
            "VN ACFTA o-",
            "VN RCEP  ..",
            "VN ATIGA ..",
            LEGEND,
        ]
    )


def test_the_map_of_nothing_is_its_legend() -> None:
    assert table([]).splitlines()[-1] == LEGEND


@pytest.fixture(scope="module")
def whole() -> Rulebook:
    return Rulebook.load()


def test_the_bundled_map_is_drawn_in_less_than_a_second(whole: Rulebook) -> None:
    started = time.process_time()
    cells = coverage(whole, date(2026, 11, 22))
    assert time.process_time() - started < 1
    assert len(cells) == len(whole.parties) * 5 * 96


@pytest.mark.parametrize(("importer", "hs"), [("CN", "850110"), ("CN", "091011"), ("VN", "850110"), ("TH", "850110"), ("SG", "850110")])
@pytest.mark.parametrize("day", [date(2017, 1, 1), date(2023, 6, 1), date(2026, 11, 22)])
def test_the_map_and_the_answer_agree(whole: Rulebook, importer: str, hs: str, day: date) -> None:
    good = {"line_id": "1", "importer": importer, "origin": "MY", "hs": hs, "hs_edition": "HS2022", "date": day.isoformat(), "value": "100", "currency": "USD"}
    row = assess(whole, good).records()[0]
    codes = {f.split(":")[0] for f in row["findings"]}
    expected = {
        State.STALE: "LAW-STALE",
        State.BEFORE_FIRST: "LAW-BEFORE-FIRST",
        State.CHAPTER_NOT_IN_HAND: "LAW-CHAPTER",
        State.NO_SCHEDULE: "LAW-NOT-IN-HAND",
    }
    state = cell(whole, importer, "MFN", hs[:2], day).state
    assert {c for c in codes if c in expected.values()} == {expected[state]} if state in expected else not codes & set(expected.values())
