"""Tables whose rows stand under the beginning of a code: taxes, remedies, quota goods. Rows are read when first asked for."""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property
from typing import Any

from youyi.law.store import Store
from youyi.law.tables import code_of

Record = dict[str, Any]


class Prefixes:
    """The rows of one kind of table for one importer."""

    def __init__(self, store: Store, kind: str, importer: str) -> None:
        self._store = store
        self._places: dict[str, list[tuple[str, int]]] = defaultdict(list)
        self._rows: dict[str, list[Record]] = {}
        self._over: dict[str, tuple[Record, ...]] = {}
        self._mine: dict[str, Any] = {}
        for name in store.names(kind):
            rows = store.texts(name, "importer").rows_of(importer)
            self._mine[name] = rows
            for row, key in zip(rows.tolist(), store.ints(name, "key")[rows].tolist(), strict=True):
                self._places[code_of(key)].append((name, row))
        self._lengths = sorted({len(p) for p in self._places if len(p) % 2 == 0}, reverse=True)

    def get(self, prefix: str) -> list[Record]:
        """The rows under exactly this beginning."""
        found = self._rows.get(prefix)
        if found is None:
            if prefix not in self._places:
                return []
            found = self._rows[prefix] = [self._store.record(name, row) for name, row in self._places[prefix]]
        return found

    def over(self, code: str) -> tuple[Record, ...]:
        """The rows under every beginning of a code, those of the longest first."""
        found = self._over.get(code)
        if found is None:
            found = self._over[code] = tuple(r for length in self._lengths if length <= len(code) for r in self.get(code[:length]))
        return found

    def under(self, code: str) -> tuple[Record, ...]:
        """The rows under every longer code that begins with this one."""
        return tuple(r for prefix in sorted(self._places) if len(prefix) > len(code) and prefix.startswith(code) for r in self.get(prefix))

    def distinct(self, column: str) -> list[str]:
        """The different texts of a column, in the order of the rows."""
        return list(dict.fromkeys(t for name, rows in self._mine.items() for t in self._store.texts(name, column).cells(rows)))

    def days(self, chapter: str) -> set[int]:
        """The days on which a row that may bear on a chapter begins, or first holds no longer; an empty chapter is all."""
        return set().union(*(days for head, days in self._days.items() if head.startswith(chapter) or chapter.startswith(head)))

    @cached_property
    def _days(self) -> dict[str, set[int]]:
        """The same by the first two digits that a row stands under."""
        found: dict[str, set[int]] = defaultdict(set)
        for name, rows in self._mine.items():
            for key, start, stop in zip(*(self._store.ints(name, c)[rows].tolist() for c in ("key", "start", "stop")), strict=True):
                found[code_of(key)[:2]].update((start, stop + 1))
        return found
