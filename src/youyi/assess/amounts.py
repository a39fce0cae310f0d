"""Exact money: integers, rounded at the named steps and nowhere else.

Amounts are hundredths of the currency's unit, rates ten-thousandths of a percent. Every function takes and gives
whole numbers: an `int` for a single row, an int64 array for a column of rows. The arithmetic is the same text for
both, so one consignment and a hundred million lines cannot come apart.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

I64 = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Numbers = Any
"""An int, or an int64 array."""
WHOLE = 1_000_000
"""A rate of 100 %."""
HALF = WHOLE // 2
MAX_CENTS = 10**15
"""Largest customs value in hundredths; keeps every product below inside 63 bits for rates up to 900 %."""
MODES = ("half_up", "up", "down")
BASES = {"customs_value": 1, "duty": 2, "remedy": 4, "excise": 8, "vat": 16}


@dataclass(frozen=True, slots=True)
class Rounding:
    """To how many hundredths an amount is rounded, and how."""

    unit: int
    mode: str


CENT = Rounding(1, "half_up")
Rules = Sequence[tuple[Rounding, Bools | None]]
"""Roundings other than to the hundredth, each with the rows it binds (None = all)."""


def share(amount: Numbers, rate: Numbers, rules: Rules = ()) -> Numbers:
    """`rate` of `amount`, rounded half up to a hundredth or as `rules` say.

    Exact for amounts up to MAX_CENTS: the product is taken of quotient and remainder apart.
    """
    units = amount // WHOLE
    rest = (amount - units * WHOLE) * rate
    whole = rest // WHOLE
    left = rest - whole * WHOLE
    floor = units * rate + whole
    if rules and rules[0][1] is None:
        return settle(floor, left, WHOLE, rules[0][0])
    result = floor + (left >= HALF)
    for rule, bound in rules:
        rows = np.flatnonzero(bound)  # type: ignore[arg-type]
        result[rows] = settle(floor[rows], left[rows], WHOLE, rule)
    return result


def settle(floor: Numbers, left: Numbers, per: Numbers, rule: Rounding) -> Numbers:
    """`floor + left / per` hundredths, rounded to `rule.unit` hundredths."""
    if rule.unit == 1:
        if rule.mode == "down":
            return floor
        return floor + ((left * 2 >= per) if rule.mode == "half_up" else (left > 0))
    count = floor // rule.unit
    if rule.mode == "down":
        return count * rule.unit
    rest = floor - count * rule.unit
    # The unit is even, so a remainder below the hundredth cannot tip the half.
    return (count + ((rest * 2 >= rule.unit) if rule.mode == "half_up" else ((rest > 0) | (left > 0)))) * rule.unit


def exchanged(value: Numbers, numerator: Numbers, divisor: Numbers) -> tuple[Numbers, Numbers]:
    """`value * numerator / divisor` as floor and remainder, exactly (the factors are bounded by `as_decimal_ratio`)."""
    units = value // divisor
    rest = (value - units * divisor) * numerator
    whole = rest // divisor
    return units * numerator + whole, rest - whole * divisor


def added(value: Numbers, rate: Numbers) -> Numbers:
    """`rate` of `value`, half up, at the value's own scale: what a flat rate for freight or insurance adds."""
    units = value // WHOLE
    rest = (value - units * WHOLE) * rate
    return units * rate + (rest + HALF) // WHOLE


@dataclass(slots=True)
class Terms:
    """What the law charges on a row: pairs of low and high rates, with None where nothing falls due in this block.

    `express` gives the amounts of a duty that is no share of its base: (step, base at low) to (low, high), or None.
    """

    rate: tuple[Numbers, Numbers]
    remedy: tuple[Numbers, Numbers] | None
    excise: tuple[Numbers, Numbers] | None
    vat: tuple[Numbers, Numbers]
    vat_base: Numbers
    income: tuple[Numbers, Numbers] | None
    income_base: Numbers
    rules: Callable[[str], Rules]
    express: Callable[[str, Numbers], tuple[Numbers, Numbers] | None]


@dataclass(slots=True)
class Charges:
    """The amounts of a row, each at the low and the high end."""

    duty: tuple[Numbers, Numbers]
    remedy: tuple[Numbers, Numbers]
    excise: tuple[Numbers, Numbers]
    vat: tuple[Numbers, Numbers]
    income: tuple[Numbers, Numbers]
    total: tuple[Numbers, Numbers]


def charges(value: Numbers, terms: Terms) -> Charges:
    """Duty, remedies, excise, value-added tax and income tax on a customs value, in the order in which they build on each other."""
    duty = _amount("duty", (value, value), terms.rate, terms)
    remedy = _amount("remedy", (value, value), terms.remedy, terms)
    excise = _amount("excise", (value + duty[0] + remedy[0], value + duty[1] + remedy[1]), terms.excise, terms)
    vat = _tax("vat", value, (duty, remedy, excise), terms.vat, terms.vat_base, terms)
    income = _tax("other", value, (duty, remedy, excise), terms.income, terms.income_base, terms) if terms.income is not None else (0, 0)
    low = duty[0] + vat[0] + (remedy[0] + (excise[0] + income[0]))
    high = duty[1] + vat[1] + (remedy[1] + (excise[1] + income[1]))
    return Charges(duty, remedy, excise, vat, income, (low, high))


def _amount(step: str, base: tuple[Numbers, Numbers], rate: tuple[Numbers, Numbers] | None, terms: Terms) -> tuple[Numbers, Numbers]:
    """A share of the base and, where the law fixes one, an amount per unit."""
    if rate is None:
        return 0, 0
    low, high = _shares(base, rate, terms.rules(step))
    extra = terms.express(step, base[0])
    return (low, high) if extra is None else (low + extra[0], high + extra[1])


def _tax(
    step: str, value: Numbers, earlier: tuple[tuple[Numbers, Numbers], ...], rate: tuple[Numbers, Numbers], bits: Numbers, terms: Terms
) -> tuple[Numbers, Numbers]:
    """A tax on the customs value and whatever else its base names."""
    low = high = value
    single = bits if isinstance(bits, int) else int(bits[0]) if len(bits) and (bits == bits[0]).all() else None
    for bit, amount in zip((BASES["duty"], BASES["remedy"], BASES["excise"]), earlier, strict=True):
        if amount == (0, 0) if isinstance(amount[0], int) else False:
            continue
        if single is not None:
            if single & bit:
                same = high is low and amount[0] is amount[1]
                low = low + amount[0]
                high = low if same else high + amount[1]
        else:
            has = (bits & bit) > 0
            low, high = low + np.where(has, amount[0], 0), high + np.where(has, amount[1], 0)
    return _shares((low, high), rate, terms.rules(step))


def _shares(base: tuple[Numbers, Numbers], rate: tuple[Numbers, Numbers], rules: Rules) -> tuple[Numbers, Numbers]:
    """The shares at the low and the high end; the high one is worked out only where it differs."""
    low = share(base[0], rate[0], rules)
    if isinstance(low, int):
        return low, low if base[0] == base[1] and rate[0] == rate[1] else share(base[1], rate[1], rules)
    apart = rate[0] != rate[1]
    if base[0] is not base[1]:
        apart |= base[0] != base[1]
    rows = np.flatnonzero(apart)
    if not len(rows):
        return low, low
    high = low.copy()
    high[rows] = share(base[1][rows], rate[1][rows], [(r, None if b is None else b[rows]) for r, b in rules])
    return low, high
