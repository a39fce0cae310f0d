"""How well the law in hand foretells an official schedule: what it predicts, where it fails, and for which cause.

Viet Nam's decree prints on each line whom it shuts out (`0 (-CN, TH)`). The lists of 2006 and the reciprocity notes
predict the same thing for every importing Party, so the one schedule in hand measures the answers given where none is.

    Pair      one line and one exporting Party: foretold or not, official or not
    Score     agreed, predicted only, official only; precision and recall
    Cause     why a pair disagrees: a fact of the tables, or an inference that says it is one
    Average   a simple average of a tariff's rates, and what was left out of it

Nothing is crossed or listed here a second time: `youyi.law.acfta.standing` says where a Party holds a good.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from youyi.law import acfta
from youyi.law.due import excluded_parties, percent_range
from youyi.law.duty import PPM, NoRate
from youyi.law.rulebook import Rulebook
from youyi.law.schedule import Rate, Schedule
from youyi.law.tables import code_of

TEXTILE_CHAPTERS = frozenset((*map(str, range(50, 61)), "63"))
LOW_MFN = 5 * PPM
"""Up to here Annex 1 asked no cut of a CLMV Party before 2013 to 2015."""
SPECIAL_CHAPTERS = frozenset({"98"})
"""Viet Nam's national chapter: its lines repeat goods of other chapters."""


# -- what the law predicts ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Listing:
    """How much of a six-digit code a Party's list of 2006 names: `named` of the `roots` codes its goods stood under.

    A code counts as named where the list names only some national lines of it (`partial`).
    """

    named: int
    roots: int
    partial: bool
    early_harvest: bool

    @property
    def wholly(self) -> bool:
        """Every code behind the good is named."""
        return 0 < self.named == self.roots


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the official schedule with its listings by Party, the importer's among them."""

    rate: Rate
    excluded: frozenset[str]
    own: tuple[int, int] | None
    mfn: tuple[int, int] | None
    importer: Listing
    exporters: dict[str, Listing]

    @property
    def code(self) -> str:
        """The national line."""
        return self.rate.code

    @property
    def without_margin(self) -> bool:
        """The MFN rate is no higher than the rate under the agreement."""
        return self.mfn is not None and self.own is not None and self.mfn[0] <= self.own[1]

    def foretold(self) -> frozenset[str]:
        """By law alone: all the codes behind the line are sensitive for the exporter, and not all are for the importer."""
        return frozenset() if self.importer.wholly else frozenset(p for p, held in self.exporters.items() if held.wholly)

    def foretold_given_use(self) -> frozenset[str]:
        """Given that the official cell shuts somebody out: every Party whose list names any code behind the line."""
        return frozenset(p for p, held in self.exporters.items() if held.named) if self.excluded else frozenset()


def listing(rulebook: Rulebook, party: str, code: str, edition: str, day: int) -> Listing:
    """What `party`'s list says of six-digit `code`, root by root."""
    own = acfta.list_edition(party)
    roots = rulebook.nomenclature.cross(code, edition, own).codes
    held = [acfta.standing(rulebook, party, root, own, day) for root in roots]
    return Listing(sum(bool(h.sensitive) for h in held), len(roots), any(h.partial for h in held), any("EHP" in h.tracks for h in held))


def official_lines(rulebook: Rulebook, importer: str, day: int) -> list[Line]:
    """Every line of the importer's ACFTA schedule that bears a rate on `day`."""
    schedule = rulebook.schedules[importer, acfta.AGREEMENT][0]
    mfn = rulebook.schedules[importer, "MFN"][0]
    parties = [p for p in sorted(rulebook.parties) if p != importer and rulebook.between(acfta.AGREEMENT, importer, p, day)]
    known: dict[str, tuple[Listing, dict[str, Listing]]] = {}
    lines = []
    for key in map(int, np.unique(schedule.lines.key)):
        rate, base = schedule.rate(key, day), mfn.rate(key, day)
        if rate is None or isinstance(rate.duty, NoRate) or rate.code[:2] in SPECIAL_CHAPTERS:
            continue
        six = rate.code[:6]
        if six not in known:
            held = {p: listing(rulebook, p, six, schedule.edition, day) for p in (importer, *parties)}
            known[six] = held.pop(importer), held
        lines.append(Line(rate, frozenset(excluded_parties(rate.duty)), percent_range(rate.duty), percent_range(base.duty) if base else None, *known[six]))
    return lines


# -- scores ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Score:
    """Pairs of line and Party, by who names them: both, the prediction, the official schedule."""

    agreed: int = 0
    predicted_only: int = 0
    official_only: int = 0

    @property
    def precision(self) -> float:
        """Of what was predicted, the share that is official."""
        return self.agreed / max(1, self.agreed + self.predicted_only)

    @property
    def recall(self) -> float:
        """Of what is official, the share that was predicted."""
        return self.agreed / max(1, self.agreed + self.official_only)

    def __add__(self, other: Score) -> Score:
        return Score(self.agreed + other.agreed, self.predicted_only + other.predicted_only, self.official_only + other.official_only)


Prediction = Callable[[Line], frozenset[str]]


def scores(lines: Iterable[Line], predict: Prediction) -> dict[str, Score]:
    """Pairs of line and Party, counted by Party."""
    found: dict[str, Score] = {}
    for line in lines:
        foretold = predict(line)
        for party in line.exporters:
            pair = party in foretold, party in line.excluded
            one = Score(pair == (True, True), pair == (True, False), pair == (False, True))
            found[party] = found.get(party, Score()) + one
    return found


def exact_sets(lines: Iterable[Line], predict: Prediction) -> tuple[int, int]:
    """Of the lines that shut anybody out: on how many exactly the predicted Parties, and how many lines there are."""
    using = [line for line in lines if line.excluded]
    return sum(predict(line) == line.excluded for line in using), len(using)


# -- causes ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Pair:
    """A line and a Party on which prediction and official cell disagree.

    `siblings`: another line under the same six digits shuts this Party out; `heading`: the Party's list names
    something under the same heading.
    """

    line: Line
    party: str
    siblings: bool
    heading: bool

    @property
    def held(self) -> Listing:
        """The exporter's listing."""
        return self.line.exporters[self.party]

    @property
    def nobody(self) -> bool:
        """The official line shuts nobody out."""
        return not self.line.excluded


@dataclass(frozen=True, slots=True)
class Cause:
    """Why pairs disagree. `inference`: the tables in hand suggest it but do not prove it."""

    name: str
    text: str
    holds: Callable[[Pair], bool]
    inference: bool = False


PREDICTED_ONLY = (
    Cause(
        "early harvest",
        "the importer holds the good under the Early Harvest Programme, where the schedule hardly uses reciprocity",
        lambda p: p.line.importer.early_harvest,
    ),
    Cause(
        "no margin",
        "the importer's MFN rate is no higher than its ACFTA rate, so shutting out would change nothing; nobody is shut out",
        lambda p: p.nobody and p.line.without_margin,
    ),
    Cause(
        "split within the six digits",
        "nobody is shut out here, but another national line under the same six digits shuts this Party out",
        lambda p: p.nobody and p.siblings,
    ),
    Cause(
        "textiles",
        "textile line on which nobody is shut out: the MFN rate fell on WTO accession in 2007 below the scheduled ACFTA rate",
        lambda p: p.nobody and p.line.code[:2] in TEXTILE_CHAPTERS,
        inference=True,
    ),
    Cause(
        "low MFN",
        "MFN of at most 5 %, nobody is shut out: Annex 1 gave no margin before 2013 to 2015, when the lines were decided",
        lambda p: p.nobody and p.line.mfn is not None and p.line.mfn[0] <= LOW_MFN,
        inference=True,
    ),
    Cause(
        "partial list",
        "the exporter's list names only some national lines under the six digits",
        lambda p: p.held.partial,
    ),
    Cause(
        "nobody shut out",
        "nobody is shut out and no reason is in hand: granted freely (note 4)",
        lambda p: p.nobody,
        inference=True,
    ),
    Cause(
        "others shut out",
        "others are shut out but not this Party: it moved the line or notified its rate (Annex 2 ¶5, note 2)",
        lambda p: True,
        inference=True,
    ),
)
OFFICIAL_ONLY = (
    Cause(
        "both sensitive",
        "both lists name all the codes and the importer charges above nil; the schedule shuts out where note 6 grants",
        lambda p: p.held.wholly and p.line.own is not None and p.line.own[1] > 0,
    ),
    Cause(
        "importer's list too wide",
        "both lists name all the codes, but the importer's rate is nil: its list names only other lines of the code, or the line moved",
        lambda p: p.held.wholly,
    ),
    Cause(
        "split between editions",
        "only some of the older codes behind the line are on the exporter's list",
        lambda p: p.held.named > 0,
    ),
    Cause(
        "neighbour listed",
        "the code is not on the exporter's list of 2006, another code of the same heading is",
        lambda p: p.heading,
    ),
    Cause(
        "not listed",
        "nothing under the heading is on the exporter's list of 2006",
        lambda p: True,
    ),
)


def disagreements(rulebook: Rulebook, lines: list[Line], edition: str) -> dict[str, list[Pair]]:
    """Every pair on which the prediction by law fails, under the first cause that holds."""
    shut = {(line.code[:6], p) for line in lines for p in line.excluded}
    headings = {(p, code[:4]) for p, code in rulebook.sensitive}
    found: dict[str, list[Pair]] = {c.name: [] for c in (*PREDICTED_ONLY, *OFFICIAL_ONLY)}
    for line in lines:
        foretold = line.foretold()
        for party in sorted(foretold ^ line.excluded):
            six = line.code[:6]
            roots = rulebook.nomenclature.cross(six, edition, acfta.list_edition(party)).codes
            pair = Pair(line, party, (six, party) in shut, any((party, root[:4]) in headings for root in roots))
            causes = PREDICTED_ONLY if party in foretold else OFFICIAL_ONLY
            found[next(c for c in causes if c.holds(pair)).name].append(pair)
    return found


# -- averages -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Average:
    """The simple average of a tariff's rates in percent over `items`; `unrated` lines have no percentage on the day."""

    items: int
    mean: Fraction
    unrated: int


def rates_on(schedule: Schedule, day: int) -> dict[str, int | None]:
    """Each line's rate on `day` in ten-thousandths of a percent; None where it is no percentage or not known to hold."""
    found: dict[str, int | None] = {}
    for key in map(int, np.unique(schedule.lines.key)):
        rate = schedule.rate(key, day)
        span = percent_range(rate.duty) if rate is not None and rate.fresh else None
        found[code_of(key)] = sum(span) // 2 if span else None
    return found


def simple_average(rates: dict[str, int | None], digits: int) -> Average:
    """Lines averaged under their first `digits` digits, then those averages averaged."""
    groups: dict[str, list[int]] = {}
    for code, rate in rates.items():
        if rate is not None:
            groups.setdefault(code[:digits], []).append(rate)
    by_size: Counter[int] = Counter()  # groups of one size share a denominator, which keeps the exact sum quick
    for group in groups.values():
        by_size[len(group)] += sum(group)
    whole = sum((Fraction(total, size * PPM) for size, total in by_size.items()), Fraction(0))
    return Average(len(groups), whole / max(1, len(groups)), sum(r is None for r in rates.values()))
