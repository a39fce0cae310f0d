"""Reading a release: a folder of plain files, checked as a whole, every fault named by file, line and field.

    ReleaseError   the folder cannot be used; `.problems` lists every fault found
"""

from __future__ import annotations

import csv
import hashlib
import tomllib
from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from pathlib import Path

from youyi.law.tables import DATED, EDITIONS, OPEN, TABLES, Table, day_number, day_text, fault

Row = tuple[str, ...]
MAX_FILE_BYTES = 256 * 1024 * 1024
NATIONAL_CHAPTERS = ("98", "99")
"""Chapters that the Harmonized System leaves to each state."""
MAX_PROBLEMS = 1000
"""A check stops listing after this many faults and says so."""


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """A fault in a release: where it stands and what is wrong."""

    file: str
    line: int
    field: str
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.field}: {self.text}"


class ReleaseError(Exception):
    """A release that cannot be used. `problems` holds every fault, in file order."""

    def __init__(self, problems: list[Problem]) -> None:
        shown = "\n  ".join(map(str, problems[:20]))
        more = f"\n  … and {len(problems) - 20} more" if len(problems) > 20 else ""
        super().__init__(f"the release has {len(problems)} fault(s):\n  {shown}{more}")
        self.problems = problems


@dataclass(frozen=True)
class TableFile:
    """One CSV file of a release, read but not yet judged. `lines[i]` is the line of the file that row i stands on."""

    table: Table
    name: str
    rows: list[Row]
    lines: list[int]

    def column(self, name: str) -> int:
        return list(self.table.columns).index(name)


def bundled() -> Path:
    """The folder of the release that comes with the program."""
    return Path(str(files("youyi.law") / "data"))


class Release:
    """A release folder. `problems()` judges it; nothing is judged before."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or bundled()
        if not self.folder.is_dir():
            raise ReleaseError([Problem(str(self.folder), 0, "folder", "there is no such folder")])
        self._reading: list[Problem] = []

    @cached_property
    def paths(self) -> list[Path]:
        return sorted(p for p in self.folder.rglob("*") if p.suffix in (".csv", ".toml") and p.is_file())

    @cached_property
    def digest(self) -> str:
        """SHA-256 over every file's name and content: what an answer's provenance names."""
        total = hashlib.sha256()
        for path in self.paths:
            content = path.read_bytes()
            total.update(f"{path.relative_to(self.folder).as_posix()}\0{len(content)}\0".encode())
            total.update(content)
        return total.hexdigest()

    @cached_property
    def about(self) -> dict[str, str]:
        """`release.toml`: name, date and description."""
        return {k: str(v) for k, v in self._toml("release.toml").items()}

    @cached_property
    def citations(self) -> dict[str, dict[str, str]]:
        """`citations*.toml`: what each citation key stands for."""
        found: dict[str, dict[str, str]] = {}
        for path in self.paths:
            if path.parent == self.folder and path.name.startswith("citations"):
                found.update({k: {a: str(b) for a, b in v.items()} for k, v in self._toml(path.name).items() if isinstance(v, dict)})
        return found

    @cached_property
    def files(self) -> list[TableFile]:
        """Every table file, read."""
        found: list[TableFile] = []
        for table in TABLES:
            paths = [p for p in sorted(self.folder.glob(table.pattern))]
            if table.required and not paths:
                self._reading.append(Problem(table.pattern, 0, "file", f"no file with {table.about}"))
            found.extend(self._read(table, p) for p in paths)
        known = {f.name for f in found}
        for path in self.paths:
            name = path.relative_to(self.folder).as_posix()
            if path.suffix == ".csv" and name not in known:
                self._reading.append(Problem(name, 0, "file", "belongs to no kind of table"))
        return found

    def of(self, kind: str) -> list[TableFile]:
        return [f for f in self.files if f.table.kind == kind]

    def problems(self) -> list[Problem]:
        """Every fault of the release, in file order; empty when it can be used."""
        tables = self.files
        found = [*self._reading]
        for name in ("release.toml", "citations.toml"):
            if not (self.folder / name).is_file():
                found.append(Problem(name, 0, "file", "is missing"))
        countries = self._words("countries", "country")
        money = self._words("currencies", "currency")
        citations = frozenset(self.citations)
        for file in tables:
            found += _cell_faults(file, countries, money, citations)
            found += _overlaps(file)
        found += self._codes_outside_their_edition()
        found += self._groups_nobody_belongs_to()
        found += [p for p in self._reading if p not in found]
        return sorted(found)[:MAX_PROBLEMS]

    # -- reading ------------------------------------------------------------------------------------------

    def _toml(self, name: str) -> dict[str, object]:
        path = self.folder / name
        if not path.is_file():
            return {}
        try:
            return tomllib.loads(path.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            self._reading.append(Problem(name, 0, "file", f"is not TOML: {error}"))
            return {}

    def _read(self, table: Table, path: Path) -> TableFile:
        name = path.relative_to(self.folder).as_posix()
        rows: list[Row] = []
        lines: list[int] = []
        head = list(table.columns)
        if path.stat().st_size > MAX_FILE_BYTES:
            self._reading.append(Problem(name, 0, "file", f"is larger than {MAX_FILE_BYTES} bytes"))
            return TableFile(table, name, rows, lines)
        try:
            with path.open(encoding="utf-8-sig", newline="") as f:
                reader = csv.reader(f, strict=True)
                found = next(reader, [])
                for column in found:
                    if column not in head:
                        self._reading.append(Problem(name, 1, column, "unknown column"))
                for column in head:
                    if column not in found:
                        self._reading.append(Problem(name, 1, column, "the column is missing"))
                if sorted(found) != sorted(head):
                    return TableFile(table, name, rows, lines)
                order = [found.index(c) for c in head]
                straight = order == list(range(len(head)))
                for row in reader:
                    if len(row) != len(head):
                        self._reading.append(Problem(name, reader.line_num, "row", f"has {len(row)} cells, not {len(head)}"))
                        continue
                    rows.append(tuple(row) if straight else tuple(row[i] for i in order))
                    lines.append(reader.line_num)
        except (UnicodeDecodeError, csv.Error) as error:
            self._reading.append(Problem(name, len(rows) + 2, "file", f"cannot be read: {error}"))
        return TableFile(table, name, rows, lines)

    def _words(self, kind: str, column: str) -> frozenset[str]:
        return frozenset(row[f.column(column)] for f in self.of(kind) for row in f.rows)

    # -- what one file cannot know alone -------------------------------------------------------------------

    def _codes_outside_their_edition(self) -> list[Problem]:
        """A code must stand in the nomenclature of its edition, and of its national tariff where that is in hand."""
        by_edition: dict[str, set[str]] = defaultdict(set)
        by_tariff: dict[str, set[str]] = defaultdict(set)
        for f in self.of("nomenclature"):
            code, edition, tariff = f.column("code"), f.column("edition"), f.column("tariff")
            for row in f.rows:
                by_edition[row[edition]].add(row[code][:6])
                if row[tariff]:
                    by_tariff[row[tariff]].add(row[code])
        for edition in by_edition:
            by_edition[edition] |= {c[:n] for c in by_edition[edition] for n in (2, 4)}
        problems = []
        for f in self.files:
            name = next((c for c, kind in f.table.columns.items() if kind in ("code", "codes")), "")
            if not name or f.table.kind in ("nomenclature", "correlation") or "edition" not in f.table.columns:
                continue
            code, edition = f.column(name), f.column("edition")
            tariff = f.column("tariff")
            for row, line in zip(f.rows, f.lines, strict=True):
                text = row[code]
                known = by_edition.get(row[edition])
                if not text or known is None or text[:2] in NATIONAL_CHAPTERS:
                    continue
                national = by_tariff.get(row[tariff]) if row[tariff] else None
                if text[:6] not in known:
                    problems.append(Problem(f.name, line, name, f"{text} is not in {row[edition]}"))
                elif national is not None and f.table.kind == "tariff" and text not in national:
                    problems.append(Problem(f.name, line, name, f"{text} is not in {row[tariff]}"))
        return problems

    def _groups_nobody_belongs_to(self) -> list[Problem]:
        """A group that a row names must have members."""
        members = self._words("membership", "agreement") | self._words("parties", "party")
        problems = []
        for f in self.files:
            for column in ("origins", "group"):
                if column in f.table.columns:
                    i = f.column(column)
                    problems += [Problem(f.name, n, column, f"nobody belongs to {r[i]!r}") for r, n in zip(f.rows, f.lines, strict=True) if r[i] not in ("", "*") and r[i] not in members]
        return problems


def _cell_faults(file: TableFile, countries: frozenset[str], money: frozenset[str], citations: frozenset[str]) -> list[Problem]:
    problems = []
    for i, (column, kind) in enumerate(file.table.columns.items()):
        if kind == "text":
            continue
        judged: dict[str, str] = {}
        for row, line in zip(file.rows, file.lines, strict=True):
            cell = row[i]
            wrong = judged.get(cell)
            if wrong is None:
                wrong = judged[cell] = fault(kind, cell, countries, money, citations)
            if wrong:
                problems.append(Problem(file.name, line, column, wrong))
    return problems


def _overlaps(file: TableFile) -> list[Problem]:
    """Two rows of one key may not hold on the same day, and no row may end before it starts."""
    keys = [file.column(k) for k in file.table.key]
    since, until = file.column("valid_from"), file.column("valid_to")
    periods: dict[Row, list[tuple[int, int, int]]] = defaultdict(list)
    problems = []
    for row, line in zip(file.rows, file.lines, strict=True):
        try:
            start, stop = day_number(row[since]), day_number(row[until]) if row[until] else OPEN
        except ValueError:
            continue
        if stop < start:
            problems.append(Problem(file.name, line, "valid_to", f"{row[until]} is before valid_from {row[since]}"))
        periods[tuple(row[k] for k in keys)].append((start, stop, line))
    for key, spans in periods.items():
        spans.sort()
        for (_, stop, first), (start, _, second) in zip(spans, spans[1:], strict=False):
            if start <= stop:
                name = " ".join(filter(None, key)) or "the same key"
                problems.append(Problem(file.name, second, "valid_from", f"{name} from {day_text(start)} overlaps line {first}"))
    return problems


def edition_before(edition: str) -> str | None:
    """The edition that came before this one, in the order of the Harmonized System's reviews."""
    i = EDITIONS.index(edition)
    return EDITIONS[i - 1] if i else None


__all__ = ["DATED", "Problem", "Release", "ReleaseError", "TableFile", "bundled", "edition_before"]
