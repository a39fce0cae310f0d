"""Exact numbers and dated rows: what every part of the oracle stands on."""

from __future__ import annotations

import math
from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction

Row = dict[str, str]
Span = tuple[Fraction, Fraction]
"""From the lowest to the highest."""
CENT = Fraction(1, 100)
NIL = (Fraction(0), Fraction(0))


def in_force(row: Row, day: str) -> bool:
    """Whether a row holds on the day; ISO dates compare as text."""
    return row["valid_from"] <= day and (not row["valid_to"] or day <= row["valid_to"])


def hull(spans: Iterable[Span]) -> Span:
    """From the lowest low to the highest high."""
    ends = list(spans)
    return min(low for low, _ in ends), max(high for _, high in ends)


def plus(*spans: Span) -> Span:
    """The sum, low with low and high with high."""
    return sum((low for low, _ in spans), Fraction(0)), sum((high for _, high in spans), Fraction(0))


def rounded(amount: Fraction, unit: Fraction, mode: str) -> Fraction:
    """An amount of at least nothing to the unit."""
    times = amount / unit
    whole = {"half_up": math.floor(times + Fraction(1, 2)), "up": math.ceil(times), "down": math.floor(times)}[mode]
    return whole * unit


def kept(rate: Fraction) -> Fraction:
    """A cross rate to as many decimals as leave room for an amount of 63 bits: 8 for a rate near 7."""
    magnitude = (Decimal(rate.numerator) / rate.denominator).log10()
    return round(rate, max(0, math.floor((Decimal("16.9") - magnitude) / 2)))


def decimal(amount: Fraction) -> Decimal:
    """A fraction whose decimals end, as a Decimal."""
    return Decimal(amount.numerator) / Decimal(amount.denominator)
