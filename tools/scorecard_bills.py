"""Standard bills for every code of HS 2022 under an agreement, made from each rule's own structure, and how many the engine decides."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

import pyarrow as pa

from youyi.law.origin import PROCESSES, AllOf, AnyOf, Attested, Change, Content, Limit, Lost, MaxNonOriginating, Measure, Method, Rule, Split, parts
from youyi.law.origin.book import Applicable, Extent
from youyi.law.rulebook import Rulebook
from youyi.law.schedule import Coded
from youyi.law.tables import code_of, day_number
from youyi.qualify.many import qualify_table
from youyi.qualify.qualifying import Attestation, Process

FOB = Decimal(1000)
ALL_DONE = Process(tuple((name, "") for name in sorted(PROCESSES)))
"""Every process of the vocabulary was carried out in the exporting Party."""
SOMETHING = Process((("working", ""),))
"""More was done than is minimal, but nothing that a rule asks for by name."""
BILLS = ("unchanged", "a tenth", "own materials", "made to the rule")
WORDS = "words that nobody attests"
LIST = "the list is not in hand"
LOST = "lost text"
DIVIDED = "the code divides between editions, and the rules with it"
UNREACHED = "no code of the list's edition"
DECIDABLE = "**decidable, yet undetermined**"


@dataclass(frozen=True, slots=True)
class Asked:
    """One agreement on one day: its name on the page, who sends, who receives, what is attested of every good."""

    name: str
    agreement: str
    exporter: str
    importer: str
    day: str
    attested: str = ""


ASKED = (
    Asked("ACFTA-2019, nothing attested", "ACFTA", "VN", "CN", "2026-11-22"),
    Asked("ACFTA-2019, attested that the good is unlisted", "ACFTA", "VN", "CN", "2026-11-22", "not on the product list"),
    Asked("ACFTA-2004, list in HS 2012", "ACFTA", "VN", "CN", "2019-03-01"),
    Asked("ACFTA-2004, list in HS 2002", "ACFTA", "VN", "CN", "2010-06-01"),
    Asked("RCEP", "RCEP", "VN", "CN", "2026-11-22"),
    Asked("ATIGA", "ATIGA", "VN", "TH", "2026-11-22"),
)


@dataclass(frozen=True, slots=True)
class Decided:
    """How many bills of each kind were decided, by chapter (decided, tried), and why the others were not."""

    asked: Asked
    bills: dict[str, Counter[str]]
    chapters: dict[str, tuple[int, int]]
    why: Counter[str]
    examples: dict[str, str]

    @property
    def totals(self) -> tuple[int, int]:
        """Bills decided, and bills tried."""
        return sum(d for d, _ in self.chapters.values()), sum(t for _, t in self.chapters.values())


def decided(rulebook: Rulebook, asked: Asked, codes: list[str]) -> Decided:
    """Four standard bills for each code. Source of every verdict: `qualify_table`."""
    day = day_number(asked.day)
    row = rulebook.origin.rule_set(asked.agreement, asked.importer, day)
    if row is None:
        raise ValueError(f"no rules of {asked.agreement} on {asked.day}")
    held = {c: rulebook.origin.rules(row["rule_set"], c, "HS2022", day).each for c in codes}
    edition = rulebook.origin.edition(row["rule_set"], day) or "HS2022"
    listed = Coded(rulebook.store, f"nomenclature/{edition.lower()}.csv").key.tolist()
    around = tuple(sorted(c for c in map(code_of, listed) if len(c) == 6))
    bills, chapters, why, examples = {b: Counter[str]() for b in BILLS}, dict.fromkeys(sorted({c[:2] for c in codes}), (0, 0)), Counter[str](), {}
    made = {b: [standard(b, held[c][0] if held[c] else None, c, around) for c in codes] for b in BILLS}
    verdicts: dict[str, list[str | None]] = {}
    for alike, process in ((BILLS[:3], SOMETHING), (BILLS[3:], ALL_DONE)):
        every = _verdicts(rulebook, asked, process, codes * len(alike), [x for b in alike for x in made[b]])
        verdicts |= {b: every[i * len(codes) : (i + 1) * len(codes)] for i, b in enumerate(alike)}
    for bill in BILLS:
        for code, verdict in zip(codes, verdicts[bill], strict=True):
            found = verdict or "refused"
            bills[bill][found] += 1
            settled = found in ("originating", "not_originating")
            done, tried = chapters[code[:2]]
            chapters[code[:2]] = done + settled, tried + 1
            if not settled:
                reason = reason_of(held[code])
                why[reason] += 1
                examples.setdefault(reason, f"{code[:4]}.{code[4:]}")
    return Decided(asked, bills, chapters, why, examples)


@dataclass(frozen=True, slots=True)
class Line:
    """The one material of a standard bill."""

    hs: str
    value: Decimal
    weight: Decimal
    originating: bool
    costs: Decimal | None = None
    """Not stated, unless the rule's formula is build-up."""


def _verdicts(rulebook: Rulebook, asked: Asked, process: Process, codes: list[str], lines: list[Line]) -> list[str | None]:
    size = len(codes)
    names = [str(i) for i in range(size)]
    said = (Attestation(asked.attested, "assumed for the scorecard"),) if asked.attested else ()
    amounts = {name: [FOB] * size for name in ("fob", "exw", "net_cost", "weight")}
    goods = pa.table({"id": names, "hs": codes, "hs_edition": ["HS2022"] * size, "costs": pa.array([x.costs for x in lines], pa.decimal128(12, 2)), **amounts})
    bought = {n: [getattr(x, n) for x in lines] for n in ("hs", "value", "weight", "originating")}
    table, _ = qualify_table(
        rulebook,
        goods,
        pa.table({"good": names, "obtained": bought["originating"], **bought}),
        agreement=asked.agreement,
        exporter=asked.exporter,
        importer=asked.importer,
        on=asked.day,
        process=Process(process.processes, (), said),
    )
    found: list[str | None] = table.column("verdict").to_pylist()
    return found


# -- the bills -----------------------------------------------------------------------------------------------------


def standard(bill: str, law: Applicable | None, code: str, around: tuple[str, ...]) -> Line:
    """The material of a standard bill for a good of a code."""
    own = law.code if law else code
    if bill == "own materials":
        return Line(own, FOB, FOB, originating=True)
    if bill == "unchanged" or law is None:
        return Line(own, FOB, FOB, originating=False)
    if bill == "a tenth":
        return Line(own, FOB / 10, FOB / 10, originating=False)
    return _met(law, own, around)


def _met(law: Applicable, own: str, around: tuple[str, ...]) -> Line:
    """A bill that just meets the first alternative that asks for no words: the nearest code that has changed, as dear as may be."""
    entry = law.product or law.general
    each = list(_alternatives(entry.rule)) if entry else []
    best = next((r for r in each if not any(isinstance(p, Attested | Lost) or (isinstance(p, Change) and p.lost) for p in parts(r))), None)
    if best is None:
        return Line(own, FOB, FOB, originating=False)
    costs: Decimal | None = None
    changes: list[Change] = []
    value, weight = FOB, FOB
    for term in best.terms if isinstance(best, AllOf) else (best,):
        if isinstance(term, Change):
            changes.append(term)
        elif isinstance(term, Content):
            value = min(value, FOB - FOB * term.percent / 100)
            costs = FOB * term.percent / 100 if term.method is Method.BUILD_UP else costs
        elif isinstance(term, MaxNonOriginating):
            value = min(value, FOB * term.percent / 100)
        elif isinstance(term, Limit):
            edge = FOB * term.percent / 100
            value, weight = (min(value, edge), weight) if term.measure is Measure.VALUE else (value, min(weight, edge))
    return Line(_nearest(tuple(changes), own, around) if changes else own, value, weight, originating=False, costs=costs)


def _alternatives(rule: Rule) -> Iterator[Rule]:
    if isinstance(rule, Split):
        for case in rule.cases:
            yield from _alternatives(case.rule)
    elif isinstance(rule, AnyOf):
        yield from rule.terms
    else:
        yield rule


@cache
def _nearest(changes: tuple[Change, ...], own: str, around: tuple[str, ...]) -> str:
    """The nearest code that has surely changed; the good's own where none has."""
    at = around.index(own) if own in around else 0
    for step in range(len(around)):
        for near in (at - step, at + step):
            if 0 <= near < len(around) and all(_changed(c, own, around[near]) for c in changes):
                return around[near]
    return own


def _changed(change: Change, own: str, code: str) -> bool:
    def named(spans: object) -> bool:
        return any(s.first[:6] <= code[: len(s.first)] <= s.last[:6] or s.first[:6] == code for s in spans)  # type: ignore[attr-defined]

    excepted = any(named(e.materials) for e in change.exclusions)
    return (change.level is None or own[: change.level] != code[: change.level]) and (not change.sources or named(change.sources)) and not excepted


# -- why not -------------------------------------------------------------------------------------------------------


def reason_of(each: tuple[Applicable, ...]) -> str:
    """Why a standard bill may be left undetermined, by the law that stands behind the code; `DECIDABLE` where nothing is missing."""
    if not each:
        return UNREACHED
    if any(a.product is None and a.extent is not Extent.WHOLE for a in each):
        return LIST
    rules = [e.rule for a in each for e in (a.product, a.general) if e is not None]
    inside = [p for r in rules for p in parts(r)]
    if any(isinstance(p, Lost) or (isinstance(p, Change) and p.lost) for p in inside):
        return LOST
    by_word = any(c.goods for p in inside if isinstance(p, Split) for c in p.cases)
    if by_word or any(isinstance(p, Attested) or (isinstance(p, Change) and any(e.when for e in p.exclusions)) for p in inside):
        return WORDS
    return DIVIDED if len(each) > 1 else DECIDABLE
