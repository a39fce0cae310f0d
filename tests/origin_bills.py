"""Bills for rules of origin: random ones, and for a rule one that just passes and one that just fails.

    pairs()              a hypothesis strategy of (rule, good, materials), every form of the grammar
    random_bills(seed)   the same kind without end, fast, from a seed
    passing(rule, code)  bills that meet the rule, one for each of its alternatives, at the edge of what is allowed
    failing(rule, code)  a bill that meets no alternative; None where no bill can

Nothing here asks an evaluator: a bill is made from the structure of the rule.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from random import Random
from typing import Any

from hypothesis import strategies as st

from lines import DATA
from oracle.tariffs import Tariffs
from origin_under_test import Bill
from rules import rules
from youyi.law.origin import (
    PROCESSES,
    AllOf,
    AnyMaterials,
    AnyOf,
    Attested,
    Case,
    Change,
    Content,
    Exclusion,
    Level,
    Limit,
    Lost,
    MaxNonOriginating,
    Measure,
    Method,
    NoRule,
    Process,
    ProducedExclusively,
    Rule,
    Span,
    Split,
    WhollyObtained,
    WhollyObtainedMaterials,
    all_of,
    any_of,
    parts,
    spans,
)

Record = dict[str, Any]
FOB = Decimal(1000)
LEAST = Decimal("0.01")
TABLES = Tariffs(DATA)
CODES = {edition: sorted(c for c in TABLES.codes_of[edition] if len(c) == 6) for edition in ("HS2002", "HS2012", "HS2022")}


# -- a bill from the structure of a rule ------------------------------------------------------------------


@dataclass
class Plan:
    """What a bill must do to meet some terms together."""

    changes: list[Change] = field(default_factory=list)
    processes: set[str] = field(default_factory=set)
    attested: set[str] = field(default_factory=set)
    value: Decimal = FOB
    """The most that may come from outside."""
    weight: Decimal = FOB
    own: Decimal = Decimal(0)
    """The least that build-up asks for."""
    obtained: bool = False
    originating_only: bool = False

    @property
    def good(self) -> Record:
        return {
            **dict.fromkeys(("fob", "exw", "net_cost", "weight"), FOB),
            "processes": sorted(self.processes),
            "attested": [{"text": t, "source": "made up"} for t in sorted(self.attested)],
            **({"costs": {"labour": self.own}} if self.own else {}),
            **({"wholly_obtained": True} if self.obtained else {}),
        }


def within(code: str, named: tuple[Span, ...]) -> bool:
    """Whether a code of six digits lies in one of the spans, read generously: a longer span that begins with it counts."""
    return any(s.first[:6] <= code[: len(s.first)] <= s.last[: max(len(code), len(s.last))] or s.first[:6] == code for s in named)


def has_changed(change: Change, good: str, code: str) -> bool:
    """Whether a material of six digits has surely changed."""
    excepted = tuple(s for e in change.exclusions for s in e.materials)
    return (
        (change.level is None or good[: change.level] != code[: change.level])
        and (not change.sources or within(code, change.sources))
        and not (change.outside and within(code, change.target))
        and not within(code, excepted)
        and not change.lost
    )


def material(changes: list[Change], good: str, edition: str) -> str:
    """A code that has changed by all of them, the nearest to the good's own that has; empty where there is none."""
    around = CODES[edition]
    at = around.index(good) if good in around else 0
    for step in range(len(around)):
        for near in {at + step, at - step}:
            if 0 <= near < len(around) and all(has_changed(c, good, around[near]) for c in changes):
                return around[near]
    return ""


def planned(term: Rule, plan: Plan) -> bool:
    """Writes into the plan what a term asks for; False where nothing meets it for sure."""
    if isinstance(term, AllOf):
        return all(planned(t, plan) for t in term.terms)
    if isinstance(term, AnyOf):
        return planned(term.terms[0], plan)
    if isinstance(term, Change):
        plan.changes.append(term)
        plan.originating_only |= term.lost
    elif isinstance(term, Content):
        share = FOB * term.percent / 100
        if term.method is Method.BUILD_UP:
            plan.own = max(plan.own, share)
        plan.value = min(plan.value, FOB - share)
    elif isinstance(term, MaxNonOriginating):
        plan.value = min(plan.value, FOB * term.percent / 100)
    elif isinstance(term, Limit):
        edge = FOB * term.percent / 100
        plan.value, plan.weight = (min(plan.value, edge), plan.weight) if term.measure is Measure.VALUE else (plan.value, min(plan.weight, edge))
    elif isinstance(term, Process):
        plan.processes.add(term.name)
    elif isinstance(term, Attested):
        plan.attested.add(term.text)
    elif isinstance(term, WhollyObtained):
        plan.obtained = True
    elif isinstance(term, ProducedExclusively | WhollyObtainedMaterials):
        plan.originating_only = True
    return not isinstance(term, NoRule | Lost)


def filled(plan: Plan, code: str, edition: str) -> list[Record] | None:
    """The materials of a plan: one from outside, as dear and as heavy as may be; None where no code fits."""
    if plan.obtained:
        return []
    if plan.originating_only:
        return [{"id": "inside", "hs": code, "value": FOB, "weight": FOB, "originating": True, "wholly_obtained": True, "origin": "VN"}]
    hs = material(plan.changes, code, edition) if plan.changes else code
    return [{"id": "outside", "hs": hs, "value": plan.value, "weight": plan.weight, "originating": False}] if hs else None


def choices(rule: Rule, code: str) -> Iterator[tuple[Rule, str, set[str]]]:
    """The alternatives of a rule, each with a code of the good that it is for and what must be attested of the good."""
    if isinstance(rule, Split):
        for case in rule.cases:
            own = case.codes[0].first if case.codes else code
            yield case.rule, own.ljust(6, "0") if len(own) < 6 else own, {case.goods} if case.goods else set()
    else:
        yield rule, code, set()


def passing(rule: Rule, code: str, edition: str = "HS2022") -> list[Bill]:
    """Bills that meet the rule, one for each alternative that can be met for sure."""
    found: list[Bill] = []
    for inner, own, said in choices(rule, code):
        for term in inner.terms if isinstance(inner, AnyOf) else (inner,):
            plan = Plan(attested=set(said))
            if planned(term, plan) and (materials := filled(plan, own, edition)) is not None:
                found.append((rule, {"hs": own, **plan.good}, materials))
    return found


def can_fail(rule: Rule) -> bool:
    """Whether some bill makes the rule fail for sure: words and lost text never do."""
    if isinstance(rule, AnyOf):
        return all(can_fail(t) for t in rule.terms)
    if isinstance(rule, AllOf):
        return any(can_fail(t) for t in rule.terms)
    return not isinstance(rule, Attested | Lost | AnyMaterials)


def failing(rule: Rule, code: str) -> list[Bill]:
    """Bills that meet no alternative, by as little as may be: the good's own code, a cent and a gram too much, nothing done."""
    found: list[Bill] = []
    for inner, own, said in choices(rule, code):
        if not can_fail(inner):
            continue
        most = max([FOB - FOB * p.percent / 100 for p in parts(inner) if isinstance(p, Content)] or [Decimal(0)])
        outside = {"id": "outside", "hs": own, "value": most + LEAST, "weight": most + LEAST, "originating": False}
        found.append((rule, {"hs": own, **Plan(attested=set(said)).good}, [outside]))
    return found


def excepted(rule: Rule, code: str) -> list[Bill]:
    """For a rule with one tariff change: a bill for each code that the change excepts, failing everything else by a cent."""
    changes = [p for p in parts(rule) if isinstance(p, Change)]
    if isinstance(rule, Split) or len(changes) != 1 or not can_fail(rule):
        return []
    bills: list[Bill] = []
    for _, good, (outside,) in failing(rule, code):
        for span in changes[0].excepted:
            for end in (span.first, span.last):
                bills.append((rule, good, [{**outside, "hs": end.ljust(6, "0")}]))
    return bills


# -- random bills -----------------------------------------------------------------------------------------

NEAR = (
    "61", "62", "64", "6401", "6404", "6406", "6109", "7208", "7210",
    "640110", "640411", "640610", "640690", "610910", "720851", "721030", "850422", "850490", "85042211",
)  # fmt: skip
AMOUNTS = (0, 1, 100, "100.01", 350, 400, "599.99", 600, "600.05", 650, 1000, None)
WORDS = ("made from cocoa beans", "of wool", "of cotton")
DONE = ("chemical_reaction", "weaving", "cut_and_sewn")
PERCENTS = tuple(map(Decimal, ("10", "35", "40", "40.005", "60", "100")))
SURE = (Content, MaxNonOriginating, Limit, Change)


class Maker:
    """Rules and bills from one source of chance, out of few codes and few amounts, so that they meet."""

    def __init__(self, seed: int) -> None:
        self.chance = Random(seed)

    def spans(self, least: int = 1) -> tuple[Span, ...]:
        found = []
        for _ in range(self.chance.randint(least, 2)):
            code = self.chance.choice(NEAR)
            twin = self.chance.choice([c for c in NEAR if len(c) == len(code)])
            found.append(Span.of(min(code, twin), max(code, twin)) if self.chance.random() < 0.3 else Span.of(code))
        return tuple(found)

    def limit(self) -> Limit:
        if self.chance.random() < 0.5:
            return Limit(Measure.WEIGHT, self.chance.choice(PERCENTS), self.spans(0))
        return Limit(Measure.VALUE, self.chance.choice(PERCENTS), self.spans(0), self.chance.choice(("FOB", "EXW")))

    def change(self) -> Change:
        level = self.chance.choice((*Level, *Level, None))
        plainly = self.spans() if self.chance.random() < 0.5 else ()
        conditional = (Exclusion(self.spans(), self.chance.choice(WORDS)),) if self.chance.random() < 0.2 else ()
        target = self.spans() if self.chance.random() < 0.2 else ()
        return Change(
            level,
            ((Exclusion(plainly),) if plainly else ()) + conditional,
            target,
            self.spans() if level is None or self.chance.random() < 0.1 else (),
            bool(target) and self.chance.random() < 0.5,
            self.chance.random() < 0.1,
            (self.limit(),) if self.chance.random() < 0.2 else (),
        )

    def content(self) -> Content:
        percent, method = self.chance.choice(PERCENTS), self.chance.choice(tuple(Method))
        if method is Method.NET_COST:
            return Content(percent, method, "net cost")
        return Content(percent, method, self.chance.choice(("FOB", "EXW")), self.spans() if method is Method.FOCUSED else ())

    def term(self) -> Rule:
        kind = self.chance.randrange(14)
        if kind < 4:
            return self.change()
        if kind < 7:
            return self.content()
        if kind == 7:
            return MaxNonOriginating(self.chance.choice(PERCENTS), self.chance.choice(("FOB", "EXW", "net cost")))
        if kind == 8:
            return self.limit()
        if kind == 9:
            return Process(self.chance.choice(DONE))
        if kind == 10:
            return Attested(self.chance.choice(WORDS))
        if kind == 11:
            return WhollyObtainedMaterials(self.spans())
        return self.chance.choice((WhollyObtained(), ProducedExclusively(), AnyMaterials(), NoRule(), Lost("the page was cut")))

    def choice(self, depth: int = 2) -> Rule:
        if depth == 0 or self.chance.random() < 0.4:
            return self.term()
        make = self.chance.choice((all_of, any_of))
        return make(*(self.choice(depth - 1) for _ in range(self.chance.randint(2, 3))))

    def rule(self) -> Rule:
        if self.chance.random() < 0.85:
            return self.choice()
        cases = tuple(
            Case(self.choice(1), word, self.spans() if self.chance.random() < 0.4 else ()) for word in self.chance.sample(WORDS, self.chance.randint(1, 2))
        )
        return Split(cases, self.choice(1) if self.chance.random() < 0.7 else None)

    def known(self, value: object) -> Any:
        return None if self.chance.random() < 0.1 else value

    def good(self) -> Record:
        good: Record = {"hs": self.chance.choice([c for c in NEAR if len(c) >= 6])}
        for base in ("fob", "exw", "net_cost", "weight"):
            good[base] = self.known(FOB)
        good["attested"] = [{"text": word, "source": "made up"} for word in WORDS if self.chance.random() < 0.3]
        if self.chance.random() < 0.7:
            good["processes"] = [p for p in DONE if self.chance.random() < 0.5]
        if self.chance.random() < 0.4:
            good["costs"] = {"labour": self.chance.choice((0, 200, 400)), "profit": self.chance.choice((0, "199.99"))}
        if self.chance.random() < 0.3:
            good["wholly_obtained"] = self.chance.choice((True, False))
        return {k: v for k, v in good.items() if v is not None}

    def materials(self) -> list[Record]:
        return [self.one(str(at)) for at in range(self.chance.choice((0, 1, 1, 2, 2, 3, 5)))]

    def one(self, name: str) -> Record:
        found: Record = {"id": name, "hs": self.known(self.chance.choice(NEAR)), "value": self.chance.choice(AMOUNTS), "weight": self.chance.choice(AMOUNTS)}
        found["originating"] = self.chance.choice((True, False, False, None))
        found["origin"] = self.chance.choice(("VN", "TH", None))
        found["wholly_obtained"] = self.chance.choice((True, False, None))
        return {k: v for k, v in found.items() if v is not None}

    def bill(self) -> Bill:
        return self.rule(), self.good(), self.materials()


def random_bills(seed: int) -> Iterator[Bill]:
    """Rules and bills without end, the same for the same seed."""
    maker = Maker(seed)
    while True:
        yield maker.bill()


amounts = st.none() | st.sampled_from([Decimal(str(a)) for a in AMOUNTS if a is not None]) | st.integers(0, 2000).map(lambda n: Decimal(n) / 2)


def records(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Record]:
    """A record of these fields, those that are None left out."""
    return st.fixed_dictionaries(fields).map(lambda r: {k: v for k, v in r.items() if v is not None})


@st.composite
def pairs(draw: st.DrawFn) -> Bill:
    """A rule of the whole grammar, and a good and materials whose codes and words are often those that it names."""
    rule: Rule = draw(rules)
    named = sorted({c for s in spans(rule) for c in (s.first, s.last)})
    words = sorted(
        {p.text for p in parts(rule) if isinstance(p, Attested)} | {c.goods for p in parts(rule) if isinstance(p, Split) for c in p.cases if c.goods}
    )
    codes = st.sampled_from([*named, *NEAR])
    long = codes.map(lambda c: c.ljust(6, "0"))
    yes_no = st.none() | st.booleans()
    good = draw(
        records(
            hs=long,
            fob=amounts.filter(lambda a: a != 0),
            exw=amounts.filter(lambda a: a != 0),
            net_cost=amounts.filter(lambda a: a != 0),
            weight=amounts.filter(lambda a: a != 0),
            wholly_obtained=yes_no,
            processes=st.none() | st.lists(st.sampled_from(sorted(PROCESSES)), max_size=4, unique=True),
            costs=st.none() | st.fixed_dictionaries({"labour": st.integers(0, 500)}),
            attested=st.lists(st.sampled_from(words).map(lambda w: {"text": w, "source": "made up"}), max_size=3) if words else st.just([]),
        )
    )
    one = records(hs=codes, value=amounts, weight=amounts, originating=yes_no, wholly_obtained=yes_no, origin=st.sampled_from(("VN", "TH", None)))
    return rule, good, draw(st.lists(one, max_size=5))
