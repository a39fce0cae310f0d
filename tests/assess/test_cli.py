"""The command as its users meet it: exit codes, what goes to which stream, and errors that say what to do."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from lines import DATA
from youyi.assess.show import MAX_EXPLAINED, SHOWN_ROWS
from youyi.cli import main

JOURNEYS = DATA.parent.parent / "examples" / "journeys.csv"
HEAD = "line_id,importer,origin,hs,date,value,currency\n"
GOOD = "{},VN,CN,85071092,2026-03-02,100000000,VND\n"
Capture = pytest.CaptureFixture[str]


def ran(capsys: Capture, words: str, *more: str) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of a command."""
    code = main([*words.split(), *more])
    out, err = capsys.readouterr()
    return code, out, err


def file_of(folder: Path, *rows: str, head: str = HEAD) -> str:
    path = folder / "lines.csv"
    path.write_text(head + "".join(rows), encoding="utf-8")
    return str(path)


# -- rate -----------------------------------------------------------------------------------------------------------


def test_rate_answers_on_standard_output_alone(capsys: Capture) -> None:
    code, out, err = ran(capsys, "rate 0713.31.90 --from MM --to CN --on 2026-11-22")
    assert (code, err) == (0, "")
    assert [row.split()[:2] for row in out.splitlines()[4:8]] == [["MFN", "3%"], ["ACFTA", "0%"], ["RCEP", "0%"], ["CN-LDC", "0%"]]
    for words in ("not checked", "sources", "[CN-MFN-2018]", "Not legal advice"):
        assert words in out


def test_rate_reads_small_letters_and_takes_today_for_the_day(capsys: Capture) -> None:
    assert ran(capsys, "rate 07133190 --from mm --to cn")[0] == 0


def test_rate_of_six_digits_lists_the_national_lines(capsys: Capture) -> None:
    code, out, _ = ran(capsys, "rate 850710 --from CN --to VN --on 2026-03-02")
    assert code == 0
    listed = out.split("the national lines of VN")[1].split("sources")[0]
    assert [row.split()[0] for row in listed.splitlines() if row.startswith("8507")] == [f"850710{n}" for n in (10, 92, 95, 96, 97, 98, 99)]
    found = json.loads(ran(capsys, "rate 850710 --from CN --to VN --on 2026-03-02 --json")[1])
    assert found["lines"][1]["rates"] | {"RCEP": ""} == {"MFN": "25%", "ACFTA": "15%", "RCEP": ""}
    assert found["more_lines"] == 0


def test_rate_names_the_remedies_whatever_the_preference(capsys: Capture) -> None:
    _, out, _ = ran(capsys, "rate 72083700 --from CN --to VN --on 2026-01-10")
    assert "no proof of origin removes them" in out
    assert "0..27.83%; hot-rolled flat steel" in out
    assert "it covers part of the code only, nil for goods outside its scope" in out


@pytest.mark.parametrize(
    ("words", "code", "pointer", "text"),
    [
        ("rate 071331 --from XX --to CN", "COUNTRY", "/from", "'XX' is no country code"),
        ("rate 071331 --from MM --to China", "COUNTRY", "/to", "'China' is no country code of ISO 3166 (two letters); write CN"),
        ("rate 071331 --from MM --to US", "COUNTRY-NOT-COVERED", "/to", "covered are BN, CN"),
        ("rate 071331 --from MM --to CN --on 2026-02-30", "DATE", "/on", "'2026-02-30' is not a date (YYYY-MM-DD)"),
        ("rate 071331 --from MM --to CN --on 30/1/2026", "DATE", "/on", "YYYY-MM-DD"),
        ("rate 030510 --from MM --to CN --on 2026-03-02", "HS-DEAD", "/code", "the 030510 of HS2017 is now 030910"),
        ("rate 030379 --from MM --to CN --on 2026-03-02", "HS-DEAD", "/code", "and 7 more"),
        ("rate 071399 --from MM --to CN --on 2026-03-02", "HS-UNKNOWN", "/code", "heading 0713 is"),
        ("rate 0713 --from MM --to CN", "HS-LENGTH", "/code", "at least the six"),
        ("rate 71331 --from MM --to CN", "HS-MANGLED", "/code", "071331, write it as text"),
        ("rate beans --from MM --to CN", "HS", "/code", "'beans' is not a code"),
        ("rate 071331 --from MM --to CN --edition HS1901", "EDITION", "/edition", "no edition in hand"),
    ],
)
def test_what_rate_cannot_answer_it_explains(capsys: Capture, words: str, code: str, pointer: str, text: str) -> None:
    status, out, err = ran(capsys, words)
    assert (status, out) == (1, "")
    assert err.startswith(f"error {code} {pointer}: ")
    assert text in err
    assert "Traceback" not in err
    status, out, _ = ran(capsys, words, "--json")
    assert status == 1
    assert [(f["code"], f["pointer"]) for f in json.loads(out)["findings"]] == [(code, pointer)]


def test_all_that_is_wrong_is_said_at_once(capsys: Capture) -> None:
    _, _, err = ran(capsys, "rate 0713 --from XX --to YY --edition HS1901")
    assert len(err.splitlines()) == 4


# -- assess ---------------------------------------------------------------------------------------------------------


def test_assess_shows_answers_on_standard_output_and_the_summary_beside(capsys: Capture) -> None:
    code, out, err = ran(capsys, "assess", str(JOURNEYS))
    assert code == 0
    assert "3,288.00" in out
    assert "not checked: no total is complete without these" in out
    assert err.startswith("5 lines, 16 answers, 0 refused. release ")


def test_no_figure_on_the_screen_is_cut_short(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("youyi.assess.show.WIDTH", 70)
    out = ran(capsys, "assess", str(JOURNEYS))[1].split("not checked:")[0]
    assert all("…" not in row or row.rstrip().endswith("…") or " …" in row for row in out.splitlines())
    assert "1,604,410,000"[-3:] in out


def test_a_refused_line_makes_the_exit_code_1_and_the_others_are_answered(capsys: Capture, tmp_path: Path) -> None:
    path = file_of(tmp_path, GOOD.format(1), GOOD.format(2).replace("85071092", "850799"), GOOD.format(3))
    code, out, err = ran(capsys, "assess", path)
    assert code == 1
    assert err.splitlines()[0].startswith("error HS-UNKNOWN row 3, hs: 850799 is not in HS2022")
    assert "3 lines, 7 answers, 1 refused" in err
    assert out.count("85071092") == 2
    code, out, _ = ran(capsys, "assess --json", path)
    found = json.loads(out)
    assert (code, found["lines"], found["rows"], found["refused"]) == (1, 3, 7, 1)
    assert [a["status"] for a in found["answers"] if a["line_id"] == "2"] == ["refused"]


def test_a_note_about_the_input_does_not_make_the_exit_code_1(capsys: Capture, tmp_path: Path) -> None:
    path = file_of(tmp_path, "1,VN,CN,85071092,2026-03-02,100,VND,x\n", head=HEAD[:-1] + ",colour\n")
    code, _, err = ran(capsys, "assess", path)
    assert code == 0
    assert "warning COL-UNUSED /colour" in err


def test_assess_to_a_file_prints_no_answers(capsys: Capture, tmp_path: Path) -> None:
    target = tmp_path / "out.csv"
    code, out, err = ran(capsys, "assess", str(JOURNEYS), "-o", str(target))
    assert (code, out) == (0, "")
    assert f"written to {target}" in err
    assert target.read_text(encoding="utf-8").count("\n") >= 16
    found = json.loads(ran(capsys, "assess --json", str(JOURNEYS), "-o", str(target))[1])
    assert found["out"] == str(target)
    assert "answers" not in found


def test_a_file_that_cannot_be_read_is_said_in_a_line(capsys: Capture, tmp_path: Path) -> None:
    for words, text in (("nowhere.csv", "No such file"), ("file.pdf", "known are")):
        code, out, err = ran(capsys, "assess", str(tmp_path / words))
        assert (code, out, len(err.splitlines())) == (1, "", 1)
        assert text in err


def test_more_rows_than_a_screen_holds_are_counted(capsys: Capture, tmp_path: Path) -> None:
    path = file_of(tmp_path, *(GOOD.format(i) for i in range(SHOWN_ROWS)))
    assert f"{2 * SHOWN_ROWS} more rows; write them with -o FILE" in ran(capsys, "assess", path)[1]
    assert len(json.loads(ran(capsys, "assess --json", path)[1])["answers"]) == 3 * SHOWN_ROWS


def test_explain_shows_the_steps_of_every_row(capsys: Capture) -> None:
    code, out, err = ran(capsys, "assess --explain", str(JOURNEYS))
    assert code == 0
    assert "duty: 109,600.00 × 3 % = 3,288.00 [CN-MFN-2018]" in out
    assert "5 lines, 16 answers, 0 refused" in err


def test_explain_writes_the_answers_too(capsys: Capture, tmp_path: Path) -> None:
    target = tmp_path / "out.csv"
    code, out, err = ran(capsys, "assess --explain", file_of(tmp_path, GOOD.format(1)), "-o", str(target))
    assert code == 0
    assert "verdict: " in out
    assert f"written to {target}" in err
    with target.open(encoding="utf-8", newline="") as written:
        assert [r["line_id"] for r in csv.DictReader(written)] == ["1"] * 3
    source = file_of(tmp_path, GOOD.format(1))
    assert "FILE-SAME" in ran(capsys, "assess --explain", source, "-o", source)[2]


def test_explain_says_which_fact_would_give_the_amounts(capsys: Capture, tmp_path: Path) -> None:
    line = GOOD.format(1).replace(",VN,", ",ID,").replace("VND", "IDR").replace("85071092", "69072193")
    _, out, _ = ran(capsys, "assess --explain", file_of(tmp_path, line))
    assert "amounts: none: the remedy needs quantity in MTK; state the quantity in the columns quantity and unit, with one of the units mtk, m2" in out
    assert "amounts: none: no rate is in hand" in out


def test_law_import_says_what_to_state_and_leaves_no_folder(capsys: Capture, tmp_path: Path) -> None:
    (tmp_path / "rates.csv").write_text("importer,currency,per,rate,valid_from,valid_to\nVN,USD,1,25000,2026-01-01,\n", encoding="utf-8")
    words = ("law import customs_rates", str(tmp_path / "rates.csv"), "--release", str(tmp_path / "own"))
    code, _, err = ran(capsys, *words)
    assert code == 1
    assert "--given citation=… status=…" in err
    assert not (tmp_path / "own").exists()
    assert ran(capsys, *words, "--given", "citation=WTO-GATT-I", "status=unverified")[0] == 0
    assert (tmp_path / "own" / "exchange" / "customs-rates.csv").exists()


def test_explain_keeps_its_limit(capsys: Capture, tmp_path: Path) -> None:
    rows = [GOOD.format(i) for i in range(MAX_EXPLAINED + 1)]
    assert ran(capsys, "assess --explain", file_of(tmp_path, *rows[:-1]))[0] == 0
    code, _, err = ran(capsys, "assess --explain", file_of(tmp_path, *rows))
    assert code == 1
    assert err.startswith(f"error EXPLAIN-MANY more than {MAX_EXPLAINED} lines") or "EXPLAIN-MANY" in err


def test_explain_says_why_a_line_was_refused(capsys: Capture, tmp_path: Path) -> None:
    code, out, _ = ran(capsys, "assess --explain", file_of(tmp_path, GOOD.format(1).replace("VND", "???")))
    assert code == 1
    assert out.split()[:2] == ["1", "refused"]
    assert "CURRENCY: '???' is no currency code" in out


# -- the command itself -----------------------------------------------------------------------------------------------


def test_no_command_shows_the_help(capsys: Capture) -> None:
    code, out, _ = ran(capsys, "")
    assert code == 2
    assert "rate" in out
    assert "assess" in out


@pytest.mark.parametrize("words", ["rate", "rate 071331", "assess", "nothing", "assess x.csv --workers many", "rate 071331 --from MM --to CN --colour"])
def test_a_command_that_is_not_understood_ends_with_2(capsys: Capture, words: str) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words.split())
    assert ended.value.code == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("usage: youyi")


@pytest.mark.parametrize("command", ["rate", "assess"])
def test_help_has_examples_that_run(capsys: Capture, command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SystemExit) as ended:
        main([command, "--help"])
    assert ended.value.code == 0
    help_ = capsys.readouterr().out
    examples = [row.split()[1:] for row in help_.split("examples:")[1].splitlines() if row.strip().startswith("youyi")]
    assert len(examples) >= 3
    monkeypatch.chdir(tmp_path)
    for name in ("lines.csv", "journey.csv"):
        Path(name).write_text(JOURNEYS.read_text(encoding="utf-8"), encoding="utf-8")
    for words in examples:
        if "dask" not in words and "consignment.xlsx" not in words:
            assert main(words) == 0, words
    capsys.readouterr()


def test_a_reader_that_stops_early_is_no_error() -> None:
    command = [sys.executable, "-m", "youyi.cli", "rate", "850710", "--from", "CN", "--to", "VN"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        err = process.stderr.read().decode()
        assert process.wait(timeout=60) in (0, 120)
    assert "Traceback" not in err


def test_a_release_that_is_not_there_is_said(capsys: Capture, tmp_path: Path) -> None:
    code, out, err = ran(capsys, "rate 071331 --from MM --to CN --release", str(tmp_path / "none"))
    assert (code, out) == (1, "")
    assert "nothing was computed" in err


def test_dask_without_a_scheduler_is_said(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    import distributed

    def nobody(*_: Any, **__: Any) -> None:
        raise OSError("Timed out trying to connect")

    monkeypatch.setattr(distributed, "Client", nobody)
    code, _, err = ran(capsys, "assess --on tcp://127.0.0.1:1", str(JOURNEYS))
    assert code == 1
    assert err.startswith("error DASK no scheduler answers at tcp://127.0.0.1:1")
