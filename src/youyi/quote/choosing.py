"""The exact optimum of a small multiple-choice problem in whole numbers: one option of every group, least cost, within caps.

Every group offers options, each with a cost and a burden on every row; the burdens of the chosen options together may
not exceed the rows' caps. Option 0 of a group is the one as things are; any other is a change. Of the choices within the
caps the best is that of least cost; of these, of the fewest changes; of these, the one whose last group takes the
earliest option, then the last but one, and so on. No two choices are alike in all three, so there is one best choice.
Costs and burdens are whole numbers of any size and sign: nothing is rounded and nothing is compared by a tolerance.

It is found in two searches: the least cost and number of changes; then the first choice in the order of groups and
options that has both. Each leaves out only what cannot be better. For any multipliers L ≥ 0, least(key + L·burden) summed
over the groups, less L·caps, is at most the key of any choice within the caps (Lagrange); rounded up to the next key that
there can be, it still is. That holds of costs and, with multipliers of their own, of the number of changes. So an option,
or a partial choice, is left out whose bounds are not below cost and changes of a choice already found. Of partial choices
with the same room left one that has neither lesser cost nor, at that cost, fewer changes is dropped, since every
completion of it is one of the other; one with less room in the widest row too. Room beyond what the groups to come can
use counts as just that. Good multipliers make this fast and bad ones slow, never wrong: they may be found by any means.
"""

from __future__ import annotations

from bisect import bisect_right
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


def choose(groups: Sequence[Sequence[Option]], caps: Sequence[int], most: int | None = None, floor: tuple[int, int] | None = None) -> Choice | None:
    """The best choice within the caps; None where there is none, or none that costs at most `most`.

    `floor`: a cost and number of changes that no choice is known to come below, as of the same problem with fewer rows.
    """
    problem = _reduced(groups, caps)
    if problem is None:
        return None
    # Groups with one option left are out of the search.
    settled = [(n, g[0]) for n, g in enumerate(problem.groups) if len(g) == 1]
    cost, changes = sum(o[0] for _, o in settled), sum(o[2] > 0 for _, o in settled)
    room = [cap - sum(o[1][r] for _, o in settled) for r, cap in enumerate(problem.caps)]
    if min(room, default=0) < 0:
        return None
    free = [n for n, g in enumerate(problem.groups) if len(g) > 1]
    search = _Search(_Problem([problem.groups[n] for n in free], room), None if most is None else (most + 1 - cost, -changes))
    if floor is not None:
        search.root = max(search.root, (floor[0] - cost, floor[1] - changes))
    proven = search.run()
    if search.found is None:
        return None if proven else Choice((), 0, False)
    proven = search.settle() and proven
    places = {n: o[2] for n, o in settled} | {n: problem.groups[n][i][2] for n, i in zip(free, search.found, strict=True)}
    options = tuple(places[n] for n in range(len(groups)))
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
    bound.sort(key=lambda r: -len({o[1][r] for group in kept for o in group}))
    kept = [[(key, tuple([b[r] for r in bound]), place) for key, b, place in group] for group in kept]
    return _Problem([_undominated(group) for group in kept], [room[r] for r in bound])


def _undominated(group: list[tuple[int, tuple[int, ...], int]]) -> list[tuple[int, tuple[int, ...], int]]:
    """Without options that another may stand for, which costs less, or as much and stands before, and burdens no row more."""
    out: list[tuple[int, tuple[int, ...], int]] = []
    for o in sorted(group, key=itemgetter(0, 2)):
        if not any(all(a <= b for a, b in zip(k[1], o[1], strict=True)) for k in out):
            out.append(o)
    return out


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

State = tuple[int, int, int, tuple[int, ...], int]
"""How many groups have chosen, cost and changes so far, the room left, and the last group's option."""


class _Bound:
    """What a key (costs, or changes) of a whole choice is at least, once some groups have chosen."""

    def __init__(self, problem: _Problem, keys: list[list[int]]) -> None:
        fine = _Problem([[(k << FINE, b, p) for k, (_, b, p) in zip(ks, g, strict=True)] for ks, g in zip(keys, problem.groups, strict=True)], problem.caps)
        self.multipliers = _multipliers(fine)
        self.least = [min(key + _weight(self.multipliers, b) for key, b, _ in g) for g in fine.groups]
        self.lowest = sum(map(min, keys))
        self.grid = gcd(*(k - ks[0] for ks in keys for k in ks)) or 1
        self.after: list[int] = []
        self.root = self.rounded(sum(self.least) - _weight(self.multipliers, problem.caps))

    def ordered(self, order: list[int]) -> None:
        """Take the groups in this order from now on."""
        self.after = [0]
        for n in reversed(order):
            self.after.append(self.after[-1] + self.least[n])
        self.after.reverse()

    def rounded(self, fine: int) -> int:
        """The least key that there can be at or above a bound: keys differ by multiples of the grid."""
        key = -(-fine >> FINE)
        return max(self.lowest, self.lowest - (self.lowest - key) // self.grid * self.grid)

    def at(self, step: int, key: int, room: tuple[int, ...]) -> int:
        """The bound, in fine units, when `step` groups have chosen at a cost of `key` and so much room is left."""
        bound = (key << FINE) + self.after[step]
        for m, r in zip(self.multipliers, room, strict=True):
            bound -= m * r
        return bound


class _Search:
    """Group by group. The option with the best bound first, so that a good choice is met early and cuts off the rest; or the earliest option."""

    def __init__(self, problem: _Problem, ceiling: tuple[int, int] | None) -> None:
        self.problem, self.ceiling = problem, ceiling
        self.costs = _Bound(problem, [[o[0] for o in g] for g in problem.groups])
        self.changes = _Bound(problem, [[int(o[2] > 0) for o in g] for g in problem.groups])
        self.root = self.costs.root, self.changes.root
        self.found: list[int] | None = None

    def run(self) -> bool:
        """Find the least cost and number of changes; whether the search came to its end."""
        if self.ceiling is not None and self.root >= self.ceiling:
            return True
        weights = self.costs.multipliers
        self._begin(sorted(range(len(self.problem.groups)), key=lambda n: -_reach(self.problem.groups[n], weights)))
        return self._walk(first=False)

    def settle(self) -> bool:
        """Find the first choice of that cost and number of changes; whether the search came to its end."""
        if self.ceiling is not None:
            self.ceiling = self.ceiling[0], self.ceiling[1] + 1
        self._begin(list(range(len(self.problem.groups)))[::-1])
        return self._walk(first=True)

    def _begin(self, order: list[int]) -> None:
        self.order = order
        self.groups = [sorted((place, cost, b, i) for i, (cost, b, place) in enumerate(self.problem.groups[n])) for n in order]
        self.costs.ordered(order)
        self.changes.ordered(order)
        self.most = [[0] * len(self.problem.caps)]
        for group in reversed(self.groups):
            self.most.append([m + max(o[2][r] for o in group) for r, m in enumerate(self.most[-1])])
        self.most.reverse()
        self.seen: list[dict[tuple[int, ...], list[tuple[int, int, int]]]] = [{} for _ in range(len(order) + 1)]

    def _walk(self, first: bool) -> bool:
        path = [0] * len(self.order)
        stack: list[State] = [(0, 0, 0, tuple(self.problem.caps), 0)]
        visits = 0
        while stack:
            step, cost, changes, room, chosen = stack.pop()
            if step:
                path[step - 1] = chosen
            if step == len(self.order):
                if self.ceiling is None or (cost, changes) < self.ceiling:
                    self.ceiling, self.found = (cost, changes), [i for _, i in sorted(zip(self.order, path, strict=True))]
                    if first or (cost, changes) <= self.root:
                        return True
                continue
            visits += 1
            if visits > MAX_VISITS:
                return False
            stack += self._children(step, cost, changes, room, first)
        return True

    def _children(self, step: int, cost: int, changes: int, room: tuple[int, ...], first: bool) -> list[State]:
        """The choices of a group that may still lead to something better, the one to follow first last."""
        need, ceiling = self.most[step + 1], self.ceiling
        out = []
        for place, own, burdens, i in self.groups[step]:
            left = tuple([min(r - b, m) for r, b, m in zip(room, burdens, need, strict=True)])
            if left and min(left) < 0:
                continue
            spent, made = cost + own, changes + (place > 0)
            bound = self.costs.at(step + 1, spent, left)
            least, fewest = self.costs.rounded(bound), self.changes.at(step + 1, made, left)
            if ceiling is not None and (least > ceiling[0] or (least == ceiling[0] and self.changes.rounded(fewest) >= ceiling[1])):
                continue
            if not self._dropped(step + 1, spent, made, left):
                out.append(((place, 0, 0) if first else (least, fewest, bound), (step + 1, spent, made, left, i)))
        out.sort(key=itemgetter(0), reverse=True)
        return [state for _, state in out]

    def _dropped(self, step: int, cost: int, changes: int, room: tuple[int, ...]) -> bool:
        """Whether a partial choice seen before stands for this one; else it is kept in place of those that it stands for."""
        wide, rest = (room[0], room[1:]) if room else (0, room)
        others = self.seen[step].setdefault(rest, [])
        mine = (cost, changes, -wide)
        at = bisect_right(others, mine)
        if at and others[at - 1][2] <= -wide:
            return True
        end = at
        while end < len(others) and others[end][2] >= -wide:
            end += 1
        others[at:end] = [mine]
        return False


def _reach(group: list[tuple[int, tuple[int, ...], int]], multipliers: list[int]) -> int:
    """How far a group's burdens reach, in what they cost."""
    return sum(m * (max(b) - min(b)) for m, b in zip(multipliers, zip(*(o[1] for o in group), strict=True), strict=True))


__all__ = ["MAX_VISITS", "Choice", "Option", "choose"]
