"""Yes, no, open; and numbers known only between two ends."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

Truth = bool | None
"""None is open."""


def all_of(terms: Iterable[Truth]) -> Truth:
    """No where one is no, yes where all are yes."""
    found = list(terms)
    return False if False in found else None if None in found else True


def any_of(terms: Iterable[Truth]) -> Truth:
    """Yes where one is yes, no where all are no."""
    found = list(terms)
    return True if True in found else None if None in found else False


def alike(answers: Iterable[Truth]) -> Truth:
    """The answer that every possibility gives; open where they differ."""
    found = set(answers)
    return found.pop() if len(found) == 1 else None


@dataclass(frozen=True)
class Amount:
    """At least `low`, at most `high`; no upper end where that is None."""

    low: Fraction = Fraction(0)
    high: Fraction | None = Fraction(0)

    @classmethod
    def of(cls, number: object) -> Amount:
        """A number as it stands in a file; anything from nothing where it is not stated."""
        if number is None or number == "":
            return cls(Fraction(0), None)
        exact = Fraction(str(number))
        return cls(exact, exact)

    def __add__(self, other: Amount) -> Amount:
        return Amount(self.low + other.low, None if self.high is None or other.high is None else self.high + other.high)

    def times(self, share: Fraction) -> Amount:
        return Amount(self.low * share, None if self.high is None else self.high * share)

    @property
    def maybe(self) -> Amount:
        """The same, or nothing."""
        return Amount(Fraction(0), self.high)


def total(amounts: Iterable[Amount]) -> Amount:
    """The sum."""
    return sum(amounts, Amount())


def at_most(part: Amount, percent: Fraction, base: Fraction | None) -> Truth:
    """Whether a part is at most so many per cent of a base that may not be known."""
    if part.high == 0:
        return True
    if base is None:
        return None
    limit = base * percent / 100
    if part.high is not None and part.high <= limit:
        return True
    return False if part.low > limit else None
