"""The least value that must become originating for a way to origin to pass, with everything else as it is.

A part of a material may shift. Each condition that fails wants so much from its own set of materials; what shifts of one
material counts for every condition whose set it is in. Where the sets lie one within another, taking from the innermost
first is least. Where they do not, or where a condition counts weight while value is sought, no figure is given but the
conditions alone: the plans then say which materials.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from youyi.qualify import weigh as w
from youyi.qualify.single import Weighed
from youyi.quote.burdens import CHANGED, EXCLUSIVE, FORGIVEN, OBTAINED, Table, Term, marks_of
from youyi.quote.margins import Sum, forgiven, sum_of, up
from youyi.quote.plan_result import Shift

Need = tuple[Fraction, frozenset[int]]
"""A value, and the materials that it must come from."""


def shift(seen: Weighed, table: Table, way: int, conditions: tuple[str, ...]) -> Shift:
    """What is wanting for one way of a good of one code."""
    best: tuple[Fraction, frozenset[int]] | None = None
    note = ""
    for term in table.spread(0, seen, seen.program.places[way]):
        found = _least(seen, term)
        if isinstance(found, str):
            note = note or found
        elif best is None or found[0] < best[0]:
            best = found
    rule = str(seen.program.ways[way].rule)
    if best is None:
        return Shift(rule, conditions, None, (), note or "no shift of value makes it pass")
    every = {m for m, o in enumerate(seen.columns.originates) if not o}
    among = () if best[1] >= every else tuple(seen.materials[m].name for m in sorted(best[1]))
    return Shift(rule, conditions, _amount(best[0], seen), among)


def _amount(units: Fraction, seen: Weighed) -> Decimal:
    return up(units / seen.scale)


def _least(seen: Weighed, term: Term) -> tuple[Fraction, frozenset[int]] | str:
    """The least value for a term and the materials that it may come from; a text where it cannot be said."""
    needs: list[Need] = []
    for leaf in term.leaves:
        found = _need(seen, leaf.kind, leaf.node, leaf.limit)
        if isinstance(found, str):
            return found
        if found[0] > 0:
            needs.append(found)
    needs.sort(key=lambda n: len(n[1]))
    if any(not a[1] <= b[1] for a, b in pairwise(needs)):
        return "several conditions want value from different materials"
    total = Fraction(0)
    for need, among in needs:
        total = max(total, need)
        if need > sum(max(seen.columns.value[m], 0) for m in among):
            return "not even if every material from outside originated"
    return total, needs[-1][1] if needs else frozenset()


def _need(seen: Weighed, kind: int, node: int, limit: int) -> Need | str:
    """What one condition wants, and from which materials."""
    columns = seen.columns
    if kind == OBTAINED:
        return (Fraction(0), frozenset()) if seen.found.state[node] == w.YES else "materials must be wholly obtained"
    if kind in (CHANGED, EXCLUSIVE):
        roles = seen.program.nodes[node * w.NODE + w.ROLES]
        marks: Sequence[int] = marks_of(seen, node) if kind == CHANGED else [0] * len(seen.materials)
        kept = frozenset(m for m, o in enumerate(columns.originates) if not o and (roles >> columns.role[m]) & 1 and marks[m] < w.YES)
        missing = [seen.materials[m].name for m in sorted(kept) if columns.value[m] < 0]
        return f"the value of {', '.join(missing)} is not known" if missing else (Fraction(sum(columns.value[m] for m in kept)), kept)
    total = forgiven(seen, node, limit) if kind == FORGIVEN else sum_of(seen, node)
    if total is None:
        return "the tolerance does not cover every material that has not changed"
    return _lacking(seen, total)


def _lacking(seen: Weighed, total: Sum) -> Need | str:
    """The value that a sum must lose, or by build-up gain, from the materials that move it."""
    columns = seen.columns
    base = seen.goods.amounts[total.basis]
    missing = [seen.materials[m].name for m, o in enumerate(columns.originates) if not o and columns.value[m] < 0]
    if base < 0 or missing:
        return f"the value of {', '.join(missing)} is not known" if missing else "the amount that it is a share of is not known"
    share = Fraction(base * total.percent, w.WHOLE)
    if total.basis == w.WEIGHT and sum(total.parts) > share:
        return "it is short by weight, not by value"
    whole = total.fixed + sum(total.parts)
    moves = frozenset(m for m, p in enumerate(total.parts) if (not columns.originates[m] if total.floor else p > 0))
    if any(columns.outside[m] != columns.value[m] for m in moves):
        return "part of a material already counts as regional"
    return max(share - whole if total.floor else whole - share, Fraction(0)), moves


__all__ = ["shift"]
