"""The published schemas say what the engine reads and writes: the same columns, and real output that validates."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from jsonschema import Draft202012Validator

from lines import DATA, line, rows
from youyi.assess import assess
from youyi.assess.answers import COLUMNS as ANSWERS
from youyi.assess.answers import LISTS, MONEY, RATES, schema
from youyi.assess.lines import COLUMNS, FIRST_DAY, LAST_DAY, MAX_MONEY, MAX_QUANTITY, MONEY_SCALE, QUANTITY_SCALE, REQUIRED, date_of
from youyi.assess.ruling import STATUS_ORDER
from youyi.assess.table import BASIS, ELIGIBLE, STATUS
from youyi.assess.writing import plain
from youyi.cli import main
from youyi.law.rulebook import Rulebook

SCHEMAS = Path(__file__).parents[2] / "docs" / "schemas"
JOURNEYS = DATA.parent.parent / "examples" / "journeys.csv"
Document = dict[str, Any]


def document(name: str) -> Document:
    found: Document = json.loads((SCHEMAS / f"{name}.json").read_text(encoding="utf-8"))
    return found


def row_schema() -> Document:
    """The schema of one answer, which stands inside that of an assessment."""
    found = document("assessment")
    return {**found["$defs"]["row"], "$defs": found["$defs"]}


def validate(found: Any, schema_: Document) -> None:
    Draft202012Validator(schema_).validate(found)


def printed(capsys: pytest.CaptureFixture[str], *words: str) -> Any:
    main([*words, "--json"])
    return json.loads(capsys.readouterr().out)


@pytest.mark.parametrize("name", [p.stem for p in sorted(SCHEMAS.glob("*.json"))])
def test_a_schema_is_one_and_describes_every_property(name: str) -> None:
    found = document(name)
    Draft202012Validator.check_schema(found)
    assert found["$schema"].endswith("2020-12/schema")
    for key, value in found["properties"].items():
        assert value.get("description") or value.get("$ref"), key


def test_the_columns_read_are_the_columns_described() -> None:
    found = document("lines")
    assert tuple(found["properties"]) == COLUMNS
    assert tuple(found["required"]) == REQUIRED
    assert [c["required"] for c in found["anyOf"]] == [["exporter"], ["origin"]]


def test_the_limits_described_are_the_limits_kept() -> None:
    found = document("lines")["properties"]
    for name in ("value", "freight", "insurance"):
        assert f"at most {MAX_MONEY // MONEY_SCALE}," in found[name]["description"]
        assert f"at most {len(str(MONEY_SCALE)) - 1} decimals" in found[name]["description"]
    assert f"at most {MAX_QUANTITY // QUANTITY_SCALE}," in found["quantity"]["description"]
    assert f"at most {len(str(QUANTITY_SCALE)) - 1} decimals" in found["quantity"]["description"]
    assert f"from {date_of(FIRST_DAY)} to {date_of(LAST_DAY)}" in found["date"]["description"]


def test_the_terms_described_are_the_terms_known() -> None:
    described = {t for t in document("lines")["properties"]["incoterm"]["enum"] if t}
    assert described == {r["term"] for r in rows("codes/incoterms")}


def test_the_columns_written_are_the_columns_described() -> None:
    found = row_schema()
    assert tuple(found["properties"]) == ANSWERS == tuple(found["required"])
    assert {n for n, p in found["properties"].items() if p.get("unit") == "percent"} == set(RATES)
    assert {n for n, p in found["properties"].items() if p.get("unit") == "currency"} == set(MONEY)
    assert {n for n, p in found["properties"].items() if p.get("type") == "array"} == set(LISTS)


def test_the_words_described_are_the_words_used() -> None:
    found = row_schema()["properties"]
    assert set(found["eligible"]["enum"]) == set(ELIGIBLE)
    assert set(found["status"]["enum"]) == set(STATUS) >= set(STATUS_ORDER)
    assert set(found["basis"]["enum"]) == set(BASIS)
    assert set(found["regime"]["enum"]) == {a["agreement"] for a in rows("agreements") if a["treatment"] == "row"} | {""}


def test_the_arrow_columns_carry_the_units_described() -> None:
    kinds = {f.name: f.type for f in schema()}
    assert all(kinds[n] == pa.decimal64(18, 2) for n in MONEY)
    assert all(kinds[n] == pa.decimal64(9, 4) for n in RATES)


def test_the_sample_lines_are_as_described() -> None:
    import csv

    with JOURNEYS.open(encoding="utf-8", newline="") as file:
        for found in csv.DictReader(file):
            validate(found, document("lines"))


def test_a_line_without_any_country_of_export_is_not_as_described() -> None:
    bare = {"line_id": "1", "importer": "CN", "hs": "071331", "date": "2026-01-01", "value": "1", "currency": "CNY"}
    assert not Draft202012Validator(document("lines")).is_valid(bare)
    assert Draft202012Validator(document("lines")).is_valid({**bare, "origin": "MM"})


def test_real_rows_validate_answered_refused_or_without_a_rate(rulebook: Rulebook) -> None:
    good = line(line_id="good", importer="VN", origin="CN", hs="85071092", date="2026-03-02", value="100", currency="VND")
    batch = [good, {**good, "hs": "nothing"}, {**good, "hs": "847130"}, {**good, "importer": "ID", "hs": "10063030", "currency": "IDR"}]
    for found in assess(rulebook, batch).arrow().to_pylist():
        validate(plain(found), row_schema())


def test_what_assess_prints_validates(capsys: pytest.CaptureFixture[str]) -> None:
    found = printed(capsys, "assess", str(JOURNEYS))
    validate(found, document("assessment"))
    assert (found["lines"], found["refused"], len(found["answers"])) == (5, 0, found["rows"])


def test_what_assess_prints_with_a_file_to_write_validates(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    found = printed(capsys, "assess", str(JOURNEYS), "-o", str(tmp_path / "a.jsonl"))
    validate(found, document("assessment"))
    for text in (tmp_path / "a.jsonl").read_text(encoding="utf-8").splitlines():
        validate(json.loads(text), row_schema())


def test_what_assess_explains_validates(capsys: pytest.CaptureFixture[str]) -> None:
    found = printed(capsys, "assess", str(JOURNEYS), "--explain")
    validate(found, document("assessment"))
    assert all(a["steps"] for a in found["answers"])


@pytest.mark.parametrize(
    "words",
    [
        "0713.31.90 --from MM --to CN",
        "850710 --from CN --to VN --on 2026-03-02",
        "72083700 --from CN --to VN --on 2026-03-02",
        "69072193 --from CN --to ID",
        "090111 --from VN --to CN",
        "22030011 --from GB --to SG --on 2021-06-01",
    ],
)
def test_what_rate_prints_validates(capsys: pytest.CaptureFixture[str], words: str) -> None:
    validate(printed(capsys, "rate", *words.split()), document("rate"))
