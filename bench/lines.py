"""Made-up lines for the benchmarks: real codes, routes and days; values drawn from a seeded generator."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from youyi.law.rulebook import Rulebook

THREE_REGIMES = (("CN", "VN"), ("CN", "TH"), ("CN", "MY"), ("CN", "ID"), ("CN", "PH"))
"""Importer and exporter: most-favoured-nation, ACFTA and RCEP, three answers a line."""
MIXED = (("CN", "VN"), ("CN", "MM"), ("CN", "TH"), ("VN", "CN"), ("VN", "TH"))
"""Two importers, remedies, a scheme for least developed countries, ATIGA: three or four answers a line."""


def codes_of(rulebook: Rulebook, importer: str, count: int, seed: int) -> list[str]:
    """`count` national lines of the importer's most-favoured-nation schedule that stand in the edition in force."""
    schedule = rulebook.schedule(importer, "MFN", "*", 20000)
    assert schedule is not None
    keys = np.unique(schedule.lines.key)
    digits = [str(int(k))[1:] for k in keys]
    good = [d for d in digits if d[:2] != "98" and rulebook.nomenclature.exists("HS2022", d[:6])]
    rng = np.random.default_rng(seed)
    return sorted(rng.choice(good, size=min(count, len(good)), replace=False).tolist())


def table(rulebook: Rulebook, rows: int, seed: int = 7, codes_each: int = 3600, days: tuple[str, int] = ("2026-01-06", 300), routes: tuple[tuple[str, str], ...] = THREE_REGIMES) -> pa.Table:
    """`rows` lines over five routes and `codes_each` codes an importer, texts dictionary-encoded, value decimal, in the importer's currency."""
    rng = np.random.default_rng(seed)
    pools = {i: codes_of(rulebook, i, codes_each, seed) for i in sorted({i for i, _ in routes})}
    codes_each = min(len(p) for p in pools.values())
    hs_pool = [c for pool in pools.values() for c in pool]
    route = rng.integers(0, len(routes), rows)
    importers = list(pools)
    importer = np.array([importers.index(i) for i, _ in routes], dtype=np.int32)[route]
    exporters = sorted({e for _, e in routes})
    exporter = np.array([exporters.index(e) for _, e in routes], dtype=np.int32)[route]
    hs = (rng.integers(0, codes_each, rows) + importer * codes_each).astype(np.int32)
    value = np.rint(np.exp(rng.normal(9.5, 1.6, rows)) * 100).astype(np.int64) * 100
    start = np.datetime64(days[0]).astype("datetime64[D]").astype(np.int32)
    day = (start + rng.integers(0, days[1], rows)).astype(np.int32)

    def words(ids: Any, pool: list[str]) -> pa.Array:
        return pa.DictionaryArray.from_arrays(pa.array(ids), pa.array(pool))

    return pa.table(
        {
            "line_id": pa.array(np.arange(rows)),
            "importer": words(importer, importers),
            "exporter": words(exporter, exporters),
            "hs": words(hs, hs_pool),
            "date": pa.array(day).cast(pa.date32()),
            "value": pa.Array.from_buffers(pa.decimal64(18, 4), rows, [None, pa.py_buffer(value)]),
            "currency": words(importer, [str(rulebook.parties[i]["currency"]) for i in importers]),
            "incoterm": words(np.zeros(rows, dtype=np.int32), ["CIF"]),
        }
    )
