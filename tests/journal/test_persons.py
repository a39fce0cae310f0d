"""Erasing a key erases the person, in every byte of the store, and the chain still verifies."""

from __future__ import annotations

import base64
import threading
from pathlib import Path

import pytest

from journal.server import Server
from youyi.journal import Draft, Erased, Journal, Personal, UnreadableError
from youyi.journal.backing import backup, read_keys, restore
from youyi.journal.canonical import canonical
from youyi.journal.personal import seal, unseal
from youyi.journal.portable import export
from youyi.journal.vault import vault_of
from youyi.journal.verifying import verify

NAME = "NGUYEN-VAN-ANH-1987"
PASSPORT = "C7654321X"
DRIVER = "driver/7731"


def record(journal: Journal, number: int = 1) -> None:
    payload = {"driver": Personal(DRIVER, {"name": NAME, "passport": PASSPORT}), "lane": "green"}
    assert journal.append([Draft("truck/1", "driver.seen", payload, topics=("mqtt",))], id=f"seen/{number}", actor="gate/1").recorded


def spellings(key: bytes) -> list[bytes]:
    """What must not be found: the clear values and the key, as they are and in the usual spellings."""
    clear = [s.encode(e) for s in (NAME, PASSPORT) for e in ("utf-8", "utf-16-le", "utf-16-be")]
    return [*clear, base64.b64encode(NAME.encode())[:16], NAME.encode().hex().encode(), key, key.hex().encode(), base64.b64encode(key)[:40]]


def where(folder: Path, wanted: list[bytes]) -> set[str]:
    return {p.name for p in folder.rglob("*") if p.is_file() and any(w in p.read_bytes() for w in wanted)}


def test_no_byte_of_the_store_holds_an_erased_person(tmp_path: Path) -> None:
    store, copies = tmp_path / "store", tmp_path / "copies"
    store.mkdir()
    place = str(store / "port.journal")
    with Journal(place, create=True) as journal:
        for number in range(40):
            record(journal, number)
        key = journal.vault.find([DRIVER])[DRIVER].key
        assert key is not None
        with_keys, without = backup(place, copies / "with", keys=True), backup(place, copies / "without")
        assert where(store, [key]) == {"port.journal.keys"}  # the search finds what is there
        assert where(store, spellings(key)) == {"port.journal.keys"}
        assert journal.erase(DRIVER, id="erase", actor="desk").recorded
        assert (store / "port.journal-wal").stat().st_size > 0  # while it is open: the log is searched too
        assert where(store, spellings(key)) == set()
        assert {str(journal.open(e).get("driver")) for e in journal.events() if e.kind == "driver.seen"} == {str(Erased(DRIVER))}
    assert where(store, spellings(key)) == set()
    assert verify(place).sound
    # What old copies hold, said plainly in docs/journal.md: without keys nothing; the copy of the keys still has it.
    assert where(copies / "without", spellings(key)) == set()
    assert with_keys.keys is not None
    assert where(copies / "with", spellings(key)) == {with_keys.keys.name}
    assert without.verification.sound


def test_no_table_of_postgresql_holds_an_erased_person_only_its_log_does(server: Server) -> None:
    place = server.database()
    with Journal(place, create=True) as journal:
        record(journal)
        key = journal.vault.find([DRIVER])[DRIVER].key
        assert key is not None
        clear = [NAME.encode(), PASSPORT.encode()]
        assert journal.erase(DRIVER, id="erase", actor="desk").recorded
        journal._engine.dispose()
    with Journal(place) as journal, journal._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("CHECKPOINT")
    hits = [p for p in server.data.rglob("*") if p.is_file() and any(k in p.read_bytes() for k in (key, key.hex().encode(), *clear))]
    assert hits
    assert {p.parent.name for p in hits} == {"pg_wal"}
    assert not any(c in p.read_bytes() for p in hits for c in clear)


def test_keys_may_lie_elsewhere(server: Server, tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    place = server.database()
    with Journal(place, create=True, keys=keys) as journal:
        record(journal)
        assert journal.open(next(journal.events()))["driver"].value["name"] == NAME
    assert keys.stat().st_mode & 0o077 == 0
    with Journal(place) as other:
        assert other.open(next(other.events()))["driver"] == Erased(DRIVER)


def test_an_erased_person_is_refused_from_then_on_and_others_are_not(journal: Journal) -> None:
    record(journal)
    assert journal.erase("driver/none", id="e0", actor="desk").has("JRN-NO-PERSON")
    assert journal.erase(DRIVER, id="e1", actor="desk").recorded
    again = journal.erase(DRIVER, id="e1", actor="desk")
    assert again.recorded
    assert again.repeated
    size = journal.head().size
    same = journal.append(
        [Draft("truck/1", "driver.seen", {"driver": Personal(DRIVER, {"name": NAME, "passport": PASSPORT}), "lane": "green"}, topics=("mqtt",))],
        id="seen/1",
        actor="gate/1",
    )
    assert same.has("JRN-ERASED")
    assert journal.append([Draft("t", "k", {"d": Personal(DRIVER, 1)})], id="new", actor="a").has("JRN-ERASED")
    assert journal.append([Draft("t", "k", {"d": Personal("driver/8", 1)})], id="new", actor="a").recorded
    assert journal.head().size == size + 1


def test_ids_compare_personal_content_without_keeping_it(journal: Journal) -> None:
    record(journal)
    first = next(journal.events())
    receipt = journal.append(
        [Draft("truck/1", "driver.seen", {"driver": Personal(DRIVER, {"name": "another", "passport": PASSPORT})})], id="seen/1", actor="gate/1"
    )
    assert receipt.has("JRN-ID-TAKEN")
    record(journal)  # equal content: the first answer, though a new sealing would look otherwise
    assert list(journal.events()) == [first]


def test_a_sealed_value_opens_only_where_it_was_put_and_with_its_key() -> None:
    key = bytes(32)
    box = seal(Personal("p", {"n": 1}), key, "c#0/a")["$sealed"]["box"]
    assert unseal(box, key, "c#0/a") == {"n": 1}
    for wrong in ((box, key, "c#1/a"), (box, b"\1" * 32, "c#0/a"), (base64.b64encode(base64.b64decode(box)[:-1]).decode(), key, "c#0/a")):
        with pytest.raises(UnreadableError):
            unseal(*wrong)
    lengths = {len(seal(Personal("p", "x" * n), key, "")["$sealed"]["box"]) for n in range(30)}
    assert len(lengths) == 1  # how long a name is, is not said either


def test_two_that_meet_a_person_for_the_first_time_use_one_key(place: str) -> None:
    Journal(place, create=True).close()
    barrier = threading.Barrier(6)

    def meet(number: int) -> None:
        with Journal(place) as journal:
            barrier.wait()
            journal.append([Draft(f"t/{number}", "k", {"d": Personal(f"driver/{n}", n)}) for n in range(5)], id=f"c/{number}", actor="a")

    threads = [threading.Thread(target=meet, args=(n,)) for n in range(6)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    with Journal(place) as journal:
        opened = [journal.open(e)["d"] for e in journal.events()]
        assert len(opened) == 30
        assert all(p == Personal(p.of, int(p.of[-1])) for p in opened)


def test_a_restored_journal_keeps_the_erased_erased(tmp_path: Path) -> None:
    place = str(tmp_path / "a.journal")
    with Journal(place, create=True) as journal:
        record(journal)
        journal.append([Draft("t", "k", {"d": Personal("driver/8", "x")})], id="8", actor="a")
        old = backup(place, tmp_path / "old", keys=True)
        journal.erase(DRIVER, id="erase", actor="desk")
        with (tmp_path / "new.jsonl").open("wb") as out:
            export(place, out)
    assert old.keys is not None
    assert {k.person for k in read_keys(old.keys) if k.key} == {DRIVER, "driver/8"}
    assert restore(tmp_path / "new.jsonl", str(tmp_path / "b.journal"), keys=old.keys).sound
    with Journal(tmp_path / "b.journal") as journal:
        assert [journal.open(e).get("d", journal.open(e).get("driver")) for e in journal.events()][:2] == [Erased(DRIVER), Personal("driver/8", "x")]
    assert vault_of(place) == f"{place}.keys"
    assert canonical({"b": 1, "a": 2}) == b'{"a":2,"b":1}'
