"""What a duty comes to: exact amounts from facts, the percentages of a cell, and what of it goods of one Party may use."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from youyi.law.duty import PPM, AdValorem, Between, Duty, Either, Except, Least, Most, Nil, NoRate, Quota, Specific, Sum, Supplementary, Verbatim


@dataclass(frozen=True, slots=True)
class Facts:
    """What a duty needs to become money.

    `value` is the customs value in `currency`; `quantities` maps a unit code to how many of it the goods are;
    `exchange(c)` is how much of `currency` one unit of currency `c` is worth, or None.
    """

    value: Fraction
    currency: str = ""
    quantities: Mapping[str, Fraction] = field(default_factory=dict)
    exchange: Callable[[str], Fraction | None] = lambda _: None


@dataclass(frozen=True, slots=True)
class Amount:
    """Exact money between `low` and `high`, or what is missing to say it."""

    low: Fraction
    high: Fraction
    missing: tuple[str, ...] = ()


def evaluate(duty: Duty, facts: Facts) -> Amount:
    """The exact amount of `duty` in `facts.currency`, unrounded; an interval where the cell leaves a choice open."""
    match duty:
        case AdValorem(percent):
            amount = facts.value * Fraction(percent) / 100
            return Amount(amount, amount)
        case Specific(amount_, currency, unit, per, qualifier):
            quantity = _quantity(facts.quantities, unit, qualifier)
            rate = Fraction(1) if currency == facts.currency else facts.exchange(currency)
            missing: tuple[str, ...] = () if quantity is not None else (f"quantity in {unit}{f'/{qualifier}' if qualifier else ''}",)
            missing += () if rate is not None else (f"exchange rate {currency} to {facts.currency}",)
            money = Fraction(amount_) * (quantity or 0) * (rate or 0) / Fraction(per)
            return Amount(money, money, missing)
        case Sum(terms):
            parts = [evaluate(t, facts) for t in terms]
            return Amount(sum((p.low for p in parts), Fraction(0)), sum((p.high for p in parts), Fraction(0)), _missing(parts))
        case Most(a, b) | Least(a, b):
            pick = max if isinstance(duty, Most) else min
            one, other = evaluate(a, facts), evaluate(b, facts)
            return Amount(pick(one.low, other.low), pick(one.high, other.high), _missing([one, other]))
        case Quota(a, b) | Between(a, b):
            return _hull([evaluate(a, facts), evaluate(b, facts)])
        case Either(parts_):
            return _hull([evaluate(p, facts) for p in parts_])
        case Except(inner, _):
            return evaluate(inner, facts)
        case Nil():
            return Amount(Fraction(0), Fraction(0))
        case Supplementary(unit, _):
            return Amount(Fraction(0), Fraction(0), (f"a rate: only a quantity in {unit} is stated",))
        case NoRate():
            return Amount(Fraction(0), Fraction(0), ("a rate: the schedule gives none",))
        case Verbatim(text):
            return Amount(Fraction(0), Fraction(0), (f"a computable duty: {text}",))


def _quantity(quantities: Mapping[str, Fraction], unit: str, qualifier: str) -> Fraction | None:
    """How many units the goods are. A qualified quantity is another one: the drained weight is not the net weight."""
    if not unit:
        return Fraction(1)
    if (unit, qualifier) == ("ASV", "hl"):
        strength, litres = quantities.get("ASV"), quantities.get("LTR")
        if strength is not None and litres is not None:
            return strength * litres / 100
        return quantities.get("LPA")  # one hectolitre of one percent is one litre of pure alcohol
    return quantities.get(f"{unit}/{qualifier}" if qualifier else unit)


def _missing(parts: list[Amount]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(m for p in parts for m in p.missing))


def _hull(parts: list[Amount]) -> Amount:
    return Amount(min(p.low for p in parts), max(p.high for p in parts), _missing(parts))


def percent_range(duty: Duty) -> tuple[int, int] | None:
    """Lowest and highest rate in ten-thousandths of a percent, or None where the duty is not a share of the value."""
    match duty:
        case AdValorem(percent):
            ppm = int(percent * PPM)
            return ppm, ppm
        case Nil():
            return 0, 0
        case Quota(a, b) | Between(a, b):
            return _range_hull([percent_range(a), percent_range(b)])
        case Either(parts):
            return _range_hull([percent_range(p) for p in parts])
        case Except(inner, _):
            return percent_range(inner)
    return None


def _range_hull(ranges: list[tuple[int, int] | None]) -> tuple[int, int] | None:
    known = [r for r in ranges if r is not None]
    return (min(r[0] for r in known), max(r[1] for r in known)) if len(known) == len(ranges) else None


def is_exact(duty: Duty) -> bool:
    """Whether the cell states one duty, whatever the goods' further particulars."""
    match duty:
        case Quota() | Between() | Either() | Verbatim() | NoRate():
            return False
        case Except(inner, _):
            return is_exact(inner)
        case Sum(terms):
            return all(map(is_exact, terms))
        case Most(a, b) | Least(a, b):
            return is_exact(a) and is_exact(b)
    return True


def parts_for(duty: Duty, party: str) -> tuple[list[Duty], int]:
    """The parts of a cell that goods of `party` may use, and how many parts shut it out.

    `0 (-MM, TH)/0` for TH gives one part and one shut: the answer depends on a scope the cell does not state.
    """
    parts = list(duty.parts) if isinstance(duty, Either) else [duty]
    open_ = [p.duty if isinstance(p, Except) else p for p in parts if not (isinstance(p, Except) and party in p.parties)]
    return open_, len(parts) - len(open_)


def excluded_parties(duty: Duty) -> Iterator[str]:
    """Every Party that some part of the cell shuts out."""
    for part in duty.parts if isinstance(duty, Either) else (duty,):
        if isinstance(part, Except):
            yield from part.parties
