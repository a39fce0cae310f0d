"""Turn the collected product rules of origin into the release's own tables.

Usage: python tools/build_origin.py SOURCE_FOLDER [RELEASE_FOLDER]

Every rule is written in the grammar's canonical form; what the grammar cannot read as the source has it stands in
origin_by_hand.toml. Supporting rules are facts by hand (origin/terms.csv, consignment.csv, …) and are not touched.
The list of ACFTA's product rules since 2019 is not in hand: an empty table stands where an import puts it.
"""

from __future__ import annotations

import json
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from build_release import CODED, read, write
from youyi.law.origin import Change, parse
from youyi.law.origin.codes import written

HAND = tomllib.loads((Path(__file__).parent / "origin_by_hand.toml").read_text(encoding="utf-8"))
HEAD = ["rule_set", "code", "track", "rule", "note", *CODED]
TEXTILE_PROCESS = {"A": "textile_yarn", "B": "textile_fabric", "C": "textile_made_up"}
HS2012_FROM = "2014-08-10"
"""ACFTA's list in HS 2012 as Viet Nam's Circular 21/2014 has it; the day other Parties began is not in hand."""
OLD_UNTIL = "2019-09-11"
"""The last day on which some Party still applied the rules of 2004."""


def codes_of(release: Path, edition: str) -> list[str]:
    return [r["code"] for r in read(release / f"nomenclature/{edition.lower()}.csv") if len(r["code"]) == 6]


def canonical(text: str) -> str:
    return str(parse(text))


def rcep(src: Path) -> Iterator[list[str]]:
    """Rows of one code that the list divides by scope are one rule that divides."""
    seen: set[str] = set()
    for r in read(src / "roo/rcep_psr_hs2022.csv"):
        if r["hs2022"] not in seen:
            seen.add(r["hs2022"])
            rule = canonical(HAND["rcep"]["rules"].get(r["rule_en"], r["rule_en"]))
            yield ["RCEP-2020", r["hs2022"], "", rule, "", "HS2022", "", "2023-01-01", "", "RCEP-3A-HS2022", "official"]


def textile_goods(src: Path) -> dict[str, list[tuple[str, str]]]:
    """Code to its (process, scope) in the order of the attachment."""
    found: dict[str, list[tuple[str, str]]] = {}
    for r in read(src / "roo/atiga_textile_process_rules_hs2022.csv"):
        scope = "of this kind: " + " ".join(r["description_en"].lstrip("- ").split()) if r["ex"] == "1" else ""
        found.setdefault(r["hs"], []).append((TEXTILE_PROCESS[r["section"]], scope))
    return found


def atiga_rule(text: str, textile: list[tuple[str, str]]) -> str:
    text = HAND["atiga"]["rules"].get(text, text)
    for token, rule in HAND["atiga"]["processes"].items():
        text = text.replace(token, rule)
    if "TEXTILE" in text:
        options = dict.fromkeys(f'(process {p} provided that "the good is {s}")' if s else f"process {p}" for p, s in textile)
        text = text.replace("TEXTILE", " or ".join(options))
    return canonical(text)


def atiga(src: Path) -> Iterator[list[str]]:
    textile = textile_goods(src)
    for r in read(src / "roo/atiga_psr_hs2022.csv"):
        finer = [(p, f"of {written(code)}") for code, processes in textile.items() if code[:6] == r["hs"] != code for p, _ in processes]
        rule = atiga_rule(r["rule"], textile.get(r["hs"], finer))
        yield ["ATIGA-2009", r["hs"], "", rule, r["flag"], "HS2022", "", "2023-03-31", "", "ATIGA-A3-HS2022", "official"]


def process_goods(src: Path) -> Iterator[list[str]]:
    for code, processes in textile_goods(src).items():
        for process, scope in processes:
            yield ["ATIGA-2009", code, process, scope, "HS2022", "", "2023-03-31", "", "ATIGA-A3-ATT1", "official"]


def acfta_2012(src: Path) -> Iterator[list[str]]:
    hand = HAND["acfta"]
    for r in read(src / "roo/acfta_psr_hs2012.csv"):
        if r["hs2012"] in HAND["left_out"]["acfta HS2012"]:
            continue
        rule = parse(hand["processes"].get(r["rule_type"]) or hand["rules"].get(r["rule_en"]) or r["rule_en"])
        if isinstance(rule, Change) and str(rule.target[0]) == written(r["hs2012"]):
            rule = replace(rule, target=())  # "Change to subheading 6401.10 from …" on the row of 6401.10
        status = "derived" if r["flag"].startswith("inferred") else "official"
        yield ["ACFTA-2004", r["hs2012"], r["track"], str(rule), r["flag"], "HS2012", "", HS2012_FROM, OLD_UNTIL, "VN-21-2014", status]


def acfta_2002(src: Path, known: list[str]) -> Iterator[list[str]]:
    left_out = [tuple(k.split("-")) for k in HAND["left_out"]["acfta HS2002"]]
    done: set[str] = set()
    for r in read(src / "acfta/psr_2006_hs2002.csv"):
        first, last = r["hs_from"], r["hs_to"]
        rule = canonical(HAND["acfta"]["rules"].get(r["rule"], r["rule"]))
        codes = [c for c in known if first <= c <= last]
        if not codes and not any(low <= first and last <= high for low, high in left_out):
            raise SystemExit(f"{first} is not in HS 2002 and is not among those left out by hand")
        note, status = ("", "official") if first == last else (f"the list prints the range {first} to {last}", "derived")
        for code in codes:
            if code not in done:
                done.add(code)
                yield ["ACFTA-2004", code, r["status"], rule, note, "HS2002", "", "2006-12-08", "2010-12-31", "ACFTA-2006-B", status]


def general(src: Path) -> Iterator[list[str]]:
    """ACFTA since 2019 from the collected article 7; the other agreements' general rules are one sentence each."""

    def row(rule_set: str, codes: str, rule: str, since: str, until: str, citation: str, status: str, note: str = "") -> list[str]:
        return [rule_set, codes, canonical(rule), note, "", "", since, until, citation, status]

    article = json.loads((src / "roo/acfta_2019_general_rules.json").read_text(encoding="utf-8"))["general_rule_art7"]
    content = f"RVC{article['rvc']['threshold_pct']}"
    tail = ("2019-08-01", "", "VN-12-2019-7", "official")
    yield row("ACFTA-2004", "", "RVC40", "2005-01-01", OLD_UNTIL, "ACFTA-A3-2004", "official", "outside value at most 60 % of FOB")
    yield row("ACFTA-2019", "", content, *tail)
    for chapter in article["or_cth"]["chapters"]:
        if chapter != "77":  # reserved by the Harmonized System: no good has it
            yield row("ACFTA-2019", chapter, f"{content} or CTH", *tail)
    for heading in article["or_cth"]["excluded_headings_rvc40_only"]:
        yield row("ACFTA-2019", heading, content, *tail, "carved out of the chapters of the tariff change")
    yield row("ATIGA-2009", "", "RVC40 or CTH", "2010-05-17", "", "ATIGA-28", "official")
    yield row("CN-LDC-2017", "", "RVC40 or CTH", "2024-12-01", "", "CN-GACC-231", "unverified", "not read")
    yield row("RCEP-2020", "", "no rule", "2022-01-01", "", "RCEP-3.2", "official", "every line has a product rule; there is no general one")


def lists(release: Path, have: set[str]) -> Iterator[list[str]]:
    """Where each list of product rules is in hand. RCEP covers every line, so a code without a rule is a gap."""

    def row(rule_set: str, codes: str, extent: str, note: str, since: str, until: str, citation: str, status: str = "official") -> list[str]:
        return [rule_set, codes, extent, note, "", "", since, until, citation, status]

    yield row("ACFTA-2004", "", "missing", "the list began with the Protocol of 2006", "2005-01-01", "2006-12-07", "ACFTA-2006-B")
    yield row("ACFTA-2004", "", "whole", "in HS 2002", "2006-12-08", "2010-12-31", "ACFTA-2006-B")
    yield row("ACFTA-2004", "", "missing", "the list in HS 2007 is not in hand", "2011-01-01", day_before(HS2012_FROM), "VN-36-2010")
    yield row("ACFTA-2004", "", "whole", "in HS 2012; when it began is unverified", HS2012_FROM, OLD_UNTIL, "VN-21-2014", "unverified")
    yield row("ACFTA-2019", "", "missing", "the product list of the 2015 Protocol is not in hand", "2019-08-01", "", "VN-12-2019-7")
    yield row("ATIGA-2009", "", "missing", "the lists before HS 2022 are not in hand", "2010-05-17", "2023-03-30", "ATIGA-A3-HS2022")
    yield row("ATIGA-2009", "", "whole", "in HS 2022; when it began is unverified", "2023-03-31", "", "ATIGA-A3-HS2022", "unverified")
    for codes in ("0101", "010221"):
        yield row("ATIGA-2009", codes, "missing", "not in the stored text", "2023-03-31", "", "ATIGA-A3-HS2022")
    yield row("CN-LDC-2017", "", "missing", "the decree's product rules are not in hand", "2024-12-01", "", "CN-GACC-231", "unverified")
    yield row("RCEP-2020", "", "missing", "the list in HS 2012 is not in hand", "2022-01-01", "2022-12-31", "RCEP-3A")
    yield row("RCEP-2020", "", "whole", "in HS 2022", "2023-01-01", "", "RCEP-3A-HS2022")
    known = [c for c in codes_of(release, "HS2022") if c[:2] not in ("98", "99")]
    gaps = {c for c in known if not any(c[:n] in have for n in (2, 4, 6))}
    for chapter in sorted({c[:2] for c in gaps}):
        whole = all(c in gaps for c in known if c[:2] == chapter)
        for codes in [chapter] if whole else sorted(c for c in gaps if c[:2] == chapter):
            yield row("RCEP-2020", codes, "missing", "not in the stored text", "2023-01-01", "", "RCEP-3A-HS2022")


def day_before(day: str) -> str:
    return (date.fromisoformat(day) - timedelta(days=1)).isoformat()


def main(src: Path, out: Path) -> None:
    rules = out / "origin/rules"
    write(rules / "rcep_hs2022.csv", HEAD, rcep(src))
    write(rules / "atiga_hs2022.csv", HEAD, atiga(src))
    write(out / "origin/process_goods/atiga_textile.csv", ["rule_set", "code", "process", "scope", *CODED], process_goods(src))
    write(rules / "acfta_hs2012.csv", HEAD, acfta_2012(src))
    write(rules / "acfta_hs2002.csv", HEAD, acfta_2002(src, codes_of(out, "HS2002")))
    write(rules / "acfta_2019.csv", HEAD, [])
    prefixed = ["note", *CODED]
    write(out / "origin/general.csv", ["rule_set", "codes", "rule", *prefixed], general(src))
    have = {r["code"] for r in read(rules / "rcep_hs2022.csv")}
    extents = list(lists(out, have))
    for rule_set in dict.fromkeys(r[0] for r in extents):  # a file each, so that an import can replace one
        name = rule_set.lower().replace("-", "_")
        write(out / f"origin/lists/{name}.csv", ["rule_set", "codes", "extent", *prefixed], [r for r in extents if r[0] == rule_set])


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else Path(__file__).parents[1] / "src/youyi/law/data")
