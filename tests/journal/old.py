"""Write the old journal that the tests open: a journal as the first layout made it. Run once; its files are kept, not made anew.

Usage: python tests/journal/old.py FOLDER
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

from youyi.journal import Draft, Journal, Personal
from youyi.journal.portable import export


def write(folder: Path) -> None:
    moments = (datetime(2026, 11, 22, 10, n, tzinfo=UTC) for n in range(60))
    with Journal(folder / "layout-1.journal", create=True, clock=lambda: next(moments)) as journal:
        for n in range(5):
            journal.append([Draft(f"proof/E26-{n}", "proof.drafted", {"form": "E", "value": f"{n}00.50"})], id=f"draft/{n}", actor="broker/1")
        journal.append(
            [Draft("proof/E26-1", "proof.signed", {"by": Personal("officer/7", "李明"), "key": "k1"}, topics=("registry",))], id="sign/1", actor="desk/2"
        )
        journal.append([Draft("proof/E26-2", "proof.signed", {"by": Personal("officer/8", "Trần Thị B"), "key": "k1"})], id="sign/2", actor="desk/2")
        journal.erase("officer/8", id="erase/8", actor="privacy/1")
        with (folder / "layout-1.jsonl").open("wb") as out:
            export(folder / "layout-1.journal", out)


if __name__ == "__main__":
    write(Path(sys.argv[1]))
