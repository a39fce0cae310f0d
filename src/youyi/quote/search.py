"""The cheapest sets of changes, one after the other: the exact choice over the terms, each answer checked by the engine.

A set of changes that the engine refuses (a term may promise too much, never too little) is cut off and the term chosen
anew. So the first set that the engine accepts is the cheapest of all: every set that it accepts is a choice of some term,
and no choice of any term is cheaper than what was found and accepted or cut off.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from math import lcm

from youyi.quote.burdens import Table, Term
from youyi.quote.choosing import choose
from youyi.quote.options import Groups

MAX_CUTS = 64
"""Sets that the engine may refuse before the search ends unproven."""
Accepts = Callable[[tuple[int, ...], Term], bool]
Selection = tuple[int, ...]
Key = tuple[int, int, tuple[int, ...]]


@dataclass(slots=True)
class Found:
    """A set of changes: the option of each group, the term by which it gives origin, whether nothing cheaper does."""

    selection: Selection
    term: Term
    proven: bool


@dataclass(slots=True)
class _Course:
    """A term with its rows, made once; what it last gave."""

    term: Term
    cells: list[list[list[int]]]
    caps: list[int]
    last: tuple[Key, Selection, bool] | None = None
    known: bool = False
    spent: bool = False
    floor: tuple[int, int] | None = None
    cuts: list[Selection] = field(default_factory=list)


class Search:
    """The plans of a table, cheapest first."""

    def __init__(self, table: Table, price: Fraction, accepts: Accepts) -> None:
        self.groups = table.groups
        self.accepts = accepts
        self.costs = _costs(table.groups)
        self.barred: list[Selection] = []
        self.proven = table.whole
        self.courses = []
        for term in table.terms:
            rows = list(table.rows(term, price))
            self.courses.append(_Course(term, [c for c, _ in rows], [cap for _, cap in rows]))

    def plans(self) -> Iterator[Found]:
        """The cheapest set of changes, then the cheapest that is no superset of one given before."""
        while (found := self._next()) is not None:
            yield found
            self.barred.append(found.selection)
            if not any(found.selection):
                return

    def _next(self) -> Found | None:
        while True:
            best: _Course | None = None
            for course in self.courses:
                if course.known and course.last is not None and self._bars(course.last[1]):
                    course.known = False
                if course.spent:
                    continue
                if not course.known:
                    self._choose(course, best.last[0][0] if best and best.last else None)
                if course.known and course.last and (best is None or best.last is None or course.last[0] < best.last[0]):
                    best = course
            if best is None or best.last is None:
                return None
            _, selection, proven = best.last
            if self.accepts(selection, best.term):
                return Found(selection, best.term, proven and self.proven)
            best.cuts.append(selection)
            best.known = False
            if len(best.cuts) > MAX_CUTS:
                best.spent, self.proven = True, False

    def _bars(self, selection: Selection) -> bool:
        """Whether a selection holds every change of a set given before."""
        return any(all(p in (0, s) for p, s in zip(plan, selection, strict=True)) for plan in self.barred)

    def _choose(self, course: _Course, most: int | None) -> None:
        """The best of a term. Where only one that costs at most `most` was asked for and there is none, it stays unknown for the next round."""
        rows = [*course.cells]
        caps = [*course.caps]
        for plan in self.barred:
            rows.append([[int(p == i and p > 0) for i in range(len(g))] for g, p in zip(self.groups, plan, strict=True)])
            caps.append(sum(p > 0 for p in plan) - 1)
        for cut in course.cuts:
            rows.append([[int(c == i) for i in range(len(g))] for g, c in zip(self.groups, cut, strict=True)])
            caps.append(len(cut) - 1)
        free = [n for n, g in enumerate(self.groups) if len(g) > 1]
        if not free:  # nothing can be changed, and as it stands the bill has been judged
            course.last, course.known, course.spent = None, True, True
            return
        room = [cap - sum(row[n][0] for n, g in enumerate(self.groups) if len(g) == 1) for row, cap in zip(rows, caps, strict=True)]
        offered = [[(self.costs[n][i], tuple(row[n][i] for row in rows)) for i in range(len(self.groups[n]))] for n in free]
        found = choose(offered, room, most, course.floor)
        if found is None or not found.options:
            self.proven = self.proven and found is None
            course.last, course.known, course.spent = None, most is None, most is None
            return
        if found.proven:
            course.floor = found.key[:2]
        selection = [0] * len(self.groups)
        for n, i in zip(free, found.options, strict=True):
            selection[n] = i
        course.last, course.known = (found.key, tuple(selection), found.proven), True


def _costs(groups: Groups) -> list[list[int]]:
    """What each option costs in whole numbers of one unit."""
    scale = lcm(*(o.cost.denominator for g in groups for o in g))
    return [[int(o.cost * scale) for o in g] for g in groups]


__all__ = ["Found", "Search", "Selection"]
