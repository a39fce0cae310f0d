"""Adding tables of one's own to a release: checked like all others, and either wholly in or not at all.

    copy_release(target)                     a release of one's own to add to; the bundled one is never changed
    import_table(kind, file, folder, ...)    a table from CSV or XLSX, or citations from TOML

    ReleaseError   the file cannot be taken in; every fault names the user's own file, line and field

The folder (or the bundled release, for a new one) is copied beside itself, the copy is changed and checked as a whole,
and takes the folder's place at the end. Should the program stop between the two last renames, the old folder stands beside as `.NAME-before-…`.
"""

from __future__ import annotations

import csv
import os
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from youyi.law.checks import citation_faults, period
from youyi.law.reading import Cells, Problem, ReleaseError, Row, TableFile, arranged, csv_rows, read_table, read_text, read_toml
from youyi.law.release import Release, bundled
from youyi.law.spreadsheet import sheet_rows
from youyi.law.table import Table
from youyi.law.tables import TABLES
from youyi.leftovers import mark, remove_dead

KINDS = (*(t.kind for t in TABLES), "citations")
"""What can be imported."""
SCHEDULE = {t.kind: t for t in TABLES}["schedules"]
STATED = ("importer", "regime", "origins", "edition", "tariff", "digits", "title")
"""What a tariff's user states of its schedule; the rest follows from the lines unless it is stated too."""
OPTIONS = "(stated)"
"""The file named in faults of what was stated beside the file."""


@dataclass(frozen=True)
class _Taken:
    """What came in: `name` is the file it went to, `places` maps file and line in the release to the user's own."""

    source: str
    name: str
    places: dict[tuple[str, int], tuple[str, int]]

    def own(self, problem: Problem) -> Problem:
        """The fault as the user must see it: by the file and line they gave."""
        text = re.sub(r"(?<=overlaps )line (\d+)", rf"{problem.file}:\1", problem.text)
        text = re.sub(r"(?<=overlaps )(\S+):(\d+)", lambda at: "{}:{}".format(*self._place(at[1], int(at[2]))), text)
        file, line = self._place(problem.file, problem.line)
        return Problem(file, line, problem.field, text)

    def _place(self, file: str, line: int) -> tuple[str, int]:
        return (self.source, 0) if (file, line) == (self.name, 0) else self.places.get((file, line), (file, line))


def copy_release(target: Path | str, source: Path | str | None = None) -> Path:
    """A copy of a release (the bundled one, if none is named) in a new folder.

    Raises ReleaseError where `target` exists already or there is no release to copy.
    """
    target = Path(target)
    release = Release(Path(source) if source is not None else None)
    if target.exists():
        raise ReleaseError([Problem(str(target), 0, "folder", "exists already")])
    target.parent.mkdir(parents=True, exist_ok=True)
    with _beside(target) as temporary:
        shutil.copytree(release.folder, temporary / "new", ignore=shutil.ignore_patterns("__pycache__"))
        (temporary / "new").rename(target)
    return target


def import_table(
    kind: str,
    file: Path | str,
    release_folder: Path | str,
    name: str | None = None,
    *,
    schedule: Mapping[str, str] | None = None,
    given: Mapping[str, str] | None = None,
    replacing: bool = False,
    new: bool = False,
) -> Path:
    """Add a user's table of a kind to a release folder; the path of the file it went to.

    `name` is the new file's name without its ending (else that of `file`). `given` states columns that the file does
    not have, one value for all rows. A `tariff` needs `schedule`: importer, regime, origins (who may use it; empty for
    all), edition, tariff, digits, title; its edition and tariff stand for columns that the file lacks. `replacing` lets
    a file of this name, and its schedule, be replaced. `new` lets a folder that is not there be made from the bundled
    release; it appears only with the table in it. A kind that is one file (`valuation`) gets the rows at its end.

    Raises ReleaseError with every fault; then nothing has changed.
    """
    source, folder = Path(file), Path(release_folder)
    _refuse_unless_possible(kind, source, folder, schedule, new)
    with _changed(folder) as copy:
        if kind == "citations":
            taken, faults = _take_citations(source, copy, name, replacing)
        else:
            table = next(t for t in TABLES if t.kind == kind)
            taken, faults = _take_rows(table, source, copy, name, schedule or {}, given or {}, replacing)
        found = _without_echoes(faults, map(taken.own, Release(copy).problems()))
        if found:
            raise ReleaseError(found)
    return folder / taken.name


def _without_echoes(faults: list[Problem], later: Iterable[Problem]) -> list[Problem]:
    """All faults in file order; a cell that could not be read is not judged a second time."""
    places = {(p.file, p.line, p.field) for p in faults}
    return sorted({*faults, *(p for p in later if (p.file, p.line, p.field) not in places)})


def _refuse_unless_possible(kind: str, source: Path, folder: Path, schedule: Mapping[str, str] | None, new: bool) -> None:
    faults = []
    if kind not in KINDS:
        faults.append(Problem(str(source), 0, "kind", f"{kind!r} is none of {', '.join(KINDS)}"))
    if not source.is_file():
        faults.append(Problem(str(source), 0, "file", "there is no such file"))
    if not folder.is_dir() and (folder.exists() or not new):
        faults.append(Problem(str(folder), 0, "folder", "there is no such folder"))
    elif folder.resolve() == bundled().resolve():
        faults.append(Problem(str(folder), 0, "folder", "is the bundled release; copy it first and add to the copy"))
    if kind == "tariff":
        faults += [Problem(OPTIONS, 0, c, "must be stated with a tariff") for c in STATED if c not in (schedule or {})]
        faults += [Problem(OPTIONS, 0, c, "is no column of a schedule") for c in schedule or {} if c not in SCHEDULE.columns or c == "file"]
    elif schedule:
        faults.append(Problem(OPTIONS, 0, "kind", f"goes with a tariff, not with {kind}"))
    if faults:
        raise ReleaseError(faults)


# -- the folder -----------------------------------------------------------------------------------------------


@contextmanager
def _beside(folder: Path) -> Iterator[Path]:
    """A temporary folder on the same disk, gone at the end; one that a killed process left is removed."""
    remove_dead(folder.parent, ".new")
    temporary = folder.with_name(f".{folder.name}.{mark()}.new")
    temporary.mkdir()
    try:
        yield temporary
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


@contextmanager
def _changed(folder: Path) -> Iterator[Path]:
    """A copy of the folder (of the bundled release, where it is not there yet) that takes its place unless an exception leaves the block."""
    folder = folder.resolve()
    made = not folder.exists()
    folder.parent.mkdir(parents=True, exist_ok=True)
    with _beside(folder) as temporary:
        copy = temporary / "new"
        shutil.copytree(bundled() if made else folder, copy, ignore=shutil.ignore_patterns("__pycache__"))
        yield copy
        if made:
            copy.rename(folder)
            return
        before = folder.with_name(f".{folder.name}-before-{os.getpid()}")
        folder.rename(before)
        try:
            copy.rename(folder)
        except OSError:
            before.rename(folder)
            raise
        shutil.rmtree(before, ignore_errors=True)


def _target(pattern: str, source: Path, name: str | None) -> str:
    """Where in a release a file of this name goes. Raises ReleaseError for a name that is not one word."""
    stem = name or re.sub(r"[^a-z0-9_]+", "_", source.stem.lower()).strip("_")
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]*", stem):
        raise ReleaseError([Problem(str(source), 0, "name", f"{stem!r} is not a name of letters, digits, '_', '-' and '.'")])
    return re.sub(r"(?<=\w)\*", f"-{stem}", pattern).replace("*", stem)


def _free(copy: Path, name: str, source: Path, replacing: bool) -> Path:
    target = copy / name
    if target.exists() and not replacing:
        raise ReleaseError([Problem(str(source), 0, "name", f"the release has a {name} already; say that it is to be replaced, or give another name")])
    target.parent.mkdir(parents=True, exist_ok=True)
    return target


# -- tables ---------------------------------------------------------------------------------------------------


def _take_rows(
    table: Table, source: Path, copy: Path, name: str | None, schedule: Mapping[str, str], given: Mapping[str, str], replacing: bool
) -> tuple[_Taken, list[Problem]]:
    faults: list[Problem] = []
    own = _own_rows(table, source, {**_from_schedule(source, schedule), **given}, faults)
    if not own.rows:
        raise ReleaseError(faults or [Problem(str(source), 0, "file", "has no rows")])
    one = "*" not in table.pattern
    target = copy / table.pattern if one else _free(copy, _target(table.pattern, source, name), source, replacing)
    at = target.relative_to(copy).as_posix()
    places = _write(target, at, table, _standing(target, at, table) if one else [], own.rows)
    taken = _Taken(str(source), at, {(at, line): (str(source), mine) for line, mine in zip(places, own.lines, strict=True)})
    if schedule:
        taken.places.update(_add_schedule(copy, _schedule_row(own, at, schedule)))
    return taken, faults


def _standing(target: Path, name: str, table: Table) -> list[Row]:
    """The rows a file of the release has already. Raises ReleaseError where they cannot be read: writing would lose them."""
    faults: list[Problem] = []
    rows = read_table(table, target, name, faults).rows
    if faults:
        raise ReleaseError(faults)
    return rows


def _from_schedule(source: Path, schedule: Mapping[str, str]) -> dict[str, str]:
    """The columns of a tariff that its schedule states, where the file has none of its own."""
    if not schedule:
        return {}
    _, head = next(_cells(source, {}, []), (0, []))
    return {c: schedule[c] for c in ("edition", "tariff") if c not in head}


def _own_rows(table: Table, source: Path, given: Mapping[str, str], faults: list[Problem]) -> TableFile:
    unknown = [Problem(OPTIONS, 0, c, f"is no column of {table.kind}") for c in given if c not in table.columns]
    if unknown:
        raise ReleaseError(unknown)
    return arranged(table, str(source), _cells(source, table.columns, faults), faults, given)


def _cells(source: Path, kinds: Mapping[str, str], faults: list[Problem]) -> Iterator[Cells]:
    if source.suffix.lower() == ".xlsx":
        return sheet_rows(source, kinds, faults)
    return csv_rows(read_text(source, str(source), faults), str(source), faults)


def _write(target: Path, name: str, table: Table, before: list[Row], rows: list[Row]) -> list[int]:
    """Write a file whole; the lines on which `rows` now stand."""
    with target.open("w", encoding="utf-8", newline="") as f:
        out = csv.writer(f, lineterminator="\n")
        out.writerow(table.columns)
        out.writerows([*before, *rows])
    return read_table(table, target, name, []).lines[len(before) :]


# -- the schedule of a tariff ---------------------------------------------------------------------------------


def _schedule_row(lines: TableFile, name: str, stated: Mapping[str, str]) -> Row:
    """The schedule's own row: what was stated, and for the rest what the lines agree on."""
    since, until = (sorted(d for d in lines.cells(c) if not d or period(d, d)) for c in ("valid_from", "valid_to"))
    derived = {
        "schedule": Path(name).stem.upper().replace("_", "-"),
        "default_rate": "",
        "valid_from": since[0] if since else "",
        "valid_to": until[-1] if until and until[0] else "",
        **{c: _agreed(lines.cells(c)) for c in ("citation", "status")},
    }
    row = {**derived, **stated, "file": name}
    return tuple(row[c] for c in SCHEDULE.columns)


def _agreed(cells: list[str]) -> str:
    """The one text of all cells, else empty: the check then asks for it to be stated."""
    return cells[0] if len(set(cells)) == 1 else ""


def _add_schedule(copy: Path, row: Row) -> dict[tuple[str, int], tuple[str, int]]:
    """Put the row in place of one for the same file; where it stands, as what was stated beside the user's file."""
    name = SCHEDULE.pattern
    place = list(SCHEDULE.columns).index("file")
    kept = [r for r in _standing(copy / name, name, SCHEDULE) if r[place] != row[place]]
    return {(name, line): (OPTIONS, 0) for line in _write(copy / name, name, SCHEDULE, kept, [row])}


# -- citations ------------------------------------------------------------------------------------------------


def _take_citations(source: Path, copy: Path, name: str | None, replacing: bool) -> tuple[_Taken, list[Problem]]:
    faults: list[Problem] = []
    entries, text = read_toml(source, str(source), faults)
    faults += citation_faults(str(source), entries, text, {})
    if faults:
        raise ReleaseError(faults)
    target = _free(copy, _target("citations-*.toml", source, name), source, replacing)
    shutil.copyfile(source, target)
    lines = range(1, text.count("\n") + 2)
    return _Taken(str(source), target.name, {(target.name, n): (str(source), n) for n in lines}), []
