"""Codes of the Harmonized System as origin rules name them: one code or a range, of chapters, headings or subheadings."""

from __future__ import annotations

from dataclasses import dataclass

LENGTHS = (2, 4, 6, 8, 10, 12)
"""A chapter, a heading, a subheading, and national lines under it."""


def written(code: str) -> str:
    """A code as treaties print it: `64`, `64.06`, `6406.10`, `6406.10.20`."""
    if len(code) <= 4:
        return ".".join(filter(None, (code[:2], code[2:])))
    return ".".join((code[:4], *(code[i : i + 2] for i in range(4, len(code), 2))))


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Every code from `first` to `last`, both included and of the same length; one code where they are equal.

    | `Span.of("64")`           | chapter 64                 |
    | `Span.of("6401", "6405")` | headings 64.01 to 64.05    |

    Raises ValueError where a code is none, or the two do not make a range.
    """

    first: str
    last: str

    def __post_init__(self) -> None:
        for code in (self.first, self.last):
            if not (code.isascii() and code.isdigit() and len(code) in LENGTHS):
                raise ValueError(f"{code!r} is not a code of 2, 4, 6, 8, 10 or 12 digits")
        if len(self.first) != len(self.last):
            raise ValueError(f"{written(self.first)} and {written(self.last)} are of different lengths and make no range")
        if self.first > self.last:
            raise ValueError(f"{written(self.last)} comes before {written(self.first)}")

    @classmethod
    def of(cls, first: str, last: str = "") -> Span:
        """One code, or a range where `last` is given."""
        return cls(first, last or first)

    @property
    def digits(self) -> int:
        """The length of its codes."""
        return len(self.first)

    def covers(self, code: str) -> bool | None:
        """Whether `code` (digits only, any length) lies within; None where it is too short to tell."""
        if len(code) >= self.digits:
            return self.first <= code[: self.digits] <= self.last
        low, high = self.first[: len(code)], self.last[: len(code)]
        return True if low < code < high else None if low <= code <= high else False

    def bounds(self, digits: int) -> tuple[int, int]:
        """The least and the greatest number of `digits` digits that lies within, for columns of codes.

        `digits` is at least the span's own length: `Span.of("64").bounds(6)` is (640000, 649999).
        """
        more = digits - self.digits
        if more < 0:
            raise ValueError(f"a code of {digits} digits is too short for {self}")
        return int(self.first + "0" * more), int(self.last + "9" * more)

    def __str__(self) -> str:
        return written(self.first) if self.first == self.last else f"{written(self.first)} through {written(self.last)}"


def listed(spans: tuple[Span, ...]) -> str:
    """Several as a list: `50.01 through 50.07, 64.06`."""
    return ", ".join(map(str, spans))
