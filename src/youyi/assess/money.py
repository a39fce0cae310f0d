"""The money of a line, from the price to the best regime: whole numbers, rounded at the named steps and nowhere else.

Everything here is written for one line in plain integer arithmetic. For one line Python runs it as it stands; for a
batch the same text is compiled (`compiled`) and runs over columns, so one consignment and a hundred million lines
cannot come apart. That is why this module imports nothing of the house: what is compiled is wholly in this file.

Amounts are hundredths of the currency's unit, rates ten-thousandths of a percent, NONE where nothing can be said.
"""

from __future__ import annotations

from typing import Any, NamedTuple

NONE = -1
WHOLE = 1_000_000
"""A rate of 100 %."""
HALF = WHOLE // 2
MAX_CENTS = 10**15
"""Largest customs value in hundredths; keeps every product below inside 63 bits for rates up to 900 %."""
HALF_UP, UP, DOWN = 0, 1, 2
"""Modes of rounding."""
CUSTOMS_VALUE, DUTY, REMEDY, EXCISE, VAT, OTHER = range(6)
"""The steps that are rounded."""
IN_DUTY, IN_REMEDY, IN_EXCISE = 2, 4, 8
"""Bits of a tax's base: what it is on beside the customs value."""

# -- the columns ---------------------------------------------------------------------------------------------------

# What a row of the ruling table holds, by place: the standing of a regime, its rates, its words.
# What every row needs comes first, and a row's length is a multiple of a cache line's.
(
    RATE_LOW, RATE_HIGH, VAT_LOW, VAT_HIGH, VAT_BASE, MORE, ELIGIBLE, RANK, FIRM, GAP, REMEDY_LOW, REMEDY_HIGH, EXCISE_LOW, EXCISE_HIGH, INCOME_LOW,
    INCOME_HIGH, INCOME_BASE, DUTY_EXPRESSION, REMEDY_EXPRESSION, EXCISE_EXPRESSION, REGIME, STATUS, SCHEDULE, RATE, CONDITIONS, NOT_CHECKED,
    FINDINGS,
) = range(27)  # fmt: skip
ROW = 32
SPAN = 3
"""Of a ruling: its first row, how many it has, and whether any bears a duty per unit."""
MAY_USE = 1
"""The last of the standings (yes, conditional) with which goods may use a rate."""
FIRM_BASIS, INDICATIVE_BASIS, NO_BASIS = 0, 1, 2

# What a plan holds: how a line gets its customs value, and the unit and mode of rounding of each step from `UNIT` on.
NUMERATOR, DIVISOR, FREIGHT, INSURANCE, ADD_FREIGHT, ADD_INSURANCE, USABLE, SURE, UNIT = range(9)
MODE = UNIT + 6
PLAN = MODE + 6

# Amounts that are no share of the value, worked out beforehand: at the low and the high end, the excise also with the duty's ends exchanged.
DUTY_AT, REMEDY_AT, EXCISE_AT, CROSSED_EXCISE_AT = 0, 2, 4, 6
SAID, UNSOUND = 8, 9
EXTRA = 10


Column = Any
"""A list of whole numbers, or a column of them."""


class Asked(NamedTuple):
    """Lines: amounts in ten-thousandths of the invoice currency, the numbers of ruling and plan, the first row of extra amounts (0 = none)."""

    price: Column
    freight: Column
    insurance: Column
    ruling: Column
    plan: Column
    extra: Column


class Law(NamedTuple):
    """The rulings' spans (first row, number of rows), their rows, the plans and the extra amounts (row 0: nothing), each behind the other."""

    spans: Column
    rows: Column
    plans: Column
    extras: Column


class Answers(NamedTuple):
    """What is filled, a place a row: its line, its row of the ruling table, and the figures."""

    line: Column
    place: Column
    rate_low: Column
    rate_high: Column
    customs_value: Column
    duty_low: Column
    duty_high: Column
    remedy: Column
    vat: Column
    other_tax: Column
    total_low: Column
    total_high: Column
    saving_low: Column
    saving_high: Column
    basis: Column
    best: Column


# -- exact shares --------------------------------------------------------------------------------------------------


def settle(floor: int, left: int, per: int, unit: int, mode: int) -> int:
    """`floor + left / per` hundredths, rounded to `unit` hundredths."""
    if unit == 1:
        if mode == HALF_UP:
            return floor + (1 if left * 2 >= per else 0)
        return floor + (1 if mode == UP and left > 0 else 0)
    count = floor // unit
    rest = floor - count * unit
    # The unit is even, so a remainder below the hundredth cannot tip the half.
    if mode == HALF_UP:
        count += 1 if rest * 2 >= unit else 0
    elif mode == UP:
        count += 1 if rest > 0 or left > 0 else 0
    return count * unit


def share(amount: int, rate: int, unit: int, mode: int) -> int:
    """`rate` of `amount`, rounded to `unit` hundredths. Exact for amounts up to MAX_CENTS: quotient and remainder are multiplied apart."""
    units = amount // WHOLE
    rest = (amount - units * WHOLE) * rate
    whole = rest // WHOLE
    floor, left = units * rate + whole, rest - whole * WHOLE
    if unit == 1 and mode == HALF_UP:  # the commonest rounding by far
        return floor + (left >= HALF)
    return settle(floor, left, WHOLE, unit, mode)


def added(value: int, rate: int) -> int:
    """`rate` of `value`, half up, at the value's own scale: what a flat rate for freight or insurance adds."""
    units = value // WHOLE
    return units * rate + ((value - units * WHOLE) * rate + HALF) // WHOLE


def customs_value(plans: Column, plan: int, price: int, freight: int, insurance: int) -> int:
    """The customs value of a line in hundredths of the currency of the plan that begins at `plan`; NONE where it cannot be said."""
    if price == NONE or not plans[plan + USABLE]:
        return NONE
    base = price
    if plans[plan + FREIGHT]:
        base += added(price, plans[plan + FREIGHT])
    if plans[plan + ADD_FREIGHT] and freight > 0:
        base += freight
    if plans[plan + INSURANCE]:
        base += added(base, plans[plan + INSURANCE])
    if plans[plan + ADD_INSURANCE] and insurance > 0:
        base += insurance
    numerator, divisor = plans[plan + NUMERATOR], plans[plan + DIVISOR]
    units = base // divisor
    rest = (base - units * divisor) * numerator
    whole = rest // divisor
    value = settle(units * numerator + whole, rest - whole * divisor, divisor, plans[plan + UNIT + CUSTOMS_VALUE], plans[plan + MODE + CUSTOMS_VALUE])
    return value if value <= MAX_CENTS else NONE


# -- what falls due ------------------------------------------------------------------------------------------------
# `row`, `plan`, `extra` are where a row of the ruling table, a plan and a row of extra amounts begin in the columns of `Law`.


def due(plans: Column, plan: int, step: int, base: int, rate: int) -> int:
    """What a step takes of its base, rounded as the plan says for the step."""
    return share(base, rate, plans[plan + UNIT + step], plans[plan + MODE + step])


def duties(rows: Column, plans: Column, extras: Column, row: int, plan: int, extra: int, value: int) -> tuple[int, int]:
    """The duty at its low and its high end: a share of the value, or the amount per unit that the law fixes."""
    rate_low, rate_high = rows[row + RATE_LOW], rows[row + RATE_HIGH]
    low = due(plans, plan, DUTY, value, rate_low) if rate_low > 0 else 0
    high = low if rate_high == rate_low else due(plans, plan, DUTY, value, rate_high)
    return low + extras[extra + DUTY_AT], high + extras[extra + DUTY_AT + 1]


def on_top(value: int, duty: int, remedy: int, excise: int, bits: int) -> int:
    """The base of a tax: the customs value and whatever else its base names."""
    base = value
    if bits & IN_DUTY:
        base += duty
    if bits & IN_REMEDY:
        base += remedy
    if bits & IN_EXCISE:
        base += excise
    return base


def charges(
    rows: Column, plans: Column, extras: Column, row: int, plan: int, extra: int, value: int, duty: int, high: int, crossed: int
) -> tuple[int, int, int, int]:
    """Remedies, sales tax, other taxes and the total with a duty, in the order in which they build on each other.

    `high`: 0 for remedies and taxes at their low end, 1 at their high end; `crossed`: 1 where the duty is the other end's.
    """
    remedy = other = excise = 0
    if rows[row + MORE]:
        remedy = due(plans, plan, REMEDY, value, rows[row + REMEDY_LOW + high]) + extras[extra + REMEDY_AT + high]
        excise = due(plans, plan, EXCISE, value + duty + remedy, rows[row + EXCISE_LOW + high])
        excise += extras[extra + (CROSSED_EXCISE_AT if crossed else EXCISE_AT) + high]
        other = excise + due(plans, plan, OTHER, on_top(value, duty, remedy, excise, rows[row + INCOME_BASE]), rows[row + INCOME_LOW + high])
    vat = due(plans, plan, VAT, on_top(value, duty, remedy, excise, rows[row + VAT_BASE]), rows[row + VAT_LOW + high])
    return remedy, vat, other, duty + vat + (remedy + other)


# -- which is best -------------------------------------------------------------------------------------------------


def choose(rows: Column, start: int, low: Column, high: Column, first: int, last: int) -> int:
    """The place of a line's best row among `first` to `last`, NONE where no row is sure to be the cheapest.

    Remedies and taxes fall on a line alike under every regime, and each grows with the duty; so the duty alone (`low`,
    `high`, NONE where unknown) decides, and a doubt about a tax is never played off between two regimes. Best is a row
    whose highest duty is no more than the lowest duty of every other row the goods may use; of equal ones the first by
    rank: no certificate, then origin stated, then origin to be shown, and of those the surest. Where the
    most-favoured-nation duty (row `first`) is unknown, a row that bears duty is never best.
    """
    measured = low[first] >= 0
    best, least, rank = NONE, 0, 0
    row = start
    for i in range(first, last):
        if rows[row + ELIGIBLE] <= MAY_USE and low[i] >= 0 and (measured or high[i] == 0):
            own = rows[row + RANK]
            # Of two rows with one high end, the one with the lower low end may be cheaper and is never dearer.
            if best == NONE or high[i] < least or (high[i] == least and (low[i] < low[best] or (low[i] == low[best] and own < rank))):
                best, least, rank = i, high[i], own
        row += ROW
    row = start
    for i in range(first, last):
        if i != best and rows[row + ELIGIBLE] <= MAY_USE and 0 <= low[i] < least and (measured or high[i] == 0):
            return NONE
        row += ROW
    return best


# -- a batch -------------------------------------------------------------------------------------------------------


def fill(asked: Asked, law: Law, out: Answers, first: int, last: int, at: int) -> int:
    """Answer lines `first` to `last` into the rows of `out` from `at` on, the most-favoured-nation row of each line first; the row after them."""
    # Columns by name, for a compiler that would count every reference to them inside the loop.
    prices, freights, insurances, rulings, plan_of, extra_of = asked
    spans, rows, plans, extras = law
    (
        line_of, place_of, rate_low, rate_high, customs, duty_low, duty_high, remedies, vats, others, total_low, total_high, saving_low, saving_high,
        basis, best_of,
    ) = out  # fmt: skip
    for line in range(first, last):
        span, plan, more = rulings[line] * SPAN, plan_of[line] * PLAN, extra_of[line] * EXTRA
        start, begin = spans[span], at
        at += spans[span + 1]
        value = customs_value(plans, plan, prices[line], freights[line], insurances[line]) if start else NONE
        row, extra = start * ROW, more
        for i in range(begin, at):
            line_of[i], place_of[i] = line, start + i - begin
            rate_low[i], rate_high[i] = rows[row + RATE_LOW], rows[row + RATE_HIGH]
            customs[i] = value
            if value < 0 or (rows[row + RATE_LOW] < 0 and not extras[extra + SAID]) or extras[extra + UNSOUND]:
                duty_low[i] = duty_high[i] = remedies[i] = vats[i] = others[i] = NONE
                total_low[i] = total_high[i] = saving_low[i] = saving_high[i] = NONE
            else:
                crossed_low = crossed_high = 0
                low, high = duties(rows, plans, extras, row, plan, extra, value)
                duty_low[i], duty_high[i] = low, high
                open_ = low != high
                taxes_open = rows[row + MORE] or rows[row + VAT_LOW] != rows[row + VAT_HIGH]
                # All low, all high, and where both are open the duty's ends exchanged.
                for end in range(4 if open_ and taxes_open else 2 if open_ or taxes_open else 1):
                    duty = low if end in (0, 3) else high
                    remedy, vat, other, total = charges(rows, plans, extras, row, plan, extra, value, duty, end & 1, end >> 1)
                    if end == 0:
                        remedies[i], vats[i], others[i] = remedy, vat, other
                        total_low[i] = total_high[i] = total
                    elif end == 1:
                        total_high[i] = total
                    elif end == 2:
                        crossed_low = total
                    else:
                        crossed_high = total
                # The savings' columns hold the totals with the duty's ends exchanged until the line's rows are all there.
                if not (open_ and taxes_open):
                    crossed_low, crossed_high = (total_high[i], total_low[i]) if open_ else (total_low[i], total_high[i])
                saving_low[i], saving_high[i] = crossed_low, crossed_high
            row += ROW
            extra += EXTRA if more else 0
        best = choose(rows, start * ROW, duty_low, duty_high, begin, at)
        base_low, base_high = total_low[begin], total_high[begin]
        row = start * ROW
        for i in range(begin, at):
            known = total_low[i] >= 0
            best_of[i] = i == best
            # Of a line with a regime whose rate is not in hand, the best is only the best of those known, unless it is nil.
            firm = rows[row + FIRM] and known and plans[plan + SURE] and not (i == best and rows[row + GAP])
            basis[i] = NO_BASIS if not start else FIRM_BASIS if firm else INDICATIVE_BASIS
            if not known or base_low < 0 or rows[row + ELIGIBLE] > MAY_USE:
                saving_low[i] = saving_high[i] = NONE
            elif i == begin:
                saving_low[i] = saving_high[i] = 0
            else:
                saving_low[i] = max(base_low - saving_low[i], 0)
                saving_high[i] = max(base_high - saving_high[i], 0)
            row += ROW
    return at
