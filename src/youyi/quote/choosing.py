"""The exact optimum of a small multiple-choice problem in whole numbers: one option of every group, least key, within caps.

Every group offers options, each with a key (what it costs) and a burden on every row; the burdens of the chosen options
together may not exceed the rows' caps. Keys and burdens are whole numbers of any size and sign, so nothing is rounded
and nothing is compared by a tolerance.

Why the answer is the optimum. For any multipliers L ≥ 0, least(key + L·burden) summed over the groups, less L·caps, is
at most the key of any choice within the caps (Lagrange). So an option, or a partial choice, whose bound is not below
the key of a choice already found cannot lead to a better one and is left out; equal keys need no search, as the planner's
keys are all different. What is left is gone through group by group, keeping of partial choices with the same room left
the one with the least key, and dropping one that has neither more room nor a lesser key than another: every completion
of the dropped one is a completion of the other. Good multipliers make this fast and bad ones slow, never wrong. That is
why they may be found by any means.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from operator import itemgetter
from typing import Any

Option = tuple[int, tuple[int, ...]]
"""A key and a burden for each row."""
MAX_STATES = 50_000
"""Partial choices kept at most after a group; where there are more, the best found is given, unproven."""
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
    found = _repaired(problem, multipliers)
    if found is not None and below is not None and found[0] >= below:
        found = None
    ceiling = found[0] if found is not None else below
    return _searched(problem, multipliers, ceiling, found)


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


# -- a first choice ------------------------------------------------------------------------------------------------


def _repaired(problem: _Problem, multipliers: list[int]) -> tuple[int, list[int]] | None:
    """A choice within the caps, found by hand: key and the place in each group's options; None where none was found."""
    groups = problem.groups
    at = [min(range(len(g)), key=lambda i, g=g: (g[i][0] + _weight(multipliers, g[i][1]), g[i][0])) for g in groups]  # type: ignore[misc]
    room = [c - sum(g[i][1][r] for g, i in zip(groups, at, strict=True)) for r, c in enumerate(problem.caps)]
    for _ in range(4 * len(groups)):
        if all(r >= 0 for r in room):
            break
        best = None
        for n, group in enumerate(groups):
            now = group[at[n]]
            for i, option in enumerate(group):
                gain = sum(min(a - b, -r) for a, b, r in zip(now[1], option[1], room, strict=True) if r < 0)
                if gain > 0:
                    price = (option[0] - now[0]) // gain
                    if best is None or price < best[0]:
                        best = (price, n, i)
        if best is None:
            return None
        _, n, i = best
        room = [r + a - b for r, a, b in zip(room, groups[n][at[n]][1], groups[n][i][1], strict=True)]
        at[n] = i
    if any(r < 0 for r in room):
        return None
    _improve(groups, at, room)
    return sum(g[i][0] for g, i in zip(groups, at, strict=True)), at


def _improve(groups: list[list[tuple[int, tuple[int, ...], int]]], at: list[int], room: list[int]) -> None:
    """Take the change that saves most and still fits, while there is one."""
    while True:
        best: tuple[int, int, int, list[int]] | None = None
        for n, group in enumerate(groups):
            key, burdens, _ = group[at[n]]
            for i, (other, b, _) in enumerate(group):
                if other < key and (best is None or other - key < best[0]):
                    left = [r + x - y for r, x, y in zip(room, burdens, b, strict=True)]
                    if min(left, default=0) >= 0:
                        best = (other - key, n, i, left)
        if best is None:
            return
        _, n, i, left = best
        at[n], room[:] = i, left


# -- the search ----------------------------------------------------------------------------------------------------

State = tuple[int, tuple[int, ...], Any]
"""Key so far, room left, and the chain of choices behind it."""


def _searched(problem: _Problem, multipliers: list[int], ceiling: int | None, found: tuple[int, list[int]] | None) -> Choice | None:
    groups = [sorted((key + _weight(multipliers, b), key, b, place, i) for i, (key, b, place) in enumerate(g)) for g in problem.groups]
    least = [g[0][0] for g in groups]
    bound = sum(least) - _weight(multipliers, problem.caps)
    if ceiling is not None:
        if bound >= ceiling:
            return _choice(problem, found, True, bound)
        groups = [[o for o in g if bound - low + o[0] < ceiling] for g, low in zip(groups, least, strict=True)]
    order = sorted(range(len(groups)), key=lambda n: (len(groups[n]) > 1, -max(_span(groups[n]), default=0)))
    after = [0] * (len(order) + 1)
    most = [[0] * len(problem.caps) for _ in range(len(order) + 1)]
    for step in range(len(order) - 1, -1, -1):
        group = groups[order[step]]
        after[step] = after[step + 1] + least[order[step]]
        most[step] = [m + max((o[2][r] for o in group), default=0) for r, m in enumerate(most[step + 1])]
    states: list[State] = [(0, tuple(problem.caps), ())]
    proven = True
    for step, n in enumerate(order):
        kept: dict[tuple[int, ...], State] = {}
        rest, need = after[step + 1], most[step + 1]
        for key, room, chain in states:
            for _, own, burdens, _, i in groups[n]:
                left = tuple(min(r - b, m) for r, b, m in zip(room, burdens, need, strict=True))
                if min(left, default=0) < 0:
                    continue
                now = key + own
                if ceiling is not None and now + rest - _weight(multipliers, left) >= ceiling:
                    continue
                other = kept.get(left)
                if other is None or now < other[0]:
                    kept[left] = (now, left, (chain, i))
        states = _frontier(list(kept.values()))
        if len(states) > MAX_STATES:
            states.sort(key=lambda s: s[0] - _weight(multipliers, s[1]))
            states, proven = states[:MAX_STATES], False
    if states:
        key, _, links = min(states, key=itemgetter(0))
        if ceiling is None or key < ceiling:
            at = [0] * len(order)
            for n in reversed(order):
                links, at[n] = links
            found = (key, at)
    return _choice(problem, found, proven, bound)


def _span(group: list[tuple[int, int, tuple[int, ...], int, int]]) -> list[int]:
    """How far a group's burdens reach, row by row."""
    return [max(b) - min(b) for b in zip(*(o[2] for o in group), strict=True)] if group else []


def _frontier(states: list[State]) -> list[State]:
    """Without those that have neither more room nor a lesser key than another; in several rows without some of them."""
    states.sort(key=lambda s: (s[0], tuple(-r for r in s[1])))
    out: list[State] = []
    for s in states:
        if not any(all(a >= b for a, b in zip(k[1], s[1], strict=True)) for k in (out[-1:] if len(s[1]) == 1 else out[-8:])):
            out.append(s)
    return out


def _choice(problem: _Problem, found: tuple[int, list[int]] | None, proven: bool, bound: int) -> Choice | None:
    if found is None:
        return None if proven else Choice((), 0, False, bound)
    key, at = found
    return Choice(tuple(g[i][2] for g, i in zip(problem.groups, at, strict=True)), key, proven, key if proven else bound)


__all__ = ["MAX_STATES", "Choice", "Option", "choose"]
