"""The scorecard is what the release gives today, and what it foretells does not get worse unseen."""

from __future__ import annotations

import gc
import importlib.util
import sys
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from types import ModuleType

import pytest

from youyi.law import acfta
from youyi.law.rulebook import Rulebook
from youyi.law.scorecard import (
    OFFICIAL_ONLY,
    PREDICTED_ONLY,
    Line,
    Listing,
    Pair,
    Score,
    disagreements,
    exact_sets,
    listing,
    official_lines,
    rates_on,
    scores,
    simple_average,
)
from youyi.law.tables import day_number

ROOT = Path(__file__).parents[2]
TODAY = day_number("2026-11-22")


@pytest.fixture(scope="module", autouse=True)
def _without_collection() -> Iterator[None]:
    """A million small answers live to the end of this module; looking for garbage among them takes long."""
    gc.disable()
    yield
    gc.enable()


@pytest.fixture(scope="module")
def generator() -> ModuleType:
    if str(ROOT / "tools") not in sys.path:
        sys.path.append(str(ROOT / "tools"))
    spec = importlib.util.spec_from_file_location("make_scorecard", ROOT / "tools" / "make_scorecard.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["make_scorecard"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def lines(rulebook: Rulebook) -> list[Line]:
    return official_lines(rulebook, "VN", TODAY)


@pytest.fixture(scope="module")
def found(rulebook: Rulebook, lines: list[Line]) -> dict[str, list[Pair]]:
    return disagreements(rulebook, lines, "HS2022")


def total(by_party: dict[str, Score]) -> Score:
    return sum(by_party.values(), Score())


# -- the document -------------------------------------------------------------------------------------------------


def test_the_committed_scorecard_is_what_the_release_gives(rulebook: Rulebook, lines: list[Line], generator: ModuleType) -> None:
    # On a difference: python tools/make_scorecard.py, and read what changed.
    assert generator.scorecard(rulebook, lines) == (ROOT / "docs" / "scorecard.md").read_text(encoding="utf-8")


# -- what the law foretells -------------------------------------------------------------------------------------------


def test_the_law_alone_foretells_no_worse_than_stated(lines: list[Line]) -> None:
    score = total(scores(lines, Line.foretold))
    assert score.precision >= 0.765
    assert score.recall >= 0.792


def test_given_that_reciprocity_is_used_the_lists_name_whom_it_hits(lines: list[Line]) -> None:
    score = total(scores(lines, Line.foretold_given_use))
    assert score.precision >= 0.948
    assert score.recall >= 0.993
    same, using = exact_sets(lines, Line.foretold_given_use)
    assert same / using >= 0.93


@pytest.mark.parametrize(("party", "precision", "recall"), [("CN", 0.67, 0.86), ("ID", 0.92, 0.77), ("KH", 0.81, 0.76), ("TH", 0.75, 0.73)])
def test_no_party_is_foretold_worse_than_stated(lines: list[Line], party: str, precision: float, recall: float) -> None:
    score = scores(lines, Line.foretold)[party]
    assert score.precision >= precision
    assert score.recall >= recall


def test_every_party_but_the_importer_is_scored(lines: list[Line]) -> None:
    assert list(scores(lines, Line.foretold)) == ["BN", "CN", "ID", "KH", "LA", "MM", "MY", "PH", "SG", "TH"]


def test_agreed_and_official_only_are_the_exclusions_of_the_schedule(lines: list[Line]) -> None:
    official = sum(len(line.excluded) for line in lines)
    for predict in (Line.foretold, Line.foretold_given_use):
        score = total(scores(lines, predict))
        assert score.agreed + score.official_only == official


def line(official: str, importer: Listing, **exporters: Listing) -> Line:
    return Line(None, frozenset(official.split()), (0, 0), (50_000, 50_000), importer, exporters)  # type: ignore[arg-type]  # no cell is looked at


WHOLLY, PARTLY, NOT = Listing(2, 2, False, False), Listing(1, 2, False, False), Listing(0, 2, False, False)


def test_all_codes_behind_a_line_must_be_listed_by_the_exporter() -> None:
    assert line("", NOT, CN=WHOLLY, TH=PARTLY, KH=NOT).foretold() == {"CN"}


def test_nobody_is_foretold_where_the_importer_lists_all_codes_too() -> None:
    assert line("", WHOLLY, CN=WHOLLY).foretold() == frozenset()
    assert line("", PARTLY, CN=WHOLLY).foretold() == {"CN"}


def test_the_second_question_is_only_asked_of_lines_that_shut_somebody_out() -> None:
    assert line("TH", WHOLLY, CN=WHOLLY, TH=PARTLY, KH=NOT).foretold_given_use() == {"CN", "TH"}
    assert line("", WHOLLY, CN=WHOLLY).foretold_given_use() == frozenset()


def test_a_code_without_known_roots_is_not_wholly_listed() -> None:
    assert not Listing(0, 0, False, False).wholly


def test_pairs_are_counted_by_who_names_them() -> None:
    counted = scores([line("TH KH", NOT, CN=WHOLLY, TH=WHOLLY, KH=NOT, MM=NOT)], Line.foretold)
    assert counted == {"CN": Score(0, 1, 0), "TH": Score(1, 0, 0), "KH": Score(0, 0, 1), "MM": Score(0, 0, 0)}
    assert (total(counted).precision, total(counted).recall) == (0.5, 0.5)


def test_a_listing_counts_the_older_codes_by_the_treaty_s_own_standing(rulebook: Rulebook) -> None:
    for party, code in (("TH", "300693"), ("CN", "240220"), ("KH", "400911"), ("MY", "870323")):
        held = listing(rulebook, party, code, "HS2022", TODAY)
        assert bool(held.named) == bool(acfta.standing(rulebook, party, code, "HS2022", TODAY).sensitive)
        assert 0 <= held.named <= held.roots


# -- causes -----------------------------------------------------------------------------------------------------------


def test_every_disagreement_has_one_cause(lines: list[Line], found: dict[str, list[Pair]]) -> None:
    score = total(scores(lines, Line.foretold))
    assert sum(len(found[c.name]) for c in PREDICTED_ONLY) == score.predicted_only
    assert sum(len(found[c.name]) for c in OFFICIAL_ONLY) == score.official_only


def test_a_pair_stands_under_the_first_cause_that_holds(found: dict[str, list[Pair]]) -> None:
    for causes in (PREDICTED_ONLY, OFFICIAL_ONLY):
        for i, cause in enumerate(causes):
            assert all(cause.holds(p) and not any(c.holds(p) for c in causes[:i]) for p in found[cause.name])


def test_hardly_a_party_was_added_after_2006(found: dict[str, list[Pair]]) -> None:
    assert len(found["neighbour listed"]) + len(found["not listed"]) <= 28


def test_what_the_tables_do_not_prove_is_called_inference() -> None:
    assert {c.name for c in (*PREDICTED_ONLY, *OFFICIAL_ONLY) if c.inference} == {"textiles", "low MFN", "nobody shut out", "others shut out"}


# -- averages ---------------------------------------------------------------------------------------------------------


def test_lines_are_averaged_under_their_beginning_first() -> None:
    rates: dict[str, int | None] = {"01012100": 0, "01012900": 100_000, "02011000": 200_000, "02012000": None}
    assert simple_average(rates, 8).mean == Fraction(10)
    assert simple_average(rates, 4).mean == Fraction(25, 2)
    assert (simple_average(rates, 8).items, simple_average(rates, 4).items, simple_average(rates, 8).unrated) == (3, 2, 1)


def test_a_line_whose_row_has_ended_or_has_no_percentage_is_not_averaged(rulebook: Rulebook) -> None:
    schedule = rulebook.schedules["CN", "MFN"][0]
    assert set(rates_on(schedule, TODAY).values()) == {None}
    assert rates_on(schedule, day_number("2018-11-01"))["3702520000"] is None


def test_the_cut_of_november_2018_is_the_one_announced(rulebook: Rulebook) -> None:
    # 1,585 tax items from 10.5 % to 7.8 % on average; five chapters are not in hand.
    schedule = rulebook.schedules["CN", "MFN"][0]
    before, after = (rates_on(schedule, day_number(day)) for day in ("2018-10-31", "2018-11-01"))
    changed = [c for c in after if after[c] != before[c]]
    was, now = (simple_average({c: of[c] for c in changed}, 8) for of in (before, after))
    assert 1400 <= now.items <= 1585
    assert abs(was.mean - Fraction("10.5")) < Fraction("0.2")
    assert abs(now.mean - Fraction("7.8")) < Fraction("0.1")


def test_the_level_in_hand_stays_within_half_a_point_of_the_announced_one(rulebook: Rulebook) -> None:
    level = simple_average(rates_on(rulebook.schedules["CN", "MFN"][0], day_number("2018-11-01")), 8).mean
    assert Fraction("7.0") < level < Fraction("7.5")


def test_no_decidable_case_of_origin_is_left_undetermined() -> None:
    page = (ROOT / "docs" / "scorecard.md").read_text(encoding="utf-8")
    assert "**Decidable cases left undetermined: none.**" in page
    assert "decidable, yet undetermined" not in page
