"""The columns of an answer: their names and kinds, and how numbers become Arrow columns."""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from youyi.assess.numbering import I32

COLUMNS = (
    "line_id", "regime", "schedule", "code", "rate", "rate_low", "rate_high", "customs_value", "duty_low", "duty_high", "remedy", "vat", "other_tax",
    "total_low", "total_high", "currency", "eligible", "status", "basis", "best", "saving_low", "saving_high", "conditions", "not_checked", "findings",
)  # fmt: skip
MONEY = ("customs_value", "duty_low", "duty_high", "remedy", "vat", "other_tax", "total_low", "total_high", "saving_low", "saving_high")
RATES = ("rate_low", "rate_high")
WORDS = ("regime", "schedule", "code", "rate", "currency", "eligible", "status", "basis", "conditions", "not_checked", "findings")
LISTS = ("conditions", "not_checked", "findings")
SEPARATOR = ";"
CENT, PER_CENT = Decimal("0.01"), Decimal(10_000)


def dictionary(ids: npt.NDArray[Any], used: npt.NDArray[Any], pool: list[str], rows: npt.NDArray[Any] | None = None) -> Any:
    """A column of words with only the words it uses, in alphabetical order: the same rows give the same bytes anywhere.

    `rows`: which of `ids` each row has (None = its own); `used`: the numbers among which all those lie that a row has.
    """
    import pyarrow as pa

    numbers = np.flatnonzero(np.bincount(used))
    rank, kept = _ordered(tuple([pool[i] for i in numbers.tolist()]))
    if len(kept) == 1:
        return pa.DictionaryArray.from_arrays(pa.array(np.zeros(len(ids if rows is None else rows), dtype=np.int32)), kept)
    rank_of = np.zeros(int(numbers[-1]) + 1 if len(numbers) else 0, dtype=np.int32)
    rank_of[numbers] = rank
    found = rank_of.take(ids, mode="clip")
    return pa.DictionaryArray.from_arrays(pa.array(found if rows is None else found.take(rows, mode="clip")), kept)


@lru_cache(maxsize=32)
def _ordered(texts: tuple[str, ...]) -> tuple[I32, Any]:
    """Each text's place among the distinct ones in alphabetical order, and those; remembered, since batches of one file use much the same words."""
    import pyarrow as pa

    kept = sorted(set(texts))  # different numbers may stand for one text (a currency of several plans)
    index = {t: i for i, t in enumerate(kept)}
    return np.array([index[t] for t in texts], dtype=np.int32), pa.array(kept, pa.string())


def decimals(column: Any, kind: Any) -> Any:
    """Whole numbers as Arrow decimals of a kind, those below zero as missing."""
    import pyarrow as pa

    numbers = np.ascontiguousarray(column, dtype=np.int64)
    present = numbers >= 0
    if present.all():
        return pa.Array.from_buffers(kind, len(numbers), [None, pa.py_buffer(numbers)], null_count=0)
    mask = np.packbits(present, bitorder="little")
    return pa.Array.from_buffers(kind, len(numbers), [pa.py_buffer(mask), pa.py_buffer(numbers)])


def schema() -> Any:
    """The Arrow schema of an assessment."""
    import pyarrow as pa

    kinds = {"line_id": pa.string(), "best": pa.bool_(), **dict.fromkeys(MONEY, pa.decimal64(18, 2)), **dict.fromkeys(RATES, pa.decimal64(9, 4))}
    word = pa.dictionary(pa.int32(), pa.string())
    return pa.schema([pa.field(c, kinds.get(c, word)) for c in COLUMNS])
