"""The machine: its shape, and how fast it could go at best."""

from __future__ import annotations

import platform
import time
from pathlib import Path
from typing import Any


def limits(rows: int, codes: int = 0) -> dict[str, Any]:
    """What the machine itself can do: copying memory, and gathering rates from a dense cube on one core."""
    import numpy as np

    import lines

    size = max(rows, 1 << 20) * 8
    one, other = np.ones(size // 8), np.zeros(size // 8)
    copies = []
    for _ in range(7):
        start = time.perf_counter()
        np.copyto(other, one)
        copies.append(time.perf_counter() - start)
    rng = np.random.default_rng(5)
    codes = codes or lines.CODES
    cube = rng.integers(0, 1 << 40, (len(lines.THREE_REGIMES) * codes, 3))
    route, code = rng.integers(0, len(lines.THREE_REGIMES), rows).astype(np.int32), rng.integers(0, codes, rows).astype(np.int32)
    out = np.empty((lines.BATCH, 3), dtype=np.int64)
    gathers = []
    for _ in range(5):
        start = time.perf_counter()
        for first in range(0, rows, lines.BATCH):
            r = route[first : first + lines.BATCH]
            cube.take(r * codes + code[first : first + lines.BATCH], axis=0, out=out[: len(r)], mode="clip")
        gathers.append(time.perf_counter() - start)
    return {
        "copy_bytes": size,
        "copied_gb_per_s": size / min(copies) / 1e9,
        "moved_gb_per_s": 2 * size / min(copies) / 1e9,
        "gather_lines_per_s": rows / min(gathers),
        "cube_bytes": cube.nbytes,
    }


def machine() -> dict[str, Any]:
    """The shape of the machine, without its name."""
    import os

    import numpy as np
    import pyarrow as pa

    def said(path: str, key: str) -> str:
        try:
            return next(line.split(":", 1)[1].strip() for line in Path(path).read_text(encoding="utf-8").splitlines() if line.startswith(key))
        except (OSError, StopIteration):
            return ""

    memory_kb = said("/proc/meminfo", "MemTotal").split()
    return {
        "cores": os.cpu_count(),
        "cpu": said("/proc/cpuinfo", "model name") or platform.processor() or platform.machine(),
        "memory_gb": round(int(memory_kb[0]) / 1e6, 1) if memory_kb else None,
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "numpy": np.__version__,
        "pyarrow": pa.__version__,
        "load_before": round(os.getloadavg()[0], 2),
    }
