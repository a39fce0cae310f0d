"""Any change is noticed and the first broken event named: every byte of a small journal in turn, and what an insider would try."""

from __future__ import annotations

import os
import random
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from journal.conftest import passed
from youyi.journal import Draft, Journal, Personal
from youyi.journal.event import envelope, hash_of
from youyi.journal.portable import export, verify_file
from youyi.journal.tables import EVENT, HEAD, META, OUTBOX, TILE
from youyi.journal.verifying import MAX_FINDINGS, Verification, verify

SMALL = 5


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A closed journal of five events in one file of small pages, and its export."""
    folder = tmp_path_factory.mktemp("small")
    with sqlite3.connect(folder / "j") as raw:
        raw.execute("PRAGMA page_size=512")
        raw.execute("PRAGMA user_version=1")
    raw.close()
    with Journal(folder / "j", create=True) as journal:
        for number in range(SMALL - 1):
            passed(journal, number, f"truck/{number % 2}")
        journal.append([Draft("truck/1", "driver.seen", {"driver": Personal("driver/1", "A")}, topics=("mqtt",))], id="seen", actor="gate/1")
    with (folder / "j.jsonl").open("wb") as out:
        export(folder / "j", out)
    assert not (folder / "j-wal").exists()
    return folder / "j"


def content(file: Path) -> Any:
    """All that can be read of a journal's file."""
    connection = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
    try:
        recorded = [connection.execute(f"SELECT * FROM {t.name} ORDER BY 1, 2").fetchall() for t in (EVENT, HEAD, TILE, META)]
        return recorded, connection.execute(f"SELECT seq, topic FROM {OUTBOX.name}").fetchall()
    finally:
        connection.close()


def flip(small: Path, folder: Path, places: range | list[int]) -> tuple[int, int, int, list[str]]:
    """Flip one byte after another: how many were named, how many made the file no database, how many changed nothing, and what went wrong."""
    whole, before, there = small.read_bytes(), content(small), folder / "flipped"
    named = unreadable = nothing = 0
    wrong = []
    for place in places:
        there.write_bytes(whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :])
        try:
            found = verify(there)
        except Exception as error:
            wrong.append(f"byte {place}: {type(error).__name__}: {error}")
            continue
        if found.broken is not None:
            named += 1
        elif not found.sound:
            unreadable += 1
        else:
            nothing += 1
            if content(there) != before:
                wrong.append(f"byte {place}: passed over a change")
        for ending in ("-wal", "-shm", "-journal"):
            there.with_name(there.name + ending).unlink(missing_ok=True)
    return named, unreadable, nothing, wrong


def test_a_flipped_byte_anywhere_is_named_or_the_file_is_no_journal_or_nothing_that_can_be_read_has_changed(small: Path, tmp_path: Path) -> None:
    size = small.stat().st_size
    named, unreadable, _, wrong = flip(small, tmp_path, random.Random(4).sample(range(size), 500))
    assert not wrong
    assert named + unreadable > 100


@pytest.mark.prove
def test_every_byte_of_a_small_journal_flipped_is_noticed_or_has_changed_nothing_that_can_be_read(small: Path, tmp_path: Path) -> None:
    size = small.stat().st_size
    named, unreadable, nothing, wrong = flip(small, tmp_path, range(size))
    assert not wrong
    assert named + unreadable + nothing == size
    assert named > 1_000


def test_every_byte_of_an_event_flipped_names_that_event(small: Path, tmp_path: Path) -> None:
    whole = small.read_bytes()
    marks = [whole.index(f'"number":{n}'.encode()) for n in range(SMALL - 1)]
    with Journal(small) as journal:
        texts = [e.text.encode() for e in journal.events()]
    for seq, (place, payload) in enumerate(zip(marks, texts, strict=False), 1):
        start = whole.index(payload)
        assert start <= place < start + len(payload)
        for byte in range(start, start + len(payload)):
            (tmp_path / "f").write_bytes(whole[:byte] + bytes([whole[byte] ^ 1]) + whole[byte + 1 :])
            assert verify(tmp_path / "f").broken == seq


def test_every_byte_of_an_export_flipped_is_noticed_and_names_an_event_where_it_lies_in_one(small: Path, tmp_path: Path) -> None:
    whole = small.with_suffix(".jsonl").read_bytes()
    lines = whole.splitlines(keepends=True)
    line_of = [n for n, line in enumerate(lines) for _ in line]
    for byte in range(len(whole)):
        (tmp_path / "f").write_bytes(whole[:byte] + bytes([whole[byte] ^ 0x01]) + whole[byte + 1 :])
        found = verify_file(tmp_path / "f")
        assert not found.sound, byte
        if 1 <= line_of[byte] <= SMALL:
            assert found.broken is not None
            assert found.broken in (line_of[byte], line_of[byte] + 1), byte


def test_a_file_cut_anywhere_is_noticed(small: Path, tmp_path: Path) -> None:
    for file, check in ((small, verify), (small.with_suffix(".jsonl"), verify_file)):
        whole = file.read_bytes()
        for length in {*range(0, len(whole), max(1, len(whole) // 150)), *(len(whole) - n for n in range(1, 40))}:
            (tmp_path / "f").write_bytes(whole[:length])
            found: Verification = check(tmp_path / "f")  # type: ignore[operator]
            assert not found.sound, length
        (tmp_path / "f").write_bytes(whole + b"{}\n")
        assert file == small or not verify_file(tmp_path / "f").sound


# -- an insider with the database's password -------------------------------------------------------------------------


def change(place: str, *statements: str, **values: object) -> None:
    engine = create_engine(place.replace("postgresql:", "postgresql+psycopg:") if "://" in place else f"sqlite:///{place}")
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement.replace(":6", r"\:6")), values)
    engine.dispose()


@pytest.mark.parametrize(
    ("statement", "broken", "code"),
    [
        ("""UPDATE event SET text = '{"gate":"G9","number":6}' WHERE seq = 7""", 7, "JRN-BROKEN"),
        ("UPDATE event SET actor = 'gate/2' WHERE seq = 7", 7, "JRN-BROKEN"),
        ("UPDATE event SET at = '2020-01-01T00:00:00.000000Z' WHERE seq = 300", 300, "JRN-BROKEN"),
        ("UPDATE event SET command = 'other' WHERE seq = 7", 7, "JRN-BROKEN"),
        ("UPDATE event SET hash = content WHERE seq = 7", 7, "JRN-BROKEN"),
        ("DELETE FROM event WHERE seq = 7", 7, "JRN-GAP"),
        ("DELETE FROM event WHERE seq > 290", 291, "JRN-CUT"),
        ("DELETE FROM event", 1, "JRN-CUT"),
        ("UPDATE event SET seq = 1000 WHERE seq = 300", 300, "JRN-GAP"),
        ("UPDATE event SET topics = 'elsewhere' WHERE seq = 8", 8, "JRN-BROKEN"),
        ("UPDATE tile SET hash = (SELECT last FROM head)", None, "JRN-NODE"),
        ("DELETE FROM tile", None, "JRN-NODE"),
        ("UPDATE head SET size = 299", 300, "JRN-HEAD"),
        ("UPDATE head SET last = (SELECT hash FROM event WHERE seq = 3)", 300, "JRN-HEAD"),
        ("INSERT INTO outbox VALUES (9, 'elsewhere', 0, '')", 9, "JRN-OUTBOX"),
        ("INSERT INTO outbox VALUES (900, 'mqtt', 0, '')", 900, "JRN-OUTBOX"),
        ("UPDATE meta SET value = 'other' WHERE name = 'journal'", 1, "JRN-BROKEN"),
    ],
)
def test_what_an_insider_changes_is_named(place: str, statement: str, broken: int | None, code: str) -> None:
    with Journal(place, create=True) as journal:
        journal.append([Draft(f"truck/{n % 3}", "gate.passed", {"gate": "G1", "number": n}) for n in range(300)], id="c", actor="gate/1")
    assert verify(place).sound
    change(place, statement)
    found = verify(place)
    assert not found.sound
    assert found.broken == broken
    assert code in [f.code for f in found.findings]
    assert len(found.findings) <= MAX_FINDINGS + 1


def test_an_event_written_anew_with_a_hash_that_fits_breaks_the_next(journal: Journal, place: str) -> None:
    for number in range(4):
        passed(journal, number)
    events = list(journal.events())
    forged = _forged(events[1], '{"gate":"G9","number":1}')
    change(place, "UPDATE event SET text = :text, hash = :hash WHERE seq = 2", text='{"gate":"G9","number":1}', hash=forged)
    assert verify(place).broken == 3


def _forged(event: Any, payload: str) -> bytes:
    e = event
    return hash_of(envelope(e.seq, e.subject, e.version, e.kind, e.schema, e.actor, e.at, e.command, e.ordinal, e.content, e.topics, payload, e.previous))


def test_only_a_head_kept_elsewhere_shows_that_the_end_was_cut_off_or_written_anew(tmp_path: Path) -> None:
    place = str(tmp_path / "j")
    with Journal(place, create=True) as journal:
        for number in range(3):
            passed(journal, number)
        older = journal.head()
        copy = Path(place + ".copy")
        with sqlite3.connect(place) as raw, sqlite3.connect(copy) as other:
            raw.backup(other)
        raw.close()
        other.close()
        passed(journal, 3)
        kept = journal.head()
    with Journal(copy) as journal:
        passed(journal, 99)
    assert verify(copy).sound  # by itself it is a journal without fault
    assert [f.code for f in verify(copy, trusted=kept).findings] == ["JRN-REWRITTEN"]
    assert verify(copy, trusted=older).sound
    with Journal(copy) as journal:
        passed(journal, 100)
        longer = journal.head()
    assert verify(place, trusted=longer).broken == 5
    other_id = verify(place, trusted=kept.__class__("other", kept.size, kept.last, kept.root))
    assert [f.code for f in other_id.findings] == ["JRN-OTHER"]


def test_verifying_changes_no_byte_and_asks_for_no_right_to_write(tmp_path: Path) -> None:
    place = tmp_path / "j"
    with Journal(place, create=True) as journal:
        passed(journal, 1)
    before = place.read_bytes()
    os.chmod(place, 0o444)  # noqa: PTH101
    assert verify(place).sound
    assert place.read_bytes() == before


def test_progress_is_told_up_to_the_whole(tmp_path: Path) -> None:
    with Journal(tmp_path / "j", create=True) as journal:
        for number in range(3):
            journal.append([Draft("t", "k")] * 1_000, id=str(number), actor="a")
    told: list[tuple[int, int]] = []
    tell: Callable[[int, int], None] = lambda done, total: told.append((done, total))  # noqa: E731
    verify(tmp_path / "j", progress=tell)
    assert told == [(1000, 3000), (2000, 3000), (3000, 3000), (3000, 3000)]
