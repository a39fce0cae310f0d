"""Money in columns: exact integers, rounded at the named steps and nowhere else.

Amounts are hundredths of the currency's unit, rates ten-thousandths of a percent. Every function takes and gives
whole columns; a batch of one is a column of one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

I64 = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
WHOLE = 1_000_000
"""A rate of 100 %."""
MAX_CENTS = 10**15
"""Largest customs value in hundredths; keeps every product below inside 63 bits for rates up to 900 %."""
MODES = ("half_up", "up", "down")


@dataclass(frozen=True, slots=True)
class Rounding:
    """To how many hundredths an amount is rounded, and how."""

    unit: int
    mode: str


CENT = Rounding(1, "half_up")


def share(amount: I64, rate: I64, rounding: Sequence[tuple[Rounding, Bools | None]] = ()) -> I64:
    """`rate` of `amount`, rounded half up to a hundredth, or as `rounding` says for the rows of its masks (None = all).

    Exact for amounts up to MAX_CENTS: the product is taken of quotient and remainder apart.
    """
    units = amount // WHOLE
    rest = (amount - units * WHOLE) * rate
    whole = rest // WHOLE
    left = rest - whole * WHOLE
    floor = units * rate + whole
    result: I64 = floor + (left >= WHOLE // 2)
    for rule, mask in rounding:
        if mask is None:
            result = settle(floor, left, WHOLE, rule)
        else:
            rows = np.flatnonzero(mask)
            result[rows] = settle(floor[rows], left[rows], WHOLE, rule)
    return result


def settle(floor: I64, left: I64, per: int | I64, rule: Rounding) -> I64:
    """`floor + left / per` hundredths, rounded to `rule.unit` hundredths."""
    unit = rule.unit
    if unit == 1:
        extra = left * 2 >= per if rule.mode == "half_up" else (left > 0 if rule.mode == "up" else np.zeros(len(floor), np.bool_))
        return np.asarray(floor + extra, dtype=np.int64)
    count = floor // unit
    rest = floor - count * unit
    if rule.mode == "half_up":
        extra = rest * 2 >= unit
    elif rule.mode == "up":
        extra = (rest > 0) | (left > 0)
    else:
        extra = np.zeros(len(floor), np.bool_)
    return np.asarray((count + extra) * unit, dtype=np.int64)


def exchanged(value: I64, numerator: I64, divisor: I64) -> tuple[I64, I64]:
    """`value * numerator / divisor` as floor and remainder, exactly (both factors below 2**31.5 by construction)."""
    units = value // divisor
    rest = (value - units * divisor) * numerator
    whole = rest // divisor
    return units * numerator + whole, rest - whole * divisor


def added(value: I64, rate: I64) -> I64:
    """`rate` of `value`, half up, at the value's own scale: what a flat rate for freight or insurance adds."""
    units = value // WHOLE
    rest = (value - units * WHOLE) * rate
    result: I64 = units * rate + (rest + WHOLE // 2) // WHOLE
    return result
