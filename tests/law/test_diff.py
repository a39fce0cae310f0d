"""What changed between two releases is told as a reader would tell it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from law.conftest import Edit
from youyi.law.diff import differences
from youyi.law.release import Release

Told = Callable[..., list[str]]


@pytest.fixture
def told(folder: Path, tmp_path: Path, edit: Edit) -> Told:
    """Edit the small release and hear what changed."""
    old = tmp_path / "old"
    shutil.copytree(folder, old)

    def tell(*edits: tuple[str, ...], limit: int = 20) -> list[str]:
        for one in edits:
            edit(*one)
        return [str(c) for c in differences(Release(old), Release(folder), limit)]

    return tell


CN = "tariff/cn_mfn.csv"
LAST = "85011000,5,,HS2022,CN-2022,2022-01-01,2024-12-31,TARIFF,official\n"


def test_the_same_release_has_no_difference(told: Told) -> None:
    assert told() == []


def test_order_and_wording_that_say_the_same_are_no_difference(told: Told, folder: Path) -> None:
    rows = (folder / CN).read_text(encoding="utf-8").splitlines(keepends=True)
    assert told((CN, "".join([rows[0], *reversed(rows[1:])]))) == []


def test_a_rate_that_follows_another_is_told_as_becoming(told: Told) -> None:
    new = "85011000,3,,HS2022,CN-2022,2026-01-01,,TARIFF,official\n"
    assert told((CN, LAST, LAST + new)) == ["China MFN 85011000: 5% from 2022-01-01 becomes 3% from 2026-01-01"]


def test_that_the_earlier_rate_now_ends_is_not_told_twice(told: Told) -> None:
    follows = ("01012100,0,,HS2022,CN-2022,2022-01-01,,", "01012100,0,,HS2022,CN-2022,2022-01-01,2025-12-31,")
    new = "01012100,4,,HS2022,CN-2022,2026-01-01,,TARIFF,official\n"
    assert told((CN, *follows), (CN, LAST, LAST + new)) == ["China MFN 01012100: 0% from 2022-01-01 becomes 4% from 2026-01-01"]


def test_a_rate_that_merely_ends_is_told(told: Told) -> None:
    assert told((CN, "2022-01-01,,TARIFF", "2022-01-01,2025-12-31,TARIFF")) == ["China MFN 01012100 from 2022-01-01: valid_to open becomes 2025-12-31"]


def test_a_rate_that_goes_on_is_not_said_to_become(told: Told) -> None:
    new = "85011000,5,,HS2022,CN-2022,2025-01-01,,TARIFF,official\n"
    assert told((CN, LAST, LAST + new)) == ["China MFN 85011000: 5% from 2022-01-01 goes on from 2025-01-01"]


def test_a_rate_put_in_anothers_place_still_says_what_it_was(told: Told) -> None:
    assert told((CN, LAST, "85011000,3,,HS2022,CN-2022,2026-01-01,,TARIFF,official\n")) == [
        "China MFN 85011000: 5% from 2022-01-01 becomes 3% from 2026-01-01",
        "China MFN 85011000: 5% from 2022-01-01 is gone",
    ]


def test_a_line_that_is_new_and_one_that_is_gone(told: Told) -> None:
    assert told((CN, LAST, "85011090,7 CNY/KGM,,HS2022,CN-2022,2022-01-01,,TARIFF,official\n")) == [
        "China MFN 85011090: 7 CNY/KGM from 2022-01-01 is new",
        "China MFN 85011000: 5% from 2022-01-01 is gone",
    ]


def test_a_cell_corrected_is_told_with_its_column(told: Told) -> None:
    assert told((CN, LAST, LAST.replace(",5,", ",6,").replace("official", "derived"))) == [
        "China MFN 85011000 from 2022-01-01: rate 5% becomes 6%; status official becomes derived"
    ]


def test_other_tables_are_told_by_file_and_key_with_parties_in_words(told: Told) -> None:
    assert told(("acfta/ceilings.csv", "CN,SL,5,", "CN,SL,4,")) == ["acfta/ceilings.csv China SL from 2018-01-01: ceiling 5 becomes 4"]
    assert "membership.csv RCEP Singapore Viet Nam: a row from 2023-01-01 is gone" in told(("membership.csv", "RCEP,SG,VN,,2023-01-01,,TREATY,official\n", ""))


def test_a_row_that_moved_to_another_file_of_its_kind_has_not_changed(told: Told, folder: Path) -> None:
    path = folder / "taxes" / "general.csv"
    assert told(("taxes/other.csv", path.read_text(encoding="utf-8")), ("taxes/general.csv", path.read_text(encoding="utf-8").splitlines()[0] + "\n")) == []


def test_many_rows_of_a_file_are_counted(told: Told) -> None:
    lines = "".join(f"850110{n:02},5,,HS2022,CN-2022,2022-01-01,,TARIFF,official\n" for n in range(10, 13))
    assert told((CN, LAST, LAST + lines), limit=2) == ["tariff/cn_mfn.csv: 3 rows added"]
    assert len(told(limit=3)) == 3


def test_thousands_are_written_with_a_comma(told: Told) -> None:
    lines = "".join(f"8501{n:04},5,,HS2022,CN-2022,2022-01-01,,TARIFF,official\n" for n in range(2000, 3234))
    assert told((CN, LAST, LAST + lines)) == ["tariff/cn_mfn.csv: 1,234 rows added"]


def test_a_file_that_came_and_one_that_went_are_told_by_their_rows(told: Told, folder: Path) -> None:
    (folder / "tariff" / "vn_acfta.csv").rename(folder / "tariff" / "vn.csv")
    assert told(("schedules.csv", "tariff/vn_acfta.csv", "tariff/vn.csv"), limit=1) == [
        "schedules.csv VN-ACFTA from 2022-06-01: file tariff/vn_acfta.csv becomes tariff/vn.csv",
        "tariff/vn.csv: 3 rows added",
        "tariff/vn_acfta.csv: 3 rows removed",
    ]


def test_the_name_and_the_citations_are_told(told: Told) -> None:
    new = ("citations-b.toml", '[NEW]\ntitle = "New"\n')
    assert told(("release.toml", '"small"', '"larger"'), ("citations.toml", "read in full", "read in part"), new) == [
        "release.toml: name changed from small to larger",
        "citations.toml: NEW added",
        "citations.toml: TARIFF changed",
    ]


def test_a_faulty_release_can_be_compared(told: Told) -> None:
    assert told((CN, LAST, LAST.replace(",5,", ",lots,"))) == ["China MFN 85011000 from 2022-01-01: rate 5% becomes lots"]


def test_a_change_says_how_many_rows_it_speaks_of(folder: Path, tmp_path: Path, edit: Edit) -> None:
    shutil.copytree(folder, tmp_path / "old")
    edit(CN, LAST, "")
    (change,) = differences(Release(tmp_path / "old"), Release(folder))
    assert (change.file, change.what, change.rows) == (CN, "removed", 1)
