"""What a release holds, counted, and the sources it rests on."""

from __future__ import annotations

from pathlib import Path

import pytest

from law.conftest import FILES, HEADS, Edit
from youyi.law.release import Release
from youyi.law.rulebook import Rulebook
from youyi.law.show import Holding, sources, summary


def holding(book: Rulebook, file: str) -> Holding:
    return next(t for t in summary(book).tables if t.file == file)


def test_the_release_is_named_with_its_day_and_digest(book: Rulebook, folder: Path) -> None:
    found = summary(book)
    assert (found.name, found.date, found.description) == ("small", "2026-01-01", "")
    assert found.digest == Release(folder).digest


def test_every_table_file_is_listed_once_in_order_of_name(book: Rulebook) -> None:
    assert [t.file for t in summary(book).tables] == sorted(n for n in FILES if n.endswith(".csv"))


def test_all_rows_are_counted(book: Rulebook, folder: Path) -> None:
    assert summary(book).rows == sum(len(f.rows) for f in Release(folder).files)


def test_a_schedule_says_its_kind_its_period_and_how_sure_its_rows_are(book: Rulebook) -> None:
    found = holding(book, "tariff/cn_mfn.csv")
    assert (found.kind, found.about, found.rows) == ("tariff", "rates by tariff line", 4)
    assert (found.first, found.last) == ("2022-01-01", "")
    assert found.editions == ("HS2022",)
    assert found.statuses == {"official": 3, "derived": 1}
    assert found.citations == {"TARIFF": 4}


def test_a_table_that_ends_says_its_last_day(book: Rulebook) -> None:
    found = holding(book, "exchange/ecb.csv")
    assert (found.first, found.last) == ("2026-01-02", "2026-01-02")


def test_a_table_without_codes_has_no_edition_and_an_open_edition_is_none(book: Rulebook) -> None:
    assert holding(book, "parties.csv").editions == ()
    assert holding(book, "taxes/general.csv").editions == ()


def test_a_table_without_rows_is_shown_as_such(folder: Path, edit: Edit) -> None:
    edit("quota_goods.csv", HEADS["quota_goods"])
    found = holding(Rulebook.load(folder), "quota_goods.csv")
    assert (found.rows, found.first, found.last, found.statuses, found.citations) == (0, "", "", {}, {})


def test_sources_say_what_rests_on_them(book: Rulebook) -> None:
    tariff, treaty = sources(book)
    assert (tariff.key, tariff.title, tariff.licence, tariff.note, tariff.instrument) == ("TARIFF", "A tariff", "F", "read in full", "")
    assert "tariff/cn_mfn.csv" in tariff.files
    assert tariff.rows + treaty.rows == summary(book).rows


def test_a_source_nobody_names_is_left_out_on_request(folder: Path, edit: Edit) -> None:
    edit("citations-more.toml", '[SPARE]\ntitle = "Spare"\n')
    book = Rulebook.load(folder)
    assert [s.key for s in sources(book)] == ["SPARE", "TARIFF", "TREATY"]
    assert [s.key for s in sources(book, used=True)] == ["TARIFF", "TREATY"]


@pytest.mark.parametrize("licensed", ["taken_from", "licence", "title"])
def test_every_bundled_source_says_where_it_is_from(licensed: str) -> None:
    assert all(getattr(s, licensed) for s in sources(Rulebook.load()))
