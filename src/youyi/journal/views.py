"""Views: tables made from the events alone. They can be thrown away and made again, and come out the same.

A view's position is moved in the same transaction as its rows, so that each event is applied exactly once, whatever crashes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, MetaData, delete, insert, select, update

from youyi.journal.event import Event
from youyi.journal.reading import events
from youyi.journal.tables import SCHEMA, VIEW, lock, reading, writing

if TYPE_CHECKING:
    from youyi.journal.upcasting import Upcasts

BATCH = 1_000
"""Events applied in one transaction."""


@dataclass(frozen=True)
class View:
    """Tables and how one event changes them.

    `apply(connection, event)` writes to the view's own tables only, and depends on nothing but the event and them. What is personal
    reaches it sealed, and must be kept sealed: a view is not touched when a person is erased. A new `revision` makes the view anew.
    """

    name: str
    revision: int
    tables: MetaData
    apply: Callable[[Connection, Event], None]

    def __post_init__(self) -> None:
        if clash := sorted(set(self.tables.tables) & {*SCHEMA.tables, "person_key"}):
            raise ValueError(f"view {self.name}: {', '.join(clash)} is a table of the journal itself")


def catch_up(engine: Engine, view: View, upcasts: Upcasts) -> int:
    """Apply every event that the view has not seen; the place of the last. Others go on writing between batches of BATCH events."""
    while True:
        with writing(engine) as connection:
            lock(connection)
            position = _position(connection, view)
            seen = position
            for event in events(connection, position, position + BATCH):
                view.apply(connection, upcasts.lift(event))
                position = event.seq
            if position > seen:
                connection.execute(update(VIEW).where(VIEW.c.name == view.name).values(position=position))
        if position - seen < BATCH:
            return position


def rebuild(engine: Engine, view: View, upcasts: Upcasts) -> int:
    """Empty the view and make it anew from the first event; the place of the last. Until it is done its position says how far it is."""
    with writing(engine) as connection:
        lock(connection)
        _position(connection, view)
        _empty(connection, view)
    return catch_up(engine, view, upcasts)


def position_of(engine: Engine, view: View) -> int:
    """The place of the last event that the view has seen; 0 where it was never made or is of another revision."""
    with reading(engine) as connection:
        row = connection.execute(select(VIEW).where(VIEW.c.name == view.name)).first()
    return row.position if row is not None and row.revision == view.revision else 0


def _position(connection: Connection, view: View) -> int:
    row = connection.execute(select(VIEW).where(VIEW.c.name == view.name)).first()
    if row is not None and row.revision == view.revision:
        return int(row.position)
    if row is None:
        connection.execute(insert(VIEW).values(name=view.name, revision=view.revision, position=0))
    view.tables.drop_all(connection)
    view.tables.create_all(connection)
    connection.execute(update(VIEW).where(VIEW.c.name == view.name).values(revision=view.revision, position=0))
    return 0


def _empty(connection: Connection, view: View) -> None:
    for table in reversed(view.tables.sorted_tables):
        connection.execute(delete(table))
    connection.execute(update(VIEW).where(VIEW.c.name == view.name).values(position=0))
