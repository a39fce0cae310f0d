"""A clock around each phase of a computation."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class Clock:
    """Time by phase, each without the phases inside it."""

    def __init__(self) -> None:
        self.spent: Counter[str] = Counter()
        self._open: list[float] = []

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        start = time.perf_counter()
        self._open.append(0.0)
        try:
            yield
        finally:
            whole = time.perf_counter() - start
            self.spent[name] += whole - self._open.pop()
            if self._open:
                self._open[-1] += whole

    def wrap(self, owner: Any, name: str, phase: str) -> None:
        act = getattr(owner, name, None)
        if act is None:
            return

        def timed(*given: Any, **named: Any) -> Any:
            with self.phase(phase):
                return act(*given, **named)

        setattr(owner, name, timed)
