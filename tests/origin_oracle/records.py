"""What is asked of an agreement and what it answers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from .bill import Record
from .truth import Truth

WORDS = {True: "originating", False: "not_originating", None: "undetermined"}


@dataclass
class Verdict:
    """What is answered for one good under one agreement."""

    truth: Truth
    criterion: str = ""
    box8: str = ""
    rvc: str = ""
    if_not_listed: str = ""
    rcep_origin: str = ""
    consignment: str = "unsaid"
    questions: set[str] = field(default_factory=set)

    @property
    def verdict(self) -> str:
        return WORDS[self.truth]


@dataclass(frozen=True)
class Asked:
    """A product file under one agreement, as far as both are read."""

    agreement: str
    rules: str
    file: Record
    exporter: str
    importer: str
    day: str
    terms: Mapping[str, str]


def cut(number: Fraction, places: int) -> str:
    """A number cut after so many decimals, never rounded up."""
    whole = math.floor(number * 10**places)
    text = f"{abs(whole):0{places + 1}d}"
    return ("-" if whole < 0 else "") + (f"{text[:-places]}.{text[-places:]}" if places else text)


def step(process: Any, exporter: str) -> tuple[str, str]:
    """A process and the Party where it was done."""
    return (process, exporter) if isinstance(process, str) else (process["name"], process.get("party", exporter))
