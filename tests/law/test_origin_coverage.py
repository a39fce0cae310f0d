"""Which rules of origin are in hand on a day, and how they compare with sources that nobody here made."""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from youyi.cli import main
from youyi.law.origin import RuleError, parse
from youyi.law.origin_coverage import RulesHeld, coverage, table
from youyi.law.rulebook import Rulebook
from youyi.law.tables import day_number

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "origin-rules.md").read_text(encoding="utf-8")
ELSEWHERE = ROOT / "tests" / "golden" / "rcep_rules_elsewhere.csv"


def _held(rulebook: Rulebook, day: date) -> dict[tuple[str, str], RulesHeld]:
    return {(h.agreement, h.rule_set): h for h in coverage(rulebook, day)}


def test_each_preference_in_force_says_its_rules_or_that_it_has_none(rulebook: Rulebook) -> None:
    held = _held(rulebook, date(2026, 11, 22))
    in_force = {r["agreement"] for r in rulebook.agreements if r["kind"] == "preference" and r["in_force"]}
    assert {a for a, _ in held} == in_force
    assert ("CN-SG-FTA", "") in held


def test_every_preference_with_a_rate_row_has_rules(rulebook: Rulebook) -> None:
    rows = [r["agreement"] for r in rulebook.agreements if r["kind"] == "preference" and r["treatment"] == "row"]
    with_rules = {a for (a, s) in _held(rulebook, date(2026, 11, 22)) if s}
    assert set(rows) <= with_rules


def test_missing_chapters_are_named(rulebook: Rulebook) -> None:
    rcep = _held(rulebook, date(2026, 11, 22))["RCEP", "RCEP-2020"]
    assert [g.codes for g in rcep.gaps] == ["09", "36", "46", "66", "91"]
    assert not rcep.complete
    assert rcep.product_rules == 2120


def test_two_rule_sets_hold_while_parties_change_over(rulebook: Rulebook) -> None:
    held = _held(rulebook, date(2019, 8, 5))
    assert held["ACFTA", "ACFTA-2004"].parties == ("CN", "VN")
    assert held["ACFTA", "ACFTA-2019"].parties == ("",)


def test_the_list_before_its_edition_in_hand_is_wholly_missing(rulebook: Rulebook) -> None:
    rcep = _held(rulebook, date(2022, 6, 1))["RCEP", "RCEP-2020"]
    assert rcep.product_rules == 0
    assert [(g.codes, g.extent) for g in rcep.gaps] == [("", "missing")]


def test_the_table_tells_what_is_missing(rulebook: Rulebook) -> None:
    text = table(coverage(rulebook, date(2026, 11, 22)))
    assert "missing: the whole list (the product list of the 2015 Protocol is not in hand)" in text
    assert "missing: 09 (not in the stored text)" in text
    assert "APTA  no rules in hand" in text


def test_the_command_gives_it_to_people_and_programs(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["law", "coverage", "--on", "2026-11-22"]) == 0
    assert "rules of origin" in capsys.readouterr().out
    assert main(["law", "coverage", "--origin", "--on", "2026-11-22", "--json"]) == 0
    held = json.loads(capsys.readouterr().out)
    assert {"agreement", "rule_set", "gaps", "unsettled"} <= set(held[0])


# -- sources that nobody here made ----------------------------------------------------------------------------


def _rules_now(rulebook: Rulebook, code: str, edition: str) -> set[str]:
    """The rules that stand in HS 2022 on a code of another edition: its own number, or its heading's codes that took its goods."""
    day = day_number("2026-11-22")
    keys = [str(k)[1:] for k in rulebook.store.ints("nomenclature/hs2022.csv", "key").tolist()]
    codes = [k for k in keys if len(k) == 6 and k.startswith(code)]
    if not codes:
        codes = sorted(c for c in rulebook.nomenclature.cross(code, edition, "HS2022").codes if c[:4] == code[:4])
    found = [rulebook.origin.product("RCEP-2020", c, "HS2022", day) for c in codes]
    return {f.text if f else "" for f in found}


def test_rcep_rules_agree_with_other_prints(rulebook: Rulebook) -> None:
    with ELSEWHERE.open(encoding="utf-8", newline="") as f:
        rows = list(csv.DictReader(f))
    differ = [(r["code"], r["rule"]) for r in rows if _rules_now(rulebook, r["code"], r["edition"]) != {r["rule"]}]
    assert differ == []
    assert f"{len(rows)} rules stand on seven pages" in PAGE


# -- the page -------------------------------------------------------------------------------------------------


def _pairs(language: str) -> list[tuple[str, str]]:
    lines = [line for block in re.findall(rf"```{language}\n(.*?)```", PAGE, flags=re.S) for line in block.splitlines()]
    return [(a.strip(), b.strip()) for a, _, b in (line.partition("→") for line in lines)]


@pytest.mark.parametrize(("text", "canonical"), _pairs("rules"))
def test_the_rules_of_the_page_are_read_as_it_says(text: str, canonical: str) -> None:
    assert str(parse(text)) == canonical


@pytest.mark.parametrize(("text", "says"), _pairs("errors"))
def test_the_errors_of_the_page_are_as_it_says(text: str, says: str) -> None:
    with pytest.raises(RuleError) as caught:
        parse(text)
    assert str(caught.value) == says


def test_the_python_of_the_page_runs() -> None:
    for block in re.findall(r"```python\n(.*?)```", PAGE, flags=re.S):
        exec(compile(block, "origin-rules.md", "exec"), {})


PROBE = """
import sys
from youyi.cli import main
main(['rate', '0713.31.90', '--from', 'MM', '--to', 'CN'])
print([m for m in sys.modules if m.startswith('youyi.law.origin.') or m == 'lark'], file=sys.stderr)
"""


def test_looking_up_a_rate_needs_no_rules_of_origin() -> None:
    done = subprocess.run([sys.executable, "-c", PROBE], capture_output=True, text=True, check=True)
    assert done.stderr.strip().endswith("[]")
