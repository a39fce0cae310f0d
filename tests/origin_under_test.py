"""The one place that says which evaluators the origin tests are run on.

    EVALUATORS    name -> evaluate(rule, good, materials) -> True, False or None (open)
    QUALIFIERS    name -> qualify(agreement, product_file) -> a dict with the fields of `FIELDS`

The engine is put under the same tests by adding it to the two tables.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from lines import DATA
from origin_oracle import OriginOracle, Truth
from origin_oracle import evaluate as slow_evaluate
from youyi.law.origin import Rule

Record = Mapping[str, Any]
FIELDS = ("verdict", "criterion", "box8", "rvc", "if_not_listed", "rcep_origin", "consignment", "questions")
ORACLE = OriginOracle(DATA)


def slow_qualify(agreement: str, file: Record) -> dict[str, Any]:
    """The oracle's verdict by its field names."""
    found = ORACLE.qualify(agreement, file)
    return {name: getattr(found, name) for name in FIELDS}


EVALUATORS: dict[str, Callable[[Rule, Record, Sequence[Record]], Truth]] = {"oracle": slow_evaluate}
QUALIFIERS: dict[str, Callable[[str, Record], dict[str, Any]]] = {"oracle": slow_qualify}
