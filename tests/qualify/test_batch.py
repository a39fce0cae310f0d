"""Tables of goods: the same answers as one by one, compiled or not, in any order, with every wrong row refused and said."""

from __future__ import annotations

from decimal import Decimal
from random import Random
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from youyi.law.origin import RuleError
from youyi.law.rulebook import Rulebook
from youyi.qualify import Good, Item, Material, compiled, evaluate, facts, qualify
from youyi.qualify.batch import evaluate_table, stream
from youyi.qualify.formats import FileError
from youyi.qualify.many import qualify_table
from youyi.qualify.program import Settings

CODES = ("640399", "640610", "6406", "64", "410799", "392690", "540710", "850140", "170199", "240120")
RULES = (
    "CTH except from 64.06 or RVC40",
    "CC",
    "CTSH and RVC35",
    'CTH provided that "made by hand"',
    "(CC or MaxNOM50 of EXW) and value of 17.01 at most 20 % of FOB",
    'for "insects": CC or RVC40; otherwise: CTH',
    "WO or PE or process weaving",
    "WO materials of 24",
    "CTH allowing weight of 64.06 at most 30 %",
    "RVC60 focused on 74.08, 85.01 or RVC30 build-up",
)
SETTINGS = Settings(de_minimis_value=Decimal(10), de_minimis_weight=Decimal(10), formula="either")
KNOWN = facts(["weaving"], {"insects": False})


def made(seed: int, size: int) -> tuple[pa.Table, pa.Table, list[tuple[str, Good, list[Material]]]]:
    """Random goods as tables, and the same as values."""
    r = Random(seed)
    money = lambda most: None if r.random() < 0.1 else Decimal(r.randint(0, most)) / r.choice((1, 10, 100, 10_000))  # noqa: E731
    cases, goods, materials = [], [], []
    for i in range(size):
        good = Good(r.choice(CODES[:2] + CODES[-2:]), money(100), money(100), money(100), None, money(30), id=f"g{i}")
        bill = [Material(r.choice(CODES), money(40), r.random() < 0.4, money(30), obtained=r.choice((True, False, None))) for _ in range(r.randint(0, 5))]
        rule = r.choice(RULES)
        cases.append((rule, good, bill))
        goods.append({"id": good.id, "hs": good.hs, "fob": good.fob, "weight": good.weight, "exw": good.exw, "costs": good.costs, "rule": rule})
        materials += [{"good": good.id, "hs": m.hs, "value": m.value, "weight": m.weight, "originating": m.originating, "obtained": m.obtained} for m in bill]
    amount, text = pa.decimal128(20, 6), pa.string()
    goods_schema = pa.schema([("id", text), ("hs", text), *((n, amount) for n in ("fob", "weight", "exw", "costs")), ("rule", text)])
    bill_schema = pa.schema([("good", text), ("hs", text), ("value", amount), ("weight", amount), ("originating", pa.bool_()), ("obtained", pa.bool_())])
    return pa.Table.from_pylist(goods, goods_schema), pa.Table.from_pylist(materials, bill_schema), cases


@pytest.mark.parametrize("compiled_from", [1, 10**9])
def test_a_batch_answers_as_one_by_one_compiled_or_not(monkeypatch: pytest.MonkeyPatch, compiled_from: int) -> None:
    monkeypatch.setattr(compiled, "WORTH_IT", compiled_from)
    goods, materials, cases = made(7, 1500)
    found = evaluate_table(goods, materials, facts=KNOWN, settings=SETTINGS)
    assert found.findings == []
    for i, (row, (rule, good, bill)) in enumerate(zip(found.table.to_pylist(), cases, strict=True)):
        one = evaluate(rule, good, bill, KNOWN, SETTINGS)
        assert (row["verdict"], row["criterion"] or "", str(row["rvc"] or "")) == (
            str(one.verdict),
            one.criterion if one.verdict == "originating" else "",
            one.rvc,
        ), (rule, good, bill)
        if i % 50 == 0:
            many = found.at(i)
            assert [(b.rule, b.state, b.step.measured, b.step.short_by) for b in many.branches] == [
                (b.rule, b.state, b.step.measured, b.step.short_by) for b in one.branches
            ]


def test_the_order_of_materials_does_not_matter() -> None:
    goods, materials, _ = made(11, 300)
    shuffled = materials.take(pa.array(np.random.default_rng(3).permutation(materials.num_rows)))
    one, other = (evaluate_table(goods, m, facts=KNOWN).table for m in (materials, shuffled))
    assert one.equals(other)


def test_streaming_answers_batch_after_batch() -> None:
    goods, materials, _ = made(13, 200)
    ids = goods.column("id").to_pylist()

    def pairs() -> Any:
        for i in range(0, 200, 50):
            part = goods.slice(i, 50)
            yield part, materials.filter(pa.array([g in set(ids[i : i + 50]) for g in materials.column("good").to_pylist()]))

    whole = evaluate_table(goods, materials, "CTH or RVC40").table
    assert pa.concat_tables(list(stream(pairs(), "CTH or RVC40"))).column("verdict").to_pylist() == whole.column("verdict").to_pylist()


def small(**more: Any) -> tuple[pa.Table, pa.Table]:
    goods = {"id": ["a", "b", "c"], "hs": ["640399", "640399", "640399"], "fob": [100, 100, 100]} | more.get("goods", {})
    materials = {"good": ["a", "b", "c"], "hs": ["410799", "410799", "640399"], "value": [70, 10, 10], "originating": [False, False, False]} | more.get(
        "materials", {}
    )
    return pa.table(goods), pa.table(materials)


def test_whole_numbers_decimals_floats_and_texts_are_the_same_amounts() -> None:
    answers = [
        evaluate_table(*small(goods={"fob": fob}), "RVC40").table.column("rvc").to_pylist()
        for fob in ([100, 100, 100], [100.0] * 3, ["100", "100.00", "1e2"], pa.array([Decimal("100.00")] * 3))
    ]
    assert all(a == [Decimal("30.00"), Decimal("90.00"), Decimal("90.00")] for a in answers)


@pytest.mark.parametrize(
    ("more", "code", "refused"),
    [
        ({"goods": {"hs": ["640399", "64x", "640399"]}}, "HS", [1]),
        ({"goods": {"fob": [100, -1, 100]}}, "VALUE-NEGATIVE", [1]),
        ({"goods": {"fob": [100, 10**14, 100]}}, "VALUE-LARGE", [1]),
        ({"goods": {"fob": [100.0, 0.00001, 100.0]}}, "VALUE", [1]),
        ({"goods": {"fob": [100.0, float("nan"), 100.0]}}, "VALUE", [1]),
        ({"goods": {"fob": ["100", "x", "100"]}}, "VALUE", [1]),
        ({"goods": {"id": ["a", "b", "a"]}}, "GOOD-DUPLICATE", [2]),
        ({"materials": {"value": [70, -1, 10]}}, "VALUE-NEGATIVE", [1]),
        ({"materials": {"hs": ["410799", "41079", "640399"]}}, "HS", [1]),
        ({"materials": {"good": ["a", "z", "c"]}}, "MATERIAL-ORPHAN", []),
        ({"materials": {"role": ["material", "tool", "neutral"]}}, "ROLE", [1]),
    ],
)
def test_a_row_that_is_wrong_is_refused_and_the_others_are_answered(more: dict[str, Any], code: str, refused: list[int]) -> None:
    found = evaluate_table(*small(**more), "CTH or RVC40")
    assert code in [f.code for f in found.findings]
    rows = found.table.to_pylist()
    assert [i for i, r in enumerate(rows) if r["refused"]] == refused
    assert all((r["verdict"] is None) == r["refused"] for r in rows)


def test_what_is_in_no_calculation_is_left_out() -> None:
    found = evaluate_table(*small(materials={"role": ["neutral", "shipping_packing", "material"]}), "CTH and RVC95")
    assert found.table.column("verdict").to_pylist() == ["originating", "originating", "not_originating"]


def test_a_missing_column_and_a_rule_that_is_none_are_refused() -> None:
    goods, materials = small()
    with pytest.raises(FileError, match="lacks rule"):
        evaluate_table(goods, materials)
    with pytest.raises(RuleError):
        evaluate_table(goods, materials, "CTHH")
    own = goods.append_column("rule", pa.array(["CTH", "CTHH", None]))
    found = evaluate_table(own, materials)
    assert found.table.column("refused").to_pylist() == [False, True, True]


def test_an_empty_table_has_an_empty_answer() -> None:
    goods, materials = small()
    assert evaluate_table(goods.slice(0, 0), materials.slice(0, 0), "CTH").table.num_rows == 0


def test_facts_may_differ_from_good_to_good() -> None:
    goods, materials = small()
    texts = pa.array([[], ["made by hand"], None], pa.list_(pa.string()))
    stated = goods.append_column("processes", pa.array([["weaving"], [], None])).append_column("attested", texts)
    found = evaluate_table(stated, materials, 'process weaving or "made by hand"').table.column("verdict").to_pylist()
    assert found == ["originating", "originating", "undetermined"]


@pytest.mark.parametrize("name", ["processes", "attested", "wholly_obtained"])
def test_facts_of_another_kind_are_refused(name: str) -> None:
    goods, materials = small()
    with pytest.raises(FileError, match=f"goods.{name} is string"):
        evaluate_table(goods.append_column(name, pa.array(["weaving"] * 3)), materials, "CTH")


def test_wholly_obtained_goods_are_told_from_their_bills() -> None:
    goods, materials = small(materials={"originating": [True, True, False], "obtained": [True, True, True], "origin": ["VN", "VN", "VN"]})
    more = pa.table({"good": ["b"], "hs": ["410799"], "value": [1], "originating": [True], "obtained": [True], "origin": ["TH"]})
    stated = goods.append_column("wholly_obtained", pa.array([True, True, True]))
    found = evaluate_table(stated, pa.concat_tables([materials, more]), "WO").table.column("verdict").to_pylist()
    assert found == ["originating", "not_originating", "not_originating"]  # of two Parties; of a material from outside


def test_a_material_without_a_code_is_of_unknown_code() -> None:
    goods, materials = small(materials={"hs": ["410799", None, "640399"]})
    found = evaluate_table(goods, materials, "CTH")
    assert (found.findings, found.table.column("verdict").to_pylist()) == ([], ["originating", "undetermined", "not_originating"])


# -- agreements ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("agreement", "day", "edition"), [("RCEP", "2026-11-20", "HS2022"), ("ACFTA", "2026-11-20", "HS2022"), ("ACFTA", "2018-05-01", "HS2017")]
)
def test_an_agreement_answers_a_table_as_it_answers_one_good(rulebook: Rulebook, agreement: str, day: str, edition: str) -> None:
    r = Random(5)
    codes = [c for chapter in ("61", "64", "85", "16", "52", "90") for c in rulebook.nomenclature.subheadings(edition, chapter)]
    goods, materials = [], []
    for i in range(150):
        goods.append({"id": i, "hs": r.choice(codes), "fob": r.randint(50, 90), "weight": 100, "hs_edition": edition})
        for _ in range(4):
            line = {"good": i, "hs": r.choice(codes), "value": r.randint(1, 25), "weight": r.randint(1, 9), "originating": r.random() < 0.4}
            materials.append(line | {"origin": r.choice(("CN", "VN", "US")), "hs_edition": edition})
    table, findings = qualify_table(
        rulebook, pa.Table.from_pylist(goods), pa.Table.from_pylist(materials), agreement=agreement, exporter="VN", importer="CN", on=day
    )
    assert findings == []
    for good, row in zip(goods, table.to_pylist(), strict=True):
        bill = [
            Item(m["hs"], edition=edition, value=m["value"], weight=m["weight"], origin=m["origin"], originating=m["originating"])
            for m in materials
            if m["good"] == good["id"]
        ]
        one = qualify(rulebook, Good(good["hs"], good["fob"], good["weight"], edition=edition), bill, agreement=agreement, exporter="VN", importer="CN", on=day)
        assert (row["verdict"], str(row["rvc"]), row["rule_set"]) == (str(one.verdict), one.rvc, one.rule_set), (good, bill)
        if one.verdict == "originating":
            assert row["criterion"] == one.criterion


def test_routes_and_days_may_differ_from_row_to_row(rulebook: Rulebook) -> None:
    goods = pa.table(
        {
            "id": ["a", "b", "c", "d"],
            "hs": ["850811"] * 4,
            "fob": [62] * 4,
            "exporter": ["VN", "VN", "VN", "US"],
            "importer": ["CN", "TH", "CN", "CN"],
            "date": ["2026-11-20", "2026-11-20", "2018-01-05", "2026-11-20"],
        }
    )
    materials = pa.table({"good": ["a", "b", "c", "d"], "hs": ["853400"] * 4, "value": [30] * 4, "originating": [False] * 4})
    table, findings = qualify_table(rulebook, goods, materials, agreement="ACFTA")
    assert table.column("id").to_pylist() == ["a", "b", "c", "d"]
    assert table.column("verdict").to_pylist() == ["undetermined", "undetermined", "originating", "not_originating"]
    assert table.column("rule_set").to_pylist() == ["ACFTA-2019", "ACFTA-2019", "ACFTA-2004", "ACFTA-2019"]
    assert [f.code for f in findings] == ["ORI-NOT-BOUND"]


@pytest.mark.parametrize(
    ("column", "values", "code"),
    [
        ("materials", [[], None, [{"hs": "853400"}]], "BILL-IN-BILL"),
        ("basis", ["CIF", "paid", "FOB"], "BASIS"),
        ("basis", [None, "", "EXW"], "BASIS"),
        ("freight", [0, None, 1], "BASIS"),
        ("inland", [0, None, 1], "BASIS"),
        ("currency", ["USD", "USD", "CNY"], "CURRENCY"),
        ("hs_edition", ["HS2022", None, "HS2017"], "HS-EDITION"),
    ],
)
def test_what_a_table_cannot_say_is_refused_and_the_rest_is_answered(rulebook: Rulebook, column: str, values: list[Any], code: str) -> None:
    goods = pa.table({"id": ["a", "b", "c"], "hs": ["850811"] * 3, "fob": [62] * 3})
    materials = pa.table({"good": ["a", "b", "c"], "hs": ["853400"] * 3, "value": [30] * 3, "originating": [False] * 3, column: values})
    if column == "hs_edition":
        materials = pa.concat_tables([materials, materials.slice(0, 1)])
    table, findings = qualify_table(rulebook, goods, materials, agreement="RCEP", exporter="VN", importer="CN", on="2026-11-20")
    assert [(f.code, f.pointer) for f in findings] == [(code, f"/materials/2/{column}")]
    assert table.column("refused").to_pylist() == [False, False, True]
    assert table.column("verdict").to_pylist()[:2] == ["originating"] * 2


def test_parts_of_a_price_that_exceed_it_are_said(rulebook: Rulebook) -> None:
    def codes(costs: int) -> list[str]:
        bill = [Item("850760", "battery", value=61, origin="US"), Item("721049", "steel", value=19, origin="VN", originating=True)]
        answer = qualify(rulebook, Good("870380", fob=100, costs=costs), bill, agreement="RCEP", exporter="VN", importer="CN", on="2026-11-20")
        return [f.code for f in answer.findings]

    assert "ORI-COSTS-ABOVE-FOB" not in codes(20)
    assert "ORI-COSTS-ABOVE-FOB" in codes(21)


def test_a_currency_is_held_against_that_of_its_own_good(rulebook: Rulebook) -> None:
    goods = pa.table({"id": ["a", "b"], "hs": ["850811"] * 2, "fob": [62] * 2, "currency": ["USD", "CNY"]})
    materials = pa.table({"good": ["a", "b", "b"], "hs": ["853400"] * 3, "value": [10] * 3, "originating": [False] * 3, "currency": ["USD", "CNY", "USD"]})
    table, findings = qualify_table(rulebook, goods, materials, agreement="RCEP", exporter="VN", importer="CN", on="2026-11-20")
    assert ([f.code for f in findings], table.column("refused").to_pylist()) == (["CURRENCY"], [False, True])


def test_goods_of_several_editions_stand_in_one_table(rulebook: Rulebook) -> None:
    goods = pa.table({"id": ["a", "b", "c"], "hs": ["850811", "850811", "847130"], "fob": [62] * 3, "hs_edition": ["HS2022", "HS2017", None]})
    materials = pa.table({"good": ["a", "b", "c"], "hs": ["853400"] * 3, "value": [30] * 3, "originating": [False] * 3})
    table, findings = qualify_table(rulebook, goods, materials, agreement="RCEP", exporter="VN", importer="CN", on="2026-11-20")
    assert (findings, table.column("id").to_pylist(), table.column("verdict").to_pylist()) == ([], ["a", "b", "c"], ["originating"] * 3)
