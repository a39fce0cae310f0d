"""Whether a journal is what it was: every event recomputed, offline, and the first broken one named.

A change to an event breaks its own hash, or, where that was made to fit, the link of the next. Who can rewrite every event from there
to the end, and the head, leaves no trace inside: against that, keep a head elsewhere and give it as `trusted`.
"""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, func, select, text
from sqlalchemy.exc import SQLAlchemyError

from youyi.finding import Finding, Severity
from youyi.journal import reading
from youyi.journal.errors import JournalError, UnreadableError
from youyi.journal.event import Event, genesis, hash_of
from youyi.journal.merkle import Frontier
from youyi.journal.reading import Head
from youyi.journal.tables import EVENT, HEAD, OUTBOX, TILE, connect, shown
from youyi.journal.tables import reading as picture

MAX_FINDINGS = 100
"""Findings kept; the first broken event is always among them."""

_STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")

Progress = Callable[[int, int], None]
"""Called now and then with how many events are done, of how many."""

_BROKEN_ROW = (SQLAlchemyError, JournalError, sqlite3.Error, AttributeError, TypeError, ValueError, OverflowError)
"""What reading a damaged row may raise: a flipped byte can turn text into a number, a blob into nothing."""


def silent(_done: int, _total: int) -> None:
    """No progress."""


@dataclass(frozen=True, slots=True)
class Verification:
    """What was found: the head as recomputed, the first broken event (its seq), every finding, how long it took in seconds."""

    place: str
    head: Head
    broken: int | None
    findings: tuple[Finding, ...]
    seconds: float

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong."""
        return not any(f.severity is Severity.ERROR for f in self.findings)

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "place": self.place,
            "sound": self.sound,
            **self.head.as_dict(),
            "first_broken": self.broken,
            "findings": [f.as_dict() for f in self.findings],
            "seconds": round(self.seconds, 3),
        }


@dataclass
class Walk:
    """Goes along the events of one journal and keeps what is wrong. The same for a database and for an exported file."""

    journal: str
    trusted: Head | None = None
    findings: list[Finding] = field(default_factory=list)
    broken: int | None = None
    more: int = 0
    frontier: Frontier = field(default_factory=Frontier)
    tiles: dict[tuple[int, int], bytes] = field(default_factory=dict)
    _versions: dict[str, int] = field(default_factory=dict)
    _before: Event | None = None

    @property
    def last(self) -> bytes:
        """The hash of the last event seen."""
        return self._before.hash if self._before else genesis(self.journal)

    @property
    def head(self) -> Head:
        """The head as recomputed."""
        return Head(self.journal, self.frontier.size, self.last, self.frontier.root)

    def wrong(self, code: str, seq: int | None, what: str) -> None:
        """Note a fault; `seq` is the event it lies in."""
        if seq is not None and (self.broken is None or seq < self.broken):
            self.broken = seq
        if len(self.findings) < MAX_FINDINGS:
            self.findings.append(Finding(code, Severity.ERROR, "" if seq is None else f"/events/{seq}", what))
        else:
            self.more += 1

    def see(self, event: Event) -> None:
        """The next event."""
        seq = self.frontier.size + 1
        if event.seq != seq:
            self.wrong("JRN-GAP", seq, f"event {seq} is missing: event {event.seq} stands in its place")
        elif event.previous != self.last or hash_of(event.envelope) != event.hash:
            self.wrong("JRN-BROKEN", seq, f"event {seq} is not what was recorded: its hash does not follow from its content and the event before")
        if event.version != self._versions.get(event.subject, 0) + 1:
            self.wrong("JRN-VERSIONS", event.seq, f"event {event.seq}: version {event.version} of {event.subject} does not follow")
        self._versions[event.subject] = event.version
        before = self._before
        if event.ordinal and (before is None or before.command != event.command or before.ordinal != event.ordinal - 1):
            self.wrong("JRN-HALF", event.seq, f"event {event.seq}: the events of command {event.command} do not stand together")
        if before is not None and event.at < before.at and not any(f.code == "JRN-CLOCK" for f in self.findings):
            note = f"the clock ran backwards at event {event.seq} ({before.at} to {event.at}): order is by seq, not by time"
            self.findings.append(Finding("JRN-CLOCK", Severity.NOTE, f"/events/{event.seq}", note))
        self.tiles |= {(level, place): node for level, place, node in self.frontier.add(event.hash)}
        self._before = event
        if self.trusted is not None and self.trusted.size == self.frontier.size:
            self._compare(self.trusted)

    def _compare(self, trusted: Head) -> None:
        if trusted.root != self.frontier.root or (trusted.last and trusted.last != self.last):
            self.wrong("JRN-REWRITTEN", None, f"the first {trusted.size} events are not those of the head that you hold: they were written anew")

    def finish(self) -> None:
        """After the last event."""
        if self.trusted is not None and self.trusted.size > self.frontier.size:
            missing = self.frontier.size + 1
            self.wrong("JRN-CUT", missing, f"the head that you hold has {self.trusted.size} events; event {missing} is missing")
        if self.trusted is not None and self.trusted.journal and self.trusted.journal != self.journal:
            self.wrong("JRN-OTHER", None, f"this is journal {self.journal}, the head that you hold is of {self.trusted.journal}")
        if self.more:
            self.findings.append(Finding("JRN-MORE", Severity.ERROR, "", f"and {self.more} faults more"))


def verify(place: str | Path, *, trusted: Head | None = None, progress: Progress = silent) -> Verification:
    """Verify a whole journal where it lies, without changing it. Raises NotThereError where there is nothing at that place.

    Memory: about 200 bytes a subject and 32 bytes per 256 events.
    """
    started = time.perf_counter()
    engine = connect(place, read_only=True)
    walk = Walk("", trusted)
    try:
        with picture(engine) as connection:
            walk.journal = reading.about(connection)["journal"]
            _walk(connection, walk, progress)
            _check_stored(connection, walk)
            walk.finish()
    except (UnreadableError, *_BROKEN_ROW) as error:
        walk.wrong("JRN-UNREADABLE", None, f"{shown(place)}: {_words(error)}")
    finally:
        engine.dispose()
    return Verification(shown(place), walk.head, walk.broken, tuple(walk.findings), time.perf_counter() - started)


def _walk(connection: Connection, walk: Walk, progress: Progress) -> None:
    total = int(connection.execute(select(func.coalesce(func.max(EVENT.c.seq), 0))).scalar_one())
    for page in (reading.PAGE, 1):  # the second time one by one, to name the row that cannot be read
        try:
            for event in _after(connection, walk.frontier.size, page):
                walk.see(event)
                if event.seq % reading.PAGE == 0:
                    progress(event.seq, total)
            progress(total, total)
            return
        except _BROKEN_ROW as error:
            if page == 1:
                seq = walk.frontier.size + 1
                walk.wrong("JRN-UNREADABLE", seq, f"event {seq} cannot be read, and nothing after it was checked: {_words(error)}")


def _after(connection: Connection, seq: int, page: int) -> Iterator[Event]:
    return reading.events(connection, seq, page=page)


def _check_stored(connection: Connection, walk: Walk) -> None:
    """What the store keeps beside the events: the head, the nodes, the outbox, and the pages of the file themselves."""
    head = connection.execute(select(HEAD)).one()
    seen = walk.frontier.size
    if head.size > seen and walk.broken is None:
        walk.wrong("JRN-CUT", seen + 1, f"the head has {head.size} events; event {seen + 1} is missing")
    elif walk.broken is None and (head.size, head.last, head.peaks) != (seen, walk.last, walk.frontier.peaks):
        walk.wrong("JRN-HEAD", seen or None, f"the head is not that of these {seen} events: the last was changed, or the head was")
    if walk.broken is None:
        stored = {(r.level, r.place): r.hash for r in connection.execute(select(TILE))}
        for level, place in sorted(stored.keys() ^ walk.tiles.keys() | {k for k in stored.keys() & walk.tiles.keys() if stored[k] != walk.tiles[k]}):
            first = place * 256**level + 1
            walk.wrong(
                "JRN-NODE", None, f"the stored node over events {first} to {first + 256**level - 1} is wrong or missing; the events themselves are sound"
            )
    _check_outbox(connection, walk)
    if connection.dialect.name == "sqlite":
        _check_file(connection, walk)


def _check_outbox(connection: Connection, walk: Walk) -> None:
    query = select(OUTBOX, EVENT.c.topics).select_from(OUTBOX.outerjoin(EVENT, EVENT.c.seq == OUTBOX.c.seq)).order_by(OUTBOX.c.seq)
    for row in connection.execute(query):
        if row.topics is None or row.topic not in str(row.topics).split(","):
            walk.wrong("JRN-OUTBOX", row.seq, f"the outbox holds a message for {row.topic} that event {row.seq} does not ask for")
        elif not isinstance(row.attempts, int) or row.attempts < 0 or (row.until != "" and not _STAMP.fullmatch(str(row.until))):
            walk.wrong("JRN-OUTBOX", None, f"the message of event {row.seq} for {row.topic} has a lease that is none")


def _check_file(connection: Connection, walk: Walk) -> None:
    for (line,) in connection.execute(text("PRAGMA integrity_check(20)")):
        if line != "ok":
            walk.wrong("JRN-DAMAGED", None, f"the file is damaged: {line}")
    file = Path(next(row.file for row in connection.execute(text("PRAGMA database_list")) if row.name == "main"))
    page, pages = (int(connection.execute(text(f"PRAGMA {what}")).scalar_one()) for what in ("page_size", "page_count"))
    size, log = file.stat().st_size, file.with_name(file.name + "-wal")
    if size % page or (size < page * pages and not (log.exists() and log.stat().st_size)):
        walk.wrong("JRN-DAMAGED", None, f"the file is cut off: {size:,} bytes of {page * pages:,}")


def _words(error: BaseException) -> str:
    return str(getattr(error, "orig", None) or error).strip().splitlines()[0] if str(error) else type(error).__name__
