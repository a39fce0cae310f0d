"""Qualify: from a bill of materials to origin. The rules are evaluated, not quoted.

    evaluate(rule, good, materials)      any rule: a text, a value, another collection's structure
    qualify(rulebook, good, materials, agreement=…, exporter=…, importer=…, on=…)    what an agreement says of a good

Names are read in when first asked for, so that commands which need none of them start as fast as before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from youyi.lazy import lazily

if TYPE_CHECKING:
    from youyi.qualify.bill import Item
    from youyi.qualify.evaluating import Evaluation, evaluate
    from youyi.qualify.good import Facts, Good, Material, Role, facts
    from youyi.qualify.journey import Journey, Leg, Transit
    from youyi.qualify.program import ProgramError, Settings
    from youyi.qualify.qualifying import Attestation, Process, qualify
    from youyi.qualify.result import Answer, Branch, Question, Step, Verdict

PLACES = {
    "Answer": "result",
    "Attestation": "qualifying",
    "Branch": "result",
    "Evaluation": "evaluating",
    "Facts": "good",
    "Good": "good",
    "Item": "bill",
    "Journey": "journey",
    "Leg": "journey",
    "Material": "good",
    "Process": "qualifying",
    "ProgramError": "program",
    "Question": "result",
    "Role": "good",
    "Settings": "program",
    "Step": "result",
    "Transit": "journey",
    "Verdict": "result",
    "evaluate": "evaluating",
    "facts": "good",
    "qualify": "qualifying",
}
"""The public names, and the module of each."""

__getattr__ = lazily(__name__, PLACES)

__all__ = [
    "Answer",
    "Attestation",
    "Branch",
    "Evaluation",
    "Facts",
    "Good",
    "Item",
    "Journey",
    "Leg",
    "Material",
    "Process",
    "ProgramError",
    "Question",
    "Role",
    "Settings",
    "Step",
    "Transit",
    "Verdict",
    "evaluate",
    "facts",
    "qualify",
]
