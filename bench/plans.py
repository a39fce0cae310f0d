"""Plans for made-up bills of thirty materials with three alternatives each, milliseconds a plan:

    python bench/plans.py '{"bills": 20}'      prints one JSON object
"""

from __future__ import annotations

import json
import random
import statistics
import sys
import time
from typing import Any

RULES = ("RVC40", "CTH", "CTH and RVC45", "(CTH and RVC30) or (CTSH and RVC50)", "RVC40 and weight of 39 at most 10 %")
CODES = ("850870", "850140", "850760", "853400", "390810")


def bill(rng: random.Random, rule: str, materials: int = 30, alternatives: int = 3, costs: str = "any") -> dict[str, Any]:
    """A product file. `costs`: any, none (nothing is stated), or share (of the value: the hard case, where every choice is as good as another)."""
    lines, offered = [], []
    for i in range(materials):
        value = rng.randint(50, 600) / 100
        lines.append({"id": f"m{i}", "hs": rng.choice(CODES), "value": f"{value}", "weight": f"{value}", "origin": rng.choice(("KR", "TW", "US"))})
        for k in range(alternatives):
            then = round(value * rng.uniform(0.8, 1.5), 2) if costs == "any" else value
            cost = {"any": round(rng.uniform(0, 1), 2), "none": 0, "share": round(value * 0.02 * (k + 1), 4)}[costs]
            other = {"hs": rng.choice(CODES), "origin": rng.choice(("VN", "CN")), "originating": costs != "any" or rng.random() < 0.9}
            offered.append({"material": f"m{i}", "kind": "replace", "value": f"{then}", "weight": f"{then}", "cost": f"{cost}", **other})
    total = sum(float(m["value"]) for m in lines)
    return {
        "product": {"hs": "850811", "hs_edition": "HS2022", "fob": f"{total * 1.15:.2f}", "weight": f"{total:.2f}", "currency": "USD"},
        "exporter": "VN",
        "importer": "CN",
        "date": "2026-11-20",
        "materials": lines,
        "alternatives": offered,
        "processes": ["assembly"],
        "rules": [{"agreement": "ACFTA", "rule": rule, "source": "made up"}],
    }


def plans(bills: int = 20) -> dict[str, Any]:
    """The time of a whole plan by kind of costs, and whether each was proven to be the cheapest."""
    from youyi.law.rulebook import Rulebook
    from youyi.qualify.reading import products
    from youyi.quote.planning import plan

    book = Rulebook.load()
    found: dict[str, Any] = {"materials": 30, "alternatives": 3, "bills": bills}
    for costs in ("any", "none", "share"):
        times, proven = [], True
        for n in range(bills):
            (product,) = products(bill(random.Random(n), RULES[n % len(RULES)], costs=costs))
            start = time.perf_counter()
            advice = plan(book, product, agreement="ACFTA")
            times.append((time.perf_counter() - start) * 1e3)
            proven = proven and advice.proven
        found[costs] = {"median_ms": statistics.median(times[1:] or times), "max_ms": max(times[1:] or times), "first_ms": times[0], "proven": proven}
    return found


if __name__ == "__main__":
    print(json.dumps(plans(**json.loads(sys.argv[1] if len(sys.argv) > 1 else "{}"))))
