"""Periods of validity: whole days, both ends inclusive, either end open.

There is one overlap function and it is symmetric; two that disagree let a rate hold twice on one day.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Period:
    """From `start` to `stop`, both days included; None is an open end.

    | `Period(date(2022, 1, 1), None)`              | since 2022                     |
    | `Period(None, date(2021, 12, 31))`            | to the end of 2021             |
    | `Period(date(2022, 1, 1), date(2022, 1, 1))`  | one day                        |

    Raises ValueError where it would end before it starts.
    """

    start: date | None
    stop: date | None

    def __post_init__(self) -> None:
        if self.first > self.last:
            raise ValueError(f"{self.stop} is before {self.start}")

    @property
    def first(self) -> date:
        """The first day, the calendar's own where the start is open."""
        return self.start or date.min

    @property
    def last(self) -> date:
        """The last day, the calendar's own where the end is open."""
        return self.stop or date.max

    def contains(self, other: Period) -> bool:
        """Whether every day of `other` is one of this period's."""
        return self.first <= other.first and other.last <= self.last

    def overlaps(self, other: Period) -> bool:
        """Whether the two have a day in common."""
        return self.first <= other.last and other.first <= self.last

    def intersection(self, other: Period) -> Period | None:
        """The days that both have, or None."""
        if not self.overlaps(other):
            return None
        starts = [p.start for p in (self, other) if p.start is not None]
        stops = [p.stop for p in (self, other) if p.stop is not None]
        return Period(max(starts, default=None), min(stops, default=None))

    def __str__(self) -> str:
        return f"{self.start or ''}..{self.stop or ''}"
