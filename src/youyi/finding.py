"""What a station says about its input or its answer: a value, collected, never raised in the middle."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How much a finding weighs: an error stops the row, a warning changes its worth, a note explains it."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing the user must know.

    `code` is stable and free of language (`HS-UNKNOWN`); `pointer` is a JSON Pointer into the input (`/3/hs`);
    `citation` names the article or source, empty where the finding is about the input alone.
    """

    code: str
    severity: Severity
    pointer: str
    text: str
    citation: str = ""

    def as_dict(self) -> dict[str, str]:
        """For JSON."""
        return asdict(self)

    def __str__(self) -> str:
        where = f"{self.pointer}: " if self.pointer else ""
        cited = f" [{self.citation}]" if self.citation else ""
        return f"{self.severity} {self.code} {where}{self.text}{cited}"
