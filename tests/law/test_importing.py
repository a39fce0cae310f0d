"""A user's table is checked like all others and is in the release wholly or not at all."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from law.conftest import HEADS, Edit
from youyi.law.importing import KINDS, copy_release, import_table
from youyi.law.release import Release, ReleaseError, bundled
from youyi.law.rulebook import Rulebook

SCHEDULE = {"importer": "VN", "regime": "MFN", "origins": "*", "edition": "HS2022", "tariff": "VN-2022", "digits": "8", "title": "Viet Nam MFN"}
LINE = "code,rate,note,valid_from,valid_to,citation,status\n"
GOOD = LINE + "01012100,5,,2023-01-01,2023-12-31,TARIFF,official\n85011000,3,,2024-01-01,,TARIFF,official\n"
RATES = HEADS["customs_rates"] + "CN,SGD,1,5.3,2026-01-01,2026-01-31,TREATY,official\n"


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    return tmp_path / "mine.csv"


def faults(kind: str, file: Path, folder: Path, **stated: Any) -> list[str]:
    """What an import says when it is refused; and that it changed nothing."""
    before = Release(folder).digest
    with pytest.raises(ReleaseError) as caught:
        import_table(kind, file, folder, **stated)
    assert Release(folder).digest == before
    assert [p.name for p in folder.parent.iterdir() if p.name.startswith(".")] == []
    return [str(p).replace(f"{file.parent}/", "") for p in caught.value.problems]


def sheet(path: Path, *rows: list[object]) -> Path:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    book.save(path)
    return path


# -- a release of one's own -----------------------------------------------------------------------------------


def test_a_copy_holds_what_the_bundled_release_holds(tmp_path: Path) -> None:
    assert Release(copy_release(tmp_path / "deep" / "own")).digest == Release().digest


def test_a_copy_of_another_release_can_be_made_but_never_over_a_folder(tmp_path: Path, folder: Path) -> None:
    assert Release(copy_release(tmp_path / "own", folder)).digest == Release(folder).digest
    with pytest.raises(ReleaseError, match="exists already"):
        copy_release(tmp_path / "own", folder)


def test_the_bundled_release_is_never_changed(mine: Path) -> None:
    mine.write_text(RATES)
    assert faults("customs_rates", mine, bundled()) == [f"{bundled()}:0: folder: is the bundled release; copy it first and add to the copy"]


def test_a_new_folder_appears_only_with_the_table_in_it(tmp_path: Path, mine: Path) -> None:
    own = tmp_path / "deep" / "own"
    mine.write_text(RATES.replace("5.3", "many"))
    with pytest.raises(ReleaseError):
        import_table("customs_rates", mine, own, new=True)
    assert list(tmp_path.glob("deep/*")) == []
    assert list(tmp_path.glob("deep/.*")) == []
    mine.write_text(RATES.replace("TREATY", "ACFTA-TIG"))
    assert import_table("customs_rates", mine, own, new=True) == own / "exchange" / "customs-mine.csv"
    assert Release(own).problems() == []


def test_a_folder_that_is_not_there_is_made_only_where_that_is_asked(tmp_path: Path, mine: Path) -> None:
    mine.write_text(RATES)
    with pytest.raises(ReleaseError, match="there is no such folder"):
        import_table("customs_rates", mine, tmp_path / "own")


# -- tables ---------------------------------------------------------------------------------------------------


def test_customs_rates_are_added_under_the_name_of_their_file_and_answer(mine: Path, folder: Path) -> None:
    mine.write_text(RATES)
    assert import_table("customs_rates", mine, folder) == folder / "exchange" / "customs-mine.csv"
    rate, citation, customs = Rulebook.load(folder).exchange("SGD", "CN", "CNY", 20460) or (0, "", False)
    assert (float(rate), citation, customs) == (5.3, "TREATY", True)


def test_a_name_may_be_chosen_but_must_be_one_word(mine: Path, folder: Path) -> None:
    mine.write_text(RATES)
    assert import_table("customs_rates", mine, folder, "january").name == "customs-january.csv"
    assert "is not a name" in faults("customs_rates", mine, folder, name="../january")[0]


def test_a_file_of_the_same_name_is_replaced_only_when_that_is_said(mine: Path, folder: Path) -> None:
    mine.write_text(RATES)
    import_table("customs_rates", mine, folder)
    mine.write_text(RATES.replace("5.3", "5.4"))
    assert "the release has a exchange/customs-mine.csv already" in faults("customs_rates", mine, folder)[0]
    assert "5.4" in import_table("customs_rates", mine, folder, replacing=True).read_text()


def test_a_kind_that_is_one_file_gets_the_rows_at_its_end(mine: Path, folder: Path) -> None:
    mine.write_text(HEADS["rounding"] + "VN,duty,1,half_up,2022-01-01,,TREATY,official\n")
    assert import_table("rounding", mine, folder).read_text().splitlines()[1:] == [
        "CN,duty,0.01,half_up,1990-01-01,,TREATY,official",
        "VN,duty,1,half_up,2022-01-01,,TREATY,official",
    ]


def test_rows_that_a_broken_file_of_the_release_has_are_not_lost(mine: Path, folder: Path, edit: Edit) -> None:
    edit("rounding.csv", "CN,duty,0.01", "CN,duty,0,01")
    mine.write_text(HEADS["rounding"] + "VN,duty,1,half_up,2022-01-01,,TREATY,official\n")
    assert faults("rounding", mine, folder) == ["rounding.csv:2: row: has 9 cells, not 8"]


def test_columns_may_be_stated_beside_the_file(mine: Path, folder: Path) -> None:
    mine.write_text("currency,rate\nSGD,5.3\n")
    given = {"importer": "CN", "per": "1", "valid_from": "2026-01-01", "valid_to": "", "citation": "TREATY", "status": "official"}
    assert import_table("customs_rates", mine, folder, given=given).read_text() == HEADS["customs_rates"] + "CN,SGD,1,5.3,2026-01-01,,TREATY,official\n"


def test_a_column_stated_twice_or_unknown_is_refused(mine: Path, folder: Path) -> None:
    mine.write_text(RATES)
    assert faults("customs_rates", mine, folder, given={"rate": "5"}) == ["mine.csv:1: rate: the column is given twice: in the file and beside it"]
    assert faults("customs_rates", mine, folder, given={"rates": "5"}) == ["(stated):0: rates: is no column of customs_rates"]


# -- faults, in the user's own file ---------------------------------------------------------------------------


def test_the_header_is_checked_first(mine: Path, folder: Path) -> None:
    mine.write_text(RATES.replace("per,", "unit,").replace("5.3", "much"))
    assert faults("customs_rates", mine, folder) == ["mine.csv:1: unit: unknown column", "mine.csv:1: per: the column is missing"]


def test_faults_are_named_by_the_line_of_the_users_file(mine: Path, folder: Path) -> None:
    mine.write_text(RATES + "\n\nCN,SGX,1,much,2026-02-01,,HEARSAY,official\nCN,SGD,1\n")
    assert faults("customs_rates", mine, folder) == [
        "mine.csv:5: citation: no citation 'HEARSAY' in citations.toml",
        "mine.csv:5: currency: unknown currency 'SGX'",
        "mine.csv:5: rate: 'much' is not a number",
        "mine.csv:6: row: has 3 cells, not 8",
    ]


def test_lines_of_a_file_put_at_the_end_of_another_are_still_the_users_own(mine: Path, folder: Path) -> None:
    mine.write_text(HEADS["rounding"] + "CN,vat,1,half_up,2022-01-01,,TREATY,official\nCN,duty,1,half_up,2022-01-01,,TREATY,official\n")
    assert faults("rounding", mine, folder) == ["mine.csv:3: valid_from: CN duty from 2022-01-01 overlaps rounding.csv:2"]


def test_an_overlap_found_on_a_row_of_the_release_names_the_users_row(mine: Path, folder: Path) -> None:
    mine.write_text(HEADS["taxes"] + "CN,VAT,,17,customs_value,,,,2017-01-01,2017-12-31,TREATY,official\n")
    assert faults("taxes", mine, folder) == ["taxes/general.csv:2: valid_from: CN VAT from 2017-07-01 overlaps mine.csv:2"]


@pytest.mark.parametrize(("content", "text"), [("", "file: is empty"), (HEADS["customs_rates"], "file: has no rows")])
def test_a_file_without_rows_is_refused(mine: Path, folder: Path, content: str, text: str) -> None:
    mine.write_text(content)
    assert faults("customs_rates", mine, folder) == [f"mine.csv:0: {text}"]


def test_an_unknown_kind_a_missing_file_and_a_missing_folder_are_told_together(tmp_path: Path) -> None:
    with pytest.raises(ReleaseError) as caught:
        import_table("rates", tmp_path / "no.csv", tmp_path / "nowhere")
    assert [p.field for p in caught.value.problems] == ["kind", "file", "folder"]
    assert "customs_rates" in str(caught.value)
    assert {"tariff", "remedies", "taxes", "citations"} <= set(KINDS)


# -- tariffs --------------------------------------------------------------------------------------------------


def test_a_tariff_brings_its_schedule(mine: Path, folder: Path) -> None:
    mine.write_text(GOOD)
    assert import_table("tariff", mine, folder, "vn_mfn", schedule=SCHEDULE) == folder / "tariff" / "vn_mfn.csv"
    (found,) = Rulebook.load(folder).schedules["VN", "MFN"]
    assert (found.schedule, found.edition, found.tariff, found.digits) == ("VN-MFN", "HS2022", "VN-2022", 8)
    assert (found.title, found.status) == ("Viet Nam MFN", "official")
    row = (folder / "schedules.csv").read_text(encoding="utf-8").splitlines()[-1]
    assert row == "VN-MFN,VN,MFN,*,tariff/vn_mfn.csv,HS2022,VN-2022,8,,Viet Nam MFN,2023-01-01,,TARIFF,official"


def test_a_tariff_replaced_replaces_its_schedule(mine: Path, folder: Path) -> None:
    mine.write_text(GOOD)
    import_table("tariff", mine, folder, "vn_mfn", schedule=SCHEDULE)
    import_table("tariff", mine, folder, "vn_mfn", schedule=SCHEDULE | {"title": "Anew"}, replacing=True)
    assert [s.title for s in Rulebook.load(folder).schedules["VN", "MFN"]] == ["Anew"]


def test_a_tariff_needs_its_schedule_stated(mine: Path, folder: Path) -> None:
    mine.write_text(GOOD)
    assert faults("tariff", mine, folder, schedule={c: SCHEDULE[c] for c in SCHEDULE if c != "edition"} | {"colour": "red"}) == [
        "(stated):0: edition: must be stated with a tariff",
        "(stated):0: colour: is no column of a schedule",
    ]
    assert faults("taxes", mine, folder, schedule=SCHEDULE) == ["(stated):0: kind: goes with a tariff, not with taxes"]


def test_faults_of_what_was_stated_and_of_the_lines_are_told_together(mine: Path, folder: Path) -> None:
    mine.write_text(GOOD.replace("01012100", "0101210"))
    assert faults("tariff", mine, folder, schedule=SCHEDULE | {"importer": "XX"}) == [
        "(stated):0: importer: unknown country 'XX'",
        "mine.csv:2: code: 0101210 has 7 digits; MINE has lines of 8",
    ]


def test_lines_that_differ_in_their_citation_need_one_stated_for_the_schedule(mine: Path, folder: Path) -> None:
    mine.write_text(GOOD.replace("2024-01-01,,TARIFF", "2024-01-01,,TREATY"))
    assert faults("tariff", mine, folder, schedule=SCHEDULE) == ["(stated):0: citation: a citation is missing"]
    import_table("tariff", mine, folder, schedule=SCHEDULE | {"citation": "TARIFF"})


def test_a_second_schedule_for_the_same_goods_on_the_same_day_is_refused(mine: Path, folder: Path) -> None:
    mine.write_text(GOOD.replace("2024-01-01,,", "2024-01-01,2024-12-31,"))
    stated = SCHEDULE | {"importer": "CN", "tariff": "CN-NEW"}
    assert faults("tariff", mine, folder, schedule=stated) == ["(stated):0: valid_from: CN MFN * from 2023-01-01 overlaps schedules.csv:2"]


# -- spreadsheets ---------------------------------------------------------------------------------------------

HEAD: list[object] = ["code", "rate", "note", "valid_from", "valid_to", "citation", "status"]


def test_a_spreadsheet_is_read_as_it_was_written(tmp_path: Path, folder: Path) -> None:
    day = datetime.date(2023, 1, 1)
    file = sheet(tmp_path / "mine.xlsx", HEAD, ["01012100", 5, None, day, None, "TARIFF", "official"], ["85011000", 6.5, "x", day, None, "TARIFF", "official"])
    assert import_table("tariff", file, folder, schedule=SCHEDULE).read_text().splitlines()[1:] == [
        "01012100,5,,HS2022,VN-2022,2023-01-01,,TARIFF,official",
        "85011000,6.5,x,HS2022,VN-2022,2023-01-01,,TARIFF,official",
    ]


def test_a_code_kept_as_a_number_is_refused_for_its_leading_nought(tmp_path: Path, folder: Path) -> None:
    file = sheet(tmp_path / "mine.xlsx", HEAD, [1012100, "5", None, "2023-01-01", None, "TARIFF", "official"])
    assert faults("tariff", file, folder, schedule=SCHEDULE)[0].startswith("mine.xlsx:2: code: 1012100 is kept as a number, so a leading 0 would be lost")


def test_a_rate_shown_as_a_percentage_is_refused_for_being_kept_as_a_fraction(tmp_path: Path, folder: Path) -> None:
    file = sheet(tmp_path / "mine.xlsx", HEAD, ["01012100", 0.05, None, "2023-01-01", None, "TARIFF", "official"])
    assert faults("tariff", file, folder, schedule=SCHEDULE) == ["mine.xlsx:2: rate: 0.05 is kept as a number: 0.05% or 5%? write rates as text"]


def test_rows_of_a_spreadsheet_keep_their_numbers(tmp_path: Path, folder: Path) -> None:
    row: list[object] = ["01012100", "x", None, datetime.datetime(2023, 1, 1, 12, 30), None, "TARIFF", "official"]
    file = sheet(tmp_path / "mine.xlsx", [], HEAD, [], row, [row[0], "5", None, "2023-01-01", None, "TARIFF", "official"])
    assert faults("tariff", file, folder, schedule=SCHEDULE) == [
        "mine.xlsx:4: rate: cannot read 'x' as a duty",
        "mine.xlsx:4: valid_from: '2023-01-01T12:30:00' is not a date (YYYY-MM-DD)",
    ]


def test_what_is_no_spreadsheet_is_refused(tmp_path: Path, folder: Path) -> None:
    file = tmp_path / "mine.xlsx"
    file.write_text(GOOD)
    assert faults("tariff", file, folder, schedule=SCHEDULE)[0].startswith("mine.xlsx:0: file: cannot be read")
    assert faults("tariff", sheet(file), folder, schedule=SCHEDULE) == ["mine.xlsx:0: file: is empty"]


# -- citations ------------------------------------------------------------------------------------------------


def test_citations_are_added_beside_the_others(tmp_path: Path, folder: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text('[MINE]\ntitle = "My notice"\n')
    assert import_table("citations", file, folder) == folder / "citations-mine.toml"
    assert Rulebook.load(folder).cite("MINE") == "My notice"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ('[MINE]\ntitel = "x"\ntitle = "x"\n', "mine.toml:2: MINE.titel: unknown field"),
        ("[MINE]\n", "mine.toml:1: MINE.title: is missing"),
        ('\n[TREATY]\ntitle = "x"\n', "mine.toml:2: TREATY: stands in citations.toml too"),
    ],
)
def test_faults_of_citations_are_named(tmp_path: Path, folder: Path, text: str, fault: str) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(text)
    assert faults("citations", file, folder) == [fault]


# -- nothing half-written -------------------------------------------------------------------------------------


def test_a_failure_at_the_last_step_puts_the_folder_back(mine: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine.write_text(RATES)
    before = Release(folder).digest
    rename = Path.rename

    def fail_for_the_new(self: Path, target: Path) -> Path:
        if self.name == "new":
            raise OSError("disk gone")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", fail_for_the_new)
    with pytest.raises(OSError, match="disk gone"):
        import_table("customs_rates", mine, folder)
    assert Release(folder).digest == before
    assert [p.name for p in folder.parent.iterdir() if p.name.startswith(".")] == []


def test_a_release_that_was_faulty_already_takes_nothing_in(mine: Path, folder: Path, edit: Edit) -> None:
    edit("rounding.csv", "half_up", "sideways")
    mine.write_text(RATES)
    assert faults("customs_rates", mine, folder) == ["rounding.csv:2: mode: 'sideways' is none of half_up, down, up"]
