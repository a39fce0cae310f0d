"""The part of docs/scorecard.md on origin. Every figure is computed from the release and the cases of tests/golden."""

from __future__ import annotations

import csv
from collections import Counter
from textwrap import wrap

from scorecard_bills import ASKED, BILLS, DECIDABLE, Decided, decided
from scorecard_cases import GOLDEN, Tried, collections
from youyi.law.origin import Change, Lost, parse, parts
from youyi.law.rulebook import Rulebook
from youyi.law.tables import day_number

DAY = "2026-11-22"
SAMPLE, FOUND = 60, ("0304.93", "05.05", "8517.18")
"""Rules of RCEP drawn at random (seed 2026), and those of them that another source prints."""


def origin(rulebook: Rulebook, six_digits: list[str]) -> list[str]:
    """Section 4, in lines; `six_digits` are the codes of HS 2022."""
    measured = [decided(rulebook, asked, six_digits) for asked in ASKED]
    return [*_cases(collections(rulebook)), *_decided(measured, len(six_digits)), *_lost(rulebook), *_compared(rulebook)]


def _table(head: list[str], rows: list[list[str]]) -> list[str]:
    return [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}", *(f"| {' | '.join(row)} |" for row in rows), ""]


def _prose(*parts: str) -> list[str]:
    return [*wrap(" ".join(parts), 140, break_long_words=False, break_on_hyphens=False), ""]


def _percent(part: int, whole: int) -> str:
    """A share in percent, cut so that no remainder is rounded away."""
    return f"{1000 * part // whole / 10:.1f}" if 0 < part < whole else "100" if part else "0"


def _cases(found: dict[str, list[Tried]]) -> list[str]:
    rows, others = [], []
    for name, tried in found.items():
        kinds = Counter(t.kind for t in tried)
        open_as_held = sum(t.kind == "agreed" and t.expected == "undetermined" for t in tried)
        rows.append([name, str(len(tried)), f"{kinds['agreed']}", str(open_as_held), str(kinds["disagreed"]), str(kinds["undetermined"])])
        others += [f"- {t.name}: {t.kind}, expected {t.expected.replace('_', ' ')}; {t.why or t.found}." for t in tried if t.kind != "agreed"]
    return [
        "## 4. Origin: what the cases say",
        "",
        *_prose(
            "Every collection in `tests/golden` (its README says who made which) put to the engine. *Agreed*: verdict, and where the case names",
            "them criterion, box 8, value content, consignment and RCEP origin. *Of these open*: the law itself leaves the case undetermined.",
            "*Left open*: the source decides, the engine asks. The example of Singapore Customs on a back-to-back certificate is about papers and",
            "was not tried; its example of the RCEP origin names no materials, and a flour from outside was supposed.",
        ),
        *_table(["collection", "tried", "agreed", "of these open", "disagreed", "left open"], rows),
        *(["Not agreed, each:", "", *others, ""] if others else []),
    ]


def _decided(measured: list[Decided], codes: int) -> list[str]:
    head = ["rules", "day", *(f"{b} (yes / no / open)" for b in BILLS), "bills decided, %", "chapters under half"]
    rows, reasons = [], []
    for m in measured:
        cells = [f"{m.bills[b]['originating']:,} / {m.bills[b]['not_originating']:,} / {m.bills[b]['undetermined'] + m.bills[b]['refused']:,}" for b in BILLS]
        under = [f"{c} ({_percent(d, t)} %)" for c, (d, t) in m.chapters.items() if 2 * d < t]
        shown = "all" if len(under) == len(m.chapters) else ", ".join(under) or "–"
        rows.append([m.asked.name, m.asked.day, *cells, _percent(*m.totals), shown])
        reasons += [[m.asked.name, why, f"{n:,}", m.examples[why]] for why, n in sorted(m.why.items())]
    left = sum(m.why[DECIDABLE] for m in measured)
    return [
        "### What share is decided",
        "",
        *_prose(
            f"Four standard bills for each of the {codes:,} codes of HS 2022, from Viet Nam to China (ATIGA: to Thailand), FOB 1,000, one material.",
            "*Unchanged*: the good's own code from outside, worth the whole good. *A tenth*: the same, worth and weighing exactly a tenth. *Own",
            "materials*: all wholly obtained in one Party. In these no named process was carried out, but more than is minimal. *Made to the rule*:",
            "of the rule's first alternative without words or lost text, the nearest code that has changed, worth or weighing exactly what may come",
            "from outside, every named process carried out (where there is no such alternative, the unchanged bill). ACFTA from 2019 is asked a",
            "second time, with the attestation that settles its missing list.",
        ),
        *_table(head, rows),
        "Why bills were left open, each counted under what is missing of the law behind its code:",
        "",
        *_table(["rules", "why", "bills", "for example"], reasons),
        *_prose(
            "**Decidable cases left undetermined: "
            + (f"{left}.**" if left else "none.** Every open bill stands on a text, a list or words that are missing, or on a code that divides.")
        ),
        *_prose(
            "One such case is known outside these bills: a *table* whose materials name their countries leaves a good open whose rule is WO and",
            "whose materials are all wholly obtained in one Party, since a table cannot state good by good that they are of one Party. The same",
            "good asked alone is decided.",
        ),
    ]


def _lost(rulebook: Rulebook) -> list[str]:
    counts: Counter[tuple[str, str, str]] = Counter()
    totals: Counter[tuple[str, str]] = Counter()
    for r in rulebook.store.records("origin_rules"):
        totals[r["rule_set"], r["edition"]] += 1
        if "lost" not in r["rule"]:
            continue
        inside = list(parts(parse(r["rule"])))
        reasons = {p.reason for p in inside if isinstance(p, Lost)} | {"the codes of an exception" for p in inside if isinstance(p, Change) and p.lost}
        for reason in reasons:
            counts[r["rule_set"], r["edition"], reason] += 1
    rows = [[s, e, f"{n} of {totals[s, e]:,}", reason] for (s, e, reason), n in sorted(counts.items())]
    gaps = []
    for asked in ASKED:
        day = day_number(asked.day)
        name = (rulebook.origin.rule_set(asked.agreement, asked.importer, day) or {}).get("rule_set", "")
        gaps += [f"{name} {g['codes'] or 'the whole list'} ({g['note']})" for g in rulebook.origin.extents(name, day) if g["extent"] != "whole"]
    return [
        "### Rows lost, and why",
        "",
        *_table(["rule set", "edition", "rows", "what is lost"], rows),
        *_prose(f"Parts of a list that are not in hand on the days asked: {'; '.join(dict.fromkeys(gaps))}."),
    ]


def _compared(rulebook: Rulebook) -> list[str]:
    with (GOLDEN / "rcep_rules_elsewhere.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    wrong = [r["code"] for r in rows if _now(rulebook, r["code"], r["edition"]) != {r["rule"]}]
    return [
        "### How far the RCEP list can be trusted",
        "",
        *_prose(
            f"Of {SAMPLE} rules drawn at random (seed 2026) {len(FOUND)} are printed elsewhere ({', '.join(FOUND)}) and agree;",
            f"{SAMPLE - len(FOUND)} could not be compared, so the sample itself gives no error rate.",
            f"Of all {len(rows)} rules that could be found elsewhere, not drawn at random, {len(wrong)} differ"
            + (f" ({', '.join(wrong)})" if wrong else "")
            + f": an error rate of {_percent(len(wrong), len(rows))} % measured"
            + (f", below {100 * (1 - 0.05 ** (1 / len(rows))):.1f} % with 95 % confidence if they are typical of the list." if not wrong else "."),
        ),
    ]


def _now(rulebook: Rulebook, code: str, edition: str) -> set[str]:
    """The rules that stand in HS 2022 on a code of another edition: its own number, or its heading's codes that took its goods."""
    codes = [c for c in rulebook.nomenclature.subheadings("HS2022", code) if c.startswith(code)]
    codes = codes or sorted(c for c in rulebook.nomenclature.cross(code, edition, "HS2022").codes if c[:4] == code[:4])
    found = [rulebook.origin.product("RCEP-2020", c, "HS2022", day_number(DAY)) for c in codes]
    return {f.text if f else "" for f in found}
