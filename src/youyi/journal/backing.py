"""Backup and restore. A backup is an export that is synced, read back and verified before it gets its name.

What a backup holds of persons: sealed values, which are noise without the keys. The keys are copied only when asked for, into a file
of their own: whoever erases a person must also destroy the copies of that file that were made before.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from youyi.journal import portable
from youyi.journal.canonical import canonical
from youyi.journal.errors import NotThereError, UnreadableError
from youyi.journal.journal import ERASED_KIND, Journal
from youyi.journal.vault import Kept, Vault, vault_of
from youyi.journal.verifying import Progress, Verification, silent


@dataclass(frozen=True, slots=True)
class Backup:
    """What was written, and what reading it back found."""

    file: Path
    keys: Path | None
    persons: int
    verification: Verification

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {"file": str(self.file), "keys": str(self.keys) if self.keys else None, "persons": self.persons, **self.verification.as_dict()}


def backup(place: str | Path, folder: Path, *, keys: bool = False, vault: str | Path | None = None, progress: Progress = silent) -> Backup:
    """Write a backup into a folder, named by the journal and its size, while others go on writing.

    The keys are read first: a key that is erased meanwhile is in the copy at worst, never missing for an event that is. Raises
    NotThereError, UnreadableError, or OSError where the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    rows = read_vault(place, vault) if keys else []
    part = folder / f".{os.getpid()}.part"
    try:
        with part.open("wb") as out:
            head = portable.export(place, out, progress)
            out.flush()
            os.fsync(out.fileno())
        found = portable.verify_file(part, trusted=head)
        if not found.sound:
            raise UnreadableError(f"{place}: the backup does not verify, and was not kept: {found.findings[0]}")
        name = folder / f"{head.journal[:12]}-{head.size:012d}.jsonl"
        part.rename(name)
    finally:
        part.unlink(missing_ok=True)
    beside = name.with_suffix(".keys.jsonl") if keys else None
    if beside is not None:
        write_keys(rows, beside)
    _sync(folder)
    return Backup(name, beside, len(rows), replace(found, place=str(name)))


def restore(file: Path, place: str | Path, *, keys: Path | None = None, vault: str | Path | None = None, progress: Progress = silent) -> Verification:
    """Bring a backup, or any export, to a place where there is no journal, whole or not at all; with `keys`, the keys of persons too.

    Whoever was erased before the backup was made stays erased, whatever the file of keys holds.
    """
    rows = read_keys(keys) if keys is not None else []
    found = portable.load(file, place, progress)
    if found.sound and rows:
        with Journal(place, keys=vault) as journal:
            gone = {event.subject for event in journal.events() if event.kind == ERASED_KIND}
            journal.vault.put([Kept(r.person, None, r.erased or "restored") if r.person in gone else r for r in rows])
    return found


def read_vault(place: str | Path, vault: str | Path | None) -> list[Kept]:
    """The rows of a journal's vault; none where there is no vault."""
    try:
        found = Vault(vault if vault is not None else vault_of(place))
    except NotThereError:
        return []
    try:
        return found.all()
    finally:
        found.close()


def write_keys(rows: list[Kept], path: Path) -> None:
    """Write keys to a file that only its owner may read, synced."""
    part = path.with_name(path.name + ".part")
    with os.fdopen(os.open(part, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "wb") as out:
        for row in rows:
            out.write(canonical({"erased": row.erased, "key": row.key.hex() if row.key else None, "person": row.person}) + b"\n")
        out.flush()
        os.fsync(out.fileno())
    part.rename(path)


def read_keys(path: Path) -> list[Kept]:
    """The rows of a file of keys. Raises UnreadableError, naming the line."""
    if not path.is_file():
        raise NotThereError(f"{path}: there is no such file")
    rows = []
    for number, line in enumerate(path.read_bytes().splitlines(), 1):
        try:
            found = json.loads(line)
            rows.append(Kept(str(found["person"]), bytes.fromhex(found["key"]) if found["key"] else None, str(found["erased"])))
        except (ValueError, KeyError, TypeError) as error:
            raise UnreadableError(f"{path}, line {number}: this is not a key") from error
    return rows


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
