"""A scripted day on a journal, and what must be true of it however it was interrupted.

Each step may be sent again: it has its id. `said` is called with a step's name once the journal has acknowledged it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Column, Connection, Integer, MetaData, Table, Text, func, insert, select, text, update

from youyi.journal import Draft, Erased, Event, Journal, Personal, View
from youyi.journal.verifying import verify

TABLES = MetaData()
GATES = Table("gates", TABLES, Column("gate", Text, primary_key=True), Column("passed", Integer, nullable=False))


def count_gates(connection: Connection, event: Event) -> None:
    if event.kind == "gate.passed":
        gate = event.payload["gate"]
        if not connection.execute(update(GATES).where(GATES.c.gate == gate).values(passed=GATES.c.passed + 1)).rowcount:
            connection.execute(insert(GATES).values(gate=gate, passed=1))


VIEW = View("gates", 1, TABLES, count_gates)
Said = Callable[[str], None]
CLOCK = lambda: datetime(2026, 11, 22, 10, tzinfo=UTC)  # noqa: E731


def opened(place: str) -> Journal:
    return Journal(place, create=True, clock=CLOCK)


def _append(name: str, *drafts: Draft) -> tuple[str, Callable[[Journal], Any]]:
    return name, lambda journal: journal.append(drafts, id=name, actor="gate/1").recorded or _refused(name)


def _refused(name: str) -> None:
    raise AssertionError(f"{name} was refused")


def _deliver(journal: Journal) -> None:
    journal.outbox.done(journal.outbox.claim("mqtt", 1))


def _checkpoint(journal: Journal) -> None:
    if "://" not in journal.place:
        journal.look(lambda _: None)
        with journal._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("COMMIT")
            connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)")).all()
            connection.exec_driver_sql("BEGIN")


DRIVER = Personal("driver/7731", {"name": "Nguyễn Văn A", "passport": "C1234567"})
STEPS: list[tuple[str, Callable[[Journal], Any]]] = [
    _append("s1", Draft("truck/1", "gate.passed", {"gate": "G1"}, topics=("mqtt",))),
    _append("s2", Draft("truck/1", "driver.seen", {"driver": DRIVER})),
    _append("s3", *(Draft(f"truck/{n}", "gate.passed", {"gate": f"G{n % 3}"}, topics=("mqtt",)) for n in range(6))),
    ("view", lambda journal: journal.catch_up(VIEW)),
    ("deliver", _deliver),
    _append("s4", Draft("truck/2", "weighed", {"kg": 31_200, "note": "x" * 6_000})),
    ("checkpoint", _checkpoint),
    ("erase", lambda journal: journal.erase("driver/7731", id="erase", actor="desk").recorded or _refused("erase")),
    _append("s5", Draft("truck/2", "gate.passed", {"gate": "G2"}), Draft("truck/3", "released")),
    ("view2", lambda journal: journal.catch_up(VIEW)),
]
COUNTS = {"s1": 1, "s2": 1, "s3": 6, "s4": 1, "erase": 1, "s5": 2}


def run(place: str, said: Said) -> None:
    """The day: half of it, the journal closed and opened, the other half."""
    for part in (STEPS[:6], STEPS[6:]):
        with opened(place) as journal:
            for name, step in part:
                step(journal)
                said(name)


def ledger(place: str) -> list[tuple[Any, ...]]:
    """What the journal says happened, free of keys and noise."""
    with opened(place) as journal:
        return [(e.seq, e.subject, e.version, e.kind, e.command, e.ordinal, e.topics, repr(journal.open(e))) for e in journal.events()]


def check(place: str, acknowledged: list[str], expected: list[tuple[Any, ...]]) -> None:
    """What was acknowledged is there, nothing is half there, and sending all again ends where the uninterrupted day ended."""
    with opened(place) as journal:
        found: dict[str, int] = {}
        for event in journal.events():
            found[event.command] = found.get(event.command, 0) + 1
            if event.command == "s2" and "erase" in acknowledged:
                assert journal.open(event) == {"driver": Erased("driver/7731")}, "an erased person can be read"
        half = {c: n for c, n in found.items() if COUNTS[c] != n}
        assert not half, f"half of {half}"
        lost = [name for name in acknowledged if name in COUNTS and name not in found]
        assert not lost, f"acknowledged and lost: {lost}"
        assert list(found) == list(COUNTS)[: len(found)], "not the beginning of the day"
        mine = journal.look(lambda c: c.execute(text("SELECT count(*) FROM outbox")).scalar_one())
        asked = sum(len(e.topics) for e in journal.events())
        assert asked - 1 <= mine <= asked, f"{mine} messages wait of {asked}"
    report = verify(place)
    assert report.sound, report.findings
    for name, step in STEPS:
        if name == "s2" and ("erase" in acknowledged or _erased(place)):
            continue  # cannot be compared any more, and says so
        if name != "deliver":
            with opened(place) as journal:
                step(journal)
    with opened(place) as journal:
        assert dict(journal.look(lambda c: c.execute(select(GATES.c.gate, GATES.c.passed)).all())) == {"G1": 3, "G0": 2, "G2": 3}
        assert journal.look(lambda c: c.execute(select(func.sum(GATES.c.passed))).scalar_one()) == 8
    assert ledger(place) == expected, "the day sent again ends otherwise"


def _erased(place: str) -> bool:
    with opened(place) as journal:
        kept = journal.vault.find(["driver/7731"]).get("driver/7731")
        return kept is not None and kept.key is None
