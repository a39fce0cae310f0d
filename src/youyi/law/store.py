"""The compiled release: every table as columns in one memory-mapped file, keyed by the release's digest.

A text column is a pool of distinct texts and a number per row; a date is a day number; a code is `key_of(code)`.
Rows of a table stand in the order of its key and then of `valid_from`, so a look-up is a bisection.
"""

from __future__ import annotations

import hashlib
import json
import mmap
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from youyi.law.release import Release, ReleaseError
from youyi.law.tables import CODED_KINDS, OPEN, day_number, key_of

LAYOUT = 3
"""Changes when this file's layout does; part of the cache's name."""
SETTLED = 2_000_000_000
"""Nanoseconds after which a file's last change is told apart from the next one by its time."""

Ints = npt.NDArray[np.int64]


class Column:
    """A text column: `codes[i]` is the place of row i's text in `pool`."""

    def __init__(self, codes: npt.NDArray[np.int32], blob: memoryview) -> None:
        self.codes = codes
        self._blob = blob
        self._places = codes.data

    @cached_property
    def pool(self) -> list[str]:
        """The distinct texts."""
        return str(self._blob, "utf-8").split("\0")

    def __getitem__(self, row: int) -> str:
        return self.pool[self._places[row]]

    def cells(self, rows: npt.NDArray[Any] | None = None) -> Iterator[str]:
        """Every row's text, or that of some rows."""
        return map(self.pool.__getitem__, (self.codes if rows is None else self.codes[rows]).tolist())

    def rows_of(self, text: str) -> npt.NDArray[Any]:
        """The rows that hold this text."""
        return np.flatnonzero(self.codes == self.pool.index(text)) if text in self.pool else np.empty(0, dtype=np.int64)


class Store:
    """The columns of one compiled release, read from the mapped file when first wanted."""

    def __init__(self, path: Path) -> None:
        with path.open("rb") as f:
            self._map = mmap.mmap(f.fileno(), 0, access=mmap.ACCESS_READ)
        size = int.from_bytes(self._map[:8], "little")
        self._index: dict[str, Any] = json.loads(self._map[8 : 8 + size])
        self._start = 8 + size
        self._texts: dict[tuple[str, str], Column] = {}
        self._views: dict[tuple[str, str], memoryview[int]] = {}
        self._fields: dict[str, list[tuple[str, Column]]] = {}

    @property
    def about(self) -> dict[str, Any]:
        """The release's name, date, description and digest."""
        return dict(self._index["about"])

    @cached_property
    def citations(self) -> dict[str, dict[str, str]]:
        """What each citation key stands for."""
        return dict(self._index["citations"])

    def names(self, kind: str) -> list[str]:
        """The files of this kind, in order of name."""
        return [n for n, t in self._index["tables"].items() if t["kind"] == kind]

    def size(self, name: str) -> int:
        """The rows of a file."""
        return int(self._index["tables"][name]["size"])

    def has(self, name: str, column: str) -> bool:
        """Whether the file has this column."""
        return column in self._index["tables"][name]["columns"]

    def ints(self, name: str, column: str) -> npt.NDArray[Any]:
        """A column of day numbers, code keys or line numbers."""
        offset, count, kind = self._index["tables"][name]["columns"][column][:3]
        return np.frombuffer(self._map, dtype=np.dtype(kind), count=count, offset=self._start + offset)

    def view(self, name: str, column: str) -> memoryview[int]:
        """The same for reading one number at a time, which an array is slow at: its items are plain `int`, and `bisect` takes it."""
        found = self._views.get((name, column))
        if found is None:
            found = self._views[name, column] = self.ints(name, column).data
        return found

    def texts(self, name: str, column: str) -> Column:
        """A column of texts; its pool is made when first wanted, and once."""
        found = self._texts.get((name, column))
        if found is None:
            offset, size = self._index["tables"][name]["columns"][column][3:5]
            blob = memoryview(self._map)[self._start + offset : self._start + offset + size]
            found = self._texts[name, column] = Column(self.ints(name, column), blob)
        return found

    def record(self, name: str, row: int) -> dict[str, Any]:
        """One row of a file, in the form of `records`."""
        fields = self._fields.get(name)
        if fields is None:
            columns = self._index["tables"][name]["columns"]
            fields = self._fields[name] = [(c, self.texts(name, c)) for c, e in columns.items() if len(e) > 3]
        found: dict[str, Any] = {c: column[row] for c, column in fields}
        found["start"], found["stop"] = self.view(name, "start")[row], self.view(name, "stop")[row]
        found["at"] = f"{name}:{self.view(name, 'line')[row]}"
        return found

    def records(self, kind: str, where: tuple[str, str] | None = None) -> Iterator[dict[str, Any]]:
        """Every row of a small table, or those with this text in this column: texts as they stand, `start` and `stop` as day numbers, `at` as `file:line`."""
        for name in self.names(kind):
            columns = self._index["tables"][name]["columns"]
            fields = [c for c, e in columns.items() if len(e) > 3]
            rows = self.texts(name, where[0]).rows_of(where[1]) if where else None
            start, stop, line = ((c if rows is None else c[rows]).tolist() for c in (self.ints(name, n) for n in ("start", "stop", "line")))
            cells = zip(*(self.texts(name, c).cells(rows) for c in fields), start, stop, (f"{name}:{n}" for n in line), strict=True)
            yield from (dict(zip((*fields, "start", "stop", "at"), row, strict=True)) for row in cells)


def cache_folder() -> Path:
    """Where compiled releases are kept: YOUYI_CACHE, or the user's cache folder."""
    if chosen := os.environ.get("YOUYI_CACHE"):
        return Path(chosen)
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "youyi"


def compiled(release: Release) -> Store:
    """The compiled form of a release, from the cache or made now.

    Raises ReleaseError with every fault when the release cannot be used.
    """
    seen = _stamp(release)
    try:
        return Store(cache_folder() / (cache_folder() / f"{seen}.seen").read_text(encoding="ascii"))
    except (OSError, ValueError, KeyError):
        pass
    name = f"{release.digest[:32]}-{LAYOUT}.law"
    try:
        store = Store(cache_folder() / name)
    except (OSError, ValueError, KeyError):
        store = _made(release, name)
    if seen and seen == _stamp(release):
        with suppress(OSError):
            _write(cache_folder(), f"{seen}.seen", name.encode())
    return store


def _stamp(release: Release) -> str:
    """What tells without reading them that a release's files are those read before: names, sizes and when each was last changed.

    Empty while a file is so new that it could change again within the tick of the clock that stamps it.
    """
    found = hashlib.sha256(f"{LAYOUT}\0{release.folder.resolve()}".encode())
    newest = 0
    for path in release.paths:
        about = path.stat()
        newest = max(newest, about.st_mtime_ns, about.st_ctime_ns)
        found.update(f"\0{release.name_of(path)}\0{about.st_ino} {about.st_size} {about.st_mtime_ns} {about.st_ctime_ns}".encode())
    return found.hexdigest()[:32] if newest < time.time_ns() - SETTLED else ""


def _made(release: Release, name: str) -> Store:
    """Compile a release into a cache folder that can be written."""
    problems = release.problems()
    if problems:
        raise ReleaseError(problems)
    content = _compile(release)
    for folder in (cache_folder(), Path(tempfile.gettempdir()) / f"youyi-{os.getuid() if hasattr(os, 'getuid') else 0}"):
        with suppress(OSError):
            return Store(_write(folder, name, content))
    raise OSError("no folder to keep the compiled release in; set YOUYI_CACHE to one that can be written")


def _write(folder: Path, name: str, content: bytes) -> Path:
    """Write a file of the cache, whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, temporary = tempfile.mkstemp(dir=folder)
    with os.fdopen(handle, "wb") as f:
        f.write(content)
    return Path(temporary).replace(folder / name)


def _compile(release: Release) -> bytes:
    parts: list[bytes] = []
    offset = 0

    def put(content: bytes) -> int:
        nonlocal offset
        at = offset
        padded = content + b"\0" * (-len(content) % 8)
        parts.append(padded)
        offset += len(padded)
        return at

    tables: dict[str, Any] = {}
    for file in release.files:
        kinds = file.table.columns
        order = _order(file.rows, [file.column(k) for k in file.table.key], [kinds[k] for k in file.table.key], file.column("valid_from"))
        columns: dict[str, list[Any]] = {}

        def number(name: str, values: list[int], kind: str) -> None:
            columns[name] = [put(np.asarray(values, dtype=kind).tobytes()), len(values), kind]  # noqa: B023

        rows = [file.rows[i] for i in order]
        for i, (name, kind) in enumerate(kinds.items()):
            if name == "valid_from":
                number("start", [day_number(r[i]) for r in rows], "i4")
            elif name == "valid_to":
                number("stop", [day_number(r[i]) if r[i] else OPEN for r in rows], "i4")
            else:
                if kind in CODED_KINDS:
                    number("key" if name in ("code", "codes") else f"{name}_key", [key_of(r[i]) for r in rows], "i8")
                pool: dict[str, int] = {}
                codes = np.asarray([pool.setdefault(r[i], len(pool)) for r in rows], dtype="i4")
                blob = "\0".join(pool).encode()
                columns[name] = [put(codes.tobytes()), len(codes), "i4", put(blob), len(blob)]
        number("line", [file.lines[i] for i in order], "i4")
        tables[file.name] = {"kind": file.table.kind, "size": len(rows), "columns": columns}
    about = {**release.about, "digest": release.digest}
    head = json.dumps({"about": about, "citations": release.citations, "tables": tables}).encode()
    head += b" " * (-(len(head) + 8) % 8)
    return b"".join([len(head).to_bytes(8, "little"), head, *parts])


def _order(rows: list[tuple[str, ...]], keys: list[int], kinds: list[str], since: int) -> list[int]:
    def place(i: int) -> tuple[Any, ...]:
        row = rows[i]
        return (*(key_of(row[k]) if kind in CODED_KINDS else row[k] for k, kind in zip(keys, kinds, strict=True)), row[since])

    return sorted(range(len(rows)), key=place)
