"""Every measure in one run: `make bench` writes bench/RESULTS.md and bench/results.json.

    python bench/run.py [--long] [--tiny] [--out FOLDER]

--long adds 100 million lines for the peak of memory; --tiny runs every part on a few thousand lines, for the tests.
Each part runs in a process of its own, with a compiled-law cache of its own; this one stays small, because a process
inherits its parent's peak of memory.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import Any

import report

HERE = Path(__file__).resolve().parent
RATE = ("rate", "0713.31.90", "--from", "MM", "--to", "CN", "--on", "2026-01-15")
FULL = {
    "engine": 10_000_000, "mixed": 2_000_000, "passes": 3, "memory": 10_000_000, "file": 5_000_000, "single": 5_000, "starts": 15, "loads": 7,
    "peer": 1_000_000, "peer_repeat": 5, "peer_singles": 300, "peer_parameters": 20_000, "peer_codes": 200, "decisions": 5_000, "phases": 2_000_000, "codes": 0,
    "plans": 50,
}  # fmt: skip
TINY = {
    "engine": 3_000, "mixed": 1_000, "passes": 1, "memory": 3_000, "file": 3_000, "single": 30, "starts": 1, "loads": 1,
    "peer": 2_000, "peer_repeat": 1, "peer_singles": 2, "peer_parameters": 200, "peer_codes": 20, "decisions": 20, "phases": 2_000, "codes": 40,
    "plans": 2,
}  # fmt: skip


class Runner:
    """Runs parts in fresh processes that share one cache and one folder of files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
        # Compiled modules are kept, as they are where the package is installed; the first start fills the folder.
        self.environment |= {"YOUYI_CACHE": str(folder / "cache"), "PYTHONPYCACHEPREFIX": str(folder / "modules"), "NUMBA_CACHE_DIR": str(folder / "compiled")}

    def _said(self, command: list[str], cache: str | None = None) -> dict[str, Any]:
        environment = self.environment | ({"YOUYI_CACHE": cache} if cache else {})
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"{command[1]} failed:\n{done.stderr[-2000:]}")
        found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return found

    def job(self, name: str, cache: str | None = None, **given: Any) -> dict[str, Any]:
        """One of `jobs`, in a process of its own."""
        return self._said([sys.executable, str(HERE / "jobs.py"), name, json.dumps(given)], cache)

    def peer(self, script: str, *given: str) -> dict[str, Any] | None:
        """A script in the peers' virtual environment; None where there is none."""
        python = HERE.parent / ".venv-bench" / "bin" / "python"
        return self._said([str(python), str(HERE / script), *given]) if python.exists() else None

    def wall(self, command: list[str]) -> float:
        """The milliseconds a command takes from outside."""
        start = time.perf_counter()
        subprocess.run(command, env=self.environment, stdout=subprocess.DEVNULL, check=True)
        return (time.perf_counter() - start) * 1e3


def measure(run: Runner, size: dict[str, int], long: bool) -> dict[str, Any]:
    """Every part in turn."""
    found: dict[str, Any] = {"date": date.today().isoformat(), "machine": run.job("machine")}
    codes = {"codes": size["codes"]}
    _tell("opening the law")
    found["start"] = _start(run, size)
    _tell("compiling")
    found["compiling"] = {"first_ms": run.job("compile_")["ms"], "kept_ms": statistics.median(run.job("compile_")["ms"] for _ in range(3))}
    _tell("the machine's own limits")
    found["limits"] = run.job("limits", rows=size["phases"], **codes)
    _tell("one line at a time")
    found["single"] = run.job("single", rows=size["single"], **codes)
    _tell("plans")
    found["plans"] = run.job("plans", bills=size["plans"])
    _tell("lines in memory")
    found["engine"] = [run.job("engine", rows=size["engine"], threads=t, passes=size["passes"], **codes) for t in (1, 2)]
    found["mixed"] = [run.job("engine", rows=size["mixed"], threads=t, passes=size["passes"], routes="mixed", **codes) for t in (1, 2)]
    found["phases"] = run.job("phases", rows=size["phases"], **codes)
    _tell("memory")
    found["memory"] = [run.job("memory", rows=n, threads=2, **codes) for n in (size["memory"], *([10 * size["memory"]] if long else []))]
    _tell("files")
    source, target = str(run.folder / "lines.parquet"), str(run.folder / "answers.parquet")
    run.job("make_file", rows=size["file"], path=source, **codes)
    found["parquet"] = [run.job("parquet", source=source, target=target, threads=t) for t in (1, 2)]
    _tell("beside peers")
    given, totals = str(run.folder / "peer.npz"), str(run.folder / "totals.npz")
    found["beside"] = run.job("peer_input", rows=size["peer"], path=given, **codes)
    how = {"repeat": size["peer_repeat"], "singles": size["peer_singles"], "parameter_lines": size["peer_parameters"]}
    found["openfisca"] = run.peer("peer_openfisca.py", given, totals, json.dumps(how))
    if found["openfisca"]:
        found["openfisca"]["agreement"] = run.job("agreement", source=given, peer=totals)
    found["zen"] = run.peer("peer_zen.py", given, json.dumps({"codes": size["peer_codes"], "decisions": size["decisions"]}))
    return found


def _start(run: Runner, size: dict[str, int]) -> dict[str, Any]:
    nothing = run.job("load", cache=str(run.folder / "empty"))
    first = run.job("load")
    # The cache knows a release's files by size and time once they have lain still for two seconds.
    time.sleep(2)
    run.job("load")
    loads = [run.job("load")["ms"] for _ in range(size["loads"])]
    program, bare = [sys.executable, "-c", "from youyi.cli import main; raise SystemExit(main())", *RATE], [sys.executable, "-c", "pass"]
    run.wall(program)
    pairs = [(run.wall(program), run.wall(bare)) for _ in range(size["starts"])]
    numpy = [run.wall([sys.executable, "-c", "import numpy"]) for _ in range(size["starts"])]
    check = run.job("check")
    return {
        "release": first["release"],
        "digest": first["digest"],
        "rate_ms": statistics.median(a for a, _ in pairs),
        "bare_ms": statistics.median(b for _, b in pairs),
        "above_bare_ms": statistics.median(a - b for a, b in pairs),
        "numpy_above_bare_ms": statistics.median(numpy) - statistics.median(b for _, b in pairs),
        "load_ms": statistics.median(loads),
        "compile_ms": nothing["ms"],
        "check_ms": check["ms"],
        "faults": check["faults"],
    }


def _tell(what: str) -> None:
    print(f"… {what}", file=sys.stderr, flush=True)


def main() -> int:
    """Run, write both files, say where."""
    parser = argparse.ArgumentParser(description="Speed and memory beside peers, measured in one run.")
    parser.add_argument("--long", action="store_true", help="100 million lines for the peak of memory too")
    parser.add_argument("--tiny", action="store_true", help="every part on a few thousand lines; the figures mean nothing")
    parser.add_argument("--out", type=Path, default=HERE, metavar="FOLDER", help="where RESULTS.md and results.json are written")
    chosen = parser.parse_args()
    start = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="youyi-bench-") as folder:
        found = measure(Runner(Path(folder)), TINY if chosen.tiny else FULL, chosen.long)
    found["seconds"] = round(time.perf_counter() - start)
    found["load_after"] = round(os.getloadavg()[0], 2)
    found["tiny"] = chosen.tiny
    (chosen.out / "results.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    (chosen.out / "RESULTS.md").write_text(report.written(found), encoding="utf-8")
    print(f"{found['seconds']} s; written to RESULTS.md and results.json")
    return 0


if __name__ == "__main__":
    sys.exit(main())
