"""Lines as they come in: any table of columns, read into numbers, with a finding for every cell that cannot be read.

Money is kept in ten-thousandths of its unit, quantities in millionths, days since 1970, texts as numbers into a pool.
A cell that is wrong makes its row refused; it never becomes a guess and never stops the others.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import numpy as np
import numpy.typing as npt

from youyi.assess.slips import date_fault, number_fault
from youyi.finding import Finding, Severity

I64 = npt.NDArray[np.int64]
I32 = npt.NDArray[np.int32]
Bools = npt.NDArray[np.bool_]

REQUIRED = ("line_id", "importer", "hs", "date", "value", "currency")
TEXTS = ("importer", "exporter", "origin", "hs", "currency", "incoterm", "unit", "hs_edition", "rcep_origin", "originating_under", "proof", "producer")
AMOUNTS = ("value", "freight", "insurance")
COLUMNS = (
    "line_id",
    "importer",
    "exporter",
    "origin",
    "hs",
    "date",
    "value",
    "currency",
    "incoterm",
    "freight",
    "insurance",
    "quantity",
    "unit",
    "hs_edition",
    "rcep_origin",
    "originating_under",
    "proof",
    "producer",
)
MONEY_SCALE = 10_000
QUANTITY_SCALE = 1_000_000
MAX_MONEY = 10**14 * MONEY_SCALE // 1000
"""Largest amount of a line, in ten-thousandths: a hundred thousand million units of its currency."""
MAX_QUANTITY = 10**12 * QUANTITY_SCALE // 1000
MAX_BATCH = 1 << 20
NONE = -1
"""Where a number is missing."""
ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?", re.ASCII)
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
NO_DAY = -(2**31)
FIRST_DAY, LAST_DAY = -36524, 84005
"""1870-01-01 and 2199-12-31: a date outside is a slip of the pen."""


class InputError(ValueError):
    """The input as a whole cannot be read. `findings` says what to do."""

    def __init__(self, findings: list[Finding]) -> None:
        super().__init__("; ".join(map(str, findings)))
        self.findings = findings


@dataclass
class Text:
    """A text column: `ids[i]` is the place of row i's text in `pool`; a missing text is empty."""

    ids: I32
    pool: list[str]


@dataclass
class Lines:
    """A batch of lines. `refused[i]` is true where some cell of row i cannot be read."""

    size: int
    first_row: int
    line_id: Any
    texts: dict[str, Text]
    day: I32
    money: dict[str, I64]
    quantity: I64
    refused: Bools
    findings: list[Finding]
    route: Any = None
    """Each line's number of its (importer, exporter, origin, …) within the batch, once the questions are put."""
    routes: int = 0

    def refuse(self, rows: Iterable[int], code: str, field: str, text: Callable[[int], str]) -> None:
        """A finding on each of these rows, which are then refused."""
        for row in rows:
            self.refused[row] = True
            self.findings.append(Finding(code, Severity.ERROR, f"/{self.first_row + int(row)}/{field}", text(int(row))))

    def refuse_pool(self, field: str, wrong: Mapping[int, tuple[str, str]]) -> None:
        """Refuse every row whose text is one of these: pool place to (code, what is wrong)."""
        if not wrong:
            return
        ids = self.texts[field].ids
        bad = np.isin(ids, np.fromiter(wrong, dtype=np.int32))
        for row in np.flatnonzero(bad):
            code, text = wrong[int(ids[row])]
            self.refused[row] = True
            self.findings.append(Finding(code, Severity.ERROR, f"/{self.first_row + int(row)}/{field}", text))

    def record(self, row: int) -> dict[str, str]:
        """The row's texts, for messages and explanations."""
        return {name: t.pool[t.ids[row]] for name, t in self.texts.items()}


# -- from records ------------------------------------------------------------------------------------------------


def from_records(records: list[Mapping[str, Any]], first_row: int = 0) -> Lines:
    """Lines from a list of mappings; the batch of one that a web form or a single question is."""
    n = len(records)
    texts = {}
    for name in TEXTS:
        pool: dict[str, int] = {}
        ids = [pool.setdefault(_text(r.get(name)), len(pool)) for r in records]
        texts[name] = Text(np.array(ids, dtype=np.int32), list(pool))
    lines = Lines(
        n, first_row, [_text(r.get("line_id")) for r in records], texts, np.full(n, NO_DAY, np.int32), {}, np.full(n, NONE, np.int64), np.zeros(n, np.bool_), []
    )
    for i, r in enumerate(records):
        lines.day[i] = _day(lines, i, r.get("date"))
    for name in AMOUNTS:
        lines.money[name] = np.array([_number(lines, i, name, r.get(name), MONEY_SCALE, MAX_MONEY) for i, r in enumerate(records)], dtype=np.int64)
    lines.quantity = np.array([_number(lines, i, "quantity", r.get("quantity"), QUANTITY_SCALE, MAX_QUANTITY) for i, r in enumerate(records)], dtype=np.int64)
    _required(lines)
    return lines


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        # A lone surrogate is no text that can be written anywhere.
        return value.strip() if value.isascii() else value.encode("utf-8", "replace").decode().strip()
    if isinstance(value, (list, tuple, set, frozenset)):
        return ";".join(sorted(map(str, value)))
    return str(value)


def _day(lines: Lines, row: int, value: Any) -> int:
    if isinstance(value, datetime):
        value = value.date()
    if not isinstance(value, date):
        text = _text(value)
        found = day_of(text)
        if found is None:
            lines.refuse([row], "DATE", "date", lambda _: date_fault(text))
            return NO_DAY
        return _in_range(lines, row, found, text)
    return _in_range(lines, row, value.toordinal() - 719163, value.isoformat())


def _in_range(lines: Lines, row: int, day: int, text: str) -> int:
    if not FIRST_DAY <= day <= LAST_DAY:
        lines.refuse([row], "DATE-RANGE", "date", lambda _: f"{text} is out of range")
        return NO_DAY
    return day


def day_of(text: str) -> int | None:
    """The day number of an ISO date, with or without a time behind it; None for anything else."""
    try:
        return date.fromisoformat(text[:10]).toordinal() - 719163 if ISO_DAY.fullmatch(text) else None
    except ValueError:
        return None


def date_of(day: int) -> str:
    """The ISO date of a day number."""
    return date.fromordinal(day + 719163).isoformat()


def _number(lines: Lines, row: int, field: str, value: Any, scale: int, limit: int) -> int:
    if value is None or value == "":
        return NONE
    number, wrong = scaled(value, scale, limit)
    if wrong:
        lines.refuse([row], wrong[0], field, lambda _: wrong[1])
    return number


def scaled(value: Any, scale: int, limit: int) -> tuple[int, tuple[str, str] | None]:
    """A number as an integer of `scale` parts, exactly; or what is wrong with it as (code, words)."""
    text = _text(repr(value) if isinstance(value, float) else value)
    if not text:
        return NONE, None
    if not NUMBER.fullmatch(text):
        return NONE, ("NUM", number_fault(text))
    try:
        number = Decimal(text)
    except InvalidOperation:
        return NONE, ("NUM", f"{text[:40]!r} is not a number")
    if number < 0:
        return NONE, ("NUM-NEGATIVE", f"{text} is below 0")
    decimals = len(str(scale)) - 1
    if (number and number.adjusted() > len(str(limit))) or number > Decimal(limit) / scale:
        return NONE, ("NUM-ABSURD", f"{text[:40]} is beyond any consignment (limit {Decimal(limit) / scale:f})")
    digits, exponent = number.as_tuple().digits, int(number.as_tuple().exponent)
    if number and -exponent > decimals and any(digits[len(digits) + exponent + decimals :] if len(digits) + exponent + decimals > 0 else digits):
        return NONE, ("NUM-TOO-FINE", f"{text[:40]} has more than {decimals} decimals")
    return int(number.scaleb(decimals)) if number else 0, None


def _required(lines: Lines) -> None:
    """What every row must have; and origin and exporter standing in for each other."""
    value = lines.money["value"]
    missing = np.flatnonzero((value == NONE) & ~lines.refused)
    lines.refuse(missing, "VALUE-MISSING", "value", lambda _: "the value is missing")


# -- from Arrow --------------------------------------------------------------------------------------------------


def from_arrow(batch: Any, first_row: int = 0) -> Lines:
    """Lines from an Arrow record batch or table."""
    names = list(batch.schema.names)
    n = batch.num_rows
    column = {name: _one(batch.column(name)) for name in COLUMNS if name in names}
    blank = Text(np.zeros(n, np.int32), [""])
    texts = {name: _text_column(column[name]) if name in column else blank for name in TEXTS}
    lines = Lines(n, first_row, column.get("line_id"), texts, np.full(n, NO_DAY, np.int32), {}, np.full(n, NONE, np.int64), np.zeros(n, np.bool_), [])
    if "date" in column:
        lines.day = _day_column(lines, column["date"])
    for name in AMOUNTS:
        lines.money[name] = _number_column(lines, name, column.get(name), MONEY_SCALE, MAX_MONEY)
    lines.quantity = _number_column(lines, "quantity", column.get("quantity"), QUANTITY_SCALE, MAX_QUANTITY)
    _required(lines)
    return lines


def _one(column: Any) -> Any:
    return column.combine_chunks() if hasattr(column, "combine_chunks") else column


def _text_column(column: Any) -> Text:
    import pyarrow as pa
    import pyarrow.compute as pc

    if not pa.types.is_dictionary(column.type):
        if pa.types.is_list(column.type) or pa.types.is_large_list(column.type):
            column = pa.array([_text(v) for v in column.to_pylist()], pa.string())
        elif not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
            try:
                column = column.cast(pa.string())
            except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
                raise InputError([Finding("COL-TYPE", Severity.ERROR, "", f"a column of {column.type} is no column of texts")]) from None
        column = pc.dictionary_encode(column)
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    pool = [_text(v) for v in column.dictionary.to_pylist()]
    indices = column.indices
    if indices.null_count:
        pool.append("")
        indices = indices.fill_null(len(pool) - 1)
    ids = indices.to_numpy(zero_copy_only=False)
    return Text(np.ascontiguousarray(ids, dtype=np.int32), pool or [""])


def _day_column(lines: Lines, column: Any) -> I32:
    import pyarrow as pa

    if pa.types.is_date32(column.type) or pa.types.is_timestamp(column.type) or pa.types.is_date64(column.type):
        days = column.cast(pa.date32())
        missing = np.asarray(days.is_null())
        found = np.ascontiguousarray(days.cast(pa.int32()).fill_null(NO_DAY).to_numpy(zero_copy_only=False))
        lines.refuse(np.flatnonzero(missing), "DATE", "date", lambda _: "the date is missing")
        outside = ((found < FIRST_DAY) | (found > LAST_DAY)) & ~missing
        lines.refuse(
            np.flatnonzero(outside),
            "DATE-RANGE",
            "date",
            lambda i: f"{date.fromordinal(int(found[i]) + 719163) if -719000 < found[i] < 2900000 else found[i]} is out of range",
        )
        return found
    text = _text_column(column)
    days_of_pool = np.full(len(text.pool), NO_DAY, np.int32)
    wrong: dict[int, tuple[str, str]] = {}
    for i, t in enumerate(text.pool):
        day = day_of(t)
        if day is None:
            wrong[i] = ("DATE", date_fault(t))
        elif not FIRST_DAY <= day <= LAST_DAY:
            wrong[i] = ("DATE-RANGE", f"{t} is out of range")
        else:
            days_of_pool[i] = day
    lines.texts["date"] = text
    lines.refuse_pool("date", {i: w for i, w in wrong.items() if (text.ids == i).any()})
    del lines.texts["date"]
    return days_of_pool[text.ids]


def _number_column(lines: Lines, field: str, column: Any, scale: int, limit: int) -> I64:
    """A number column as exact integers; whole columns at once where the type allows, cell by cell where it does not."""
    import pyarrow as pa
    import pyarrow.compute as pc

    n = lines.size
    if column is None:
        return np.full(n, NONE, np.int64)
    digits = len(str(scale)) - 1
    exact: Any = None
    if pa.types.is_integer(column.type) or pa.types.is_decimal(column.type) or pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        try:
            if pa.types.is_integer(column.type):
                column_ = column.cast(pa.decimal128(20, 0))
            elif pa.types.is_decimal(column.type):
                column_ = column
            else:
                column_ = pc.if_else(pc.equal(pc.utf8_trim_whitespace(column), ""), None, pc.utf8_trim_whitespace(column))
            exact = column_.cast(pa.decimal128(38, digits))
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
            exact = None
    elif pa.types.is_floating(column.type):
        return _float_column(lines, field, column, scale, limit)
    if exact is None:
        cells = column.to_pylist()
        return np.array([_number(lines, i, field, v, scale, limit) for i, v in enumerate(cells)], dtype=np.int64)
    halves = np.frombuffer(exact.buffers()[1], dtype=np.int64)[2 * exact.offset : 2 * (exact.offset + n)]
    low, high = halves[::2], halves[1::2]
    missing = np.asarray(exact.is_null()) if exact.null_count else None
    bad = (high != 0) | (low < 0) | (low > limit)
    if missing is not None:
        bad &= ~missing
    found = np.where(missing, NONE, low) if missing is not None else np.ascontiguousarray(low)
    if bad.any():
        found = np.array(found)
        for i in np.flatnonzero(bad):
            found[i] = _number(lines, int(i), field, column[int(i)].as_py(), scale, limit)
    return found


def _float_column(lines: Lines, field: str, column: Any, scale: int, limit: int) -> I64:
    """Binary floats stand for the shortest decimal that names them; one with more decimals than money has is refused."""
    values = np.asarray(column.fill_null(np.nan).to_numpy(zero_copy_only=False), dtype=np.float64)
    missing = np.isnan(values)
    parts = np.rint(np.where(missing, 0, values) * scale)
    ok = (np.abs(parts) < 2.0**52) & (parts / scale == values) & (parts >= 0) & (parts <= limit)
    found = np.where(missing, NONE, np.where(ok, parts, 0).astype(np.int64))
    for i in np.flatnonzero(~ok & ~missing):
        found[i] = _number(lines, int(i), field, float(values[i]), scale, limit)
    return found
