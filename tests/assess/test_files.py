"""Files in and out: the same lines give the same answers from every kind of file, and no failure leaves half a file."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lines import line
from youyi.assess import assess, files
from youyi.assess.answers import COLUMNS as ANSWERS
from youyi.assess.answers import schema
from youyi.assess.files import Source
from youyi.assess.lines import COLUMNS, FIRST_DAY, LAST_DAY, MAX_MONEY, MAX_QUANTITY, MONEY_SCALE, QUANTITY_SCALE, InputError, date_of
from youyi.assess.run import Report, assess_file
from youyi.assess.writing import writer
from youyi.law.rulebook import Rulebook
from youyi.leftovers import mark

Record = dict[str, Any]
LINES = [
    line(line_id="plain", importer="VN", origin="CN", exporter="CN", hs="8507.10.92", date="2026-03-02", value="100000000", currency="VND", incoterm="CIF"),
    line(
        line_id="zero first", importer="CN", origin="MM", hs="0713319000", date="2019-05-15", value="109600.5", currency="USD", freight="12.25", incoterm="FOB"
    ),
    line(line_id="per, unit", importer="ID", origin="IN", hs="10063030", date="2022-06-01", value="10000000", currency="IDR", quantity="1000.5", unit="KGM"),
    line(
        line_id="named\nover two lines",
        importer="VN",
        origin="CN",
        hs="72083700",
        date="2026-01-10",
        value="1e9",
        currency="VND",
        producer="Hebei Yanshan Iron and Steel Group Co., Ltd",
    ),
    line(line_id="友谊关", importer="VN", origin="CN", hs="847130", date="2026-03-02", value="1", currency="VND", originating_under="ACFTA;RCEP"),
]
"""Names that a careless reader breaks: a comma, a quoted newline, a leading zero, Chinese."""


def text_of(rows: list[Record], delimiter: str = ",") -> str:
    out = io.StringIO(newline="")
    table = csv.DictWriter(out, list(rows[0]), delimiter=delimiter, lineterminator="\n")
    table.writeheader()
    table.writerows(rows)
    return out.getvalue()


def comma(path: Path) -> Path:
    path = path / "lines.csv"
    path.write_text(text_of(LINES), encoding="utf-8", newline="")
    return path


def semicolon(path: Path) -> Path:
    path = path / "lines.csv"
    path.write_text(text_of(LINES, ";"), encoding="utf-8", newline="")
    return path


def tab(path: Path) -> Path:
    path = path / "lines.tsv"
    path.write_text(text_of(LINES, "\t"), encoding="utf-8", newline="")
    return path


def marked(path: Path) -> Path:
    path = path / "lines.csv"
    path.write_text(text_of(LINES), encoding="utf-8-sig", newline="")
    return path


def windows(path: Path) -> Path:
    path = path / "lines.txt"
    path.write_bytes(text_of(LINES).replace("named\nover", "named\0over").replace("\n", "\r\n").replace("\0", "\n").encode())
    return path


def sheet(path: Path) -> Path:
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    page.append(list(COLUMNS))
    for row in LINES:
        cells: Record = dict(row)
        cells["date"] = datetime.fromisoformat(row["date"])
        cells["value"] = float(row["value"])
        cells["quantity"] = float(row["quantity"]) if row["quantity"] else None
        page.append([cells[c] or None for c in COLUMNS])
        page.append([])
    book.save(path / "lines.xlsx")
    return path / "lines.xlsx"


def array(path: Path) -> Path:
    path = path / "lines.json"
    path.write_text(json.dumps([{k: v for k, v in row.items() if v} for row in LINES], ensure_ascii=False), encoding="utf-8")
    return path


def wrapped(path: Path) -> Path:
    numbers = [
        {**row, "value": float(row["value"]), "originating_under": row["originating_under"].split(";") if row["originating_under"] else None} for row in LINES
    ]
    path = path / "lines.json"
    path.write_text('{"lines": [\n' + ",\n".join(json.dumps(row) for row in numbers) + "]}", encoding="utf-8-sig")
    return path


def json_lines(path: Path) -> Path:
    path = path / "lines.jsonl"
    path.write_text("\n\n".join(json.dumps(row) for row in LINES), encoding="utf-8")
    return path


def json_lines_by_another_name(path: Path) -> Path:
    return json_lines(path).rename(path / "lines.json")


def parquet_of(rows: list[Record], kinds: dict[str, pa.DataType], path: Path) -> Path:
    columns: dict[str, Any] = {}
    for name in COLUMNS:
        cells = [row[name] or None for row in rows]
        kind = kinds.get(name, pa.string())
        if pa.types.is_date(kind) or pa.types.is_timestamp(kind):
            columns[name] = pa.array([datetime.fromisoformat(c) for c in cells if c]).cast(kind)
        elif pa.types.is_dictionary(kind):
            columns[name] = pa.array(cells).dictionary_encode()
        elif pa.types.is_decimal(kind):
            columns[name] = pa.array([None if c is None else Decimal(c) for c in cells], kind)
        elif pa.types.is_floating(kind):
            columns[name] = pa.array([None if c is None else float(c) for c in cells], kind)
        else:
            columns[name] = pa.array(cells, kind)
    pq.write_table(pa.table(columns), path / "lines.parquet")
    return path / "lines.parquet"


def parquet_text(path: Path) -> Path:
    return parquet_of(LINES, {}, path)


def parquet_typed(path: Path) -> Path:
    word = pa.dictionary(pa.int32(), pa.string())
    kinds = {
        "date": pa.date32(),
        "value": pa.decimal128(20, 6),
        "freight": pa.decimal64(12, 2),
        "quantity": pa.float64(),
        "importer": word,
        "hs": word,
        "line_id": pa.large_string(),
    }
    return parquet_of(LINES, kinds, path)


def parquet_moments(path: Path) -> Path:
    return parquet_of(LINES, {"date": pa.timestamp("us"), "value": pa.float64(), "hs": pa.large_string()}, path)


KINDS = [
    comma,
    semicolon,
    tab,
    marked,
    windows,
    sheet,
    array,
    wrapped,
    json_lines,
    json_lines_by_another_name,
    parquet_text,
    parquet_typed,
    parquet_moments,
]


def answers_of(path: Path) -> tuple[Report, list[Record]]:
    report, kept = assess_file(path, None, keep=1000)
    return report, [r for b in kept for r in b.to_pylist()]


def written(path: Path, text: str | bytes) -> Path:
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


@pytest.fixture(scope="module")
def expected(rulebook: Rulebook) -> list[Record]:
    found: list[Record] = assess(rulebook, LINES).arrow().to_pylist()
    return found


@pytest.mark.parametrize("kind", KINDS, ids=lambda k: k.__name__)
def test_every_kind_of_file_gives_the_same_answers(tmp_path: Path, expected: list[Record], kind: Callable[[Path], Path]) -> None:
    report, found = answers_of(kind(tmp_path))
    assert found == expected
    assert (report.lines, report.refused, report.findings) == (len(LINES), 0, [])


def test_batches_of_one_row_give_the_same_answers(tmp_path: Path, expected: list[Record], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "BATCH_ROWS", 1)
    for kind in (comma, json_lines, parquet_typed):
        report, found = answers_of(kind(tmp_path))
        assert found == expected
        assert report.lines == len(LINES)


@pytest.mark.parametrize("ending", [".csv", ".tsv", ".parquet", ".json", ".JSON", ".jsonl", ".ndjson"])
def test_what_is_written_reads_back(tmp_path: Path, expected: list[Record], ending: str) -> None:
    target = tmp_path / f"out{ending}"
    report, kept = assess_file(comma(tmp_path), target)
    assert (report.rows, kept) == (len(expected), [])
    if ending == ".parquet":
        found = pq.read_table(target).to_pylist()
        assert found == expected
    elif ending in (".csv", ".tsv"):
        with target.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file, delimiter="\t" if ending == ".tsv" else ","))
        assert tuple(rows[0]) == ANSWERS
        assert [r["duty_low"] for r in rows] == ["" if r["duty_low"] is None else str(r["duty_low"]) for r in expected]
        assert [r["line_id"] for r in rows] == [r["line_id"] for r in expected]
    else:
        text = target.read_text(encoding="utf-8")
        rows = json.loads(text) if ending.lower() == ".json" else [json.loads(t) for t in text.splitlines()]
        assert [r["total_low"] for r in rows] == [None if r["total_low"] is None else str(r["total_low"]) for r in expected]
        assert all(isinstance(r["findings"], list) for r in rows)


# -- spreadsheets -------------------------------------------------------------------------------------------------


def book_of(path: Path, head: list[Any], *rows: list[Any]) -> Path:
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    for row in (head, *rows):
        page.append(row)
    book.save(path / "book.xlsx")
    return path / "book.xlsx"


HEAD = ["line_id", "importer", "origin", "hs", "date", "value", "currency"]


def test_a_spreadsheet_s_mangled_codes_are_refused_with_a_hint_and_its_dates_are_read(tmp_path: Path) -> None:
    path = book_of(
        tmp_path,
        HEAD,
        [1, "CN", "MM", 713319000, date(2019, 5, 15), 100, "CNY"],
        [2, "VN", "CN", 85071092, datetime(2026, 3, 2, 13, 30), 100.1 + 0.2, "VND"],
        [3, "VN", "CN", "8.507109E+7", "2026-03-02", "100", "VND"],
        [4, "VN", "CN", "85071092", "02/03/2026", 100, "VND"],
        [5, "VN", "CN", "85071092", 46083, 100, "VND"],
        [6, "VN", "CN", "85071092", "2026-03-02", True, "VND"],
    )
    report, found = answers_of(path)
    assert [(f.code, f.pointer) for f in report.findings] == [
        ("DATE", "/3/date"),
        ("DATE", "/4/date"),
        ("NUM", "/5/value"),
        ("HS-MANGLED", "/0/hs"),
        ("HS-MANGLED", "/2/hs"),
    ]
    assert any("0713319000" in f.text for f in report.findings)
    assert next(r["status"] for r in found if r["line_id"] == "2") == "official"
    assert report.refused == 5


def test_what_a_spreadsheet_computed_is_read_as_it_shows_it(tmp_path: Path) -> None:
    report, found = answers_of(book_of(tmp_path, HEAD, [1, "CN", "MM", "0713319000", date(2019, 5, 15), 0.1 + 0.2, "CNY"]))
    assert (report.findings, found[0]["customs_value"]) == ([], Decimal("0.30"))


def test_a_spreadsheet_s_heading_that_stands_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="stands twice"):
        answers_of(book_of(tmp_path, [*HEAD, "value"], [1, "CN", "MM", "0713319000", date(2019, 5, 15), 1, "CNY", 2]))


def test_cells_beside_a_spreadsheet_s_table_are_named_and_refuse_nothing(tmp_path: Path) -> None:
    report, _ = answers_of(book_of(tmp_path, HEAD, [1, "CN", "MM", "0713319000", date(2019, 5, 15), 1, "CNY", None, "see mail"]))
    assert [(f.code, str(f.severity)) for f in report.findings] == [("COL-UNUSED", "warning")]
    assert report.refused == 0


# -- broken files -------------------------------------------------------------------------------------------------


def refused_whole(path: Path) -> str:
    """Why a file cannot be read at all; checked to leave the old answers as they were."""
    target = path.with_name("old.csv")
    target.write_text("as it was", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        assess_file(path, target)
    assert target.read_text(encoding="utf-8") == "as it was"
    assert [p for p in path.parent.iterdir() if p.name.endswith(".part")] == []
    assert all(f.severity == "error" for f in caught.value.findings)
    return str(caught.value)


WHOLE: dict[str, tuple[str, bytes, str]] = {
    "an empty file": ("a.csv", b"", "cannot be read"),
    "a heading alone": ("a.csv", text_of(LINES).splitlines()[0].encode() + b"\n", "holds no lines"),
    "a missing column": ("a.csv", b"line_id,importer,origin,hs,date,value\n1,CN,MM,071331,2026-01-01,5\n", "'currency' is missing"),
    "no country of export": (
        "a.csv",
        b"line_id,importer,hs,date,value,currency\n1,CN,071331,2026-01-01,5,CNY\n",
        "one of the columns 'exporter' and 'origin'",
    ),
    "a column twice": ("a.csv", b"line_id,importer,origin,hs,date,value,currency,value\n1,CN,MM,071331,2026-01-01,5,CNY,6\n", "'value' stands twice"),
    "binary junk": ("a.csv", bytes(range(256)) * 40, "it is not UTF-8 text"),
    "another encoding": ("a.csv", text_of(LINES).encode("gb18030"), "save it as CSV UTF-8"),
    "sixteen bits": ("a.csv", text_of(LINES).encode("utf-16"), "save it as CSV UTF-8"),
    "no spreadsheet": ("a.xlsx", b"PK\x03\x04 and nothing more", "a.xlsx cannot be read"),
    "no Parquet": ("a.parquet", b"PAR1junkPAR1", "a.parquet cannot be read"),
    "a JSON number": ("a.json", b"5", "a list of objects is expected"),
    "half a JSON array": ("a.json", b'[{"line_id": 1', "a.json cannot be read"),
    "an empty JSON array": ("a.json", b"[]", "holds no lines"),
    "JSON too deep": ("a.json", b"[" * 200_000, "cannot be read"),
    "a kind nobody knows": ("a.pdf", b"%PDF", "known are"),
}


@pytest.mark.parametrize("what", WHOLE)
def test_a_file_that_cannot_be_read_says_why_and_changes_nothing(tmp_path: Path, what: str) -> None:
    name, content, words = WHOLE[what]
    assert words in refused_whole(written(tmp_path / name, content))


def test_a_truncated_parquet_file_says_why(tmp_path: Path) -> None:
    whole = parquet_typed(tmp_path).read_bytes()
    for size in (len(whole) // 2, len(whole) - 8):
        assert "cannot be read" in refused_whole(written(tmp_path / "half.parquet", whole[:size]))


def test_a_parquet_file_damaged_in_the_middle_says_why(tmp_path: Path) -> None:
    many = pa.table({c: [f"{i:x}" * 9 for i in range(20_000)] for c in HEAD})
    pq.write_table(many, tmp_path / "m.parquet", use_dictionary=False, compression="snappy")
    whole = bytearray((tmp_path / "m.parquet").read_bytes())
    whole[1000:9000] = b"\xff" * 8000
    refused_whole(written(tmp_path / "m.parquet", bytes(whole)))


@pytest.mark.parametrize("name", ["hs", "line_id", "date", "value"])
def test_a_parquet_column_of_structures_is_refused(tmp_path: Path, name: str) -> None:
    pq.write_table(pa.table({**{c: [GOOD[c]] for c in HEAD}, name: [{"a": 1}]}), tmp_path / "a.parquet")
    assert f"the column '{name}' holds struct<a: int64>" in refused_whole(tmp_path / "a.parquet")


def test_a_parquet_column_of_bytes_is_read_as_text_or_refused(tmp_path: Path, rulebook: Rulebook) -> None:
    table = {c: pa.array([GOOD[c].encode()]) for c in HEAD}
    pq.write_table(pa.table(table), tmp_path / "a.parquet")
    assert answers_of(tmp_path / "a.parquet")[1] == assess(rulebook, [{c: GOOD[c] for c in HEAD}]).arrow().to_pylist()
    pq.write_table(pa.table({**table, "hs": pa.array([b"\xff\xfe"])}), tmp_path / "a.parquet")
    assert "cannot be read" in refused_whole(tmp_path / "a.parquet")


def test_a_parquet_list_of_agreements_is_read(tmp_path: Path) -> None:
    pq.write_table(pa.table({**{c: [GOOD[c]] for c in HEAD}, "originating_under": [["RCEP", "ACFTA"]]}), tmp_path / "a.parquet")
    report, found = answers_of(tmp_path / "a.parquet")
    assert (report.findings, found[1]["regime"], found[1]["eligible"]) == ([], "ACFTA", "yes")


def test_a_file_that_is_not_there_and_a_folder_say_so(tmp_path: Path) -> None:
    assert "No such file" in refused_whole(tmp_path / "nowhere.csv")
    (tmp_path / "folder.csv").mkdir()
    assert "cannot be read" in refused_whole(tmp_path / "folder.csv")


def test_a_file_too_large_to_be_read_whole_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MAX_WHOLE", 100)
    assert "write one object a line" in refused_whole(array(tmp_path))
    assert "save it as CSV" in refused_whole(sheet(tmp_path))
    size = array(tmp_path).stat().st_size
    monkeypatch.setattr(files, "MAX_WHOLE", size)
    assert answers_of(array(tmp_path))[0].lines == len(LINES)
    monkeypatch.setattr(files, "MAX_WHOLE", size - 1)
    refused_whole(array(tmp_path))


def test_a_row_that_is_no_row_is_left_out_and_the_rows_after_it_keep_their_numbers(tmp_path: Path) -> None:
    head, *good = text_of([{c: LINES[0][c] for c in HEAD} | {"line_id": i} for i in "123"]).splitlines()
    path = written(tmp_path / "a.csv", "\n".join([head, good[0], good[0] + ",too,many", good[1], "too,few", good[2].replace("VND", "???")]) + "\n")
    report, found = answers_of(path)
    assert [(f.code, f.pointer) for f in report.findings] == [("CURRENCY", "/4/currency"), ("ROW-CELLS", "/1"), ("ROW-CELLS", "/3")]
    assert (report.lines, report.refused) == (5, 3)
    assert [r["status"] for r in found].count("refused") == 1


def test_lines_that_are_no_json_are_left_out_and_the_rows_after_them_keep_their_numbers(tmp_path: Path) -> None:
    good = json.dumps(LINES[0])
    path = written(tmp_path / "a.jsonl", "\n".join([good, "{half", "[1]", good, "", good.replace("VND", "???"), '{"line_id": NaN}']))
    report, found = answers_of(path)
    assert {(f.code, f.pointer) for f in report.findings} >= {
        ("ROW-JSON", "/1"),
        ("ROW-JSON", "/2"),
        ("CURRENCY", "/5/currency"),
        ("COUNTRY", "/6/importer"),
    }
    assert (report.lines, report.refused) == (6, 4)
    assert [r["status"] for r in found].count("refused") == 2


def test_a_misspelt_column_is_noted_in_every_kind_of_file(tmp_path: Path) -> None:
    rows = [{**LINES[0], "incotrem": "FOB"}]
    table = {k: [v[k] for v in rows] for k in rows[0]}
    pq.write_table(pa.table(table), tmp_path / "a.parquet")
    paths = [written(tmp_path / "a.csv", text_of(rows)), written(tmp_path / "a.json", json.dumps(rows)), tmp_path / "a.parquet"]
    for path in paths:
        report, _ = answers_of(path)
        assert [(f.code, f.pointer) for f in report.findings] == [("COL-UNUSED", "/incotrem")], path.name
        assert report.refused == 0


# -- cells --------------------------------------------------------------------------------------------------------

GOOD = LINES[0]
CELLS: list[tuple[str, str, str | None]] = [
    ("value", "", "VALUE-MISSING"),
    ("value", "1,000", "NUM"),
    ("value", "NaN", "NUM"),
    ("value", "inf", "NUM"),
    ("value", "-Infinity", "NUM"),
    ("value", "one", "NUM"),
    ("value", "$5", "NUM"),
    ("value", "1 000", "NUM"),
    ("value", "-0.01", "NUM-NEGATIVE"),
    ("value", "1e5", None),
    ("value", " 5 ", None),
    ("value", "0", None),
    ("value", "0.0001", None),
    ("value", "0.00001", "NUM-TOO-FINE"),
    ("value", str(MAX_MONEY // MONEY_SCALE), None),
    ("value", f"{MAX_MONEY // MONEY_SCALE}.0001", "NUM-ABSURD"),
    ("value", "9" * 40, "NUM-ABSURD"),
    ("value", "1e400", "NUM-ABSURD"),
    ("freight", "-1", "NUM-NEGATIVE"),
    ("insurance", "x", "NUM"),
    ("quantity", str(MAX_QUANTITY // QUANTITY_SCALE), None),
    ("quantity", f"{MAX_QUANTITY // QUANTITY_SCALE}.000001", "NUM-ABSURD"),
    ("quantity", "0.0000001", "NUM-TOO-FINE"),
    ("unit", "furlong", "UNIT"),
    ("unit", "kg", None),
    ("date", "", "DATE"),
    ("date", "2026-02-30", "DATE"),
    ("date", "02.03.2026", "DATE"),
    ("date", "20260302", "DATE"),
    ("date", date_of(FIRST_DAY), None),
    ("date", date_of(FIRST_DAY - 1), "DATE-RANGE"),
    ("date", date_of(LAST_DAY), None),
    ("date", date_of(LAST_DAY + 1), "DATE-RANGE"),
    ("importer", "", "COUNTRY"),
    ("importer", "XX", "COUNTRY"),
    ("importer", "US", "COUNTRY-NOT-COVERED"),
    ("importer", "vn", None),
    ("origin", "Chine", "COUNTRY"),
    ("hs", "", "HS-MISSING"),
    ("hs", "battery", "HS"),
    ("hs", "8507", "HS-LENGTH"),
    ("hs", "8507109212345", "HS-MANGLED"),
    ("hs", "850799", "HS-UNKNOWN"),
    ("hs", "8507-10-92", None),
    ("currency", "", "CURRENCY"),
    ("currency", "dong", "CURRENCY"),
    ("currency", "XXX", "CURRENCY"),
    ("currency", "XAU", "CURRENCY"),
    ("incoterm", "CNF", "INCOTERM"),
    ("hs_edition", "HS1850", "EDITION"),
    ("originating_under", "ASEAN", "AGREEMENT"),
]


@pytest.mark.parametrize(("column", "cell", "code"), CELLS, ids=lambda v: str(v)[:24])
def test_a_cell_is_read_or_refuses_its_row_alone(rulebook: Rulebook, tmp_path: Path, column: str, cell: str, code: str | None) -> None:
    rows = [{**GOOD, "line_id": "first"}, {**GOOD, "line_id": "odd", column: cell}, {**GOOD, "line_id": "last"}]
    report, found = answers_of(written(tmp_path / "a.csv", text_of(rows)))
    assert [(f.code, f.pointer) for f in report.findings] == ([(code, f"/1/{column}")] if code else [])
    assert report.refused == (1 if code else 0)
    by_line = {name: [{k: v for k, v in r.items() if k != "line_id"} for r in found if r["line_id"] == name] for name in ("first", "odd", "last")}
    assert by_line["first"] == by_line["last"]
    assert len(by_line["first"]) > 1
    assert (by_line["odd"][0]["status"] == "refused") == bool(code)
    assert assess(rulebook, rows).arrow().to_pylist() == found, "records and files part"


@pytest.mark.parametrize(
    ("kind", "cell", "code"),
    [
        (pa.float64(), float("inf"), "NUM"),
        (pa.float64(), 1e300, "NUM-ABSURD"),
        (pa.float64(), 0.1 + 0.2, "NUM-TOO-FINE"),
        (pa.float64(), 0.3, None),
        (pa.float64(), None, "VALUE-MISSING"),
        (pa.float32(), 0.5, None),
        (pa.int64(), -1, "NUM-NEGATIVE"),
        (pa.int64(), 2**62, "NUM-ABSURD"),
        (pa.uint64(), 2**64 - 1, "NUM-ABSURD"),
        (pa.int8(), 7, None),
        (pa.decimal128(38, 10), Decimal("1.00001"), "NUM-TOO-FINE"),
        (pa.decimal128(38, 10), Decimal("1.0001"), None),
        (pa.decimal256(60, 0), Decimal(10) ** 50, "NUM-ABSURD"),
        (pa.bool_(), True, "NUM"),
        (pa.date32(), date(2026, 1, 1), "NUM"),
    ],
    ids=str,
)
def test_typed_amounts_are_read_exactly_or_refused(rulebook: Rulebook, kind: pa.DataType, cell: Any, code: str | None) -> None:
    table = pa.table({**{c: [GOOD[c]] for c in HEAD}, "value": pa.array([cell], kind)})
    result = assess(rulebook, table)
    assert [f.code for f in result.errors] == ([code] if code else [])


def test_a_day_beyond_the_calendar_is_a_finding(rulebook: Rulebook) -> None:
    days = pa.array([2**31 - 1, -(2**31) + 1, FIRST_DAY, LAST_DAY, LAST_DAY + 1, None], pa.int32()).cast(pa.date32())
    table = pa.table({**{c: [GOOD[c]] * 6 for c in HEAD}, "date": days})
    result = assess(rulebook, table)
    assert sorted((f.code, f.pointer) for f in result.errors) == [
        ("DATE", "/5/date"),
        ("DATE-RANGE", "/0/date"),
        ("DATE-RANGE", "/1/date"),
        ("DATE-RANGE", "/4/date"),
    ]


JUNK = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        [
            "",
            " ",
            "0",
            "-",
            "nan",
            "1e999",
            "9" * 60,
            "0713319000",
            "CN",
            "2026-03-02",
            "HS2017",
            "KGM",
            "\0",
            '"',
            "\n",
            ";",
            "1_0",
            "١٢",
            "½",
            "𝟙",
            "﻿1",
        ]
    ),
    st.decimals(allow_nan=True, allow_infinity=True).map(str),
    st.dates().map(str),
    st.integers().map(str),
)


@settings(derandomize=True, database=None, deadline=None, max_examples=150, suppress_health_check=list(HealthCheck))
@given(column=st.sampled_from([c for c in COLUMNS if c != "line_id"]), cell=JUNK)
def test_no_junk_in_a_cell_raises_or_touches_another_row(rulebook: Rulebook, column: str, cell: str) -> None:
    rows = [{**GOOD, "line_id": "first"}, {**GOOD, "line_id": "odd", column: cell}, {**GOOD, "line_id": "last"}]
    clean = assess(rulebook, [rows[0]]).arrow().to_pylist()
    for asked in (rows, pa.table({c: [r[c] for r in rows] for c in COLUMNS})):
        result = assess(rulebook, asked)
        found = result.arrow().to_pylist()
        assert [r for r in found if r["line_id"] == "first"] == clean
        assert [{**r, "line_id": "first"} for r in found if r["line_id"] == "last"] == clean
        odd = [r for r in found if r["line_id"] == "odd"]
        assert all(r["regime"] for r in odd) or (len(odd) == 1 and odd[0]["findings"] and result.errors)
        assert all(f.pointer.startswith("/1/") for f in result.errors)


# -- writing whole or not at all -----------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", [".csv", ".parquet", ".json", ".jsonl"])
def test_a_failure_in_the_middle_leaves_the_old_file(tmp_path: Path, rulebook: Rulebook, ending: str) -> None:
    target = written(tmp_path / f"out{ending}", "as it was")
    batch = assess(rulebook, LINES).arrow()

    def cut_short() -> None:
        with writer(target) as write:
            write(batch)
            raise RuntimeError("power cut")

    with pytest.raises(RuntimeError, match="power cut"):
        cut_short()
    assert target.read_text(encoding="utf-8") == "as it was"
    assert list(tmp_path.iterdir()) == [target]


def test_a_disk_that_fills_up_leaves_no_file_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Full:
        def __init__(self, *_: Any, **__: Any) -> None: ...

        def __enter__(self) -> Full:
            return self

        def __exit__(self, *_: object) -> None:
            raise OSError(28, "No space left on device")

        def write_batch(self, _: Any) -> None:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(pq, "ParquetWriter", Full)
    source = comma(tmp_path)
    with pytest.raises(InputError, match="No space left on device"):
        assess_file(source, tmp_path / "out.parquet")
    assert list(tmp_path.iterdir()) == [source]


def test_a_file_that_breaks_off_after_some_batches_leaves_no_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "CSV_BLOCK", 1 << 12)
    row = text_of([GOOD]).splitlines()
    path = written(tmp_path / "a.csv", "\n".join([row[0], *[row[1]] * 500]).encode() + b"\n\xff\xfe\xff,\n")
    refused_whole(path)


@pytest.mark.parametrize("target", ["no/such/folder/out.csv", "."])
def test_a_place_that_cannot_be_written_is_said_before_any_work(tmp_path: Path, target: str) -> None:
    (tmp_path / "out.csv").mkdir()
    place = tmp_path / target if target != "." else tmp_path / "out.csv"
    with pytest.raises(InputError, match="cannot be written"):
        assess_file(comma(tmp_path), place)


def test_answers_are_not_written_as_a_spreadsheet(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"\.csv, \.parquet, \.json or \.jsonl"):
        assess_file(comma(tmp_path), tmp_path / "out.xlsx")


KILLED = """
import sys, time
from youyi.assess.writing import writer
from youyi.assess.answers import schema
from pathlib import Path
with writer(Path(sys.argv[1])) as write:
    batch = schema().empty_table().to_batches() or [__import__("pyarrow").RecordBatch.from_pylist([], schema=schema())]
    write(batch[0])
    print("writing", flush=True)
    time.sleep(60)
"""


@pytest.mark.parametrize("old", ["as it was", None])
def test_a_killed_writer_leaves_the_old_file_or_none(tmp_path: Path, old: str | None) -> None:
    target = tmp_path / "out.csv"
    if old:
        target.write_text(old, encoding="utf-8")
    with subprocess.Popen([sys.executable, "-c", KILLED, str(target)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "writing\n"
        os.kill(process.pid, signal.SIGKILL)
        process.wait(timeout=30)
    assert (target.read_text(encoding="utf-8") if old else target.exists()) == (old or False)
    left = list(tmp_path.glob(".out.csv.youyi-*.part"))
    assert left, "a killed process cannot clean up"
    dead = left[0].with_name(left[0].name.replace("out.csv", "yesterday.csv"))
    dead.write_text("of another target", encoding="utf-8")
    others = [
        tmp_path / ".out.csv.youyi-another_machine-1.part",
        tmp_path / f".out.csv.{mark().replace(str(os.getpid()), str(os.getppid()))}.part",
        tmp_path / ".out.csv.part",
    ]
    for other in others:
        other.write_text("somebody is writing", encoding="utf-8")
    with writer(target) as write:
        write(pa.RecordBatch.from_pylist([], schema=schema()))
    assert not left[0].exists(), "the next writer removes what the dead one left"
    assert sorted(tmp_path.iterdir()) == sorted([target, *others])


def test_the_input_is_never_written_over(tmp_path: Path) -> None:
    path = tmp_path / "lines.csv"
    path.write_text("line_id,importer,origin,hs,date,value,currency\n1,CN,VN,08106000,2026-03-02,100,CNY\n", encoding="utf-8")
    before = path.read_bytes()
    with pytest.raises(InputError) as refused:
        assess_file(path, path)
    assert [f.code for f in refused.value.findings] == ["FILE-SAME"]
    assert path.read_bytes() == before


def test_a_file_of_lines_says_how_many_rows_it_has_when_it_knows(tmp_path: Path) -> None:
    source = Source(parquet_typed(tmp_path))
    list(source.batches())
    assert source.rows == len(LINES)


@pytest.mark.parametrize("cell", ["1e999999999", "1e-999999999", "100.00000000000000000000000000000001"])
def test_a_number_beyond_decimal_arithmetic_is_a_finding(rulebook: Rulebook, cell: str) -> None:
    assert [f.pointer for f in assess(rulebook, [{**GOOD, "value": cell}]).errors] == ["/0/value"]
