"""Duty expressions: the cells of tariffs as values that can be compared, evaluated exactly and written out again.

    Duty ─┬─ AdValorem       5%                         percent of the customs value
          ├─ Specific        16 SGD/LPA                 money per unit of quantity
          ├─ Sum             5% + 2 CNY/KGM             compound
          ├─ Most, Least     5% MIN 2 CNY/KGM           mixed: not less than / 5% MAX …: not more than
          ├─ Quota           40 (NHN: 80)               inside and outside a tariff quota
          ├─ Between         0..5                       known only to lie between
          ├─ Either          0/5                        one of several, by a scope the cell does not state
          ├─ Except          0 (-KH, CN)                not for goods of these Parties
          ├─ Supplementary   100 kg                     a quantity to declare, no duty
          ├─ NoRate          *                          the schedule gives this line no rate
          └─ Verbatim        "see 03061500", AC         kept word for word, not computable

    DutyError   the text is no duty; `.code` says why (`unknown_unit`, …), `.column` where

A bare number is a percentage, as in every tariff in hand. Percentages may have four decimals.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING, Any

from youyi.law.units import UNITS, Unit, currencies

if TYPE_CHECKING:
    from lark import Lark

MAX_TERMS = 4
"""A sum has at most this many terms (tariffs know an amount and three additions); more is a repeated expression."""
PPM = 10_000
"""One percent in the columns' unit, a ten-thousandth of a percent."""


class DutyError(ValueError):
    """The text is not a duty. `code` is stable: unknown_expression, unknown_currency, unknown_unit,
    unknown_qualifier, qualifier_not_allowed_with_unit, expression_repeated, too_fine."""

    def __init__(self, code: str, text: str, column: int = 0) -> None:
        super().__init__(text)
        self.code = code
        self.column = column


@dataclass(frozen=True, slots=True)
class AdValorem:
    percent: Decimal

    def __str__(self) -> str:
        return f"{_plain(self.percent)}%"


@dataclass(frozen=True, slots=True)
class Specific:
    amount: Decimal
    currency: str
    unit: str
    per: Decimal = Decimal(1)
    qualifier: str = ""

    def __str__(self) -> str:
        per = "" if self.per == 1 else f"{_plain(self.per)} "
        return f"{_plain(self.amount)} {self.currency}/{per}{self.unit}{f'/{self.qualifier}' if self.qualifier else ''}"


@dataclass(frozen=True, slots=True)
class Sum:
    terms: tuple[Duty, ...]

    def __str__(self) -> str:
        return " + ".join(map(str, self.terms))


@dataclass(frozen=True, slots=True)
class Most:
    """`first MIN floor`: the greater of the two."""

    first: Duty
    floor: Duty

    def __str__(self) -> str:
        return f"{self.first} MIN {self.floor}"


@dataclass(frozen=True, slots=True)
class Least:
    """`first MAX cap`: the smaller of the two."""

    first: Duty
    cap: Duty

    def __str__(self) -> str:
        return f"{self.first} MAX {self.cap}"


@dataclass(frozen=True, slots=True)
class Quota:
    inside: Duty
    outside: Duty

    def __str__(self) -> str:
        return f"{self.inside} (NHN: {self.outside})"


@dataclass(frozen=True, slots=True)
class Between:
    low: Duty
    high: Duty

    def __str__(self) -> str:
        return f"{self.low}..{self.high}"


@dataclass(frozen=True, slots=True)
class Either:
    parts: tuple[Duty, ...]

    def __str__(self) -> str:
        return "/".join(map(str, self.parts))


@dataclass(frozen=True, slots=True)
class Except:
    duty: Duty
    parties: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.duty} (-{', '.join(self.parties)})"


@dataclass(frozen=True, slots=True)
class Supplementary:
    unit: str
    per: Decimal = Decimal(1)

    def __str__(self) -> str:
        return f"{_plain(self.per)} {self.unit}"


@dataclass(frozen=True, slots=True)
class NoRate:
    def __str__(self) -> str:
        return "*"


@dataclass(frozen=True, slots=True)
class Verbatim:
    text: str

    def __str__(self) -> str:
        return self.text if self.text in COMPONENTS else f'"{self.text}"'


Duty = AdValorem | Specific | Sum | Most | Least | Quota | Between | Either | Except | Supplementary | NoRate | Verbatim

COMPONENTS = {"AC", "ACR", "SD", "SDR", "FD", "FDR"}
"""Additional components of compound duties that a table elsewhere fixes; kept, not computed."""

GRAMMAR = r"""
    ?start: part
        | part ("/" part)+                       -> either
    ?part: quota
        | quota EXCEPT PARTY ("," PARTY)* ")"    -> excluded
    ?quota: range
        | range OUTSIDE range ")"                -> quota
    ?range: mixed
        | mixed ".." mixed                       -> between
    ?mixed: sum
        | mixed "MAX" sum                        -> least
        | mixed "MIN" sum                        -> most
    ?sum: term
        | term ("+" term)+                       -> total
    ?term: NUMBER "%"?                           -> percent
        | NUMBER CURRENCY "/" per                -> specific
        | NUMBER (CURRENCY | WORD)               -> supplementary
        | "*"                                    -> no_rate
        | VERBATIM                               -> verbatim
        | (CURRENCY | WORD)                      -> component
    per: NUMBER? unit QUALIFIER?
    unit: (WORD | CURRENCY | "% vol")+
    EXCEPT: /\(\s*-/
    OUTSIDE: /\(\s*NHN\s*:/
    PARTY: /[A-Z]{2}/
    NUMBER: /[0-9]+([.,][0-9]+)?/
    VERBATIM: /"[^"]*"/
    CURRENCY.1: /[A-Z]{3}(?![\w.])/
    WORD: /(?!(MAX|MIN|NHN)\b)[^\W\d_][\w.²³]*/
    QUALIFIER.2: /\/\s*[^\W\d_][\w. ]*/
    %ignore /\s+/
"""


def parse(text: str, known_currencies: frozenset[str] | None = None) -> Duty:
    """The duty that `text` states.

    Raises DutyError naming what is wrong. `parse(str(duty)) == duty` for every duty it returns.
    """
    plain = text.strip()
    if plain.replace(".", "", 1).isdigit() and plain.isascii() and plain[0] != "." and plain[-1] != ".":
        return _ad_valorem(plain)  # nine cells in ten; the general grammar says the same
    from lark import UnexpectedInput

    try:
        tree = _parser().parse(plain)
    except UnexpectedInput as error:
        raise DutyError("unknown_expression", f"cannot read {text!r} as a duty at column {error.column}", error.column) from None
    return _build(tree, known_currencies if known_currencies is not None else currencies())


@cache
def _parser() -> Lark:
    from lark import Lark

    return Lark(GRAMMAR, parser="lalr")


def _plain(number: Decimal) -> str:
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _ad_valorem(text: str) -> AdValorem:
    percent = Decimal(text.replace(",", "."))
    if percent * PPM % 1:
        raise DutyError("too_fine", f"{text}% has more than four decimals")
    return AdValorem(percent.normalize() if percent else Decimal(0))


def _number(text: str) -> Decimal:
    number = Decimal(text.replace(",", "."))
    return number.normalize() if number else Decimal(0)


def _unit(words: list[str]) -> Unit:
    name = " ".join(words)
    found = UNITS().get(name.casefold())
    if found is None:
        raise DutyError("unknown_unit", f"unknown unit {name!r}")
    return found


def _per(tree: Any) -> tuple[Decimal, str, str]:
    """Quantity, unit and qualifier after the stroke: `100 kg`, `LPA`, `100 kg / lactic.`"""
    words = list(tree.children)
    times = _number(str(words.pop(0))) if not hasattr(words[0], "data") else Decimal(1)
    unit = _unit([str(w) for w in words[0].children] or ["% vol"])
    per = (times * unit.times).normalize()
    if len(words) == 1:
        return per, unit.code, ""
    qualifier = str(words[1]).removeprefix("/").strip()
    permitted = {q for u in UNITS().values() for q in u.qualifiers}
    if qualifier not in permitted:
        raise DutyError("unknown_qualifier", f"unknown qualifier {qualifier!r} of a unit")
    if not any(qualifier in u.qualifiers for u in UNITS().values() if u.code == unit.code and u.times == per):
        raise DutyError("qualifier_not_allowed_with_unit", f"{qualifier!r} does not go with {_plain(per)} {unit.code}")
    return per, unit.code, qualifier


def _build(tree: Any, known: frozenset[str]) -> Duty:
    name, children = tree.data, tree.children

    def sub(i: int) -> Duty:
        return _build(children[i], known)

    match name:
        case "percent":
            return _ad_valorem(str(children[0]))
        case "specific":
            currency = str(children[1])
            if currency not in known:
                raise DutyError("unknown_currency", f"unknown currency {currency!r}")
            per, unit, qualifier = _per(children[2])
            return Specific(_number(str(children[0])), currency, unit, per, qualifier)
        case "supplementary":
            word = str(children[1])
            unit_ = UNITS().get(word.casefold())
            if unit_ is None:
                raise DutyError("unknown_currency", f"{word!r} is neither a currency with a unit nor a unit")
            return Supplementary(unit_.code, (_number(str(children[0])) * unit_.times).normalize())
        case "no_rate":
            return NoRate()
        case "verbatim":
            return Verbatim(str(children[0])[1:-1])
        case "component":
            if str(children[0]) not in COMPONENTS:
                raise DutyError("unknown_expression", f"cannot read {str(children[0])!r} as a duty")
            return Verbatim(str(children[0]))
        case "total":
            if len(children) > MAX_TERMS:
                raise DutyError("expression_repeated", f"a sum of {len(children)} terms; at most {MAX_TERMS}")
            return Sum(tuple(sub(i) for i in range(len(children))))
        case "least":
            return Least(sub(0), sub(1))
        case "most":
            return Most(sub(0), sub(1))
        case "between":
            return Between(sub(0), sub(1))
        case "quota":
            return Quota(sub(0), sub(2))
        case "excluded":
            return Except(sub(0), tuple(str(p) for p in children[2:]))
        case "either":
            return Either(tuple(sub(i) for i in range(len(children))))
    raise AssertionError(name)


# -- what a duty comes to -------------------------------------------------------------------------------------


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
        case Specific(amount_, currency, unit, per):
            quantity = facts.quantities.get(unit)
            rate = Fraction(1) if currency == facts.currency else facts.exchange(currency)
            missing = () if quantity is not None else (f"quantity in {unit}",)
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
        case Supplementary():
            return Amount(Fraction(0), Fraction(0))
        case NoRate():
            return Amount(Fraction(0), Fraction(0), ("a rate: the schedule gives none",))
        case Verbatim(text):
            return Amount(Fraction(0), Fraction(0), (f"a computable duty: {text}",))


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
