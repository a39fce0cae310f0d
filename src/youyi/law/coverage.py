"""How far the release carries: for one day, every importing Party, regime and chapter, and how good the rates in hand are.

    coverage(rulebook, day) -> cells     one per importer, regime, schedule and chapter
    table(cells)            -> text      the same as a map for a terminal, one letter a chapter

The states are those of the answers that `assess` gives: a chapter marked stale is answered with a stale rate, a
chapter not in hand with LAW-CHAPTER, no schedule with LAW-NOT-IN-HAND.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import groupby
from operator import attrgetter

import numpy as np
import numpy.typing as npt

from youyi.law.acfta import AGREEMENT as ACFTA
from youyi.law.checks import NATIONAL_CHAPTERS
from youyi.law.rulebook import Record, Rulebook
from youyi.law.schedule import Schedule
from youyi.law.tables import day_number, key_of

Counts = npt.NDArray[np.int64]
"""Lines of a chapter: official, derived, stale, before their first day."""


class State(StrEnum):
    """What the release knows of a chapter, best first."""

    OFFICIAL = "official"
    DERIVED = "derived"
    STALE = "stale"
    BEFORE_FIRST = "before first"
    CHAPTER_NOT_IN_HAND = "chapter not in hand"
    NO_SCHEDULE = "no schedule"
    NOT_BOUND = "not bound"


LETTERS = {
    State.OFFICIAL: "O",
    State.DERIVED: "D",
    State.STALE: "S",
    State.BEFORE_FIRST: "<",
    State.CHAPTER_NOT_IN_HAND: "-",
    State.NO_SCHEDULE: ".",
    State.NOT_BOUND: " ",
}
LINES = (State.OFFICIAL, State.DERIVED, State.STALE, State.BEFORE_FIRST)
"""The states of single lines, in the order of `Counts`."""
LEGEND = "O official  D derived or by treaty  S stale  < begins later  - chapter not in hand  . no schedule  (small letter: most lines, not all)"


@dataclass(frozen=True, slots=True)
class Cell:
    """A chapter of an importer's tariff under a regime on one day.

    `state` is that of most lines, the worse of two as many; a default rate decides where the schedule has one.
    `official`, `derived` (with unverified), `stale` and `later` (first day still to come) count tariff lines;
    `schedule` and `origins` are empty without a schedule in hand, as for ACFTA by the treaty, which is derived.
    """

    importer: str
    regime: str
    schedule: str
    origins: str
    chapter: str
    state: State
    official: int = 0
    derived: int = 0
    stale: int = 0
    later: int = 0

    @property
    def lines(self) -> int:
        """The tariff lines in hand."""
        return self.official + self.derived + self.stale + self.later

    @property
    def missing(self) -> bool:
        """Whether a good of this chapter gets no rate, although the regime binds the importer."""
        return self.state in (State.NO_SCHEDULE, State.CHAPTER_NOT_IN_HAND, State.BEFORE_FIRST)

    @property
    def mixed(self) -> bool:
        """Whether some lines are in another state than the cell."""
        counts = dict(zip(LINES, (self.official, self.derived, self.stale, self.later), strict=True))
        return self.lines > counts.get(self.state, self.lines)

    @property
    def letter(self) -> str:
        """The cell on the map."""
        letter = LETTERS[self.state]
        return letter.lower() if self.mixed else letter


def coverage(rulebook: Rulebook, day: date) -> list[Cell]:
    """Every cell of the map on `day`, by Party, regime, schedule and chapter."""
    on = day_number(day.isoformat())
    chapters = _chapters(rulebook)
    parties = [p for p, row in rulebook.parties.items() if row["start"] <= on <= row["stop"]]
    regimes = [a for a in rulebook.agreements if a["treatment"] == "row"]
    return [cell for importer in parties for regime in regimes for cell in _row(rulebook, importer, regime, on, chapters)]


def _chapters(rulebook: Rulebook) -> list[str]:
    """The chapters that some list in hand has codes of (77 is reserved, so none has)."""
    store = rulebook.store
    keys = [store.ints(name, "key") for name in store.names("nomenclature")]
    found = {str(k)[1:3] for column in keys for k in column[column >= key_of("000000")].tolist()}
    return sorted(c for c in found if c not in NATIONAL_CHAPTERS)


def _row(rulebook: Rulebook, importer: str, regime: Record, on: int, chapters: list[str]) -> Iterator[Cell]:
    name = str(regime["agreement"])
    if not _bound(rulebook, importer, regime, on):
        yield from (Cell(importer, name, "", "", c, State.NOT_BOUND) for c in chapters)
        return
    schedules = _in_turn(rulebook.schedules.get((importer, name), []), on)
    for s in schedules:
        yield from _of_schedule(s, on, chapters)
    if not schedules:
        state = State.DERIVED if name == ACFTA else State.NO_SCHEDULE
        yield from (Cell(importer, name, "", "", c, state) for c in chapters)


def _bound(rulebook: Rulebook, importer: str, regime: Record, on: int) -> bool:
    """Whether the regime binds the importer on the day, towards anybody."""
    if regime["kind"] == "mfn":
        return True
    if not regime["in_force"] or day_number(regime["in_force"]) > on:
        return False
    giver = regime["giver"]
    if giver and giver != importer:
        return False
    return any(rulebook.membership(regime["agreement"], importer, on, other) for other in rulebook.parties)


def _in_turn(schedules: list[Schedule], on: int) -> list[Schedule]:
    """Of schedules that follow one another for the same origins, the one that answers on the day."""
    found: dict[str, Schedule] = {}
    for s in sorted(schedules, key=lambda s: s.first):
        if s.first <= on or s.origins not in found:
            found[s.origins] = s
    return list(found.values())


def _of_schedule(s: Schedule, on: int, chapters: list[str]) -> Iterator[Cell]:
    counted = _counts(s, on)
    for chapter in chapters:
        counts = counted.get(int("1" + chapter), np.zeros(len(LINES), dtype=np.int64))
        official, derived, stale, later = counts.tolist()
        yield Cell(s.importer, s.regime, s.schedule, s.origins, chapter, _state(s, counts, on), official, derived, stale, later)


def _state(s: Schedule, counts: Counts, on: int) -> State:
    if on < s.first:
        return State.BEFORE_FIRST
    if s.default is not None:
        return State.STALE if on > s.last else State.OFFICIAL if s.status == "official" else State.DERIVED
    if not counts.any():
        return State.CHAPTER_NOT_IN_HAND
    return LINES[len(LINES) - 1 - int(np.argmax(counts[::-1]))]


def _counts(s: Schedule, on: int) -> dict[int, Counts]:
    """Chapter key to its lines by state, each line by the row that answers on the day."""
    lines = s.lines
    if not len(lines.key):
        return {}
    keys, first = np.unique(lines.key, return_index=True)
    begun = np.add.reduceat((lines.start <= on).astype(np.int64), first)
    row = first + np.maximum(begun - 1, 0)
    status = lines.column("status")
    derived = np.asarray([word != "official" for word in status.pool])[status.codes[row]]
    state = np.where(begun == 0, 3, np.where(lines.stop[row] < on, 2, np.where(derived, 1, 0)))
    chapter, place = np.unique(keys // 10 ** (s.digits - 2), return_inverse=True)
    table = np.bincount(place * len(LINES) + state, minlength=len(chapter) * len(LINES)).reshape(-1, len(LINES))
    return dict(zip(chapter.tolist(), table, strict=True))


def table(cells: list[Cell]) -> str:
    """The cells as text: a row for each importer, regime and origins, a letter for each chapter. Rows that bind nobody are left out."""
    bound = [c for c in cells if c.state is not State.NOT_BOUND]
    chapters = sorted({c.chapter for c in bound})
    rows = [(_label(*place), "".join(c.letter for c in row)) for place, row in groupby(bound, key=attrgetter("importer", "regime", "schedule", "origins"))]
    width = max((len(label) for label, _ in rows), default=0)
    head = [("", "".join(c[n] for c in chapters)) for n in (0, 1)]
    return "\n".join([*(f"{label:{width}} {letters}" for label, letters in (*head, *rows)), LEGEND])


def _label(importer: str, regime: str, _schedule: str, origins: str) -> str:
    return " ".join([importer, regime, *({origins} - {"", "*", regime})])
