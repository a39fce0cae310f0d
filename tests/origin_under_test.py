"""The one place that says which evaluators the origin tests are run on.

    EVALUATORS    name -> evaluate(list of (rule, good, materials)) -> for each True, False or None (open)
    QUALIFIERS    name -> qualify(agreement, product file) -> a dict with the fields of `FIELDS`

The engine is put under the same tests by adding it to the two tables. `good` and `materials` are as in the files of
`youyi evaluate`; what is said of a good's making stands in `good` too: `processes` (absent: nobody said), `attested`
(texts with their sources), `wholly_obtained`, `costs`, `exw`, `net_cost`. Codes may have points.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import pyarrow as pa

from lines import DATA
from origin_oracle import OriginOracle, Truth
from origin_oracle import evaluate as slow_evaluate
from youyi.law.origin import Rule
from youyi.law.rulebook import Rulebook
from youyi.qualify import Verdict, evaluate, qualify
from youyi.qualify.batch import evaluate_table
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


def engine_evaluate_tables(bills: Sequence[Bill]) -> list[Truth]:
    """The engine's answers, all bills as one table."""
    if not bills:
        return []
    goods = [
        {"id": i, "rule": str(rule), **_row(good, ("fob", "exw", "net_cost", "weight", "wholly_obtained")), **_said(good)}
        for i, (rule, good, _) in enumerate(bills)
    ]
    columns = ("value", "weight", "originating", "wholly_obtained", "origin", "role")
    lines = [{"good": i, **_row(m, columns)} for i, (_, _, materials) in enumerate(bills) for m in materials]
    material_table = pa.Table.from_pylist(lines, MATERIALS).rename_columns(["good", "hs", "value", "weight", "originating", "obtained", "origin", "role"])
    found = evaluate_table(pa.Table.from_pylist(goods, GOODS), material_table)
    assert all(f.code == "VALUE" for f in found.findings), found.findings[:3]
    answers = zip(bills, found.table.column("verdict").to_pylist(), strict=True)
    return [TRUTHS[str(_evaluated(*bill)) if v is None else v] for bill, v in answers]  # an amount too fine for a table is asked alone


def _row(record: Record, names: Sequence[str]) -> dict[str, Any]:
    hs = record.get("hs")
    amounts = {n: Decimal(str(record[n])) if n in AMOUNTS and record.get(n) is not None else record.get(n) for n in names}
    return amounts | {"hs": hs.replace(".", "").replace(" ", "") if hs else None}


def _said(good: Record) -> dict[str, Any]:
    costs = good.get("costs")
    attested = [t["text"] for t in good.get("attested", ()) if t.get("source")]
    total = None if costs is None else sum((Decimal(str(v)) for v in costs.values()), Decimal(0))
    return {"costs": total, "processes": good.get("processes"), "attested": attested}


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


AMOUNTS = ("fob", "exw", "net_cost", "weight", "value")
TEXTS, YES, FINE = pa.list_(pa.string()), pa.bool_(), pa.decimal128(38, 20)
GOODS = pa.schema(
    [
        ("id", pa.int64()),
        ("hs", pa.string()),
        ("rule", pa.string()),
        *((n, FINE) for n in ("fob", "exw", "net_cost", "weight", "costs")),
        ("processes", TEXTS),
        ("attested", TEXTS),
        ("wholly_obtained", YES),
    ]
)
MATERIALS = pa.schema(
    [
        ("good", pa.int64()),
        ("hs", pa.string()),
        ("value", FINE),
        ("weight", FINE),
        ("originating", YES),
        ("wholly_obtained", YES),
        ("origin", pa.string()),
        ("role", pa.string()),
    ]
)
TRUTHS: dict[str, Truth] = {"originating": True, "not_originating": False, "undetermined": None}
BESIDE = ("processes", "attested", "costs")
RULEBOOK = Rulebook.load()
EVALUATORS: dict[str, Callable[[Sequence[Bill]], list[Truth]]] = {
    "oracle": slow_evaluate_each,
    "engine": engine_evaluate_each,
    "tables": engine_evaluate_tables,
}
QUALIFIERS: dict[str, Callable[[str, Record], dict[str, Any]]] = {"oracle": slow_qualify, "engine": engine_qualify}
