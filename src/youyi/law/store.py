"""The compiled release: every table as columns in one memory-mapped file, keyed by the release's digest.

A text column is a pool of distinct texts and a number per row; a date is a day number; a code is `key_of(code)`.
Rows of a table stand in the order of its key and then of `valid_from`, so a look-up is a bisection.
"""

from __future__ import annotations

import json
import mmap
import os
import tempfile
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from youyi.law.release import Release, ReleaseError
from youyi.law.tables import CODED_KINDS, OPEN, day_number, key_of

LAYOUT = 3
"""Changes when this file's layout does; part of the cache's name."""

Ints = npt.NDArray[np.int64]


class Column:
    """A text column: `codes[i]` is the place of row i's text in `pool`."""

    def __init__(self, codes: npt.NDArray[np.int32], blob: bytes) -> None:
        self.codes = codes
        self._blob = blob

    @cached_property
    def pool(self) -> list[str]:
        """The distinct texts."""
        return self._blob.decode().split("\0")

    def __getitem__(self, row: int) -> str:
        return self.pool[int(self.codes[row])]


class Store:
    """The columns of one compiled release, read from the mapped file when first wanted."""

    def __init__(self, path: Path) -> None:
        with path.open("rb") as f:
            self._map = mmap.mmap(f.fileno(), 0, access=mmap.ACCESS_READ)
        size = int.from_bytes(self._map[:8], "little")
        self._index: dict[str, Any] = json.loads(self._map[8 : 8 + size])
        self._start = 8 + size

    @property
    def about(self) -> dict[str, Any]:
        """The release's name, date, description and digest."""
        return dict(self._index["about"])

    @property
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

    def texts(self, name: str, column: str) -> Column:
        """A column of texts."""
        entry = self._index["tables"][name]["columns"][column]
        offset, size = entry[3], entry[4]
        return Column(self.ints(name, column), self._map[self._start + offset : self._start + offset + size])

    def records(self, kind: str) -> Iterator[dict[str, Any]]:
        """Every row of a small table: texts as they stand, `start` and `stop` as day numbers, `at` as `file:line`."""
        for name in self.names(kind):
            columns = self._index["tables"][name]["columns"]
            texts = {c: self.texts(name, c) for c, e in columns.items() if len(e) > 3}
            start, stop, line = (self.ints(name, c) for c in ("start", "stop", "line"))
            for i in range(self.size(name)):
                yield {c: col[i] for c, col in texts.items()} | {"start": int(start[i]), "stop": int(stop[i]), "at": f"{name}:{line[i]}"}


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
    name = f"{release.digest[:32]}-{LAYOUT}.law"
    try:
        return Store(cache_folder() / name)
    except (OSError, ValueError, KeyError):
        pass
    problems = release.problems()
    if problems:
        raise ReleaseError(problems)
    content = _compile(release)
    for folder in (cache_folder(), Path(tempfile.gettempdir()) / f"youyi-{os.getuid() if hasattr(os, 'getuid') else 0}"):
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle, temporary = tempfile.mkstemp(dir=folder)
            with os.fdopen(handle, "wb") as f:
                f.write(content)
            Path(temporary).replace(folder / name)
            return Store(folder / name)
        except OSError:
            continue
    raise OSError("no folder to keep the compiled release in; set YOUYI_CACHE to one that can be written")


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
