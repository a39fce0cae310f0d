"""The exact optimum of a small multiple-choice problem in whole numbers: one option of every group, least key, within caps.

Every group offers options, each with a key (what it costs) and a burden on every row; the burdens of the chosen options
together may not exceed the rows' caps. Keys and burdens are whole numbers of any size and sign, so nothing is rounded
and nothing is compared by a tolerance.

Why the answer is the optimum. For any multipliers L ≥ 0, least(key + L·burden) summed over the groups, less L·caps, is
at most the key of any choice within the caps (Lagrange). So an option, or a partial choice, whose bound is not below
the key of a choice already found cannot lead to a better one and is left out; equal keys need no search, as the planner's
keys are all different. What is left is gone through group by group; of partial choices with the same room left one
with no lesser key is dropped, since every completion of it is one of the other. Room beyond what the groups to come can
use counts as just that. Good multipliers make this fast and bad ones slow, never wrong: they may be found by any means.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from operator import itemgetter

Option = tuple[int, tuple[int, ...]]
"""A key and a burden for each row."""
MAX_VISITS = 300_000
"""Partial choices that are followed at most; where there are more, the best found is given, unproven."""
SWEEPS = 3
"""How often the multiplier of each row is set anew, the others held."""


@dataclass(frozen=True, slots=True)
class Choice:
    """The option of each group by place, its key, and whether it is proven to be the least. `bound`: no choice has a lesser key.

    Unproven without options: none was found before the search outgrew its limit, which does not say that there is none.
    """

    options: tuple[int, ...]
    key: int
    proven: bool = True
    bound: int = 0


@dataclass(slots=True)
class _Problem:
    groups: list[list[tuple[int, tuple[int, ...], int]]]
    """Of each group: key, burdens (none below 0) and the option's place in the input."""
    caps: list[int]


def choose(groups: Sequence[Sequence[Option]], caps: Sequence[int], below: int | None = None) -> Choice | None:
    """The choice with the least key within the caps; None where there is none, or none with a key below `below`."""
    problem = _reduced(groups, caps)
    if problem is None:
        return None
    multipliers = _multipliers(problem)
    bound = sum(min(key + _weight(multipliers, b) for key, b, _ in g) for g in problem.groups) - _weight(multipliers, problem.caps)
    if below is not None and bound >= below:
        return None
    search = _Search(problem, multipliers, bound, below)
    proven = search.run()
    found = search.found
    if found is None:
        return None if proven else Choice((), 0, False, bound)
    at = [0] * len(problem.groups)
    for n, i in zip(search.order, found[1], strict=True):
        at[n] = i
    return Choice(tuple(g[i][2] for g, i in zip(problem.groups, at, strict=True)), found[0], proven, found[0] if proven else bound)


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
        each.append([(key, tuple(b[r] - least[r] for r in rows), place) for place, (key, b) in enumerate(group)])
    if any(r < 0 for r in room):
        return None
    kept = [[o for o in group if all(b <= r for b, r in zip(o[1], room, strict=True))] for group in each]
    if not all(kept):
        return None
    bound = [r for r in rows if sum(max(o[1][r] for o in group) for group in kept) > room[r]]
    kept = [[(key, tuple(b[r] for r in bound), place) for key, b, place in group] for group in kept]
    return _Problem([_undominated(group) for group in kept], [room[r] for r in bound])


def _undominated(group: list[tuple[int, tuple[int, ...], int]]) -> list[tuple[int, tuple[int, ...], int]]:
    out: list[tuple[int, tuple[int, ...], int]] = []
    for o in sorted(group):
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


class _Search:
    """Group by group, the option with the best bound first, so that a good choice is met early and cuts off the rest."""

    def __init__(self, problem: _Problem, multipliers: list[int], bound: int, ceiling: int | None) -> None:
        self.multipliers, self.ceiling = multipliers, ceiling
        groups = [sorted((key + _weight(multipliers, b), key, b, i) for i, (key, b, _) in enumerate(g)) for g in problem.groups]
        least = [g[0][0] for g in groups]
        if ceiling is not None:
            groups = [[o for o in g if bound - low + o[0] < ceiling] for g, low in zip(groups, least, strict=True)]
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
        self.visits = 0
        self.found: tuple[int, list[int]] | None = None

    def run(self) -> bool:
        """Search; whether it came to its end within its limit."""
        path: list[int] = [0] * len(self.groups)
        stack: list[tuple[int, int, tuple[int, ...], int]] = [(0, 0, self.room, 0)]
        while stack:
            step, key, room, chosen = stack.pop()
            if step:
                path[step - 1] = chosen
            if step == len(self.groups):
                if self.ceiling is None or key < self.ceiling:
                    self.ceiling, self.found = key, (key, path.copy())
                continue
            self.visits += 1
            if self.visits > MAX_VISITS:
                return False
            stack += self.children(step, key, room)
        return True

    def children(self, step: int, key: int, room: tuple[int, ...]) -> list[tuple[int, int, tuple[int, ...], int]]:
        """The choices of a group that may still lead to something better, the best bound last."""
        need, rest, seen = self.most[step + 1], self.after[step + 1], self.seen[step + 1]
        out = []
        for _, own, burdens, i in self.groups[step]:
            left = tuple([min(r - b, m) for r, b, m in zip(room, burdens, need, strict=True)])
            now = key + own
            if left and min(left) < 0:
                continue
            bound = now + rest
            for m, r in zip(self.multipliers, left, strict=True):
                bound -= m * r
            if self.ceiling is not None and bound >= self.ceiling:
                continue
            before = seen.get(left)
            if before is not None and before <= now:
                continue
            seen[left] = now
            out.append((bound, (step + 1, now, left, i)))
        out.sort(key=itemgetter(0), reverse=True)
        return [state for _, state in out]


def _reach(group: list[tuple[int, int, tuple[int, ...], int]], multipliers: list[int]) -> int:
    """How far a group's burdens reach, in what they cost."""
    return sum(m * (max(b) - min(b)) for m, b in zip(multipliers, zip(*(o[2] for o in group), strict=True), strict=True)) if group else 0


__all__ = ["MAX_VISITS", "Choice", "Option", "choose"]
