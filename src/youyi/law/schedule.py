"""Tariff schedules: coded tables bisected by code and day, and the rate that stands on a line on a day."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from youyi.law.duty import Duty, parse
from youyi.law.store import Column, Store
from youyi.law.tables import code_of, key_of

_NOTHING = np.empty(0, dtype=np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class Rate:
    """One row of a tariff on one day. `fresh` is false once the row's last day has passed.

    A schedule makes the same one for the same row, so one stands for itself alone.
    """

    lines: Coded
    key: int
    row: int
    text: str
    fresh: bool

    @property
    def code(self) -> str:
        """The tariff line."""
        return code_of(self.key)

    @property
    def duty(self) -> Duty:
        """What the cell says."""
        return parsed(self.text)

    @property
    def start(self) -> int:
        """The row's first day."""
        return self.lines.bounds(self.row)[0]

    @property
    def stop(self) -> int:
        """The row's last day."""
        return self.lines.bounds(self.row)[1]

    @property
    def status(self) -> str:
        """How sure the row is."""
        return self.lines.text("status", self.row)

    @property
    def citation(self) -> str:
        """The source of the row."""
        return self.lines.text("citation", self.row)

    @property
    def note(self) -> str:
        """What the schedule says beside the rate."""
        return self.lines.text("note", self.row)

    @property
    def at(self) -> str:
        """The row's file and line."""
        return f"{self.lines.name}:{self.lines.line(self.row)}"


class Coded:
    """A table whose rows stand under codes, bisected by code and day."""

    def __init__(self, store: Store, name: str) -> None:
        """`name` is empty for a table without rows: a schedule that is one default rate."""
        self.name = name
        self.key = store.ints(name, "key") if name else _NOTHING
        self.start = store.ints(name, "start") if name else _NOTHING
        self.stop = store.ints(name, "stop") if name else _NOTHING
        self._store = store
        self._keys, self._starts, self._stops = self.key.data, self.start.data, self.stop.data
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
        return self._store.view(self.name, "line")[row]

    def span(self, key: int) -> tuple[int, int]:
        """The rows of one code."""
        first = bisect_left(self._keys, key)
        return first, bisect_right(self._keys, key, first)

    def below(self, prefix: str, digits: int) -> list[int]:
        """The keys of `digits` digits that begin with `prefix`."""
        width = 10 ** (digits - len(prefix))
        low = key_of(prefix) * width
        first = bisect_left(self._keys, low)
        return list(dict.fromkeys(self._keys[first : bisect_left(self._keys, low + width, first)].tolist()))

    def row_on(self, key: int, day: int) -> tuple[int, bool] | None:
        """The row of this code that holds on `day`, or the last one before it (false: its last day has passed)."""
        first, last = self.span(key)
        found = bisect_right(self._starts, day, first, last) - 1
        return (found, self._stops[found] >= day) if found >= first else None

    def bounds(self, row: int) -> tuple[int, int]:
        """The first and the last day of a row."""
        return self._starts[row], self._stops[row]


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
    _rates: dict[tuple[int, bool], Rate] = field(default_factory=dict, compare=False, repr=False)

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
        rate = self._rates.get(found)
        if rate is None:
            row, fresh = found
            rate = self._rates[found] = Rate(self.lines, key, row, self.lines.text("rate", row), fresh)
        return rate


_PARSED: dict[str, Duty] = {}


def parsed(cell: str) -> Duty:
    """`duty.parse`, remembered: tariffs repeat a few hundred cells thousands of times."""
    duty = _PARSED.get(cell)
    if duty is None:
        duty = _PARSED[cell] = parse(cell)
    return duty
