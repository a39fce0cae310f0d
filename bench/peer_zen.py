"""The same rates as a decision table in zen-engine (GoRules), one line at a time. Runs in .venv-bench.

    python bench/peer_zen.py INPUT.npz '{"codes": 200, "decisions": 5000}'

The table has a row per code of one route: three rates and the value-added tax; an expression node works out the totals
and the best of them. A decision table is searched from the top, so it is kept to a few hundred rows.
"""

from __future__ import annotations

import itertools
import json
import statistics
import sys
import time
from typing import Any

import numpy as np
import zen

REGIMES = ("mfn", "acfta", "rcep")


def graph(rates: Any, vat: Any) -> dict[str, Any]:
    """The decision: input, table, totals, output."""
    inputs = [{"id": "i", "name": "code", "type": "expression", "field": "code"}]
    outputs = [{"id": f"o{k}", "name": n, "type": "expression", "field": n} for k, n in enumerate((*REGIMES, "vat"))]
    rows = [{"_id": f"r{i}", "i": f'"c{i}"', **{f"o{k}": repr(round(float(v), 6)) for k, v in enumerate((*rates[i], vat[i]))}} for i in range(len(rates))]
    totals = [{"id": f"t{k}", "key": f"{r}_total", "value": f"value * {r} + (value + value * {r}) * vat"} for k, r in enumerate(REGIMES)]
    totals.append({"id": "best", "key": "best", "value": "min([" + ", ".join(f"$.{r}_total" for r in REGIMES) + "])"})
    nodes = [
        {"id": "in", "type": "inputNode", "name": "in"},
        {
            "id": "table",
            "type": "decisionTableNode",
            "name": "rates",
            "content": {"hitPolicy": "first", "inputs": inputs, "outputs": outputs, "rules": rows, "passThrough": True},
        },
        {"id": "sums", "type": "expressionNode", "name": "totals", "content": {"expressions": totals, "passThrough": True}},
        {"id": "out", "type": "outputNode", "name": "out"},
    ]
    way = ("in", "table", "sums", "out")
    edges = [{"id": f"e{i}", "sourceId": a, "targetId": b, "type": "edge"} for i, (a, b) in enumerate(itertools.pairwise(way))]
    return {"nodes": nodes, "edges": edges}


def main(source: str, how: dict[str, int]) -> dict[str, Any]:
    given = np.load(source)
    whole = np.isfinite(given["rates"][0]).all(axis=1)
    rates, vat = given["rates"][0][whole][: how["codes"]], given["vat"][0][whole][: how["codes"]]
    decision = zen.ZenEngine().create_decision(json.dumps(graph(rates, vat)))
    rng = np.random.default_rng(1)
    lines = [
        {"code": f"c{c}", "value": round(float(v), 2)}
        for c, v in zip(rng.integers(0, len(rates), how["decisions"]), rng.uniform(100, 100_000, how["decisions"]), strict=True)
    ]
    first = decision.evaluate(lines[0])["result"]
    c, v = int(lines[0]["code"][1:]), lines[0]["value"]
    expected = min(v * r + (v + v * r) * vat[c] for r in rates[c])
    assert abs(float(first["best"]) - expected) < 0.01, (first, expected)
    times = []
    for line in lines:
        start = time.perf_counter()
        decision.evaluate(line)
        times.append(time.perf_counter() - start)
    return {"codes": len(rates), "decisions": len(lines), "single_us": statistics.median(times) * 1e6, "decisions_per_s": len(lines) / sum(times)}


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], json.loads(sys.argv[2]))))
