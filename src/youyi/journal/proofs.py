"""Proofs that stand alone: that an event is in a journal, that an older journal is the beginning of a newer one.

A proof is a small JSON object (docs/schemas/journal-proof.json). It is checked without the journal, against a root that the reader trusts: from
a signed head, a printed code, a newspaper.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from youyi.finding import Finding, Severity
from youyi.journal import merkle, reading
from youyi.journal.event import hash_of
from youyi.journal.tables import connect
from youyi.journal.tables import reading as picture


def prove_event(place: str | Path, seq: int, size: int | None = None) -> dict[str, Any]:
    """The proof that event `seq` is in the journal as it was with `size` events (default: now). Raises ValueError where it cannot be."""
    engine = connect(place)
    try:
        with picture(engine) as connection:
            head = reading.head(connection)
            size = head.size if size is None else size
            if not 1 <= seq <= size <= head.size:
                raise ValueError(f"event {seq} of {size}: the journal has {head.size} events")
            log = reading.Hashes(connection)
            event = reading.events_at(connection, [seq])[0]
            return {
                "proof": "inclusion",
                "journal": head.journal,
                "seq": seq,
                "size": size,
                "root": merkle.subtree(log, 0, size).hex(),
                "event": event.envelope.decode(),
                "path": [h.hex() for h in merkle.inclusion(log, seq - 1, size)],
            }
    finally:
        engine.dispose()


def prove_growth(place: str | Path, old: int, new: int | None = None) -> dict[str, Any]:
    """The proof that the first `old` events are the beginning of the first `new` (default: now). Raises ValueError where it cannot be."""
    engine = connect(place)
    try:
        with picture(engine) as connection:
            head = reading.head(connection)
            new = head.size if new is None else new
            if not 0 <= old <= new <= head.size:
                raise ValueError(f"from {old} to {new} events: the journal has {head.size}")
            log = reading.Hashes(connection)
            return {
                "proof": "consistency",
                "journal": head.journal,
                "old": old,
                "old_root": merkle.subtree(log, 0, old).hex(),
                "new": new,
                "new_root": merkle.subtree(log, 0, new).hex(),
                "path": [h.hex() for h in merkle.consistency(log, old, new)],
            }
    finally:
        engine.dispose()


def check(proof: dict[str, Any], root: str = "") -> list[Finding]:
    """What is wrong with a proof; nothing where it holds. `root`: the root that you trust (hex); without it, the proof's own is only said."""
    try:
        stated = str(proof["root"] if proof["proof"] == "inclusion" else proof["new_root"])
        holds = _holds(proof)
    except (KeyError, TypeError, ValueError) as error:
        return [Finding("JRN-PROOF-UNREADABLE", Severity.ERROR, "", f"this is not a proof: {type(error).__name__} {error}")]
    found = []
    if not holds:
        found.append(Finding("JRN-PROOF-FALSE", Severity.ERROR, "/path", "the hashes do not lead to the root: this proves nothing"))
    if root and root.lower() != stated:
        found.append(Finding("JRN-PROOF-OTHER-ROOT", Severity.ERROR, "/root", f"the proof leads to {stated}, not to the root that you trust"))
    if not root and holds:
        note = f"proved under root {stated}; that this is the journal's root was not checked: compare it with one that you trust"
        found.append(Finding("JRN-PROOF-ROOT", Severity.NOTE, "/root", note))
    return found


def _holds(proof: dict[str, Any]) -> bool:
    path = [bytes.fromhex(h) for h in proof["path"]]
    if proof["proof"] == "inclusion":
        event = proof["event"].encode()
        if json.loads(event)["seq"] != proof["seq"]:
            return False
        found = merkle.root_of_inclusion(hash_of(event), int(proof["seq"]) - 1, int(proof["size"]), path)
        return found is not None and found.hex() == proof["root"]
    if proof["proof"] != "consistency":
        raise ValueError(proof["proof"])
    old, new = bytes.fromhex(proof["old_root"]), bytes.fromhex(proof["new_root"])
    return merkle.proves_consistency(int(proof["old"]), old, int(proof["new"]), new, path)
