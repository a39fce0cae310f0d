"""A command pays only for the rooms it enters: a rate is answered without the libraries of the others."""

from __future__ import annotations

import subprocess
import sys

import pytest

import youyi.journal
import youyi.qualify
import youyi.quote

LIBRARIES = ("numba", "sqlalchemy", "cryptography", "yaml", "lark", "pyarrow.parquet", "distributed")
HEAVY = (*LIBRARIES, "youyi.qualify.weigh", "youyi.quote.quoting", "youyi.journal.journal")
RATE = ["rate", "0713.31.90", "--from", "MM", "--to", "CN"]


def test_a_rate_reads_in_none_of_the_heavy_libraries() -> None:
    text = f"import sys; from youyi.cli import main; main({RATE!r}); print([m for m in {HEAVY!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize("room", [youyi.journal, youyi.qualify, youyi.quote], ids=lambda r: r.__name__)
def test_every_public_name_of_a_room_is_there_when_asked_for(room: object) -> None:
    names = room.__all__  # type: ignore[attr-defined]
    assert all(getattr(room, name) is not None for name in names)
    assert sorted(names) == list(names)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = room.nothing  # type: ignore[attr-defined]
