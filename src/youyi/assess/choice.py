"""Which regime is best for a line, and what it saves.

Remedies and taxes fall on a line alike under every regime, and each grows with the duty. So the duty alone decides
which regime is cheapest, and a doubt about a tax or a remedy is one doubt for all of them: it is never played off
between two regimes.
"""

from __future__ import annotations

import numpy as np

from youyi.assess.amounts import I64, Bools

BIG = np.int64(2**62)
NO_RANK = 99


def choose(eligible: Bools, rank: I64, low: I64, high: I64, first: I64, of_line: I64) -> Bools:
    """Which rows are the best of their lines.

    `low`, `high`: duties (or rates, which stand in the same order), -1 where unknown; `first`: each line's first row;
    `of_line`: each row's line; `eligible`: rows the goods may use.

    Best is a row whose highest duty is no more than the lowest duty of every other row the goods may use; of equal
    ones the first that asks the least (`rank`: no certificate, then origin stated, then origin to be shown). Where no
    row is sure to be the cheapest, none is best; nor, where the most-favoured-nation duty is unknown, a row that bears duty.
    """
    open_ = eligible & (low >= 0) & ((low[first][of_line] >= 0) | (high == 0))
    least = np.minimum.reduceat(np.where(open_, high, BIG), first)[of_line]
    candidate = open_ & (high == least)
    below = open_ & (low < least)
    if below.any():
        rivals = np.add.reduceat(below.astype(np.int64), first)[of_line]
        candidate &= (rivals == 0) | ((rivals == 1) & below)
    order = np.where(candidate, rank, NO_RANK)
    best: Bools = candidate & (order == np.minimum.reduceat(order, first)[of_line])
    return best


def savings(open_: Bools, total: tuple[I64, I64], crossed: tuple[I64, I64], first: I64, of_line: I64) -> tuple[I64, I64]:
    """Every row's saving against its line's most-favoured-nation row, from … to …; -1 where none can be said.

    `total`: low duty with low taxes and remedies, high with high; `crossed`: high duty with low ones, low with high.
    """
    base = first[of_line]
    mfn_low, mfn_high = total[0][base], total[1][base]
    saving_low, saving_high = np.maximum(mfn_low - crossed[0], 0), np.maximum(mfn_high - crossed[1], 0)
    unusable = ~open_ | (mfn_low < 0)
    for saving in (saving_low, saving_high):
        saving[first] = 0
        if unusable.any():
            np.putmask(saving, unusable, -1)
    return saving_low, saving_high
