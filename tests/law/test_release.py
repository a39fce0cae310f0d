"""A release is judged as a whole, and every fault is named by file, line and field."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from law.conftest import FILES, HEADS, Edit
from youyi.assess import assess
from youyi.law import reading, release
from youyi.law.checks import _clashes
from youyi.law.release import Problem, Release, ReleaseError, bundled
from youyi.law.rulebook import Rulebook


def said(found: Release) -> list[str]:
    return [str(p) for p in found.problems()]


def test_the_small_release_has_no_fault(folder: Path) -> None:
    assert said(Release(folder)) == []


def test_the_bundled_release_has_no_fault_and_is_checked_in_seconds() -> None:
    started = time.process_time()
    assert said(Release()) == []
    assert time.process_time() - started < 5  # 1.6 s on the machine it was written on; this catches a quadratic check


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReleaseError, match="no such folder"):
        Release(tmp_path / "nowhere")


# -- files ----------------------------------------------------------------------------------------------------


def test_broken_quoting_is_named_by_its_line(edit: Edit) -> None:
    found = edit("taxes/general.csv", "CN,VAT,,16", 'CN,"VAT"x,,16')
    assert [(p.file, p.line, p.field) for p in found.problems()] == [("taxes/general.csv", 3, "file")]


def test_a_quote_never_closed_is_named(edit: Edit) -> None:
    assert "unexpected end of data" in said(edit("rounding.csv", "half_up", '"half_up'))[0]


def test_quoted_commas_and_line_breaks_are_read(edit: Edit) -> None:
    found = edit("unrated/excise.csv", ",excise,,", ',excise,"beer, wine\nand spirits",')
    assert said(found) == []
    assert found.of("unrated_taxes")[0].lines == [3]


def test_another_encoding_is_named_by_its_line(folder: Path) -> None:
    path = folder / "parties.csv"
    path.write_bytes(path.read_text(encoding="utf-8").encode("gb18030"))
    assert said(Release(folder))[0] == "parties.csv:2: file: is not UTF-8: byte 0xD6"


def test_a_byte_order_mark_is_no_fault(folder: Path) -> None:
    path = folder / "rounding.csv"
    path.write_text(path.read_text(encoding="utf-8"), encoding="utf-8-sig")
    assert said(Release(folder)) == []


def test_a_nul_character_is_refused(edit: Edit) -> None:
    assert said(edit("rounding.csv", "half_up", "half\0up"))[0] == "rounding.csv:2: file: holds a NUL character"


def test_an_empty_file_is_refused_and_a_table_without_rows_is_not(edit: Edit) -> None:
    assert said(edit("quota_goods.csv", "")) == ["quota_goods.csv:0: file: is empty"]
    assert said(edit("quota_goods.csv", HEADS["quota_goods"])) == []


def test_a_blank_line_is_no_row(edit: Edit) -> None:
    found = edit("rounding.csv", HEADS["rounding"], HEADS["rounding"] + "\n\n")
    assert said(found) == []
    assert found.of("rounding")[0].lines == [4]


def test_a_missing_and_an_unknown_column_are_both_named(edit: Edit) -> None:
    assert said(edit("rounding.csv", "step,unit", "stage,unit")) == [
        "rounding.csv:1: stage: unknown column",
        "rounding.csv:1: step: the column is missing",
    ]


def test_a_column_that_stands_twice_is_named(edit: Edit) -> None:
    found = edit("rounding.csv", "importer,step,unit,mode,valid_from,valid_to,citation,status,step\nCN,duty,1,up,1990-01-01,,TREATY,official,vat\n")
    assert said(found) == ["rounding.csv:1: step: the column stands twice"]


def test_columns_may_stand_in_another_order(edit: Edit) -> None:
    found = edit("rounding.csv", "step,importer,status,unit,mode,valid_from,valid_to,citation\nduty,CN,official,1,up,1990-01-01,,TREATY\n")
    assert said(found) == []
    assert found.of("rounding")[0].rows == [("CN", "duty", "1", "up", "1990-01-01", "", "TREATY", "official")]


def test_a_row_of_another_width_is_named(edit: Edit) -> None:
    assert said(edit("rounding.csv", "CN,duty,0.01", "CN,duty,0,01")) == ["rounding.csv:2: row: has 9 cells, not 8"]


def test_a_required_table_may_not_be_missing_but_remedies_may(folder: Path) -> None:
    assert not list(folder.glob("remedies*"))
    (folder / "rounding.csv").unlink()
    assert said(Release(folder)) == ["rounding.csv:0: file: no file with to what an amount is rounded, and how"]


@pytest.mark.parametrize("name", ["tariffs.csv", "rates/x.csv", "rules.toml", "tariff/X.CSV"])
def test_a_file_of_no_kind_is_named(edit: Edit, name: str) -> None:
    assert said(edit(name, "a = 1\n")) == [f"{name}:0: file: belongs to no kind of table"]


def test_a_note_beside_the_tables_is_no_fault(edit: Edit) -> None:
    assert said(edit("SOURCES.md", "where it is from")) == []


def test_a_file_at_the_limit_is_read_and_one_beyond_is_not(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    size = max(p.stat().st_size for p in folder.rglob("*.csv"))
    monkeypatch.setattr(reading, "MAX_FILE_BYTES", size)
    assert said(Release(folder)) == []
    monkeypatch.setattr(reading, "MAX_FILE_BYTES", size - 1)
    assert any("is larger than" in s for s in said(Release(folder)))


# -- cells ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("day", ["2022-02-30", "1 Jan 2022", "20220101", "2022-W01-1", ""])
def test_what_is_not_a_date_is_named(edit: Edit, day: str) -> None:
    assert said(edit("rounding.csv", "1990-01-01", day)) == [f"rounding.csv:2: valid_from: {day!r} is not a date (YYYY-MM-DD)"]


def test_an_end_before_the_start_is_named_and_one_day_is_not(edit: Edit) -> None:
    assert said(edit("rounding.csv", "1990-01-01,,", "1990-01-01,1989-12-31,")) == ["rounding.csv:2: valid_to: 1989-12-31 is before valid_from 1990-01-01"]
    assert said(edit("rounding.csv", "1989-12-31", "1990-01-01")) == []


def test_an_unknown_citation_is_named(edit: Edit) -> None:
    assert said(edit("rounding.csv", "TREATY", "HEARSAY")) == ["rounding.csv:2: citation: no citation 'HEARSAY' in citations.toml"]


@pytest.mark.parametrize(
    ("name", "right", "wrong", "field"),
    [
        ("schedules.csv", "VN-2022,8,", "VN-2022,²,", "digits"),
        ("codes/currencies.csv", "Yuan,2,", "Yuan,two,", "decimals"),
        ("tariff/cn_mfn.csv", "85011000,5,", "85011000,five,", "rate"),
        ("tariff/cn_mfn.csv", "85011000,5,", "8501.10,5,", "code"),
        ("taxes/general.csv", "customs_value+duty", "customs_value+luck", "base"),
        ("parties.csv", "中国,CNY", "中国,XXX", "currency"),
        ("membership.csv", "ACFTA,CN", "ACFTA,XX", "party"),
        ("tariff/cn_mfn.csv", "TARIFF,derived", "TARIFF,certain", "status"),
    ],
)
def test_a_cell_of_another_kind_is_named_by_its_field(edit: Edit, name: str, right: str, wrong: str, field: str) -> None:
    assert (name, field) in {(p.file, p.field) for p in edit(name, right, wrong).problems()}
    assert said(edit(name, wrong, right)) == []


def test_every_fault_is_told_at_once(edit: Edit) -> None:
    edit("rounding.csv", "half_up", "sideways")
    edit("taxes/general.csv", "CN,VAT,,17", "XX,VAT,,a lot")
    found = edit("release.toml", 'name = "small"', "")
    assert [(p.file, p.line, p.field) for p in found.problems()] == [
        ("release.toml", 0, "name"),
        ("rounding.csv", 2, "mode"),
        ("taxes/general.csv", 2, "importer"),
        ("taxes/general.csv", 2, "rate"),
    ]


def test_a_list_of_faults_that_is_cut_short_says_so(edit: Edit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(release, "MAX_PROBLEMS", 2)
    rows = "".join(f"CN,duty{n},1,up,1990-01-01,,TREATY,official\n" for n in range(2))
    assert len(edit("rounding.csv", HEADS["rounding"] + rows).problems()) == 2
    rows += "CN,duty3,1,up,1990-01-01,,TREATY,official\n"
    assert edit("rounding.csv", HEADS["rounding"] + rows).problems()[2:] == [Problem("", 0, "release", "1 more faults are not listed")]


# -- codes ----------------------------------------------------------------------------------------------------


def test_a_code_outside_its_edition_is_named(edit: Edit) -> None:
    assert said(edit("quota_goods.csv", "CN,0101,", "CN,0102,")) == ["quota_goods.csv:2: codes: 0102 is not in HS2022"]


def test_a_line_outside_its_national_tariff_is_named(edit: Edit) -> None:
    assert said(edit("tariff/cn_mfn.csv", "01012100,0", "01012199,0")) == ["tariff/cn_mfn.csv:2: code: 01012199 is not in CN-2022"]


def test_a_line_of_a_national_tariff_not_in_hand_needs_only_its_six_digits(edit: Edit) -> None:
    assert said(edit("tariff/vn_acfta.csv", "01012100,", "01012199,")) == []


def test_a_national_chapter_is_not_looked_for(edit: Edit) -> None:
    assert said(edit("quota_goods.csv", "CN,0101,", "CN,9801,")) == []


# -- periods --------------------------------------------------------------------------------------------------

ACROSS = {
    "taxes": ("taxes/a.csv", "taxes/b.csv", "CN,GST,01,5,customs_value,,,,{since},{until},TREATY,official\n", "CN GST 01"),
    "unrated_taxes": ("unrated/a.csv", "unrated/b.csv", "CN,01,levy,,,,{since},{until},TREATY,official\n", "CN levy 01"),
    "remedies": ("remedies-a.csv", "remedies-b.csv", "M,CN,VN,AD,850110,HS2022,,,5,,,whole,,,{since},{until},TREATY,official\n", "M VN 850110"),
    "customs_rates": ("exchange/customs-a.csv", "exchange/customs-b.csv", "CN,SGD,1,5.3,{since},{until},TREATY,official\n", "CN SGD"),
    "nomenclature": ("nomenclature/a.csv", "nomenclature/b.csv", "010121,,,,,HS2017,T,{since},{until},TREATY,official\n", "010121 HS2017 T"),
}


@pytest.mark.parametrize("kind", ACROSS)
def test_two_files_of_a_kind_may_not_speak_of_one_day(edit: Edit, kind: str) -> None:
    one, other, row, key = ACROSS[kind]
    edit(one, HEADS[kind] + row.format(since="2022-01-01", until="2022-06-30"))
    found = edit(other, HEADS[kind] + row.format(since="2022-06-30", until=""))
    assert said(found) == [f"{other}:2: valid_from: {key} from 2022-06-30 overlaps {one}:2"]


@pytest.mark.parametrize("kind", ACROSS)
def test_two_files_of_a_kind_may_follow_one_another(edit: Edit, kind: str) -> None:
    one, other, row, _ = ACROSS[kind]
    edit(one, HEADS[kind] + row.format(since="2022-01-01", until="2022-06-30"))
    assert said(edit(other, HEADS[kind] + row.format(since="2022-07-01", until=""))) == []


def test_rows_of_one_file_may_not_overlap(edit: Edit) -> None:
    row = "ACFTA,CN,,,2005-01-01,,TREATY,official\n"
    found = edit("membership.csv", row, row + row.replace("2005", "2015"))
    assert said(found) == ["membership.csv:3: valid_from: ACFTA CN from 2015-01-01 overlaps line 2"]


def test_a_code_may_stand_in_two_editions_and_in_two_tariffs(edit: Edit) -> None:
    rows = [f"{code},,,,,{edition},{tariff},2022-01-01,,TREATY,official\n" for code, edition, tariff in (("010121", "HS2017", ""), ("010121", "HS2017", "VN"))]
    assert said(edit("nomenclature/more.csv", HEADS["nomenclature"] + "".join(rows))) == []


def test_two_tariff_files_may_name_the_same_line(folder: Path) -> None:
    lines = [(folder / "tariff" / f"{n}.csv").read_text(encoding="utf-8") for n in ("cn_mfn", "vn_acfta")]
    assert all("01012100" in text for text in lines)
    assert said(Release(folder)) == []


def test_a_long_row_is_compared_with_all_that_begin_in_it(edit: Edit) -> None:
    held = (("2020-01-01", "2020-12-31"), ("2020-02-01", "2020-02-02"), ("2020-05-01", "2020-05-02"))
    rows = [f"CN,duty,1,up,{since},{until},TREATY,official\n" for since, until in held]
    assert [p.line for p in edit("rounding.csv", HEADS["rounding"] + "".join(rows)).problems()] == [3, 4]


spans = st.tuples(st.integers(1, 28), st.integers(1, 28)).map(sorted)


@given(st.lists(spans, min_size=1, max_size=6))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_clash_is_found_exactly_where_some_day_is_held_twice(held: list[list[int]]) -> None:
    rows = [("f", n, (f"2022-01-{a:02}", f"2022-01-{b:02}"), 0, 1) for n, (a, b) in enumerate(held)]
    twice = any(sum(a <= day <= b for a, b in held) > 1 for day in range(1, 29))
    assert bool(list(_clashes("key", rows))) is twice
    assert bool(list(_clashes("key", rows[::-1]))) is twice


# -- what one table says of another ---------------------------------------------------------------------------


def test_a_group_without_members_is_named(edit: Edit) -> None:
    assert said(edit("schedules.csv", "ACFTA,ACFTA,", "ACFTA,MERCOSUR,")) == ["schedules.csv:4: origins: nobody belongs to 'MERCOSUR'"]


def test_a_schedule_without_its_file_and_a_file_without_its_schedule_are_named(edit: Edit) -> None:
    assert said(edit("schedules.csv", "tariff/vn_acfta.csv", "tariff/vn.csv")) == [
        "schedules.csv:4: file: there is no tariff/vn.csv",
        "tariff/vn_acfta.csv:0: file: no schedule names it",
    ]


def test_a_schedule_needs_lines_or_a_default(edit: Edit) -> None:
    assert said(edit("schedules.csv", "SG-2022,8,0,", "SG-2022,8,,")) == ["schedules.csv:3: file: neither a file nor a default rate is given"]


def test_lines_of_another_length_edition_or_tariff_are_named(edit: Edit) -> None:
    found = edit("schedules.csv", "HS2022,VN-2022,8", "HS2017,VN-2017,10")
    assert {p.field for p in found.problems()} == {"code", "edition", "tariff"}
    assert len(found.problems()) == 9
    assert said(found)[0] == "tariff/vn_acfta.csv:2: code: 01012100 has 8 digits; VN-ACFTA has lines of 10"


def test_two_schedules_for_the_same_goods_may_follow_but_not_overlap(edit: Edit) -> None:
    row = "SG-NEW,SG,MFN,*,,HS2022,SG-2025,8,5,Singapore MFN 2025,2025-01-01,,TARIFF,official\n"
    found = edit("schedules.csv", "VN-ACFTA,VN", row + "VN-ACFTA,VN")
    assert said(found) == ["schedules.csv:4: valid_from: SG MFN * from 2025-01-01 overlaps line 3"]
    assert said(edit("schedules.csv", "Singapore MFN,2022-01-01,,", "Singapore MFN,2022-01-01,2024-12-31,")) == []


def test_a_remedy_says_only_what_can_be_read_of_it(edit: Edit) -> None:
    row = "M,CN,{origin},AD,850110,HS2022,,{producer},{rate},{unread},{unproven},part,,,2022-01-01,,TREATY,official\n"

    def found(**cells: str) -> list[str]:
        blank = {"origin": "VN", "producer": "", "rate": "5", "unread": "", "unproven": ""}
        return said(edit("remedies.csv", HEADS["remedies"] + row.format(**blank | cells)))

    assert found(unread="2", unproven="9") == []
    assert found(producer="A", unread="2") == ["remedies.csv:2: unread: belongs to a row with a rate and without a producer"]
    assert found(rate="", unread="2") == ["remedies.csv:2: unread: belongs to a row with a rate and without a producer"]
    assert found(origin="*", unproven="9") == ["remedies.csv:2: unproven: needs the origin that goods without a proof are taken to be of"]


# -- TOML -----------------------------------------------------------------------------------------------------


def test_an_unknown_field_of_a_citation_is_named_by_its_line(edit: Edit) -> None:
    assert said(edit("citations.toml", 'licence = "F"\nnote', 'license = "F"\nnote')) == ["citations.toml:7: TARIFF.license: unknown field"]


def test_a_citation_without_a_title_is_named(edit: Edit) -> None:
    assert said(edit("citations.toml", 'title = "A tariff"\n', "")) == ["citations.toml:5: TARIFF.title: is missing"]


def test_a_citation_that_is_no_table_or_holds_no_text_is_named(edit: Edit) -> None:
    found = edit("citations.toml", '[TREATY]\ntitle = "A treaty"', 'STRAY = "x"\n\n[TREATY]\ntitle = "A treaty"\ndate = 2022-01-01')
    assert said(found) == ["citations.toml:0: STRAY: is not a citation with a title", "citations.toml:5: TREATY.date: is not a text"]


def test_a_citation_may_stand_in_a_second_file_but_not_in_both(edit: Edit) -> None:
    assert said(edit("citations-more.toml", '[THIRD]\ntitle = "Third"\n')) == []
    assert said(edit("citations-more.toml", '[TREATY]\ntitle = "Again"\n')) == ["citations-more.toml:1: TREATY: stands in citations.toml too"]


def test_broken_toml_is_named_by_its_line(edit: Edit) -> None:
    found = edit("release.toml", 'date = "2026-01-01"', "date = soon")
    assert [(p.file, p.line, p.field) for p in found.problems()] == [("release.toml", 2, "file")]


def test_the_release_must_name_itself_and_its_day(edit: Edit) -> None:
    assert said(edit("release.toml", "")) == ["release.toml:0: file: is empty"]
    assert said(edit("release.toml", 'name = "x"\ndate = "soon"\nauthor = "y"\n')) == [
        "release.toml:0: author: unknown field",
        "release.toml:0: date: 'soon' is not a date (YYYY-MM-DD)",
    ]


@pytest.mark.parametrize("name", ["release.toml", "citations.toml"])
def test_the_two_named_files_must_be_there(folder: Path, name: str) -> None:
    (folder / name).unlink()
    assert f"{name}:0: file: is missing" in said(Release(folder))


# -- anything at all -----------------------------------------------------------------------------------------


@given(st.sampled_from(sorted(FILES)), st.data())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_check_never_falls_over_and_what_passes_it_loads(folder: Path, name: str, data: st.DataObject) -> None:
    path = folder / name
    whole = FILES[name].encode()
    at = data.draw(st.integers(0, len(whole)))
    piece = data.draw(st.binary(max_size=3) | st.sampled_from([b",", b'"', b"\n", b"\r", b"-", b"9", b"\xc2\xb2", b"\x00", b"="]))
    try:
        path.write_bytes(whole[:at] + piece + whole[at + data.draw(st.integers(0, 3)) :])
        if not Release(folder).problems():
            assert Rulebook.load(folder).schedules
    finally:
        path.write_bytes(whole)


# -- the digest and the rulebook ------------------------------------------------------------------------------


def test_the_digest_changes_with_any_cell_and_with_nothing_else(folder: Path, edit: Edit) -> None:
    before = Release(folder).digest
    assert edit("SOURCES.md", "a note").digest == before
    assert edit("rounding.csv", "0.01", "0.02").digest != before
    assert edit("rounding.csv", "0.02", "0.01").digest == before


def test_a_rulebook_refuses_a_faulty_release_with_every_fault(folder: Path, edit: Edit) -> None:
    edit("rounding.csv", "half_up", "sideways")
    edit("quota_goods.csv", "CN,0101,", "CN,0102,")
    with pytest.raises(ReleaseError, match=r"2 fault\(s\)") as caught:
        Rulebook.load(folder)
    assert [p.file for p in caught.value.problems] == ["quota_goods.csv", "rounding.csv"]


def test_of_schedules_that_follow_one_another_the_one_of_the_day_answers(folder: Path, edit: Edit) -> None:
    edit("schedules.csv", "Singapore MFN,2022-01-01,,", "Singapore MFN,2022-01-01,2024-12-31,")
    edit("schedules.csv", "VN-ACFTA,VN", "SG-NEW,SG,MFN,*,,HS2022,SG-2025,8,5,Singapore MFN 2025,2025-01-01,,TARIFF,official\nVN-ACFTA,VN")
    book = Rulebook.load(folder)
    first_of_2025 = 20089
    found = [book.schedule("SG", "MFN", "*", day) for day in (0, first_of_2025 - 1, first_of_2025)]
    assert [s and s.schedule for s in found] == ["SG-MFN", "SG-MFN", "SG-NEW"]


MOTOR = {"line_id": "1", "importer": "VN", "origin": "CN", "hs": "85011021", "date": "2026-06-01", "value": "100", "currency": "USD", "incoterm": "CIF"}


def mfn_of_the_motor(folder: Path) -> tuple[object, list[str]]:
    row = assess(Rulebook.load(folder), MOTOR).records()[0]
    assert row["regime"] == "MFN"
    return row["rate_high"], [f.split(":")[0] for f in row["findings"] if f.startswith("LAW-")]


def test_a_chapter_withheld_is_said_and_given_back_without_a_change_of_code(tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(bundled(), copy)
    schedule = copy / "tariff" / "vn_mfn.csv"
    whole = schedule.read_text(encoding="utf-8")
    before = mfn_of_the_motor(copy)
    assert before == (3, [])
    schedule.write_text("".join(line for line in whole.splitlines(keepends=True) if not line.startswith("85")), encoding="utf-8")
    assert mfn_of_the_motor(copy) == (None, ["LAW-CHAPTER"])
    schedule.write_text(whole, encoding="utf-8")
    assert mfn_of_the_motor(copy) == before
