"""A station with a life: pure decide and evolve in a thin shell; views and outbox derive from what was recorded."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Column, Connection, Integer, MetaData, Table, Text, insert, select, text

from journal.conftest import passed
from journal.script import GATES, VIEW
from youyi.finding import Finding, Severity
from youyi.journal import Decision, Draft, Event, Journal, Shell, Station, Upcasts, View

# -- the example: an order for a lane that holds so many trucks ------------------------------------------------------


@dataclass(frozen=True)
class Lane:
    inside: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Enter:
    truck: str
    room: int


def evolve(lane: Lane, event: Event) -> Lane:
    truck = event.payload["truck"]
    return replace(lane, inside=lane.inside | {truck} if event.kind == "lane.entered" else lane.inside - {truck})


def decide(lane: Lane, command: Enter) -> Decision:
    if command.truck in lane.inside:
        return Decision(findings=(Finding("LANE-INSIDE", Severity.NOTE, "/truck", f"{command.truck} is inside already"),))
    if len(lane.inside) >= command.room:
        return Decision(findings=(Finding("LANE-FULL", Severity.ERROR, "/truck", f"the lane holds {command.room}"),))
    return Decision((Draft("lane/1", "lane.entered", {"truck": command.truck}),))


STATION = Station(Lane(), evolve, decide, lambda c: {"truck": c.truck, "room": c.room})


def test_a_station_decides_on_what_was_recorded(journal: Journal) -> None:
    shell = Shell(journal, STATION)
    assert shell.handle("lane/1", Enter("A", 2), id="1", actor="gate").recorded
    assert shell.handle("lane/1", Enter("B", 2), id="2", actor="gate").recorded
    full = shell.handle("lane/1", Enter("C", 2), id="3", actor="gate")
    assert not full.recorded
    assert full.has("LANE-FULL")
    assert shell.handle("lane/1", Enter("A", 2), id="4", actor="gate").has("LANE-INSIDE")
    assert Shell(journal, STATION).state("lane/1") == shell.state("lane/1") == (2, Lane(frozenset("AB")))


def test_a_station_answers_the_same_id_as_it_first_did_even_where_it_would_now_decide_otherwise(journal: Journal) -> None:
    shell = Shell(journal, STATION)
    first = shell.handle("lane/1", Enter("A", 1), id="1", actor="gate")
    again = shell.handle("lane/1", Enter("A", 1), id="1", actor="gate")
    assert again.repeated
    assert again.events == first.events
    assert shell.handle("lane/1", Enter("B", 1), id="1", actor="gate").has("JRN-ID-TAKEN")
    assert shell.handle("lane/2", Enter("A", 1), id="1", actor="gate").has("JRN-ID-TAKEN")
    assert shell.handle("lane/1", Enter("A", 1), id="no good", actor="gate").has("JRN-NAME")
    assert shell.handle("lane/1", Enter("B", 1), id="2", actor="gate").has("LANE-FULL")
    assert shell.handle("lane/1", Enter("B", 2), id="2", actor="gate").recorded  # a refusal left no trace: the id was free


def test_many_at_once_never_overfill_the_lane(place: str) -> None:
    Journal(place, create=True).close()
    recorded: list[str] = []

    def drive(worker: int) -> None:
        with Journal(place) as journal:
            shell = Shell(journal, STATION)
            for n in range(6):
                if shell.handle("lane/1", Enter(f"{worker}-{n}", 10), id=f"{worker}/{n}", actor="gate").recorded:
                    recorded.append(f"{worker}-{n}")

    threads = [threading.Thread(target=drive, args=(n,)) for n in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    with Journal(place) as journal:
        assert len(recorded) == 10
        assert Shell(journal, STATION).state("lane/1") == (10, Lane(frozenset(recorded)))


def test_a_station_that_is_always_overtaken_says_so(journal: Journal) -> None:
    def overtaken(lane: Lane, command: Enter) -> Decision:
        number = journal.head().size
        journal.append([Draft("lane/1", "lane.entered", {"truck": str(number)})], id=f"other/{number}", actor="other")
        return decide(lane, command)

    shell = Shell(journal, replace(STATION, decide=overtaken))
    assert shell.handle("lane/1", Enter("A", 99), id="1", actor="gate").has("JRN-BUSY")


# -- views -----------------------------------------------------------------------------------------------------------


def gates(journal: Journal) -> dict[str, int]:
    return dict(journal.look(lambda c: c.execute(select(GATES.c.gate, GATES.c.passed)).all()))


def test_a_view_made_anew_is_the_view_kept_up(journal: Journal) -> None:
    assert journal.catch_up(VIEW) == 0
    for number in range(30):
        passed(journal, number)
        if number % 7 == 0:
            assert journal.catch_up(VIEW) == number + 1
    assert journal.catch_up(VIEW) == 30
    kept = gates(journal)
    assert sum(kept.values()) == 30
    assert journal.rebuild(VIEW) == 30
    assert gates(journal) == kept


def test_a_view_that_fails_half_way_stays_where_it_was(journal: Journal) -> None:
    for number in range(5):
        passed(journal, number)

    def failing(connection: Connection, event: Event) -> None:
        VIEW.apply(connection, event)
        if event.seq == 4:
            raise ArithmeticError

    with pytest.raises(ArithmeticError):
        journal.catch_up(replace(VIEW, apply=failing))
    assert journal.catch_up(VIEW) == 5
    assert sum(gates(journal).values()) == 5


def test_a_new_revision_makes_the_view_anew_in_its_new_shape(journal: Journal) -> None:
    passed(journal, 1)
    journal.catch_up(VIEW)
    tables = MetaData()
    table = Table("gates", tables, Column("gate", Text, primary_key=True), Column("last", Integer, nullable=False))
    journal.catch_up(View("gates", 2, tables, lambda c, e: c.execute(insert(table).values(gate=e.payload["gate"], last=e.seq)) and None))
    assert journal.look(lambda c: c.execute(select(table)).all()) == [("G1", 1)]


def test_a_view_may_not_take_a_table_of_the_journal() -> None:
    tables = MetaData()
    Table("event", tables, Column("x", Integer))
    with pytest.raises(ValueError, match="of the journal itself"):
        View("bad", 1, tables, lambda _c, _e: None)


def test_a_view_sees_old_payloads_in_their_new_shape(place: str) -> None:
    with Journal(place, create=True) as journal:
        journal.append([Draft("t", "gate.passed", {"g": "G1"})], id="1", actor="a")
    with Journal(place, upcasts=Upcasts({("gate.passed", 1): lambda p: {"gate": p["g"]}})) as journal:
        journal.catch_up(VIEW)
        assert gates(journal) == {"G1": 1}


# -- the outbox ------------------------------------------------------------------------------------------------------


def test_a_message_waits_until_it_is_done_and_comes_again_after_its_lease(place: str) -> None:
    now = [datetime(2026, 11, 22, tzinfo=UTC)]
    with Journal(place, create=True, clock=lambda: now[0]) as journal:
        for number in range(3):
            journal.append([Draft("t", "k", {"n": number}, topics=("mqtt", "customs"))], id=str(number), actor="a")
        assert journal.outbox.waiting() == {"customs": 3, "mqtt": 3}
        first = journal.outbox.claim("mqtt", 2)
        assert [(m.event.payload["n"], m.attempts) for m in first] == [(0, 1), (1, 1)]
        assert [m.event.seq for m in journal.outbox.claim("mqtt")] == [3]
        assert journal.outbox.claim("mqtt") == []
        journal.outbox.done(first[:1])
        now[0] -= timedelta(minutes=5)
        assert journal.outbox.claim("mqtt") == []  # a clock set back lengthens the lease
        now[0] += timedelta(minutes=6)
        assert [(m.event.seq, m.attempts) for m in journal.outbox.claim("mqtt")] == [(2, 2), (3, 2)]
        assert journal.outbox.waiting() == {"customs": 3, "mqtt": 2}


def test_workers_at_once_never_hold_the_same_message(place: str) -> None:
    with Journal(place, create=True) as journal:
        journal.append([Draft("t", "k", {"n": n}, topics=("mqtt",)) for n in range(60)], id="1", actor="a")
    taken: list[int] = []

    def work() -> None:
        with Journal(place) as journal:
            while messages := journal.outbox.claim("mqtt", 7):
                taken.extend(m.event.seq for m in messages)
                journal.outbox.done(messages)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert sorted(taken) == list(range(1, 61))
    with Journal(place) as journal:
        assert journal.look(lambda c: c.execute(text("SELECT count(*) FROM outbox")).scalar_one()) == 0
