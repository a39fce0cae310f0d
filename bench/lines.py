"""Made-up lines for the benchmarks: real codes, routes and days; values drawn from a seeded generator."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa

from youyi.law.rulebook import Rulebook

THREE_REGIMES = (("CN", "VN"), ("CN", "TH"), ("CN", "MY"), ("CN", "ID"), ("CN", "PH"))
"""Importer and exporter: most-favoured-nation, ACFTA and RCEP, three answers a line."""
MIXED = (("CN", "VN"), ("CN", "MM"), ("CN", "TH"), ("VN", "CN"), ("VN", "TH"))
"""Two importers, remedies, a scheme for least developed countries, ATIGA: three or four answers a line."""
BATCH = 1 << 17
DAYS = ("2026-01-06", 300)
CODES = 3600

Routes = tuple[tuple[str, str], ...]


def codes_of(rulebook: Rulebook, importer: str, count: int, seed: int) -> list[str]:
    """`count` national lines of the importer's most-favoured-nation schedule that stand in the edition in force."""
    schedule = rulebook.schedule(importer, "MFN", "*", 20000)
    assert schedule is not None
    keys = np.unique(schedule.lines.key)
    digits = [str(int(k))[1:] for k in keys]
    good = [d for d in digits if d[:2] != "98" and rulebook.nomenclature.exists("HS2022", d[:6])]
    rng = np.random.default_rng(seed)
    return sorted(rng.choice(good, size=min(count, len(good)), replace=False).tolist())


def pools_of(rulebook: Rulebook, routes: Routes, codes_each: int, seed: int) -> dict[str, list[str]]:
    """The codes that each importer of the routes is asked about, the same number for each."""
    pools = {i: codes_of(rulebook, i, codes_each, seed) for i in sorted({i for i, _ in routes})}
    least = min(len(p) for p in pools.values())
    return {i: p[:least] for i, p in pools.items()}


def table(rulebook: Rulebook, rows: int, seed: int = 7, codes_each: int = CODES, days: tuple[str, int] = DAYS, routes: Routes = THREE_REGIMES) -> pa.Table:
    """`rows` lines over five routes and `codes_each` codes an importer, texts dictionary-encoded, value decimal, in the importer's currency."""
    return _draw(rulebook, np.random.default_rng(seed), pools_of(rulebook, routes, codes_each, seed), rows, 0, days, routes)


def batches(
    rulebook: Rulebook, rows: int, seed: int = 7, codes_each: int = CODES, days: tuple[str, int] = DAYS, routes: Routes = THREE_REGIMES, size: int = BATCH
) -> Iterator[pa.RecordBatch]:
    """The same kind of lines, a batch at a time, so that no more than one batch need be held."""
    pools = pools_of(rulebook, routes, codes_each, seed)
    rng = np.random.default_rng(seed)
    for first in range(0, rows, size):
        yield _draw(rulebook, rng, pools, min(size, rows - first), first, days, routes).to_batches()[0]


def _draw(rulebook: Rulebook, rng: np.random.Generator, pools: dict[str, list[str]], rows: int, first: int, days: tuple[str, int], routes: Routes) -> pa.Table:
    each = len(next(iter(pools.values())))
    hs_pool = [c for pool in pools.values() for c in pool]
    route = rng.integers(0, len(routes), rows)
    importers = list(pools)
    importer = np.array([importers.index(i) for i, _ in routes], dtype=np.int32)[route]
    exporters = sorted({e for _, e in routes})
    exporter = np.array([exporters.index(e) for _, e in routes], dtype=np.int32)[route]
    hs = (rng.integers(0, each, rows) + importer * each).astype(np.int32)
    value = np.rint(np.exp(rng.normal(9.5, 1.6, rows)) * 100).astype(np.int64) * 100
    start = np.datetime64(days[0]).astype("datetime64[D]").astype(np.int32)
    day = (start + rng.integers(0, days[1], rows)).astype(np.int32)

    def words(ids: Any, pool: list[str]) -> pa.Array:
        return pa.DictionaryArray.from_arrays(pa.array(ids), pa.array(pool))

    return pa.table(
        {
            "line_id": pa.array(np.arange(first, first + rows)),
            "importer": words(importer, importers),
            "exporter": words(exporter, exporters),
            "hs": words(hs, hs_pool),
            "date": pa.array(day).cast(pa.date32()),
            "value": pa.Array.from_buffers(pa.decimal64(18, 4), rows, [None, pa.py_buffer(value)]),
            "currency": words(importer, [str(rulebook.parties[i]["currency"]) for i in importers]),
            "incoterm": words(np.zeros(rows, dtype=np.int32), ["CIF"]),
        }
    )


def records(rulebook: Rulebook, rows: int, seed: int = 11, codes_each: int = CODES, routes: Routes = MIXED) -> list[dict[str, str]]:
    """Distinct lines as mappings of texts, as a form or a program would send them one at a time."""
    found = table(rulebook, rows, seed, codes_each, routes=routes).to_pylist()
    return [{k: str(v) for k, v in r.items()} for r in found]
