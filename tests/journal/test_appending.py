"""What is appended stands in order, chained and numbered; an id means one thing; a refusal leaves no trace. On both backends."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import rfc8785
from sqlalchemy import create_engine, text

from journal.conftest import passed
from youyi.journal import Draft, Journal, NotThereError, Personal, Receipt, UnreadableError, Upcasts
from youyi.journal.event import MAX_COMMAND, MAX_DRAFTS, MAX_NAME, MAX_PAYLOAD, MAX_TOPICS, genesis, hash_of
from youyi.journal.merkle import fold, leaf_hash
from youyi.journal.verifying import verify


def test_each_event_follows_from_the_one_before(journal: Journal) -> None:
    for number in range(5):
        assert passed(journal, number, f"truck/{number % 2}").recorded
    events = list(journal.events())
    assert [e.seq for e in events] == [1, 2, 3, 4, 5]
    assert [(e.subject, e.version) for e in events] == [("truck/0", 1), ("truck/1", 1), ("truck/0", 2), ("truck/1", 2), ("truck/0", 3)]
    assert [e.previous for e in events] == [genesis(journal.id), *(e.hash for e in events[:-1])]
    assert all(e.hash == hash_of(e.envelope) for e in events)
    head = journal.head()
    assert (head.size, head.last, head.root) == (5, events[-1].hash, fold([leaf_hash(e.envelope) for e in events]))


def test_an_envelope_is_canonical_json(journal: Journal) -> None:
    drafts = [Draft("proof/E26-1", "proof.issued", {"名": 'Trần "A"\u0007', "n": -3, "list": [True, None, {"é": "\U0001f69a"}]}, 3, ("mqtt", "customs"))]
    event = journal.append(drafts, id="i", actor="desk").events[0]
    assert event.envelope == rfc8785.dumps({k: v for k, v in event.as_dict().items() if k != "hash"})
    assert event.payload == drafts[0].payload
    assert next(journal.events()) == event


def test_the_same_id_with_the_same_content_gets_the_first_answer(journal: Journal) -> None:
    first = passed(journal, 1)
    passed(journal, 2)
    again = passed(journal, 1)
    assert again.repeated
    assert again.events == first.events
    assert journal.head().size == 2


@pytest.mark.parametrize("other", ["payload", "actor", "subject", "more"])
def test_the_same_id_with_other_content_is_refused(journal: Journal, other: str) -> None:
    passed(journal, 1)
    drafts = [Draft("truck/2" if other == "subject" else "truck/1", "gate.passed", {"gate": "G9" if other == "payload" else "G1", "number": 1})]
    receipt = journal.append(drafts * (2 if other == "more" else 1), id="pass/truck/1/1", actor="gate/2" if other == "actor" else "gate/1")
    assert not receipt.recorded
    assert receipt.has("JRN-ID-TAKEN")
    assert journal.head().size == 1


def test_a_subject_that_has_moved_on_is_said_and_the_id_stays_free(journal: Journal) -> None:
    passed(journal, 1)
    draft = [Draft("truck/1", "gate.left")]
    assert journal.append(draft, id="left", actor="g", expected={"truck/1": 0}).has("JRN-VERSION")
    assert journal.append(draft, id="left", actor="g", expected={"truck/1": 1, "truck/7": 0}).events[0].version == 2


def test_events_of_one_command_are_all_there_or_none(journal: Journal) -> None:
    drafts = [Draft("a", "x"), Draft("b", "x"), Draft("a", "y")]
    assert not journal.append(drafts, id="c", actor="g", expected={"b": 4}).recorded
    assert journal.head().size == 0
    assert [(e.ordinal, e.subject, e.version) for e in journal.append(drafts, id="c", actor="g").events] == [(0, "a", 1), (1, "b", 1), (2, "a", 2)]


def test_a_clock_that_runs_backwards_changes_no_order(place: str) -> None:
    moments = iter([datetime(2026, 11, 22, 10, tzinfo=UTC) - timedelta(minutes=5 * n) for n in range(4)])
    with Journal(place, create=True, clock=lambda: next(moments)) as journal:
        for number in range(4):
            passed(journal, number)
        assert [e.seq for e in journal.events()] == [1, 2, 3, 4]
        assert [e.at for e in journal.events()] == sorted((e.at for e in journal.events()), reverse=True)
    found = verify(place)
    assert found.sound
    assert [f.code for f in found.findings] == ["JRN-CLOCK"]


def _append(journal: Journal, **what: object) -> Receipt:
    known = {"subject": "s", "kind": "k", "payload": {}, "schema": 1, "topics": (), **{k: v for k, v in what.items() if k not in ("id", "actor")}}
    return journal.append([Draft(**known)], id=str(what.get("id", "i")), actor=str(what.get("actor", "a")))  # type: ignore[arg-type]


def nested(depth: int) -> object:
    return [] if depth == 0 else [nested(depth - 1)]


@pytest.mark.parametrize(
    ("inside", "outside", "code"),
    [
        ({"id": "i" * MAX_NAME}, {"id": "i" * (MAX_NAME + 1)}, "JRN-NAME"),
        ({"subject": "s" * MAX_NAME}, {"subject": "s" * (MAX_NAME + 1)}, "JRN-NAME"),
        ({"kind": "k" * MAX_NAME}, {"kind": "k" * (MAX_NAME + 1)}, "JRN-NAME"),
        ({"actor": "0a._:/-"}, {"actor": "Nguyen Van A"}, "JRN-NAME"),
        ({"actor": "a"}, {"actor": "a@b.vn"}, "JRN-NAME"),
        ({"actor": "a"}, {"actor": ""}, "JRN-NAME"),
        ({"subject": "a"}, {"subject": "a\n"}, "JRN-NAME"),
        ({"topics": ("t" * MAX_NAME,)}, {"topics": ("t,u",)}, "JRN-NAME"),
        ({"topics": tuple(map(str, range(MAX_TOPICS)))}, {"topics": tuple(map(str, range(MAX_TOPICS + 1)))}, "JRN-TOPICS"),
        ({"topics": ("a", "b")}, {"topics": ("a", "a")}, "JRN-TOPICS"),
        ({"schema": 9999}, {"schema": 10000}, "JRN-SCHEMA"),
        ({"schema": 1}, {"schema": 0}, "JRN-SCHEMA"),
        ({"payload": {"n": 2**53 - 1}}, {"payload": {"n": 2**53}}, "JRN-INTEGER"),
        ({"payload": {"n": 1 - 2**53}}, {"payload": {"n": -(2**53)}}, "JRN-INTEGER"),
        ({"payload": {"a": nested(30)}}, {"payload": {"a": nested(31)}}, "JRN-DEPTH"),
        ({"payload": {"a$": 1}}, {"payload": {"$a": 1}}, "JRN-NAME"),
        ({"payload": {"a": "\U0001f69a"}}, {"payload": {"a": "\ud83d"}}, "JRN-TEXT"),
        ({"payload": {"é": 1}}, {"payload": {"\udc00": 1}}, "JRN-TEXT"),
        ({"payload": {"t": "x" * (MAX_PAYLOAD - 8)}}, {"payload": {"t": "x" * (MAX_PAYLOAD - 7)}}, "JRN-SIZE"),
    ],
)
def test_each_limit_holds_at_its_edge(tmp_path: Path, inside: dict[str, object], outside: dict[str, object], code: str) -> None:
    with Journal(tmp_path / "j", create=True) as journal:
        refused = _append(journal, **outside)
        assert not refused.recorded
        assert refused.has(code)
        assert journal.head().size == 0
        assert _append(journal, **inside).recorded
    assert verify(tmp_path / "j").sound


def test_a_command_brings_a_thousand_events_and_eight_megabytes_at_most(journal: Journal) -> None:
    assert journal.append([], id="none", actor="a").has("JRN-EVENTS")
    assert journal.append([Draft("s", "k")] * (MAX_DRAFTS + 1), id="many", actor="a").has("JRN-EVENTS")
    assert len(journal.append([Draft("s", "k")] * MAX_DRAFTS, id="many", actor="a").events) == MAX_DRAFTS
    large = [Draft("s", "k", {"t": "x" * (MAX_PAYLOAD - 8)})] * (MAX_COMMAND // MAX_PAYLOAD)
    assert journal.append([*large, Draft("s", "k")], id="large", actor="a").has("JRN-SIZE")
    assert journal.append(large, id="large", actor="a").recorded


@pytest.mark.parametrize("value", [1.5, b"x", {1: 2}, {"a": {2}}, datetime(2026, 1, 1)])
def test_what_is_not_json_is_a_programmers_error(tmp_path: Path, value: object) -> None:
    with Journal(tmp_path / "j", create=True) as journal, pytest.raises(TypeError):
        journal.append([Draft("s", "k", {"v": value})], id="i", actor="a")


def test_old_payloads_are_read_in_their_new_shape_and_stay_as_recorded(place: str) -> None:
    def split(old: dict[str, object]) -> dict[str, object]:
        return {"lane": str(old["gate"])[0], "gate": int(str(old["gate"])[1:])}

    with Journal(place, create=True) as journal:
        recorded = journal.append([Draft("t", "gate.passed", {"gate": "G7"})], id="1", actor="a").events[0]
    with Journal(place, upcasts=Upcasts({("gate.passed", 1): split, ("gate.passed", 2): lambda p: {**p, "side": "CN"}})) as journal:
        lifted = next(journal.events())
        assert (lifted.schema, lifted.payload, lifted.hash) == (3, {"lane": "G", "gate": 7, "side": "CN"}, recorded.hash)
        assert next(journal.events(as_recorded=True)) == recorded
        journal.append([Draft("t", "gate.passed", {}, schema=4)], id="2", actor="a")
        with pytest.raises(UnreadableError, match="version 4"):
            journal.of("t")
    with pytest.raises(ValueError, match="without a gap"):
        Upcasts({("k", 2): split})


def test_a_journal_of_another_layout_or_none_at_all_is_not_opened(place: str, tmp_path: Path) -> None:
    with pytest.raises(NotThereError):
        Journal(place)
    Journal(place, create=True).close()
    engine = create_engine(place.replace("postgresql:", "postgresql+psycopg:") if "://" in place else f"sqlite:///{place}")
    with engine.begin() as connection:
        connection.execute(text("UPDATE meta SET value = '2' WHERE name = 'layout'"))
    engine.dispose()
    with pytest.raises(UnreadableError, match="layout 2"):
        Journal(place)
    (tmp_path / "text").write_text("not a database, however long it is" * 100)
    with pytest.raises(UnreadableError):
        Journal(tmp_path / "text")
    for odd in ("mysql://a/b", "nonsense://x", "sqlite:///" + str(tmp_path / "no" / "j")):
        with pytest.raises(UnreadableError):
            Journal(odd)


def test_a_value_that_is_personal_does_not_show_in_what_programs_print() -> None:
    assert "Nguyễn" not in repr(Draft("s", "k", {"driver": Personal("driver/1", "Nguyễn Văn A")}))
