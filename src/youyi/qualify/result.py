"""The answer to a question of origin: the verdict, every way that was tried, and what would settle what is open.

Answer ── Branch ── Step        a way to origin, and what passed, failed and by how much
       ── Question              a missing fact, the one that settles most first
       ── Finding               what else must be known, with its article
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from youyi.finding import Finding


class Verdict(StrEnum):
    """Whether a good originates. Undetermined: a fact or a text of law is missing, and the answer depends on it."""

    ORIGINATING = "originating"
    NOT_ORIGINATING = "not_originating"
    UNDETERMINED = "undetermined"


VERDICTS = (Verdict.NOT_ORIGINATING, Verdict.UNDETERMINED, Verdict.ORIGINATING)
"""By the engine's state."""
STATES = ("failed", "open", "passed")
"""What an engine's state is called of a branch or a step."""


@dataclass(frozen=True, slots=True)
class Step:
    """One condition of a way to origin. Percentages are rounded down, `short_by` up to the next unit that is printed.

    `measured`, `needed`, `short_by` are texts with their unit, empty where there is nothing to measure; `materials` are
    those that decide it.
    """

    text: str
    state: str
    measured: str = ""
    needed: str = ""
    short_by: str = ""
    materials: tuple[str, ...] = ()
    note: str = ""
    steps: tuple[Step, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "text": self.text,
            "state": self.state,
            "measured": self.measured,
            "needed": self.needed,
            "short_by": self.short_by,
            "materials": list(self.materials),
            "note": self.note,
            "steps": [s.as_dict() for s in self.steps],
        }


@dataclass(frozen=True, slots=True)
class Branch:
    """A way to origin that the exporter may choose. `condition`: what must hold beside its rule, word for word."""

    rule: str
    criterion: str
    box8: str
    state: str
    step: Step
    condition: str = ""
    citation: str = ""
    status: str = ""

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "rule": self.rule,
            "criterion": self.criterion,
            "box8": self.box8,
            "state": self.state,
            "condition": self.condition,
            "step": self.step.as_dict(),
            "citation": self.citation,
            "status": self.status,
        }


@dataclass(frozen=True, slots=True)
class Question:
    """A missing fact. `about` is stable (`origin`, `value`, `weight`, `fob`, `costs`, `process`, `attest`, `code`).

    `settles`: 2 whichever way it is answered, 1 if it is answered one way, 0 only together with others; `if_yes` and
    `if_no` are the verdicts then. `pointer` is where the answer goes in the product file.
    """

    about: str
    text: str
    pointer: str = ""
    settles: int = 0
    if_yes: str = ""
    if_no: str = ""

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {"about": self.about, "text": self.text, "pointer": self.pointer, "settles": self.settles, "if_yes": self.if_yes, "if_no": self.if_no}


@dataclass(frozen=True, slots=True)
class Answer:
    """The origin of one good under one set of rules.

    `rvc` in percent with two decimals, rounded down; empty where it cannot be said. `complete`: no law that bears on the
    answer is missing; `exact`: no figure rests on a default, a rate that no customs applies, or a derived text.
    """

    agreement: str
    verdict: Verdict
    criterion: str
    box8: str
    rvc: str
    rcep_origin: str
    branches: tuple[Branch, ...]
    questions: tuple[Question, ...]
    findings: tuple[Finding, ...]
    citations: dict[str, str]
    good: str = ""
    code: str = ""
    edition: str = ""
    rule_set: str = ""
    importer: str = ""
    exporter: str = ""
    on: str = ""
    complete: bool = True
    exact: bool = True
    attested: tuple[tuple[str, str], ...] = ()
    provenance: dict[str, str] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """For JSON, in a fixed order."""
        return {
            "good": self.good,
            "agreement": self.agreement,
            "verdict": str(self.verdict),
            "criterion": self.criterion,
            "box8": self.box8,
            "rvc": self.rvc,
            "rcep_origin": self.rcep_origin,
            "code": self.code,
            "edition": self.edition,
            "rule_set": self.rule_set,
            "exporter": self.exporter,
            "importer": self.importer,
            "on": self.on,
            "complete": self.complete,
            "exact": self.exact,
            "attested": [{"text": t, "source": s} for t, s in self.attested],
            "branches": [b.as_dict() for b in self.branches],
            "questions": [q.as_dict() for q in self.questions],
            "findings": [f.as_dict() for f in self.findings],
            "citations": self.citations,
            "provenance": self.provenance,
        }
