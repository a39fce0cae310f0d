"""The one place where a journal is written: commands that wait together are recorded in one durable transaction (group commit).

Threads put their command in a queue. The first writes everything that waits, one sync for all, gives each its receipt, and hands
over to whoever has come meanwhile. Processes take turns by the database's own lock on the head row, so the order of
events is one, without gaps, whoever writes.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from threading import Event as Signal
from threading import Lock
from typing import Any

from sqlalchemy import Connection, Engine, TextClause, bindparam, insert, select, text, update

from youyi.journal.errors import UnavailableError
from youyi.journal.event import Event, Receipt, envelope, hash_of, refusal
from youyi.journal.merkle import Frontier
from youyi.journal.preparing import Prepared
from youyi.journal.reading import event_of, previous_hashes
from youyi.journal.tables import EVENT, HEAD, OUTBOX, TILE, writing

GROUP = 256
"""Commands recorded in one transaction at most."""
CHUNK = 256
"""Names asked for in one query: a power of two, below what SQLite lets stand in one."""

Clock = Callable[[], datetime]


def stamp(moment: datetime) -> str:
    """A moment as it is recorded: UTC, microseconds, a width that sorts."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


@dataclass(slots=True, eq=False)
class _Waiting:
    command: Prepared
    receipt: Receipt | None = None
    error: BaseException | None = None
    woken: Signal = field(default_factory=Signal)


@dataclass(slots=True)
class _Group:
    """What one transaction knows and gathers."""

    known: dict[str, tuple[Event, ...]]
    versions: dict[str, int]
    frontier: Frontier
    last: bytes
    at: str
    events: list[dict[str, Any]] = field(default_factory=list)
    tiles: list[dict[str, Any]] = field(default_factory=list)
    outbox: list[dict[str, Any]] = field(default_factory=list)


class Writer:
    """Records commands. Safe for threads."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine, self._clock = engine, clock
        self._queue: deque[_Waiting] = deque()
        self._guard = Lock()
        self._led = False

    def record(self, command: Prepared) -> Receipt:
        """Record one command; when it returns with events, they are on disk. Raises UnavailableError where the store did not confirm."""
        mine = _Waiting(command)
        with self._guard:
            self._queue.append(mine)
            leads, self._led = not self._led, True
        if not leads:
            try:
                mine.woken.wait()
            except BaseException:  # interrupted: the turn, where it has been given, goes to the next
                self._leave(mine)
                raise
        if mine.receipt is None and mine.error is None:
            try:
                self._serve(mine)
            finally:
                self._hand_over()
        if mine.receipt is None:
            raise mine.error or UnavailableError("no answer")
        return mine.receipt

    def _leave(self, mine: _Waiting) -> None:
        with self._guard:
            if mine in self._queue:
                self._queue.remove(mine)
            appointed = mine.woken.is_set() and mine.receipt is None and mine.error is None
        if appointed:
            self._hand_over()

    def _hand_over(self) -> None:
        """Whoever waits longest writes next; nobody who has an answer waits for another's transaction."""
        with self._guard:
            self._led = bool(self._queue)
            if self._queue:
                self._queue[0].woken.set()

    def _serve(self, mine: _Waiting) -> None:
        waiting: list[_Waiting] = []
        try:
            waiting += [self._queue.popleft() for _ in range(min(GROUP, len(self._queue)))]
            with writing(self._engine) as connection:
                receipts = self._write(connection, [w.command for w in waiting])
        except BaseException as error:  # every one of the group must hear of it, whatever it was
            for w in waiting:
                w.error = error if w is mine else UnavailableError(str(error) or type(error).__name__)
                w.woken.set()
            if mine not in waiting:
                raise
            return
        for w, receipt in zip(waiting, receipts, strict=True):
            w.receipt = receipt
            w.woken.set()

    def _write(self, connection: Connection, commands: Sequence[Prepared]) -> list[Receipt]:
        group = self._opened(connection, commands)
        receipts = [_take(group, command) for command in commands]
        if group.events:
            connection.execute(insert(EVENT), group.events)
            if group.tiles:
                connection.execute(insert(TILE), group.tiles)
            if group.outbox:
                connection.execute(insert(OUTBOX), group.outbox)
            connection.execute(update(HEAD).values(size=group.frontier.size, last=group.last, peaks=group.frontier.peaks))
        return receipts

    def _opened(self, connection: Connection, commands: Sequence[Prepared]) -> _Group:
        head = connection.execute(_HEAD).one()
        known = commands_in(connection, {c.id for c in commands})
        subjects = {line.subject for c in commands if c.id not in known for line in c.lines} | {s for c in commands for s in c.expected}
        return _Group(known, versions_in(connection, subjects), Frontier(head.size, head.peaks), head.last, stamp(self._clock()))


_HEAD = select(HEAD).with_for_update()
_COMMANDS = select(EVENT).where(EVENT.c.command.in_(bindparam("ids", expanding=True))).order_by(EVENT.c.command, EVENT.c.ordinal)


def commands_in(connection: Connection, ids: Iterable[str]) -> dict[str, tuple[Event, ...]]:
    """The events of those commands that were recorded."""
    found: dict[str, list[Any]] = {}
    for part in _parts(ids):
        for row in connection.execute(_COMMANDS, {"ids": part}):
            found.setdefault(row.command, []).append(row)
    if not found:
        return {}
    before = previous_hashes(connection, [row.seq for rows in found.values() for row in rows])
    return {command: tuple(event_of(row, before[row.seq]) for row in rows) for command, rows in found.items()}


def versions_in(connection: Connection, subjects: Iterable[str]) -> dict[str, int]:
    """The version of each subject: how many events it has."""
    found: dict[str, int] = {}
    for part in _parts(subjects):
        width = 1 << (len(part) - 1).bit_length()
        asked = {f"s{i}": part[i % len(part)] for i in range(width)}
        found |= {row.subject: row.version for row in connection.execute(_versions(width), asked) if row.version is not None}
    return found


@cache
def _versions(width: int) -> TextClause:
    """One look into the index for each subject. Grouping would read every event that a subject ever had."""
    one = "SELECT CAST(:s{0} AS TEXT) AS subject, (SELECT max(version) FROM event WHERE subject = :s{0}) AS version"
    return text(" UNION ".join(one.format(i) for i in range(width)))


def _parts(names: Iterable[str]) -> list[list[str]]:
    listed = sorted(set(names))
    return [listed[i : i + CHUNK] for i in range(0, len(listed), CHUNK)]


def repeat_of(command: str, content: bytes, events: tuple[Event, ...]) -> Receipt:
    """The answer to an id that is known: the first answer, or a refusal where it stood for something else."""
    if events[0].content == content.hex():
        return Receipt(command, events, repeated=True)
    text = f"{command} was used before for something else (event {events[0].seq}, {events[0].at}); a new command needs an id of its own"
    return refusal(command, "JRN-ID-TAKEN", "/id", text)


def _take(group: _Group, command: Prepared) -> Receipt:
    if (before := group.known.get(command.id)) is not None:
        return repeat_of(command.id, command.content, before)
    for subject, version in command.expected.items():
        if (now := group.versions.get(subject, 0)) != version:
            return refusal(command.id, "JRN-VERSION", f"/expected/{subject}", f"{subject} is at version {now}, not {version}: read it again and decide anew")
    events = tuple(_add(group, command, ordinal) for ordinal in range(len(command.lines)))
    group.known[command.id] = events
    return Receipt(command.id, events)


def _add(group: _Group, command: Prepared, ordinal: int) -> Event:
    line = command.lines[ordinal]
    seq, version = group.frontier.size + 1, group.versions.get(line.subject, 0) + 1
    group.versions[line.subject] = version
    content, previous = command.content.hex(), group.last
    leaf = hash_of(
        envelope(seq, line.subject, version, line.kind, line.schema, command.actor, group.at, command.id, ordinal, content, line.topics, line.text, previous)
    )
    group.tiles += [{"level": level, "place": place, "hash": node} for level, place, node in group.frontier.add(leaf)]
    group.last = leaf
    group.outbox += [{"seq": seq, "topic": topic, "attempts": 0, "until": ""} for topic in line.topics]
    group.events.append(
        {
            "seq": seq,
            "subject": line.subject,
            "version": version,
            "kind": line.kind,
            "schema": line.schema,
            "actor": command.actor,
            "at": group.at,
            "command": command.id,
            "ordinal": ordinal,
            "content": command.content,
            "topics": ",".join(line.topics),
            "text": line.text,
            "hash": leaf,
        }
    )
    return Event(
        seq, line.subject, version, line.kind, line.schema, command.actor, group.at, command.id, ordinal, content, line.topics, line.text, previous, leaf
    )
