"""The exact optimum of a small multiple-choice problem in whole numbers: one option of every group, least cost, within caps.

Every group offers options, each with a cost and a burden on every row; the burdens of the chosen options together may
not exceed the rows' caps. Option 0 of a group is the one as things are; any other is a change. Of the choices within the
caps the best is that of least cost; of these, of the fewest changes; of these, the one whose last group takes the
earliest option, then the last but one, and so on. No two choices are alike in all three, so there is one best choice.
Costs and burdens are whole numbers of any size and sign: nothing is rounded and nothing is compared by a tolerance.

It is found in two searches: the least key, which is cost and number of changes as one whole number; then the first choice
in the order of groups and options that has that key. Each leaves out only what cannot be better. For any multipliers L ≥ 0,
least(key + L·burden) summed over the groups, less L·caps, is at most the key of any choice within the caps (Lagrange);
rounded up to the next key that there can be, it still is. So an option, or a partial choice, whose bound is not below the
key of a choice already found is left out. Of partial choices with the same room left one with no lesser key is dropped,
since every completion of it is one of the other; room beyond what the groups to come can use counts as just that. Good
multipliers make this fast and bad ones slow, never wrong: they may be found by any means.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import gcd
from operator import itemgetter

Option = tuple[int, tuple[int, ...]]
"""A cost and a burden for each row."""
MAX_VISITS = 100_000
"""Partial choices that one search follows at most; where there are more, the best found is given, unproven."""
FINE = 64
"""Keys are searched in so many bits finer than given, so that multipliers, which are whole numbers too, may be fine."""
SWEEPS = 3
"""How often the multiplier of each row is set anew, the others held."""


@dataclass(frozen=True, slots=True)
class Choice:
    """The option of each group by place, what it costs, and whether it is proven to be the best.

    Unproven without options: none was found before the search outgrew its limit, which does not say that there is none.
    """

    options: tuple[int, ...]
    cost: int
    proven: bool = True

    @property
    def key(self) -> tuple[int, int, tuple[int, ...]]:
        """What choices are ranked by."""
        return self.cost, sum(o > 0 for o in self.options), self.options[::-1]


@dataclass(frozen=True, slots=True)
class _Problem:
    """Of each group: key, burdens (none below 0) and the option's place in the input."""

    groups: list[list[tuple[int, tuple[int, ...], int]]]
    caps: list[int]


def choose(groups: Sequence[Sequence[Option]], caps: Sequence[int], most: int | None = None) -> Choice | None:
    """The best choice within the caps; None where there is none, or none that costs at most `most`."""
    unit = len(groups) + 1 << FINE
    ranked = [[(cost * unit + (int(place > 0) << FINE), burdens) for place, (cost, burdens) in enumerate(g)] for g in groups]
    problem = _reduced(ranked, caps)
    if problem is None:
        return None
    multipliers, bound = _bound(problem)
    search = _Search(problem, multipliers, bound, None if most is None else (most + 1) * unit)
    proven = search.run()
    best = search.found
    if best is None:
        return None if proven else Choice((), 0, False)
    key = sum(g[i][0] for g, i in zip(problem.groups, best, strict=True))
    first = _Search(problem, multipliers, bound, key + 1, first=True)
    proven = first.run() and proven
    at = first.found or best
    options = tuple(g[i][2] for g, i in zip(problem.groups, at, strict=True))
    return Choice(options, sum(g[i][0] for g, i in zip(groups, options, strict=True)), proven)


# -- reduction -----------------------------------------------------------------------------------------------------


def _reduced(groups: Sequence[Sequence[Option]], caps: Sequence[int]) -> _Problem | None:
    """The same problem with burdens from 0 up, without options that fit nowhere or are worse than another in everything, and rows that always hold."""
    rows = range(len(caps))
    room = list(caps)
    each = []
    for group in groups:
        least = [min(b[r] for _, b in group) for r in rows]
        for r in rows:
            room[r] -= least[r]
        each.append([(key, tuple([b[r] - least[r] for r in rows]), place) for place, (key, b) in enumerate(group)])
    if any(r < 0 for r in room):
        return None
    kept = [[o for o in group if all(b <= r for b, r in zip(o[1], room, strict=True))] for group in each]
    if not all(kept):
        return None
    bound = [r for r in rows if sum(max(o[1][r] for o in group) for group in kept) > room[r]]
    kept = [[(key, tuple([b[r] for r in bound]), place) for key, b, place in group] for group in kept]
    return _Problem([_undominated(group) for group in kept], [room[r] for r in bound])


def _undominated(group: list[tuple[int, tuple[int, ...], int]]) -> list[tuple[int, tuple[int, ...], int]]:
    """Without options that another may stand for, which costs less, or as much and stands before, and burdens no row more."""
    out: list[tuple[int, tuple[int, ...], int]] = []
    for o in sorted(group, key=itemgetter(0, 2)):
        if not any(all(a <= b for a, b in zip(k[1], o[1], strict=True)) for k in out):
            out.append(o)
    return out


def _bound(problem: _Problem) -> tuple[list[int], int]:
    multipliers = _multipliers(problem)
    least = sum(min(key + _weight(multipliers, b) for key, b, _ in g) for g in problem.groups)
    return multipliers, least - _weight(multipliers, problem.caps)


# -- multipliers ---------------------------------------------------------------------------------------------------


def _multipliers(problem: _Problem) -> list[int]:
    """A multiplier for each row that makes the bound high: each set to its best while the others are held."""
    found = [0] * len(problem.caps)
    sweeps = SWEEPS if len(found) > 1 else 1
    for _ in range(sweeps):
        before = list(found)
        for row, cap in enumerate(problem.caps):
            found[row] = 0
            found[row] = _best_multiplier(problem, found, row, cap)
        if found == before:
            break
    return found


def _best_multiplier(problem: _Problem, found: list[int], row: int, cap: int) -> int:
    """The least multiplier of one row at which the sum of what the groups take fits its cap, by the steps of each group's lower hull."""
    steps: list[tuple[int, int]] = []
    total = 0
    for group in problem.groups:
        points = sorted((key + _weight(found, b), b[row]) for key, b, _ in group)
        hull = [points[0]]
        for point in points[1:]:
            if point[1] >= hull[-1][1]:
                continue
            while len(hull) > 1 and _slope(hull[-1], point) <= _slope(hull[-2], hull[-1]):
                hull.pop()
            hull.append(point)
        total += hull[0][1]
        steps += [(_slope(a, b), a[1] - b[1]) for a, b in pairwise(hull)]
    slope = 0
    for slope, less in sorted(steps):
        if total <= cap:
            break
        total -= less
        if total <= cap:
            return slope
    return 0 if total <= cap and not steps else slope if total > cap else 0


def _slope(a: tuple[int, int], b: tuple[int, int]) -> int:
    """What a unit of burden costs to be rid of, from one point of a hull to the next."""
    return (b[0] - a[0]) // (a[1] - b[1])


def _weight(multipliers: Sequence[int], burdens: Sequence[int]) -> int:
    return sum(m * b for m, b in zip(multipliers, burdens, strict=True))


# -- the search ----------------------------------------------------------------------------------------------------

State = tuple[int, int, tuple[int, ...], int]
"""How many groups have chosen, the key so far, the room left, and the last group's option."""


class _Search:
    """Group by group. The option with the best bound first, so that a good choice is met early and cuts off the rest; or, `first`, the earliest."""

    def __init__(self, problem: _Problem, multipliers: list[int], bound: int, ceiling: int | None, first: bool = False) -> None:
        self.multipliers, self.ceiling, self.first = multipliers, ceiling, first
        groups = [sorted((key + _weight(multipliers, b), key, b, i, place) for i, (key, b, place) in enumerate(g)) for g in problem.groups]
        least = [g[0][0] for g in groups]
        self.lowest = sum(min(o[1] for o in g) for g in groups)
        self.grid = gcd(*(o[1] - g[0][1] for g in groups for o in g))
        if ceiling is not None:
            groups = [[o for o in g if self.rounded(bound - low + o[0]) < ceiling] for g, low in zip(groups, least, strict=True)]
        if first:
            self.order = list(range(len(groups)))[::-1]
            groups = [sorted(g, key=itemgetter(4)) for g in groups]
        else:
            self.order = sorted(range(len(groups)), key=lambda n: (len(groups[n]) > 1, -_reach(groups[n], multipliers)))
        self.groups = [groups[n] for n in self.order]
        size = len(groups)
        self.after = [0] * (size + 1)
        self.most = [[0] * len(multipliers) for _ in range(size + 1)]
        for step in range(size - 1, -1, -1):
            self.after[step] = self.after[step + 1] + least[self.order[step]]
            self.most[step] = [m + max((o[2][r] for o in self.groups[step]), default=0) for r, m in enumerate(self.most[step + 1])]
        self.seen: list[dict[tuple[int, ...], int]] = [{} for _ in range(size + 1)]
        self.room = tuple(problem.caps)
        self.bound = self.rounded(bound)
        self.found: list[int] | None = None

    def rounded(self, bound: int) -> int:
        """The least key that there can be at or above a bound: keys differ by multiples of the grid."""
        if not self.grid:
            return max(bound, self.lowest)
        return self.lowest + -(-(bound - self.lowest) // self.grid) * self.grid

    def run(self) -> bool:
        """Search; whether it came to its end within its limit."""
        if self.ceiling is not None and self.bound >= self.ceiling:
            return True
        path = [0] * len(self.groups)
        stack: list[State] = [(0, 0, self.room, 0)]
        visits = 0
        while stack:
            step, key, room, chosen = stack.pop()
            if step:
                path[step - 1] = chosen
            if step == len(self.groups):
                if self.ceiling is None or key < self.ceiling:
                    self.ceiling, self.found = key, [i for _, i in sorted(zip(self.order, path, strict=True))]
                    if self.first or key <= self.bound:
                        return True
                continue
            visits += 1
            if visits > MAX_VISITS:
                return False
            stack += self.children(step, key, room)
        return True

    def children(self, step: int, key: int, room: tuple[int, ...]) -> list[State]:
        """The choices of a group that may still lead to something better, the one to follow first last."""
        need, rest, seen = self.most[step + 1], self.after[step + 1], self.seen[step + 1]
        out = []
        for n, (_, own, burdens, i, _) in enumerate(self.groups[step]):
            left = tuple([min(r - b, m) for r, b, m in zip(room, burdens, need, strict=True)])
            now = key + own
            if left and min(left) < 0:
                continue
            bound = now + rest
            for m, r in zip(self.multipliers, left, strict=True):
                bound -= m * r
            if self.ceiling is not None and self.rounded(bound) >= self.ceiling:
                continue
            before = seen.get(left)
            if before is not None and before <= now:
                continue
            seen[left] = now
            out.append((n if self.first else bound, (step + 1, now, left, i)))
        out.sort(key=itemgetter(0), reverse=True)
        return [state for _, state in out]


def _reach(group: list[tuple[int, int, tuple[int, ...], int, int]], multipliers: list[int]) -> int:
    """How far a group's burdens reach, in what they cost."""
    return sum(m * (max(b) - min(b)) for m, b in zip(multipliers, zip(*(o[2] for o in group), strict=True), strict=True)) if group else 0


__all__ = ["MAX_VISITS", "Choice", "Option", "choose"]
