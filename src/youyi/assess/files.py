"""Lines out of files, a batch at a time.

CSV, Parquet and one JSON object a line are read as a stream; a JSON array and a spreadsheet are read whole, up to
MAX_WHOLE bytes. Numbers in spreadsheets and JSON keep the digits they were written with.
"""

from __future__ import annotations

import codecs
import csv
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import zip_longest
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from youyi.assess.answers import SEPARATOR
from youyi.assess.columns import check_columns, plain_name, renamed, unknown_columns
from youyi.assess.lines import COLUMNS, TEXTS, InputError
from youyi.finding import Finding, Severity

BATCH_ROWS = 1 << 16
CSV_BLOCK = 1 << 24
MAX_WHOLE = 256 << 20
MAX_HEAD = 1 << 20
"""Bytes of a head."""
MAX_BLANK_HEAD = 100
"""Lines before the head that are passed over: blank ones, in a spreadsheet any."""
HEAD_NAMES = 3
"""Names of columns by which a row of a spreadsheet is known to be the head."""
SAVE_AS = "save it as CSV UTF-8 (in a spreadsheet: Save as, CSV UTF-8)"
NOT_UTF8 = f"it is not UTF-8 text; {SAVE_AS}"
KINDS = {
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".json": "json",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".xlsx": "xlsx",
    ".xlsm": "xlsx",
    ".xls": "xlsx",
    ".ods": "xlsx",
}


@dataclass
class Source:
    """A file of lines: its batches, how many rows it has if that is known, and what was wrong with the file itself."""

    path: Path
    rows: int | None = None
    findings: list[Finding] = field(default_factory=list)
    broken: int = 0
    """How many rows could not be told apart into cells."""
    first: int = 1
    """What people call the first row after the head: 2 in a spreadsheet whose head is its first row."""
    _absent: list[int] = field(default_factory=list)
    """Rows of the file that are in no batch, broken or blank."""
    _before: npt.NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, dtype=np.int64))

    def row(self, read: int) -> int:
        """The row of the file, counted from 0 after the head, that the `read`th row of the batches is: blank and broken ones count too."""
        return int(self._rows(np.array([read]))[0]) if self._absent else read

    def _rows(self, read: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """`row` for many at once."""
        if len(self._before) != len(self._absent):
            absent = np.sort(np.asarray(self._absent, dtype=np.int64))
            self._before = absent - np.arange(len(absent))  # how many rows that were read stand before each
        return read + np.searchsorted(self._before, read, side="right")

    def _skip(self, row: int, code: str, text: str) -> None:
        self._absent.append(row)
        self.broken += 1
        self.findings.append(Finding(code, Severity.ERROR, f"/{row}", text))

    def _leave_out_blank(self, batch: Any, first: int) -> Any:
        """The batch without its rows of nothing but blanks; `first` is how many rows were read before it."""
        import pyarrow as pa
        import pyarrow.compute as pc

        column = batch.schema.get_field_index("importer")
        if column < 0 or not any(not t.strip() for t in batch.column(column).dictionary.to_pylist()):
            return batch
        blank = np.ones(batch.num_rows, dtype=np.bool_)
        for cells in batch.columns:
            words = cells.cast(pa.string()) if blank.any() else None
            blank &= np.asarray(pc.equal(pc.utf8_trim_whitespace(words), "").fill_null(True)) if words is not None else False
        if not blank.any():
            return batch
        self._absent += self._rows(first + np.flatnonzero(blank)).tolist()
        return batch.filter(pa.array(~blank))

    def batches(self) -> Iterator[Any]:
        """Arrow record batches of at most BATCH_ROWS rows. Raises InputError for a file that cannot be read."""
        kind = kind_of(self.path)
        reader = {"csv": self._csv, "parquet": self._parquet, "json": self._json, "jsonl": self._jsonl, "xlsx": self._sheet}[kind]
        try:
            yield from reader()
        except InputError:
            raise
        except OSError as error:
            raise _unreadable(self.path, error.strerror or str(error)) from None
        except Exception as error:
            raise _unreadable(self.path, str(error).splitlines()[0] if str(error) else type(error).__name__) from error

    def _csv(self) -> Iterator[Any]:
        import pyarrow as pa
        import pyarrow.csv as pc

        def bad(row: Any) -> str:
            cells = f"the row has {row.actual_columns} cells, the head {row.expected_columns}: {str(row.text)[:80]!r}"
            self._skip(row.number - 2, "ROW-CELLS", f"{cells}; a cell that holds the separator must stand in quotes")
            return "skip"

        word = pa.dictionary(pa.int32(), pa.string())
        head, blank = _head(self.path)
        delimiter = max(",;\t|", key=head.count)
        names = next(csv.reader(io.StringIO(head, newline=""), delimiter=delimiter), [])
        check_columns(names)
        columns = renamed(names)
        kinds = {n: word if columns.get(n, n) in TEXTS else pa.string() for n in names}
        self.first = blank + 2
        read = 0
        reader = pc.open_csv(
            pa.PythonFile(_Utf8(self.path), mode="r"),
            read_options=pc.ReadOptions(block_size=CSV_BLOCK, use_threads=False, skip_rows=blank),
            parse_options=pc.ParseOptions(delimiter=delimiter, newlines_in_values=True, ignore_empty_lines=False, invalid_row_handler=bad),
            convert_options=pc.ConvertOptions(column_types=kinds, strings_can_be_null=False, auto_dict_encode=False),
        )
        for batch in reader:
            found = self._leave_out_blank(batch.rename_columns([columns.get(n, n) for n in batch.schema.names]), read)
            read += found.num_rows
            yield from _pieces(found)

    def _parquet(self) -> Iterator[Any]:
        import pyarrow as pa
        import pyarrow.parquet as pq

        with pq.ParquetFile(self.path) as probe:
            names = [f.name for f in probe.schema_arrow if pa.types.is_string(f.type) or pa.types.is_large_string(f.type)]
            self.rows = probe.metadata.num_rows
        with pq.ParquetFile(self.path, read_dictionary=[n for n in names if renamed([n]).get(n, n) in TEXTS]) as file:
            names = list(file.schema_arrow.names)
            check_columns(names)
            self.findings.extend(unknown_columns(names))
            columns = renamed(names)
            wanted = [n for n in names if columns.get(n, n) in COLUMNS]
            lists = [n for n in wanted if columns.get(n, n) in TEXTS]
            nested = [f for f in file.schema_arrow if f.name in wanted and pa.types.is_nested(f.type) and not (f.name in lists and _is_list(f.type))]
            if nested:
                raise InputError(
                    [Finding("COL-KIND", Severity.ERROR, f"/{f.name}", f"the column {f.name!r} holds {f.type}; a plain value is needed") for f in nested]
                )
            for batch in file.iter_batches(batch_size=BATCH_ROWS, columns=wanted):
                yield _with_text(batch.rename_columns([columns.get(n, n) for n in batch.schema.names]))

    def _json(self) -> Iterator[Any]:
        if self.path.stat().st_size > MAX_WHOLE:
            raise _unreadable(self.path, f"a JSON array of more than {MAX_WHOLE >> 20} MB; write one object a line (.jsonl)")
        text = self.path.read_text(encoding="utf-8-sig")
        try:
            found = json.loads(text, parse_float=str, parse_int=str)
        except json.JSONDecodeError as error:
            if not error.msg.startswith("Extra data"):
                raise _unreadable(self.path, f"it is not JSON, or was cut off: {error}") from None
            yield from self._jsonl()  # one object a line, under the other ending
            return
        records = found if isinstance(found, list) else found.get("lines", [found]) if isinstance(found, dict) else None
        if not isinstance(records, list):
            raise _unreadable(self.path, "a list of objects is expected")
        yield from self._records(dict(enumerate(records)))

    def _jsonl(self) -> Iterator[Any]:
        rows: dict[int, Any] = {}
        with self.path.open(encoding="utf-8-sig") as f:
            for n, text in enumerate(f):
                if not text.strip():
                    self._absent.append(n)
                    continue
                try:
                    rows[n] = json.loads(text, parse_float=str, parse_int=str)
                except json.JSONDecodeError as error:
                    self._skip(n, "ROW-JSON", f"the line is not JSON: {error.msg}")
                if len(rows) == BATCH_ROWS:
                    yield from self._records(rows)
                    rows = {}
        yield from self._records(rows)

    def _sheet(self) -> Iterator[Any]:
        from python_calamine import CalamineWorkbook

        if self.path.stat().st_size > MAX_WHOLE:
            raise _unreadable(self.path, f"a spreadsheet of more than {MAX_WHOLE >> 20} MB; save it as CSV")
        rows = CalamineWorkbook.from_path(self.path).get_sheet_by_index(0).to_python(skip_empty_area=False)
        filled = [(i, r) for i, r in enumerate(rows) if any(c not in ("", None) for c in r)]
        if not filled:
            raise _unreadable(self.path, "the first sheet is empty")
        # A title and an address may stand above the head.
        top = next((n for n, (_, r) in enumerate(filled[:MAX_BLANK_HEAD]) if sum(plain_name(str(c)) in COLUMNS for c in r) >= HEAD_NAMES), 0)
        filled = filled[top:]
        head = [str(c).strip() for c in filled[0][1]]
        check_columns([h for h in head if h])
        start = filled[0][0] + 1
        self.first = start + 1
        self._absent = sorted({*range(len(rows) - start)} - {i - start for i, _ in filled[1:]})
        stray = sum(any(c not in ("", None) for h, c in zip_longest(head, r, fillvalue="") if not h) for _, r in filled[1:])
        if stray:
            self.findings.append(Finding("COL-UNUSED", Severity.WARNING, "", f"cells without a heading above them stand in {stray} row(s) and are not used"))
        yield from self._records({i - start: {h: _cell(c) for h, c in zip(head, r, strict=False) if h} for i, r in filled[1:]})

    def _records(self, records: Mapping[int, Any]) -> Iterator[Any]:
        """Batches of records by their row in the file."""
        import pyarrow as pa

        good = [r for r in records.values() if isinstance(r, dict)]
        for n, r in records.items():
            if not isinstance(r, dict):
                self._skip(n, "ROW-JSON", f"an object with the columns as names is expected, not {json.dumps(r)[:60]}")
        names = list(dict.fromkeys(k for r in good for k in r))
        if not names:
            return
        check_columns(names)
        other = renamed(names)
        columns = {other.get(n, n): pa.array([_flat(r.get(n)) for r in good], pa.string()) for n in names}
        yield from _pieces(pa.RecordBatch.from_arrays(list(columns.values()), names=names))


def _head(path: Path) -> tuple[str, int]:
    """The first line of a CSV that is not blank, and how many stand before it. Raises ValueError where it is no text in UTF-8."""
    with path.open("rb") as file:
        start = file.read(2)
        if start in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
            raise ValueError(f"it is UTF-16 text, not UTF-8; {SAVE_AS}")
        file.seek(0)
        head, blank = file.readline(MAX_HEAD), 0
        while head and not head.strip(b"\xef\xbb\xbf \t\r\n") and blank < MAX_BLANK_HEAD:
            head, blank = file.readline(MAX_HEAD), blank + 1
        while head.count(b'"') % 2 and len(head) < MAX_HEAD and (more := file.readline(MAX_HEAD)):
            head += more  # a name over two lines
    try:
        text = head.decode("utf-8-sig").rstrip("\r\n")
    except UnicodeDecodeError:
        raise ValueError(NOT_UTF8) from None
    if "\0" in text:
        raise ValueError(NOT_UTF8)
    if not text.strip():
        raise ValueError("it is empty")
    return text, blank


class _Utf8(io.RawIOBase):
    """A file's bytes, checked on the way to be UTF-8: Arrow's reader trips over other bytes where it reports a bad row."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._file = path.open("rb")
        self._decoder = codecs.getincrementaldecoder("utf-8")()

    def readable(self) -> bool:
        """It is."""
        return True

    def read(self, size: int = -1) -> bytes:
        """The next bytes. Raises ValueError where they are no UTF-8."""
        data = self._file.read(size)
        if not data.isascii() or not data or self._decoder.getstate()[0]:
            try:
                self._decoder.decode(data, final=not data)
            except UnicodeDecodeError:
                raise ValueError(NOT_UTF8) from None
        return data

    def close(self) -> None:
        """Close the file."""
        self._file.close()
        super().close()


def kind_of(path: Path) -> str:
    """The kind of table a file holds, by its ending. Raises InputError for an unknown one."""
    kind = KINDS.get(path.suffix.lower())
    if kind is None and path.is_dir():
        raise InputError([Finding("FILE-KIND", Severity.ERROR, "", f"{path} is a folder; name a file")])
    if kind is None:
        raise InputError([Finding("FILE-KIND", Severity.ERROR, "", f"{path.name}: the ending tells the kind; known are {', '.join(sorted(KINDS))}")])
    return kind


def _unreadable(path: Path, why: str) -> InputError:
    return InputError([Finding("FILE", Severity.ERROR, "", f"{path.name} cannot be read: {why}")])


def _is_list(kind: Any) -> bool:
    import pyarrow as pa

    return bool((pa.types.is_list(kind) or pa.types.is_large_list(kind)) and not pa.types.is_nested(kind.value_type))


def _with_text(batch: Any) -> Any:
    """The batch with bytes read as text: older writers mark no column as text. Raises ArrowInvalid where they are none."""
    import pyarrow as pa

    for i, f in enumerate(batch.schema):
        if pa.types.is_binary(f.type) or pa.types.is_large_binary(f.type):
            batch = batch.set_column(i, f.name, batch.column(i).cast(pa.string()))
    return batch


def _pieces(batch: Any) -> Iterator[Any]:
    for start in range(0, batch.num_rows, BATCH_ROWS):
        yield batch.slice(start, BATCH_ROWS)


def _flat(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, list):
        return SEPARATOR.join(map(str, value))
    text = value if isinstance(value, str) else json.dumps(value) if isinstance(value, (dict, bool)) else str(value)
    return text.encode("utf-8", "replace").decode()  # half a surrogate pair is no text


def _cell(value: Any) -> Any:
    """A spreadsheet's cell as it was typed: a whole number without its `.0`, a date in ISO form."""
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, float):
        # Fifteen digits are what a spreadsheet shows; the rest is the noise of its binary arithmetic.
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else f"{value:.15g}"
    if isinstance(value, (datetime, date)):
        return value.isoformat()[:10]
    return None if value == "" else str(value)
