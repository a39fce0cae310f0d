"""Where a journal lies: its tables, and the engine that reaches them. SQLite in a file, or PostgreSQL by a URL; one code path.

SQLite runs in WAL mode with synchronous=FULL: a commit returns when its bytes are synced. PostgreSQL's own defaults (fsync and
synchronous_commit on) promise the same, and are set for each connection whatever the server's configuration says.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Engine,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    create_engine,
    event,
    func,
    make_url,
    select,
    text,
)
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from youyi.journal.errors import NotThereError, UnavailableError, UnreadableError

LAYOUT = 1
"""Version of these tables. A journal of another layout is not opened."""
BUSY_SECONDS = 30
"""How long a writer waits for another's transaction."""
LOCK = 0x796F757969
"""PostgreSQL's advisory lock for what happens once: making tables, making a key."""

_BIG = BigInteger().with_variant(Integer, "sqlite")
SCHEMA = MetaData()
META = Table("meta", SCHEMA, Column("name", Text, primary_key=True), Column("value", Text, nullable=False))
EVENT = Table(
    "event",
    SCHEMA,
    Column("seq", _BIG, primary_key=True, autoincrement=False),
    Column("subject", Text, nullable=False),
    Column("version", _BIG, nullable=False),
    Column("kind", Text, nullable=False),
    Column("schema", Integer, nullable=False),
    Column("actor", Text, nullable=False),
    Column("at", Text, nullable=False),
    Column("command", Text, nullable=False),
    Column("ordinal", Integer, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("topics", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    UniqueConstraint("subject", "version", name="event_subject"),
    UniqueConstraint("command", "ordinal", name="event_command"),
)
HEAD = Table(
    "head",
    SCHEMA,
    Column("one", Integer, primary_key=True, autoincrement=False),
    Column("size", _BIG, nullable=False),
    Column("last", LargeBinary, nullable=False),
    Column("peaks", LargeBinary, nullable=False),
)
TILE = Table(
    "tile",
    SCHEMA,
    Column("level", Integer, primary_key=True, autoincrement=False),
    Column("place", _BIG, primary_key=True, autoincrement=False),
    Column("hash", LargeBinary, nullable=False),
)
OUTBOX = Table(
    "outbox",
    SCHEMA,
    Column("seq", _BIG, primary_key=True, autoincrement=False),
    Column("topic", Text, primary_key=True),
    Column("attempts", Integer, nullable=False),
    Column("until", Text, nullable=False),
    Index("outbox_topic", "topic", "seq"),
)
VIEW = Table("view", SCHEMA, Column("name", Text, primary_key=True), Column("revision", Integer, nullable=False), Column("position", _BIG, nullable=False))

KEYS = MetaData()
KEY = Table("person_key", KEYS, Column("person", Text, primary_key=True), Column("key", LargeBinary), Column("erased", Text, nullable=False))


def url_of(place: str | Path) -> str:
    """The URL of a place: a path is an SQLite file, `postgresql://…` is reached with psycopg."""
    text = str(place)
    if "://" not in text:
        return f"sqlite:///{Path(text).absolute()}"
    return "postgresql+psycopg://" + text.split("://", 1)[1] if text.startswith(("postgresql://", "postgres://")) else text


def file_of(place: str | Path) -> Path | None:
    """The SQLite file of a place, None where it is a server."""
    url = make_url(url_of(place))
    return Path(url.database) if url.get_backend_name() == "sqlite" and url.database else None


def shown(place: str | Path) -> str:
    """A place as it may be printed: without a password."""
    return str(file_of(place) or make_url(url_of(place)).render_as_string(hide_password=True))


def connect(place: str | Path, *, create: bool = False, wal: bool = True, read_only: bool = False) -> Engine:
    """An engine for a place.

    `create`: a file that is not there may be made. `wal=False`: a rollback journal that is removed at each commit and synced with its
    folder, and deleted content overwritten: for keys. Raises NotThereError without a file, UnreadableError for a URL that is not understood.
    """
    try:
        file = file_of(place)
        if file is None:
            engine = create_engine(url_of(place), connect_args={"options": "-c synchronous_commit=on -c client_encoding=UTF8"}, pool_pre_ping=True)
            if engine.dialect.name != "postgresql":
                raise UnreadableError(f"{shown(place)}: a journal lies in an SQLite file or in PostgreSQL")
            return engine
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError) as error:
        raise UnreadableError(f"{str(place).split('://')[0]}://…: {error}") from error
    if not create and not file.is_file():
        raise NotThereError(f"{file}: there is no such file")
    mode = "ro" if read_only else "rwc" if create else "rw"
    if read_only and not os.access(file.parent, os.W_OK) and not file.with_name(file.name + "-wal").exists():
        mode += "&immutable=1"  # SQLite wants a file beside a journal even to read it; on a read-only medium nobody writes
    engine = create_engine(
        f"sqlite:///file:{_quoted(file)}?mode={mode}&uri=true", connect_args={"timeout": BUSY_SECONDS, "isolation_level": None}, pool_size=10, max_overflow=40
    )

    @event.listens_for(engine, "connect")
    def _settle(raw: sqlite3.Connection, _record: Any) -> None:
        if not read_only:
            raw.execute(f"PRAGMA journal_mode={'WAL' if wal else 'DELETE'}")
            raw.execute(f"PRAGMA synchronous={'FULL' if wal else 'EXTRA'}")
            raw.execute("PRAGMA secure_delete=ON")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # A writer takes its lock at once: a read transaction that turns into a writing one can fail half-way.
        connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.get_execution_options().get("writing") else "BEGIN")

    return engine


def _quoted(file: Path) -> str:
    return str(file).replace("%", "%25").replace("?", "%3f").replace("#", "%23")


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """One durable transaction: when it ends without an exception, its content is on disk. Raises UnavailableError where the store refused it."""
    try:
        with engine.connect().execution_options(writing=True) as connection, connection.begin():
            yield connection
    except DBAPIError as error:
        raise unavailable(error) from error


def lock(connection: Connection) -> None:
    """Keep every other transaction that asks for this lock out until the end of this one. SQLite's writers are alone anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(LOCK)))


def durable(connection: Connection) -> bool:
    """Whether the store syncs at all. SQLite is told to by each connection; a server may have been told not to."""
    return connection.dialect.name != "postgresql" or connection.execute(text("SHOW fsync")).scalar_one() == "on"


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """One unchanging picture of the store. Raises UnreadableError where it cannot be read."""
    try:
        with engine.connect() as plain:
            connection = plain if engine.dialect.name == "sqlite" else plain.execution_options(isolation_level="REPEATABLE READ")
            with connection.begin():
                yield connection
    except DBAPIError as error:
        if _passing(error):
            raise unavailable(error) from error
        raise UnreadableError(f"{engine.url.render_as_string()}: {error.orig}") from error


def unavailable(error: DBAPIError) -> UnavailableError | UnreadableError:
    """What a failed write means."""
    text = str(error.orig).strip()
    if isinstance(error.orig, sqlite3.DatabaseError) and getattr(error.orig, "sqlite_errorname", "").startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
        return UnreadableError(text)
    return UnavailableError(f"{text}: whether it was recorded is told by sending it again with the same id")


def _passing(error: DBAPIError) -> bool:
    name = getattr(error.orig, "sqlite_errorname", "")
    return error.connection_invalidated or name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_FULL"))
