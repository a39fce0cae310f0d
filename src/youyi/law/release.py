"""A release: a folder of plain files, checked as a whole, every fault named by file, line and field."""

from __future__ import annotations

import hashlib
from functools import cached_property
from importlib.resources import files
from itertools import chain
from pathlib import Path

from youyi.law import checks, origin_checks
from youyi.law.reading import Problem, ReleaseError, TableFile, read_table, read_toml
from youyi.law.tables import TABLES

MAX_PROBLEMS = 1000
"""A check stops listing after this many faults and says so."""


def bundled() -> Path:
    """The folder of the release that comes with the program."""
    return Path(str(files("youyi.law") / "data"))


class Release:
    """A release folder. `problems()` judges it; nothing is judged before.

    Raises ReleaseError where there is no such folder.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or bundled()
        if not self.folder.is_dir():
            raise ReleaseError([Problem(str(self.folder), 0, "folder", "there is no such folder")])
        self._reading: list[Problem] = []

    @cached_property
    def paths(self) -> list[Path]:
        """Every file that is read, in order of name."""
        return sorted(p for p in self.folder.rglob("*") if p.suffix.lower() in (".csv", ".toml") and p.is_file())

    def name_of(self, path: Path) -> str:
        """A file's name within the release, with forward strokes."""
        return path.relative_to(self.folder).as_posix()

    @cached_property
    def digest(self) -> str:
        """SHA-256 over every file's name and content: what an answer's provenance names."""
        total = hashlib.sha256()
        for path in self.paths:
            content = path.read_bytes()
            total.update(f"{self.name_of(path)}\0{len(content)}\0".encode())
            total.update(content)
        return total.hexdigest()

    @cached_property
    def about(self) -> dict[str, str]:
        """`release.toml`: name, date and description."""
        path = self.folder / "release.toml"
        if not path.is_file():
            self._reading.append(Problem("release.toml", 0, "file", "is missing"))
            return {}
        before = len(self._reading)
        entries, _ = read_toml(path, "release.toml", self._reading)
        if len(self._reading) == before:
            self._reading += checks.about_faults(entries)
        return {k: str(v) for k, v in entries.items()}

    @cached_property
    def citations(self) -> dict[str, dict[str, str]]:
        """`citations*.toml`: what each citation key stands for."""
        found: dict[str, dict[str, str]] = {}
        where: dict[str, str] = {}
        for path in self._citation_files:
            entries, text = read_toml(path, path.name, self._reading)
            self._reading += checks.citation_faults(path.name, entries, text, where)
            for key, entry in entries.items():
                if isinstance(entry, dict) and where.setdefault(key, path.name) == path.name:
                    found[key] = {a: str(b) for a, b in entry.items()}
        if not (self.folder / "citations.toml").is_file():
            self._reading.append(Problem("citations.toml", 0, "file", "is missing"))
        return found

    @property
    def _citation_files(self) -> list[Path]:
        found = (p for p in self.paths if p.parent == self.folder and p.name.startswith("citations") and p.suffix == ".toml")
        return sorted(found, key=lambda p: (p.name != "citations.toml", p.name))

    @cached_property
    def files(self) -> list[TableFile]:
        """Every table file, read."""
        found: list[TableFile] = []
        for table in TABLES:
            paths = sorted(p for p in self.folder.glob(table.pattern) if p.is_file())
            if table.required and not paths:
                self._reading.append(Problem(table.pattern, 0, "file", f"no file with {table.about}"))
            found.extend(read_table(table, p, self.name_of(p), self._reading) for p in paths)
        known = {f.name for f in found} | {p.name for p in self._citation_files} | {"release.toml"}
        self._reading += [Problem(n, 0, "file", "belongs to no kind of table") for n in map(self.name_of, self.paths) if n not in known]
        return found

    def of(self, kind: str) -> list[TableFile]:
        """The files of one kind."""
        return checks.of_kind(self.files, kind)

    def problems(self) -> list[Problem]:
        """Every fault of the release, in file order; empty when it can be used.

        After MAX_PROBLEMS the last entry says how many more there are.
        """
        tables, citations, _ = self.files, frozenset(self.citations), self.about
        found = sorted(
            chain(
                self._reading,
                checks.cells_of_another_kind(tables, citations),
                checks.ends_before_starts(tables),
                checks.overlapping(tables),
                checks.codes_outside_their_edition(tables),
                checks.groups_nobody_belongs_to(tables),
                checks.schedules_without_lines(tables),
                checks.schedules_for_the_same_goods(tables),
                checks.remedies_that_cannot_be_read(tables),
                *(check(tables) for check in origin_checks.CHECKS),
            )
        )
        rest = len(found) - MAX_PROBLEMS
        return found if rest <= 0 else [*found[:MAX_PROBLEMS], Problem("", 0, "release", f"{rest} more faults are not listed")]


__all__ = ["Problem", "Release", "ReleaseError", "TableFile", "bundled"]
