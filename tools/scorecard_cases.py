"""The collections of cases on origin put to the engine: tried, agreed, disagreed, undetermined, and why."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from youyi.law.origin import Case, Split, parse
from youyi.law.origin.structured import read
from youyi.law.rulebook import Rulebook
from youyi.qualify import Evaluation, Good, Item, Material, Process, evaluate, facts, qualify
from youyi.qualify.reading import products, sheets

GOLDEN = Path(__file__).parents[1] / "tests" / "golden"
LOOKED_AT = ("verdict", "criterion", "box8", "rvc", "consignment")
WORDS = {"yes": "originating", "no": "not_originating", "open": "undetermined", "met": "originating", "not_met": "not_originating"}
HELD = {True: "originating", False: "not_originating"}
ANY_CODE = "850110"
"""Stands for a material of whose code nothing is said, where the rule asks for none."""


@dataclass(frozen=True, slots=True)
class Tried:
    """One case: what is expected, what was found, and what the engine asked for or where it parted."""

    name: str
    expected: str
    found: str
    why: str = ""

    @property
    def kind(self) -> str:
        """agreed, undetermined (though the source decides) or disagreed."""
        if not self.why and self.expected == self.found:
            return "agreed"
        return "undetermined" if self.found == "undetermined" and self.expected != "undetermined" else "disagreed"


def collections(rulebook: Rulebook) -> dict[str, list[Tried]]:
    """Every collection by its name on the page."""
    return {
        "golden bills, from the legal text": list(_bills(rulebook)),
        "golden rules, what each form means": list(_rules()),
        "tariff shifts of another program and of US Customs, as texts": list(_shifts()),
        "tariff-shift oracle, as structures": list(_oracle()),
        "rulings of US Customs, as structures": list(_rulings()),
        "published and boundary verdicts": list(_verdicts(rulebook)),
        "worked examples of Singapore Customs": list(_singapore(rulebook)),
    }


def _yaml(name: str) -> Any:
    return yaml.load((GOLDEN / name).read_text(encoding="utf-8"), getattr(yaml, "CSafeLoader", yaml.SafeLoader))


def _csv(name: str) -> list[dict[str, str]]:
    return list(csv.DictReader((GOLDEN / name).read_text(encoding="utf-8").splitlines()))


def _json(name: str) -> Any:
    return json.loads((GOLDEN / name).read_text(encoding="utf-8"))


def _bills(rulebook: Rulebook) -> Iterator[Tried]:
    for case in _yaml("origin_bills.yaml"):
        expect = case["expect"]
        (p,) = products({**case["file"], "date": str(case["file"]["date"])})
        given = {"exporter": p.exporter, "importer": p.importer, "on": p.on, "process": p.process, "journey": p.journey, "currency": p.currency}
        found = qualify(rulebook, p.good, p.items, agreement=expect["agreement"], **given)
        parted = [n for n in LOOKED_AT if n in expect and getattr(found, n) != expect[n]]
        if "rcep_origin" in expect and found.rcep_origin != expect["rcep_origin"].replace("open", ""):
            parted.append("rcep_origin")
        yield Tried(case["id"], expect["verdict"], str(found.verdict), ", ".join(parted))


def _rules() -> Iterator[Tried]:
    for case in _yaml("origin_rules_on_bills.yaml"):
        beside = {k: v for k, v in case["good"].items() if k in ("processes", "attested", "costs")}
        good = {k: v for k, v in case["good"].items() if k not in beside}
        (s,) = sheets({"good": good, "materials": case["materials"], **beside})
        yield Tried(case["id"], WORDS[case["expect"]], str(evaluate(parse(case["rule"]), s.good, s.materials, s.facts).verdict))


def _outside(codes: str, by: str = "|") -> list[Material]:
    return [Material(c.replace(".", ""), originating=False) for c in codes.split(by)]


def _shifts() -> Iterator[Tried]:
    for row in _csv("tariff_shifts.csv"):
        said = facts(attested=[row["attested"]] if row["attested"] else [])
        found = evaluate(row["rule"], Good(row["good"].replace(".", "")), _outside(row["materials"], " "), said)
        yield Tried(row["case"], WORDS[row["expect"]], str(found.verdict))


def _oracle() -> Iterator[Tried]:
    for row in _csv("tariff_shift_oracle.csv"):
        rule = {"target": row["target"].split("|"), "sources": json.loads(row["sources"]), "excluded": [e for e in row["excluded"].split("|") if e]}
        found = evaluate(rule, Good(row["good"].replace(".", "")), _outside(row["materials"]))
        yield Tried(row["case_id"], HELD[row["expected_shift_met"] == "True"], str(found.verdict))


def _rulings() -> Iterator[Tried]:
    for row in _csv("origin_cbp_rulings.csv"):
        each = [read(r) for r in json.loads(row["rules"])]
        cases = tuple(Case(rule, f"goods of rule {i + 1}") for i, rule in enumerate(each[:-1]))
        found = evaluate(Split(cases, each[-1]) if cases else each[0], Good(row["good"].replace(".", "")), _outside(row["materials"]))
        yield Tried(row["case_id"], WORDS[row["expected_shift"]], str(found.verdict), _asked(found))


def _asked(found: Evaluation) -> str:
    if found.verdict != "undetermined":
        return ""
    about = [q.about for q in found.questions]
    return "which of several rules the good falls under is said in words" if any(a.startswith("goods:") for a in about) else "asks " + ", ".join(about)


def _verdicts(rulebook: Rulebook) -> Iterator[Tried]:
    for case in _json("roo_verdict_cases.json")["cases"]:
        expect, code = case["expected"], case["good_hs"].replace(".", "")
        code = code if code.isdigit() else "850910"
        if "local_rvc" in case:  # partial cumulation is a threshold for the next good and not for this one
            good, bill = Good(code, 100), [Material(ANY_CODE, 100 - Decimal(case["local_rvc"]), originating=False)]
            for rule, key in (("RVC40", "preference_for_this_good"), ("RVC20", "may_be_cumulated")):
                yield Tried(f"{case['case_id']} {rule}", HELD[expect[key]], str(evaluate(rule, good, bill).verdict))
            continue
        costs = sum((Decimal(x["value"]) for x in case["inputs"] if "cost" in x), Decimal(0))
        bought = [x for x in case["inputs"] if "cost" not in x]
        whole = case.get("value") or case.get("fob") or (costs + sum(Decimal(str(x.get("value", 0))) for x in bought) or None)
        bill = [_input(rulebook, x) for x in bought]
        good = Good(code, None if whole is None else Decimal(str(whole)), 100 if "de_minimis_weight_max" in case["rule"] else None, costs=costs)
        yield Tried(case["case_id"], HELD[expect["originating"]], str(evaluate(case["rule"], good, bill).verdict))


def _input(rulebook: Rulebook, x: dict[str, Any]) -> Material:
    country = x.get("origin", "")
    stated = x.get("originating", country in rulebook.parties)
    value = Decimal(str(x["value"])) if "value" in x else None
    weight = Decimal(x["weight_share"]) if "weight_share" in x else None
    return Material(str(x.get("hs", ANY_CODE)).replace(".", ""), value, stated, weight)


def _singapore(rulebook: Rulebook) -> Iterator[Tried]:
    for case in _json("sg_customs_worked_examples.json"):
        if "rcep_country_of_origin" in case["expected"]:  # its flour is from outside: the example names no materials
            bill = [Item("110100", "flour", value=10, origin="US", originating=False)]
            made = Process((("baking", "SG"),))
            found = qualify(rulebook, Good("190531", 100), bill, agreement="RCEP", exporter="SG", importer="CN", on="2026-11-22", process=made)
            yield Tried(case["id"], case["expected"]["rcep_country_of_origin"], found.rcep_origin)
        elif "originating" in case["expected"]:
            rule = case["rule"] + (f" allowing value of materials at most {case['de_minimis_pct_of_fob']} % of FOB" if "de_minimis_pct_of_fob" in case else "")
            bought = [
                Material(m.get("hs_heading", m.get("hs_chapter", ANY_CODE)), Decimal(str(m["value"])) if "value" in m else None, m["originating"])
                for m in case["materials"]
            ]
            good = Good(case["good"]["hs"], Decimal(str(case["fob"])) if "fob" in case else None)
            yield Tried(case["id"], HELD[case["expected"]["originating"]], str(evaluate(rule, good, bought).verdict))
