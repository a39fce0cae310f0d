"""The transactional outbox: what must leave the house is noted in the same transaction as the event, and delivered at least once.

A message is its event and a topic; what goes over the wire is made from the event by whoever delivers. The receiver tells doubles
apart by (journal, seq, topic).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Engine, and_, delete, func, or_, select, update

from youyi.journal.event import Event
from youyi.journal.reading import events_at
from youyi.journal.tables import OUTBOX, lock, reading, writing
from youyi.journal.upcasting import Upcasts
from youyi.journal.writing import Clock, stamp

MAX_CLAIM = 1_000
"""Messages claimed at a time."""


@dataclass(frozen=True, slots=True)
class Message:
    """An event to be delivered to a topic, and how often it has been tried, this time included."""

    topic: str
    event: Event
    attempts: int


class Outbox:
    """The messages that wait. Safe for threads and processes."""

    def __init__(self, engine: Engine, clock: Clock, upcasts: Upcasts) -> None:
        self._engine, self._clock, self._upcasts = engine, clock, upcasts

    def claim(self, topic: str, limit: int = 100, lease: timedelta = timedelta(seconds=30)) -> list[Message]:
        """Take up to `limit` messages of a topic, the oldest first, for as long as the lease; then others may take them again.

        A clock that runs backwards lengthens a lease, one that jumps ahead ends it: a message may come twice, never not at all.
        """
        now = self._clock()
        free = or_(OUTBOX.c.until == "", OUTBOX.c.until <= stamp(now))
        with writing(self._engine) as connection:
            lock(connection)
            query = select(OUTBOX).where(and_(OUTBOX.c.topic == topic, free)).order_by(OUTBOX.c.seq).limit(min(limit, MAX_CLAIM))
            rows = connection.execute(query).all()
            if rows:
                taken = and_(OUTBOX.c.topic == topic, OUTBOX.c.seq.in_([r.seq for r in rows]))
                connection.execute(update(OUTBOX).where(taken).values(attempts=OUTBOX.c.attempts + 1, until=stamp(now + lease)))
            events = {e.seq: self._upcasts.lift(e) for e in events_at(connection, [r.seq for r in rows])}
        return [Message(topic, events[r.seq], r.attempts + 1) for r in rows]

    def done(self, messages: Sequence[Message]) -> None:
        """Those messages have arrived; they are not delivered again."""
        with writing(self._engine) as connection:
            for message in messages:
                connection.execute(delete(OUTBOX).where(OUTBOX.c.topic == message.topic, OUTBOX.c.seq == message.event.seq))

    def waiting(self) -> dict[str, int]:
        """How many messages wait, by topic."""
        query = select(OUTBOX.c.topic, func.count().label("messages")).group_by(OUTBOX.c.topic).order_by(OUTBOX.c.topic)
        with reading(self._engine) as connection:
            return {row.topic: row.messages for row in connection.execute(query)}
