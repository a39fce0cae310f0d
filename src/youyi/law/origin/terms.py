"""The supporting rules of a rule set on one day: cumulation, de minimis, packing, value content and the rest, by name.

Names and values are listed in `youyi.law.origin_tables.TERMS`; a value that the law leaves unsure is a default of
status `unverified`, and its note says what is not settled.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from youyi.law.origin.codes import Span
from youyi.law.origin.tokens import read_spans


@dataclass(frozen=True, slots=True)
class Term:
    """One supporting rule. `codes` narrows it to some goods; none are all goods."""

    name: str
    value: str
    codes: tuple[Span, ...]
    note: str
    citation: str
    status: str
    at: str

    @classmethod
    def of(cls, row: dict[str, Any]) -> Term:
        """From a row of `origin_terms`."""
        return cls(row["term"], row["value"], read_spans(row["codes"]), row["note"], row["citation"], row["status"], row["at"])

    @property
    def percent(self) -> Decimal:
        """A value that is a percentage."""
        return Decimal(self.value)

    @property
    def settled(self) -> bool:
        """Whether the law says it; if not, it is a default."""
        return self.status != "unverified"

    def binds(self, code: str) -> bool:
        """Whether it holds for goods of a code."""
        return not self.codes or any(s.covers(code) for s in self.codes)


@dataclass(frozen=True, slots=True)
class Terms:
    """The supporting rules of one rule set on one day."""

    rule_set: str
    each: tuple[Term, ...]
    _by_name: dict[str, tuple[Term, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        names: dict[str, tuple[Term, ...]] = {}
        for term in self.each:
            names[term.name] = (*names.get(term.name, ()), term)
        object.__setattr__(self, "_by_name", names)

    def find(self, name: str, code: str = "") -> Term | None:
        """The rule of this name for goods of `code`: one for some goods before one for all. None where it has none."""
        each = self._by_name.get(name, ())
        if len(each) == 1 and not each[0].codes:
            return each[0]
        found = [t for t in each if t.binds(code)]
        return max(found, key=lambda t: bool(t.codes), default=None)

    def get(self, name: str, code: str = "") -> Term:
        """As `find`, for what every rule set says. Raises KeyError where it does not."""
        found = self.find(name, code)
        if found is None:
            raise KeyError(f"{self.rule_set} does not say {name}")
        return found

    @property
    def unsettled(self) -> tuple[Term, ...]:
        """What stands here as a default because the law is unsure or was not read."""
        return tuple(t for t in self.each if not t.settled)
