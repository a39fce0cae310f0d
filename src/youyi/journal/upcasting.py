"""Old events for new programs: a payload of an earlier shape is lifted on reading, never in the store, so the chain stays as it was."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from youyi.journal.canonical import canonical
from youyi.journal.errors import UnreadableError
from youyi.journal.event import Event

Step = Callable[[dict[str, Any]], dict[str, Any]]
"""From the payload of one version to that of the next. What is sealed may be moved, not changed."""


class Upcasts:
    """The steps of each kind: `Upcasts({("proof.issued", 1): add_party})` makes 2 the current version of `proof.issued`.

    Raises ValueError where a kind's steps do not run from 1 without a gap.
    """

    def __init__(self, steps: Mapping[tuple[str, int], Step] | None = None) -> None:
        self._steps = dict(steps or {})
        self._current: dict[str, int] = {}
        for kind in {k for k, _ in self._steps}:
            versions = sorted(v for k, v in self._steps if k == kind)
            if versions != list(range(1, len(versions) + 1)):
                raise ValueError(f"{kind}: the steps begin at versions {versions}; they must run from 1 without a gap")
            self._current[kind] = len(versions) + 1

    def lift(self, event: Event) -> Event:
        """The event with its payload in the current shape; `hash` stays that of what was recorded.

        Raises UnreadableError for a version that this program does not know yet.
        """
        current = self._current.get(event.kind)
        if current is None or event.schema == current:
            return event
        if event.schema > current:
            raise UnreadableError(f"event {event.seq}: {event.kind} is of version {event.schema}; this program knows {current}: use a newer one")
        payload = event.payload
        for version in range(event.schema, current):
            payload = self._steps[event.kind, version](payload)
        return replace(event, text=canonical(payload).decode(), schema=current)
