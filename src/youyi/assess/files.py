"""Tables in files: read a batch at a time, written whole or not at all.

CSV, Parquet and one JSON object a line are read as a stream; a JSON array and a spreadsheet are read whole, up to
MAX_WHOLE bytes. Numbers in spreadsheets and JSON keep the digits they were written with.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from youyi.assess.lines import COLUMNS, TEXTS, InputError
from youyi.assess.result import LISTS, SEPARATOR, schema
from youyi.finding import Finding, Severity

BATCH_ROWS = 1 << 17
CSV_BLOCK = 1 << 24
MAX_WHOLE = 256 << 20
KINDS = {".csv": "csv", ".tsv": "csv", ".txt": "csv", ".parquet": "parquet", ".pq": "parquet", ".json": "json", ".jsonl": "jsonl", ".ndjson": "jsonl", ".xlsx": "xlsx", ".xlsm": "xlsx", ".xls": "xlsx", ".ods": "xlsx"}


@dataclass
class Source:
    """A file of lines: its batches, how many rows it has if that is known, and what was wrong with the file itself."""

    path: Path
    rows: int | None = None
    findings: list[Finding] = field(default_factory=list)

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
            self.findings.append(Finding("ROW-CELLS", Severity.ERROR, f"/{row.number - 2}" if row.number else "", f"the row has {row.actual_columns} cells, the head {row.expected_columns}: {str(row.text)[:80]!r}"))
            return "skip"

        word = pa.dictionary(pa.int32(), pa.string())
        kinds = {c: word if c in TEXTS else pa.string() for c in COLUMNS}
        with self.path.open("rb") as head:
            first = head.readline(1 << 20)
        delimiter = max(",;\t", key=lambda d: first.count(d.encode()))
        reader = pc.open_csv(
            self.path,
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
            wanted = [n for n in file.schema_arrow.names if n in COLUMNS]
            yield from file.iter_batches(batch_size=BATCH_ROWS, columns=wanted or None)

    def _json(self) -> Iterator[Any]:
        if self.path.stat().st_size > MAX_WHOLE:
            raise _unreadable(self.path, f"a JSON array of more than {MAX_WHOLE >> 20} MB; write one object a line (.jsonl)")
        text = self.path.read_text(encoding="utf-8-sig")
        if text.lstrip()[:1] == "{" and "\n{" in text.strip():
            yield from self._jsonl()
            return
        found = json.loads(text, parse_float=str, parse_int=str)
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
                    self.findings.append(Finding("ROW-JSON", Severity.ERROR, f"/{n}", f"line {n + 1} is not JSON: {error.msg}"))
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
        yield from self._records([{h: _cell(c) for h, c in zip(head, r, strict=False) if h} for _, r in filled[1:]])

    def _records(self, records: list[Any]) -> Iterator[Any]:
        import pyarrow as pa

        good = [r for r in records if isinstance(r, dict)]
        for n, r in enumerate(records):
            if not isinstance(r, dict):
                self.findings.append(Finding("ROW-JSON", Severity.ERROR, f"/{n}", f"an object is expected, not {json.dumps(r)[:60]}"))
        self.rows = len(good) if self.rows is None else self.rows
        names = list(dict.fromkeys(k for r in good for k in r))
        if not names:
            return
        columns = {n: pa.array([_flat(r.get(n)) for r in good], pa.string()) for n in names}
        yield from _pieces(pa.RecordBatch.from_arrays(list(columns.values()), names=names))


def kind_of(path: Path) -> str:
    """The kind of table a file holds, by its ending. Raises InputError for an unknown one."""
    kind = KINDS.get(path.suffix.lower())
    if kind is None:
        raise InputError([Finding("FILE-KIND", Severity.ERROR, "", f"{path.name}: the ending tells the kind; known are {', '.join(sorted(KINDS))}")])
    return kind


def _unreadable(path: Path, why: str) -> InputError:
    return InputError([Finding("FILE", Severity.ERROR, "", f"{path.name} cannot be read: {why}")])


def _pieces(batch: Any) -> Iterator[Any]:
    for start in range(0, batch.num_rows, BATCH_ROWS):
        yield batch.slice(start, BATCH_ROWS)


def _flat(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, list):
        return SEPARATOR.join(map(str, value))
    return value if isinstance(value, str) else json.dumps(value) if isinstance(value, (dict, bool)) else str(value)


def _cell(value: Any) -> Any:
    """A spreadsheet's cell as it was typed: a whole number without its `.0`, a date in ISO form."""
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
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
    try:
        with {"csv": _csv_writer, "parquet": _parquet_writer, "json": _json_writer, "jsonl": _json_writer}[kind](temporary) as write:
            yield write
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def _csv_writer(path: Path) -> Iterator[Callable[[Any], None]]:
    import pyarrow.csv as pc

    with pc.CSVWriter(path, schema(), write_options=pc.WriteOptions(quoting_style="needed")) as out:
        yield out.write_batch


@contextmanager
def _parquet_writer(path: Path) -> Iterator[Callable[[Any], None]]:
    import pyarrow.parquet as pq

    with pq.ParquetWriter(path, schema(), compression="zstd", compression_level=1, store_decimal_as_integer=True) as out:
        yield out.write_batch


@contextmanager
def _json_writer(path: Path) -> Iterator[Callable[[Any], None]]:
    with path.open("w", encoding="utf-8") as f:
        array = path.name.split(".")[-3] == "json" if path.name.endswith(".part") else False
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
    return {k: (v.split(SEPARATOR) if v else []) if k in LISTS and isinstance(v, str) else v if v is None or isinstance(v, (bool, str, list)) else str(v) for k, v in row.items()}
