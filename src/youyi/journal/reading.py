"""Reading a journal: events in order, the head, the hashes of the log. Always from one unchanging picture of the store."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select
from sqlalchemy.exc import DatabaseError

from youyi.journal.errors import UnreadableError
from youyi.journal.event import Event, genesis
from youyi.journal.merkle import Frontier
from youyi.journal.tables import EVENT, HEAD, LAYOUT, META, TILE

PAGE = 1_000
"""Events read at a time."""


@dataclass(frozen=True, slots=True)
class Head:
    """A journal at one moment: its id, how many events, the hash of the last, and the Merkle root over all. Keep it elsewhere, signed."""

    journal: str
    size: int
    last: bytes
    root: bytes

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {"journal": self.journal, "size": self.size, "last": self.last.hex(), "root": self.root.hex()}


def about(connection: Connection) -> dict[str, str]:
    """What the journal says of itself. Raises UnreadableError where it is no journal, or one of another layout."""
    try:
        found = {row.name: row.value for row in connection.execute(select(META))}
    except DatabaseError as error:
        raise UnreadableError(f"this is not a journal: {str(error.orig).strip()}") from error
    if "layout" not in found or "journal" not in found:
        raise UnreadableError("this is not a journal: it does not say which")
    if found["layout"] != str(LAYOUT):
        raise UnreadableError(f"this journal has layout {found['layout']}; this program reads layout {LAYOUT}: use a newer one")
    return found


def head(connection: Connection) -> Head:
    """The head as it stands."""
    journal = about(connection)["journal"]
    row = connection.execute(select(HEAD)).one()
    return Head(journal, row.size, row.last, Frontier(row.size, row.peaks).root)


def event_of(row: Any, previous: bytes) -> Event:
    """A row of the store as an event. Raises UnreadableError where its hash is none, as a damaged row's may be."""
    if not isinstance(row.hash, bytes) or len(row.hash) != 32:
        raise UnreadableError(f"event {row.seq}: its hash is none")
    return Event(
        row.seq,
        row.subject,
        row.version,
        row.kind,
        row.schema,
        row.actor,
        row.at,
        row.command,
        row.ordinal,
        row.content.hex(),
        tuple(row.topics.split(",")) if row.topics else (),
        row.text,
        previous,
        row.hash,
    )


def events(connection: Connection, after: int = 0, upto: int | None = None, page: int = PAGE) -> Iterator[Event]:
    """Events with `after` < seq <= `upto`, in order, read by pages."""
    previous = hash_before(connection, after + 1)
    while True:
        query = select(EVENT).where(EVENT.c.seq > after).order_by(EVENT.c.seq).limit(page)
        rows = connection.execute(query if upto is None else query.where(EVENT.c.seq <= upto)).all()
        for row in rows:
            yield event_of(row, previous)
            previous, after = row.hash, row.seq
        if len(rows) < page:
            return


def events_of(connection: Connection, subject: str, after: int = 0) -> list[Event]:
    """A subject's events with version > `after`, in order."""
    rows = connection.execute(select(EVENT).where(EVENT.c.subject == subject, EVENT.c.version > after).order_by(EVENT.c.version)).all()
    return together(connection, rows)


def events_at(connection: Connection, seqs: Sequence[int]) -> list[Event]:
    """The events at those places, in order."""
    rows: list[Any] = []
    for part in _parts(seqs):
        rows += connection.execute(select(EVENT).where(EVENT.c.seq.in_(part)).order_by(EVENT.c.seq)).all()
    return together(connection, rows)


def together(connection: Connection, rows: Sequence[Any]) -> list[Event]:
    """Rows from anywhere as events, each with the hash of the one before it."""
    before = previous_hashes(connection, [r.seq for r in rows]) if rows else {}
    return [event_of(row, before[row.seq]) for row in rows]


def previous_hashes(connection: Connection, seqs: Iterable[int]) -> dict[int, bytes]:
    """For each place the hash of the event before it."""
    wanted = sorted(set(seqs))
    found: dict[int, bytes] = {}
    for part in _parts([s - 1 for s in wanted]):
        found |= {r.seq + 1: r.hash for r in connection.execute(select(EVENT.c.seq, EVENT.c.hash).where(EVENT.c.seq.in_(part)))}
    if wanted and wanted[0] == 1:
        found[1] = genesis(about(connection)["journal"])
    if missing := [s for s in wanted if s not in found]:
        raise UnreadableError(f"event {missing[0] - 1} is missing")
    return found


def hash_before(connection: Connection, seq: int) -> bytes:
    """The hash of the event before a place, whether or not there is one at it."""
    if seq > 1:
        row = connection.execute(select(EVENT.c.hash).where(EVENT.c.seq == seq - 1)).first()
        return row.hash if row else b"\x00" * 32
    return genesis(about(connection)["journal"])


def _parts(seqs: Sequence[int]) -> list[Sequence[int]]:
    return [seqs[i : i + 400] for i in range(0, len(seqs), 400)]


class Hashes:
    """The log of a store, for proofs. Raises UnreadableError where a hash is missing."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def leaves(self, first: int, end: int) -> list[bytes]:
        """The hashes of events first + 1 to end."""
        rows = self._connection.execute(select(EVENT.c.hash).where(EVENT.c.seq > first, EVENT.c.seq <= end).order_by(EVENT.c.seq)).scalars().all()
        return _whole(rows, end - first, f"events {first + 1} to {end}")

    def tiles(self, level: int, first: int, end: int) -> list[bytes]:
        """Stored nodes."""
        query = select(TILE.c.hash).where(TILE.c.level == level, TILE.c.place >= first, TILE.c.place < end).order_by(TILE.c.place)
        return _whole(self._connection.execute(query).scalars().all(), end - first, f"nodes {first} to {end - 1} of level {level}")


def _whole(hashes: Sequence[bytes], count: int, what: str) -> list[bytes]:
    if len(hashes) != count:
        raise UnreadableError(f"{what}: {len(hashes)} of {count} are there")
    return list(hashes)
