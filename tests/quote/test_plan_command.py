"""`youyi plan`: what it prints, its exit codes, and that its JSON is as the schema says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from quote.bills import VACUUM
from quote.test_planning import STEEL
from youyi.cli import main

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "src" / "youyi" / "examples" / "vacuum_cleaner.yaml"
SCHEMA = json.loads((ROOT / "docs" / "schemas" / "plan.json").read_text(encoding="utf-8"))


def printed(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, Any]:
    code = main(["plan", *words, "--json"])
    found = json.loads(capsys.readouterr().out)
    Draft202012Validator(SCHEMA).validate(found)
    return code, found


def written(folder: Path, data: Any) -> str:
    path = folder / "product.json"
    path.write_text(json.dumps(data), encoding="utf-8")
    return str(path)


def test_the_example_is_answered_as_the_schema_says(capsys: pytest.CaptureFixture[str]) -> None:
    code, found = printed(capsys, str(EXAMPLE), "--agreement", "ACFTA", "--to", "CN")
    assert code == 0
    (advice,) = found["plans"]
    assert advice["status"] == "barely"
    assert [c["material"] for c in advice["plans"][0]["changes"]] == ["parts"]


def test_the_terminal_shows_plans_their_conditions_and_what_must_be_true(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", str(EXAMPLE), "--agreement", "acfta"]) == 0
    out = capsys.readouterr().out
    for said in (
        "barely originates if 8508.11 is not on the ACFTA 2019 product list",
        "1. 0.05 USD, 240.00 USD a year → RVC 57% if 8508.11 is not on the ACFTA 2019 product list; RVC then 57.25 %",
        "supplier's statement for parts from VN",
        "between 0.00 and 1.86 USD",
        "really made",
    ):
        assert said in out, said


@pytest.mark.parametrize("agreement", ["RCEP", "ATIGA", "CPTPP"])
def test_every_agreement_is_answered_as_the_schema_says(capsys: pytest.CaptureFixture[str], agreement: str) -> None:
    printed(capsys, str(EXAMPLE), "--agreement", agreement)
    main(["plan", str(EXAMPLE), "--agreement", agreement])
    assert capsys.readouterr().out


def test_a_file_of_several_products_with_faults_is_answered_for_each(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    rules = [{"agreement": "ACFTA", "rule": "RVC70 or CC", "source": "made up"}]
    file = written(tmp_path, [{**VACUUM, "rules": rules, "alternatives": []}, STEEL, {**VACUUM, "exporter": "XX"}])
    code, found = printed(capsys, file, "--agreement", "ACFTA")
    assert code == 1
    assert len(found["plans"]) == 2
    assert [(f["code"], f["pointer"]) for f in found["findings"]] == [("COUNTRY", "/exporter")]
    assert main(["plan", file, "--agreement", "ACFTA"]) == 1
    out = capsys.readouterr().out
    assert "must become originating" in out
    assert "PLAN-REMEDY" in out


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["--reserve", "much"], "RESERVE"),
        (["--reserve", "100"], "RESERVE"),
        (["--on", "yesterday"], "DATE"),
    ],
)
def test_a_wrong_word_of_the_command_is_a_finding(capsys: pytest.CaptureFixture[str], words: list[str], code: str) -> None:
    done, found = printed(capsys, str(EXAMPLE), "--agreement", "ACFTA", *words)
    assert done == 1
    assert [f["code"] for f in found["findings"]] == [code]


def test_a_file_that_cannot_be_read_says_what_is_expected(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("- 3", encoding="utf-8")
    assert main(["plan", str(tmp_path / "a.yaml"), "--agreement", "ACFTA"]) == 1
    assert "FILE-SHAPE" in capsys.readouterr().err


def test_the_page_is_run() -> None:
    text = (ROOT / "docs" / "planner.md").read_text(encoding="utf-8")
    blocks = text.split("```python\n")[1:]
    assert blocks
    for block in blocks:
        exec(compile(block.split("```")[0], "planner.md", "exec"), {})
