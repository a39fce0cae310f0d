"""Export, import, backup, restore: byte for byte the same on either store, whole or not at all."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from journal.conftest import passed
from journal.script import STEPS, ledger, run
from journal.server import Server
from youyi.journal import Draft, Journal, NotThereError, Personal, UnreadableError
from youyi.journal.backing import backup, read_keys, restore, write_keys
from youyi.journal.portable import MAX_LINE, export, is_export, load, verify_file
from youyi.journal.proofs import check, prove_event, prove_growth
from youyi.journal.verifying import verify


def exported(place: str) -> bytes:
    out = io.BytesIO()
    export(place, out)
    return out.getvalue()


def day(place: str) -> bytes:
    run(place, lambda _: None)
    return exported(place)


def test_from_one_store_to_the_other_and_back_not_a_byte_changes(tmp_path: Path, server: Server) -> None:
    first = str(tmp_path / "a")
    content = day(first)
    file = tmp_path / "a.jsonl"
    file.write_bytes(content)
    second, third = server.database(), str(tmp_path / "b")
    assert load(file, second).sound
    assert exported(second) == content
    (tmp_path / "b.jsonl").write_bytes(exported(second))
    assert load(tmp_path / "b.jsonl", third).sound
    assert exported(third) == content
    for place in (second, third):
        assert verify(place).sound
        assert [row[:-1] for row in ledger(place)] == [row[:-1] for row in ledger(first)]
        with Journal(place) as journal, Journal(first) as original:
            assert journal.head() == original.head()
            assert journal.outbox.waiting() == original.outbox.waiting() == {"mqtt": 6}
            assert passed(journal, 1, "truck/new").recorded
        assert verify(place).sound


def test_both_stores_hold_the_same_day_in_the_same_bytes_but_for_ids_and_seals(tmp_path: Path, server: Server) -> None:
    def plain(place: str) -> list[object]:
        lines = [json.loads(line) for line in day(place).splitlines()[1:-1]]
        return [{k: v for k, v in r.items() if k not in ("previous", "content", "payload")} for r in lines]

    assert plain(str(tmp_path / "a")) == plain(server.database())
    assert len(STEPS) == 10


@pytest.mark.parametrize("damage", ["payload", "order", "cut", "half line", "extra", "number", "long line", "no header", "pending"])
def test_a_damaged_export_is_not_imported_at_all(tmp_path: Path, place: str, damage: str) -> None:
    lines = day(str(tmp_path / "a")).splitlines(keepends=True)
    if damage == "payload":
        lines[3] = lines[3].replace(b"G0", b"G9")
    elif damage == "order":
        lines[4], lines[5] = lines[5], lines[4]
    elif damage == "cut":
        del lines[-8]
    elif damage == "half line":
        lines[-1] = lines[-1][:-1]
    elif damage == "extra":
        lines.append(b"{}\n")
    elif damage == "number":
        lines[1] = lines[1].replace(b'"seq":1,', b'"seq":1.0,')
    elif damage == "long line":
        lines[2] = b'{"a":"' + b"x" * MAX_LINE + b'"}\n'
    elif damage == "pending":
        lines[-2] = b'{"pending":[999,"mqtt"]}\n'
    else:
        del lines[0]
    (tmp_path / "bad").write_bytes(b"".join(lines))
    found = load(tmp_path / "bad", place)
    assert not found.sound
    assert found.findings[-1].code == "JRN-NOT-IMPORTED"
    with pytest.raises(NotThereError):
        Journal(place)
    if "://" not in place:
        assert [p.name for p in Path(place).parent.glob("port.journal*")] == []


def test_nothing_is_imported_over_a_journal_or_from_what_is_none(tmp_path: Path, place: str) -> None:
    Journal(place, create=True).close()
    (tmp_path / "x.jsonl").write_bytes(day(str(tmp_path / "a")))
    with pytest.raises(UnreadableError, match="already"):
        load(tmp_path / "x.jsonl", place)
    with pytest.raises(NotThereError):
        load(tmp_path / "none", place)
    (tmp_path / "other").write_text('{"a": 1}\n')
    assert is_export(tmp_path / "other")
    assert not verify_file(tmp_path / "other").sound
    assert not is_export(tmp_path / "a")
    assert not is_export("postgresql://x/y")


def test_a_backup_is_taken_while_others_write_and_restores_to_what_was(place: str, tmp_path: Path) -> None:
    with Journal(place, create=True) as journal:
        for number in range(20):
            journal.append([Draft("t", "k", {"n": number, "d": Personal(f"driver/{number}", "x")}, topics=("mqtt",))], id=str(number), actor="a")
        made = backup(place, tmp_path / "backups", keys=True)
        passed(journal, 1)
        assert made.verification.sound
        assert made.file.name == f"{journal.id[:12]}-000000000020.jsonl"
        assert made.persons == 20
        before = [journal.open(e) for e in journal.events(upto=20)]
    assert sorted(p.name for p in (tmp_path / "backups").iterdir()) == [made.file.name, made.file.with_suffix(".keys.jsonl").name]
    assert made.keys is not None
    assert made.keys.stat().st_mode & 0o077 == 0
    assert restore(made.file, tmp_path / "r", keys=made.keys).sound
    with Journal(tmp_path / "r") as journal:
        assert [journal.open(e) for e in journal.events()] == before


def test_a_file_of_keys_that_is_none_is_refused_with_its_line(tmp_path: Path) -> None:
    write_keys([], tmp_path / "k")
    assert read_keys(tmp_path / "k") == []
    (tmp_path / "k").write_text('{"person":"a","key":"00","erased":""}\n{"person":"a","key":"zz","erased":""}\n')
    with pytest.raises(UnreadableError, match="line 2"):
        read_keys(tmp_path / "k")
    with pytest.raises(NotThereError):
        read_keys(tmp_path / "none")


def test_proofs_hold_by_themselves_and_only_for_what_they_say(place: str) -> None:
    with Journal(place, create=True) as journal:
        journal.append([Draft(f"t/{n % 7}", "k", {"n": n}) for n in range(600)], id="1", actor="a")
        older = journal.head()
        journal.append([Draft(f"t/{n % 7}", "k", {"n": n}) for n in range(100)], id="2", actor="a")
        root = journal.head().root.hex()
    for seq in (1, 256, 257, 600, 700):
        proof = json.loads(json.dumps(prove_event(place, seq)))
        assert check(proof, root) == []
        assert [f.code for f in check(proof)] == ["JRN-PROOF-ROOT"]
        assert [f.code for f in check({**proof, "event": proof["event"].replace('"k"', '"l"')}, root)] == ["JRN-PROOF-FALSE"]
        assert [f.code for f in check({**proof, "seq": seq % 700 + 1}, root)] == ["JRN-PROOF-FALSE"]
        assert [f.code for f in check(proof, "00" * 32)] == ["JRN-PROOF-OTHER-ROOT"]
    assert check(prove_event(place, 5, 600), older.root.hex()) == []
    growth = prove_growth(place, 600)
    assert growth["old_root"] == older.root.hex()
    assert check(growth, root) == []
    assert [f.code for f in check({**growth, "old_root": "00" * 32}, root)] == ["JRN-PROOF-FALSE"]
    assert check(prove_growth(place, 0, 0))[0].code == "JRN-PROOF-ROOT"
    for bad in ({}, {"proof": "inclusion"}, {**growth, "proof": "x"}, {**growth, "path": ["zz"]}):
        assert [f.code for f in check(bad)] == ["JRN-PROOF-UNREADABLE"]
    for seq, size in ((0, None), (701, None), (5, 4), (5, 701)):
        with pytest.raises(ValueError, match="700"):
            prove_event(place, seq, size)
    with pytest.raises(ValueError, match="700"):
        prove_growth(place, 701)
