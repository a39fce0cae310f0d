"""Columns and rows as people name and count them, and what is said where a file is not what was meant."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from youyi.assess import assess, files, run
from youyi.assess.answers import schema
from youyi.assess.show import in_words
from youyi.assess.writing import writer
from youyi.law.rulebook import Rulebook
from youyi.leftovers import mark

from .test_files import GOOD, answers_of, refused_whole, text_of, written


def test_columns_are_found_whatever_their_case_and_blanks(tmp_path: Path) -> None:
    lines = [{" Line ID": "1", "IMPORTER ": "VN", "Exporter": "CN", "hs": "85071092", "Date": "2026-03-02", "Value": "1", "Currency": "VND", "HS-Edition": ""}]
    rows = lines[0].values()
    book = openpyxl.Workbook()
    book.active.append(list(lines[0]))
    book.active.append(list(rows))
    book.save(tmp_path / "a.xlsx")
    pq.write_table(pa.Table.from_pylist(lines), tmp_path / "a.parquet")
    written(tmp_path / "a.csv", text_of(lines))
    written(tmp_path / "a.json", json.dumps(lines))
    for name in ("a.xlsx", "a.parquet", "a.csv", "a.json"):
        report, found = answers_of(tmp_path / name)
        assert [(f.code, f.pointer) for f in report.findings] == [], name
        assert [r["line_id"] for r in found] == ["1"] * 3, name


def test_columns_of_records_and_tables_are_found_too(rulebook: Rulebook) -> None:
    records = [{k.upper(): v for k, v in GOOD.items()}]
    plain = assess(rulebook, [GOOD]).records()
    assert assess(rulebook, records).records() == plain
    assert assess(rulebook, pa.Table.from_pylist(records)).records() == plain


@pytest.mark.parametrize(
    ("head", "said"),
    [
        ("line_id,importer,exporter,HS Code,date,value,currency", "'hs' is missing; did you mean 'HS Code'? Name it hs"),
        ("line_id,importer,orgin,hs,date,value,currency", "one of the columns 'exporter' and 'origin' is needed; did you mean 'orgin'? Name it origin"),
        ("line_id,importer,exporter,hs,date,value,currency,Value", "the column 'value' stands twice ('value', 'Value')"),
        ("1,VN,CN,85071092,2026-03-02,5,VND", "the first row must name the columns"),
    ],
)
def test_a_column_that_is_missed_is_asked_about(tmp_path: Path, head: str, said: str) -> None:
    cells = ["1", "VN", "CN", "85071092", "2026-03-02", "5", "VND", "5"][: head.count(",") + 1]
    assert said in refused_whole(written(tmp_path / "a.csv", f"{head}\n{','.join(cells)}\n"))


@pytest.mark.parametrize(("column", "meant"), [("Qty", "quantity"), ("incotrem", "incoterm"), ("Incoterms", "incoterm"), ("manufacturer", "producer")])
def test_a_column_that_is_not_used_may_be_another(rulebook: Rulebook, column: str, meant: str) -> None:
    record = {k: v for k, v in GOOD.items() if k != meant} | {column: ""}
    assert [f.text for f in assess(rulebook, [record]).findings] == [f"the column {column!r} is not used; did you mean {meant}?"]


def test_a_line_id_that_stands_twice_is_a_warning_in_files_and_records(tmp_path: Path, rulebook: Rulebook) -> None:
    twice = [{"line_id": i, **{k: v for k, v in GOOD.items() if k != "line_id"}} for i in ("a", "b", "a", "", "")]
    for findings in (assess(rulebook, twice).findings, answers_of(written(tmp_path / "a.csv", text_of(twice)))[0].findings):
        assert [(f.code, f.pointer, f.severity) for f in findings] == [("LINE-ID-TWICE", "/2/line_id", "warning")]


def test_line_ids_are_compared_up_to_a_limit_over_all_batches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path / "a.csv", text_of([{"line_id": str(i % 4), **{k: v for k, v in GOOD.items() if k != "line_id"}} for i in range(8)]))
    monkeypatch.setattr(files, "BATCH_ROWS", 2)
    assert [f.pointer for f in answers_of(path)[0].findings] == [f"/{i}/line_id" for i in (4, 5, 6, 7)]
    monkeypatch.setattr(run, "REPEATS_CHECKED", 5)
    assert [f.pointer for f in answers_of(path)[0].findings] == ["/4/line_id"]


def test_blank_rows_are_left_out_and_counted(tmp_path: Path) -> None:
    head, *rows = text_of([{**GOOD, "line_id": i} for i in "12"]).splitlines()
    path = written(tmp_path / "a.csv", "\n".join(["", head, "", rows[0], "," * head.count(","), rows[1].replace("VND", "???"), "", ""]))
    report, _ = answers_of(path)
    assert (report.lines, report.refused, report.first) == (2, 1, 3)
    assert [(f.code, f.pointer) for f in report.findings] == [("CURRENCY", "/3/currency")]
    assert in_words(report.findings, report.first) == ["error CURRENCY row 6, currency: '???' is no currency code for money"]
    book = openpyxl.Workbook()
    for i, cells in enumerate([[], head.split(","), [], rows[0].split(","), [], rows[1].replace("VND", "???").split(",")], 1):
        for j, cell in enumerate(cells, 1):
            book.active.cell(i, j, cell)
    book.save(tmp_path / "a.xlsx")
    report, _ = answers_of(tmp_path / "a.xlsx")
    assert in_words(report.findings, report.first) == ["error CURRENCY row 6, currency: '???' is no currency code for money"]


def test_many_blank_rows_cost_little_and_keep_the_count(tmp_path: Path) -> None:
    head, good = text_of([GOOD]).splitlines()
    path = written(tmp_path / "a.csv", "\n".join([head, good, *["," * head.count(",")] * 300_000, good.replace("VND", "???")]))
    report, _ = answers_of(path)
    assert report.lines == 2
    assert [f.pointer for f in report.findings if f.code == "CURRENCY"] == ["/300001/currency"]


def test_a_title_above_the_head_of_a_spreadsheet_is_passed_over(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for cells in (["Commercial invoice"], ["Seller", "Date"], [], list(GOOD), list({**GOOD, "currency": "???"}.values())):
        book.active.append(cells)
    book.save(tmp_path / "a.xlsx")
    report, _ = answers_of(tmp_path / "a.xlsx")
    assert in_words(report.findings, report.first) == ["error CURRENCY row 5, currency: '???' is no currency code for money"]


def test_a_total_row_is_told_as_one(tmp_path: Path) -> None:
    rows = [GOOD, {**dict.fromkeys(GOOD, ""), "line_id": "Total", "value": "5"}]
    report, _ = answers_of(written(tmp_path / "a.csv", text_of(rows)))
    assert in_words(report.findings, report.first) == [
        "error ROW-NO-LINE row 3: date, importer, currency are empty; if it is a total or a note, leave the row out"
    ]


@pytest.mark.parametrize(
    ("field", "cell", "said"),
    [
        ("date", "03/02/2026", "write 2026-02-03 or 2026-03-02, whichever is meant"),
        ("date", "13.02.2026", "write 2026-02-13"),
        ("date", "20260302", "write 2026-03-02"),
        ("date", "31/02/2026", "is not a date (YYYY-MM-DD)"),
        ("date", "46083", "is a spreadsheet's number for a day; write 2026-03-02"),
        ("value", "1,000.50", "write 1000.50"),
        ("value", "1.000,50", "write 1000.50"),
        ("value", "1,000", "write 1000, or 1.000 if the comma is the decimal point"),
        ("value", "1000,5", "write 1000.5 if the comma is the decimal point"),
        ("value", "USD 1000", "write the figure alone"),
        ("hs", "'0713319000", "leave out the apostrophe"),
        ("importer", "Viet Nam", "write VN"),
    ],
)
def test_a_slip_is_answered_with_what_to_write(rulebook: Rulebook, field: str, cell: str, said: str) -> None:
    assert [f.text for f in assess(rulebook, [{**GOOD, field: cell}]).errors if said in f.text]


def test_a_file_takes_the_place_of_the_old_one_only_once_it_is_on_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []
    name_of = (lambda d: str(Path(f"/proc/self/fd/{d}").readlink())) if sys.platform == "linux" else str
    monkeypatch.setattr(os, "fsync", lambda descriptor: done.append(name_of(descriptor)))
    with writer(tmp_path / "out.json") as write:
        write(pa.RecordBatch.from_pylist([], schema=schema()))
    assert len(done) == 2
    if sys.platform == "linux":
        assert [Path(d).name for d in done] == [f".out.json.{mark()}.part", tmp_path.name]
