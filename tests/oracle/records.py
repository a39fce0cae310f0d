"""What a line asks, what a regime answers, and how the importer keeps its books."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

from .cells import Reading
from .exact import CENT, Row, Span, rounded


@dataclass(frozen=True)
class Question:
    """One line of the input, read."""

    importer: str
    exporter: str
    origin: str
    code: str
    edition: str
    day: str
    value: Fraction
    currency: str
    line: Row

    def number(self, name: str) -> Fraction | None:
        """A number of the line, None where it is not stated."""
        text = self.line.get(name, "")
        return Fraction(text) if text else None


@dataclass
class Answer:
    """What one regime says of a line."""

    regime: str
    reading: Reading | None
    """None: missing."""
    open_condition: bool = False
    eligible: str = ""
    duty: Span | None = None
    remedy: Span | None = None
    vat: Span | None = None
    other: Span | None = None
    total: Span | None = None
    crossed: Span | None = None
    """The total with the high duty and otherwise low rates, and with the low duty and otherwise high rates."""
    best: bool = False
    saving: Span | None = None

    @property
    def contends(self) -> bool:
        """Whether the row may be the best."""
        return self.eligible in ("yes", "conditional") and self.total is not None


@dataclass(frozen=True)
class Account:
    """The importer's books for one line: the value, its currency, how each step is rounded."""

    value: Fraction | None
    currency: str
    steps: dict[str, tuple[Fraction, str]] = field(default_factory=dict)

    def close(self, step: str, amount: Span) -> Span:
        """An amount rounded as the step asks."""
        unit, mode = self.steps.get(step, (CENT, "half_up"))
        return rounded(amount[0], unit, mode), rounded(amount[1], unit, mode)
