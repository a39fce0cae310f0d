"""How far a good is from failing, or from passing, way by way: exact closed forms over the engine's columns.

A leaf of a rule holds while a sum over materials is at most a share of the good (or, by build-up, at least one). Let one
thing move by a factor k and leave the rest: the sum is fixed + k·moving, so the leaf holds on an interval of k whose ends
are fractions. `and` meets the intervals, `or` joins those about k = 1. Nothing is searched and nothing is rounded before
it is printed, and then to the safe side.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from youyi.qualify import weigh as w
from youyi.qualify.single import Weighed
from youyi.quote.burdens import marks_of
from youyi.quote.plan_result import CurrencyMove, Margin

PLACES = 4
"""Decimals of an amount that is printed."""
PRICE = (w.FOB, w.EXW)
Ends = tuple[Fraction, Fraction | None]
"""The least and the greatest factor at which a node still holds; None: no end."""
ALWAYS: Ends = (Fraction(0), None)


@dataclass(frozen=True, slots=True)
class Sum:
    """What a leaf weighs: what each material adds, the amount of the good that it is measured against, and how.

    Holds while the sum is at most `percent` of the basis or, `floor`, while `fixed` and the sum are at least that.
    """

    parts: list[int]
    basis: int
    percent: int
    floor: bool = False
    fixed: int = 0


def up(amount: Fraction, places: int = PLACES) -> Decimal:
    """An amount rounded up."""
    return Decimal(-(-amount.numerator * 10**places // amount.denominator)).scaleb(-places)


def down(amount: Fraction, places: int = PLACES) -> Decimal:
    """An amount rounded down."""
    return Decimal(amount.numerator * 10**places // amount.denominator).scaleb(-places)


def margin(seen: Weighed, way: int, currencies: Sequence[str], own: str, conditions: tuple[str, ...] = ()) -> Margin | None:
    """The margin of a way that passes, or would on its conditions; None for one that does not.

    `currencies` is the currency of each material, `own` that of the good.
    """
    place = seen.program.places[way]
    outside = [not o for o in seen.columns.originates]
    price = reach(seen, place, None)
    if price is None:
        return None
    least = price[0]
    rise = reach(seen, place, lambda m: outside[m])
    moves = []
    for currency in sorted({c for c in currencies if c and c != own}):
        ends = reach(seen, place, lambda m, c=currency: currencies[m] == c)  # type: ignore[misc]
        if ends is not None:
            moves.append(CurrencyMove(currency, _rise(ends), _percent(1 - ends[0]) if ends[0] else None))
    fob = seen.goods.amounts[w.FOB]
    return Margin(
        str(seen.program.ways[way].rule),
        conditions,
        up(Fraction(fob, seen.scale) * least) if fob >= 0 and least else None,
        _percent(1 - least) if least else None,
        _rise(rise) if rise else None,
        tuple(moves),
    )


def _rise(ends: Ends) -> Decimal | None:
    return None if ends[1] is None else _percent(ends[1] - 1)


def _percent(part: Fraction) -> Decimal:
    return down(part * 100, 2)


# -- factors -------------------------------------------------------------------------------------------------------

Moving = Callable[[int], bool]


def reach(seen: Weighed, node: int, moving: Moving | None) -> Ends | None:
    """Between which factors a node holds: of the price (`moving` None), or of the value of the materials that move. None: it does not hold now.

    Texts that are not settled count as holding: they are conditions of their own.
    """
    program = seen.program
    at = node * w.NODE
    kind = program.nodes[at + w.KIND]
    children = program.meanings[node].children
    if kind == w.ALL:
        return _meet([reach(seen, c, moving) for c in children])
    if kind == w.AGREED:
        return _meet([reach(seen, c, moving) for c in children if seen.found.state[c] != w.OPEN] or [None])
    if kind == w.ANY:
        return _join([reach(seen, c, moving) for c in children])
    if kind == w.CHOSEN:
        return _join([reach(seen, c, moving) for c in children if seen.found.state[node] != w.NO])
    if kind == w.FACT:
        return ALWAYS if seen.found.state[node] != w.NO else None
    if kind == w.CHANGE:
        return _change(seen, node, moving)
    total = sum_of(seen, node)
    if total is None:
        return ALWAYS if seen.found.state[node] == w.YES else None
    if seen.found.state[node] != w.YES:
        return None
    return ends_of(seen, total, moving)


def _change(seen: Weighed, node: int, moving: Moving | None) -> Ends | None:
    if seen.found.state[node] != w.YES:
        return None
    if not seen.found.forgiven[node]:
        return ALWAYS
    limits = range(seen.program.nodes[node * w.NODE + w.LIMITS_FROM], seen.program.nodes[node * w.NODE + w.LIMITS_TO])
    return _join([ends_of(seen, total, moving) for limit in limits if (total := forgiven(seen, node, limit)) is not None])


def ends_of(seen: Weighed, total: Sum, moving: Moving | None) -> Ends | None:
    """Between which factors a sum stays on its side of its share; None where it is not now."""
    base = seen.goods.amounts[total.basis]
    whole = total.fixed + sum(total.parts)
    if base < 0:
        return ALWAYS if whole == 0 and not total.floor else None
    share = Fraction(base * total.percent, w.WHOLE)
    if (whole < share) if total.floor else (whole > share):
        return None
    if moving is None:
        if total.basis not in PRICE or not share:
            return ALWAYS
        return (Fraction(0), whole / share) if total.floor else (whole / share, None)
    if seen.goods.amounts[w.WEIGHT] >= 0 and total.basis == w.WEIGHT:
        return ALWAYS
    moved = sum(p for m, p in enumerate(total.parts) if moving(m))
    if not moved:
        return ALWAYS
    factor = (share - (whole - moved)) / moved
    return (max(factor, Fraction(0)), None) if total.floor else (Fraction(0), factor)


def sum_of(seen: Weighed, node: int) -> Sum | None:
    """What a node of content or of a limit weighs; None for another kind."""
    program, columns = seen.program, seen.columns
    at = node * w.NODE
    kind = program.nodes[at + w.KIND]
    counted = [(program.nodes[at + w.ROLES] >> role) & 1 for role in columns.role]
    if kind == w.CONTENT_UP:
        parts = [
            (v if o else max(v - x, 0)) if c and v >= 0 else 0
            for c, v, x, o in zip(counted, columns.value, columns.outside, columns.originates, strict=True)
        ]
        return Sum(parts, program.nodes[at + w.B], program.nodes[at + w.A], True, max(seen.goods.amounts[w.COSTS], 0))
    if kind == w.CONTENT_DOWN:
        percent, basis, first, last = (program.nodes[at + i] for i in (w.A, w.B, w.D, w.E))
        column, percent = columns.outside, w.WHOLE - percent
    elif kind == w.AT_MOST:
        limit = program.nodes[at + w.A] * w.LIMIT
        measure, percent, basis, first, last = program.limits[limit : limit + w.LIMIT]
        column = columns.weight if measure == w.BY_WEIGHT else columns.outside
    else:
        return None
    return Sum([max(v, 0) if c and not o and _in(seen, m, first, last) else 0 for m, (c, v, o) in enumerate(zip(counted, column, columns.originates, strict=True))], basis, percent)  # fmt: skip  # noqa: E501


def forgiven(seen: Weighed, node: int, limit: int) -> Sum | None:
    """What a tolerance weighs; None where it does not cover every material that has not changed."""
    measure, percent, basis, first, last = seen.program.limits[limit * w.LIMIT : limit * w.LIMIT + w.LIMIT]
    column = seen.columns.weight if measure == w.BY_WEIGHT else seen.columns.value
    kept = [mark < w.YES for mark in marks_of(seen, node)]
    if any(k and (column[m] < 0 or _in(seen, m, first, last) < w.YES) for m, k in enumerate(kept)):
        return None
    return Sum([column[m] if k else 0 for m, k in enumerate(kept)], basis, percent)


def _in(seen: Weighed, m: int, first: int, last: int) -> int:
    if first < 0:
        return w.YES
    columns, goods = seen.columns, seen.goods
    return w.any_covered(seen.program.spans, columns.codes, first, last, columns.low[m], columns.high[m], columns.others[m], goods.holds[0], goods.fails[0])


def _meet(each: Sequence[Ends | None]) -> Ends | None:
    low, high = ALWAYS
    for ends in each:
        if ends is None:
            return None
        low = max(low, ends[0])
        high = ends[1] if high is None else high if ends[1] is None else min(high, ends[1])
    return low, high


def _join(each: Sequence[Ends | None]) -> Ends | None:
    """All of them hold at 1, so that together they reach as far as any of them."""
    held = [e for e in each if e is not None]
    if not held:
        return None
    highs = [e[1] for e in held]
    return min(e[0] for e in held), None if None in highs else max(h for h in highs if h is not None)


def currencies_of(seen: Weighed, items: Mapping[str, str]) -> list[str]:
    """The currency of each material, by the pointer of its line or the line that it is inside of."""
    out = []
    for m in seen.materials:
        at = m.pointer
        while at and at not in items:
            at = at.rpartition("/")[0]
        out.append(items.get(at, ""))
    return out


__all__ = ["Sum", "currencies_of", "down", "forgiven", "margin", "reach", "sum_of", "up"]
