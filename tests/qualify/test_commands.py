"""`youyi qualify` and `youyi evaluate` on the command line."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from youyi.cli import main


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main(list(arguments))
    out, err = capsys.readouterr()
    return code, out, err


@pytest.fixture
def sample(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> str:
    path = tmp_path / "vacuum.yaml"
    assert main(["qualify", "--template", str(path)]) == 0
    capsys.readouterr()
    return str(path)


def test_the_sample_answers_for_people(sample: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "qualify", sample)
    assert code == 0
    for words in ("undetermined", "RVC 40% if 8508.11 is not on the ACFTA 2019 product list", "CTC, ACU", "63.87 %", "Not legal advice"):
        assert words in out


def test_the_sample_answers_for_programs(sample: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "qualify", sample, "--json")
    found = json.loads(out)
    assert code == 0
    assert [(a["agreement"], a["verdict"], a["rcep_origin"]) for a in found["answers"]] == [("ACFTA", "undetermined", ""), ("RCEP", "originating", "VN")]
    for key in ("agreement", "verdict", "criterion", "box8", "rvc", "rcep_origin", "branches", "questions", "findings", "citations"):
        assert key in found["answers"][0]


def test_agreement_destination_and_day_can_be_chosen(sample: str, capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(capsys, "qualify", sample, "--agreement", "atiga", "--to", "TH", "--on", "2026-01-05", "--json")
    (answer,) = json.loads(out)["answers"]
    assert (answer["agreement"], answer["importer"], answer["on"]) == ("ATIGA", "TH", "2026-01-05")


def test_explaining_shows_every_way(sample: str, capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(capsys, "qualify", sample, "--agreement", "RCEP", "--explain")
    for words in ("failed WO", "failed PE", "passed CTSH", "RVC40 build-up"):
        assert words in out


@pytest.mark.parametrize(
    ("arguments", "code"),
    [(("--on", "soon"), "DATE"), (("--to", "ZZ"), "COUNTRY"), (("--to", "US"), "ORI-NOT-BOUND")],
)
def test_what_was_asked_wrongly_is_said(sample: str, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], code: str) -> None:
    status, out, _ = run(capsys, "qualify", sample, "--json", *arguments)
    assert status == 1
    assert code in [f["code"] for f in json.loads(out)["findings"]]


def test_a_template_is_never_written_over(sample: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = run(capsys, "qualify", "--template", sample)
    assert code == 1
    assert "there already" in err


def test_no_file_says_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    assert "--template" in run(capsys, "qualify")[2]


def case(tmp_path: Path, data: Any) -> str:
    path = tmp_path / "case.json"
    path.write_text(json.dumps(data), encoding="utf-8")
    return str(path)


SHOE = {"good": {"hs": "6403.99", "fob": "100"}, "materials": [{"hs": "6406.10", "value": "60", "originating": False}]}


def test_a_rule_is_evaluated_for_one_case_or_a_list(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rule = "CTH except from 64.06 or RVC40"
    code, out, _ = run(capsys, "evaluate", "--rule", rule, case(tmp_path, SHOE), "--json")
    assert code == 0
    one = json.loads(out)
    assert (one["verdict"], one["criterion"], one["rvc"]) == ("originating", "RVC", "40.00")
    assert [b["state"] for b in one["branches"]] == ["failed", "passed"]
    _, out, _ = run(capsys, "evaluate", "--rule", rule, case(tmp_path, [SHOE, SHOE]), "--json")
    assert len(json.loads(out)) == 2
    _, out, _ = run(capsys, "evaluate", case(tmp_path, SHOE | {"rule": {"ctc": "CC"}}))
    assert "not originating" in out


def test_a_rule_that_is_none_says_where(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = run(capsys, "evaluate", "--rule", "CTH except form 64.06", case(tmp_path, SHOE))
    assert code == 1
    assert "column 12: expected a code, but found 'form'" in err
    assert "no rule: give --rule" in run(capsys, "evaluate", case(tmp_path, SHOE))[2]


def test_other_commands_load_nothing_of_this_room() -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys; from youyi.cli import _parser; _parser(); print([m for m in sys.modules if m.startswith('youyi.qualify.')], 'yaml' in sys.modules)",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "['youyi.qualify.commands'] False"
