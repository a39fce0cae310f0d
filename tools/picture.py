"""Draw docs/assess.svg and docs/quote.svg: what the two commands show for the labelled samples.

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
SAMPLES = ROOT / "src/youyi/examples"
LINES = 40
"""Lines of the screen that a picture shows."""


def draw(name: str, command: list[str], title: str, bold: str, width: int) -> None:
    """The first lines of what a command shows; those with `bold` in them stand out."""
    screen = io.StringIO()
    with contextlib.redirect_stdout(screen), contextlib.redirect_stderr(io.StringIO()):
        main(command)
    shown = [line[:width] for line in screen.getvalue().splitlines()[:LINES]]
    console = Console(record=True, width=max(map(len, shown)) + 1, file=io.StringIO())
    for line in shown:
        console.print(Text(line, style="bold" if bold in line else ""), highlight=False)
    svg = console.export_svg(title=title, unique_id=name)
    # The reader's own monospaced font serves; no font is fetched from elsewhere.
    svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.S).replace("Fira Code", "monospace")
    svg = re.sub(r"<!--.*?-->\s*", "", svg, flags=re.S)
    (ROOT / f"docs/{name}.svg").write_text(svg, encoding="utf-8")


if __name__ == "__main__":
    draw("assess", ["assess", str(SAMPLES / "journeys.csv")], "youyi assess journeys.csv", "best", 200)
    draw("quote", ["quote", str(SAMPLES / "vacuum_cleaner.yaml")], "youyi quote vacuum_cleaner.yaml", "Claim", 150)
