"""One good weighed: its numbers as columns of one, and the columns that the calculation filled.

What an answer says is read from here (`youyi.qualify.trace`); nothing is worked out a second time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from math import lcm

from youyi.qualify import weigh as w
from youyi.qualify.good import WHOLLY, Amount, Facts, Good, Material
from youyi.qualify.program import Program, bounds

SCALE = 10_000
"""Amounts are kept in ten-thousandths of their unit, or finer where one of them is."""
NO_FACTS = Facts()


@dataclass(frozen=True, slots=True)
class Weighed:
    """A good's columns, filled. `scale`: how many of the columns' units make one of the good's currency or weight."""

    program: Program
    good: Good
    materials: tuple[Material, ...]
    facts: Facts
    scale: int
    goods: w.Goods
    columns: w.Materials
    found: w.Found

    @property
    def state(self) -> int:
        """NO, OPEN or YES of the whole."""
        return int(self.found.state[-1])

    def anew(self, *, facts: Facts | None = None, materials: tuple[Material, ...] | None = None, good: Good | None = None) -> Weighed:
        """The same good with something else known of it."""
        return weighed(self.program, good or self.good, self.materials if materials is None else materials, facts or self.facts)

    def without(self, places: Sequence[int]) -> Weighed:
        """The same good with some of its originating materials non-originating."""
        if self.facts.obtained is True:  # what is wholly obtained depends on what the materials are
            gone = set(places)
            return self.anew(materials=tuple(replace(m, originating=False) if i in gone else m for i, m in enumerate(self.materials)))
        originates = list(self.columns.originates)
        for i in places:
            originates[i] = w.NO
        columns = self.columns._replace(originates=originates)
        found = _filled(self.program, self.goods, columns)
        return Weighed(self.program, self.good, self.materials, self.facts, self.scale, self.goods, columns, found)


def weighed(program: Program, good: Good, materials: Sequence[Material], facts: Facts = NO_FACTS) -> Weighed:
    """Weigh one good. Amounts below zero are for the reader to refuse; here they count as not known."""
    count = len(materials)
    amounts: list[Amount | None] = [good.fob, good.exw, good.net_cost, good.weight, good.costs]
    for m in materials:
        amounts += (m.value, m.outside, m.weight)
    scale, whole = _whole(amounts)
    low, high, others, codes = _codes(materials)
    value, outside, weight = whole[w.AMOUNTS :: 3], whole[w.AMOUNTS + 1 :: 3], whole[w.AMOUNTS + 2 :: 3]
    if WHOLLY in program.facts:
        facts = facts.of_bill(materials)
    holds, fails = facts.masks(program.facts, program.groups) if program.facts else (0, 0)
    goods = w.Goods([0], [0], [count], whole[: w.AMOUNTS], [holds], [fails], [0], [0])
    columns = w.Materials(
        low,
        high,
        others,
        value,
        [o if o >= 0 else v for o, v in zip(outside, value, strict=True)],
        weight,
        [w.YES if m.originating else w.NO for m in materials],
        [w.OPEN if m.obtained is None else w.YES if m.obtained else w.NO for m in materials],
        [int(m.role) for m in materials],
        codes,
    )
    return Weighed(program, good, tuple(materials), facts, scale, goods, columns, _filled(program, goods, columns))


def _filled(program: Program, goods: w.Goods, columns: w.Materials) -> w.Found:
    size = program.size
    marks = [w.NONE] * (len(columns.low) * program.nodes[w.KIND :: w.NODE].count(w.CHANGE))
    found = w.Found([0] * size, [0] * size, [0] * size, [0] * size, [0], marks)
    w.weigh(goods, columns, program.law(), found, 0, 1)
    return found


def _whole(amounts: list[Amount | None]) -> tuple[int, list[int]]:
    """The amounts as whole numbers of one unit, and how many such units make one."""
    ratios = [None if a is None else a.as_integer_ratio() for a in amounts]
    scale = SCALE
    for r in ratios:
        if r is not None and scale % r[1]:
            scale = lcm(scale, r[1])
    return scale, [w.NONE if r is None or r[0] < 0 else r[0] * (scale // r[1]) for r in ratios]


_bounds = lru_cache(maxsize=65536)(bounds)


def _codes(materials: Sequence[Material]) -> tuple[list[int], list[int], list[int], list[int]]:
    low, high, others, codes = [], [], [], [0]
    for m in materials:
        each = m.codes or (m.hs,)
        first, last = _bounds(each[0])
        low.append(first)
        high.append(last)
        if len(each) == 1:
            others.append(0)
        else:
            others.append(len(codes))
            codes.append(len(each) - 1)
            for code in each[1:]:
                codes += _bounds(code)
    return low, high, others, codes


__all__ = ["NO_FACTS", "SCALE", "Weighed", "replace", "weighed"]
