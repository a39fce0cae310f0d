"""Duties that are no share of the value: amounts per unit, exact fractions, line by line; they are few.

They are worked out before the columns are filled and handed over as extra amounts (`money.EXTRA` numbers a row).
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from youyi.assess import money
from youyi.assess.value import Rounding
from youyi.law.due import Facts, evaluate
from youyi.law.duty import Duty

STEPS = (("duty", money.DUTY, money.DUTY_EXPRESSION), ("remedy", money.REMEDY, money.REMEDY_EXPRESSION), ("excise", money.EXCISE, money.EXCISE_EXPRESSION))
NOTHING = [0] * money.EXTRA


def extra_amounts(value: int, row: list[int], plan: list[int], duties: list[Duty], facts: Callable[[int], Facts]) -> tuple[list[int], list[str]]:
    """The extra amounts of one row of a line, and what is missing to say them. `facts` takes the base in hundredths."""
    extra, missing = list(NOTHING), []

    def express(step: tuple[str, int, int], base: int, at: int) -> None:
        name, number, expression = step
        if row[expression] < 0:
            return
        amount = per_unit(duties[row[expression]], facts(base), Rounding(plan[money.UNIT + number], plan[money.MODE + number]))
        if isinstance(amount, str):
            extra[money.UNSOUND] = 1
            missing.append(f"FACT-MISSING: the {name} needs {amount}")
        else:
            extra[at : at + 2] = amount
            extra[money.SAID] |= step is STEPS[0]

    express(STEPS[0], value, money.DUTY_AT)
    express(STEPS[1], value, money.REMEDY_AT)
    low, high = money.duties(row, plan, extra, 0, 0, 0, value)
    remedy = money.charges(row, plan, extra, 0, 0, 0, value, low, 0, 0)[0]
    express(STEPS[2], value + low + remedy, money.EXCISE_AT)
    express(STEPS[2], value + high + remedy, money.CROSSED_EXCISE_AT)
    return extra, list(dict.fromkeys(missing))


def per_unit(duty: Duty, facts: Facts, rule: Rounding) -> tuple[int, int] | str:
    """The amount of a duty that is no share of the value, in hundredths, rounded; or what is missing to say it."""
    amount = evaluate(duty, facts)
    if amount.missing:
        return " and ".join(amount.missing)
    return _cents(amount.low, rule), _cents(amount.high, rule)


def _cents(exact: Fraction, rule: Rounding) -> int:
    cents = exact * 100
    floor = cents.numerator // cents.denominator
    return money.settle(floor, cents.numerator - floor * cents.denominator, cents.denominator, rule.unit, rule.mode)

