"""The verdict again: slow, exact, recursive, and written from `docs/how-origin-is-decided.md` alone.

Every number is a fraction, every test answers yes, no or open, every table is the CSV file itself. It takes the values of
a rule from `youyi.law.origin` and shares nothing else with the engine, so that a slip in one is no slip in the other.

    evaluate(rule, good, materials)     -> Truth, for one rule and no agreement
    OriginOracle(folder).qualify(agreement, product_file)  -> Verdict
"""

from __future__ import annotations

from .agreement import OriginOracle
from .nodes import Facts, evaluate, holds
from .records import Verdict
from .truth import Truth, all_of, any_of

__all__ = ["Facts", "OriginOracle", "Truth", "Verdict", "all_of", "any_of", "evaluate", "holds"]
