"""Product files: every form reads alike, and what is wrong is a finding that loses nothing."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from youyi.qualify.formats import MAX_DEPTH, FileError, load, number, table
from youyi.qualify.reading import products, sheets
from youyi.qualify.template import template

PLAIN: dict[str, Any] = {
    "product": {"id": "p", "hs": "8508.11", "fob": "62", "currency": "usd"},
    "exporter": "vn",
    "importer": "CN",
    "date": "2026-11-20",
    "materials": [{"id": "a", "hs": "8501.40", "value": "14.10", "originating": ["ACFTA"]}],
}


def found(**more: Any) -> list[tuple[str, str]]:
    """The findings on the plain file with something else in it."""
    return [(f.code, f.pointer) for f in products(PLAIN | more)[0].findings]


def refused(data: Any) -> str:
    with pytest.raises(FileError) as error:
        products(data)
    return error.value.findings[0].code


def test_a_plain_file_has_no_findings_and_reads_exactly() -> None:
    (p,) = products(PLAIN)
    assert p.findings == []
    assert (p.good.hs, p.good.fob, p.currency, p.exporter) == ("850811", Decimal(62), "USD", "VN")
    assert (p.items[0].value, p.items[0].originating, p.items[0].pointer) == (Decimal("14.10"), ("ACFTA",), "/materials/0")


def test_the_template_reads_alike_as_yaml_json_and_table(tmp_path: Path) -> None:
    read = {}
    for kind in (".yaml", ".json", ".csv"):
        path = tmp_path / f"p{kind}"
        path.write_text(template(kind), encoding="utf-8")
        (read[kind],) = products(load(path))
    assert all(p.findings == [] for p in read.values())
    assert read[".yaml"].items == read[".json"].items
    assert read[".csv"].good == read[".yaml"].good.__class__("850811", Decimal("62.00"), id="vacuum-cleaner", description="vacuum cleaner", edition="HS2022")
    assert read[".csv"].items[0] == read[".yaml"].items[0]
    assert read[".csv"].process.processes == ("assembly",)


def test_numbers_are_exact_in_every_form(tmp_path: Path) -> None:
    for kind, text in ((".json", '{"x": 0.1}'), (".yaml", "x: 0.1")):
        path = tmp_path / f"n{kind}"
        path.write_text(text, encoding="utf-8")
        assert number(load(path)["x"]) == Decimal("0.1")


@pytest.mark.parametrize(
    ("item", "finding"),
    [
        ({"value": -1}, "VALUE-NEGATIVE"),
        ({"value": "ten"}, "VALUE"),
        ({"value": True}, "VALUE"),
        ({"hs": "85x"}, "HS"),
        ({"hs": 123}, "HS"),
        ({"hs_edition": "HS2023"}, "HS-EDITION"),
        ({"basis": "DDP"}, "BASIS"),
        ({"role": "tool"}, "ROLE"),
        ({"origin": "Viet Nam"}, "WORD"),
        ({"originating": "maybe"}, "TRUTH"),
        ({"price": 3}, "KEY-UNKNOWN"),
        ({"value": 100}, "BILL-ABOVE-FOB"),
    ],
)
def test_what_is_wrong_with_a_material_is_said_and_the_rest_is_kept(item: dict[str, Any], finding: str) -> None:
    bill = [{"hs": "8501.40", "value": 1} | item, {"hs": "8507.60", "value": 2}]
    read = products(PLAIN | {"materials": bill})[0]
    assert finding in [f.code for f in read.findings]
    assert len(read.items) == 2
    assert read.items[1].value == 2


@pytest.mark.parametrize(
    ("more", "finding"),
    [
        ({"date": "20 Nov"}, ("DATE", "/date")),
        ({"materials": "none"}, ("BILL", "/materials")),
        ({"materials": ["x"]}, ("BILL", "/materials/0")),
        ({"processes": ["assembling"]}, ("PROCESS", "/processes/0")),
        ({"processes": "assembly"}, ("LIST", "/processes")),
        ({"rules": [{"agreement": "ACFTA", "rule": "CTHH", "source": "x"}]}, ("RULE", "/rules/0/rule")),
        ({"rules": [{"agreement": "ACFTA", "rule": "CTH"}]}, ("ATTEST-NO-SOURCE", "/rules/0/source")),
        ({"product": {"hs": "8508.11", "fob": 0}}, ("VALUE-ZERO", "/product/fob")),
        ({"colour": "red"}, ("KEY-UNKNOWN", "/colour")),
    ],
)
def test_what_is_wrong_elsewhere_is_said(more: dict[str, Any], finding: tuple[str, str]) -> None:
    assert finding in found(**more)


def test_a_rule_that_does_not_parse_says_where_and_what_was_expected() -> None:
    read = products(PLAIN | {"rules": [{"agreement": "ACFTA", "rule": "CTH or", "source": "x"}]})[0]
    assert "column 7: expected" in read.findings[0].text


def test_a_file_that_is_no_product_file_is_refused() -> None:
    assert refused([]) == "FILE-SHAPE"
    assert refused("x") == "FILE-SHAPE"
    assert refused({"materials": []}) == "FILE-SHAPE"


@pytest.mark.parametrize(
    ("name", "text", "code", "said"),
    [
        ("a.json", '{"x": }', "FILE-JSON", "line 1, column 7"),
        ("a.json", '{"x": NaN}', "FILE-JSON", "NaN is no number"),
        ("a.json", "[" * 100_000, "FILE-JSON", "nested too deeply"),
        ("a.json", "[" * 100 + "]" * 100, "FILE-DEPTH", str(MAX_DEPTH)),
        ("a.yaml", "x: [1", "FILE-YAML", "line"),
        ("a.yaml", "x: &a [1]\ny: *a", "FILE-YAML", "aliases"),
        ("a.yaml", "[" * 100 + "]" * 100, "FILE-DEPTH", str(MAX_DEPTH)),
        ("a.yaml", "x: !!python/object/apply:os.system ['true']", "FILE-YAML", "could not determine a constructor"),
        ("a.csv", "line,hs,colour\n", "FILE-COLUMNS", "colour"),
        ("a.csv", "hs,value\n", "FILE-COLUMNS", "line"),
        ("a.csv", "line,hs\nmaterial,850811\n", "FILE-LINE", "product first"),
        ("a.csv", "line,id,parent,hs\nproduct,p,,850811\nmaterial,a,b,8501\nmaterial,b,a,8501\n", "BILL-CYCLE", "made from itself"),
        ("a.csv", "line,id,parent,hs\nproduct,p,,850811\nmaterial,a,a,8501\n", "BILL-CYCLE", "made from itself"),
        ("a.csv", "line,id,parent,hs\nproduct,p,,850811\nmaterial,a,z,8501\n", "BILL-PARENT", "no line"),
        ("a.txt", "", "FILE-KIND", ".json"),
    ],
)
def test_a_file_that_cannot_be_read_says_where_and_why(tmp_path: Path, name: str, text: str, code: str, said: str) -> None:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    with pytest.raises(FileError) as error:
        load(path)
    assert error.value.findings[0].code == code
    assert said in error.value.findings[0].text


def test_text_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(b'{"x": "\xff"}')
    with pytest.raises(FileError, match="not UTF-8"):
        load(path)


def test_items_hang_under_the_line_they_were_made_into() -> None:
    rows = [["line", "id", "parent", "hs", "value"], ["product", "p", "", "850811", "62"], ["material", "motor", "p", "850140", "9"]]
    (p,) = products(table([*rows, ["material", "wire", "motor", "740811", "3"]]))
    assert [(i.name, [x.name for x in i.materials]) for i in p.items] == [("motor", ["wire"])]


def test_several_products_have_findings_with_their_place() -> None:
    read = products([PLAIN, PLAIN | {"date": "x"}])
    assert [f.pointer for f in read[1].findings] == ["/1/date"]


def test_bills_deeper_than_the_limit_are_cut_and_said() -> None:
    bill: dict[str, Any] = {"hs": "8501.40"}
    for _ in range(20):
        bill = {"hs": "8501.40", "materials": [bill]}
    assert "BILL-DEPTH" in [c for c, _ in found(materials=[bill])]


def test_cases_to_evaluate_are_one_or_a_list() -> None:
    case = {"good": {"hs": "6403.99", "fob": 10, "weight": 2}, "materials": [{"hs": "6406.10", "value": 3, "weight": 1, "originating": False}]}
    (sheet,) = sheets(json.loads(json.dumps(case)))
    assert (sheet.good.hs, sheet.materials[0].originating, sheet.materials[0].value) == ("640399", False, 3)
    assert len(sheets([case, case])) == 2
    with pytest.raises(FileError):
        sheets({"goods": 1})
