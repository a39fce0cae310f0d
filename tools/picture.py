"""Draw docs/assess.svg: what `youyi assess` shows for the sample journeys.

Usage: python tools/picture.py
"""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path

from rich.console import Console
from rich.text import Text

from youyi.cli import main

ROOT = Path(__file__).parents[1]
LINES = 40
"""Lines of the screen that the picture shows."""


def draw() -> None:
    screen = io.StringIO()
    with contextlib.redirect_stdout(screen), contextlib.redirect_stderr(io.StringIO()):
        main(["assess", str(ROOT / "src/youyi/examples/journeys.csv")])
    shown = screen.getvalue().splitlines()[:LINES]
    console = Console(record=True, width=max(map(len, shown)) + 1, file=io.StringIO())
    for line in shown:
        console.print(Text(line, style="bold" if "best" in line else ""), highlight=False)
    svg = console.export_svg(title="youyi assess journeys.csv", unique_id="youyi")
    # The reader's own monospaced font serves; no font is fetched from elsewhere.
    svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.S).replace("Fira Code", "monospace")
    svg = re.sub(r"<!--.*?-->\s*", "", svg, flags=re.S)
    (ROOT / "docs/assess.svg").write_text(svg, encoding="utf-8")


if __name__ == "__main__":
    draw()
