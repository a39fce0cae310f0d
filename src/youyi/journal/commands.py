"""`youyi journal …`: verify, show, export, import, backup, restore, proof and erase."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from youyi.finding import Finding
    from youyi.journal.verifying import Progress, Verification

RAW = argparse.RawDescriptionHelpFormatter
PLACE = "the journal: an SQLite file, or postgresql://user@host/name (the password from PGPASSWORD or ~/.pgpass)"
VAULT = "where the keys of persons lie (default: JOURNAL.keys beside a file, the same database on PostgreSQL)"


def add_to(sub: Any) -> None:
    """Add the `journal` command and its own commands."""
    journal = sub.add_parser(
        "journal",
        help="what happened: verify, show, export, import, backup, restore, proof, erase",
        description="The durable, tamper-evident record of what happened. What it promises: docs/journal.md.",
    )
    commands = journal.add_subparsers(title="commands", metavar="COMMAND", required=True)
    verify = _command(
        commands,
        "verify",
        _verify,
        "recompute a whole journal offline; name the first broken event",
        "  youyi journal verify port.journal\n  youyi journal verify postgresql://port@db/port --json\n"
        "  youyi journal verify backup/0f3a….jsonl --head 1042:9f86d081…",
        "Recompute every hash, offline and without changing anything. --head compares with a head that you kept elsewhere: only that shows\n"
        "that nothing was cut off the end or written anew from some event on.",
    )
    verify.add_argument("place", metavar="JOURNAL", help=f"{PLACE}, or an exported file")
    verify.add_argument("--head", default="", metavar="SIZE:ROOT", help="a head kept elsewhere: number of events and Merkle root (hex)")

    show = _command(
        commands,
        "show",
        _show,
        "events, the head, what waits in the outbox",
        "  youyi journal show port.journal --last 5\n  youyi journal show port.journal --subject truck/29C-12345 --open\n"
        "  youyi journal show port.journal --head --json",
    )
    show.add_argument("place", metavar="JOURNAL", help=PLACE)
    show.add_argument("--subject", default="", metavar="NAME", help="only the events of one subject")
    show.add_argument("--after", type=int, default=0, metavar="N", help="only events after this number")
    show.add_argument("--last", type=_count, default=None, metavar="N", help="only the last N")
    show.add_argument("--limit", type=_count, default=100, metavar="N", help="at most so many (default: 100)")
    show.add_argument("--head", action="store_true", help="the head and what waits in the outbox, no events")
    show.add_argument("--open", action="store_true", help="open what is personal, where the keys are at hand")
    show.add_argument("--vault", default=None, metavar="PLACE", help=VAULT)

    export = _command(
        commands,
        "export",
        _export,
        "a journal as a text file, one line an event",
        "  youyi journal export port.journal -o port.jsonl\n  youyi journal export port.journal --keys port.keys.jsonl -o port.jsonl",
        "A journal as a text file, one line an event, exactly the bytes that were hashed; the same from either store.",
    )
    export.add_argument("place", metavar="JOURNAL", help=PLACE)
    export.add_argument("-o", "--out", type=Path, required=True, metavar="FILE", help="the file to write")
    export.add_argument("--keys", type=Path, default=None, metavar="FILE", help="write the keys of persons too, into this file: guard it")
    export.add_argument("--vault", default=None, metavar="PLACE", help=VAULT)

    for name, what in (
        ("import", "bring an exported journal to a place where there is none"),
        ("restore", "bring a backup to a place where there is no journal"),
    ):
        load = _command(
            commands,
            name,
            _load,
            what,
            f"  youyi journal {name} port.jsonl port.journal\n  youyi journal {name} port.jsonl postgresql://port@db/port --keys port.keys.jsonl --json",
            "Verified on the way; whole, or not at all.",
        )
        load.add_argument("file", type=Path, metavar="FILE", help="an export or a backup")
        load.add_argument("place", metavar="JOURNAL", help=PLACE)
        load.add_argument("--keys", type=Path, default=None, metavar="FILE", help="the keys of persons, from --keys of export or backup")
        load.add_argument("--vault", default=None, metavar="PLACE", help=VAULT)

    backup = _command(
        commands,
        "backup",
        _backup,
        "write a backup into a folder, synced and read back",
        "  youyi journal backup port.journal backups/\n  youyi journal backup port.journal backups/ --keys",
        "Others may go on writing. Without --keys, what is personal cannot be read from the backup; with it, the keys lie in a file of their\n"
        "own, and whoever erases a person must destroy the copies of that file made before.",
    )
    backup.add_argument("place", metavar="JOURNAL", help=PLACE)
    backup.add_argument("folder", type=Path, metavar="FOLDER", help="where the backup goes, named by journal and size")
    backup.add_argument("--keys", action="store_true", help="copy the keys of persons too")
    backup.add_argument("--vault", default=None, metavar="PLACE", help=VAULT)

    proof = _command(
        commands,
        "proof",
        _proof,
        "prove that an event is in, or that nothing was changed since; check a proof",
        "  youyi journal proof port.journal --event 17\n  youyi journal proof port.journal --from 1000 --to 1042\n"
        "  youyi journal proof --check proof.json --root 9f86d081…",
        "A proof is JSON and is checked without the journal, against a root that you trust.",
    )
    proof.add_argument("place", nargs="?", metavar="JOURNAL", help=PLACE)
    proof.add_argument("--event", type=int, default=None, metavar="N", help="prove that event N is in")
    proof.add_argument("--from", type=int, default=None, dest="old", metavar="N", help="prove that the first N events are as they were")
    proof.add_argument("--to", type=int, default=None, dest="size", metavar="N", help="in the journal as it was with N events (default: now)")
    proof.add_argument("--check", type=Path, default=None, metavar="FILE", help="check a proof instead")
    proof.add_argument("--root", default="", metavar="HEX", help="with --check: the root that you trust")

    erase = _command(
        commands,
        "erase",
        _erase,
        "destroy a person's key: what was recorded of them can no longer be read",
        "  youyi journal erase port.journal driver/7731 --actor privacy-desk --id erase-2026-0017",
        "Cannot be undone. The chain still verifies. Copies of keys made before (backup --keys) must be destroyed apart.",
    )
    erase.add_argument("place", metavar="JOURNAL", help=PLACE)
    erase.add_argument("person", metavar="PERSON", help="the person's id, as recorded")
    erase.add_argument("--actor", required=True, metavar="NAME", help="who erases")
    erase.add_argument("--id", default="", metavar="ID", help="the command's id (default: erase/PERSON)")
    erase.add_argument("--vault", default=None, metavar="PLACE", help=VAULT)


def _command(commands: Any, name: str, run: Callable[[argparse.Namespace], int], what: str, examples: str, description: str = "") -> argparse.ArgumentParser:
    added: argparse.ArgumentParser = commands.add_parser(
        name, help=what, formatter_class=RAW, description=description or what.capitalize() + ".", epilog=f"examples:\n{examples}"
    )
    added.add_argument("--json", action="store_true", help="answer for programs")
    added.set_defaults(run=lambda chosen: _guarded(run, chosen))
    return added


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a number of events")
    return number


def _guarded(run: Callable[[argparse.Namespace], int], chosen: argparse.Namespace) -> int:
    from youyi.finding import Finding, Severity
    from youyi.journal.errors import JournalError

    try:
        return run(chosen)
    except JournalError as error:
        return _complain([Finding(error.code, Severity.ERROR, "", str(error))], chosen.json)


def _complain(findings: list[Finding], as_json: bool) -> int:
    if as_json:
        _print({"findings": [f.as_dict() for f in findings]})
    for f in findings:
        print(f, file=sys.stderr)
    return 1


def _print(value: Any) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=1))


@contextmanager
def _progress(what: str) -> Iterator[Progress]:
    """A bar on a terminal, nothing elsewhere."""
    if not sys.stderr.isatty():
        yield lambda _done, _total: None
        return
    from rich.console import Console
    from rich.progress import Progress as Bar

    with Bar(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total or None)


def _report(found: Verification, as_json: bool, extra: dict[str, Any] | None = None) -> int:
    if as_json:
        _print({**found.as_dict(), **(extra or {})})
    for f in found.findings:
        print(f, file=sys.stderr)
    if not as_json:
        broken = f"; the first broken event is {found.broken}" if found.broken is not None else ""
        state = "sound" if found.sound else f"NOT sound{broken}"
        print(f"{found.place}: {found.head.size:,} events, {state}\nhead {found.head.size}:{found.head.root.hex()}")
    return 0 if found.sound else 1


def _verify(chosen: argparse.Namespace) -> int:
    from youyi.finding import Finding, Severity
    from youyi.journal import portable, verifying
    from youyi.journal.reading import Head

    trusted = None
    if chosen.head:
        try:
            size, root = chosen.head.split(":")
            trusted = Head("", int(size), b"", bytes.fromhex(root))
        except ValueError:
            return _complain([Finding("JRN-HEAD-FORM", Severity.ERROR, "/head", f"{chosen.head}: a head is SIZE:ROOT, as `verify` prints it")], chosen.json)
    with _progress("verifying") as progress:
        if portable.is_export(chosen.place):
            found = portable.verify_file(Path(chosen.place), trusted=trusted, progress=progress)
        else:
            found = verifying.verify(chosen.place, trusted=trusted, progress=progress)
    return _report(found, chosen.json)


def _show(chosen: argparse.Namespace) -> int:
    from youyi.journal.journal import Journal

    with Journal(chosen.place, keys=chosen.vault) as journal:
        head = journal.head()
        if chosen.head:
            found = {**head.as_dict(), "waiting": journal.outbox.waiting()}
            if chosen.json:
                _print(found)
            else:
                print(f"{journal.place}: journal {head.journal}, {head.size:,} events\nhead {head.size}:{head.root.hex()}")
                for topic, count in journal.outbox.waiting().items():
                    print(f"waiting for {topic}: {count:,}")
            return 0
        from itertools import islice

        after = max(chosen.after, head.size - chosen.last) if chosen.last and not chosen.subject else chosen.after
        events = (e for e in journal.of(chosen.subject) if e.seq > after) if chosen.subject else journal.events(after, head.size)
        listed = list(islice(events, None if chosen.last else chosen.limit))
        listed = listed[-chosen.last :] if chosen.last else listed
        rows = [{**e.as_dict(), **({"payload": _plain(journal.open(e))} if chosen.open else {})} for e in listed]
    if chosen.json:
        _print({"journal": head.journal, "size": head.size, "events": rows})
        return 0
    for r in rows:
        print(f"{r['seq']:>8}  {r['at'][:19]}Z  {r['subject']}  {r['kind']}  by {r['actor']}  {json.dumps(r['payload'], ensure_ascii=False)}")
    return 0


def _plain(value: Any) -> Any:
    from youyi.journal.personal import Erased, Personal

    if isinstance(value, Personal):
        return {"of": value.of, "personal": value.value}
    if isinstance(value, Erased):
        return {"of": value.of, "erased": True}
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items()}
    return [_plain(v) for v in value] if isinstance(value, list) else value


def _export(chosen: argparse.Namespace) -> int:
    from youyi.journal import backing, portable

    part = chosen.out.with_name(chosen.out.name + ".part")
    try:
        with _progress("exporting") as progress, part.open("wb") as out:
            head = portable.export(chosen.place, out, progress)
        part.replace(chosen.out)
    finally:
        part.unlink(missing_ok=True)
    rows = backing.read_vault(chosen.place, chosen.vault) if chosen.keys else []
    if chosen.keys:
        backing.write_keys(rows, chosen.keys)
    if chosen.json:
        _print({"file": str(chosen.out), "keys": str(chosen.keys) if chosen.keys else None, "persons": len(rows), **head.as_dict()})
    else:
        print(f"{chosen.out}: {head.size:,} events\nhead {head.size}:{head.root.hex()}")
    return 0


def _load(chosen: argparse.Namespace) -> int:
    from youyi.journal import backing

    with _progress("importing") as progress:
        found = backing.restore(chosen.file, chosen.place, keys=chosen.keys, vault=chosen.vault, progress=progress)
    return _report(found, chosen.json)


def _backup(chosen: argparse.Namespace) -> int:
    from youyi.journal import backing

    with _progress("backing up") as progress:
        made = backing.backup(chosen.place, chosen.folder, keys=chosen.keys, vault=chosen.vault, progress=progress)
    if not chosen.json:
        print(f"{made.file}" + (f"\n{made.keys}: {made.persons:,} persons" if made.keys else ""))
    return _report(made.verification, chosen.json, {"file": str(made.file), "keys": str(made.keys) if made.keys else None, "persons": made.persons})


def _proof(chosen: argparse.Namespace) -> int:
    from youyi.finding import Finding, Severity
    from youyi.journal import proofs

    if chosen.check is not None:
        try:
            proof = json.loads(chosen.check.read_bytes())
        except ValueError:
            proof = {}
        findings = proofs.check(proof, chosen.root)
        failed = any(f.severity is Severity.ERROR for f in findings)
        if chosen.json:
            _print({"holds": not failed, "findings": [f.as_dict() for f in findings]})
        for f in findings:
            print(f, file=sys.stderr)
        if not chosen.json and not failed:
            print("the proof holds")
        return 1 if failed else 0
    if chosen.place is None or (chosen.event is None) == (chosen.old is None):
        return _complain([Finding("JRN-PROOF-ASKED", Severity.ERROR, "", "say a journal and --event N or --from N, or --check FILE")], chosen.json) + 1
    try:
        proof = (
            proofs.prove_event(chosen.place, chosen.event, chosen.size) if chosen.old is None else proofs.prove_growth(chosen.place, chosen.old, chosen.size)
        )
    except ValueError as error:
        return _complain([Finding("JRN-PROOF-NONE", Severity.ERROR, "", str(error))], chosen.json)
    _print(proof)
    return 0


def _erase(chosen: argparse.Namespace) -> int:
    from youyi.journal.journal import Journal

    with Journal(chosen.place, keys=chosen.vault) as journal:
        receipt = journal.erase(chosen.person, id=chosen.id or f"erase/{chosen.person}", actor=chosen.actor)
    if not receipt.recorded:
        return _complain(list(receipt.findings), chosen.json)
    event = receipt.events[0]
    if chosen.json:
        _print({"erased": chosen.person, "repeated": receipt.repeated, "event": event.as_dict()})
    else:
        print(f"{chosen.person} is erased (event {event.seq}, {event.at}); destroy copies of the keys that were made before")
    return 0
