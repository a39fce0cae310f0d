"""A journal as a text file: one line an event, exactly the bytes that were hashed. The same from either store, and to either.

    {"journal":"…","layout":1,"youyi":"journal"}
    {"actor":…}                                        each event's envelope, in order
    {"pending":[17,"mqtt"]}                            each message that still waits in the outbox
    {"events":…,"last":"…","root":"…","sha256":"…"}    the head, and SHA-256 of all lines before

Keys of persons are not in it; they travel in a file of their own, or not at all.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import IO, Any

from sqlalchemy import Connection, insert, inspect, select

from youyi.finding import Finding, Severity
from youyi.journal import reading
from youyi.journal.canonical import canonical
from youyi.journal.errors import NotThereError, UnreadableError
from youyi.journal.event import MAX_NAME, MAX_PAYLOAD, Event, genesis, hash_of, is_name
from youyi.journal.reading import Head
from youyi.journal.tables import EVENT, HEAD, LAYOUT, META, OUTBOX, SCHEMA, TILE, connect, file_of, lock, shown, writing
from youyi.journal.tables import reading as picture
from youyi.journal.verifying import Progress, Verification, Walk, silent

BATCH = 1_000
MAX_LINE = MAX_PAYLOAD + 16 * MAX_NAME + 2_048
"""Bytes of one line; a longer one is not read."""

_CONTENT = re.compile("[0-9a-f]{64}")


def export(place: str | Path, out: IO[bytes], progress: Progress = silent) -> Head:
    """Write a journal as a text file, from one picture of it; others may go on writing. Raises NotThereError or UnreadableError."""
    engine = connect(place)
    digest = sha256()

    def put(value: bytes) -> None:
        digest.update(value + b"\n")
        out.write(value + b"\n")

    try:
        with picture(engine) as connection:
            if not inspect(connection).has_table(META.name):
                raise NotThereError(f"{shown(place)}: there is no journal")
            head = reading.head(connection)
            put(canonical({"journal": head.journal, "layout": LAYOUT, "youyi": "journal"}))
            for event in reading.events(connection, upto=head.size):
                put(event.envelope)
                if event.seq % BATCH == 0:
                    progress(event.seq, head.size)
            for row in connection.execute(select(OUTBOX).order_by(OUTBOX.c.seq, OUTBOX.c.topic)):
                put(canonical({"pending": [row.seq, row.topic]}))
    finally:
        engine.dispose()
    out.write(canonical({"events": head.size, "last": head.last.hex(), "root": head.root.hex(), "sha256": digest.hexdigest()}) + b"\n")
    progress(head.size, head.size)
    return head


def is_export(place: str | Path) -> bool:
    """Whether a place is a file that begins as an export does."""
    file = file_of(place)
    if file is None or not file.is_file():
        return False
    with file.open("rb") as stream:
        return stream.read(1) == b"{"


class _BadLineError(ValueError):
    """A line that cannot be what was written."""


def _records(stream: IO[bytes], walk: Walk) -> Iterator[Event | tuple[int, str]]:
    """The events and waiting messages of a file; faults go to the walk, which they end."""
    digest = sha256()
    number = 0
    try:
        first = _line(stream)
        header = json.loads(first)
        if not isinstance(header, dict) or header.get("youyi") != "journal" or canonical(header) != first:
            raise _BadLineError("this is not an exported journal")
        if header.get("layout") != LAYOUT:
            raise _BadLineError(f"layout {header.get('layout')}; this program reads layout {LAYOUT}")
        walk.journal = str(header["journal"])
        digest.update(first + b"\n")
        while True:
            number += 1
            line = _line(stream)
            record = json.loads(line)
            if "events" in record:
                _check_end(stream, line, record, digest.hexdigest(), walk)
                return
            digest.update(line + b"\n")
            if "pending" in record:
                seq, topic = record["pending"]
                if canonical({"pending": [seq, topic]}) != line:
                    raise _BadLineError("is not written as an export writes it")
                yield int(seq), str(topic)
            else:
                event = _event(record)
                if event.envelope != line:
                    raise _BadLineError("is not written as an export writes it")
                yield event
    except (_BadLineError, ValueError, KeyError, TypeError, RecursionError, AttributeError) as error:
        where = number if number <= walk.frontier.size + 1 and number else None
        what = f"event {number}" if where else "the file"
        walk.wrong("JRN-UNREADABLE", where, f"{what} cannot be read, and nothing after it was checked: {error}")


def _line(stream: IO[bytes]) -> bytes:
    line = stream.readline(MAX_LINE)
    if not line:
        raise _BadLineError("the file ends before its last line")
    if not line.endswith(b"\n"):
        raise _BadLineError("the file ends in the middle of a line, or a line is too long")
    return line[:-1]


def _event(r: dict[str, Any]) -> Event:
    if not all(type(r[k]) is int for k in ("seq", "version", "schema", "ordinal")):
        raise _BadLineError("a number is not an integer")
    if not all(is_name(n) for n in (r["subject"], r["kind"], r["actor"], r["command"], *r["topics"])) or not _CONTENT.fullmatch(r["content"]):
        raise _BadLineError("a name is not one")
    event = Event(
        r["seq"],
        r["subject"],
        r["version"],
        r["kind"],
        r["schema"],
        r["actor"],
        r["at"],
        r["command"],
        r["ordinal"],
        r["content"],
        tuple(r["topics"]),
        canonical(r["payload"]).decode(),
        bytes.fromhex(r["previous"]),
        b"",
    )
    return replace(event, hash=hash_of(event.envelope))


def _check_end(stream: IO[bytes], line: bytes, record: dict[str, Any], digest: str, walk: Walk) -> None:
    head = walk.head
    if canonical({"events": head.size, "last": head.last.hex(), "root": head.root.hex(), "sha256": digest}) != line:
        seq = head.size + 1 if isinstance(record.get("events"), int) and record["events"] > head.size else head.size or None
        walk.wrong("JRN-HEAD", seq, f"the last line is not that of these {head.size} events: events were cut off, or the last was changed")
    if stream.read(1):
        walk.wrong("JRN-TRAILING", None, "something follows the last line")


def verify_file(path: Path, *, trusted: Head | None = None, progress: Progress = silent) -> Verification:
    """Verify an exported journal. Raises NotThereError where there is no such file."""
    started = time.perf_counter()
    walk = Walk("", trusted)
    with _opened(path) as stream:
        for record in _records(stream, walk):
            _see(walk, record)
            if walk.frontier.size % BATCH == 0:
                progress(walk.frontier.size, 0)
    walk.finish()
    return Verification(str(path), walk.head, walk.broken, tuple(walk.findings), time.perf_counter() - started)


def _see(walk: Walk, record: Event | tuple[int, str]) -> None:
    if isinstance(record, Event):
        walk.see(record)
    elif not 1 <= record[0] <= walk.frontier.size:
        walk.wrong("JRN-OUTBOX", None, f"a message waits for event {record[0]}, which is not there")


def load(path: Path, place: str | Path, progress: Progress = silent) -> Verification:
    """Bring an exported journal to a place where there is none, verified on the way: whole, or not at all.

    Raises UnreadableError where a journal is there already, NotThereError where there is no such file.
    """
    started = time.perf_counter()
    file = file_of(place)
    fresh = file is not None and not file.exists()
    walk = Walk("")
    engine = connect(place, create=True)
    try:
        with _opened(path) as stream, writing(engine) as connection:
            lock(connection)
            if inspect(connection).has_table(META.name):
                raise UnreadableError(f"{shown(place)}: there is a journal already; nothing was imported")
            SCHEMA.create_all(connection)
            _fill(connection, stream, walk, progress)
            walk.finish()
            if walk.broken is not None or any(f.severity is Severity.ERROR for f in walk.findings):
                raise _UndoError
    except _UndoError:
        walk.findings.append(Finding("JRN-NOT-IMPORTED", Severity.ERROR, "", "nothing was imported"))
        fresh = _remove(file, fresh)
    except BaseException:
        fresh = _remove(file, fresh)
        raise
    finally:
        engine.dispose()
    return Verification(shown(place), walk.head, walk.broken, tuple(walk.findings), time.perf_counter() - started)


class _UndoError(Exception):
    """Ends a transaction without its content."""


def _remove(file: Path | None, fresh: bool) -> bool:
    if file is not None and fresh:
        for ending in ("", "-wal", "-shm"):
            file.with_name(file.name + ending).unlink(missing_ok=True)
    return False


def _fill(connection: Connection, stream: IO[bytes], walk: Walk, progress: Progress) -> None:
    rows: list[dict[str, Any]] = []
    pending: list[dict[str, Any]] = []
    for record in _records(stream, walk):
        _see(walk, record)
        if isinstance(record, Event):
            rows.append(_row(record))
            if len(rows) == BATCH:
                connection.execute(insert(EVENT), rows)
                rows.clear()
                progress(walk.frontier.size, 0)
        else:
            pending.append({"seq": record[0], "topic": record[1], "attempts": 0, "until": ""})
        if walk.broken is not None:
            return
    for table, content in ((EVENT, rows), (OUTBOX, pending), (TILE, [{"level": lv, "place": p, "hash": h} for (lv, p), h in sorted(walk.tiles.items())])):
        if content:
            connection.execute(insert(table), content)
    connection.execute(insert(META), [{"name": "layout", "value": str(LAYOUT)}, {"name": "journal", "value": walk.journal}])
    last = walk.last if walk.frontier.size else genesis(walk.journal)
    connection.execute(insert(HEAD).values(one=1, size=walk.frontier.size, last=last, peaks=walk.frontier.peaks))


def _row(event: Event) -> dict[str, Any]:
    return {
        "seq": event.seq,
        "subject": event.subject,
        "version": event.version,
        "kind": event.kind,
        "schema": event.schema,
        "actor": event.actor,
        "at": event.at,
        "command": event.command,
        "ordinal": event.ordinal,
        "content": bytes.fromhex(event.content),
        "topics": ",".join(event.topics),
        "text": event.text,
        "hash": event.hash,
    }


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    if not path.is_file():
        raise NotThereError(f"{path}: there is no such file")
    with path.open("rb") as stream:
        yield stream
