"""Rules of origin as data: the grammar, its values, and the tables of every agreement.

    parse("CTH except from 64.06 or RVC40")   text to value; `str(value)` is the canonical text
    RuleError                                  the text is no rule: where, and what was expected

The values are drawn in `youyi.law.origin.rule`, the grammar in `youyi.law.origin.parsing`; `structured` reads the
structures of other collections, `book` and `terms` say what a release holds for a code on a day (`rulebook.origin`).
"""

from __future__ import annotations

from youyi.law.origin.parsing import RuleError, parse
from youyi.law.origin.rule import (
    AllOf,
    AnyMaterials,
    AnyOf,
    Attested,
    Case,
    Change,
    Content,
    Exclusion,
    Level,
    Limit,
    Lost,
    MaxNonOriginating,
    Measure,
    Method,
    NoRule,
    Process,
    ProducedExclusively,
    Rule,
    Span,
    Split,
    WhollyObtained,
    WhollyObtainedMaterials,
    all_of,
    any_of,
    parts,
    spans,
)
from youyi.law.origin.vocabulary import BASES, PROCESSES

__all__ = [
    "BASES",
    "PROCESSES",
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
    "RuleError",
    "Span",
    "Split",
    "WhollyObtained",
    "WhollyObtainedMaterials",
    "all_of",
    "any_of",
    "parse",
    "parts",
    "spans",
]
