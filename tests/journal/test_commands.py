"""`youyi journal …` as a person and as a program calls it: answers, exit codes, schemas, help."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from journal.conftest import passed
from youyi.cli import main
from youyi.journal import Draft, Journal, Personal

SCHEMAS = Path(__file__).parents[2] / "docs" / "schemas"
COMMANDS = ("verify", "show", "export", "import", "backup", "restore", "proof", "erase")


def valid(name: str, value: Any) -> Any:
    schema = json.loads((SCHEMAS / f"journal-{name}.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema).validate(value)
    return value


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    with Journal("port.journal", create=True) as journal:
        for number in range(3):
            passed(journal, number)
        journal.append([Draft("truck/1", "driver.seen", {"driver": Personal("driver/1", "李明")}, topics=("mqtt",))], id="seen", actor="gate/1")
    return tmp_path


def said(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> Any:
    assert main(["journal", *words, "--json"]) == code
    return json.loads(capsys.readouterr().out)


def test_every_answer_for_programs_keeps_its_schema(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = valid("verification", said(capsys, "verify", "port.journal"))
    assert (found["sound"], found["size"]) == (True, 4)
    assert valid("verification", said(capsys, "verify", "port.journal", "--head", f"4:{found['root']}"))["sound"]
    cut = valid("verification", said(capsys, "verify", "port.journal", "--head", f"5:{found['root']}", code=1))
    assert cut["first_broken"] == 5
    shown = valid("events", said(capsys, "show", "port.journal", "--last", "2"))
    assert [e["seq"] for e in shown["events"]] == [3, 4]
    opened = valid("events", said(capsys, "show", "port.journal", "--subject", "truck/1", "--after", "3", "--open"))
    assert opened["events"][0]["payload"] == {"driver": {"of": "driver/1", "personal": "李明"}}
    assert valid("head", said(capsys, "show", "port.journal", "--head"))["waiting"] == {"mqtt": 1}
    assert valid("head", said(capsys, "export", "port.journal", "-o", "x.jsonl", "--keys", "x.keys"))["persons"] == 1
    for line in Path("x.jsonl").read_text(encoding="utf-8").splitlines():
        valid("line", json.loads(line))
    assert valid("verification", said(capsys, "verify", "x.jsonl"))["root"] == found["root"]
    assert valid("verification", said(capsys, "import", "x.jsonl", "y.journal", "--keys", "x.keys"))["sound"]
    made = valid("verification", said(capsys, "backup", "y.journal", "backups", "--keys"))
    assert valid("verification", said(capsys, "restore", made["file"], "z.journal", "--keys", made["keys"]))["sound"]
    for asked in (["--event", "2"], ["--from", "1", "--to", "3"]):
        assert main(["journal", "proof", "z.journal", *asked]) == 0
        proof = valid("proof", json.loads(capsys.readouterr().out))
        Path("proof.json").write_text(json.dumps(proof))
        assert valid("checked", said(capsys, "proof", "--check", "proof.json", "--root", proof.get("root", proof.get("new_root"))))["holds"]
    assert not valid("checked", said(capsys, "proof", "--check", "x.jsonl", code=1))["holds"]
    assert not valid("erased", said(capsys, "erase", "z.journal", "driver/1", "--actor", "desk"))["repeated"]
    assert valid("erased", said(capsys, "erase", "z.journal", "driver/1", "--actor", "desk"))["repeated"]
    opened = valid("events", said(capsys, "show", "z.journal", "--open"))
    assert opened["events"][3]["payload"] == {"driver": {"of": "driver/1", "erased": True}}


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["verify", "none.journal"], "JRN-NOT-THERE"),
        (["show", "note.txt"], "JRN-UNREADABLE"),
        (["verify", "port.journal", "--head", "x"], "JRN-HEAD-FORM"),
        (["import", "none.jsonl", "new.journal"], "JRN-NOT-THERE"),
        (["import", "note.txt", "port.journal"], "JRN-UNREADABLE"),
        (["erase", "port.journal", "nobody", "--actor", "desk"], "JRN-NO-PERSON"),
        (["proof", "port.journal", "--event", "9"], "JRN-PROOF-NONE"),
        (["backup", "none.journal", "backups"], "JRN-NOT-THERE"),
        (["export", "mysql://a/b", "-o", "x"], "JRN-UNREADABLE"),
    ],
)
def test_what_cannot_be_done_is_a_finding_and_no_traceback(desk: Path, capsys: pytest.CaptureFixture[str], words: list[str], code: str) -> None:
    Path("note.txt").write_text("x" * 2_000)
    assert valid("refused", said(capsys, *words, code=1))["findings"][0]["code"] == code
    assert main(["journal", *words]) == 1
    assert code in capsys.readouterr().err
    assert sorted(p.name for p in desk.glob("*.part")) == []


def test_a_question_that_is_none_is_not_understood(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["journal", "proof", "port.journal"]) == 2
    assert "--event" in capsys.readouterr().err


def test_a_damaged_journal_is_named_to_people(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    content = Path("port.journal").read_bytes()
    Path("port.journal").write_bytes(content.replace(b'"gate":"G1"', b'"gate":"G7"'))
    assert main(["journal", "verify", "port.journal"]) == 1
    told = capsys.readouterr()
    assert "first broken event is 2" in told.out
    assert "JRN-BROKEN" in told.err


def test_people_are_told_in_lines(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["journal", "show", "port.journal"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 4
    for words in (
        ["show", "port.journal", "--head"],
        ["verify", "port.journal"],
        ["export", "port.journal", "-o", "x"],
        ["backup", "port.journal", "b", "--keys"],
    ):
        assert main(["journal", *words]) == 0
        assert "head 4:" in capsys.readouterr().out
    assert main(["journal", "erase", "port.journal", "driver/1", "--actor", "desk"]) == 0
    assert "destroy copies of the keys" in capsys.readouterr().out


@pytest.mark.parametrize("command", COMMANDS)
def test_help_has_examples(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["journal", command, "--help"])
    assert stop.value.code == 0
    told = capsys.readouterr().out
    assert f"youyi journal {command}" in told.split("examples:")[1]
    assert "--json" in told


def test_a_journal_is_verified_on_a_medium_that_cannot_be_written(desk: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("os.access", lambda *_: False)
    before = sorted(desk.iterdir())
    assert main(["journal", "verify", "port.journal"]) == 0
    assert sorted(desk.iterdir()) == before
