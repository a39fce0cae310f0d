"""A journal written by the first layout opens, verifies, reads in today's shapes, and goes on."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from youyi.journal import Draft, Erased, Journal, Personal, Upcasts
from youyi.journal.portable import export, load
from youyi.journal.proofs import check, prove_event, prove_growth
from youyi.journal.verifying import verify

OLD = Path(__file__).parent / "old"
ROOT = "be4fd047479615f00dfa022ee801d04492d174d6ec63c9fd526cb8df9efcee42"
"""The Merkle root when it was written; kept here, apart from the files."""
UPCASTS = Upcasts(
    {
        ("proof.drafted", 1): lambda p: {"scheme": "ACFTA" if p["form"] == "E" else p["form"], "value": p["value"]},
        ("proof.drafted", 2): lambda p: {**p, "currency": None},
        ("proof.signed", 1): lambda p: {"signature": {"officer": p["by"], "key": p["key"]}},
    }
)


@pytest.fixture
def old(tmp_path: Path) -> Path:
    for ending in ("journal", "journal.keys"):
        shutil.copy(OLD / f"layout-1.{ending}", tmp_path)
    return tmp_path / "layout-1.journal"


def test_an_old_journal_verifies_and_has_the_root_it_had(old: Path) -> None:
    found = verify(old)
    assert found.sound
    assert (found.head.size, found.head.root.hex()) == (8, ROOT)


def test_an_old_journal_reads_in_todays_shapes_with_its_persons(old: Path) -> None:
    with Journal(old, upcasts=UPCASTS) as journal:
        drafted = journal.of("proof/E26-1")[0]
        assert (drafted.schema, drafted.payload) == (3, {"scheme": "ACFTA", "value": "100.50", "currency": None})
        assert [journal.open(e)["signature"]["officer"] for e in journal.events() if e.kind == "proof.signed"] == [
            Personal("officer/7", "李明"),
            Erased("officer/8"),
        ]
        assert journal.outbox.waiting() == {"registry": 1}


def test_an_old_journal_goes_on_and_its_beginning_stays_proved(old: Path) -> None:
    with Journal(old, upcasts=UPCASTS) as journal:
        again = journal.append([Draft("proof/E26-0", "proof.drafted", {"form": "E", "value": "000.50"})], id="draft/0", actor="broker/1")
        assert again.repeated
        assert journal.append([Draft("proof/E26-0", "proof.drafted", {"scheme": "RCEP"}, schema=3)], id="new", actor="broker/1").recorded
        assert journal.of("proof/E26-0")[-1].payload == {"scheme": "RCEP"}
    assert verify(old).sound
    growth = prove_growth(old, 8)
    assert growth["old_root"] == ROOT
    assert check(growth, growth["new_root"]) == []
    assert check(prove_event(old, 3, 8), ROOT) == []


def test_an_old_export_is_what_the_old_journal_exports_and_imports(old: Path, tmp_path: Path) -> None:
    with (tmp_path / "now.jsonl").open("wb") as out:
        export(old, out)
    assert (tmp_path / "now.jsonl").read_bytes() == (OLD / "layout-1.jsonl").read_bytes()
    assert load(OLD / "layout-1.jsonl", tmp_path / "new").sound
