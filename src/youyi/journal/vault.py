"""The keys of persons: one each, kept apart from the chain. Erasing a key erases the person, and the chain still verifies.

By default the vault of an SQLite journal is a second file beside it (`x.journal` → `x.journal.keys`), and that of a PostgreSQL
journal a table of the same database. An erased person leaves a row without a key, so that no new key is made for them unnoticed.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, Engine, insert, inspect, select, text, update

from youyi.journal.errors import NotThereError
from youyi.journal.tables import KEY, KEYS, connect, file_of, lock, reading, shown, writing

KEY_BYTES = 32
CHUNK = 500


def vault_of(journal: str | Path) -> str:
    """Where a journal's keys lie unless told otherwise."""
    file = file_of(journal)
    return f"{file}.keys" if file else str(journal)


@dataclass(frozen=True, slots=True)
class Kept:
    """A person's row: the key, or None and when it was erased."""

    person: str
    key: bytes | None
    erased: str


class Vault:
    """The keys of persons at a place. Safe for threads; each process opens its own.

    Raises NotThereError where there is none and `create` is false.
    """

    def __init__(self, place: str | Path, *, create: bool = False) -> None:
        self.place = shown(place)
        self._file = file_of(place)
        fresh = create and self._file is not None and not self._file.exists()
        if fresh and self._file is not None:
            os.close(os.open(self._file, os.O_CREAT | os.O_WRONLY, 0o600))
        self._engine: Engine = connect(place, create=create, wal=False)
        try:
            self._settle(create)
        except BaseException:
            self._engine.dispose()
            raise

    def _settle(self, create: bool) -> None:
        with writing(self._engine) if create else reading(self._engine) as connection:
            if create:
                lock(connection)
                KEYS.create_all(connection)
            elif not inspect(connection).has_table(KEY.name):
                raise NotThereError(f"{self.place}: holds no keys of persons")

    def close(self) -> None:
        """Let go of the store."""
        self._engine.dispose()

    def find(self, persons: Iterable[str]) -> dict[str, Kept]:
        """The rows of those persons that have one."""
        asked = sorted(set(persons))
        found: dict[str, Kept] = {}
        with reading(self._engine) as connection:
            for start in range(0, len(asked), CHUNK):
                rows = connection.execute(select(KEY).where(KEY.c.person.in_(asked[start : start + CHUNK])))
                found |= {r.person: Kept(r.person, r.key, r.erased) for r in rows}
        return found

    def provide(self, persons: Iterable[str]) -> dict[str, Kept]:
        """The rows of all those persons; a key is made, and is on disk, for each that is new. An erased person stays erased."""
        asked = set(persons)
        found = self.find(asked)
        for person in sorted(asked - found.keys()):
            with writing(self._engine) as connection:
                lock(connection)
                _put(connection, Kept(person, secrets.token_bytes(KEY_BYTES), ""))
        return found if len(found) == len(asked) else self.find(asked)

    def erase(self, person: str) -> bool:
        """Destroy a person's key; False where no such person has or had one. When it returns, the store's own files do not hold the key.

        SQLite overwrites it with zeros. PostgreSQL rewrites the table; its write-ahead log keeps the key until it is recycled.
        """
        now = datetime.now(UTC).isoformat(timespec="seconds")
        with writing(self._engine) as connection:
            row = connection.execute(select(KEY.c.key).where(KEY.c.person == person)).first()
            if row is not None and row.key is not None:
                connection.execute(update(KEY).where(KEY.c.person == person).values(key=None, erased=now))
        if row is not None:
            self._sweep()
        return row is not None

    def _sweep(self) -> None:
        if self._engine.dialect.name == "postgresql":
            with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.execute(text(f"VACUUM (FULL) {KEY.name}"))

    def all(self) -> list[Kept]:
        """Every row, in order of person."""
        with reading(self._engine) as connection:
            return [Kept(r.person, r.key, r.erased) for r in connection.execute(select(KEY).order_by(KEY.c.person))]

    def put(self, rows: Iterable[Kept]) -> int:
        """Take up rows from elsewhere; a person that has a row here keeps it. How many were new."""
        with writing(self._engine) as connection:
            lock(connection)
            return sum(_put(connection, row) for row in rows)


def _put(connection: Connection, row: Kept) -> bool:
    if connection.execute(select(KEY.c.person).where(KEY.c.person == row.person)).first() is not None:
        return False
    connection.execute(insert(KEY).values(person=row.person, key=row.key, erased=row.erased))
    return True
