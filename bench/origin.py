"""Origin: one good with its full trace, tables of goods, and originshift beside it in the same run.

    python bench/origin.py [--tiny]      writes bench/ORIGIN.md and bench/origin.json

The peer runs in the peers' virtual environment; where it is not there, its row says so.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import platform
import resource
import subprocess
import tempfile
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from youyi.law.rulebook import Rulebook
from youyi.qualify import Good, Item, Material, compiled, evaluate, qualify
from youyi.qualify.batch import evaluate_table, stream
from youyi.qualify.many import qualify_table

HERE = Path(__file__).resolve().parent
ORACLE = HERE.parent / "tests" / "golden" / "tariff_shift_oracle.csv"
PEER = HERE.parent / ".venv-bench" / "bin" / "python"
RULE = "CTH except from 64.06 or RVC40"
MATERIALS = 5


def shifts() -> list[tuple[str, list[str], dict[str, Any]]]:
    """The rows of the oracle with two materials or more, cut to two: good, materials, rule."""
    found = []
    with ORACLE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            materials = row["materials"].split("|")
            excluded = [x for x in row["excluded"].split("|") if x]
            if len(materials) >= 2:
                found.append((row["good"], materials[:2], {"target": row["target"].split("|"), "sources": json.loads(row["sources"]), "excluded": excluded}))
    return found


def timed(act: Any, many: int) -> float:
    """Microseconds of one call, the best of five runs."""
    best = float("inf")
    for _ in range(5):
        start = time.perf_counter()
        for _ in range(many):
            act()
        best = min(best, (time.perf_counter() - start) / many)
    return best * 1e6


def singles(rulebook: Rulebook, many: int) -> dict[str, float]:
    good = Good("850811", Decimal("62.00"), edition="HS2022")
    rows = (("850140", "14.10", "CN"), ("850760", "11.60", "KR"), ("842139", "3.20", "JP"), ("853400", "7.30", "TW"), ("390810", "4.40", "US"))
    bill = [Material(code, Decimal(value), origin == "CN") for code, value, origin in rows]
    items = [Item(code, code, value=Decimal(value), origin=origin, originating=origin in ("CN", "KR", "JP")) for code, value, origin in rows]

    def asked() -> None:
        qualify(rulebook, good, items, agreement="RCEP", exporter="VN", importer="CN", on="2026-11-20")

    pairs = [(Good(g.replace(".", "")), [Material(m.replace(".", ""), originating=False) for m in ms], rule) for g, ms, rule in shifts()]
    asked()

    def shifted() -> None:
        for g, ms, rule in pairs:
            _ = evaluate(rule, g, ms).branches

    shifted()
    return {
        "evaluate": timed(lambda: evaluate("CTSH or RVC40", good, bill).branches, many),
        "qualify": timed(asked, many),
        "shift": timed(shifted, max(many // 200, 1)) / len(pairs),
    }


def tables(rulebook: Rulebook, size: int) -> tuple[pa.Table, pa.Table]:
    r = np.random.default_rng(1)
    codes = [c for chapter in range(1, 98) for c in rulebook.nomenclature.subheadings("HS2022", f"{chapter:02d}")]
    count = size * MATERIALS
    goods = pa.table({"id": np.arange(size), "hs": pa.array(r.choice(codes, size)), "fob": r.integers(30, 70, size), "weight": r.integers(30, 70, size)})
    value = pa.array([Decimal(n).scaleb(-2) for n in r.integers(1, 2000, 2000).tolist()]).take(pa.array(r.integers(0, 2000, count)))
    origin = pa.array(r.choice(["CN", "VN", "US"], count))
    columns = {"good": np.repeat(np.arange(size), MATERIALS), "hs": pa.array(r.choice(codes, count)), "value": value}
    return goods, pa.table(columns | {"originating": pa.array(r.integers(0, 2, count).astype(bool)), "origin": origin})


def batches(rulebook: Rulebook, size: int) -> dict[str, float]:
    goods, materials = tables(rulebook, size)
    found = {}
    start = time.perf_counter()
    if size >= compiled.WORTH_IT:
        compiled.weigher()
    found["ready_seconds"] = time.perf_counter() - start

    def each(name: str, act: Any) -> None:
        for turn in ("first", "again", "again"):
            start = time.perf_counter()
            act()
            found[f"{name}_{turn}"] = max(size / (time.perf_counter() - start), found.get(f"{name}_{turn}", 0))

    each("one_rule", lambda: evaluate_table(goods, materials, RULE))
    each("rcep", lambda: qualify_table(rulebook, goods, materials, agreement="RCEP", exporter="VN", importer="CN", on="2026-11-20"))
    return found


def memory(rulebook: Rulebook, size: int, times: int) -> dict[str, float]:
    """The peak of memory after one batch, and after many more of them in a stream."""
    pair = tables(rulebook, size)
    next(stream([pair], RULE))
    one = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    for _ in stream((pair for _ in range(times)), RULE):
        pass
    return {"goods_a_batch": size, "batches": times, "after_one_mb": one, "after_all_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def peer() -> dict[str, Any] | None:
    if not PEER.exists():
        return None
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "cases.json"
        path.write_text(json.dumps(shifts()), encoding="utf-8")
        done = subprocess.run([str(PEER), str(HERE / "peer_originshift.py"), str(path)], capture_output=True, text=True, check=False)
    return json.loads(done.stdout.splitlines()[-1]) if done.returncode == 0 else None


def page(found: dict[str, Any]) -> str:
    one, many, other = found["single"], found["batch"], found["originshift"]
    rows = [
        ("one good of five materials, full trace (`evaluate`)", f"{one['evaluate']:.0f} µs"),
        ("one good under RCEP: rules looked up, bill settled, branches, box, findings (`qualify`)", f"{one['qualify']:.0f} µs"),
        (
            f"{found['goods']:,} goods × {MATERIALS} materials, one rule, 2 cores",
            f"{many['one_rule_again']:,.0f} goods/s (first time {many['one_rule_first']:,.0f})",
        ),
        (
            f"the same under RCEP, {found['codes']:,} codes of the whole nomenclature",
            f"{many['rcep_again']:,.0f} goods/s (first time {many['rcep_first']:,.0f})",
        ),
        ("compiling the text, once a machine; loading it later", f"{many['ready_seconds']:.1f} s this time"),
        (
            f"peak of memory, {found['memory']['batches']} batches of {found['memory']['goods_a_batch']:,} goods in a stream",
            f"{found['memory']['after_all_mb']:.0f} MB, after one {found['memory']['after_one_mb']:.0f} MB",
        ),
        (f"tariff shift of two materials, {found['shifts']} cases, full trace", f"{one['shift']:.0f} µs"),
    ]
    if other:
        rows.append(
            ("the same cases by originshift (country of origin under 19 CFR 102)", f"{other['microseconds']:.0f} µs, {other['per_second']:.0f} a second")
        )
        rows.append(("ratio", f"{other['microseconds'] / one['shift']:.0f} times"))
    lines = ["# Speed of origin", "", f"Written by `python bench/origin.py` on {found['machine']}.", "", "| what | measured |", "|---|---|"]
    lines += [f"| {a} | {b} |" for a, b in rows]
    beside = "originshift decides a country and looks its rule up; the engine is given the rule and answers the shift with every material's part."
    return "\n".join([*lines, "", beside if other else "originshift was not there to be measured beside it.", ""])


def main() -> None:
    chosen = argparse.ArgumentParser()
    chosen.add_argument("--tiny", action="store_true")
    chosen.add_argument("--out", type=Path, default=HERE)
    given = chosen.parse_args()
    size, many = (3_000, 20) if given.tiny else (1_000_000, 2_000)
    rulebook = Rulebook.load()
    found: dict[str, Any] = {
        "machine": f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}",
        "goods": size,
        "shifts": len(shifts()),
        "codes": len(rulebook.nomenclature.subheadings("HS2022", "")),
        "single": singles(rulebook, many),
        "batch": batches(rulebook, size),
        "memory": memory(rulebook, size // 10, 3 if given.tiny else 20),
        "originshift": peer(),
    }
    (given.out / "origin.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    (given.out / "ORIGIN.md").write_text(page(found), encoding="utf-8")
    print(page(found))


if __name__ == "__main__":
    main()
