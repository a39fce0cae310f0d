"""The grammar of duties: what is read, what comes back when it is written, what it comes to, and how a text is refused."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from youyi.law.due import Amount, Facts, evaluate, excluded_parties, is_exact, parts_for, percent_range
from youyi.law.duty import (
    COMPONENTS,
    MAX_USES,
    PPM,
    AdValorem,
    Between,
    Duty,
    DutyError,
    Either,
    Except,
    Least,
    Most,
    Nil,
    NoRate,
    Quota,
    Specific,
    Sum,
    Supplementary,
    Verbatim,
    parse,
    sentence,
)
from youyi.law.units import UNITS

GOLDEN = Path(__file__).parents[1] / "golden"


def golden(name: str) -> Any:
    return json.loads((GOLDEN / name).read_text(encoding="utf-8"))


def cell_forms() -> list[dict[str, str]]:
    with (GOLDEN / "cell_forms.csv").open(encoding="utf-8", newline="") as f:
        return list(csv.DictReader(f))


# -- round trip -----------------------------------------------------------------------------------------------

numbers = st.decimals(min_value=0, max_value=10**6, places=4).map(lambda d: d.normalize() if d else Decimal(0))
parties = st.lists(st.sampled_from(["BN", "CN", "ID", "KH", "LA", "MM", "MY", "PH", "SG", "TH", "VN"]), min_size=1, max_size=4, unique=True).map(tuple)
codes = st.sampled_from(sorted({u.code for u in UNITS().values()}))
qualified = [(u.code, u.times, q) for u in set(UNITS().values()) for q in u.qualifiers]
percents = st.builds(AdValorem, numbers)
specifics = st.builds(Specific, numbers, st.sampled_from(["CNY", "VND", "EUR", "XEM"]), codes, st.sampled_from([Decimal(1), Decimal(100), Decimal("0.5")]))
counted_otherwise = st.builds(lambda amount, u: Specific(amount, "EUR", u[0], u[1].normalize(), u[2]), numbers, st.sampled_from(sorted(qualified)))
once = st.builds(Specific, numbers, st.just("SGD"))
texts = st.text(st.characters(blacklist_characters='"', blacklist_categories=("C", "Z")), min_size=1).filter(lambda t: t not in COMPONENTS)
rates = st.one_of(
    percents,
    specifics,
    counted_otherwise,
    st.just(NoRate()),
    st.just(Nil()),
    st.builds(Verbatim, texts),
    st.sampled_from(sorted(COMPONENTS)).map(Verbatim),
)
quantities_and_money = st.one_of(st.builds(Supplementary, codes, numbers), once)
"""A stroke after one of these would begin a unit, so they stand in no cell with several parts."""


def written_once(duty: Duty) -> bool:
    """A part may use each component and word only once, and each sign only so often."""
    used = Counter(str(t) if isinstance(t, Verbatim) else sign for sign, t in sentence(duty))
    return all(times <= MAX_USES.get(sign, 1) for sign, times in used.items() if sign)


def cells(terms: st.SearchStrategy[Duty]) -> st.SearchStrategy[Duty]:
    """Cells of one part, built from terms upwards as the grammar builds them."""
    sums = st.one_of(terms, st.lists(terms, min_size=2, max_size=4).map(lambda t: Sum(tuple(t))))
    capped = st.one_of(st.builds(Most, sums, sums), st.builds(Least, sums, sums))
    mixed = st.one_of(sums, capped, st.builds(Least, capped, sums)).filter(written_once)
    ranges = st.one_of(mixed, st.builds(Between, mixed, mixed))
    quotas = st.one_of(ranges, st.builds(Quota, ranges, ranges))
    return st.one_of(quotas, st.builds(Except, quotas, parties))


duties = st.one_of(
    cells(st.one_of(rates, quantities_and_money)),
    st.lists(cells(rates), min_size=2, max_size=4).map(lambda p: Either(tuple(p))),
)


@given(duties)
def test_what_is_written_is_read_back_as_the_same_duty(duty: Duty) -> None:
    assert parse(str(duty)) == duty


@given(duties)
def test_a_duty_is_written_in_one_way(duty: Duty) -> None:
    assert str(parse(str(duty))) == str(duty)


@given(st.text(max_size=30))
def test_any_text_is_read_or_refused_by_a_named_error(text: str) -> None:
    known = {"unknown_expression", "unknown_currency", "unknown_unit", "unknown_qualifier", "qualifier_not_allowed_with_unit"}
    try:
        assert parse(text)
    except DutyError as error:
        assert error.code in known | {"expression_repeated", "ambiguous_number", "too_fine", "too_large"}  # noqa: PT017 - the reading may also succeed


# -- the cells of the sources ---------------------------------------------------------------------------------


@pytest.mark.parametrize("source", sorted({r["source"] for r in cell_forms()}))
def test_every_cell_of_a_source_is_read_or_its_reason_is_named(source: str) -> None:
    wrong = []
    for row in cell_forms():
        if row["source"] == source:
            try:
                parse(row["text"])
                read = "yes"
            except DutyError:
                read = "no"
            if (read, bool(row["why"])) != (row["read"], read == "no"):
                wrong.append(row["text"])
    assert wrong == []


def test_every_cell_that_is_read_is_written_and_read_again() -> None:
    for row in cell_forms():
        if row["read"] == "yes":
            assert parse(str(parse(row["text"]))) == parse(row["text"])


CELLS = {
    "5": AdValorem(Decimal(5)),
    "7,5": AdValorem(Decimal("7.5")),
    "10.0 %": AdValorem(Decimal(10)),
    "16 SGD/LPA": Specific(Decimal(16), "SGD", "LPA"),
    "5% + 2 CNY/KGM": Sum((AdValorem(Decimal(5)), Specific(Decimal(2), "CNY", "KGM"))),
    "40 (NHN: 80)": Quota(AdValorem(Decimal(40)), AdValorem(Decimal(80))),
    "0..5": Between(AdValorem(Decimal(0)), AdValorem(Decimal(5))),
    "0/5": Either((AdValorem(Decimal(0)), AdValorem(Decimal(5)))),
    "0 (-KH, CN)": Except(AdValorem(Decimal(0)), ("KH", "CN")),
    "0 (-MM, TH)/0": Either((Except(AdValorem(Decimal(0)), ("MM", "TH")), AdValorem(Decimal(0)))),
    "*": NoRate(),
    '"see 03061500"': Verbatim("see 03061500"),
    "21450 IDR/menit": Specific(Decimal(21450), "IDR", "MIN"),
}


@pytest.mark.parametrize(("cell", "duty"), CELLS.items())
def test_the_forms_of_the_tariffs_are_read(cell: str, duty: Duty) -> None:
    assert parse(cell) == duty


def test_a_cell_tells_whom_it_shuts_out_and_which_parts_stay_open() -> None:
    cell = parse("0 (-MM, TH)/0 (-TH)/5")
    assert list(excluded_parties(cell)) == ["MM", "TH", "TH"]
    assert parts_for(cell, "TH") == ([AdValorem(Decimal(5))], 2)
    assert parts_for(cell, "MM") == ([AdValorem(Decimal(0)), AdValorem(Decimal(5))], 1)
    assert parts_for(parse("0"), "TH") == ([AdValorem(Decimal(0))], 0)


# -- TARIC sentences ------------------------------------------------------------------------------------------

SIGNS = {"": ("01",), "+": ("04", "19", "20"), "MIN": ("15",), "MAX": ("17", "35")}
LETTERS = {"AC": "12", "ACR": "14", "SD": "21", "SDR": "25", "FD": "27", "FDR": "29"}
TARIC_UNITS = {
    ("KGM", 100): "DTN",
    ("KGM", 1000): "TNE",
    ("LTR", 100): "HLT",
    ("LTR", 1000): "KLT",
    ("H87", 1): "NAR",
    ("H87", 100): "CEN",
    ("H87", 1000): "MIL",
    ("PR", 1): "NPR",
}


def taric_unit(unit: str, per: Decimal) -> str:
    return TARIC_UNITS.get((unit, int(per)), unit)


def components(duty: Duty) -> Iterator[dict[str, str]]:
    """A duty as TARIC's measure components: expression code, amount, currency, unit and qualifier."""
    left = {sign: iter(expressions) for sign, expressions in SIGNS.items()}
    floor = [sign for sign, _ in sentence(duty)]
    for i, (sign, term) in enumerate(sentence(duty)):
        match term:
            case Verbatim(text):
                yield {"expr": LETTERS[text]}
            case Nil():
                yield {"expr": "37"}
            case Supplementary(unit, per):
                yield {"expr": "99", "unit": taric_unit(unit, per)}
            case _:
                if sign == "+" and "MAX" in floor[:i]:  # after the cap, additions begin with 19
                    left["+"] = iter([e for e in left["+"] if e != "04"])
                expr = next(left[sign])
                if isinstance(term, AdValorem):
                    yield {"expr": expr, "amount": str(term.percent)}
                elif isinstance(term, Specific):
                    found = {"expr": expr, "amount": str(term.amount), "ccy": term.currency}
                    yield found | ({"unit": taric_unit(term.unit, term.per)} if term.unit else {}) | ({"qualifier": term.qualifier} if term.qualifier else {})


def compared(component: dict[str, str]) -> dict[str, Any]:
    """Without the words behind the code, and amounts as numbers."""
    found: dict[str, Any] = component | {"expr": component["expr"].split()[0]}
    return found | ({"amount": Decimal(found["amount"])} if "amount" in found else {})


@pytest.mark.parametrize("case", golden("duty_sentences.json")["cases"], ids=lambda c: c["case_id"])
def test_a_sentence_has_the_components_that_taric_gives_it_or_is_refused_by_name(case: dict[str, Any]) -> None:
    if case["expected_error"]:
        with pytest.raises(DutyError) as refused:
            parse(case["sentence"])
        assert refused.value.code == case["expected_error"]
    else:
        assert [compared(c) for c in components(parse(case["sentence"]))] == [compared(c) for c in case["expected_components"]]


SENTENCES = {
    "NIHIL": ["37"],
    "10.2% + AC + SD": ["01", "12", "21"],
    "9 % + EA MAX 18.7 % + AD S/Z": ["01", "12", "17", "21"],
    "9.10% + 45.10 GBP / 100 KG MAX 18.90% + 16.50 GBP / 100 KG": ["01", "04", "17", "19"],
    "12.5% MIN 2.00 EUR / 100 kg MAX 3.00%": ["01", "15", "17"],
    "0.5 GBP / % vol / hl + 1.2 GBP / hl": ["01", "04"],
    "0.300 XEM / 100 kg / lactic.": ["01"],
    "1.5 EUR / 100 kg / net drained wt MAX 5%": ["01", "17"],
    "0% + ACR + FDR": ["01", "14", "29"],
    "100 GBP": ["01"],
    "kg": ["99"],
    "1000 p/st": ["99"],
    "10% + 10% + 10% + 10%": ["01", "04", "19", "20"],
}


@pytest.mark.parametrize(("text", "expressions"), SENTENCES.items())
def test_further_sentences_of_taric_are_read(text: str, expressions: list[str]) -> None:
    assert [c["expr"] for c in components(parse(text))] == expressions


UNITS_AS_WRITTEN = {
    "1000 p/st": ("H87", 1000),
    "100 p/st": ("H87", 100),
    "p/st": ("H87", 1),
    "pairs": ("PR", 1),
    "pa": ("PR", 1),
    "hl": ("LTR", 100),
    "% vol": ("ASV", 1),
    "l alc. 100%": ("LPA", 1),
    "l alc. 100 %": ("LPA", 1),
    "kg 90 % sdt": ("KSD", 1),
    "kg N": ("KNI", 1),
    "ce/el": ("NCL", 1),
    "ct/l": ("CCT", 1),
    "100 KG": ("KGM", 100),
    "TNE": ("KGM", 1000),
    "SPQ": ("SPQ", 1),
    "min": ("MIN", 1),
}


@pytest.mark.parametrize(("text", "unit"), UNITS_AS_WRITTEN.items())
def test_a_unit_is_read_however_it_is_written(text: str, unit: tuple[str, int]) -> None:
    assert parse(text) == Supplementary(unit[0], Decimal(unit[1]))
    priced = parse(f"2.5 EUR / {text}")
    assert isinstance(priced, Specific)
    assert (priced.amount, priced.unit, priced.per) == (Decimal("2.5"), unit[0], unit[1])


REFUSED = {
    "": "unknown_expression",
    "ABC": "unknown_expression",
    "U": "unknown_expression",
    "Q": "unknown_expression",
    "+ 10%": "unknown_expression",
    "10% +": "unknown_expression",
    "10% MAX": "unknown_expression",
    "-5%": "unknown_expression",
    "10%%": "unknown_expression",
    "5.5% + ABCDE + something else": "unknown_expression",
    "10% + 100 GBP / 100 kg / ABC": "unknown_qualifier",
    "1.0 EUR / hl / net drained wt": "qualifier_not_allowed_with_unit",
    "100 DEF": "unknown_currency",
    "5 XXZ / kg": "unknown_currency",
    "100 foobar": "unknown_unit",
    "1 EUR / 100 bushels": "unknown_unit",
    "10% + AC + AC": "expression_repeated",
    "10% MIN 1% MIN 2%": "expression_repeated",
    "10% MAX 1% MAX 2% MAX 3%": "expression_repeated",
    "1,000 kg": "ambiguous_number",
    "12,500%": "ambiguous_number",
    "0.00001%": "too_fine",
    "1234567890123456789": "too_large",
    "10% + 0.12345678901234567 EUR / kg": "too_large",
}


@pytest.mark.parametrize(("text", "code"), REFUSED.items())
def test_a_text_that_is_no_duty_is_refused_by_name(text: str, code: str) -> None:
    with pytest.raises(DutyError) as refused:
        parse(text)
    assert refused.value.code == code


def test_a_refusal_says_at_which_column_the_reading_ended() -> None:
    with pytest.raises(DutyError, match="column 4") as refused:
        parse("10%&@#^&")
    assert refused.value.column == 4


def test_currencies_may_be_confined_to_those_a_caller_knows() -> None:
    assert parse("5 EUR / kg", frozenset({"EUR"})) == Specific(Decimal(5), "EUR", "KGM")
    with pytest.raises(DutyError, match="GBP"):
        parse("5 GBP / kg", frozenset({"EUR"}))


# -- what a duty comes to -------------------------------------------------------------------------------------


def money(text: str, value: str = "1000", **quantities: str) -> Amount:
    rates = {"USD": Fraction("7.1")}
    known = {unit.replace("_", "/"): Fraction(q) for unit, q in quantities.items()}
    return evaluate(parse(text), Facts(Fraction(value), "CNY", known, rates.get))


def exact(number: str) -> Amount:
    return Amount(Fraction(number), Fraction(number))


def test_an_ad_valorem_duty_is_an_exact_share_of_the_value() -> None:
    assert money("6.5", "333.33") == Amount(Fraction(2166645, 100000), Fraction(2166645, 100000))


def test_a_specific_duty_is_money_per_unit_in_the_currency_of_the_importer() -> None:
    assert money("2 CNY/KGM", KGM="1500") == exact("3000")
    assert money("35.10 USD / 100 kg", KGM="250") == exact("623.025")
    assert money("100 CNY") == exact("100")


def test_a_unit_of_the_same_kind_needs_no_conversion() -> None:
    assert money("3 CNY / t", KGM="1") == exact("0.003")
    assert money("3 CNY / hl", LTR="50") == exact("1.5")


def test_compound_duties_are_added_and_mixed_ones_compared() -> None:
    assert money("5% + 2 CNY/KGM", KGM="10") == exact("70")
    assert money("5% MIN 2 CNY/KGM", KGM="30") == exact("60")
    assert money("5% MAX 2 CNY/KGM", KGM="10") == exact("20")
    assert money("12.5% MIN 2 CNY/KGM MAX 3%", KGM="1000") == exact("30")


def test_a_cap_binds_less_closely_than_a_sum() -> None:
    assert money("9.1% + 1 CNY/KGM MAX 5% + 2 CNY/KGM", KGM="10") == exact("70")


def test_alcohol_per_hectolitre_and_percent_is_counted_in_litres_of_pure_alcohol() -> None:
    assert money("0.5 CNY / % vol / hl", ASV="40", LTR="4500") == exact("900")
    assert money("0.5 CNY / % vol / hl", LPA="1800") == exact("900")


def test_a_qualified_quantity_is_not_taken_from_the_plain_one() -> None:
    text = "1.5 CNY / 100 kg / net drained wt"
    assert money(text, KGM="1000").missing == ("quantity in KGM/net drained wt",)
    assert evaluate(parse(text), Facts(Fraction(0), "CNY", {"KGM/net drained wt": Fraction(800)})) == exact("12")


def test_a_cell_that_leaves_a_choice_gives_an_interval() -> None:
    assert money("40 (NHN: 80)") == Amount(Fraction(400), Fraction(800))
    assert money("0/5") == Amount(Fraction(0), Fraction(50))
    assert money("0..5") == Amount(Fraction(0), Fraction(50))
    assert money("5 (-KH)") == exact("50")


def test_nothing_is_due_where_the_cell_says_so() -> None:
    assert money("NIHIL") == exact("0")
    assert money("0") == exact("0")


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("2 CNY/KGM", "quantity in KGM"),
        ("2 GBP", "exchange rate GBP to CNY"),
        ("*", "a rate: the schedule gives none"),
        ("5% + AC", "a computable duty: AC"),
        ("100 kg", "a rate: only a quantity in KGM is stated"),
    ],
)
def test_what_is_missing_is_said_and_not_taken_for_nil(text: str, missing: str) -> None:
    assert money(text).missing == (missing,)


def other_way(duty: Duty, value: Fraction, quantity: Fraction) -> Fraction:
    """The arithmetic of a duty without choice, written again."""
    if isinstance(duty, AdValorem):
        return value * Fraction(duty.percent) / 100
    if isinstance(duty, Specific):
        return Fraction(duty.amount) * quantity / Fraction(duty.per)
    if isinstance(duty, Sum):
        return sum((other_way(t, value, quantity) for t in duty.terms), Fraction(0))
    assert isinstance(duty, (Most, Least))
    one, other = (duty.first, duty.floor) if isinstance(duty, Most) else (duty.first, duty.cap)
    pick = max if isinstance(duty, Most) else min
    return pick(other_way(one, value, quantity), other_way(other, value, quantity))


priced = st.one_of(percents, st.builds(Specific, numbers, st.just("CNY"), st.just("KGM"), st.sampled_from([Decimal(1), Decimal(100)])))
priced_sums = st.one_of(priced, st.lists(priced, min_size=2, max_size=3).map(lambda t: Sum(tuple(t))))
computable = st.recursive(priced_sums, lambda d: st.one_of(st.builds(Most, d, priced_sums), st.builds(Least, d, priced_sums)), max_leaves=3)


@given(computable, st.fractions(0, 10**9), st.fractions(0, 10**6))
def test_amounts_are_exact(duty: Duty, value: Fraction, quantity: Fraction) -> None:
    due = other_way(duty, value, quantity)
    assert evaluate(duty, Facts(value, "CNY", {"KGM": quantity})) == Amount(due, due)


@given(percents, percents, st.fractions(0, 10**6))
def test_the_percent_range_bounds_every_amount(one: AdValorem, other: AdValorem, value: Fraction) -> None:
    for duty in (one, Quota(one, other), Either((one, other)), Except(Between(one, other), ("CN",))):
        span = percent_range(duty)
        assert span is not None
        amount = evaluate(duty, Facts(value))
        assert (amount.low, amount.high) == (value * span[0] / PPM / 100, value * span[1] / PPM / 100)


def test_a_duty_that_is_no_share_of_the_value_has_no_percent_range() -> None:
    assert percent_range(parse("2 CNY/KGM")) is None
    assert percent_range(parse("0/2 CNY/KGM")) is None
    assert percent_range(parse("*")) is None
    assert percent_range(Nil()) == (0, 0)


@pytest.mark.parametrize("text", ["5", "5 (-KH)", "5% + 2 CNY/KGM", "5% MAX 2 CNY/KGM", "NIHIL"])
def test_a_cell_is_exact_when_it_states_one_duty(text: str) -> None:
    assert is_exact(parse(text))


@pytest.mark.parametrize("text", ["0/5", "40 (NHN: 80)", "0..5", "*", "5% + AC", "0/5 (-KH)"])
def test_a_cell_is_not_exact_when_further_particulars_decide(text: str) -> None:
    assert not is_exact(parse(text))


# -- cases of the United Kingdom's calculator -------------------------------------------------------------------


def stated(inputs: dict[str, str]) -> Facts:
    """The inputs of a case as facts: its quantities in the units that duties are kept in."""
    given_ = {k: Fraction(v) for k, v in inputs.items()}
    quantities: dict[str, Fraction] = {}
    if "dtn" in given_:
        quantities["KGM"] = given_["dtn"] * 100
    if "abv" in given_:
        quantities["ASV"] = given_["abv"]
        quantities["LTR"] = given_["litres"] if "litres" in given_ else given_["hectolitres"] * 100
    if "spr" in given_:
        quantities["SPQ"] = quantities["LTR"] / 100 * given_["abv"] * given_["spr"]
    return Facts(given_.get("retail_price", Fraction(0)), "GBP", quantities, {"EUR": given_.get("gbp_per_eur")}.get)


@pytest.mark.parametrize("case", golden("uk_duty_evaluators.json")["cases"], ids=lambda c: c["case_id"])
def test_a_duty_comes_to_what_the_united_kingdoms_calculator_finds(case: dict[str, Any]) -> None:
    due = next(v for k, v in case["expected"].items() if k != "display")
    assert evaluate(parse(case["duty"]), stated(case["inputs"])) == exact(due)


def test_cases_of_the_calculator_that_are_no_duties_are_named() -> None:
    assert all(len(c["why"]) > 10 for c in golden("uk_duty_evaluators.json")["left_out"])
