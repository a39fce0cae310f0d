"""The journal: append, read, erase, deliver, derive."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import insert, inspect

from youyi.journal import preparing, reading, views
from youyi.journal.canonical import faults
from youyi.journal.errors import NotThereError, UnavailableError
from youyi.journal.event import MAX_NAME, Draft, Event, Receipt, genesis, is_name, refusal
from youyi.journal.merkle import Frontier
from youyi.journal.outbox import Outbox
from youyi.journal.personal import Personal, persons_in, reveal, walk
from youyi.journal.tables import HEAD, LAYOUT, META, SCHEMA, connect, durable, lock, shown, writing
from youyi.journal.tables import reading as picture
from youyi.journal.upcasting import Upcasts
from youyi.journal.vault import Vault, vault_of
from youyi.journal.writing import Clock, Writer, commands_in, repeat_of

ERASED_KIND = "person.erased"
"""The kind of event that says that a person has been erased."""


def utc_now() -> datetime:
    """The machine's clock. Order in a journal is by `seq` and never by the clock."""
    return datetime.now(UTC)


class Journal:
    """An append-only record at a place: an SQLite file's path, or `postgresql://…`.

    `create`: make it where there is none. `keys`: where the keys of persons lie (default: `vault_of(place)`). `upcasts`: how old
    payloads are read. Safe for threads; each process opens its own. Raises NotThereError, UnreadableError or UnavailableError.
    """

    def __init__(
        self, place: str | Path, *, keys: str | Path | None = None, create: bool = False, clock: Clock = utc_now, upcasts: Upcasts | None = None
    ) -> None:
        self.place = shown(place)
        self.upcasts = upcasts or Upcasts()
        self._engine = connect(place, create=create)
        self._keys_at = keys if keys is not None else vault_of(place)
        self._vault: Vault | None = None
        try:
            if create:
                self._found()
            with picture(self._engine) as connection:
                if not inspect(connection).has_table(META.name):
                    raise NotThereError(f"{self.place}: there is no journal")
                self.id = reading.about(connection)["journal"]
                if not durable(connection):
                    raise UnavailableError(f"{self.place}: the server runs with fsync off: what it acknowledges need not be on disk")
        except BaseException:
            self._engine.dispose()
            raise
        self._writer = Writer(self._engine, clock)
        self.outbox = Outbox(self._engine, clock, self.upcasts)

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the store. What was acknowledged is on disk already."""
        self._engine.dispose()
        if self._vault is not None:
            self._vault.close()

    def _found(self, journal: str = "") -> None:
        with writing(self._engine) as connection:
            lock(connection)
            if inspect(connection).has_table(META.name):
                return
            SCHEMA.create_all(connection)
            name = journal or secrets.token_hex(16)
            connection.execute(insert(META), [{"name": "layout", "value": str(LAYOUT)}, {"name": "journal", "value": name}])
            connection.execute(insert(HEAD).values(one=1, size=0, last=genesis(name), peaks=Frontier().peaks))

    @property
    def vault(self) -> Vault:
        """The keys of persons, made at first use."""
        if self._vault is None:
            self._vault = Vault(self._keys_at, create=True)
        return self._vault

    # -- writing -----------------------------------------------------------------------------------------------------

    def append(self, drafts: Sequence[Draft], *, id: str, actor: str, expected: Mapping[str, int] | None = None, content: Any = None) -> Receipt:
        """Record events, all or none; when it returns with events, they are on disk.

        `id`: from the client, and stored by it before it sends. The same id with the same content (`content`, by default the drafts)
        and actor gets the first answer; with other content it is refused. `expected`: the version that each subject must be at.
        Refusals are findings in the receipt. Raises UnavailableError where the store did not confirm, TypeError for what is not JSON.
        """
        said = preparing.content_from(drafts) if content is None else content
        if found := [*preparing.problems(id, actor, drafts), *faults(walk(content, _clear), "/content")]:
            return Receipt(id, findings=tuple(found))
        keys, erased = preparing.keys_for_all(self._vault_for, [said, *(d.payload for d in drafts)], make=True)
        if erased:
            return refusal(id, "JRN-ERASED", "/drafts", f"{erased[0]} has been erased: nothing personal can be recorded of them, nor compared")
        lines, found = preparing.seal_all(id, drafts, keys)
        if found:
            return Receipt(id, findings=tuple(found))
        return self._writer.record(preparing.Prepared(id, actor, tuple(lines), dict(expected or {}), preparing.content_of(actor, said, keys)))

    def answer(self, id: str, actor: str, content: Any) -> Receipt | None:
        """What was answered to this id before: its receipt, a refusal where it stood for something else, None where it is new."""
        if not is_name(id):
            return refusal(id, "JRN-NAME", "/id", f"{str(id)[:MAX_NAME]!r}: {preparing.NAME_RULE}")
        with picture(self._engine) as connection:
            before = commands_in(connection, [id]).get(id)
        if before is None:
            return None
        keys, erased = preparing.keys_for_all(self._vault_for, [content], make=True)
        if erased:
            return refusal(id, "JRN-ERASED", "/content", f"{erased[0]} has been erased: whether this is what {id} stood for cannot be told")
        return repeat_of(id, preparing.content_of(actor, content, keys), before)

    def erase(self, person: str, *, id: str, actor: str) -> Receipt:
        """Destroy a person's key, then record that it was done. Done again, it finds nothing left and says so the same way.

        If the machine stops between the two, the person is erased and the event is missing: erase again.
        """
        if not is_name(person) or not self.vault.erase(person):
            return refusal(id, "JRN-NO-PERSON", "/person", f"{person}: no key of such a person was ever kept here")
        return self.append([Draft(person, ERASED_KIND)], id=id, actor=actor)

    def _vault_for(self) -> Vault:
        return self.vault

    # -- reading -----------------------------------------------------------------------------------------------------

    def head(self) -> reading.Head:
        """Id, size, last hash and Merkle root as they stand. Keep one elsewhere: it is what shows that nothing was cut off."""
        with picture(self._engine) as connection:
            return reading.head(connection)

    def events(self, after: int = 0, upto: int | None = None, *, as_recorded: bool = False) -> Iterator[Event]:
        """Events with `after` < seq <= `upto` in order, from one picture of the journal, payloads in their current shape or as recorded."""
        with picture(self._engine) as connection:
            for event in reading.events(connection, after, upto):
                yield event if as_recorded else self.upcasts.lift(event)

    def of(self, subject: str, after: int = 0) -> list[Event]:
        """A subject's events with version > `after`, in order."""
        with picture(self._engine) as connection:
            return [self.upcasts.lift(e) for e in reading.events_of(connection, subject, after)]

    def open(self, event: Event) -> dict[str, Any]:
        """An event's payload with what is personal opened: `Personal` values, or `Erased` where the key is gone.

        Raises UnreadableError where what is sealed does not open with its person's key.
        """
        payload = event.payload
        persons = persons_in(payload)
        keys = {k.person: k.key for k in self.vault.find(persons).values()} if persons else {}
        opened: dict[str, Any] = reveal(payload, keys, preparing.bound_to(event.command, event.ordinal))
        return opened

    # -- deriving ----------------------------------------------------------------------------------------------------

    def catch_up(self, view: views.View) -> int:
        """Bring a view up to the last event; the place of it."""
        return views.catch_up(self._engine, view, self.upcasts)

    def rebuild(self, view: views.View) -> int:
        """Make a view anew from the first event; the place of the last."""
        return views.rebuild(self._engine, view, self.upcasts)

    def look(self, question: Callable[[Any], Any]) -> Any:
        """Ask a view: `journal.look(lambda connection: connection.execute(select(...)).all())`, in one picture of the store."""
        with picture(self._engine) as connection:
            return question(connection)


def _clear(person: Personal, _pointer: str) -> Any:
    return person.value
