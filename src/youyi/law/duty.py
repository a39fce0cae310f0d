"""Duty expressions: the cells of tariffs as values that can be compared, evaluated exactly and written out again.

    Duty ─┬─ AdValorem       5%                         percent of the customs value
          ├─ Specific        16 SGD/LPA                 money per unit of quantity; 100 SGD: once
          ├─ Sum             5% + 2 CNY/KGM             compound
          ├─ Most, Least     5% MIN 2 CNY/KGM           mixed: not less than / 5% MAX …: not more than
          ├─ Quota           40 (NHN: 80)               inside and outside a tariff quota
          ├─ Between         0..5                       known only to lie between
          ├─ Either          0/5                        one of several, by a scope the cell does not state
          ├─ Except          0 (-KH, CN)                not for goods of these Parties
          ├─ Supplementary   100 kg                     a quantity to declare, no duty
          ├─ Nil             NIHIL                      said to bear no duty
          ├─ NoRate          *                          the schedule gives this line no rate
          └─ Verbatim        "see 03061500", AC         kept word for word, not computable

    DutyError   the text is no duty; `.code` says why (`unknown_unit`, …), `.column` where

A bare number is a percentage, as in every tariff in hand. Percentages may have four decimals. The sentences of the
EU's and the UK's TARIC are read too: `9.1% + AC MAX 18.7% + SD`, `0.5 GBP / % vol / hl`, `1.5 EUR / 100 kg / net drained wt`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any

from youyi.law.units import UNITS, Unit, currencies

if TYPE_CHECKING:
    from lark import Lark

MAX_USES = {"+": 3, "MIN": 1, "MAX": 2}
"""TARIC knows an amount, three additions, one floor and two caps in a sentence; more is a repeated expression."""
MAX_DIGITS = 18
"""The longest number that is read, its point included: all of it stays exact in 28 decimal digits."""
PPM = 10_000
"""One percent in the columns' unit, a ten-thousandth of a percent."""


class DutyError(ValueError):
    """The text is not a duty. `code` is stable: unknown_expression, unknown_currency, unknown_unit,
    unknown_qualifier, qualifier_not_allowed_with_unit, expression_repeated, ambiguous_number, too_fine,
    too_large."""

    def __init__(self, code: str, text: str, column: int = 0) -> None:
        super().__init__(text)
        self.code = code
        self.column = column


@dataclass(frozen=True, slots=True)
class AdValorem:
    """Percent of the customs value."""

    percent: Decimal

    def __str__(self) -> str:
        return f"{_plain(self.percent)}%"


@dataclass(frozen=True, slots=True)
class Specific:
    """Money for every `per` of a unit, counted as the qualifier says (`net drained wt`); without a unit, money once."""

    amount: Decimal
    currency: str
    unit: str = ""
    per: Decimal = Decimal(1)
    qualifier: str = ""

    def __str__(self) -> str:
        if not self.unit:
            return f"{_plain(self.amount)} {self.currency}"
        per = "" if self.per == 1 else f"{_plain(self.per)} "
        return f"{_plain(self.amount)} {self.currency}/{per}{self.unit}{f'/{self.qualifier}' if self.qualifier else ''}"


@dataclass(frozen=True, slots=True)
class Sum:
    """All of them together."""

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
    """`inside` within a tariff quota, `outside` beyond it."""

    inside: Duty
    outside: Duty

    def __str__(self) -> str:
        return f"{self.inside} (NHN: {self.outside})"


@dataclass(frozen=True, slots=True)
class Between:
    """Only known to lie between the two."""

    low: Duty
    high: Duty

    def __str__(self) -> str:
        return f"{self.low}..{self.high}"


@dataclass(frozen=True, slots=True)
class Either:
    """One of several, by a scope that the cell does not state."""

    parts: tuple[Duty, ...]

    def __str__(self) -> str:
        return "/".join(map(str, self.parts))


@dataclass(frozen=True, slots=True)
class Except:
    """Not for goods of these Parties."""

    duty: Duty
    parties: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.duty} (-{', '.join(self.parties)})"


@dataclass(frozen=True, slots=True)
class Supplementary:
    """A quantity that has to be declared; no duty."""

    unit: str
    per: Decimal = Decimal(1)

    def __str__(self) -> str:
        return f"{_plain(self.per)} {'min' if self.unit == 'MIN' else self.unit}"


@dataclass(frozen=True, slots=True)
class NoRate:
    """The schedule gives the line no rate."""

    def __str__(self) -> str:
        return "*"


@dataclass(frozen=True, slots=True)
class Nil:
    """Said to bear no duty at all."""

    def __str__(self) -> str:
        return "NIHIL"


@dataclass(frozen=True, slots=True)
class Verbatim:
    """Kept word for word: an additional component that a table elsewhere fixes, or a text in quotes."""

    text: str

    def __str__(self) -> str:
        return self.text if self.text in COMPONENTS else f'"{self.text}"'


Duty = AdValorem | Specific | Sum | Most | Least | Quota | Between | Either | Except | Supplementary | NoRate | Nil | Verbatim

COMPONENTS = {"AC", "ACR", "SD", "SDR", "FD", "FDR"}
"""Additional components of compound duties that a table elsewhere fixes (agricultural, on sugar, on flour; R = reduced)."""
FRENCH_COMPONENTS = {"EA": "AC", "EAR": "ACR", "AD S/Z": "SD", "AD S/ZR": "SDR", "AD F/M": "FD", "AD F/MR": "FDR"}
"""The same in the letters of the EU's own tariff."""
FRENCH_QUALIFIERS = {"net eda": "net drained wt"}
ACCOUNTING_UNITS = frozenset({"XEM"})
"""Currencies of TARIC that ISO 4217 does not have."""

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
        | mixed _MAX sum                         -> least
        | mixed _MIN sum                         -> most
    ?sum: term
        | term ("+" term)+                       -> total
    ?term: NUMBER "%"?                           -> percent
        | NUMBER CURRENCY "/" per                -> specific
        | NUMBER unit                            -> counted
        | unit                                   -> supplementary
        | COMPONENT                              -> component
        | "*"                                    -> no_rate
        | "NIHIL"                                -> nil
        | VERBATIM                               -> verbatim
    per: NUMBER? unit QUALIFIER?
    unit: (WORD | CURRENCY | PHRASE)+
    EXCEPT: /\(\s*-/
    OUTSIDE: /\(\s*NHN\s*:/
    PARTY: /[A-Z]{2}/
    NUMBER: /[0-9]+([.,][0-9]+)?/
    VERBATIM: /"[^"]*"/
    COMPONENT.3: /(AD\s+[SF]\/[ZM]R?|(AC|SD|FD|EA)R?)(?!\w|\.(?!\.))/
    PHRASE.2: /(p\/st|ce\/el|ct\/l|c\/k|l\s+alc\.\s*100\s*%|kg\s+90\s*%\s*sdt|%\s*vol)(?!\w)/i
    _MAX.3: /MAX\b/
    _MIN.3: /MIN\b/
    CURRENCY.1: /[A-Z]{3}(?!\w|\.(?!\.))/
    WORD: /(?!(MAX|NHN|NIHIL)\b)[^\W\d_](\w|\.(?!\.(?!\.)))*/
    QUALIFIER.4: /\/(\s*(?!(MAX|MIN|NIHIL|AD|(AC|SD|FD|EA)R?)\b)[^\W\d_](\w|\.(?!\.(?!\.)))*)+/
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
    duty = _build(tree, known_currencies if known_currencies is not None else currencies() | ACCOUNTING_UNITS)
    _refuse_repetition(duty)
    return duty


@cache
def _parser() -> Lark:
    from lark import Lark

    return Lark(GRAMMAR, parser="lalr")


def _plain(number: Decimal) -> str:
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _ad_valorem(text: str) -> AdValorem:
    percent = _number(text)
    if percent * PPM % 1:
        raise DutyError("too_fine", f"{text}% has more than four decimals")
    return AdValorem(percent)


def _number(text: str) -> Decimal:
    """A number with a decimal point or a decimal comma; `1,000` could be either a thousand or one, and is refused."""
    if "," in text and text.index(",") == len(text) - 4 and text[0] != "0":
        raise DutyError("ambiguous_number", f"{text!r} may be {text.replace(',', '')} or {text.replace(',', '.')}")
    if len(text) > MAX_DIGITS:
        raise DutyError("too_large", f"a number of more than {MAX_DIGITS} digits: {text[:MAX_DIGITS]}…")
    number = Decimal(text.replace(",", "."))
    return number.normalize() if number else Decimal(0)


def _words(tree: Any) -> str:
    """A unit as it is looked up: single blanks, and none before a percent sign's number."""
    return " ".join(str(w) for w in tree.children).replace(" %", "%").replace("%vol", "% vol")


def _unit(name: str) -> Unit:
    found = UNITS().get(" ".join(name.split()).casefold())
    if found is None:
        raise DutyError("unknown_unit", f"unknown unit {name!r}")
    return found


def _per(tree: Any) -> tuple[Decimal, str, str]:
    """Quantity, unit and qualifier after the stroke: `100 kg`, `LPA`, `100 kg / lactic.`"""
    words = list(tree.children)
    times = _number(str(words.pop(0))) if not hasattr(words[0], "data") else Decimal(1)
    unit = _unit(_words(words[0]))
    per = (times * unit.times).normalize()
    if len(words) == 1:
        return per, unit.code, ""
    qualifier = " ".join(str(words[1]).removeprefix("/").split())
    qualifier = FRENCH_QUALIFIERS.get(qualifier, qualifier)
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
        case "counted":
            return _counted(str(children[0]), _words(children[1]), known)
        case "supplementary":
            word = _words(children[0])
            if len(word) == 1 or word.casefold() not in UNITS():  # `U` is a staging category, no piece
                raise DutyError("unknown_expression", f"cannot read {word!r} as a duty")
            return _counted("1", word, frozenset())
        case "no_rate":
            return NoRate()
        case "verbatim":
            return Verbatim(str(children[0])[1:-1])
        case "component":
            letters = " ".join(str(children[0]).split())
            return Verbatim(FRENCH_COMPONENTS.get(letters, letters))
        case "nil":
            return Nil()
        case "total":
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


def _counted(number: str, word: str, known: frozenset[str]) -> Duty:
    """`100 kg` is a quantity, `100 EUR` money; what looks like a currency and is none is called that."""
    if word in known:
        return Specific(_number(number), word)
    if word.casefold() not in UNITS() and len(word) == 3 and word.isupper():
        raise DutyError("unknown_currency", f"{word!r} is neither a currency nor a unit")
    unit = _unit(word)
    return Supplementary(unit.code, (_number(number) * unit.times).normalize())


def sentence(duty: Duty) -> Iterator[tuple[str, Duty]]:
    """The terms of a sum, floor or cap in the order in which they are written, each with the sign before it."""
    match duty:
        case Sum(terms):
            yield from (("+" if i else "", t) for i, t in enumerate(terms))
        case Least(first, second) | Most(first, second):
            yield from sentence(first)
            sign = "MAX" if isinstance(duty, Least) else "MIN"
            yield from ((s or sign, t) for s, t in sentence(second))
        case _:
            yield "", duty


def _refuse_repetition(duty: Duty) -> None:
    """Each part of a cell may use each sign and each component only so often."""
    match duty:
        case Either(parts):
            for part in parts:
                _refuse_repetition(part)
        case Except(inner, _):
            _refuse_repetition(inner)
        case Quota(a, b) | Between(a, b):
            _refuse_repetition(a)
            _refuse_repetition(b)
        case Sum() | Least() | Most():
            used = Counter(str(t) if isinstance(t, Verbatim) else sign for sign, t in sentence(duty))
            for sign, times in used.items():
                if sign and times > MAX_USES.get(sign, 1):
                    raise DutyError("expression_repeated", f"{sign!r} stands {times} times in one duty; at most {MAX_USES.get(sign, 1)}")
