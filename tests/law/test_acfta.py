"""The ACFTA Agreement on Trade in Goods, article by article: staging, lists, ceilings and reciprocity."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from youyi.law.acfta import (
    Interval,
    capped,
    early_harvest_rate,
    granted,
    hull,
    normal_track_rate,
    reciprocal_rate,
    sensitive_rate,
    standing,
)
from youyi.law.duty import PPM
from youyi.law.rulebook import Rulebook
from youyi.law.tables import day_number

TODAY = day_number("2026-11-22")
PARTIES = ["BN", "CN", "ID", "KH", "LA", "MM", "MY", "PH", "SG", "TH", "VN"]


def percent(low: float, high: float | None = None) -> Interval:
    """`percent(5)` is exactly 5 %; `percent(0, 5)` from 0 to 5 %."""
    return round(low * PPM), round((low if high is None else high) * PPM)


UNBOUNDED = (0, None)

# -- Normal Track: Annex 1 ------------------------------------------------------------------------------------

STAGES = [
    # The day before a step and the day of it; from the lowest to the highest of all bands.
    ("CN", "2005-06-30", None),
    ("CN", "2005-07-01", 20),
    ("CN", "2006-12-31", 20),
    ("CN", "2007-01-01", 12),
    ("CN", "2008-12-31", 12),
    ("CN", "2009-01-01", 5),
    ("CN", "2011-12-31", 5),
    ("CN", "2012-01-01", 0),
    ("TH", "2008-12-31", 12),
    ("TH", "2009-01-01", 5),
    ("TH", "2011-12-31", 5),
    ("TH", "2012-01-01", 0),
    ("VN", "2005-06-30", None),
    ("VN", "2005-07-01", 60),
    ("VN", "2005-12-31", 60),
    ("VN", "2006-01-01", 50),
    ("VN", "2007-01-01", 40),
    ("VN", "2008-01-01", 30),
    ("VN", "2008-12-31", 30),
    ("VN", "2009-01-01", 25),
    ("VN", "2010-12-31", 25),
    ("VN", "2011-01-01", 15),
    ("VN", "2012-12-31", 15),
    ("VN", "2013-01-01", 10),
    ("VN", "2014-12-31", 10),
    ("VN", "2015-01-01", 5),
    ("VN", "2017-12-31", 5),
    ("VN", "2018-01-01", 0),
    ("KH", "2017-12-31", 5),
    ("KH", "2018-01-01", 0),
    ("MM", "2026-11-22", 0),
]


@pytest.mark.parametrize(("party", "day", "highest"), STAGES)
def test_the_normal_track_falls_on_the_day_of_each_step(rulebook: Rulebook, party: str, day: str, highest: float | None) -> None:
    due = normal_track_rate(rulebook, party, day_number(day))
    assert due == (UNBOUNDED if highest is None else percent(0, highest))


@pytest.mark.parametrize("party", PARTIES)
def test_every_party_is_at_nil_since_2018(rulebook: Rulebook, party: str) -> None:
    assert normal_track_rate(rulebook, party, day_number("2018-01-01")) == percent(0)
    assert normal_track_rate(rulebook, party, TODAY) == percent(0)


def test_the_normal_track_never_rises(rulebook: Rulebook) -> None:
    for party in PARTIES:
        highs = [normal_track_rate(rulebook, party, day_number(f"{year}-07-01"))[1] for year in range(2005, 2027)]
        assert None not in highs
        assert highs == sorted(highs, key=lambda h: -(h or 0))


# -- Sensitive Track: Annex 2 ¶3 ------------------------------------------------------------------------------

CEILINGS = [
    ("CN", "SL", "2011-12-31", None),
    ("CN", "SL", "2012-01-01", 20),
    ("CN", "SL", "2017-12-31", 20),
    ("CN", "SL", "2018-01-01", 5),
    ("CN", "HSL", "2014-12-31", None),
    ("CN", "HSL", "2015-01-01", 50),
    ("TH", "SL", "2017-12-31", 20),
    ("TH", "SL", "2018-01-01", 5),
    ("TH", "HSL", "2014-12-31", None),
    ("TH", "HSL", "2015-01-01", 50),
    ("KH", "SL", "2014-12-31", None),
    ("KH", "SL", "2015-01-01", 20),
    ("KH", "SL", "2019-12-31", 20),
    ("KH", "SL", "2020-01-01", 5),
    ("LA", "HSL", "2017-12-31", None),
    ("LA", "HSL", "2018-01-01", 50),
    ("VN", "SL", "2019-12-31", None),
    ("VN", "SL", "2020-01-01", 5),
    ("VN", "HSL", "2017-12-31", None),
    ("VN", "HSL", "2018-01-01", 50),
]


@pytest.mark.parametrize(("party", "track", "day", "ceiling"), CEILINGS)
def test_a_sensitive_rate_is_bounded_from_the_day_of_each_ceiling(rulebook: Rulebook, party: str, track: str, day: str, ceiling: float | None) -> None:
    assert sensitive_rate(rulebook, party, track, day_number(day)) == (UNBOUNDED if ceiling is None else percent(0, ceiling))


def test_early_harvest_is_nil(rulebook: Rulebook) -> None:
    assert early_harvest_rate(rulebook, "VN", TODAY) == percent(0)


# -- where a Party holds a good -------------------------------------------------------------------------------


def held(rulebook: Rulebook, party: str, code: str, edition: str = "HS2002", day: str = "2026-11-22") -> str:
    return str(standing(rulebook, party, code, edition, day_number(day)))


def test_a_good_that_is_on_no_list_is_on_the_normal_track(rulebook: Rulebook) -> None:
    assert held(rulebook, "CN", "850760", "HS2022") == "NT"


def test_a_listed_good_is_on_its_list_alone(rulebook: Rulebook) -> None:
    assert held(rulebook, "TH", "090111") == "HSL"
    assert held(rulebook, "PH", "090420") == "SL"


def test_a_list_that_names_some_lines_leaves_the_others_on_the_normal_track(rulebook: Rulebook) -> None:
    found = standing(rulebook, "CN", "240220", "HS2002", TODAY)
    assert str(found) == "HSL or NT"
    assert found.partial
    assert not found.split


def test_a_code_from_several_older_ones_may_be_on_several_tracks(rulebook: Rulebook) -> None:
    found = standing(rulebook, "TH", "300693", "HS2022", TODAY)
    assert str(found) == "HSL or NT"
    assert found.split
    assert not found.partial


def test_a_long_code_stands_where_its_six_digits_do(rulebook: Rulebook) -> None:
    assert standing(rulebook, "TH", "09011110", "HS2002", TODAY) == standing(rulebook, "TH", "090111", "HS2002", TODAY)


def test_the_first_eight_chapters_are_early_harvest_from_the_day_the_programme_is_complete(rulebook: Rulebook) -> None:
    assert held(rulebook, "VN", "010110") == "EHP"
    assert held(rulebook, "VN", "010110", day="2009-12-31") == "NT"
    assert held(rulebook, "VN", "010110", day="2010-01-01") == "EHP"
    assert held(rulebook, "CN", "010110", day="2005-12-31") == "NT"
    assert held(rulebook, "CN", "010110", day="2006-01-01") == "EHP"


def test_a_sensitive_good_of_these_chapters_is_no_early_harvest(rulebook: Rulebook) -> None:
    assert held(rulebook, "PH", "010391") == "HSL"


def test_china_s_list_is_read_in_the_edition_it_is_written_in(rulebook: Rulebook) -> None:
    # 1103.14 ended with HS 1996; today's 1103.19 holds its goods.
    assert held(rulebook, "CN", "110319", "HS2022") == "NT or SL"


def test_two_codes_of_an_older_edition_in_cambodia_s_list_are_found(rulebook: Rulebook) -> None:
    # 4009.10 and 4009.20 of HS 1996 became 4009.11 and 4009.21; the rest of 4009 came from 4009.50, which is not listed.
    assert held(rulebook, "KH", "400911") == "SL"
    assert held(rulebook, "KH", "400921") == "HSL"
    assert held(rulebook, "KH", "400912") == "NT"
    assert not standing(rulebook, "KH", "400911", "HS2002", TODAY).carried


def test_waste_without_an_ancestor_has_no_track_and_the_answer_stays_open(rulebook: Rulebook) -> None:
    assert not standing(rulebook, "VN", "854911", "HS2022", TODAY).tracks
    found = granted(rulebook, "VN", "CN", "854911", "HS2022", TODAY, percent(10))
    assert found.rate == percent(0, 10)
    assert "854911" in found.reasons[0][0]


# -- reciprocity: Annex 2 ¶6 and the notes of 2006 --------------------------------------------------------------

LIMIT = 10 * PPM
RECIPROCITY = [
    # importer's own rate, exporter's own rate, importer's MFN → due
    ("note 5: above the limit the MFN rate stands", percent(0), percent(20), percent(15), percent(15)),
    ("note 5: just above the limit", percent(0), percent(10.0001), percent(15), percent(15)),
    ("notes 2, 4: at the limit the exporter's rate, or MFN if it was not notified", percent(0), percent(10), percent(15), percent(10, 15)),
    ("notes 2, 4: the exporter's rate is the higher", percent(0), percent(5), percent(15), percent(5, 15)),
    ("note 4: the importer's own rate is the higher", percent(8), percent(5), percent(15), percent(8, 15)),
    ("notes 2, 4: an exporter at nil", percent(0), percent(0), percent(15), percent(0, 15)),
    ("¶6: never above the MFN rate", percent(0), percent(10), percent(3), percent(3)),
    ("¶6: with an MFN rate of nil there is nothing to withhold", percent(0), percent(50), percent(0), percent(0)),
    ("only the exporter's ceiling is known", percent(0), percent(0, 5), percent(15), percent(0, 15)),
    ("the exporter's ceiling is above the limit", percent(0), percent(0, 50), percent(15), percent(0, 15)),
    ("the exporter has no ceiling yet", percent(0), UNBOUNDED, percent(15), percent(0, 15)),
    ("the importer's MFN rate is an interval", percent(0), percent(5), percent(3, 15), percent(3, 15)),
    ("the importer's MFN rate is not known", percent(0), percent(5), UNBOUNDED, UNBOUNDED),
]


@pytest.mark.parametrize(("own", "theirs", "mfn", "due"), [r[1:] for r in RECIPROCITY], ids=[r[0] for r in RECIPROCITY])
def test_reciprocity(own: Interval, theirs: Interval, mfn: Interval, due: Interval) -> None:
    assert reciprocal_rate(LIMIT, own, theirs, mfn) == due


rates = st.integers(0, 60).map(lambda r: r * PPM)
spans = st.tuples(rates, rates).map(lambda r: (min(r), max(r)))


def note_by_note(own: int, theirs: int, mfn: int, notified: bool) -> int:
    """One exact case in the words of the notes."""
    if theirs > LIMIT or not notified:
        return mfn
    return min(max(own, theirs), mfn)


@given(spans, spans, spans, st.booleans(), st.data())
def test_the_interval_holds_every_case_it_stands_for(own: Interval, theirs: Interval, mfn: Interval, notified: bool, data: st.DataObject) -> None:
    exact = [data.draw(st.integers(low, high)) for low, high in (own, theirs, mfn) if high is not None]
    low, high = reciprocal_rate(LIMIT, own, theirs, mfn)
    assert high is not None
    assert low <= note_by_note(*exact, notified) <= high


@given(spans, spans)
def test_a_capped_rate_holds_every_rate_below_the_mfn_rate(rate: Interval, mfn: Interval) -> None:
    low, high = capped(rate, mfn)
    assert rate[1] is not None
    assert mfn[1] is not None
    assert (low, high) == (min(rate[0], mfn[0]), min(rate[1], mfn[1]))


def test_an_unknown_mfn_rate_caps_nothing() -> None:
    assert capped(percent(0, 50), UNBOUNDED) == percent(0, 50)
    assert capped(UNBOUNDED, percent(15)) == percent(0, 15)
    assert capped(UNBOUNDED, UNBOUNDED) == UNBOUNDED


def test_a_hull_is_unbounded_where_one_of_its_parts_is() -> None:
    assert hull(percent(0, 5), percent(3, 20)) == percent(0, 20)
    assert hull(percent(5), UNBOUNDED) == UNBOUNDED


# Importer and exporter with a good that both hold wholly on one track each, and the rate due with an MFN rate of 40 %.
TRACKS = [
    ("MY", "KH", "090111", "NT", "NT", percent(0)),
    ("MY", "PH", "090420", "NT", "SL", percent(0, 40)),
    ("MY", "TH", "090111", "NT", "HSL", percent(0, 40)),
    ("MY", "TH", "010391", "EHP", "EHP", percent(0)),
    ("MY", "LA", "010392", "EHP", "SL", percent(0, 40)),
    ("MY", "PH", "010391", "EHP", "HSL", percent(0, 40)),
    ("PH", "TH", "090420", "SL", "NT", percent(0, 5)),
    ("PH", "LA", "070820", "SL", "SL", percent(0, 5)),
    ("TH", "PH", "160249", "SL", "HSL", percent(0, 5)),
    ("TH", "KH", "090111", "HSL", "NT", percent(0, 40)),
    ("PH", "TH", "010391", "HSL", "EHP", percent(0, 40)),
    ("PH", "LA", "010392", "HSL", "SL", percent(0, 40)),
    ("MY", "PH", "010511", "HSL", "HSL", percent(0, 40)),
]


@pytest.mark.parametrize(("importer", "exporter", "code", "own", "theirs", "due"), TRACKS)
def test_the_tracks_of_both_parties_decide(rulebook: Rulebook, importer: str, exporter: str, code: str, own: str, theirs: str, due: Interval) -> None:
    found = granted(rulebook, importer, exporter, code, "HS2002", TODAY, percent(40))
    assert (str(found.importer), str(found.exporter)) == (own, theirs)
    assert found.rate == due
    assert found.open == (due[0] != due[1])


@pytest.mark.parametrize(("importer", "exporter", "code", "own", "theirs", "due"), TRACKS)
def test_reciprocity_decides_only_where_the_exporter_is_sensitive_and_the_importer_is_not(
    rulebook: Rulebook, importer: str, exporter: str, code: str, own: str, theirs: str, due: Interval
) -> None:
    found = granted(rulebook, importer, exporter, code, "HS2002", TODAY, percent(40))
    triggered = own in ("NT", "EHP") and theirs in ("SL", "HSL")
    assert any("reciprocity decides" in text for text, _ in found.reasons) == triggered
    assert bool(found.conditions) == triggered
    assert {c for _, c in found.reasons} == ({"ACFTA-2006-NOTES"} if triggered else {{"NT": "ACFTA-TIG-A1", "EHP": "ACFTA-EHP"}.get(own, "ACFTA-TIG-A2")})


def test_the_exporter_s_own_schedule_replaces_its_ceiling(rulebook: Rulebook) -> None:
    def due(charged: Interval) -> Interval:
        return granted(rulebook, "MY", "TH", "090111", "HS2002", TODAY, percent(15), charged).rate

    assert due(percent(30)) == percent(15)
    assert due(percent(5)) == percent(5, 15)
    assert due(percent(0)) == percent(0, 15)


def test_nothing_stays_open_where_the_exporter_charges_above_the_limit(rulebook: Rulebook) -> None:
    assert granted(rulebook, "MY", "TH", "090111", "HS2002", TODAY, percent(15), percent(30)).conditions == ()
    assert granted(rulebook, "MY", "TH", "090111", "HS2002", TODAY, percent(15), percent(10)).conditions == (
        "TH's own rate is at most 10 % and TH notified it",
    )


def test_before_reciprocity_was_agreed_no_rate_of_the_exporter_opens_the_concession(rulebook: Rulebook) -> None:
    assert rulebook.number("ACFTA-RECIPROCITY-LIMIT", day_number("2004-12-31")) is None
    assert rulebook.number("ACFTA-RECIPROCITY-LIMIT", day_number("2005-01-01")) is not None


def test_where_a_list_names_some_lines_every_pair_of_tracks_is_possible(rulebook: Rulebook) -> None:
    # China holds some passenger cars as highly sensitive, Malaysia all of them: Normal Track lines of China fall under reciprocity.
    found = granted(rulebook, "CN", "MY", "870323", "HS2002", TODAY, percent(25))
    assert found.rate == percent(0, 25)
    assert {c for _, c in found.reasons} == {"ACFTA-TIG-A2", "ACFTA-2006-NOTES", "ACFTA-2006-ATT"}


def test_a_good_on_the_normal_track_of_both_is_free_whatever_the_mfn_rate(rulebook: Rulebook) -> None:
    for mfn in (percent(0), percent(40), UNBOUNDED):
        assert granted(rulebook, "CN", "VN", "850760", "HS2022", TODAY, mfn).rate == percent(0)


def test_the_mfn_rate_bounds_a_sensitive_good_before_its_first_ceiling(rulebook: Rulebook) -> None:
    assert granted(rulebook, "PH", "TH", "090420", "HS2002", day_number("2011-12-31"), percent(12)).rate == percent(0, 12)
    assert granted(rulebook, "PH", "TH", "090420", "HS2002", day_number("2012-01-01"), percent(40)).rate == percent(0, 20)
