"""originshift on tariff shifts of two materials: the same goods and materials as the engine's, one after another."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path


def main() -> None:
    from originshift import resolve

    cases = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    for good, materials, _ in cases[:20]:
        resolve(good, materials, "VN")
    start = time.perf_counter()
    for good, materials, _ in cases:
        resolve(good, materials, "VN")
    spent = time.perf_counter() - start
    print(json.dumps({"goods": len(cases), "per_second": len(cases) / spent, "microseconds": spent / len(cases) * 1e6}))


if __name__ == "__main__":
    main()
