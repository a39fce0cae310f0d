"""A journal and a model of it, driven side by side at random: append, repeat, contradict, expect, erase, derive, close and open."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule
from sqlalchemy import select

from journal.script import GATES, VIEW
from youyi.journal import Draft, Erased, Journal, Personal
from youyi.journal.merkle import fold, leaf_hash
from youyi.journal.verifying import verify

SUBJECTS = st.sampled_from(["truck/1", "truck/2", "truck/3"])
PERSONS = st.sampled_from(["driver/1", "driver/2", "driver/3"])
GATE = st.sampled_from(["G1", "G2"])


class JournalMachine(RuleBasedStateMachine):
    sent = Bundle("sent")

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.journal = Journal(self.folder / "j", create=True)
        self.events: list[tuple[str, int, str, str, object]] = []  # subject, version, command, gate, person's value or None
        self.persons: dict[str, bool] = {}  # whether erased
        self.number = 0

    def teardown(self) -> None:
        self.journal.close()
        assert verify(self.folder / "j").sound
        shutil.rmtree(self.folder)

    def version(self, subject: str) -> int:
        return sum(e[0] == subject for e in self.events)

    def draft(self, subject: str, gate: str, person: str | None) -> Draft:
        return Draft(subject, "gate.passed", {"gate": gate, **({"driver": Personal(person, f"name of {person}")} if person else {})})

    @rule(target=sent, subject=SUBJECTS, gate=GATE, person=st.none() | PERSONS, off=st.sampled_from([None, None, 0, 1, -1]))
    def append(self, subject: str, gate: str, person: str | None, off: int | None) -> tuple[str, str, str, str | None, int]:
        self.number += 1
        command = f"c{self.number}"
        expected = None if off is None else {subject: self.version(subject) + off}
        receipt = self.journal.append([self.draft(subject, gate, person)], id=command, actor="a", expected=expected)
        erased = person is not None and self.persons.get(person, False)
        if erased or off in (1, -1):
            assert not receipt.recorded
            assert receipt.has("JRN-ERASED" if erased else "JRN-VERSION")
            if person is not None and not erased:
                self.persons[person] = False  # met, though the command was refused
            return command, subject, gate, person, 0
        assert receipt.recorded
        assert not receipt.repeated
        if person is not None:
            self.persons[person] = False
        self.events.append((subject, self.version(subject) + 1, command, gate, person))
        return command, subject, gate, person, len(self.events)

    @rule(command=sent)
    def repeat(self, command: tuple[str, str, str, str | None, int]) -> None:
        name, subject, gate, person, seq = command
        if not seq:
            return
        receipt = self.journal.append([self.draft(subject, gate, person)], id=name, actor="a")
        if person is not None and self.persons[person]:
            assert receipt.has("JRN-ERASED")
        else:
            assert receipt.repeated
            assert receipt.events[0].seq == seq

    @rule(command=sent)
    def contradict(self, command: tuple[str, str, str, str | None, int]) -> None:
        name, subject, _gate, _person, seq = command
        if seq:
            receipt = self.journal.append([self.draft(subject, "G9", None)], id=name, actor="a")
            assert receipt.has("JRN-ID-TAKEN")

    @rule(command=consumes(sent))
    def try_again_what_was_refused(self, command: tuple[str, str, str, str | None, int]) -> None:
        name, subject, gate, _person, seq = command
        if not seq:
            assert self.journal.append([self.draft(subject, gate, None)], id=name, actor="a").recorded
            self.events.append((subject, self.version(subject) + 1, name, gate, None))

    @rule(person=PERSONS)
    def erase(self, person: str) -> None:
        receipt = self.journal.erase(person, id=f"erase/{person}", actor="desk")
        assert receipt.recorded == (person in self.persons)
        if receipt.recorded and not receipt.repeated:
            self.events.append((person, self.version(person) + 1, f"erase/{person}", "", None))
        if person in self.persons:
            self.persons[person] = True

    @rule(again=st.booleans())
    def derive(self, again: bool) -> None:
        assert (self.journal.rebuild if again else self.journal.catch_up)(VIEW) == len(self.events)
        counted = dict(self.journal.look(lambda c: c.execute(select(GATES.c.gate, GATES.c.passed)).all()))
        gates = [e[3] for e in self.events if e[3]]
        assert counted == {g: gates.count(g) for g in set(gates)}

    @rule()
    def close_and_open(self) -> None:
        self.journal.close()
        self.journal = Journal(self.folder / "j")

    @invariant()
    def the_journal_says_what_the_model_says(self) -> None:
        events = list(self.journal.events())
        assert [(e.subject, e.version, e.command, e.payload.get("gate", "")) for e in events] == [e[:4] for e in self.events]
        for event, (_, _, _, _, person) in zip(events, self.events, strict=True):
            if person is not None:
                name = str(person)
                assert self.journal.open(event)["driver"] == (Erased(name) if self.persons[name] else Personal(name, f"name of {name}"))
        assert self.journal.head().root == fold([leaf_hash(e.envelope) for e in events])


class TestSample(JournalMachine.TestCase):
    settings = settings(max_examples=12, stateful_step_count=25, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.mark.prove
class TestInFull(JournalMachine.TestCase):
    settings = settings(max_examples=150, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck))
