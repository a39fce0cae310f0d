"""The one place that says which evaluators the origin tests are run on.

    EVALUATORS    name -> evaluate(list of (rule, good, materials)) -> for each True, False or None (open)
    QUALIFIERS    name -> qualify(agreement, product file) -> a dict with the fields of `FIELDS`

The engine is put under the same tests by adding it to the two tables. `good` and `materials` are as in the files of
`youyi evaluate`; what is said of a good's making stands in `good` too: `processes` (absent: nobody said), `attested`
(texts with their sources), `wholly_obtained`, `costs`, `exw`, `net_cost`. Codes may have points.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from lines import DATA
from origin_oracle import OriginOracle, Truth
from origin_oracle import evaluate as slow_evaluate
from youyi.law.origin import Rule
from youyi.law.rulebook import Rulebook
from youyi.qualify import Verdict, evaluate, qualify
from youyi.qualify.reading import products, sheets

Record = Mapping[str, Any]
Bill = tuple[Rule, Record, Sequence[Record]]
FIELDS = ("verdict", "criterion", "box8", "rvc", "if_not_listed", "rcep_origin", "consignment", "questions")
ORACLE = OriginOracle(DATA)


def slow_evaluate_each(bills: Sequence[Bill]) -> list[Truth]:
    """The oracle's answers, one bill after another."""
    return [slow_evaluate(*bill) for bill in bills]


def slow_qualify(agreement: str, file: Record) -> dict[str, Any]:
    """The oracle's verdict by its field names."""
    found = ORACLE.qualify(agreement, file)
    return {name: getattr(found, name) for name in FIELDS}


def engine_evaluate_each(bills: Sequence[Bill]) -> list[Truth]:
    """The engine's answers, one bill after another."""
    return [TRUTHS[str(_evaluated(*bill))] for bill in bills]


def _evaluated(rule: Rule, good: Record, materials: Sequence[Record]) -> Verdict:
    made = {k: good[k] for k in BESIDE if k in good}
    (sheet,) = sheets({"good": {k: v for k, v in good.items() if k not in BESIDE}, "materials": list(materials), **made})
    return evaluate(rule, sheet.good, sheet.materials, sheet.facts).verdict


def engine_qualify(agreement: str, file: Record) -> dict[str, Any]:
    """The engine's answer by the oracle's field names."""
    (p,) = products(file)
    found = qualify(
        RULEBOOK,
        p.good,
        p.items,
        agreement=agreement,
        exporter=p.exporter,
        importer=p.importer,
        on=p.on,
        process=p.process,
        journey=p.journey,
        currency=p.currency,
    )
    conditional = [f.text.partition(" if ")[0] for f in found.findings if f.code == "ORI-CONDITIONAL"]
    said = {name: getattr(found, name) for name in ("criterion", "box8", "rvc", "rcep_origin", "consignment")}
    return said | {"verdict": str(found.verdict), "if_not_listed": "".join(conditional[:1]), "questions": {q.about for q in found.questions}}


TRUTHS: dict[str, Truth] = {"originating": True, "not_originating": False, "undetermined": None}
BESIDE = ("processes", "attested", "costs")
RULEBOOK = Rulebook.load()
EVALUATORS: dict[str, Callable[[Sequence[Bill]], list[Truth]]] = {"oracle": slow_evaluate_each, "engine": engine_evaluate_each}
QUALIFIERS: dict[str, Callable[[str, Record], dict[str, Any]]] = {"oracle": slow_qualify, "engine": engine_qualify}
