"""Numbering: turning columns of repeated things into small numbers, so that each distinct thing is worked on once."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

I64 = npt.NDArray[np.int64]
I32 = npt.NDArray[np.int32]
NARROW = 1 << 16


class Pool:
    """Distinct values, each with a number."""

    def __init__(self, first: Sequence[Any] = ()) -> None:
        self.values: list[Any] = list(first)
        self._places: dict[Hashable, int] = {v: i for i, v in enumerate(self.values)}

    def __len__(self) -> int:
        return len(self.values)

    def place(self, value: Any) -> int:
        """The number of a value, a new one if it is new."""
        found = self._places.get(value)
        if found is None:
            found = self._places[value] = len(self.values)
            self.values.append(value)
        return found

    def places(self, values: Sequence[Any]) -> I64:
        """The numbers of several values."""
        return np.array([self.place(v) for v in values], dtype=np.int64)


def distinct(values: npt.NDArray[Any]) -> tuple[I64, I32]:
    """The distinct values in order, and each element's place among them: by table where they lie close, else by sorting."""
    n = len(values)
    if n == 0:
        return values.astype(np.int64), np.zeros(0, dtype=np.int32)
    low = int(values.min())
    width = int(values.max()) - low + 1
    if width == 1:
        return np.array([low], dtype=np.int64), np.zeros(n, dtype=np.int32)
    if width <= max(NARROW, 4 * n):
        shifted = values - low if low else values
        seen = np.zeros(width, dtype=np.bool_)
        seen[shifted] = True
        found = np.flatnonzero(seen)
        places = np.zeros(width, dtype=np.int32)
        places[found] = np.arange(len(found), dtype=np.int32)
        return found + low, places[shifted]
    found, inverse = np.unique(values, return_inverse=True)
    return found.astype(np.int64), inverse.astype(np.int32)


def combined(columns: Sequence[tuple[npt.NDArray[Any], int]]) -> tuple[I32, list[I64]]:
    """Number the distinct combinations of columns of small numbers, each given with how many numbers it has.

    Returns each row's combination, and for every column its number in each combination.
    """
    places, parts = columns[0][0], [np.arange(columns[0][1], dtype=np.int64)]
    for ids, size in columns[1:]:
        if size == 1:
            parts.append(np.zeros(len(parts[0]), dtype=np.int64))
            continue
        found, places = distinct(places.astype(np.int64) * size + ids)
        before, own = np.divmod(found, size)
        parts = [p[before] for p in parts]
        parts.append(own)
    return places.astype(np.int32, copy=False), parts
