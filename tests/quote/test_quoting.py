"""A quote puts origin and duty together: what is open of origin stays open, and no figure is worked out twice."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from youyi.assess import assess
from youyi.cli import main
from youyi.law.rulebook import Rulebook
from youyi.qualify.formats import load
from youyi.qualify.reading import products
from youyi.quote import Card, Quote, Worth, quote
from youyi.quote.shipment import after, shipment_of

SAMPLE = Path(__file__).parents[2] / "src/youyi/examples/vacuum_cleaner.yaml"
SCHEMA = Path(__file__).parents[2] / "docs/schemas/quote.json"


def sample(**changed: Any) -> dict[str, Any]:
    """The labelled sample with some of its keys replaced."""
    return {**load(SAMPLE), **changed}


def quoted(rulebook: Rulebook, data: dict[str, Any]) -> Quote:
    return quote(rulebook, products(data)[0])


def card(q: Quote, regime: str) -> Card:
    return next(c for c in q.cards if c.regime == regime)


def beans(**changed: Any) -> dict[str, Any]:
    """Beans grown in Myanmar: wholly obtained, so no list matters."""
    product = {"id": "beans", "hs": "0713.31.90", "hs_edition": "HS2022", "fob": "820", "currency": "CNY"}
    said = {"text": "WO", "source": "planting records of the growers (example)"}
    return {"product": product, "exporter": "MM", "importer": "CN", "date": "2026-11-20", "materials": [], "attested": [said], **changed}


# -- origin and money together -------------------------------------------------------------------------------------


def test_a_regime_whose_origin_is_open_is_no_best_today(rulebook: Rulebook) -> None:
    q = quoted(rulebook, sample())
    assert card(q, "ACFTA").verdict == "undetermined"
    assert card(q, "RCEP").verdict == "originating"
    assert [c.regime for c in q.cards if c.best] == ["RCEP"]
    assert card(q, "ACFTA").worth is Worth.PERHAPS  # its rate is known as an interval that ends at the MFN rate


def test_the_money_is_that_of_an_assessment_of_the_same_line(rulebook: Rulebook) -> None:
    q = quoted(rulebook, sample())
    line = {
        "line_id": "1", "importer": "CN", "exporter": "VN", "origin": "VN", "hs": "850811", "hs_edition": "HS2022", "date": "2026-11-25", "value": "297600",
        "currency": "USD", "incoterm": "FOB", "freight": "5200", "insurance": "900", "quantity": "4800", "originating_under": "RCEP;ACFTA", "rcep_origin": "VN",
    }  # fmt: skip
    rows = {r["regime"]: r for r in assess(rulebook, [line]).records()}
    for c in q.cards:
        assert (c.duty, c.total, c.saving) == tuple((rows[c.regime][f"{n}_low"], rows[c.regime][f"{n}_high"]) for n in ("duty", "total", "saving"))


def test_goods_that_do_not_originate_are_told_what_fails_and_by_how_much(rulebook: Rulebook) -> None:
    materials = [{"id": "kit", "hs": "8508.11", "value": "50", "basis": "CIF", "origin": "TW"}]
    c = card(quoted(rulebook, sample(materials=materials, costs={"labour": "6", "profit": "6"})), "RCEP")
    assert c.worth is Worth.NO
    assert "kit" in c.why
    assert c.saving == (None, None)
    assert not c.papers
    assert not c.clocks


def test_where_the_mfn_rate_is_nil_no_certificate_is_needed(rulebook: Rulebook) -> None:
    product = {"id": "module", "hs": "8507.60", "hs_edition": "HS2022", "fob": "640", "currency": "VND"}
    q = quoted(rulebook, sample(product=product, exporter="CN", importer="VN", date="2026-03-01", materials=[], shipment={"hs": "8507.60.90", "quantity": 480}))
    assert card(q, "ACFTA").worth is Worth.NO
    assert "No certificate is needed" in q.advice[0]


def test_a_certificate_that_costs_more_than_it_saves_is_not_worth_it(rulebook: Rulebook) -> None:
    cheap, dear = (beans(shipment={"quantity": 10}, certificate_cost=cost) for cost in ("20", "5000"))
    assert card(quoted(rulebook, cheap), "CN-LDC").worth is Worth.YES
    c = card(quoted(rulebook, dear), "CN-LDC")
    assert c.worth is Worth.NO
    assert "5,000.00 CNY" in c.why


def test_without_a_quantity_the_quote_is_for_one_unit_and_says_so(rulebook: Rulebook) -> None:
    q = quoted(rulebook, beans())
    assert q.value == Decimal("820.00")
    assert {"QUOTE-ONE-UNIT", "QUOTE-TERM"} <= {f.code for f in q.findings}


def test_where_the_freight_is_missing_the_rates_are_still_compared_and_the_freight_asked_for(rulebook: Rulebook) -> None:
    c = card(quoted(rulebook, beans(shipment={"quantity": 10, "incoterm": "FOB"})), "CN-LDC")
    assert c.worth is Worth.UNKNOWN
    assert c.why.startswith("0% against 3% MFN")
    assert "freight" in c.why


def test_a_scheme_with_one_giver_is_not_offered_the_other_way(rulebook: Rulebook) -> None:
    product = {"id": "bowl", "hs": "6911.10", "hs_edition": "HS2022", "fob": "5", "currency": "USD"}
    q = quoted(rulebook, sample(product=product, exporter="CN", importer="MM", materials=[]))
    assert "CN-LDC" not in {c.regime for c in q.cards}


# -- last days -----------------------------------------------------------------------------------------------------


def test_the_clocks_run_from_the_days_that_are_stated(rulebook: Rulebook) -> None:
    shipment = {"quantity": 1, "shipped": "2026-02-27", "issued": "2026-02-28", "declared": "2026-03-10"}
    clocks = {k.event: k.last for k in card(quoted(rulebook, sample(exporter="CN", importer="VN", shipment=shipment)), "ACFTA").clocks}
    assert clocks["issue"] == "2026-03-02"
    assert clocks["retroactive"] == "2027-02-27"
    assert clocks["validity"] == "2027-02-28"
    assert clocks["claim"] == "2027-03-10"


def test_a_day_that_is_not_stated_leaves_its_clock_without_a_last_day(rulebook: Rulebook) -> None:
    clocks = {k.event: k.last for k in card(quoted(rulebook, beans()), "ACFTA").clocks}
    assert clocks["issue"] == clocks["validity"] == ""


@pytest.mark.parametrize(("fob", "waived"), [("200.00", True), ("200.01", False)])
def test_the_waiver_is_named_up_to_its_value(rulebook: Rulebook, fob: str, waived: bool) -> None:
    data = beans()
    data["product"] |= {"fob": fob, "currency": "USD"}
    events = {k.event for k in card(quoted(rulebook, data), "ACFTA").clocks}
    assert ("waiver" in events) is waived


@given(day=st.dates(date(1990, 1, 1), date(2100, 1, 1)), months=st.integers(0, 60))
def test_a_month_later_is_the_same_day_or_the_last_of_the_month(day: date, months: int) -> None:
    found = after(day, months, "months")
    assert (found.year * 12 + found.month) - (day.year * 12 + day.month) == months
    assert found.day == day.day or (found.day < day.day and (found.replace(day=28) - found).days >= -3 and after(found, 1, "days").day == 1)


# -- bad input -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shipment", "code", "pointer"),
    [
        ("by lorry", "SHIPMENT", "/shipment"),
        ({"quantity": "-5"}, "VALUE", "/shipment/quantity"),
        ({"quantity": 0}, "VALUE-ZERO", "/shipment/quantity"),
        ({"freight": "much"}, "VALUE", "/shipment/freight"),
        ({"shipped": "20.11.2026"}, "DATE", "/shipment/shipped"),
        ({"incoterms": "FOB"}, "KEY-UNKNOWN", "/shipment/incoterms"),
    ],
)
def test_a_shipment_that_cannot_be_read_is_a_finding_and_the_rest_is_answered(shipment: Any, code: str, pointer: str, rulebook: Rulebook) -> None:
    q = quoted(rulebook, sample(shipment=shipment))
    assert (code, pointer) in {(f.code, f.pointer) for f in q.findings}
    assert q.cards


@pytest.mark.parametrize("changed", [{"fob": ""}, {"fob": "-3"}, {"currency": ""}, {"currency": "XXX"}])
def test_without_a_price_the_rates_are_compared_and_no_amount_is_shown(rulebook: Rulebook, changed: dict[str, str]) -> None:
    data = beans()
    data["product"] |= changed
    q = quoted(rulebook, data)
    assert "QUOTE-NO-VALUE" in {f.code for f in q.findings}
    c = card(q, "CN-LDC")
    assert (c.duty, c.total, c.saving) == ((None, None),) * 3
    assert c.why == "0% against 3% MFN; no amount: no price is stated"


@pytest.mark.parametrize(
    ("days", "code"),
    [
        ({"shipped": "2026-03-01", "declared": "2026-02-28"}, "DATE-ORDER"),
        ({"shipped": "2026-03-01", "issued": "2027-03-02"}, "PROOF-TOO-LATE"),
        ({"issued": "2025-03-01", "declared": "2026-03-02"}, "PROOF-EXPIRED"),
    ],
)
def test_days_that_cannot_follow_each_other_are_found(days: dict[str, str], code: str) -> None:
    assert [f.code for f in shipment_of({"shipment": days}).findings] == [code]


def test_days_at_their_limit_are_in_order() -> None:
    assert not shipment_of({"shipment": {"shipped": "2026-03-01", "issued": "2027-03-01", "declared": "2028-03-01"}}).findings


def test_a_sale_inside_a_country_is_no_import(rulebook: Rulebook) -> None:
    q = quoted(rulebook, sample(importer="VN"))
    assert not q.cards
    assert "ROUTE-DOMESTIC" in {f.code for f in q.findings}


def test_a_paper_of_another_agreement_is_not_taken_for_one_of_this(rulebook: Rulebook) -> None:
    c = card(quoted(rulebook, sample()), "RCEP")
    assert "for motor set: a paper under RCEP, Form E is none" in c.papers
    assert any(f.startswith("ORI-PROOF-OTHER") for f in c.findings)


def test_packing_alone_does_not_show_that_more_than_minimal_work_was_done(rulebook: Rulebook) -> None:
    materials = [{"id": "a", "hs": "8501.40", "value": "90", "basis": "CIF", "origin": "CN"}]
    product = {"id": "v", "hs": "8508.11", "hs_edition": "HS2022", "fob": "100", "currency": "USD"}
    c = card(quoted(rulebook, sample(product=product, materials=materials, processes=["packing"])), "RCEP")
    assert c.verdict == "undetermined"


def test_an_unknown_country_is_a_finding_and_nothing_is_answered(rulebook: Rulebook) -> None:
    q = quoted(rulebook, sample(importer="ZZ"))
    assert not q.cards
    assert any(f.code == "COUNTRY" and f.pointer == "/importer" for f in q.findings)


def test_an_empty_shipment_states_nothing() -> None:
    assert shipment_of({}).quantity is None


# -- the command ---------------------------------------------------------------------------------------------------


def test_the_command_answers_for_programs_by_its_schema(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["quote", str(SAMPLE), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    jsonschema.validate(found, json.loads(SCHEMA.read_text(encoding="utf-8")))
    assert found["quotes"][0]["cards"][0]["regime"] == "MFN"


def test_the_command_answers_people_with_the_advice_first(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["quote", str(SAMPLE)]) == 0
    said = capsys.readouterr().out
    assert said.index("Claim RCEP") < said.index("regime")
    assert "NOT checked" in said
    assert "Not legal advice" in said


def test_a_day_that_is_none_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["quote", str(SAMPLE), "--on", "tomorrow"]) == 1
    assert "YYYY-MM-DD" in capsys.readouterr().err
