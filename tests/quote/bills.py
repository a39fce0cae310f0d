"""Product files for the planner's tests: one that is known, and random ones with every alternative that may stand in one."""

from __future__ import annotations

import copy
import itertools
import random
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from youyi.law.rulebook import Rulebook
from youyi.qualify import Verdict, qualify
from youyi.qualify.reading import Product, products
from youyi.quote.options import Groups, groups_of

VACUUM: dict[str, Any] = {
    "product": {"id": "vacuum-cleaner", "hs": "8508.11", "hs_edition": "HS2022", "fob": "62.00", "currency": "USD"},
    "exporter": "VN",
    "importer": "CN",
    "date": "2026-11-20",
    "materials": [
        {"id": "motor set", "hs": "8501.40", "value": "14.10", "basis": "CIF", "origin": "CN", "originating": ["ACFTA", "RCEP"], "proof": "Form E"},
        {"id": "battery", "hs": "8507.60", "value": "11.60", "basis": "CIF", "origin": "KR", "proof": "RCEP certificate"},
        {"id": "filter", "hs": "8421.39", "value": "3.20", "basis": "CIF", "origin": "JP", "proof": "RCEP certificate"},
        {"id": "board", "hs": "8534.00", "value": "7.30", "basis": "CIF", "origin": "TW"},
        {"id": "resin", "hs": "3908.10", "value": "4.40", "basis": "CIF", "origin": "US"},
        {"id": "parts", "hs": "8508.70", "value": "10.70", "basis": "paid", "origin": "VN"},
    ],
    "alternatives": [
        {"material": "parts", "kind": "statement", "cost": "0.05"},
        {"material": "battery", "kind": "replace", "hs": "8507.60", "value": "12.10", "origin": "CN", "originating": ["ACFTA"], "proof": "Form E", "cost": 0},
        {"material": "board", "kind": "move", "value": "7.80", "origin": "CN", "originating": ["ACFTA"], "proof": "Form E", "cost": "0.02"},
    ],
    "processes": ["assembly"],
    "journey": {"legs": [{"from": "VN", "to": "CN", "by": "truck"}]},
}
"""The vacuum cleaner of the sample journeys, made up."""

RULES = (
    "RVC40", "CTH", "CTSH or RVC45", "CTH and RVC35", "CC and RVC20", "CTH except from 85.07 or RVC60", "(CTH and RVC30) or (CTSH and RVC50)", "PE",
    "RVC40 build-up", "RVC35 or RVC45 build-up", "MaxNOM50 of EXW", "MaxNOM40 of FOB and CTSH", "CTH and value of 39, 85.34 at most 10 % of FOB",
    "weight of 39 at most 5 % and CTSH",
    "CC allowing weight of materials at most 10 % or RVC70", "RVC50 focused on 85.07, 85.34", "WO materials of 39 and CTSH",
    "CTH allowing value of 85.08 at most 15 % of FOB", "RVC40 and RVC30 build-up and CTSH", "no rule", "CTH from 39, 84.21 or RVC55",
)  # fmt: skip
CODES = ("850870", "850811", "850140", "850760", "853400", "390810", "842139", "8508", "720839")
COUNTRIES = ("VN", "CN", "KR", "TW", "")


def read(data: dict[str, Any]) -> Product:
    (found,) = products(copy.deepcopy(data))
    return found


def vacuum(**changes: Any) -> Product:
    return read({**VACUUM, **changes})


def drawn(rng: random.Random) -> dict[str, Any]:
    """A random product file with a typed-in rule. Amounts are round, so that thresholds are met exactly and costs tie."""
    count = rng.randint(1, 4)
    materials = [_line(rng, f"m{i}") for i in range(count)]
    alternatives = []
    for _ in range(rng.randint(0, 5)):
        said = {**_line(rng, ""), "material": f"m{rng.randrange(count)}", "kind": rng.choice(("statement", "replace", "replace", "move"))}
        if said["kind"] == "statement":
            said = {"material": said["material"], "kind": "statement"}
        elif rng.random() < 0.6:
            said |= {"origin": rng.choice(("VN", "CN")), "originating": True}
        alternatives.append({k: v for k, v in said.items() if k != "id"} | {"cost": rng.choice((0, 0, 1, 2, "-1", "0.5"))})
    product = {"hs": "850811", "hs_edition": "HS2022", "fob": 100, "exw": rng.choice((90, None)), "weight": rng.choice((50, None)), "currency": "USD"}
    return {
        "product": {k: v for k, v in product.items() if v is not None},
        "exporter": "VN",
        "importer": "CN",
        "date": "2026-11-20",
        "materials": materials,
        "alternatives": alternatives,
        "processes": ["assembly"],
        "rules": [{"agreement": "ACFTA", "rule": rng.choice(RULES), "source": "made up"}],
        **({"costs": {"labour": rng.choice((0, 10, 20))}} if rng.random() < 0.5 else {}),
    }


def _line(rng: random.Random, name: str, depth: int = 0) -> dict[str, Any]:
    line: dict[str, Any] = {"id": name, "hs": rng.choice(CODES), "origin": rng.choice(COUNTRIES), "basis": rng.choice(("CIF", "paid"))}
    if rng.random() < 0.95:
        line["value"] = rng.choice((5, 10, 15, 20, 30))
    if rng.random() < 0.8:
        line["weight"] = rng.choice((1, 2, 5, 10))
    if rng.random() < 0.3:
        line["originating"] = rng.choice((True, False, ["ACFTA"]))
    if rng.random() < 0.2:
        line["obtained"] = rng.random() < 0.5
    if rng.random() < 0.1:
        line["role"] = rng.choice(("retail_packing", "accessory", "neutral", "shipping_packing"))
    if not depth and rng.random() < 0.15:
        line["materials"] = [_line(rng, f"{name}.{i}", 1) for i in range(2)]
    return {k: v for k, v in line.items() if v != ""}


# -- trying everything -----------------------------------------------------------------------------------------------


def answers(rulebook: Rulebook, product: Product, groups: Groups, price: Fraction, attested: Any = ()) -> Iterator[tuple[tuple[Any, ...], tuple[int, ...]]]:
    """Every set of changes after which the engine finds the good originating at its price and at `price` times that, with what it is ranked by."""
    from dataclasses import replace

    process = replace(product.process, attested=(*product.process.attested, *attested))
    for chosen in itertools.product(*(range(len(g)) for g in groups)):
        items = [g[i].item for g, i in zip(groups, chosen, strict=True)]
        held = True
        for factor in dict.fromkeys((Fraction(1), price)):
            fob, exw = (None if a is None else Fraction(a) * factor for a in (product.good.fob, product.good.exw))
            good = replace(product.good, fob=fob, exw=exw)
            found = qualify(
                rulebook, good, items, agreement="ACFTA", exporter="VN", importer="CN", on="2026-11-20", process=process, currency=product.currency
            )
            held = held and found.verdict is Verdict.ORIGINATING
        if held:
            cost = sum((g[i].cost for g, i in zip(groups, chosen, strict=True)), Fraction(0))
            yield (cost, sum(i > 0 for i in chosen), chosen[::-1]), chosen


def best(able: list[tuple[tuple[Any, ...], tuple[int, ...]]], most: int) -> list[tuple[int, ...]]:
    """The cheapest sets, none a superset of one before it."""
    out: list[tuple[int, ...]] = []
    for _, chosen in sorted(able):
        if len(out) < most and not any(all(p in (0, c) for p, c in zip(plan, chosen, strict=True)) for plan in out):
            out.append(chosen)
    return out


def options(rulebook: Rulebook, product: Product) -> Groups:
    from youyi.law.tables import day_number
    from youyi.qualify.agreements import law_of

    law = law_of(rulebook.origin, "ACFTA", "CN", day_number("2026-11-20"))
    assert law is not None
    return groups_of(rulebook, law, product)[0]
