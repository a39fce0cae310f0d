"""Goods and materials from Arrow into the columns that `weigh` takes, with a finding for every row that cannot be taken.

Amounts become ten-thousandths of their unit. A row that is wrong is refused; it never becomes a guess and never stops the
others.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from youyi.finding import Finding, Severity
from youyi.qualify import weigh as w
from youyi.qualify.formats import refuse

I64 = npt.NDArray[np.int64]
SCALE = 10_000
SHOWN = 1000
"""Findings kept of one kind; the rest are counted."""


class Sheet:
    """A table's columns by name, with findings on its rows."""

    def __init__(self, table: pa.Table, name: str, needed: tuple[str, ...]) -> None:
        missing = [c for c in needed if c not in table.column_names]
        if missing:
            raise refuse("COLUMNS", f"the table of {name} lacks {', '.join(missing)}")
        self.table = table
        self.name = name
        self.size = table.num_rows
        self.refused = np.zeros(self.size, dtype=bool)
        self.findings: list[Finding] = []

    def has(self, name: str) -> bool:
        """Whether the table has this column."""
        return name in self.table.column_names

    def array(self, name: str) -> pa.Array:
        """A column in one piece."""
        column = self.table.column(name)
        return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()

    def refuse(self, rows: npt.NDArray[Any], code: str, name: str, text: str) -> None:
        """A finding on each of these rows, which are then refused."""
        where = np.flatnonzero(rows)
        self.refused[where] = True
        self.findings += [Finding(code, Severity.ERROR, f"/{self.name}/{i}/{name}", text) for i in where[:SHOWN].tolist()]
        if len(where) > SHOWN:
            self.findings.append(Finding(code, Severity.ERROR, f"/{self.name}", f"{text}: {len(where) - SHOWN} more rows"))

    def amount(self, name: str) -> I64:
        """A column of amounts in ten-thousandths, NONE where it is null or absent."""
        if not self.has(name):
            return np.full(self.size, w.NONE, dtype=np.int64)
        array = self.array(name)
        null = np.asarray(array.is_null()) if array.null_count else None
        values, wrong = _scaled(array)
        if null is not None:
            values = np.where(null, w.NONE, values)
            wrong = wrong & ~null
        if wrong.any():
            self.refuse(wrong, "VALUE", name, "not a number of at most four decimals; ask for this good alone")
        low = values < 0 if null is None else (values < 0) & ~null
        if low.any():
            self.refuse(low & ~wrong, "VALUE-NEGATIVE", name, "below zero")
        high = values > w.MAX_AMOUNT
        if high.any():
            self.refuse(high, "VALUE-LARGE", name, f"more than {w.MAX_AMOUNT // SCALE}")
        return values

    def texts(self, name: str) -> tuple[I64, list[Any]]:
        """A column as places into its distinct values; a null is the last of them, None."""
        array = self.array(name)
        if not pa.types.is_dictionary(array.type):
            array = array.dictionary_encode()
        pool = array.dictionary.to_pylist()
        places = array.indices
        if places.null_count:
            places, pool = places.fill_null(len(pool)), [*pool, None]
        return np.asarray(places).astype(np.int64, copy=False), pool

    def truth(self, name: str) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
        """A column of booleans: which rows hold, which are not known."""
        if not self.has(name):
            return np.zeros(self.size, dtype=bool), np.ones(self.size, dtype=bool)
        array = self.array(name)
        if not pa.types.is_boolean(array.type):
            raise refuse("COLUMNS", f"{self.name}.{name} is {array.type}; it holds true, false or null")
        unknown = np.asarray(array.is_null()) if array.null_count else np.zeros(self.size, dtype=bool)
        return np.asarray(array.fill_null(False)), unknown

    def codes(self, name: str, read: Callable[[str], tuple[int, ...]], unknown: tuple[int, ...] = ()) -> tuple[I64, list[tuple[int, ...]]]:
        """A column of codes as places into what `read` makes of each distinct one; empty where it is no code, refusing the row.

        A null is `unknown` where that is given, else no code.
        """
        places, pool = self.texts(name)
        digits = [str(p).replace(".", "") if p is not None else "" for p in pool]
        good = [d.isascii() and d.isdigit() and len(d) in (2, 4, 6, 8, 10, 12) for d in digits]
        taken = [ok or bool(p is None and unknown) for p, ok in zip(pool, good, strict=True)]
        if not all(taken):
            self.refuse(~np.array(taken)[places], "HS", name, "no code of 2, 4, 6, 8, 10 or 12 digits (as text)")
        return places, [read(d) if ok else unknown if p is None else () for p, d, ok in zip(pool, digits, good, strict=True)]


def _scaled(array: pa.Array) -> tuple[I64, npt.NDArray[np.bool_]]:
    """Ten-thousandths of each number, and which of them are not exactly that."""
    kind = array.type
    fine = np.zeros(len(array), dtype=bool)
    if pa.types.is_integer(kind):
        values = np.asarray(array.fill_null(0)).astype(np.int64)
        big = np.abs(values) > w.MAX_AMOUNT // SCALE
        return np.where(big, w.MAX_AMOUNT + 1, values * SCALE), fine
    if pa.types.is_floating(kind):
        numbers = np.asarray(array.fill_null(0.0), dtype=np.float64) * SCALE
        wrong = ~np.isfinite(numbers) | (np.abs(numbers) > 2**52)
        rounded = np.rint(np.where(wrong, 0, numbers))
        wrong |= np.abs(np.where(wrong, 0, numbers) - rounded) > 1e-3
        return rounded.astype(np.int64), wrong
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_dictionary(kind):
        return _of_texts(array)
    if pa.types.is_decimal(kind):
        if len(array) and kind.bit_width == 128 and 0 <= kind.scale <= 4 and kind.precision - kind.scale + 4 <= 18:  # such numbers fill the low half alone
            halves = np.frombuffer(array.buffers()[1], dtype=np.int64)[2 * array.offset : 2 * (array.offset + len(array)) : 2]
            return halves * 10 ** (4 - kind.scale), fine
        try:
            exact = array.cast(pa.decimal128(38, 4))
        except pa.ArrowInvalid:
            return _of_texts(array.cast(pa.string()))
        pairs = np.frombuffer(exact.buffers()[1], dtype=np.int64)[2 * exact.offset : 2 * (exact.offset + len(exact))].reshape(-1, 2)
        low, high = pairs[:, 0], pairs[:, 1]
        return np.where(high == low >> 63, low, w.MAX_AMOUNT + 1), fine
    raise refuse("COLUMNS", f"an amount is an integer, a decimal, a float or a text, not {kind}")


def _of_texts(array: pa.Array) -> tuple[I64, npt.NDArray[np.bool_]]:
    from youyi.qualify.formats import number

    values, wrong = np.zeros(len(array), dtype=np.int64), np.zeros(len(array), dtype=bool)
    for i, text in enumerate(array.to_pylist()):
        found = number(text)
        scaled = None if found is None else found * SCALE
        if scaled is None or scaled != int(scaled):
            wrong[i] = text is not None
        else:
            values[i] = min(int(scaled), w.MAX_AMOUNT + 1)
    return values, wrong


def slices(goods: Sheet, materials: Sheet) -> tuple[I64, I64, I64 | None]:
    """The first and last material of every good, and the order in which the materials must be taken (None: as they stand).

    Fast where the materials stand in the order of their goods; any order is taken.
    """
    keys, names = materials.array("good"), goods.array("id")
    if pa.types.is_dictionary(keys.type):
        keys = keys.cast(keys.type.value_type)
    if pa.types.is_dictionary(names.type):
        names = names.cast(names.type.value_type)
    if keys.type != names.type:
        keys = keys.cast(names.type)
    runs = _runs(keys)
    if len(runs) == len(names) and names.null_count == 0 and keys.take(pa.array(runs)).equals(names):
        return runs, np.append(runs[1:], len(keys)).astype(np.int64), None
    place = pc.index_in(keys, value_set=names)
    orphans = np.asarray(place.is_null())
    if orphans.any():
        materials.refuse(orphans, "MATERIAL-ORPHAN", "good", "no such good in this batch")
    at = np.asarray(place.fill_null(len(names))).astype(np.int64)
    order = None
    if (np.diff(at) < 0).any():
        order = np.argsort(at, kind="stable")
        at = at[order]
    first = np.searchsorted(at, np.arange(len(names)), side="left").astype(np.int64)
    last = np.searchsorted(at, np.arange(len(names)), side="right").astype(np.int64)
    if pc.count_distinct(names).as_py() != len(names):
        again = np.asarray(pc.index_in(names, value_set=names)) != np.arange(len(names))
        goods.refuse(again, "GOOD-DUPLICATE", "id", "another good of this batch has the same id")
    return first, last, order


def _runs(keys: pa.Array) -> I64:
    """Where each run of equal keys begins."""
    if not len(keys):
        return np.zeros(0, dtype=np.int64)
    new = np.asarray(pc.not_equal(keys.slice(1), keys.slice(0, len(keys) - 1)).fill_null(True))
    return np.concatenate(([0], np.flatnonzero(new) + 1)).astype(np.int64)
