"""The thin shell round a pure station: read the state, decide, append; if somebody was faster, read and decide again.

A station with a life is three pure things: a state to start from, `evolve(state, event) -> state` and `decide(state, command) ->
Decision`. They know no store, no clock and no network: what the time is stands in the command.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, Generic, TypeVar

from youyi.finding import Finding, Severity
from youyi.journal.event import Draft, Event, Receipt, refusal
from youyi.journal.journal import Journal

S = TypeVar("S")
C = TypeVar("C")

ATTEMPTS = 16
"""How often a command is decided anew because its subject has moved on."""
REMEMBERED = 4_096
"""States kept in memory, the least used forgotten first."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What a station decides: events to record, and what the sender must know. A finding that is an error means that nothing happens."""

    drafts: tuple[Draft, ...] = ()
    findings: tuple[Finding, ...] = ()

    @property
    def refused(self) -> bool:
        """Whether it is a refusal."""
        return any(f.severity is Severity.ERROR for f in self.findings)


@dataclass(frozen=True)
class Station(Generic[S, C]):
    """A pure machine. `start`: the state before any event, immutable like every state. `content`: a command as JSON, for comparing ids."""

    start: S
    evolve: Callable[[S, Event], S]
    decide: Callable[[S, C], Decision]
    content: Callable[[C], Any]


@dataclass
class Shell(Generic[S, C]):
    """A station on a journal. Safe for threads; several processes may run the same station on the same journal."""

    journal: Journal
    station: Station[S, C]
    _states: OrderedDict[str, tuple[int, S]] = field(default_factory=OrderedDict)
    _guard: Lock = field(default_factory=Lock)

    def state(self, subject: str) -> tuple[int, S]:
        """A subject's version and state as recorded now."""
        with self._guard:
            version, state = self._states.get(subject, (0, self.station.start))
        for event in self.journal.of(subject, after=version):
            version, state = event.version, self.station.evolve(state, event)
        with self._guard:
            if self._states.get(subject, (0, state))[0] <= version:
                self._states[subject] = (version, state)
                self._states.move_to_end(subject)
            while len(self._states) > REMEMBERED:
                self._states.popitem(last=False)
        return version, state

    def handle(self, subject: str, command: C, *, id: str, actor: str) -> Receipt:
        """Decide a command on a subject and record what follows from it.

        The same id with the same content gets the first answer, undecided anew; with other content it is refused. A decision that
        is refused, or that brings no event, leaves no trace. Raises UnavailableError where the store did not confirm.
        """
        content = {"command": self.station.content(command), "subject": subject}
        if (answer := self.journal.answer(id, actor, content)) is not None:
            return answer
        for _ in range(ATTEMPTS):
            version, state = self.state(subject)
            decision = self.station.decide(state, command)
            if decision.refused or not decision.drafts:
                return Receipt(id, findings=decision.findings)
            receipt = self.journal.append(decision.drafts, id=id, actor=actor, expected={subject: version}, content=content)
            if not receipt.has("JRN-VERSION"):
                return Receipt(id, receipt.events, receipt.repeated, decision.findings + receipt.findings)
        return refusal(id, "JRN-BUSY", "", f"{subject} moved on {ATTEMPTS} times while this was decided: send it again")
