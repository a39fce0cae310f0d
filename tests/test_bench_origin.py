"""The benchmark of origin runs from end to end on a few thousand goods; no time is asserted. And the page on origin runs."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def test_every_part_runs_and_both_files_are_written(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, str(ROOT / "bench" / "origin.py"), "--tiny", "--out", str(tmp_path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads((tmp_path / "origin.json").read_text(encoding="utf-8"))
    assert {"single", "batch", "memory", "originshift"} <= set(found)
    assert "| what | measured |" in (tmp_path / "ORIGIN.md").read_text(encoding="utf-8")


def test_the_python_of_the_page_on_origin_runs() -> None:
    for block in re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "qualify.md").read_text(encoding="utf-8"), flags=re.S):
        exec(compile(block, "qualify.md", "exec"), {})
