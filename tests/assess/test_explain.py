"""An explanation ends in the figures of its row, shows what rounding did, and cites law that exists."""

from __future__ import annotations

import csv
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lines import DATA, line, lines, numbered
from youyi.assess import assess
from youyi.assess.explain import Step, explain
from youyi.assess.result import Result
from youyi.assess.value import STEPS
from youyi.law.rulebook import Rulebook

JOURNEYS = DATA.parent.parent / "examples" / "journeys.csv"
FIGURES = {
    "customs value": "customs_value",
    "duty": "duty_low",
    "duty at most": "duty_high",
    "remedies": "remedy",
    "VAT": "vat",
    "other taxes": "other_tax",
    "total": "total_low",
    "saving": "saving_low",
}
LAW = ("law", "remedy", "VAT", "SALES", "COMMERCIAL", "EXCISE", "INCOME")
QUIET = settings(derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck))


def sample() -> list[dict[str, str]]:
    """The journeys and a line for every kind of charge."""
    with JOURNEYS.open(encoding="utf-8", newline="") as file:
        found = list(csv.DictReader(file))
    steel = line(line_id="steel", importer="VN", origin="CN", hs="72083700", date="2026-01-10", value="123456789", currency="VND", incoterm="CIF")
    odd = line(line_id="odd", importer="CN", origin="VN", hs="0810600000", date="2019-05-15", value="33.33", currency="USD", incoterm="CIF")
    rice = line(line_id="rice", importer="ID", origin="IN", hs="10063030", date="2022-06-01", value="10000000", currency="IDR", quantity="1001", unit="KGM")
    stout = line(line_id="stout", importer="SG", origin="GB", hs="22030011", date="2021-06-01", value="500", currency="SGD", quantity="3.75", unit="LPA")
    flat = line(line_id="flat", importer="ID", origin="CN", hs="69072193", date="2022-06-01", value="1000", currency="USD", incoterm="FOB")
    return [*found, steel, odd, rice, stout, flat]


@pytest.fixture(scope="module")
def result(rulebook: Rulebook) -> Result:
    return assess(rulebook, sample())


def check(result: Result, row: int) -> None:
    """What holds for every explanation."""
    record = result.records()[row]
    steps = explain(result, row)
    ends: dict[str, Step] = {s.name: s for s in steps}
    for name, column in FIGURES.items():
        if name in ends and ends[name].rounded is not None:
            assert ends[name].rounded == record[column], name
    for s in steps:
        assert (s.rounded is None) == (s.unrounded is None), s
        assert s.text
    if record["total_low"] is not None:
        assert {"customs value", "duty", "total", "not checked"} <= ends.keys()
        assert record["rate"] in ends["rate"].text


def test_every_explanation_ends_in_the_figures_of_its_row(result: Result) -> None:
    for row in range(len(result)):
        check(result, row)


def test_what_rounding_changed_is_less_than_its_unit(result: Result) -> None:
    seen = 0
    for row in range(len(result)):
        plan = result.desk.plans.plans[result.plan_of[result.line[row]]]
        for s in explain(result, row):
            step = {"duty": "duty", "duty at most": "duty", "VAT": "vat"}.get(s.name)
            if step and s.rounded is not None and s.unrounded is not None:
                unit = Decimal(plan.rounding[STEPS.index(step)].unit).scaleb(-2)
                assert abs(s.rounded - s.unrounded) < unit, s
                seen += s.rounded != s.unrounded
    assert seen > 3


def test_every_step_of_law_cites_a_source_of_the_release(rulebook: Rulebook, result: Result) -> None:
    for row in range(len(result)):
        for s in explain(result, row):
            if s.name in LAW:
                assert s.citation, s
            if s.citation:
                assert s.citation in rulebook.store.citations, s


def test_a_rounding_is_shown_before_and_after(result: Result) -> None:
    rows = [i for i, r in enumerate(result.records()) if (r["line_id"], r["regime"]) == ("flat", "MFN")]
    duty = next(s for s in explain(result, rows[0]) if s.name == "duty")
    assert "→" in str(duty)
    assert duty.rounded is not None
    assert duty.rounded % 1000 == 0


def test_a_refused_line_has_no_steps_and_a_row_that_is_not_there_raises(rulebook: Rulebook) -> None:
    refused = assess(rulebook, [line(importer="VN", origin="CN", hs="nothing", date="2026-01-01", value="1", currency="VND")])
    assert explain(refused, 0) == []
    for row in (1, -1):
        with pytest.raises(IndexError):
            explain(refused, row)


@settings(QUIET, max_examples=40)
@given(batch=st.lists(lines(), min_size=3, max_size=3))
def test_any_answer_can_be_explained(rulebook: Rulebook, batch: list[dict[str, str]]) -> None:
    found = assess(rulebook, numbered(batch))
    for row in range(len(found)):
        check(found, row)
