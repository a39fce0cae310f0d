"""Every evaluator on random bills, on a bill for each row of the law, and on what must hold whatever the rule."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import cache
from itertools import groupby, islice
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from origin_bills import CODES, TABLES, excepted, failing, pairs, passing, random_bills
from origin_under_test import EVALUATORS, Bill
from youyi.law.origin import Rule, parse

Record = dict[str, Any]
QUIET = settings(derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck), phases=(Phase.explicit, Phase.generate))
ORACLE = EVALUATORS["oracle"]
OTHERS = {name: each for name, each in EVALUATORS.items() if name != "oracle"}
LISTS = sorted({(r["rule_set"], r["edition"]) for r in TABLES.files("origin/rules")})
read = cache(parse)


def shown(bill: Bill) -> str:
    rule, good, materials = bill
    return f"{rule}\n  good {good}\n  materials {list(materials)}"


def disagreements(bills: list[Bill], others: Mapping[str, Any] = OTHERS) -> list[str]:
    """Where an evaluator parts from the oracle."""
    right = ORACLE(bills)
    return [
        f"{name} {answer}, oracle {mine}: {shown(bill)}"
        for name, each in others.items()
        for bill, mine, answer in zip(bills, right, each(bills), strict=True)
        if answer is not mine
    ]


def rows(rule_set: str, edition: str) -> Iterator[tuple[Rule, str]]:
    """Every product rule of a list with a code of six digits that it is for."""
    for row in TABLES.files("origin/rules"):
        if (row["rule_set"], row["edition"]) == (rule_set, edition):
            code = next((c for c in CODES[edition] if c.startswith(row["code"])), row["code"].ljust(6, "0"))
            yield read(row["rule"]), code


# -- agreement --------------------------------------------------------------------------------------------


def test_evaluators_agree_on_random_bills() -> None:
    assert not disagreements(list(islice(random_bills(2026), 5_000)))


@settings(QUIET, max_examples=300)
@given(bill=pairs())
def test_evaluators_agree_on_bills_of_the_whole_grammar(bill: Bill) -> None:
    ORACLE([bill])
    assert not disagreements([bill])


@pytest.mark.prove
@pytest.mark.parametrize("seed", range(20))
def test_evaluators_agree_on_a_million_random_bills(seed: int) -> None:
    """As tables throughout, and one in ten of them one by one as well."""
    bills = random_bills(seed)
    for part in range(10):
        assert not disagreements(list(islice(bills, 5_000)), OTHERS if part == 0 else {"tables": OTHERS["tables"]})


def test_random_bills_meet_all_three_answers_and_every_form_of_a_rule() -> None:
    answers = ORACLE(list(islice(random_bills(1), 2_000)))
    assert min(answers.count(a) for a in (True, False, None)) > 300


def test_the_same_seed_gives_the_same_bills() -> None:
    assert list(islice(random_bills(7), 50)) == list(islice(random_bills(7), 50))


# -- a bill for each row of the law -----------------------------------------------------------------------


@pytest.mark.parametrize("evaluator", EVALUATORS)
@pytest.mark.parametrize(("rule_set", "edition"), LISTS)
def test_every_product_rule_is_met_by_a_bill_made_for_each_of_its_alternatives(rule_set: str, edition: str, evaluator: str) -> None:
    bills = [bill for rule, code in rows(rule_set, edition) for bill in passing(rule, code, edition)]
    wrong = [shown(bill) for bill, answer in zip(bills, EVALUATORS[evaluator](bills), strict=True) if answer is not True]
    assert bills
    assert not wrong, "\n".join(wrong[:5])


@pytest.mark.parametrize("evaluator", EVALUATORS)
@pytest.mark.parametrize(("rule_set", "edition"), LISTS)
def test_every_product_rule_is_failed_by_the_good_itself_a_cent_too_dear(rule_set: str, edition: str, evaluator: str) -> None:
    bills = [bill for rule, code in rows(rule_set, edition) for bill in failing(rule, code)]
    wrong = [shown(bill) for bill, answer in zip(bills, EVALUATORS[evaluator](bills), strict=True) if answer is not False]
    assert bills
    assert not wrong, "\n".join(wrong[:5])


@pytest.mark.parametrize("evaluator", EVALUATORS)
@pytest.mark.parametrize(("rule_set", "edition"), LISTS)
def test_every_excepted_code_of_every_product_rule_fails(rule_set: str, edition: str, evaluator: str) -> None:
    bills = [bill for rule, code in rows(rule_set, edition) for bill in excepted(rule, code)]
    wrong = [shown(bill) for bill, answer in zip(bills, EVALUATORS[evaluator](bills), strict=True) if answer is not False]
    assert not wrong, "\n".join(wrong[:5])


def test_only_rules_that_are_lost_or_in_words_have_no_bill_that_passes_or_fails() -> None:
    without = {
        str(rule) for rule_set, edition in LISTS for rule, code in rows(rule_set, edition) if not passing(rule, code, edition) or not failing(rule, code)
    }
    assert all(text.startswith(("lost", '"')) for text in without), without


# -- what must hold whatever the rule ---------------------------------------------------------------------


def ranked(answer: bool | None) -> int:
    return {False: 0, None: 1, True: 2}[answer]


BILLS = list(islice(random_bills(31), 1_500))


@pytest.mark.parametrize("evaluator", EVALUATORS)
def test_the_order_of_the_materials_does_not_matter(evaluator: str) -> None:
    turned = [(rule, good, list(reversed(materials))) for rule, good, materials in BILLS]
    assert EVALUATORS[evaluator](turned) == EVALUATORS[evaluator](BILLS)


@pytest.mark.parametrize("evaluator", EVALUATORS)
def test_another_currency_changes_nothing(evaluator: str) -> None:
    def dearer(record: Any) -> Record:
        money = {k: Decimal(str(record[k])) * 7 for k in ("value", "fob", "exw", "net_cost") if k in record}
        return {**record, **money, **({"costs": {k: Decimal(str(v)) * 7 for k, v in record["costs"].items()}} if "costs" in record else {})}

    crossed = [(rule, dearer(good), [dearer(m) for m in materials]) for rule, good, materials in BILLS]
    assert EVALUATORS[evaluator](crossed) == EVALUATORS[evaluator](BILLS)


@pytest.mark.parametrize("evaluator", EVALUATORS)
def test_a_statement_of_origin_never_harms(evaluator: str) -> None:
    stated = [(rule, good, [{**m, "originating": True} for m in materials]) for rule, good, materials in BILLS]
    for bill, before, after in zip(BILLS, EVALUATORS[evaluator](BILLS), EVALUATORS[evaluator](stated), strict=True):
        assert ranked(after) >= ranked(before), shown(bill)


@pytest.mark.parametrize("evaluator", EVALUATORS)
def test_a_fact_that_is_found_never_turns_a_settled_answer(evaluator: str) -> None:
    facts = {"fob": 1000, "exw": 1000, "net_cost": 1000, "weight": 1000, "processes": ["weaving"], "costs": {"labour": 200}, "wholly_obtained": True}
    filled = [(rule, {**facts, **good}, [{"value": 100, "weight": 100, "hs": "640610", **m} for m in materials]) for rule, good, materials in BILLS]
    answers = zip(BILLS, filled, EVALUATORS[evaluator](BILLS), EVALUATORS[evaluator](filled), strict=True)
    told = [(bill, before, after) for bill, later, before, after in answers if possible(later)]
    assert len(told) > 1_000
    for bill, before, after in told:
        assert before is None or after is before, shown(bill)


def possible(bill: Bill) -> bool:
    """Whether build-up is not asked, or the parts of the price are no more than the price: what contradicts a bill is no fact that can be found."""
    rule, good, materials = bill
    parts = [*(m["value"] for m in materials), *good["costs"].values()]
    return "build-up" not in str(rule) or sum(Decimal(str(p)) for p in parts) <= Decimal(str(good["fob"]))


@pytest.mark.parametrize("evaluator", EVALUATORS)
def test_the_canonical_text_of_a_rule_decides_as_the_rule(evaluator: str) -> None:
    written = [(parse(str(rule)), good, materials) for rule, good, materials in BILLS]
    assert EVALUATORS[evaluator](written) == EVALUATORS[evaluator](BILLS)


@pytest.mark.parametrize("evaluator", EVALUATORS)
@settings(QUIET, max_examples=40)
@given(start=st.integers(0, 1_000_000))
def test_bills_together_are_answered_as_bills_alone(evaluator: str, start: int) -> None:
    bills = list(islice(random_bills(start), 20))
    assert EVALUATORS[evaluator](bills) == [answer for bill in bills for answer in EVALUATORS[evaluator]([bill])]


def test_a_list_of_rules_is_read_in_whole() -> None:
    counts = {name: sum(1 for _ in group) for name, group in groupby(sorted((s, e) for s, e in LISTS for _ in rows(s, e)))}
    assert counts == {("ACFTA-2004", "HS2002"): 561, ("ACFTA-2004", "HS2012"): 526, ("ATIGA-2009", "HS2022"): 2863, ("RCEP-2020", "HS2022"): 2120}
