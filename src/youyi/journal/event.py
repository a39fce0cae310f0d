"""The records of a journal: what is drafted, what happened, and what the sender is told."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from youyi.finding import Finding, Severity
from youyi.journal.merkle import leaf_hash

MAX_NAME = 120
"""Characters of an id, a subject, an actor, a kind or a topic."""
MAX_PAYLOAD = 1_048_576
"""Bytes of one event's payload in canonical form, what is sealed included."""
MAX_DRAFTS = 1_000
"""Events of one command."""
MAX_COMMAND = 8_388_608
"""Bytes of all payloads of one command."""
MAX_TOPICS = 8
"""Topics of the outbox for one event."""
MAX_SCHEMA = 9_999
"""The highest version of a payload."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/-]*")


def is_name(text: object) -> bool:
    """Whether a text can be an id, subject, actor, kind or topic: ASCII letters, digits and . _ : / - beginning with a letter or digit.

    No blank and no @, so that neither a person's name nor an address slips into the chain as somebody's id.
    """
    return isinstance(text, str) and len(text) <= MAX_NAME and _NAME.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class Draft:
    """One event that a command wants recorded.

    `subject`: what it is about (`proof/E26-000123`); its events are numbered 1, 2, 3… and that number is its version.
    `payload`: JSON without binary fractions; what names a person is wrapped in `Personal`. `schema`: version of the payload's shape.
    `topics`: where the outbox must deliver the event once it is recorded.
    """

    subject: str
    kind: str
    payload: Mapping[str, Any] = field(default_factory=dict)
    schema: int = 1
    topics: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened. `text` is its payload in canonical JSON, personal data sealed.

    `seq`: its place in the journal, from 1. `version`: its place among its subject's events, from 1. `at`: what the clock said, UTC.
    `command`, `ordinal`: the id of the command that brought it, and its place in that command, from 0. `content`: what the id
    stands for (hex), so that a second use can be compared. `hash`: its leaf in the Merkle tree; `previous`: that of the event before.
    """

    seq: int
    subject: str
    version: int
    kind: str
    schema: int
    actor: str
    at: str
    command: str
    ordinal: int
    content: str
    topics: tuple[str, ...]
    text: str
    previous: bytes
    hash: bytes

    @property
    def payload(self) -> dict[str, Any]:
        """The payload, read anew at each call: nobody can change another's."""
        found: dict[str, Any] = json.loads(self.text)
        return found

    @property
    def envelope(self) -> bytes:
        """What is hashed and exported: the canonical JSON of everything but the hash."""
        return envelope(
            self.seq,
            self.subject,
            self.version,
            self.kind,
            self.schema,
            self.actor,
            self.at,
            self.command,
            self.ordinal,
            self.content,
            self.topics,
            self.text,
            self.previous,
        )

    def as_dict(self) -> dict[str, Any]:
        """For JSON: the envelope's members and the hash."""
        return {**json.loads(self.envelope), "hash": self.hash.hex()}


def envelope(
    seq: int,
    subject: str,
    version: int,
    kind: str,
    schema: int,
    actor: str,
    at: str,
    command: str,
    ordinal: int,
    content: str,
    topics: tuple[str, ...],
    text: str,
    previous: bytes,
) -> bytes:
    """Canonical JSON of an event, members in order of name. Names need no escape (`is_name`) and the payload is canonical already."""
    listed = ",".join(f'"{t}"' for t in topics)
    return (
        f'{{"actor":"{actor}","at":"{at}","command":"{command}","content":"{content}","kind":"{kind}","ordinal":{ordinal},'
        f'"payload":{text},"previous":"{previous.hex()}","schema":{schema},"seq":{seq},"subject":"{subject}","topics":[{listed}],'
        f'"version":{version}}}'
    ).encode()


def genesis(journal: str) -> bytes:
    """What the first event of a journal has as `previous`: it binds the chain to the journal's own id."""
    return sha256(b"youyi journal " + journal.encode()).digest()


def hash_of(data: bytes) -> bytes:
    """The hash of an event's envelope: its leaf in the Merkle tree and its link in the chain, in one."""
    return leaf_hash(data)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the sender of a command is told.

    With `events`, they are on disk. `repeated`: this id with this content was recorded before, and these are the events of then.
    Without events, `findings` say why nothing was recorded; a refusal leaves no trace, and the id stays free.
    """

    id: str
    events: tuple[Event, ...] = ()
    repeated: bool = False
    findings: tuple[Finding, ...] = ()

    @property
    def recorded(self) -> bool:
        """Whether the events are in the journal."""
        return bool(self.events)

    def has(self, code: str) -> bool:
        """Whether a finding of that code was made."""
        return any(f.code == code for f in self.findings)


def refusal(command: str, code: str, pointer: str, text: str) -> Receipt:
    """A receipt with one finding and no event."""
    return Receipt(command, findings=(Finding(code, Severity.ERROR, pointer, text),))
