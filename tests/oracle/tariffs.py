"""Sections 1 to 3: the question, the lines the goods may stand on, and the rate on the day."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterable, Iterator
from fractions import Fraction
from functools import cached_property
from pathlib import Path

from .cells import Reading, read
from .exact import Row, hull, in_force
from .records import Question

EDITIONS = ("HS1996", "HS2002", "HS2007", "HS2012", "HS2017", "HS2022")
EDITIONS_IN_HAND = EDITIONS[1:]


class Lines:
    """The lines of one tariff, by code and by their first six digits."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self.rows: dict[str, list[Row]] = defaultdict(list)
        self.under: dict[str, list[str]] = defaultdict(list)
        for row in rows:
            if row["code"] not in self.rows:
                self.under[row["code"][:6]].append(row["code"])
            self.rows[row["code"]].append(row)
        self.chapters = {code[:2] for code in self.rows}


class Tariffs:
    """The tables in a folder, and what a schedule charges."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._tables: dict[str, list[Row]] = {}
        self._lines: dict[str, Lines] = {}

    def table(self, name: str) -> list[Row]:
        """The rows of one file."""
        if name not in self._tables:
            with (self.folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
                self._tables[name] = list(csv.DictReader(file))
        return self._tables[name]

    def files(self, kind: str) -> Iterator[Row]:
        """The rows of every file of a subfolder."""
        for path in sorted((self.folder / kind).glob("*.csv")):
            yield from self.table(f"{kind}/{path.stem}")

    def lines_of(self, name: str) -> Lines:
        """A tariff or nomenclature file by code; no name, no lines."""
        if name not in self._lines:
            self._lines[name] = Lines(self.table(name) if name else [])
        return self._lines[name]

    # 1. The question

    def question(self, line: Row) -> Question | None:
        """The line, read; None where a cell that it needs cannot be."""
        exporter, origin = line.get("exporter") or line.get("origin", ""), line.get("origin") or line.get("exporter", "")
        importer, code, day = line["importer"], line["hs"], line["date"]
        if importer not in self.currency_of or not (6 <= len(code) <= 12 and code.isdigit()):
            return None
        edition = line.get("hs_edition") or self.national_edition(importer, day)
        if edition not in EDITIONS_IN_HAND or self.unknown(code, edition):
            return None
        value = Fraction(line["value"])
        return Question(importer, exporter, origin, code, edition, day, value, line["currency"], line)

    def unknown(self, code: str, edition: str) -> bool:
        """Whether an edition lacks the six digits; chapters 98 and 99 are each state's own."""
        return code[:2] < "98" and not self.has(edition, code[:6])

    def national_edition(self, importer: str, day: str) -> str:
        """The edition of the tariff that holds on the day, else of the last before it, else HS 2022."""
        begun = [r for r in self.table("national_tariffs") if r["importer"] == importer and r["valid_from"] <= day]
        return max(begun, key=lambda r: r["valid_from"])["edition"] if begun else "HS2022"

    @cached_property
    def currency_of(self) -> dict[str, str]:
        """The currency of every state this release speaks of."""
        return {r["party"]: r["currency"] for r in self.table("parties")}

    def member(self, group: str, party: str, day: str, other: str = "") -> bool:
        """Whether a state belongs to an agreement or group on the day, towards the other."""
        return bool(self.memberships(group, party, day, other))

    def memberships(self, group: str, party: str, day: str, other: str = "") -> list[Row]:
        """The rows that make it a member."""
        return [r for r in self.table("membership") if r["agreement"] == group and r["party"] == party and r["towards"] in ("", other) and in_force(r, day)]

    # 2. The lines of a schedule

    @cached_property
    def steps(self) -> dict[tuple[str, str], dict[str, set[str]]]:
        """For each step between neighbouring editions: code -> codes, both ways."""
        found: dict[tuple[str, str], dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
        for row in self.files("correlation"):
            found[row["edition"], row["to_edition"]][row["code"]].add(row["to_code"])
            found[row["to_edition"], row["edition"]][row["to_code"]].add(row["code"])
        return found

    @cached_property
    def codes_of(self) -> dict[str, set[str]]:
        """The six-digit codes that an edition has, as far as the tables say."""
        found: dict[str, set[str]] = defaultdict(set)
        for row in self.files("nomenclature"):
            found[row["edition"]].add(row["code"][:6])
        for (edition, _), step in self.steps.items():
            found[edition].update(step)
        return found

    def has(self, edition: str, code: str) -> bool:
        """Whether an edition has a code. No list of HS 1996 is in hand: it is taken to have what HS 2002 has."""
        return code in self.codes_of[edition] or (edition == "HS1996" and code in self.codes_of["HS2002"])

    def cross(self, code: str, edition: str, to: str) -> frozenset[str]:
        """Every six-digit code of the other edition that the goods may have."""
        codes = {code[:6]}
        here, there = EDITIONS.index(edition), EDITIONS.index(to)
        way = 1 if there > here else -1
        for at in range(here, there, way):
            step = self.steps[EDITIONS[at], EDITIONS[at + way]]
            codes = {t for c in codes for t in (step[c] if c in step else {c} if self.has(EDITIONS[at + way], c) else set())}
        return frozenset(codes)

    def places(self, lines: Lines, tariff: tuple[str, int], code: str, edition: str) -> list[str]:
        """The lines of a tariff of some edition and length that the goods may stand on."""
        own, digits = tariff
        targets = self.cross(code, edition, own)
        if edition != own and targets != {code[:6]}:
            if any(six[:2] not in lines.chapters for six in targets):  # the goods may stand where no rate is in hand
                return []
            return [line for six in sorted(targets) for line in lines.under.get(six, ())]
        if len(code) >= digits and code[:digits] in lines.rows:
            return [code[:digits]]
        for length in (len(code), 8, 6):
            if length < digits and (found := [line for line in lines.under.get(code[:6], ()) if line.startswith(code[:length])]):
                return found
        return []

    # 3. The rate on the day

    def schedule(self, regime: str, importer: str, origin: str, day: str) -> Row | None:
        """The importer's schedule under a regime for goods of an origin."""
        for row in self.table("schedules"):
            if (row["importer"], row["regime"]) == (importer, regime) and (row["origins"] == "*" or self.member(row["origins"], origin, day, importer)):
                return row
        return None

    def scheduled(self, schedule: Row, ask: Question, origin: str) -> Reading | None:
        """What a schedule charges goods of an origin on the day; None where that is missing."""
        if ask.day < schedule["valid_from"]:
            return None
        lines = self.lines_of(schedule["file"].removesuffix(".csv"))
        code_alone = self.code_alone(ask, schedule)
        places = [] if code_alone else self.places(lines, (schedule["edition"], int(schedule["digits"])), ask.code, ask.edition)
        cells = {cell for place in places if (cell := self.cell_on(lines.rows[place], ask.day)) is not None}
        if not cells:
            return read(schedule["default_rate"], origin) if schedule["default_rate"] else None
        readings = [read(cell, origin) for cell in cells]
        if len(readings) == 1:
            return readings[0]
        spans = [r.span for r in readings if r.span is not None]
        return Reading(hull(spans)) if len(spans) == len(readings) else Reading(shut=all(r.shut for r in readings))

    def code_alone(self, ask: Question, schedule: Row) -> bool:
        """Whether a full code that is no line of the schedule stands under its default, not under its neighbours."""
        digits, own = int(schedule["digits"]), schedule["edition"]
        lines = self.lines_of(schedule["file"].removesuffix(".csv"))
        same = self.cross(ask.code, ask.edition, own) == {ask.code[:6]}
        return bool(schedule["default_rate"]) and same and len(ask.code) >= digits and ask.code[:digits] not in lines.rows

    @staticmethod
    def cell_on(rows: list[Row], day: str) -> str | None:
        """The cell that holds on the day, else the last that began before it."""
        begun = [row for row in rows if row["valid_from"] <= day]
        return max(begun, key=lambda row: row["valid_from"])["rate"] if begun else None
