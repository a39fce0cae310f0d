"""What the pages show is run: Python blocks as they stand, console lines through the command."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from openpyxl import Workbook

from youyi.cli import main
from youyi.journal import Draft, Journal, Personal
from youyi.law.release import bundled

ROOT = Path(__file__).parents[1]
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
ELSEWHERE = ("tcp://", "dask", "pip ", "spark")
"""Lines that need a cluster; `assess/test_dask.py` runs those."""


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", page.read_text(encoding="utf-8"), flags=re.S)


def commands() -> list[str]:
    lines = [line for page in PAGES for block in blocks(page, "console") for line in block.splitlines()]
    return [line[2:] for line in lines if line.startswith("$ youyi") and not any(word in line for word in ELSEWHERE)]


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the files that the pages speak of."""
    sheet = Workbook()
    assert sheet.active is not None
    for row in (
        ("line_id", "importer", "origin", "hs", "date", "value", "currency", "incoterm"),
        ("1", "VN", "CN", "85071092", "2026-03-01", 1000, "VND", "CIF"),
    ):
        sheet.active.append(row)
    sheet.save(tmp_path / "consignment.xlsx")
    (tmp_path / "rates.csv").write_text("currency,per,rate,valid_from,valid_to\nUSD,1,25450,2026-11-01,2026-11-30\n", encoding="utf-8")
    with Journal(tmp_path / "port.journal", create=True) as journal:
        journal.append([Draft("truck/29C-12345", "driver.seen", {"driver": Personal("driver/7731", "Nguyễn Văn A")})], id="1", actor="gate/1")
    (tmp_path / "src").symlink_to(ROOT / "src")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_commands_of_the_pages_succeed_in_their_order(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert len(commands()) >= 7
    for command in commands():
        assert main(shlex.split(command)[1:]) == 0, command
    assert (desk / "answers.csv").is_file()
    assert "25450" in capsys.readouterr().out


@pytest.mark.parametrize("page", [p for p in PAGES if p.name == "README.md"], ids=lambda p: p.name)
def test_the_python_of_the_readme_runs(page: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for block in blocks(page, "python"):
        exec(compile(block, page.name, "exec"), {})
    assert "MFN 25%" in capsys.readouterr().out


def test_the_python_of_the_journals_page_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for block in blocks(ROOT / "docs/journal.md", "python"):
        exec(compile(block, "journal.md", "exec"), {})


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_the_links_of_the_pages_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target


def test_every_file_of_the_release_has_its_source_written_down() -> None:
    said = (bundled() / "SOURCES.md").read_text(encoding="utf-8")
    files = list(bundled().rglob("*.csv"))
    assert files
    assert not [p.name for p in files if p.name not in said]
