"""Many writers, threads and processes; a full disk; a writer that waits too long. Nothing acknowledged lost, nothing half."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from journal.conftest import passed
from youyi.journal import Draft, Journal, UnavailableError
from youyi.journal.verifying import verify

WRITER = """
import sys
from youyi.journal import Draft, Journal
with Journal(sys.argv[1]) as journal:
    for n in range(int(sys.argv[3])):
        name = f"{sys.argv[2]}/{n}"
        assert journal.append([Draft("shared", "k", {"by": name}), Draft(name, "k")], id=name, actor="a").recorded
        print(name, flush=True)
"""


def test_threads_record_together_and_every_event_once(journal: Journal) -> None:
    def write(truck: str) -> None:
        for number in range(25):
            assert passed(journal, number, truck).recorded

    threads = [threading.Thread(target=write, args=(f"truck/{n}",)) for n in range(8)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    events = list(journal.events())
    assert len({e.command for e in events}) == len(events) == 200
    for n in range(8):
        assert [e.payload["number"] for e in journal.of(f"truck/{n}")] == list(range(25))


def test_the_same_command_sent_by_many_at_once_is_recorded_once(journal: Journal) -> None:
    receipts = []
    threads = [threading.Thread(target=lambda: receipts.append(passed(journal, 1))) for _ in range(12)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert len({r.events for r in receipts}) == 1
    assert sum(not r.repeated for r in receipts) == 1
    assert journal.head().size == 1


def test_of_many_that_expect_the_same_version_one_wins(journal: Journal) -> None:
    won = []

    def try_it(n: int) -> None:
        if journal.append([Draft("s", "k")], id=str(n), actor="a", expected={"s": 0}).recorded:
            won.append(n)

    threads = [threading.Thread(target=try_it, args=(n,)) for n in range(12)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert len(won) == 1


def test_processes_take_turns_and_one_that_is_killed_leaves_nothing_half(place: str) -> None:
    Journal(place, create=True).close()
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, place, f"w{n}", "40"], stdout=subprocess.PIPE, text=True) for n in range(4)]
    assert writers[0].stdout is not None
    for _ in range(5):
        writers[0].stdout.readline()
    writers[0].kill()
    said = []
    for w in writers:
        out, _ = w.communicate(timeout=60)
        said += out.split()
    assert [w.returncode for w in writers[1:]] == [0, 0, 0]
    assert verify(place).sound
    with Journal(place) as journal:
        events = list(journal.events())
        by_command: dict[str, int] = {}
        for e in events:
            by_command[e.command] = by_command.get(e.command, 0) + 1
        assert set(by_command.values()) == {2}
        assert not set(said) - by_command.keys()
        assert [e.version for e in journal.of("shared")] == list(range(1, len(by_command) + 1))


def test_an_error_of_one_turn_is_told_to_all_of_it_and_the_next_turn_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Journal(tmp_path / "j", create=True) as journal:
        writer = journal._writer
        real = writer._write
        monkeypatch.setattr(writer, "_write", lambda *_: (_ for _ in ()).throw(ZeroDivisionError("broken")))
        with pytest.raises(ZeroDivisionError):
            passed(journal, 1)
        monkeypatch.setattr(writer, "_write", real)
        assert passed(journal, 1).recorded
        assert not passed(journal, 1).events[0].seq > 1


def test_a_writer_that_is_interrupted_while_it_waits_leaves_its_turn_to_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Interrupted(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            super().wait(5)
            raise KeyboardInterrupt

    with Journal(tmp_path / "j", create=True) as journal:
        writer = journal._writer
        real, inside, go = writer._write, threading.Event(), threading.Event()

        def slow(connection: object, commands: object) -> object:
            inside.set()
            go.wait(5)
            return real(connection, commands)  # type: ignore[arg-type]

        monkeypatch.setattr(writer, "_write", slow)
        leader = threading.Thread(target=lambda: passed(journal, 1))
        leader.start()
        inside.wait(5)
        monkeypatch.setattr("youyi.journal.writing._Waiting.__init__", _waiting_with(Interrupted))
        stopped = []

        def be_interrupted() -> None:
            try:
                passed(journal, 2)
            except KeyboardInterrupt:
                stopped.append(True)

        second = threading.Thread(target=be_interrupted)
        second.start()
        while not writer._queue:
            inside.wait(0.01)
        monkeypatch.undo()
        third = threading.Thread(target=lambda: passed(journal, 3))
        third.start()
        go.set()
        for t in (leader, second, third):
            t.join(10)
        assert stopped == [True]
        assert passed(journal, 4).recorded
        assert {1, 3, 4} <= {e.payload["number"] for e in journal.events()}


def _waiting_with(signal: type) -> object:
    def init(self: object, command: object) -> None:
        self.command, self.receipt, self.error, self.woken = command, None, None, signal()  # type: ignore[attr-defined]

    return init


@pytest.fixture
def little(tmp_path: Path) -> Path:
    """A file system of two megabytes."""
    folder = tmp_path / "little"
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", folder], capture_output=True, check=False).returncode:
        pytest.skip("a small file system cannot be mounted here: not root, or not Linux")
    yield folder  # type: ignore[misc]
    subprocess.run(["umount", "-l", folder], check=True)


def test_a_full_disk_refuses_and_loses_nothing_and_writing_goes_on_once_there_is_room(little: Path) -> None:
    (little / "ballast").write_bytes(bytes(600_000))
    place = str(little / "port.journal")
    with Journal(place, create=True) as journal:
        recorded = 0

        def fill() -> None:
            nonlocal recorded
            while passed(journal, recorded, filling="x" * 5_000).recorded:
                recorded += 1

        with pytest.raises(UnavailableError, match="full"):
            fill()
        assert recorded > 20
        with pytest.raises(UnavailableError):
            passed(journal, recorded, filling="x" * 5_000)
        assert [e.payload["number"] for e in journal.events()] == list(range(recorded))
        (little / "ballast").unlink()
        assert passed(journal, recorded, filling="x" * 5_000).events[0].seq == recorded + 1
    assert verify(place).sound
