"""A duty cell as a person reads it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from functools import cache

from .exact import Span


@dataclass(frozen=True)
class Reading:
    """A duty cell as it stands for one origin: a percentage, an amount per unit, words, or shut to the goods."""

    span: Span | None = None
    per_unit: tuple[Fraction, str, str] | None = None
    """So much of a currency for one unit."""
    shut: bool = False
    open_ended: bool = False
    """A percentage whose upper end is not known."""

    @property
    def known(self) -> bool:
        """Whether a duty can follow from it."""
        return self.span is not None or self.per_unit is not None or self.open_ended


NUMBER = r"\d+(?:\.\d+)?"
PART = re.compile(rf"({NUMBER})(?: \(-([A-Z]{{2}}(?:, [A-Z]{{2}})*)\))?")
RANGE = re.compile(rf"({NUMBER})\.\.({NUMBER})")
QUOTA = re.compile(rf"({NUMBER}) \(NHN: ({NUMBER})\)")
PER_UNIT = re.compile(rf"({NUMBER}) ([A-Z]{{3}})/(?:({NUMBER}) )?(\w+)")


@cache
def read(cell: str, origin: str, star: str = "") -> Reading:
    """A cell for goods of an origin; `star` is what an asterisk among other parts stands for."""
    if found := RANGE.fullmatch(cell) or QUOTA.fullmatch(cell):
        return Reading((Fraction(found[1]), Fraction(found[2])))
    if found := PER_UNIT.fullmatch(cell):
        return Reading(per_unit=(Fraction(found[1]) / Fraction(found[3] or 1), found[2], found[4]))
    parts = [PART.fullmatch(star if star and part == "*" else part) for part in cell.split("/")]
    if any(part is None for part in parts):
        return Reading()
    open_to = [Fraction(part[1]) for part in parts if part and not (part[2] and origin in part[2].split(", "))]
    return Reading((min(open_to), max(open_to))) if open_to else Reading(shut=True)
