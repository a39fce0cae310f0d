"""The benchmark runs from end to end on a few thousand lines; no time is asserted."""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def test_every_part_runs_and_both_files_are_written(tmp_path):
    environment = {k: v for k, v in os.environ.items() if not k.startswith("COV_")}
    command = [sys.executable, str(ROOT / "bench" / "run.py"), "--tiny", "--out", str(tmp_path)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads((tmp_path / "results.json").read_text())
    assert {"start", "engine", "mixed", "memory", "parquet", "single", "phases", "limits", "plans", "beside", "openfisca", "zen"} <= set(found)
    assert [e["refused"] for e in (*found["engine"], *found["mixed"], *found["parquet"])] == [0] * 6
    assert min(e["share_rated"] for e in found["engine"]) >= 0.9
    assert all(found["plans"][costs]["proven"] for costs in ("any", "none", "share"))
    page = (tmp_path / "RESULTS.md").read_text()
    assert "## What was asked" in page
    assert str(ROOT) not in page
    if found["openfisca"]:
        # The peer knows the same rates: its 32-bit floats agree with the exact totals as far as floats can.
        assert found["openfisca"]["agreement"]["rows"] > 1000
        assert found["openfisca"]["agreement"]["within_a_hundred_thousandth"] > 0.99
