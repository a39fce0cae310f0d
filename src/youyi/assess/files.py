"""Tables in files: read a batch at a time, written whole or not at all.

CSV, Parquet and one JSON object a line are read as a stream; a JSON array and a spreadsheet are read whole, up to
MAX_WHOLE bytes. Numbers in spreadsheets and JSON keep the digits they were written with.
"""

from __future__ import annotations

import codecs
import io
import json
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from itertools import zip_longest
from pathlib import Path
from typing import Any

from youyi.assess.lines import COLUMNS, TEXTS, InputError, check_columns, unknown_columns
from youyi.assess.result import LISTS, MONEY, RATES, SEPARATOR, WORDS, schema
from youyi.finding import Finding, Severity

BATCH_ROWS = 1 << 17
CSV_BLOCK = 1 << 24
MAX_WHOLE = 256 << 20
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
    skipped: list[int] = field(default_factory=list)
    """Rows that could not be told apart into cells, in order."""
    _seen: int = 0

    def row(self, read: int) -> int:
        """The row of the file that the `read`th row of the batches is: those that were skipped count too."""
        for skipped in self.skipped:
            if skipped > read:
                break
            read += 1
        return read

    def _skip(self, row: int, code: str, text: str) -> None:
        self.skipped.append(row)
        self.findings.append(Finding(code, Severity.ERROR, f"/{row}", text))

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
            self._skip(row.number - 2, "ROW-CELLS", f"the row has {row.actual_columns} cells, the head {row.expected_columns}: {str(row.text)[:80]!r}")
            return "skip"

        word = pa.dictionary(pa.int32(), pa.string())
        kinds = {c: word if c in TEXTS else pa.string() for c in COLUMNS}
        with self.path.open("rb") as head:
            first = head.readline(1 << 20)
        delimiter = max(",;\t", key=lambda d: first.count(d.encode()))
        reader = pc.open_csv(
            pa.PythonFile(_Utf8(self.path), mode="r"),
            read_options=pc.ReadOptions(block_size=CSV_BLOCK, use_threads=False),
            parse_options=pc.ParseOptions(delimiter=delimiter, newlines_in_values=True, invalid_row_handler=bad),
            convert_options=pc.ConvertOptions(column_types=kinds, strings_can_be_null=False, auto_dict_encode=False),
        )
        for batch in reader:
            yield from _pieces(batch)

    def _parquet(self) -> Iterator[Any]:
        import pyarrow as pa
        import pyarrow.parquet as pq

        with pq.ParquetFile(self.path) as probe:
            names = [f.name for f in probe.schema_arrow if pa.types.is_string(f.type) or pa.types.is_large_string(f.type)]
            self.rows = probe.metadata.num_rows
        with pq.ParquetFile(self.path, read_dictionary=[n for n in names if n in TEXTS]) as file:
            names = list(file.schema_arrow.names)
            check_columns(names)
            self.findings.extend(unknown_columns(names))
            wanted = [n for n in names if n in COLUMNS]
            nested = [f for f in file.schema_arrow if f.name in wanted and pa.types.is_nested(f.type) and not (f.name in TEXTS and _is_list(f.type))]
            if nested:
                raise InputError(
                    [Finding("COL-KIND", Severity.ERROR, f"/{f.name}", f"the column {f.name!r} holds {f.type}; a plain value is needed") for f in nested]
                )
            for batch in file.iter_batches(batch_size=BATCH_ROWS, columns=wanted):
                yield _with_text(batch)

    def _json(self) -> Iterator[Any]:
        if self.path.stat().st_size > MAX_WHOLE:
            raise _unreadable(self.path, f"a JSON array of more than {MAX_WHOLE >> 20} MB; write one object a line (.jsonl)")
        text = self.path.read_text(encoding="utf-8-sig")
        try:
            found = json.loads(text, parse_float=str, parse_int=str)
        except json.JSONDecodeError as error:
            if not error.msg.startswith("Extra data"):
                raise
            yield from self._jsonl()  # one object a line, under the other ending
            return
        records = found if isinstance(found, list) else found.get("lines", [found]) if isinstance(found, dict) else None
        if not isinstance(records, list):
            raise _unreadable(self.path, "a list of objects is expected")
        yield from self._records(records)

    def _jsonl(self) -> Iterator[Any]:
        rows: list[Any] = []
        with self.path.open(encoding="utf-8-sig") as f:
            for n, text in enumerate(f):
                if not text.strip():
                    continue
                try:
                    rows.append(json.loads(text, parse_float=str, parse_int=str))
                except json.JSONDecodeError as error:
                    self._skip(self._seen + len(rows), "ROW-JSON", f"line {n + 1} is not JSON: {error.msg}")
                    self._seen += 1
                if len(rows) == BATCH_ROWS:
                    yield from self._records(rows)
                    rows = []
        yield from self._records(rows)

    def _sheet(self) -> Iterator[Any]:
        from python_calamine import CalamineWorkbook

        if self.path.stat().st_size > MAX_WHOLE:
            raise _unreadable(self.path, f"a spreadsheet of more than {MAX_WHOLE >> 20} MB; save it as CSV")
        rows = CalamineWorkbook.from_path(self.path).get_sheet_by_index(0).to_python(skip_empty_area=False)
        filled = [(i, r) for i, r in enumerate(rows) if any(c not in ("", None) for c in r)]
        if not filled:
            raise _unreadable(self.path, "the first sheet is empty")
        head = [str(c).strip() for c in filled[0][1]]
        check_columns([h for h in head if h])
        stray = sum(any(c not in ("", None) for h, c in zip_longest(head, r, fillvalue="") if not h) for _, r in filled[1:])
        if stray:
            self.findings.append(Finding("COL-UNUSED", Severity.WARNING, "", f"cells without a heading above them stand in {stray} row(s) and are not used"))
        yield from self._records([{h: _cell(c) for h, c in zip(head, r, strict=False) if h} for _, r in filled[1:]])

    def _records(self, records: list[Any]) -> Iterator[Any]:
        import pyarrow as pa

        good = [r for r in records if isinstance(r, dict)]
        for n, r in enumerate(records):
            if not isinstance(r, dict):
                self._skip(self._seen + n, "ROW-JSON", f"an object is expected, not {json.dumps(r)[:60]}")
        self._seen += len(records)
        names = list(dict.fromkeys(k for r in good for k in r))
        if not names:
            return
        columns = {n: pa.array([_flat(r.get(n)) for r in good], pa.string()) for n in names}
        yield from _pieces(pa.RecordBatch.from_arrays(list(columns.values()), names=names))


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
                raise ValueError("it is not UTF-8 text; save it as CSV UTF-8") from None
        return data

    def close(self) -> None:
        """Close the file."""
        self._file.close()
        super().close()


def kind_of(path: Path) -> str:
    """The kind of table a file holds, by its ending. Raises InputError for an unknown one."""
    kind = KINDS.get(path.suffix.lower())
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


# -- writing -----------------------------------------------------------------------------------------------------


@contextmanager
def writer(path: Path) -> Iterator[Callable[[Any], None]]:
    """A function that writes result batches to `path`; the file appears, whole, only when all went well.

    Raises InputError for an ending that cannot be written.
    """
    kind = kind_of(path)
    if kind == "xlsx":
        raise InputError([Finding("FILE-KIND", Severity.ERROR, "", f"{path.name}: results are written as .csv, .parquet, .json or .jsonl")])
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    if path.is_dir() or not path.parent.is_dir():
        raise InputError(
            [
                Finding(
                    "FILE-WRITE", Severity.ERROR, "", f"{path} cannot be written: {'it is a folder' if path.is_dir() else f'there is no folder {path.parent}'}"
                )
            ]
        )
    failed: BaseException | None = None
    try:
        with _writer_of(kind, path)(temporary) as write:
            try:
                yield lambda batch: _written(path, write, batch)
            except BaseException as error:
                failed = error
                raise
        temporary.replace(path)
    except OSError as error:
        if failed is not None:
            raise failed from None  # closing a broken file fails too; what broke it says more
        raise _unwritable(path, error) from None
    finally:
        temporary.unlink(missing_ok=True)


def _writer_of(kind: str, path: Path) -> Callable[[Path], AbstractContextManager[Callable[[Any], None]]]:
    if kind == "csv":
        return partial(_csv_writer, delimiter="\t" if path.suffix.lower() == ".tsv" else ",")
    return _parquet_writer if kind == "parquet" else partial(_json_writer, array=kind == "json")


def _written(path: Path, write: Callable[[Any], None], batch: Any) -> None:
    try:
        write(batch)
    except OSError as error:
        raise _unwritable(path, error) from None


def _unwritable(path: Path, error: OSError) -> InputError:
    return InputError([Finding("FILE-WRITE", Severity.ERROR, "", f"{path} cannot be written, and is as it was: {error.strerror or error}")])


@contextmanager
def _csv_writer(path: Path, delimiter: str) -> Iterator[Callable[[Any], None]]:
    import pyarrow.csv as pc

    with pc.CSVWriter(path, schema(), write_options=pc.WriteOptions(quoting_style="needed", delimiter=delimiter)) as out:
        yield out.write_batch


@contextmanager
def _parquet_writer(path: Path) -> Iterator[Callable[[Any], None]]:
    import pyarrow.parquet as pq

    # Amounts hardly repeat, so a dictionary of them costs more than it saves; and nobody looks for a word by its least and greatest.
    numbers = ["line_id", *MONEY, *RATES]
    words = [*WORDS, *RATES]
    with pq.ParquetWriter(
        path, schema(), compression="zstd", compression_level=1, store_decimal_as_integer=True, use_dictionary=words, write_statistics=numbers
    ) as out:
        yield out.write_batch


@contextmanager
def _json_writer(path: Path, array: bool) -> Iterator[Callable[[Any], None]]:
    with path.open("w", encoding="utf-8", newline="\n") as f:
        first = True

        def write(batch: Any) -> None:
            nonlocal first
            for row in batch.to_pylist():
                text = json.dumps(plain(row), ensure_ascii=False)
                f.write(("" if first else ",\n" if array else "\n") + text)
                first = False

        f.write("[\n" if array else "")
        yield write
        f.write("\n]\n" if array else "\n" if not first else "")


def plain(row: dict[str, Any]) -> dict[str, Any]:
    """A result row for JSON: amounts as text, so that no reader makes floats of them; lists as lists."""
    return {
        k: (v.split(SEPARATOR) if v else []) if k in LISTS and isinstance(v, str) else v if v is None or isinstance(v, (bool, str, list)) else str(v)
        for k, v in row.items()
    }
