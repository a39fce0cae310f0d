"""Rules of origin as values: what a lawyer writes, what an engine evaluates, and one canonical text for each.

    Rule ─┬─ WhollyObtained           WO
          ├─ ProducedExclusively      PE                              from originating materials only
          ├─ WhollyObtainedMaterials  WO materials of 02, 03          every material of these codes is wholly obtained
          ├─ Change                   CTH except from 64.06           every non-originating material changes its code
          ├─ Content                  RVC40, RVC40 build-up           enough regional value
          ├─ MaxNonOriginating        MaxNOM60 of EXW                 not too much value from outside
          ├─ Limit                    weight of 17.01 at most 20 %    not too much of certain materials from outside
          ├─ Process                  process chemical_reaction       a working or processing of the vocabulary
          ├─ Attested                 "made from cocoa beans"         word for word; undetermined until attested
          ├─ AnyMaterials             any materials                   nothing is asked of the materials
          ├─ NoRule                   no rule                         no rule gives these goods origin
          ├─ Lost                     lost "the reason"               there is a rule, its text is not in hand
          ├─ AllOf                    CTSH and RVC35                  each of them; `CTH provided that "…"`
          ├─ AnyOf                    CTH or RVC40                    the exporter's choice
          └─ Split                    for "insects": CC; otherwise: CTH   the goods of a code divide

`str(rule)` is canonical, and `parse(str(rule)) == rule` (`youyi.law.origin.parsing`). A rule that breaks its own terms
raises ValueError when it is made: nothing half-formed reaches an engine.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from youyi.law.origin.change import Change, Exclusion, Level, Limit, Measure, checked_percentage, checked_text, plain, quoted
from youyi.law.origin.codes import Span, listed
from youyi.law.origin.vocabulary import BASES, PROCESSES


class Method(StrEnum):
    """How regional value content is reckoned. AGREED is by the formulas of the agreement; build-down where none is named."""

    AGREED = ""
    BUILD_DOWN = "build-down"
    BUILD_UP = "build-up"
    NET_COST = "net cost"
    FOCUSED = "focused"


@dataclass(frozen=True, slots=True)
class WhollyObtained:
    """Wholly obtained or produced in one Party."""

    def __str__(self) -> str:
        return "WO"


@dataclass(frozen=True, slots=True)
class ProducedExclusively:
    """Produced in a Party from originating materials only."""

    def __str__(self) -> str:
        return "PE"


@dataclass(frozen=True, slots=True)
class WhollyObtainedMaterials:
    """Every material of these codes must be wholly obtained; nothing is asked of the others."""

    materials: tuple[Span, ...]

    def __post_init__(self) -> None:
        if not self.materials:
            raise ValueError("no code is named whose materials must be wholly obtained")

    def __str__(self) -> str:
        return f"WO materials of {listed(self.materials)}"


@dataclass(frozen=True, slots=True)
class Content:
    """Regional value content of at least `percent` of `basis`; exactly `percent` is enough.

    `materials` only with the focused value method: the codes whose non-originating materials alone are counted.
    """

    percent: Decimal
    method: Method = Method.AGREED
    basis: str = "FOB"
    materials: tuple[Span, ...] = ()

    def __post_init__(self) -> None:
        checked_percentage(self.percent)
        if self.basis not in BASES:
            raise ValueError(f"{self.basis!r} is no basis of a percentage: {', '.join(BASES)}")
        if (self.method is Method.FOCUSED) != bool(self.materials):
            raise ValueError("the focused value method, and no other, names the materials that count")
        if (self.method is Method.NET_COST) != (self.basis == "net cost"):
            raise ValueError("the net cost method is a percentage of net cost, and no other is")

    def __str__(self) -> str:
        method = f" {self.method}" if self.method else ""
        materials = f" on {listed(self.materials)}" if self.materials else ""
        basis = f" of {self.basis}" if self.basis not in ("FOB", "net cost") else ""
        return f"RVC{plain(self.percent)}{method}{basis}{materials}"


@dataclass(frozen=True, slots=True)
class MaxNonOriginating:
    """The value of all non-originating materials is at most `percent` of `basis`."""

    percent: Decimal
    basis: str = "EXW"

    def __post_init__(self) -> None:
        checked_percentage(self.percent)
        if self.basis not in BASES:
            raise ValueError(f"{self.basis!r} is no basis of a percentage: {', '.join(BASES)}")

    def __str__(self) -> str:
        return f"MaxNOM{plain(self.percent)} of {self.basis}"


@dataclass(frozen=True, slots=True)
class Process:
    """A named working or processing, carried out in a Party."""

    name: str

    def __post_init__(self) -> None:
        if self.name not in PROCESSES:
            raise ValueError(f"{self.name!r} is no process of the vocabulary")

    def __str__(self) -> str:
        return f"process {self.name}"


@dataclass(frozen=True, slots=True)
class Attested:
    """A condition word for word that data cannot settle: undetermined until somebody attests it."""

    text: str

    def __post_init__(self) -> None:
        checked_text(self.text)

    def __str__(self) -> str:
        return quoted(self.text)


@dataclass(frozen=True, slots=True)
class AnyMaterials:
    """Nothing is asked of the materials, beyond that the last working is more than minimal."""

    def __str__(self) -> str:
        return "any materials"


@dataclass(frozen=True, slots=True)
class NoRule:
    """No rule of the agreement lets these goods originate from non-originating materials."""

    def __str__(self) -> str:
        return "no rule"


@dataclass(frozen=True, slots=True)
class Lost:
    """There is a rule but its text is not in hand: undetermined, with this reason."""

    reason: str

    def __post_init__(self) -> None:
        checked_text(self.reason)

    def __str__(self) -> str:
        return f"lost {quoted(self.reason)}"


@dataclass(frozen=True, slots=True)
class AllOf:
    """Each of the terms must be met."""

    terms: tuple[Rule, ...]

    def __post_init__(self) -> None:
        _several(self)

    def __str__(self) -> str:
        words = [_inner(self.terms[0])]
        words += (f"provided that {t}" if isinstance(t, Attested) else f"and {_inner(t)}" for t in self.terms[1:])
        return " ".join(words)


@dataclass(frozen=True, slots=True)
class AnyOf:
    """One of the terms is enough; the exporter chooses."""

    terms: tuple[Rule, ...]

    def __post_init__(self) -> None:
        _several(self)

    def __str__(self) -> str:
        return " or ".join(map(_inner, self.terms))


@dataclass(frozen=True, slots=True)
class Case:
    """The goods of a code that `rule` is for: by their own codes, by a description word for word, or both."""

    rule: Rule
    goods: str = ""
    codes: tuple[Span, ...] = ()

    def __post_init__(self) -> None:
        if not self.codes:
            checked_text(self.goods)
        if isinstance(self.rule, Split):
            raise ValueError("a rule divides once")

    def __str__(self) -> str:
        return f"for {' '.join(filter(None, (listed(self.codes), quoted(self.goods) if self.goods else '')))}: {self.rule}"


@dataclass(frozen=True, slots=True)
class Split:
    """The goods divide: the first case that a good belongs to has its rule; all others have `otherwise`.

    Without `otherwise` a good that belongs to no case has no rule here.
    """

    cases: tuple[Case, ...]
    otherwise: Rule | None = None

    def __post_init__(self) -> None:
        if not self.cases:
            raise ValueError("a rule that divides has no case")
        if isinstance(self.otherwise, Split):
            raise ValueError("a rule divides once")

    def __str__(self) -> str:
        return "; ".join([*map(str, self.cases), *([f"otherwise: {self.otherwise}"] if self.otherwise else [])])


Rule = (
    WhollyObtained
    | ProducedExclusively
    | WhollyObtainedMaterials
    | Change
    | Content
    | MaxNonOriginating
    | Limit
    | Process
    | Attested
    | AnyMaterials
    | NoRule
    | Lost
    | AllOf
    | AnyOf
    | Split
)


def all_of(*terms: Rule) -> Rule:
    """Each of the terms, those of a term that is itself such a list taken in; one term alone is itself."""
    flat = tuple(t for term in terms for t in (term.terms if isinstance(term, AllOf) else (term,)))
    return flat[0] if len(flat) == 1 else AllOf(flat)


def any_of(*terms: Rule) -> Rule:
    """One of the terms, those of a term that is itself such a choice taken in; one term alone is itself."""
    flat = tuple(t for term in terms for t in (term.terms if isinstance(term, AnyOf) else (term,)))
    return flat[0] if len(flat) == 1 else AnyOf(flat)


def parts(rule: Rule) -> Iterator[Rule]:
    """The rule and everything in it, from the outside in and from left to right."""
    yield rule
    inner: tuple[Rule, ...] = ()
    if isinstance(rule, AllOf | AnyOf):
        inner = rule.terms
    elif isinstance(rule, Split):
        inner = (*(c.rule for c in rule.cases), *((rule.otherwise,) if rule.otherwise else ()))
    for term in inner:
        yield from parts(term)


def spans(rule: Rule) -> Iterator[Span]:
    """Every code or range that the rule names, wherever in it."""
    for part in parts(rule):
        if isinstance(part, Change):
            yield from (*part.target, *part.sources, *(s for e in part.exclusions for s in e.materials), *(s for a in part.allowing for s in a.materials))
        elif isinstance(part, Content | Limit | WhollyObtainedMaterials):
            yield from part.materials
        elif isinstance(part, Split):
            yield from (s for c in part.cases for s in c.codes)


def _several(rule: AllOf | AnyOf) -> None:
    if len(rule.terms) < 2:
        raise ValueError("a list of terms has fewer than two")
    if any(isinstance(t, type(rule) | Split) for t in rule.terms):
        raise ValueError("a list of terms holds another of its kind, or a rule that divides")


def _inner(rule: Rule) -> str:
    return f"({rule})" if isinstance(rule, AllOf | AnyOf) else str(rule)


__all__ = [
    "AllOf",
    "AnyMaterials",
    "AnyOf",
    "Attested",
    "Case",
    "Change",
    "Content",
    "Exclusion",
    "Level",
    "Limit",
    "Lost",
    "MaxNonOriginating",
    "Measure",
    "Method",
    "NoRule",
    "Process",
    "ProducedExclusively",
    "Rule",
    "Span",
    "Split",
    "WhollyObtained",
    "WhollyObtainedMaterials",
    "all_of",
    "any_of",
    "parts",
    "plain",
    "quoted",
    "spans",
]
