"""One line alone takes a shorter way; the answer is the one it gets among others, findings and doubts and all."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lines import line, lines, numbered
from youyi.assess import assess, engine_of
from youyi.assess.explain import explain
from youyi.law.rulebook import Rulebook

QUIET = settings(derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck))
PLAIN = line(line_id="a", importer="VN", origin="CN", hs="85071092", date="2026-03-02", value="100000000", currency="VND", incoterm="CIF")
ODD: dict[str, dict[str, Any]] = {
    "an integer value": {"value": 5},
    "a float value": {"value": 5.25},
    "no value": {"value": None},
    "a negative value": {"value": "-1"},
    "a huge value": {"value": "99999999999"},
    "a number for an id": {"line_id": 7},
    "no id": {"line_id": None},
    "an integer code": {"hs": 85071092},
    "a code with points": {"hs": "8507.10.92"},
    "a dead code": {"hs": "030510", "importer": "CN"},
    "a chapter not in hand": {"hs": "847130"},
    "small letters": {"importer": "vn", "origin": "cn", "currency": "vnd", "incoterm": "cif"},
    "spaces": {"importer": " VN ", "hs": " 85071092 ", "value": " 5 ", "date": " 2026-03-02 "},
    "a date with a time": {"date": "2026-03-02T10:00:00"},
    "a list of agreements": {"originating_under": ["ACFTA", "RCEP"]},
    "no agreement": {"originating_under": "-"},
    "a proof": {"proof": "Form E"},
    "an unknown agreement": {"originating_under": "ASEAN"},
    "a term without freight": {"incoterm": "FOB"},
    "duty paid": {"incoterm": "DDP"},
    "no term": {"incoterm": "", "freight": "5", "insurance": "1"},
    "another currency": {"currency": "USD", "date": "2024-05-06", "importer": "CN", "hs": "0713319000"},
    "a currency without a rate": {"currency": "LAK"},
    "a day before the law": {"date": "1999-01-01"},
    "a day long after": {"date": "2199-12-31"},
    "a day out of range": {"date": "1850-01-01"},
    "a duty per unit": {"importer": "ID", "hs": "10063030", "quantity": "3", "unit": "TNE", "currency": "IDR"},
    "a duty per unit without quantity": {"importer": "ID", "hs": "10063030", "currency": "IDR"},
    "a unit that is none": {"unit": "furlong", "quantity": "1"},
    "a quantity without unit": {"quantity": "5"},
    "a remedy": {"hs": "72083700"},
    "a remedy by producer": {"hs": "72083700", "producer": "hebei yanshan iron and steel group co., ltd "},
    "the same country": {"origin": "VN"},
    "no origin at all": {"origin": "", "exporter": ""},
    "a third country": {"exporter": "SG"},
    "another RCEP origin": {"rcep_origin": "KR"},
    "an edition": {"hs": "300431", "hs_edition": "hs 2017"},
    "an edition that is none": {"hs_edition": "HS1850"},
    "a boolean": {"value": True},
}


def alone_and_among_others(rulebook: Rulebook, asked: dict[str, Any]) -> tuple[list[Any], list[Any]]:
    """The answer rows and findings of a line alone, and of the same line in a batch of two."""
    alone = assess(rulebook, [asked])
    pair = assess(rulebook, [asked, PLAIN | {"line_id": "another"}])
    rows = [i for i, n in enumerate(pair.line.tolist()) if n == 0]
    among = [r for i, r in enumerate(pair.records()) if i in rows]
    first = [alone.records(), alone.findings, [explain(alone, i) for i in range(len(alone))], alone.arrow().to_pylist()]
    return first, [among, pair.findings, [explain(pair, i) for i in rows], pair.arrow().to_pylist()[: len(rows)]]


@pytest.mark.parametrize("what", ODD)
def test_an_odd_line_gets_the_same_answer_alone(rulebook: Rulebook, what: str) -> None:
    alone, among = alone_and_among_others(rulebook, PLAIN | ODD[what])
    assert alone == among


@settings(QUIET, max_examples=300)
@given(asked=lines())
def test_any_line_gets_the_same_answer_alone(rulebook: Rulebook, asked: dict[str, str]) -> None:
    alone, among = alone_and_among_others(rulebook, asked)
    assert alone == among


def test_the_short_way_is_taken_for_a_plain_line(rulebook: Rulebook) -> None:
    assert engine_of(rulebook).assess_one(PLAIN) is not None


@settings(QUIET, max_examples=20)
@given(batch=st.lists(lines(), min_size=8, max_size=8))
def test_lines_alone_and_together_agree_in_any_order(rulebook: Rulebook, batch: list[dict[str, str]]) -> None:
    batch = numbered(batch)
    together = assess(rulebook, batch).records()
    apart = [r for asked in reversed(batch) for r in reversed(assess(rulebook, [asked]).records())][::-1]
    assert together == apart
