"""Days are inclusive, ends may be open, an overlap is symmetric."""

from __future__ import annotations

import csv
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from youyi.law.periods import Period

GOLDEN = Path(__file__).parent.parent / "golden" / "validity_ranges.csv"
days = st.dates(date(2000, 1, 1), date(2003, 12, 31))
ends = st.none() | days


@st.composite
def periods(draw: st.DrawFn) -> Period:
    start, stop = draw(ends), draw(ends)
    return Period(stop, start) if start and stop and stop < start else Period(start, stop)


def golden() -> list[dict[str, str]]:
    with GOLDEN.open(encoding="utf-8", newline="") as f:
        return list(csv.DictReader(f))


def period(start: str, stop: str) -> Period:
    return Period(date.fromisoformat(start) if start else None, date.fromisoformat(stop) if stop else None)


@pytest.mark.parametrize("row", golden(), ids=lambda r: r["case_id"])
def test_the_golden_ranges_hold(row: dict[str, str]) -> None:
    a, b = period(row["a_start"], row["a_end"]), period(row["b_start"], row["b_end"])
    match row["operation"]:
        case "a_contains_b":
            assert a.contains(b) is (row["expected"] == "True")
        case "overlaps":
            assert a.overlaps(b) is b.overlaps(a) is (row["expected"] == "True")
        case "intersection":
            assert str(a.intersection(b) or "") == row["expected"]
        case other:
            pytest.fail(f"no such operation: {other}")


def test_a_period_may_not_end_before_it_starts() -> None:
    with pytest.raises(ValueError, match="is before"):
        Period(date(2022, 1, 2), date(2022, 1, 1))


def test_a_period_of_one_day_contains_itself() -> None:
    one = Period(date(2022, 1, 1), date(2022, 1, 1))
    assert one.contains(one)
    assert one.intersection(one) == one


def test_neighbours_do_not_overlap_but_a_shared_day_does() -> None:
    june, july = period("2022-06-01", "2022-06-30"), period("2022-07-01", "2022-07-31")
    assert not june.overlaps(july)
    assert june.overlaps(period("2022-06-30", "2022-07-31"))


def test_without_ends_it_contains_every_period() -> None:
    assert Period(None, None).contains(period("1900-01-01", ""))
    assert not period("1900-01-01", "").contains(Period(None, None))


@given(periods(), periods())
def test_overlap_is_symmetric(a: Period, b: Period) -> None:
    assert a.overlaps(b) is b.overlaps(a)


@given(periods(), periods())
def test_the_intersection_is_what_both_contain(a: Period, b: Period) -> None:
    both = a.intersection(b)
    assert (both is not None) is a.overlaps(b)
    assert both == b.intersection(a)
    if both is not None:
        assert a.contains(both)
        assert b.contains(both)


@given(periods(), days)
def test_both_ends_are_included(a: Period, day: date) -> None:
    one = Period(day, day)
    assert a.contains(one) is a.overlaps(one)
    assert a.contains(Period(a.first, a.first))
    assert a.contains(Period(a.last, a.last))
    if a.stop is not None:
        after = a.stop + timedelta(days=1)
        assert not a.overlaps(Period(after, None))


@given(periods(), periods(), periods())
def test_what_is_contained_twice_over_is_contained(a: Period, b: Period, c: Period) -> None:
    if a.contains(b) and b.contains(c):
        assert a.contains(c)
