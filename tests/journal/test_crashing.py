"""Stopped anywhere: what was acknowledged is there, nothing is half there, and the day sent again ends as it would have.

Not at random moments: at each operation in turn. `make test` takes a sample of the points, `make prove` all of them.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from journal.conftest import passed
from journal.server import Server
from journal.tracing import POSSIBLE
from youyi.journal import Journal, JournalError, UnavailableError
from youyi.journal.verifying import verify

HERE = Path(__file__).parent
traced = pytest.mark.skipif(not POSSIBLE, reason="system calls are followed on Linux x86-64 only")


def program(name: str, *arguments: object) -> dict[str, Any]:
    done = subprocess.run([sys.executable, HERE / name, *map(str, arguments)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@traced
@pytest.mark.parametrize("step", [13, pytest.param(1, marks=pytest.mark.prove)])
def test_killed_before_each_write_and_sync_of_a_day(tmp_path: Path, step: int) -> None:
    found = program("tracing.py", "kill", tmp_path, 5 % step, step)
    assert not found["failed"]
    assert found["operations"] > 200
    assert found["kinds"]["sync"] > 30


@traced
@pytest.mark.parametrize("step", [29, pytest.param(1, marks=pytest.mark.prove)])
def test_power_cut_before_each_write_and_sync_with_what_was_not_synced_lost_kept_or_torn(tmp_path: Path, step: int) -> None:
    found = program("tracing.py", "power", tmp_path, 11 % step, step)
    assert not found["failed"]
    assert found["states"] > 4 * found["points"]


@traced
def test_the_power_cuts_would_find_a_database_that_does_not_sync(tmp_path: Path) -> None:
    found = program("tracing.py", "unsafe", tmp_path, 90, 40)
    assert any("acknowledged and lost" in f or "malformed" in f for f in found["failed"])


@pytest.mark.parametrize("step", [29, pytest.param(1, marks=pytest.mark.prove)])
def test_killed_before_each_statement_and_commit_on_postgresql(server: Server, step: int) -> None:
    found = program("driver_kills.py", server.url(), 7 % step, step)
    assert not found["failed"]
    assert found["operations"] > 100


def test_the_server_killed_under_writers_loses_nothing_that_was_acknowledged() -> None:
    server = Server()
    try:
        place = server.database()
        Journal(place, create=True).close()
        acknowledged: list[str] = []

        def write(truck: str) -> None:
            with Journal(place) as journal:
                for number in range(100_000):
                    try:
                        acknowledged.append(passed(journal, number, truck).id)
                    except JournalError:
                        return

        writers = [threading.Thread(target=write, args=(f"truck/{n}",)) for n in range(4)]
        for w in writers:
            w.start()
        for _ in range(3_000):
            if len(acknowledged) > 100:
                break
            time.sleep(0.01)
        server.crash()
        for w in writers:
            w.join(30)
        server.start()
        with Journal(place) as journal:
            there = {e.command for e in journal.events()}
            assert len(acknowledged) > 100
            assert not set(acknowledged) - there
            assert len(there) - len(acknowledged) <= 4  # what was under way and not told
            assert passed(journal, 1, "truck/new").recorded
        assert verify(place).sound
        server.crash()
        server.start("-c", "fsync=off")
        with pytest.raises(UnavailableError, match="fsync off"):
            Journal(place)
    finally:
        server.stop()
