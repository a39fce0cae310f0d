"""`evaluate`: any rule of origin against a bill of materials, whoever's agreement it is of.

    evaluate("CTH except from 64.06 or RVC40", Good("640399", fob=62), [Material("640610", 20), Material("410799", 9)])

The rule may be a text of the grammar, a value, or a structure of another collection (`youyi.law.origin.structured`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from youyi.law.origin import Rule, parse
from youyi.law.origin.structured import read
from youyi.qualify import weigh as w
from youyi.qualify.good import Facts, Good, Material
from youyi.qualify.program import Program, Settings, Way, names_goods, program_of, ways_of
from youyi.qualify.questions import questions
from youyi.qualify.result import STATES, VERDICTS, Branch, Question, Verdict
from youyi.qualify.single import NO_FACTS, Weighed, weighed
from youyi.qualify.trace import Trace, kind_of

AnyRule = str | Rule | Mapping[str, Any]
PLAIN = Settings()
"""No de minimis but the rule's own; value content by build-down where the rule names no formula."""


class Evaluation:
    """One rule's answer. Everything is read from the columns that the calculation filled, when it is first asked for."""

    def __init__(self, seen: Weighed) -> None:
        self.seen = seen

    @property
    def verdict(self) -> Verdict:
        """Whether the rule is met: originating, not_originating or undetermined."""
        return VERDICTS[self.seen.state]

    @cached_property
    def branches(self) -> tuple[Branch, ...]:
        """Every way of the rule: what passed, what failed, by how much."""
        trace = Trace(self.seen)
        program, state = self.seen.program, self.seen.found.state
        return tuple(
            Branch(str(way.rule), criterion_of(way), "", STATES[state[program.places[i]]], trace.branch(i), "", way.citation, way.status)
            for i, way in enumerate(program.ways)
        )

    @property
    def criterion(self) -> str:
        """The criterion of the first way that passed; empty where none did."""
        return next((b.criterion for b in self.branches if b.state == "passed"), "")

    @property
    def rvc(self) -> str:
        """Regional value content by build-down in percent, rounded down to two decimals; empty where a value is missing."""
        return Trace(self.seen).rvc

    @cached_property
    def questions(self) -> tuple[Question, ...]:
        """The missing facts, the one that settles most first."""
        return questions(self.seen)

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "good": self.seen.good.id or self.seen.good.hs,
            "verdict": str(self.verdict),
            "criterion": self.criterion,
            "rvc": self.rvc,
            "branches": [b.as_dict() for b in self.branches],
            "questions": [q.as_dict() for q in self.questions],
        }


def evaluate(rule: AnyRule, good: Good, materials: Sequence[Material], facts: Facts = NO_FACTS, settings: Settings = PLAIN) -> Evaluation:
    """Whether a good meets a rule. Raises RuleError where the text or structure is no rule, ProgramError where it cannot be weighed exactly."""
    return Evaluation(weighed(compiled_rule(rule, good.hs, settings), good, materials, facts))


def compiled_rule(rule: AnyRule, code: str, settings: Settings = PLAIN) -> Program:
    """The program of a rule for goods of a code, made once. Raises RuleError, ProgramError."""
    if isinstance(rule, str):
        return _of_text(rule, code, settings)
    value = read(rule) if isinstance(rule, Mapping) else rule
    return program_of(ways_of(value, code), code, settings)


_texts: dict[tuple[str, str, Settings], Program] = {}
MOST_TEXTS = 65_536


def _of_text(rule: str, code: str, settings: Settings) -> Program:
    own = _texts.get((rule, "", settings))  # of a rule that names no goods: one program, whatever the code
    if own is not None:
        return own.for_code(code)
    found = _texts.get((rule, code, settings))
    if found is None:
        if len(_texts) >= MOST_TEXTS:
            _texts.clear()
        ways = ways_of(parse(rule), code)
        alike = "" if not names_goods(parse(rule)) else code
        found = _texts[rule, alike, settings] = program_of(ways, alike, settings)
        return found if alike else found.for_code(code)
    return found


def criterion_of(way: Way) -> str:
    """What a way is called where no agreement says: WO, PE, CTH, RVC, CTH + RVC, a process."""
    if way.criterion:
        return way.criterion
    level, percent, process = kind_of(way)
    if level or percent or process:
        return " + ".join(filter(None, (level, "RVC" if percent else "", "process" if process else "")))
    return str(way.rule) if len(str(way.rule)) <= 2 else "rule"


__all__ = ["PLAIN", "AnyRule", "Evaluation", "criterion_of", "evaluate", "w"]
