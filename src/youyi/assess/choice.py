"""Which regime is best for a line, and what it saves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from youyi.assess.amounts import I64, Bools

BIG = np.int64(2**62)
NO_RANK = 99


@dataclass(slots=True)
class Choice:
    """Per row: whether it is its line's best, and its saving from … to … in hundredths, -1 where none can be said."""

    best: Bools
    saving_low: I64
    saving_high: I64


def choose(eligible: Bools, rank: I64, low: I64, high: I64, first: I64, of_line: I64) -> Choice:
    """Choose among the rows of each line.

    `low`, `high`: totals, -1 where unknown; `first`: each line's first row, its most-favoured-nation row;
    `of_line`: each row's line; `eligible`: rows the goods may use.

    Best is a row whose highest total is no more than the lowest total of every other row the goods may use; of equal
    ones the first that asks the least (`rank`: no certificate, then origin stated, then origin to be shown). Where no
    row is sure to be the cheapest, none is best. The saving is against the most-favoured-nation row.
    """
    open_ = eligible & (low >= 0)
    least = np.minimum.reduceat(np.where(open_, high, BIG), first)[of_line]
    candidate = open_ & (high == least)
    below = open_ & (low < least)
    if below.any():
        rivals = np.add.reduceat(below.astype(np.int64), first)[of_line]
        candidate &= (rivals == 0) | ((rivals == 1) & below)
    order = np.where(candidate, rank, NO_RANK)
    best: Bools = candidate & (order == np.minimum.reduceat(order, first)[of_line])
    base = first[of_line]
    mfn_low, mfn_high = low[base], high[base]
    unusable = ~open_ | (mfn_low < 0)
    saving_low, saving_high = np.maximum(mfn_low - high, 0), np.maximum(mfn_high - low, 0)
    for saving in (saving_low, saving_high):
        saving[first] = 0
        saving[unusable] = -1
    return Choice(best, saving_low, saving_high)
