"""Reading the plain files of a release. A file that cannot be read is a fault with its place, never an exception.

ReleaseError   the files cannot be used; `.problems` lists every fault found
"""

from __future__ import annotations

import csv
import io
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from youyi.law.table import Table

Row = tuple[str, ...]
Cells = tuple[int, list[str]]
"""The line a row stands on, and its cells."""
MAX_FILE_BYTES = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """A fault in a release: where it stands and what is wrong. Line 0 is the file as a whole."""

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
    """One table file, read but not yet judged. `lines[i]` is the line of the file that row i stands on."""

    table: Table
    name: str
    rows: list[Row]
    lines: list[int]

    def column(self, name: str) -> int:
        """The place of a column in every row."""
        return list(self.table.columns).index(name)

    def cells(self, name: str) -> list[str]:
        """A column, from the first row to the last."""
        i = self.column(name)
        return [row[i] for row in self.rows]

    def numbered(self) -> Iterator[tuple[int, Row]]:
        """Every row with the line it stands on."""
        return zip(self.lines, self.rows, strict=True)


def read_text(path: Path, name: str, faults: list[Problem]) -> str:
    """The text of a UTF-8 file; empty, with a fault, where it cannot be read."""
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            faults.append(Problem(name, 0, "file", f"is larger than {MAX_FILE_BYTES} bytes"))
            return ""
        content = path.read_bytes()
    except OSError as error:
        faults.append(Problem(name, 0, "file", f"cannot be read: {error.strerror}"))
        return ""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        faults.append(Problem(name, content.count(b"\n", 0, error.start) + 1, "file", f"is not UTF-8: byte 0x{content[error.start]:02X}"))
        return ""
    if "\0" in text:
        faults.append(Problem(name, text.count("\n", 0, text.index("\0")) + 1, "file", "holds a NUL character"))
        return ""
    if not text.strip():
        faults.append(Problem(name, 0, "file", "is empty"))
        return ""
    return text


def csv_rows(text: str, name: str, faults: list[Problem]) -> Iterator[Cells]:
    """The rows of a CSV text, header first; a blank line is no row. Broken quoting ends it with a fault."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        for row in reader:
            if row:
                yield reader.line_num, row
    except csv.Error as error:
        faults.append(Problem(name, reader.line_num, "file", f"cannot be read: {error}"))


def header_faults(table: Table, name: str, line: int, head: list[str], given: Iterable[str] = ()) -> list[Problem]:
    """What is wrong with a header. `given` are columns whose value is stated beside the file."""
    given = set(given)
    faults = [Problem(name, line, c, "unknown column") for c in head if c not in table.columns]
    faults += [Problem(name, line, c, "the column stands twice") for c in dict.fromkeys(head) if head.count(c) > 1]
    faults += [Problem(name, line, c, "the column is given twice: in the file and beside it") for c in head if c in given]
    return faults + [Problem(name, line, c, "the column is missing") for c in table.columns if c not in head and c not in given]


def arranged(table: Table, name: str, source: Iterator[Cells], faults: list[Problem], given: Mapping[str, str] | None = None) -> TableFile:
    """Rows in the table's own column order. A faulty header leaves no rows; a row of another width is left out with a fault."""
    given = given or {}
    line, head = next(source, (0, []))
    if not head:
        return TableFile(table, name, [], [])
    if wrong := header_faults(table, name, line, head, given):
        faults.extend(wrong)
        return TableFile(table, name, [], [])
    whole = [*head, *given]
    tail = list(given.values())
    order = [whole.index(c) for c in table.columns]
    straight = order == list(range(len(head)))
    rows: list[Row] = []
    lines: list[int] = []
    for line, row in source:
        if len(row) != len(head):
            faults.append(Problem(name, line, "row", f"has {len(row)} cells, not {len(head)}"))
            continue
        whole = row + tail
        rows.append(tuple(row) if straight else tuple(whole[i] for i in order))
        lines.append(line)
    return TableFile(table, name, rows, lines)


def read_table(table: Table, path: Path, name: str, faults: list[Problem]) -> TableFile:
    """One CSV file of a release; what is wrong with it goes to `faults`."""
    return arranged(table, name, csv_rows(read_text(path, name, faults), name, faults), faults)


def read_toml(path: Path, name: str, faults: list[Problem]) -> tuple[dict[str, Any], str]:
    """A TOML file and its text; empty, with a fault, where it cannot be read."""
    text = read_text(path, name, faults)
    try:
        return tomllib.loads(text), text
    except tomllib.TOMLDecodeError as error:
        at = re.search(r"line (\d+)", str(error))
        faults.append(Problem(name, int(at[1]) if at else 0, "file", f"is not TOML: {error}"))
        return {}, text


def toml_line(text: str, key: str, field: str = "") -> int:
    """The line on which a table, or a field of it, is written; 0 where it is written in another way."""
    lines = text.splitlines()
    heads = [i for i, line in enumerate(lines) if line.split("#")[0].strip() in (f"[{key}]", f'["{key}"]')]
    if not field or not heads:
        return heads[0] + 1 if heads else 0
    for i, line in enumerate(lines[heads[0] + 1 :], heads[0] + 2):
        if line.startswith("["):
            break
        if line.partition("=")[0].strip() == field:
            return i
    return heads[0] + 1
