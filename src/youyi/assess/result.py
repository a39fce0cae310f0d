"""What an assessment gives back: one row per line and regime, in columns, with the findings beside them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from youyi.assess.numbering import NARROW, distinct
from youyi.finding import Finding, Severity

COLUMNS = (
    "line_id", "regime", "schedule", "code", "rate", "rate_low", "rate_high", "customs_value", "duty_low", "duty_high", "remedy", "vat", "other_tax",
    "total_low", "total_high", "currency", "eligible", "status", "basis", "best", "saving_low", "saving_high", "conditions", "not_checked", "findings",
)  # fmt: skip
MONEY = ("customs_value", "duty_low", "duty_high", "remedy", "vat", "other_tax", "total_low", "total_high", "saving_low", "saving_high")
RATES = ("rate_low", "rate_high")
WORDS = ("regime", "schedule", "code", "rate", "currency", "eligible", "status", "basis", "conditions", "not_checked", "findings")
LISTS = ("conditions", "not_checked", "findings")
SEPARATOR = ";"


@dataclass
class Words:
    """A column of words: `ids` into `pool`."""

    ids: npt.NDArray[Any]
    pool: list[str]


@dataclass
class Result:
    """One row per line × regime, in line order, the most-favoured-nation row first.

    Money is in hundredths of `currency`, rates in ten-thousandths of a percent, -1 where nothing can be said.
    A refused line has one row without a regime. `line` gives each row's line.
    """

    line: npt.NDArray[np.int64]
    line_id: Any
    money: dict[str, npt.NDArray[np.int64]]
    rates: dict[str, npt.NDArray[np.int64]]
    words: dict[str, Words]
    best: npt.NDArray[np.bool_]
    findings: list[Finding]
    release: str = ""
    context: Any = field(default=None, repr=False)
    """(desk, each line's ruling, each line's plan): what an explanation reads."""

    def __len__(self) -> int:
        return len(self.line)

    @property
    def errors(self) -> list[Finding]:
        """The findings that refused a row."""
        return [f for f in self.findings if f.severity is Severity.ERROR]

    def records(self) -> list[dict[str, Any]]:
        """The rows as mappings: amounts and rates as Decimal or None, lists as lists."""
        return list(self._records())

    def _records(self) -> Iterator[dict[str, Any]]:
        ids = self.line_id if isinstance(self.line_id, list) else [str(v) for v in self.line_id.to_pylist()]
        for i, line in enumerate(self.line.tolist()):
            row: dict[str, Any] = {"line_id": ids[line]}
            for name in COLUMNS[1:]:
                if name in self.words:
                    word = self.words[name]
                    text = word.pool[word.ids[i]]
                    row[name] = (text.split(SEPARATOR) if text else []) if name in LISTS else text
                elif name == "best":
                    row[name] = bool(self.best[i])
                elif name in self.rates:
                    number = int(self.rates[name][i])
                    row[name] = None if number < 0 else Decimal(number) / 10_000
                else:
                    number = int(self.money[name][i])
                    row[name] = None if number < 0 else Decimal(number).scaleb(-2)
            yield row

    def arrow(self) -> Any:
        """The rows as an Arrow record batch; see docs/schemas/assessment.json for the columns."""
        import pyarrow as pa

        ids = self.line_id
        ids = pa.array(ids, pa.string()) if isinstance(ids, list) else ids
        if pa.types.is_dictionary(ids.type):
            ids = ids.cast(ids.type.value_type)
        if not pa.types.is_string(ids.type):
            ids = ids.cast(pa.string())
        arrays: dict[str, Any] = {"line_id": ids.fill_null("").take(pa.array(self.line))}
        for name in MONEY:
            arrays[name] = _decimals(self.money[name], pa.decimal64(18, 2))
        for name in RATES:
            arrays[name] = _decimals(self.rates[name], pa.decimal64(9, 4))
        for name in WORDS:
            arrays[name] = _dictionary(self.words[name])
        arrays["best"] = pa.array(self.best)
        return pa.RecordBatch.from_arrays([arrays[c] for c in COLUMNS], schema=schema())


def _dictionary(word: Words) -> Any:
    """A column of words with only the words it uses, in alphabetical order: the same rows give the same bytes anywhere."""
    import pyarrow as pa

    ids, pool = word.ids, word.pool
    if len(pool) > max(NARROW, 4 * len(ids)):
        used, places = distinct(ids)
        rank, kept = _ordered(tuple([pool[i] for i in used.tolist()]))
        return pa.DictionaryArray.from_arrays(pa.array(rank[places]), kept)
    used = np.flatnonzero(np.bincount(ids))
    rank, kept = _ordered(tuple([pool[i] for i in used.tolist()]))
    rank_of = np.zeros(len(pool), dtype=np.int32)
    rank_of[used] = rank
    return pa.DictionaryArray.from_arrays(pa.array(rank_of.take(ids, mode="clip")), kept)


@lru_cache(maxsize=32)
def _ordered(texts: tuple[str, ...]) -> tuple[npt.NDArray[np.int32], Any]:
    """Each text's place among the distinct ones in alphabetical order, and those; remembered, since batches of one file use much the same words."""
    import pyarrow as pa

    kept = sorted(set(texts))  # different numbers may stand for one text (a currency of several plans)
    index = {t: i for i, t in enumerate(kept)}
    return np.array([index[t] for t in texts], dtype=np.int32), pa.array(kept, pa.string())


def _decimals(numbers: npt.NDArray[np.int64], kind: Any) -> Any:
    import pyarrow as pa

    present = numbers >= 0
    if present.all():
        return pa.Array.from_buffers(kind, len(numbers), [None, pa.py_buffer(np.ascontiguousarray(numbers))], null_count=0)
    mask = np.packbits(present, bitorder="little")
    return pa.Array.from_buffers(kind, len(numbers), [pa.py_buffer(mask), pa.py_buffer(np.ascontiguousarray(numbers))])


def schema() -> Any:
    """The Arrow schema of an assessment."""
    import pyarrow as pa

    kinds = {"line_id": pa.string(), "best": pa.bool_(), **dict.fromkeys(MONEY, pa.decimal64(18, 2)), **dict.fromkeys(RATES, pa.decimal64(9, 4))}
    word = pa.dictionary(pa.int32(), pa.string())
    return pa.schema([pa.field(c, kinds.get(c, word)) for c in COLUMNS])
