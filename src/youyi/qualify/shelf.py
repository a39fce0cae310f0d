"""Programs of many rules and codes standing behind one another, each compiled once, for columns of goods."""

from __future__ import annotations

from decimal import Decimal
from itertools import chain

import numpy as np
import numpy.typing as npt

from youyi.qualify import weigh as w
from youyi.qualify.program import Program, ProgramError

MOST_FACTS = 62
"""Facts of one program that fit into a column."""
PLACED = ((w.CHANGE, (w.D, w.E, w.F, w.G, w.H, w.I)), (w.CONTENT_DOWN, (w.D, w.E)), (w.CONTENT_UP, (w.D, w.E)), (w.OBTAINED, (w.D, w.E)))
"""Which cells of a node are places of spans."""
NO_PERCENT = Decimal(0)


class Shelf:
    """Programs by number. `add` gives a program its number, `law` is all of them as columns."""

    def __init__(self) -> None:
        self.programs: list[Program] = []
        self._numbers: dict[int, int] = {}
        self._law: w.Law | None = None
        self._counts: list[tuple[int, int]] = []
        self._counted = np.zeros((0, 2), dtype=np.int64)

    def add(self, program: Program) -> int:
        """The number of a program; the same program has the same number. Raises ProgramError for one with too many facts."""
        number = self._numbers.get(id(program))
        if number is None:
            if len(program.facts) > MOST_FACTS:
                raise ProgramError(f"more than {MOST_FACTS} facts in one rule")
            number = self._numbers[id(program)] = len(self.programs)
            self.programs.append(program)
            self._counts.append((program.size, program.nodes[w.KIND :: w.NODE].count(w.CHANGE)))
            self._law = None
        return number

    @property
    def sizes(self) -> npt.NDArray[np.int64]:
        """How many nodes each program has."""
        return self._both()[:, 0]

    @property
    def changes(self) -> npt.NDArray[np.int64]:
        """How many changes each program asks for."""
        return self._both()[:, 1]

    def _both(self) -> npt.NDArray[np.int64]:
        if len(self._counted) != len(self._counts):
            self._counted = np.array(self._counts, dtype=np.int64).reshape(-1, 2)
        return self._counted

    @property
    def law(self) -> w.Law:
        """Every program, behind the other."""
        if self._law is None:
            self._law = self._together()
        return self._law

    def _together(self) -> w.Law:
        sizes = self.sizes
        nodes = np.fromiter(chain.from_iterable(p.nodes for p in self.programs), dtype=np.int64, count=int(sizes.sum()) * w.NODE).reshape(-1, w.NODE)
        spans = np.cumsum([0, *(len(p.spans) // w.SPAN for p in self.programs)])
        limits = np.cumsum([0, *(len(p.limits) // w.LIMIT for p in self.programs)])
        span_of, limit_of = np.repeat(spans[:-1], sizes), np.repeat(limits[:-1], sizes)
        kinds = nodes[:, w.KIND]
        for kind, cells in PLACED:
            for cell in cells:
                rows = (kinds == kind) & (nodes[:, cell] >= 0)
                nodes[rows, cell] += span_of[rows]
        rows = kinds == w.CHANGE
        nodes[rows, w.LIMITS_FROM] += limit_of[rows]
        nodes[rows, w.LIMITS_OWN] += limit_of[rows]
        nodes[rows, w.LIMITS_TO] += limit_of[rows]
        nodes[kinds == w.AT_MOST, w.A] += limit_of[kinds == w.AT_MOST]
        limit_rows = np.array([n for p in self.programs for n in p.limits], dtype=np.int64).reshape(-1, w.LIMIT)
        of = np.repeat(spans[:-1], [len(p.limits) // w.LIMIT for p in self.programs])
        for cell in (3, 4):
            known = limit_rows[:, cell] >= 0
            limit_rows[known, cell] += of[known]
        span_rows = np.array([n for p in self.programs for n in p.spans], dtype=np.int64)
        return w.Law(np.cumsum([0, *sizes]).astype(np.int32), nodes.ravel(), span_rows, limit_rows.ravel())
