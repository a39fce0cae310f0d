"""The ACFTA Agreement on Trade in Goods where no official schedule is in hand: what a Party must grant by the treaty.

The 2003 base rates, the Normal Track II lists and the notifications of reciprocity are not in hand, so an answer is
an interval wherever one of them would decide, and says which.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from youyi.law.due import percent_range
from youyi.law.duty import PPM
from youyi.law.rulebook import Record, Rulebook
from youyi.law.schedule import parsed

AGREEMENT = "ACFTA"
GROUPS = ("ASEAN6", "CN", "CLMV")
LIST_EDITIONS = {"CN": "HS1996"}
"""The 2006 lists are written in HS 2002, China's in HS 1996."""
STRAY_EDITIONS = {"KH": "HS1996"}
"""Cambodia's list is in HS 2002 but for two codes of HS 1996."""
OPEN_TRACKS, SENSITIVE_TRACKS = frozenset({"NT", "EHP"}), frozenset({"SL", "HSL"})
Interval = tuple[int, int | None]
"""A rate in ten-thousandths of a percent, from … to …; None where only the importer's MFN rate bounds it."""


class Standing(NamedTuple):
    """Where a Party holds a good: `tracks` has one of NT, EHP, SL, HSL, or several where lists or codes leave it open.

    `partial`: a list names only some national lines under the six digits; `split`: the code's goods stood under
    several codes of the list's edition; `carried`: a code was carried over an edition without a correlation.
    """

    tracks: frozenset[str]
    partial: bool = False
    split: bool = False
    carried: bool = False

    @property
    def sensitive(self) -> frozenset[str]:
        """The sensitive tracks among them."""
        return self.tracks & SENSITIVE_TRACKS

    def __str__(self) -> str:
        return " or ".join(sorted(self.tracks))


@dataclass(frozen=True, slots=True)
class Granted:
    """What the treaty makes an importing Party grant: an interval, where it comes from, and what stays open."""

    rate: Interval
    importer: Standing
    exporter: Standing
    reasons: tuple[tuple[str, str], ...]
    conditions: tuple[str, ...] = ()

    @property
    def open(self) -> bool:
        """The treaty alone does not settle one rate."""
        return self.rate[0] != self.rate[1]


def standing(rulebook: Rulebook, party: str, code: str, edition: str, day: int) -> Standing:
    """Annex 1 and 2 as consolidated in 2006: the track on which `party` holds six-digit `code` of `edition`."""
    return _standing(rulebook, party, code[:6], edition, day)


@lru_cache(maxsize=1 << 15)
def _standing(rulebook: Rulebook, party: str, code: str, edition: str, day: int) -> Standing:
    crossed = rulebook.nomenclature.cross(code, edition, list_edition(party))
    tracks: set[str] = set()
    partial = False
    for old in crossed.codes:
        rows = _listed(rulebook, party, old)
        if rows:
            rows = [r for r in rows if r["start"] <= day <= r["stop"]]
            tracks |= {r["list"] for r in rows}
            partial = partial or any(r["partial"] == "1" for r in rows)
        if not rows or all(r["partial"] == "1" for r in rows):
            tracks.add("EHP" if old.startswith(_harvested(rulebook, party, day)) else "NT")
    return _held(frozenset(tracks), partial, len(crossed.codes) > 1 and len(tracks) > 1 and not partial, crossed.carried)


@lru_cache(maxsize=256)
def _held(tracks: frozenset[str], partial: bool, split: bool, carried: bool) -> Standing:
    """A standing, the same one for all goods held alike."""
    return Standing(tracks, partial, split, carried)


def list_edition(party: str) -> str:
    """The edition in which the party's list of 2006 is written."""
    return LIST_EDITIONS.get(party, "HS2002")


def _listed(rulebook: Rulebook, party: str, code: str) -> list[Record]:
    """The rows of the party's list for a code of the list's edition, reading stray rows in their own edition."""
    own = list_edition(party)
    listed, stray = rulebook.sensitive.get((party, code)), STRAY_EDITIONS.get(party)
    rows = [r for r in listed if r["edition"] == own] if listed else []
    if stray:
        older = rulebook.nomenclature.cross(code, own, stray).codes
        rows += [r for c in sorted(older) for r in rulebook.sensitive.get((party, c), ()) if r["edition"] == stray]
    return rows


@lru_cache(maxsize=1024)
def _harvested(rulebook: Rulebook, party: str, day: int) -> tuple[str, ...]:
    """The beginnings of the codes that the party's Early Harvest Programme covers on `day`."""
    group = _group(rulebook, party, day)
    return tuple(r["codes"] for r in rulebook.early_harvest if r["group"] == group and r["start"] <= day <= r["stop"])


@lru_cache(maxsize=1024)
def _group(rulebook: Rulebook, party: str, day: int) -> str:
    """The group of Parties whose bands and programme the party keeps to on `day`."""
    return rulebook.group(party, GROUPS, day)


def early_harvest_rate(rulebook: Rulebook, party: str, day: int) -> Interval:
    """Framework Agreement art 6, Annex 3: nil once the programme's cuts are complete."""
    del rulebook, party, day  # a row of the programme in force says nil; before it the good is held as Normal Track
    return 0, 0


def normal_track_rate(rulebook: Rulebook, party: str, day: int) -> Interval:
    """Annex 1 ¶1: from the lowest to the highest rate due on `day` over all bands of the 2003 MFN rate."""
    return _bands_due(rulebook, _group(rulebook, party, day), day)


@lru_cache(maxsize=1024)
def _bands_due(rulebook: Rulebook, group: str, day: int) -> Interval:
    due = [percent_range(parsed(r["rate"])) for r in rulebook.normal_track if r["group"] == group and r["start"] <= day <= r["stop"]]
    rates = [d for d in due if d is not None]
    return (min(r[0] for r in rates), max(r[1] for r in rates)) if rates else (0, None)


def sensitive_rate(rulebook: Rulebook, party: str, track: str, day: int) -> Interval:
    """Annex 2 ¶3: at most the ceiling reached by `day`; before the first ceiling only the MFN rate bounds it."""
    group = next((g for g in (party, *GROUPS) if (g, track) in rulebook.ceilings and (g == party or rulebook.group(party, (g,), day))), "")
    row = rulebook.ceilings[group, track].on(day) if group else None
    return 0, int(float(row["ceiling"]) * PPM) if row else None


def track_rate(rulebook: Rulebook, party: str, track: str, day: int) -> Interval:
    """What `party` may charge on a good it holds on `track`."""
    if track == "NT":
        return normal_track_rate(rulebook, party, day)
    if track == "EHP":
        return early_harvest_rate(rulebook, party, day)
    return sensitive_rate(rulebook, party, track, day)


def hull(*intervals: Interval) -> Interval:
    """From the lowest to the highest of all; unbounded where one of them is."""
    highs = [i[1] for i in intervals]
    return min(i[0] for i in intervals), None if None in highs else max(h for h in highs if h is not None)


def capped(rate: Interval, mfn: Interval) -> Interval:
    """Annex 2 ¶6 and fair sense: no rate under the agreement is worth more than the importer's MFN rate."""
    highs = [h for h in (rate[1], mfn[1]) if h is not None]
    return min(rate[0], mfn[0]), min(highs, default=None)


def reciprocal_rate(limit: int, importer_rate: Interval, exporter_rate: Interval, mfn: Interval) -> Interval:
    """Annex 2 ¶6 with the 2006 notes 2–5: the exporting Party holds the good as sensitive, the importing Party does not.

    Above the limit the importer's MFN rate stands; up to it, the higher of the importer's rate and the exporter's
    own, if the exporter has notified. The notification is not in hand, so the MFN rate always stays possible.
    """
    low, high = exporter_rate
    if low > limit:
        return mfn
    top = limit if high is None or high > limit else high
    due = max(importer_rate[0], low), None if importer_rate[1] is None else max(importer_rate[1], top)
    return hull(capped(due, mfn), mfn)


def reciprocal(importer: Standing, exporter: Standing) -> bool:
    """Annex 2 ¶6: whether the exporting Party's own rate has a say, since it may hold as sensitive what the importing Party does not."""
    return not importer.tracks.isdisjoint(OPEN_TRACKS) and not exporter.tracks.isdisjoint(SENSITIVE_TRACKS)


def granted(
    rulebook: Rulebook, importer: str, exporter: str, code: str, edition: str, day: int, mfn: Interval, exporter_rate: Interval | None = None
) -> Granted:
    """What `importer` must grant goods of `code` from `exporter` on `day`; `mfn` is the importer's own MFN rate.

    `exporter_rate` is what the exporter's schedule in hand charges on the same good; without it the treaty's ceiling.
    """
    mine = standing(rulebook, importer, code, edition, day)
    theirs = standing(rulebook, exporter, code, edition, day)
    limit_row = rulebook.number("ACFTA-RECIPROCITY-LIMIT", day)
    limit = int(float(limit_row["value"]) * PPM) if limit_row else 0
    rates: list[Interval] = []
    reasons: dict[tuple[str, str], None] = {}
    conditions: dict[str, None] = {}
    if not mine.tracks or not theirs.tracks:
        return Granted((0, mfn[1]), mine, theirs, ((f"no HS 2002 code is known for {code}, so the lists of 2006 cannot be read", "UNSD-CORRELATION-2002"),))
    for track in sorted(mine.tracks):
        own = track_rate(rulebook, importer, track, day)
        cite = {"NT": "ACFTA-TIG-A1", "EHP": "ACFTA-EHP"}.get(track, "ACFTA-TIG-A2")
        for other in sorted(theirs.tracks):
            if track in OPEN_TRACKS and other in SENSITIVE_TRACKS:
                charged = exporter_rate if exporter_rate is not None else track_rate(rulebook, exporter, other, day)
                rates.append(reciprocal_rate(limit, own, charged, mfn))
                reasons[f"{exporter} holds it on its {other}, {importer} on {track}: reciprocity decides", "ACFTA-2006-NOTES"] = None
                if charged[0] <= limit:  # above the limit the MFN rate stands whatever was notified: nothing is open
                    conditions[f"{exporter}'s own rate is at most {limit // PPM} % and {exporter} notified it"] = None
            else:
                rates.append(capped(own, mfn))
                reasons[f"{importer} holds it on {track}: {_words(own)}", cite] = None
    for who, held in ((importer, mine), (exporter, theirs)):
        if held.partial:
            reasons[f"{who}'s sensitive list names only some lines under the six digits: {held}", "ACFTA-2006-ATT"] = None
        if held.split:
            reasons[f"the code's goods stood under several codes of {who}'s list: {held}", "UNSD-CORRELATION"] = None
    return Granted(hull(*rates), mine, theirs, tuple(reasons), tuple(conditions))


def _words(rate: Interval) -> str:
    low, high = rate
    if high is None:
        return "no ceiling yet, the MFN rate bounds it"
    return f"{low / PPM:g} %" if low == high else f"between {low / PPM:g} and {high / PPM:g} %"
