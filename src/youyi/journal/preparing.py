"""From drafts to what can be written: limits checked, personal data sealed, the content that an id stands for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from youyi.finding import Finding, Severity
from youyi.journal.canonical import canonical, faults
from youyi.journal.event import MAX_COMMAND, MAX_DRAFTS, MAX_NAME, MAX_PAYLOAD, MAX_SCHEMA, MAX_TOPICS, Draft, is_name
from youyi.journal.personal import found_in, mark, seal, walk
from youyi.journal.vault import Vault

NAME_RULE = f"1 to {MAX_NAME} ASCII letters, digits and . _ : / - beginning with a letter or digit"


@dataclass(frozen=True, slots=True)
class Line:
    """A draft ready to be written."""

    subject: str
    kind: str
    schema: int
    topics: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Prepared:
    """A command ready to be written; `content` is what its id stands for."""

    id: str
    actor: str
    lines: tuple[Line, ...]
    expected: Mapping[str, int]
    content: bytes


def problems(command: str, actor: str, drafts: Sequence[Draft]) -> list[Finding]:
    """Everything that keeps a command out, at once. Raises TypeError for what is not JSON."""
    found = [_fault("JRN-NAME", where, f"{str(what)[:MAX_NAME]!r}: {NAME_RULE}") for where, what in (("/id", command), ("/actor", actor)) if not is_name(what)]
    if not 1 <= len(drafts) <= MAX_DRAFTS:
        found.append(_fault("JRN-EVENTS", "/drafts", f"{len(drafts)} events: a command brings 1 to {MAX_DRAFTS}"))
    for index, draft in enumerate(drafts[:MAX_DRAFTS]):
        found += _draft_problems(draft, f"/drafts/{index}")
    return found


def _draft_problems(draft: Draft, at: str) -> list[Finding]:
    names = [("subject", draft.subject), ("kind", draft.kind), *((f"topics/{i}", t) for i, t in enumerate(draft.topics))]
    found = [_fault("JRN-NAME", f"{at}/{where}", f"{str(what)[:MAX_NAME]!r}: {NAME_RULE}") for where, what in names if not is_name(what)]
    if len(draft.topics) > MAX_TOPICS or len(set(draft.topics)) < len(draft.topics):
        found.append(_fault("JRN-TOPICS", f"{at}/topics", f"at most {MAX_TOPICS} topics, each once"))
    if not 1 <= draft.schema <= MAX_SCHEMA:
        found.append(_fault("JRN-SCHEMA", f"{at}/schema", f"{draft.schema}: a payload's version is 1 to {MAX_SCHEMA}"))
    if not isinstance(draft.payload, Mapping):
        raise TypeError(f"{at}/payload: {type(draft.payload).__name__} is not an object of JSON")
    found += [_fault("JRN-NAME", f"{at}/payload{p}/of", f"{q.of!r}: {NAME_RULE}") for q, p in found_in(draft.payload) if not is_name(q.of)]
    return found + list(faults(walk(draft.payload, lambda p, _: p.value), f"{at}/payload"))


def seal_all(command: str, drafts: Sequence[Draft], keys: Mapping[str, bytes]) -> tuple[list[Line], list[Finding]]:
    """The drafts with what is personal sealed, and what is too large."""
    lines = []
    for ordinal, draft in enumerate(drafts):
        bound = bound_to(command, ordinal)
        sealed = walk(draft.payload, lambda p, _, b=bound: seal(p, keys[p.of], b))  # type: ignore[misc]
        lines.append(Line(draft.subject, draft.kind, draft.schema, tuple(draft.topics), canonical(sealed).decode()))
    sizes = [len(line.text.encode()) for line in lines]
    found = [
        _fault("JRN-SIZE", f"/drafts/{i}/payload", f"{size:,} bytes: a payload holds at most {MAX_PAYLOAD:,}")
        for i, size in enumerate(sizes)
        if size > MAX_PAYLOAD
    ]
    if not found and sum(sizes) > MAX_COMMAND:
        found.append(_fault("JRN-SIZE", "/drafts", f"{sum(sizes):,} bytes: the payloads of a command hold at most {MAX_COMMAND:,}"))
    return lines, found


def bound_to(command: str, ordinal: int) -> str:
    """What a sealed value is bound to: its event, but not its place in the payload, which an upcast may change."""
    return f"{command}#{ordinal}"


def content_of(actor: str, content: Any, keys: Mapping[str, bytes]) -> bytes:
    """What a command's id stands for: SHA-256 of who sends and what, personal values replaced by marks under the person's key."""
    return sha256(canonical({"actor": actor, "content": walk(content, lambda p, _: mark(p, keys[p.of]))})).digest()


def content_from(drafts: Sequence[Draft]) -> Any:
    """What stands for a command that is nothing but its drafts."""
    return [{"kind": d.kind, "payload": d.payload, "schema": d.schema, "subject": d.subject, "topics": list(d.topics)} for d in drafts]


def keys_for_all(vault: Callable[[], Vault], values: Sequence[Any], *, make: bool) -> tuple[dict[str, bytes], list[str]]:
    """The keys of everyone whom those values name, and who of them has been erased. `make`: new persons get a key."""
    persons = {p.of for value in values for p, _ in found_in(value)}
    if not persons:
        return {}, []
    kept = vault().provide(persons) if make else vault().find(persons)
    return {k.person: k.key for k in kept.values() if k.key is not None}, sorted(k.person for k in kept.values() if k.key is None)


def _fault(code: str, pointer: str, text: str) -> Finding:
    return Finding(code, Severity.ERROR, pointer, text)
