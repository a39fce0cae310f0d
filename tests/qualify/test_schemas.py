"""The published schemas of origin say what is read and written: the same keys, and real files and answers that validate."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from youyi.cli import main
from youyi.qualify.reading import COSTS, ITEM, KEYS, PRODUCT
from youyi.qualify.template import template
from youyi.quote.options import OWN

ROOT = Path(__file__).parents[2]
SCHEMAS = ROOT / "docs" / "schemas"
BILLS = json.loads(json.dumps(yaml.safe_load((ROOT / "tests" / "golden" / "origin_bills.yaml").read_text(encoding="utf-8")), default=str))


def document(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((SCHEMAS / f"{name}.json").read_text(encoding="utf-8"))
    return found


def validate(found: Any, name: str) -> None:
    Draft202012Validator(document(name)).validate(found)


def test_the_keys_read_are_the_keys_described() -> None:
    product = document("product")
    assert set(product["properties"]) == set(KEYS)
    assert set(product["properties"]["product"]["properties"]) == set(PRODUCT)
    assert set(product["$defs"]["item"]["properties"]) == set(ITEM)
    assert set(product["properties"]["costs"]["properties"]) == set(COSTS)
    assert set(product["$defs"]["alternative"]["properties"]) == {*OWN, *ITEM} - {"id"}


@pytest.mark.parametrize("case", BILLS[::7], ids=lambda c: c["id"])
def test_golden_bills_are_product_files(case: dict[str, Any]) -> None:
    validate(case["file"], "product")


@pytest.mark.parametrize("file", ["template", "example"])
def test_the_sample_validates_and_so_does_its_answer(file: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = template(".json") if file == "template" else (ROOT / "src" / "youyi" / "examples" / "vacuum_cleaner.yaml").read_text(encoding="utf-8")
    data = yaml.load(text, yaml.BaseLoader)
    validate(data, "product")
    path = tmp_path / "p.json"
    path.write_text(json.dumps(data), encoding="utf-8")
    main(["qualify", str(path), "--json"])
    validate(json.loads(capsys.readouterr().out), "qualification")


def test_an_evaluation_validates(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    case = {"good": {"hs": "6403.99", "fob": 100}, "materials": [{"hs": "6406.10", "value": 61, "originating": False}, {"hs": "64", "value": -1}]}
    validate(case, "evaluate")
    path = tmp_path / "c.json"
    path.write_text(json.dumps(case), encoding="utf-8")
    main(["evaluate", "--rule", 'CTH except from 64.06 or RVC40 or "by hand"', str(path), "--json"])
    found = json.loads(capsys.readouterr().out)
    validate(found, "evaluation")
    assert found["findings"][0]["code"] == "VALUE-NEGATIVE"
