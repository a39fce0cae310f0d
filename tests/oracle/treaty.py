"""Section 5: what ACFTA makes a Party grant where no schedule is in hand."""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction
from functools import cached_property

from .cells import Reading, read
from .exact import NIL, Row, Span, hull, in_force
from .records import Answer, Question
from .tariffs import Tariffs


class Treaty(Tariffs):
    """The treaty, article by article, over every pair of tracks the goods may be on."""

    def group(self, party: str) -> set[str]:
        """The names under which the tables of the treaty speak of a Party."""
        six = any(r["agreement"] == "ASEAN6" and r["party"] == party for r in self.table("membership"))
        return {party, "ASEAN6"} if six else {party} if party == "CN" else {party, "CLMV"}

    def tracks(self, party: str, ask: Question) -> set[str]:
        """The tracks of a Party that the goods may be on: NT, EHP, SL, HSL."""
        listed: dict[tuple[str, str], list[Row]] = defaultdict(list)
        for row in self.lists[party]:
            if in_force(row, ask.day):
                listed[row["edition"], row["code"]].append(row)
        found: set[str] = set()
        edition = "HS1996" if party == "CN" else "HS2002"
        for code in self.cross(ask.code, ask.edition, edition):
            rows = listed.get((edition, code), [])
            if party == "KH":  # two codes of its list are older than the rest
                rows = rows + [r for old in self.cross(code, "HS2002", "HS1996") for r in listed.get(("HS1996", old), ())]
            found.update(row["list"] for row in rows)
            if not rows or all(row["partial"] == "1" for row in rows):
                found.add("EHP" if self.early(party, code, ask.day) else "NT")
        return found

    @cached_property
    def lists(self) -> dict[str, list[Row]]:
        """The Sensitive and Highly Sensitive Lists by Party."""
        found: dict[str, list[Row]] = defaultdict(list)
        for row in self.table("acfta/sensitive_track"):
            found[row["party"]].append(row)
        return found

    def early(self, party: str, code: str, day: str) -> bool:
        """Whether a code is in the Early Harvest Programme of a Party by the day."""
        groups = self.group(party)
        return any(r["group"] in groups and code.startswith(r["codes"]) and in_force(r, day) for r in self.table("acfta/early_harvest"))

    def track_rate(self, party: str, track: str, day: str) -> tuple[Fraction, Fraction | None]:
        """What a Party charges on a track; an upper end of None is unbounded."""
        if track == "EHP":
            return NIL
        if track == "NT":
            bands = [read(r["rate"], "").span for r in self.table("acfta/normal_track") if r["group"] in self.group(party) and in_force(r, day)]
            return hull(b for b in bands if b) if bands else (Fraction(0), None)
        ceilings = [r["ceiling"] for r in self.table("acfta/ceilings") if r["group"] in self.group(party) and r["list"] == track and in_force(r, day)]
        return Fraction(0), Fraction(ceilings[0]) if ceilings else None

    def by_treaty(self, ask: Question, mfn: Span | None) -> Answer:
        """The rate that follows from the treaty: the hull over every pair of tracks, capped by the MFN rate."""
        found: list[tuple[Fraction, Fraction | None]] = []
        notification = False
        limit = next(Fraction(r["value"]) for r in self.table("treaty_numbers") if r["name"] == "ACFTA-RECIPROCITY-LIMIT")
        for own in sorted(self.tracks(ask.importer, ask)):
            rate = self.track_rate(ask.importer, own, ask.day)
            for theirs in sorted(self.tracks(ask.origin, ask)):
                if own in ("NT", "EHP") and theirs in ("SL", "HSL"):
                    their_rate = self.scheduled_by(ask.origin, ask) or self.track_rate(ask.origin, theirs, ask.day)
                    found.append(self.reciprocal(rate, their_rate, mfn, limit))
                    notification = notification or their_rate[0] <= limit
                else:
                    found.append(rate)
        found = found or [(Fraction(0), None)]  # no code of 2006 is known for the goods
        capped = [(low if mfn is None else min(low, mfn[0]), high if mfn is None else mfn[1] if high is None else min(high, mfn[1])) for low, high in found]
        highs = [high for _, high in capped if high is not None]
        if len(highs) < len(capped):
            return Answer("ACFTA", Reading(open_ended=True), open_condition=notification)
        return Answer("ACFTA", Reading((min(low for low, _ in capped), max(highs))), open_condition=notification)

    @staticmethod
    def reciprocal(
        own: tuple[Fraction, Fraction | None], theirs: tuple[Fraction, Fraction | None], mfn: Span | None, limit: Fraction
    ) -> tuple[Fraction, Fraction | None]:
        """Annex 2, paragraph 6: at most the limit, the higher of both rates; otherwise, or without notification, the MFN rate."""
        if theirs[0] > limit:
            return mfn or (Fraction(0), None)
        low = max(own[0], theirs[0])
        return low, None if mfn is None or own[1] is None else max(own[1], limit if theirs[1] is None else min(theirs[1], limit), mfn[1])

    def scheduled_by(self, party: str, ask: Question) -> Span | None:
        """What a Party's own ACFTA schedule in hand charges goods of the importer on the code."""
        schedule = self.schedule("ACFTA", party, ask.importer, ask.day)
        reading = self.scheduled(schedule, ask, ask.importer) if schedule else None
        return reading.span if reading else None
