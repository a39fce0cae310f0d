"""Tariff schedules: coded tables bisected by code and day, and the rate that stands on a line on a day."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from youyi.law.duty import Duty, parse
from youyi.law.store import Column, Store
from youyi.law.tables import key_of

_NOTHING = np.empty(0, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Rate:
    """One row of a tariff on one day. `fresh` is false once the row's last day has passed."""

    code: str
    text: str
    duty: Duty
    fresh: bool
    start: int
    stop: int
    status: str
    citation: str
    note: str
    at: str


class Coded:
    """A table whose rows stand under codes, bisected by code and day."""

    def __init__(self, store: Store, name: str) -> None:
        """`name` is empty for a table without rows: a schedule that is one default rate."""
        self.name = name
        self.key = store.ints(name, "key") if name else _NOTHING
        self.start = store.ints(name, "start") if name else _NOTHING
        self.stop = store.ints(name, "stop") if name else _NOTHING
        self._line = store.ints(name, "line") if name else _NOTHING
        self._store = store
        self._columns: dict[str, Column] = {}

    def column(self, name: str) -> Column:
        """A text column, read when first wanted."""
        found = self._columns.get(name)
        if found is None:
            found = self._columns[name] = self._store.texts(self.name, name)
        return found

    def text(self, column: str, row: int) -> str:
        """One cell."""
        return self.column(column)[row]

    def line(self, row: int) -> int:
        """The line of its file that a row stands on."""
        return int(self._line[row])

    def span(self, key: int) -> tuple[int, int]:
        """The rows of one code."""
        return int(self.key.searchsorted(key)), int(self.key.searchsorted(key + 1))

    def below(self, prefix: str, digits: int) -> list[int]:
        """The keys of `digits` digits that begin with `prefix`."""
        width = 10 ** (digits - len(prefix))
        low = key_of(prefix) * width
        first, last = np.searchsorted(self.key, (low, low + width))
        return [int(k) for k in np.unique(self.key[first:last])]

    def row_on(self, key: int, day: int) -> tuple[int, bool] | None:
        """The row of this code that holds on `day`, or the last one before it (false: its last day has passed)."""
        first, last = self.span(key)
        found = first + int(self.start[first:last].searchsorted(day, side="right")) - 1
        if found < first:
            return None
        return found, bool(self.stop[found] >= day)


@dataclass(frozen=True)
class Schedule:
    """A tariff schedule in hand: whose it is, for whose goods, and its lines."""

    schedule: str
    importer: str
    regime: str
    origins: str
    edition: str
    tariff: str
    digits: int
    title: str
    citation: str
    status: str
    default: Duty | None
    first: int
    last: int
    lines: Coded

    @cached_property
    def chapters(self) -> frozenset[str]:
        """The chapters it holds lines of."""
        return frozenset(str(int(k))[1:] for k in np.unique(self.lines.key // 10 ** (self.digits - 2)))

    def has_chapter(self, chapter: str) -> bool:
        """Whether goods of the chapter have a rate here, by a line or by default."""
        return chapter in self.chapters or self.default is not None

    @cached_property
    def days(self) -> frozenset[int]:
        """The days on which a row begins, or first holds no longer."""
        return frozenset(int(d) for d in np.unique(self.lines.start)) | {int(d) + 1 for d in np.unique(self.lines.stop)}

    def rate(self, key: int, day: int) -> Rate | None:
        """The rate of one line on one day; None before the line's first day."""
        found = self.lines.row_on(key, day)
        if found is None:
            return None
        row, fresh = found
        cell = self.lines.text("rate", row)
        return Rate(
            str(key)[1:],
            cell,
            parsed(cell),
            fresh,
            int(self.lines.start[row]),
            int(self.lines.stop[row]),
            self.lines.text("status", row),
            self.lines.text("citation", row),
            self.lines.text("note", row),
            f"{self.lines.name}:{self.lines.line(row)}",
        )


_PARSED: dict[str, Duty] = {}


def parsed(cell: str) -> Duty:
    """`duty.parse`, remembered: tariffs repeat a few hundred cells thousands of times."""
    duty = _PARSED.get(cell)
    if duty is None:
        duty = _PARSED[cell] = parse(cell)
    return duty
