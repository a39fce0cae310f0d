"""Run the long property runs in full and write docs/proofs.md.

Usage: python tools/proofs.py
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import tempfile
from datetime import date
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).parents[1]
HEAD = """# The long runs

`make prove` runs them in full and writes this page; `make test` runs a seeded sample of each.

{day}, Python {python}, {cores} cores: {passed} passed, {failed} failed, {seconds:.0f} s of work, a process a core.

| what was shown | result | seconds |
|---|---|---|
"""


def prove() -> int:
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = [sys.executable, "-m", "pytest", "-m", "prove", "-n", str(os.cpu_count() or 1), "-p", "no:cacheprovider", f"--junitxml={report}"]
        code = subprocess.run(command, cwd=ROOT, env=os.environ | {"YOUYI_PROVE": "1"}, check=False).returncode
        cases = sorted(ElementTree.parse(report).iter("testcase"), key=lambda c: (str(c.get("classname")), str(c.get("name"))))
    failed = [c for c in cases if c.find("failure") is not None or c.find("error") is not None]
    seconds = sum(float(c.get("time", 0)) for c in cases)
    page = HEAD.format(
        day=date.today(), python=platform.python_version(), cores=os.cpu_count(), passed=len(cases) - len(failed), failed=len(failed), seconds=seconds
    )
    for c in cases:
        words = str(c.get("name", "")).removeprefix("test_").replace("_", " ")
        page += f"| {words} | {'**failed**' if c in failed else 'holds'} | {float(c.get('time', 0)):.1f} |\n"
    (ROOT / "docs/proofs.md").write_text(page, encoding="utf-8")
    return code


if __name__ == "__main__":
    sys.exit(prove())
