"""A change of tariff classification, its exceptions, and limits on certain materials."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import IntEnum, StrEnum

from youyi.law.origin.codes import Span, listed
from youyi.law.origin.vocabulary import BASES


class Level(IntEnum):
    """How many digits must change."""

    CC = 2
    CTH = 4
    CTSH = 6


class Measure(StrEnum):
    """What a limit counts."""

    VALUE = "value"
    WEIGHT = "weight"


@dataclass(frozen=True, slots=True)
class Limit:
    """Non-originating materials of these codes (none named: of any) together at most `percent` of the good.

    A value is a percentage of `basis`, a weight of the good's own weight. Exactly `percent` is within the limit.
    """

    measure: Measure
    percent: Decimal
    materials: tuple[Span, ...] = ()
    basis: str = ""

    def __post_init__(self) -> None:
        checked_percentage(self.percent)
        if (self.basis in BASES) != (self.measure is Measure.VALUE):
            raise ValueError(f"a limit by {self.measure} cannot be a percentage of {self.basis or 'nothing'!r}")

    def __str__(self) -> str:
        basis = f" of {self.basis}" if self.basis else ""
        return f"{self.measure} of {listed(self.materials) or 'materials'} at most {plain(self.percent)} %{basis}"


@dataclass(frozen=True, slots=True)
class Exclusion:
    """Codes from which a change does not count; `when` is a condition on that, word for word, that codes cannot settle."""

    materials: tuple[Span, ...]
    when: str = ""

    def __post_init__(self) -> None:
        if not self.materials:
            raise ValueError("an exception names no code")

    def __str__(self) -> str:
        return f"except from {listed(self.materials)}" + (f" when {quoted(self.when)}" if self.when else "")


@dataclass(frozen=True, slots=True)
class Change:
    """Every non-originating material comes from another code than the good, and from none that is excepted.

    A material has changed where all of this holds:
    - `level`: its code differs from the good's in the first 2, 4 or 6 digits (None: this is not asked);
    - `sources`: where codes are named, its code is one of them (`change from 04, 1901.90`);
    - `outside`: where set, its code is none of `target` ("from any other subheading outside that group");
    - no `exclusion` covers its code; and where `lost`, further excepted codes are not in hand, so that a material that
      has changed by all that is known is undetermined.
    `target` are the goods that the rule speaks of; empty for whatever good it stands beside. `allowing`: materials that
    have not changed are forgiven within these limits.
    """

    level: Level | None
    exclusions: tuple[Exclusion, ...] = ()
    target: tuple[Span, ...] = ()
    sources: tuple[Span, ...] = ()
    outside: bool = False
    lost: bool = False
    allowing: tuple[Limit, ...] = ()

    def __post_init__(self) -> None:
        if self.level is None and not self.sources:
            raise ValueError("a change names neither a level nor the codes it is from")
        if self.outside and not self.target:
            raise ValueError("a change from outside a group does not say which group")
        if sum(not e.when for e in self.exclusions) > 1:
            raise ValueError("unconditional exceptions stand in one list")
        if any(e.when for e in self.exclusions[:1]) and any(not e.when for e in self.exclusions):
            raise ValueError("the unconditional exceptions stand first")

    @classmethod
    def of(cls, level: Level | None, *excepted: Span) -> Change:
        """A change of this level with its unconditional exceptions."""
        return cls(level, (Exclusion(excepted),) if excepted else ())

    @property
    def excepted(self) -> tuple[Span, ...]:
        """The codes excepted without a condition."""
        return tuple(s for e in self.exclusions if not e.when for s in e.materials)

    def __str__(self) -> str:
        plainly, conditional = [e for e in self.exclusions if not e.when], [e for e in self.exclusions if e.when]
        words = [self.level.name if self.level else "change"]
        if self.target:
            words.append(f"to {listed(self.target)}")
        if self.sources:
            words.append(f"from {listed(self.sources)}")
        if self.outside:
            words.append("outside that group")
        if plainly or self.lost:
            words.append("except from " + ", ".join(filter(None, (listed(self.excepted), "[lost]" if self.lost else ""))))
        words += map(str, conditional)
        words += (f"allowing {a}" for a in self.allowing)
        return " ".join(words)


def quoted(text: str) -> str:
    """A text in quotation marks, its own doubled."""
    return '"' + text.replace('"', '""') + '"'


def plain(number: Decimal) -> str:
    """A number without an exponent or trailing zeros."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def checked_percentage(percent: Decimal) -> None:
    """Raises ValueError where it is no percentage above 0 and up to 100."""
    if not (percent.is_finite() and 0 < percent <= 100):
        raise ValueError(f"{percent:f} is not a percentage above 0 and up to 100")


def checked_text(text: str) -> None:
    """Raises ValueError where a text is blank."""
    if not text.strip():
        raise ValueError("a text in quotation marks says nothing")
