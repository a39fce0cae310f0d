"""A rule of origin weighed against a bill of materials: whole numbers, three values, every step kept.

Written for goods in plain integer arithmetic. For one good Python runs it as it stands; for a batch the same text is
compiled (`compiled`) and runs over columns, so one good and ten million cannot come apart. That is why this module
imports nothing of the house: what is compiled is wholly in this file.

A state is NO, OPEN or YES. `and` is the least of its states, `or` the greatest: an answer is given as soon as what is
known decides it, and only then. Amounts are whole numbers of any one unit, the same for the good and its materials;
percentages are ten-thousandths of a percent; NONE stands where an amount is not known. A code is the range of
twelve-digit codes that it may be, so that a short code is a wide one.
"""

from __future__ import annotations

from typing import Any, NamedTuple

NO, OPEN, YES, UNASKED = 0, 1, 2, 3
NONE = -1
WHOLE = 1_000_000
"""100 %."""
MAX_AMOUNT = 10**16
"""Largest amount of a good or material; a bill of nine hundred of them stays inside 63 bits."""
FOB, EXW, NET_COST = 0, 1, 2
"""What a percentage is of: the place of the amount among a good's."""
WEIGHT, COSTS = 3, 4
"""A good's weight, and its costs and profit other than materials."""
AMOUNTS = 5
BY_VALUE, BY_WEIGHT = 0, 1

# Kinds of node.
ALL, ANY, KNOWN, FACT, CHANGE, CONTENT_DOWN, CONTENT_UP, AT_MOST, OBTAINED, EXCLUSIVE, CHOSEN, AGREED = range(12)

# What a node holds, by place. Children stand before their parent; LAST is the last of them, PREV the sibling before.
KIND, LAST, PREV, ROLES, A, B, C, D, E, F, G, H, I = range(13)  # fmt: skip  # noqa: E741
LIMITS_FROM, LIMITS_OWN, LIMITS_TO, LOST = range(13, 17)
NODE = 17
# CHANGE: the good's own codes A to B at the level (B NONE: no level is asked), C whether the good's code is too short to
# tell; spans excepted D to E, sources F to G, the group H to I (NONE: not asked); limits from LIMITS_FROM on, the rule's
# own before LIMITS_OWN, then the agreement's tolerances, each alone.
# CONTENT: percent A of basis B; only materials of spans D to E (NONE: all). AT_MOST: the limit at place A.
# KNOWN: the state A. FACT: the fact A, B whether it is denied. CHOSEN: a fact A between node B and node C.
SPAN = 3
"""Of a span: its first and last code, and the fact it depends on (NONE: none)."""
LIMIT = 5
"""Of a limit: what it counts, its percent, its basis, its spans' first and last place (first NONE: every material)."""

Column = Any
"""A list of whole numbers, or a column of them."""


class Goods(NamedTuple):
    """Goods: the number of the program, the first and last material, the amounts (AMOUNTS a good), the facts known to hold and not to;

    `at` and `mark` are where its nodes and its marks begin among what is filled.
    """

    program: Column
    first: Column
    last: Column
    amounts: Column
    holds: Column
    fails: Column
    at: Column
    mark: Column


class Materials(NamedTuple):
    """Materials: the least and greatest code, place of other codes (0: none), value, the part of it from outside, weight, whether it

    originates (NO or YES), whether it is wholly obtained, and its role (0 a material, 1 retail packing, 2 an accessory).
    `codes` holds the other codes: their number and then pairs.
    """

    low: Column
    high: Column
    others: Column
    value: Column
    outside: Column
    weight: Column
    originates: Column
    obtained: Column
    role: Column
    codes: Column


class Law(NamedTuple):
    """Programs: the first node of each and one behind the last; nodes, spans and limits, each behind the other."""

    programs: Column
    nodes: Column
    spans: Column
    limits: Column


class Found(NamedTuple):
    """What is filled, a place a node: its state, what was measured, what of, which of its limits forgave (0: none).

    A place a good: the value from outside, NONE where some is not known. `marks` is a place a material for each CHANGE of
    the good in turn: whether it has changed, UNASKED where it originates or does not count.
    """

    state: Column
    figure: Column
    base: Column
    forgiven: Column
    outside: Column
    marks: Column


# -- percentages ---------------------------------------------------------------------------------------------------


def part_down(amount: int, percent: int) -> int:
    """The greatest whole number that is at most `percent` of `amount`. Exact: quotient and remainder are multiplied apart."""
    units = amount // WHOLE
    return units * percent + (amount - units * WHOLE) * percent // WHOLE


def part_up(amount: int, percent: int) -> int:
    """The least whole number that is at least `percent` of `amount`."""
    units = amount // WHOLE
    return units * percent + ((amount - units * WHOLE) * percent + WHOLE - 1) // WHOLE


# -- codes ---------------------------------------------------------------------------------------------------------


def cover(low: int, high: int, first: int, last: int) -> int:
    """Whether a code that may be anything from `low` to `high` lies within `first` to `last`."""
    if high < first or low > last:
        return 0
    return 2 if first <= low and high <= last else 1


def known(fact: int, holds: int, fails: int) -> int:
    """What is known of a fact."""
    if (holds >> fact) & 1:
        return 2
    return 0 if (fails >> fact) & 1 else 1


def covered(spans: Column, first: int, last: int, low: int, high: int, holds: int, fails: int) -> int:
    """Whether a code lies within any of the spans `first` to `last`, those with a condition so far as it holds."""
    best = 0
    for i in range(first, last):
        state = cover(low, high, spans[i * SPAN], spans[i * SPAN + 1])
        if state > best:
            fact = spans[i * SPAN + 2]
            if fact >= 0:
                state = min(state, known(fact, holds, fails))
            best = max(best, state)
            if best == 2:
                break
    return best


def changed(nodes: Column, spans: Column, node: int, low: int, high: int, holds: int, fails: int) -> int:
    """Whether a material of this code has changed as the node asks."""
    state = 2
    if nodes[node + B] >= 0:
        within = cover(low, high, nodes[node + A], nodes[node + B])
        if within == 2 and nodes[node + C]:
            within = 1
        state = 2 - within
    if state and nodes[node + D] < nodes[node + E]:
        state = min(state, 2 - covered(spans, nodes[node + D], nodes[node + E], low, high, holds, fails))
    if state and nodes[node + F] >= 0:
        state = min(state, covered(spans, nodes[node + F], nodes[node + G], low, high, holds, fails))
    if state and nodes[node + H] >= 0:
        state = min(state, 2 - covered(spans, nodes[node + H], nodes[node + I], low, high, holds, fails))
    if state == 2 and nodes[node + LOST]:
        state = 1
    return state


def all_changed(nodes: Column, spans: Column, codes: Column, node: int, low: int, high: int, others: int, holds: int, fails: int) -> int:
    """The same for a material of several possible codes: decided where all of them agree."""
    state = changed(nodes, spans, node, low, high, holds, fails)
    if others:
        for k in range(codes[others]):
            if changed(nodes, spans, node, codes[others + 1 + 2 * k], codes[others + 2 + 2 * k], holds, fails) != state:
                return 1
    return state


def any_covered(spans: Column, codes: Column, first: int, last: int, low: int, high: int, others: int, holds: int, fails: int) -> int:
    """Whether a material of several possible codes lies within spans: decided where all of them agree."""
    state = covered(spans, first, last, low, high, holds, fails)
    if others:
        for k in range(codes[others]):
            if covered(spans, first, last, codes[others + 1 + 2 * k], codes[others + 2 + 2 * k], holds, fails) != state:
                return 1
    return state


def within(least: int, greatest: int, base: int, percent: int) -> int:
    """Whether an amount between `least` and `greatest` (NONE: no end) is at most `percent` of `base`."""
    if greatest == 0:
        return 2
    if base < 0:
        return 1
    limit = part_down(base, percent)
    if least > limit:
        return 0
    return 2 if 0 <= greatest <= limit else 1


# -- goods ---------------------------------------------------------------------------------------------------------


def weigh(goods: Goods, materials: Materials, law: Law, found: Found, start: int, stop: int) -> int:
    """Fill the places of goods `start` to `stop`; returns how many nodes that were."""
    program_of, first_of, last_of, amounts, holds_of, fails_of, at_of, mark_of = goods
    lows, highs, others, values, outsides, weights, originates, obtained, roles, codes = materials
    programs, nodes, spans, limits = law
    states, figures, bases, forgiven, outside_of, marks = found
    filled = 0
    for good in range(start, stop):
        program = program_of[good]
        first, last, at, mark = first_of[good], last_of[good], at_of[good], mark_of[good]
        holds, fails, amount = holds_of[good], fails_of[good], good * AMOUNTS
        total = 0
        for m in range(first, last):
            if not originates[m]:
                if outsides[m] < 0:
                    total = -1
                    break
                total += outsides[m]
        outside_of[good] = total
        begin = programs[program]
        filled += programs[program + 1] - begin
        for n in range(begin, programs[program + 1]):
            node = n * NODE
            kind, counted = nodes[node + KIND], nodes[node + ROLES]
            place = at + n - begin
            state, figure, base, gift = 2, -1, -1, 0
            if kind == ALL or kind == ANY:  # noqa: SIM109  # a tuple would be built for every node
                child = nodes[node + LAST]
                state = 2 if kind == ALL else 0
                while child >= 0:
                    other = states[at + child]
                    state = min(state, other) if kind == ALL else max(state, other)
                    child = nodes[(begin + child) * NODE + PREV]
            elif kind == KNOWN:
                state = nodes[node + A]
            elif kind == FACT:
                state = known(nodes[node + A], holds, fails)
                if nodes[node + B]:
                    state = 2 - state
            elif kind == CHOSEN:
                choice = known(nodes[node + A], holds, fails)
                one, other = states[at + nodes[node + B]], states[at + nodes[node + C]]
                state = one if choice == 2 or one == other else other if choice == 0 else 1
            elif kind == AGREED:
                state, other = states[at + nodes[node + B]], states[at + nodes[node + C]]
                if state == 1:
                    state = other
                elif other != 1 and other != state:
                    state = 1
            elif kind == CONTENT_DOWN or kind == AT_MOST:  # noqa: SIM109
                # Both weigh a sum of materials from outside against a share of the good.
                by_weight = kind == AT_MOST and limits[nodes[node + A] * LIMIT] == BY_WEIGHT
                if kind == AT_MOST:
                    limit = nodes[node + A] * LIMIT
                    percent, basis = limits[limit + 1], limits[limit + 2]
                    from_, to = limits[limit + 3], limits[limit + 4]
                else:
                    percent, basis, from_, to = nodes[node + A], nodes[node + B], nodes[node + D], nodes[node + E]
                base = amounts[amount + basis]
                least, greatest, gap = 0, 0, 0
                for m in range(first, last):
                    if originates[m] or not (counted >> roles[m]) & 1:
                        continue
                    inside = 2
                    if from_ >= 0:
                        inside = any_covered(spans, codes, from_, to, lows[m], highs[m], others[m], holds, fails)
                    if inside:
                        own = weights[m] if by_weight else outsides[m]
                        if own < 0:
                            gap = 1
                        else:
                            greatest += own
                            if inside == 2:
                                least += own
                if kind == AT_MOST:
                    state, figure = within(least, -1 if gap else greatest, base, percent), greatest
                elif base < 0:
                    state = 2 if greatest == 0 and not gap else 1
                else:
                    need = part_up(base, percent)
                    figure = base - greatest
                    if base - least < need:
                        state = 0
                    elif gap or figure < need:
                        state = 1
                if gap:
                    gift = -1
            elif kind == CONTENT_UP:
                base = amounts[amount + nodes[node + B]]
                figure, gap, least = 0, 0, 0
                for m in range(first, last):
                    if (counted >> roles[m]) & 1:
                        if not originates[m]:
                            least += max(outsides[m], 0)
                        if values[m] < 0 or (outsides[m] < 0 and not originates[m]):
                            gap = 1
                        else:
                            figure += values[m] if originates[m] else values[m] - outsides[m]
                if amounts[amount + COSTS] < 0:
                    gap = 1
                else:
                    figure += amounts[amount + COSTS]
                if base < 0:
                    state = 1
                elif figure < part_up(base, nodes[node + A]):
                    state = 1 if gap else 0
                    if gap and nodes[node + B] == FOB and base - least < part_up(base, nodes[node + A]):
                        # What is counted and what is from outside make up the price together: whatever is not stated, it is too little.
                        state, figure = 0, base - least
                if gap:
                    gift = -1
            elif kind == CHANGE:
                failed, unsure, gap_value, gap_weight = 0, 0, 0, 0
                least_value, most_value, least_weight, most_weight = 0, 0, 0, 0
                for m in range(first, last):
                    if originates[m] or not (counted >> roles[m]) & 1:
                        marks[mark + m - first] = UNASKED
                        continue
                    own = all_changed(nodes, spans, codes, node, lows[m], highs[m], others[m], holds, fails)
                    marks[mark + m - first] = own
                    if own < 2:
                        if values[m] < 0:
                            gap_value = 1
                        else:
                            most_value += values[m]
                        if weights[m] < 0:
                            gap_weight = 1
                        else:
                            most_weight += weights[m]
                        if own == 0:
                            failed += 1
                            least_value += max(values[m], 0)
                            least_weight += max(weights[m], 0)
                        else:
                            unsure += 1
                mark_here = mark
                mark += last - first
                if failed or unsure:
                    state = 0
                    if nodes[node + LIMITS_FROM] < nodes[node + LIMITS_OWN]:
                        # The rule's own limits bind together: each material is of one of them, and each holds for its own.
                        pardon = 2
                        for m in range(first, last):
                            own = marks[mark_here + m - first]
                            if own < 2:
                                mine = 0
                                for j in range(nodes[node + LIMITS_FROM], nodes[node + LIMITS_OWN]):
                                    if limits[j * LIMIT + 3] < 0:
                                        mine = 2
                                    else:
                                        at_limit = any_covered(
                                            spans, codes, limits[j * LIMIT + 3], limits[j * LIMIT + 4], lows[m], highs[m], others[m], holds, fails
                                        )
                                        mine = max(mine, at_limit)
                                pardon = min(pardon, mine if own == 0 else max(mine, 1))
                        for j in range(nodes[node + LIMITS_FROM], nodes[node + LIMITS_OWN]):
                            limit = j * LIMIT
                            least, greatest, gap = 0, 0, 0
                            for m in range(first, last):
                                own = marks[mark_here + m - first]
                                mine = 0
                                if own < 2:
                                    mine = 2
                                    if limits[limit + 3] >= 0:
                                        mine = any_covered(spans, codes, limits[limit + 3], limits[limit + 4], lows[m], highs[m], others[m], holds, fails)
                                if mine:
                                    amount_here = weights[m] if limits[limit] == BY_WEIGHT else values[m]
                                    if amount_here < 0:
                                        gap = 1
                                    else:
                                        greatest += amount_here
                                        if own == 0 and mine == 2:
                                            least += amount_here
                            pardon = min(pardon, within(least, -1 if gap else greatest, amounts[amount + limits[limit + 2]], limits[limit + 1]))
                        if pardon > state:
                            state, gift = pardon, 1
                    for j in range(nodes[node + LIMITS_OWN], nodes[node + LIMITS_TO]):
                        limit = j * LIMIT
                        base_here = amounts[amount + limits[limit + 2]]
                        if limits[limit] == BY_WEIGHT:
                            pardon = within(least_weight, -1 if gap_weight else most_weight, base_here, limits[limit + 1])
                        else:
                            pardon = within(least_value, -1 if gap_value else most_value, base_here, limits[limit + 1])
                        if pardon > state:
                            state, gift = pardon, j + 1 - nodes[node + LIMITS_FROM]
                    if state == 0 and not failed:
                        state = 1
                    figure, base = failed, unsure
                    if state < 2 and gift:
                        gift = -gift
            elif kind == OBTAINED:
                # Without spans every material, and at least one: nothing is made of nothing.
                asked = 0
                for m in range(first, last):
                    if (counted >> roles[m]) & 1:
                        asked, own = 1, 2
                        if nodes[node + D] >= 0:
                            own = any_covered(spans, codes, nodes[node + D], nodes[node + E], lows[m], highs[m], others[m], holds, fails)
                        if own:
                            whole = obtained[m] if originates[m] else 0
                            state = min(state, max(whole, 2 - own))
                if nodes[node + D] < 0 and not asked:
                    state = 1
            elif kind == EXCLUSIVE:
                for m in range(first, last):
                    if (counted >> roles[m]) & 1 and not originates[m]:
                        state = 0
            states[place], figures[place], bases[place], forgiven[place] = state, figure, base, gift
    return filled
