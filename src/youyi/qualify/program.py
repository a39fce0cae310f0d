"""Rules of origin compiled to programs: a short row of whole numbers a node, and what each node means.

A program is made once for a rule and a good's code; `weigh` runs it over any number of goods. The branches of a program
are the ways to origin that the exporter may choose from; each knows its criterion and its citation.

ProgramError   the rule cannot be weighed exactly as it stands
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import lru_cache

from youyi.law.origin import (
    AllOf,
    AnyMaterials,
    AnyOf,
    Attested,
    Case,
    Change,
    Content,
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
    parts,
)
from youyi.law.origin.codes import listed
from youyi.qualify import weigh as w
from youyi.qualify.good import GOODS, NOT_MIXED, WHOLLY

DIGITS = 12
"""Codes are compared as numbers of twelve digits, the longest that a national tariff has."""
PLACES = {"FOB": w.FOB, "EXW": w.EXW, "net cost": w.NET_COST}
Cells = Mapping[int, int]
NO_CELLS: Cells = {}
EVERY_ROLE, MATERIALS_ALONE = 0b111, 0b001


class ProgramError(ValueError):
    """The rule cannot be weighed exactly as it stands; the text says why."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The supporting rules that a program needs. Percentages as Decimal; None where there is no such tolerance.

    `formula`: build-down, build-up, either (the exporter's choice) or one_per_party (the Party's; which is not in hand).
    `roles_other`: what counts under WO, PE and processes (1 materials, 2 retail packing, 4 accessories).
    """

    de_minimis_value: Decimal | None = None
    de_minimis_weight: Decimal | None = None
    formula: str = "build-down"
    basis: str = "FOB"
    roles_content: int = EVERY_ROLE
    roles_change: int = MATERIALS_ALONE
    roles_other: int = MATERIALS_ALONE


@dataclass(frozen=True, slots=True)
class Guard:
    """A condition beside a branch's rule: a text that must hold or, `denied`, must not."""

    text: str
    denied: bool = False


@dataclass(frozen=True, slots=True)
class Way:
    """One way to origin: its rule, its criterion where it is not read off the rule, and where it stands."""

    rule: Rule
    criterion: str = ""
    citation: str = ""
    status: str = ""
    guards: tuple[Guard, ...] = ()
    settings: Settings | None = None


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a node says: the rule's own part, or a text; its children by place."""

    text: str
    rule: Rule | None = None
    children: tuple[int, ...] = ()


@dataclass(slots=True)
class Program:
    """A compiled set of ways. `places[i]` is the node of way i, the last node the whole; `facts` what may be known beside the bill;

    of each of the `groups` of facts at most one holds. `levels`: the nodes that compare with the good's own code, and by how
    many digits; nothing else in a program is the code's own unless a rule names goods, so goods alike in so many digits share one.
    """

    ways: tuple[Way, ...]
    places: tuple[int, ...] = ()
    nodes: list[int] = field(default_factory=list)
    spans: list[int] = field(default_factory=list)
    limits: list[int] = field(default_factory=list)
    meanings: list[Meaning] = field(default_factory=list)
    facts: dict[str, int] = field(default_factory=dict)
    groups: list[tuple[str, ...]] = field(default_factory=list)
    levels: list[tuple[int, int]] = field(default_factory=list)
    _by_code: dict[str, Program] = field(default_factory=dict, repr=False, compare=False)

    @property
    def size(self) -> int:
        """How many nodes it has."""
        return len(self.meanings)

    def law(self) -> w.Law:
        """The program alone, for one good."""
        return w.Law([0, self.size], self.nodes, self.spans, self.limits)

    def for_code(self, code: str) -> Program:
        """The same program for goods of another code; for rules that name no goods."""
        head = code[: max((level for _, level in self.levels), default=0)]
        found = self._by_code.get(head)
        if found is None:
            nodes = self.nodes.copy()
            for place, level in self.levels:
                row = place * w.NODE
                nodes[row + w.A], nodes[row + w.B] = bounds(head[:level])
                nodes[row + w.C] = int(len(head) < level)
            found = self._by_code[head] = replace(self, nodes=nodes, _by_code={})
        return found

    def with_ways(self, ways: tuple[Way, ...]) -> Program:
        """The same program of the same rules that stand elsewhere."""
        return replace(self, ways=ways, _by_code={})


def key_of_process(name: str) -> str:
    """The fact that a process was carried out."""
    return f"process {name}"


def bounds(code: str) -> tuple[int, int]:
    """The least and the greatest twelve-digit code that a code of any length may be."""
    return int(code.ljust(DIGITS, "0")), int(code.ljust(DIGITS, "9"))


def program_of(ways: tuple[Way, ...], code: str, settings: Settings) -> Program:
    """The program of these ways for a good of `code` (digits only). Raises ProgramError."""
    if any(names_goods(way.rule) for way in ways):
        return _built(ways, code, settings)
    return _built(ways, "", settings).for_code(code)


@lru_cache(maxsize=65536)
def _built(ways: tuple[Way, ...], code: str, settings: Settings) -> Program:
    return _Builder(code, settings).program(ways)


@lru_cache(maxsize=8192)
def names_goods(rule: Rule) -> bool:
    """Whether what a rule asks depends on which goods these are, beyond the codes that must change."""
    return any(isinstance(p, Split) or (isinstance(p, Change) and bool(p.target)) for p in parts(rule))


def ways_of(rule: Rule, code: str, criterion: str = "", citation: str = "", status: str = "", guards: tuple[Guard, ...] = ()) -> tuple[Way, ...]:
    """The alternatives of a rule as ways of their own; where its goods divide by code, those of the good's own case."""
    chosen = resolved(rule, code)
    each: tuple[Rule, ...] = chosen.terms if isinstance(chosen, AnyOf) else (rule if isinstance(chosen, Split) else chosen,)
    return tuple(Way(r, criterion, citation, status, guards) for r in each)


def resolved(rule: Rule, code: str) -> Rule:
    """A rule without the cases that the good's code settles."""
    if not isinstance(rule, Split):
        return rule
    cases: list[Case] = []
    for case in rule.cases:
        states = [s.covers(code) for s in case.codes]
        if case.codes and not any(s is None or s for s in states):
            continue
        if any(states) and not case.goods:
            return Split(tuple(cases), case.rule) if cases else case.rule
        cases.append(case)
    if cases:
        return Split(tuple(cases), rule.otherwise)
    return rule.otherwise or NoRule()


class _Builder:
    def __init__(self, code: str, settings: Settings) -> None:
        self.code = code
        self.settings = settings
        self.made = Program(())
        self._spans: dict[tuple[tuple[Span, int], ...], tuple[int, int]] = {}

    def program(self, ways: tuple[Way, ...]) -> Program:
        own = self.settings
        places = []
        for way in ways:
            self.settings = way.settings or own
            places.append(self.way(way))
        self.settings = own
        self.join(w.ANY, places, "any of these")
        self.made.ways, self.made.places = ways, tuple(places)
        return self.made

    def way(self, way: Way) -> int:
        place = self.rule(way.rule)
        if not way.guards:
            return place
        guards = [self.fact(g.text, g.denied, f"not: {g.text}" if g.denied else g.text) for g in way.guards]
        return self.join(w.ALL, [place, *guards], f"{way.rule}")

    # -- nodes --------------------------------------------------------------------------------------------

    def node(self, kind: int, text: str, rule: Rule | None = None, children: tuple[int, ...] = (), roles: int = 0, cells: Cells = NO_CELLS) -> int:
        row = [0] * w.NODE
        row[w.KIND], row[w.LAST], row[w.PREV], row[w.ROLES] = kind, w.NONE, w.NONE, roles
        for name, value in cells.items():
            row[name] = value
        self.made.nodes += row
        self.made.meanings.append(Meaning(text, rule, children))
        return len(self.made.meanings) - 1

    def join(self, kind: int, places: list[int], text: str, rule: Rule | None = None) -> int:
        for before, place in itertools.pairwise(places):
            self.made.nodes[place * w.NODE + w.PREV] = before
        return self.node(kind, text, rule, tuple(places), cells={w.LAST: places[-1] if places else w.NONE})

    def fact(self, key: str, denied: bool, text: str, rule: Rule | None = None) -> int:
        return self.node(w.FACT, text, rule, cells={w.A: self.number(key), w.B: int(denied)})

    def number(self, key: str) -> int:
        return self.made.facts.setdefault(key, len(self.made.facts))

    def spans(self, spans: Iterable[tuple[Span, int]]) -> tuple[int, int]:
        wanted = tuple(spans)
        if wanted not in self._spans:
            first = len(self.made.spans) // w.SPAN
            for span, fact in wanted:
                low, high = span.bounds(DIGITS)
                self.made.spans += [low, high, fact]
            self._spans[wanted] = (first, first + len(wanted))
        return self._spans[wanted]

    def group(self, spans: tuple[Span, ...]) -> tuple[int, int]:
        """The places of a list of codes; (NONE, NONE) for an empty one."""
        return self.spans((s, w.NONE) for s in spans) if spans else (w.NONE, w.NONE)

    def limit(self, limit: Limit) -> int:
        first, last = self.group(limit.materials)
        by_weight = limit.measure is Measure.WEIGHT
        self.made.limits += [w.BY_WEIGHT if by_weight else w.BY_VALUE, scaled(limit.percent), w.WEIGHT if by_weight else PLACES[limit.basis], first, last]
        return len(self.made.limits) // w.LIMIT - 1

    # -- rules --------------------------------------------------------------------------------------------

    def rule(self, rule: Rule) -> int:
        match rule:
            case AllOf():
                return self.join(w.ALL, [self.rule(t) for t in rule.terms], str(rule), rule)
            case AnyOf():
                return self.join(w.ANY, [self.rule(t) for t in rule.terms], str(rule), rule)
            case Change():
                return self.change(rule)
            case Content():
                return self.content(rule)
            case MaxNonOriginating():
                limit = self.limit(Limit(Measure.VALUE, rule.percent, (), rule.basis))
                return self.node(w.AT_MOST, str(rule), rule, roles=self.settings.roles_content, cells={w.A: limit})
            case Limit():
                return self.node(w.AT_MOST, str(rule), rule, roles=self.settings.roles_other, cells={w.A: self.limit(rule)})
            case WhollyObtainedMaterials():
                first, last = self.group(rule.materials)
                return self.node(w.OBTAINED, str(rule), rule, roles=self.settings.roles_other, cells={w.D: first, w.E: last})
            case Split():
                return self.split(rule)
            case _:
                return self.plain(rule)

    def plain(self, rule: Rule) -> int:
        match rule:
            case WhollyObtained():
                stated = self.fact(WHOLLY, False, WHOLLY)
                each = self.node(w.OBTAINED, "made solely of wholly obtained materials", roles=self.settings.roles_other, cells={w.D: w.NONE, w.E: w.NONE})
                solely = self.join(w.ALL, [each, self.fact(NOT_MIXED, False, NOT_MIXED)], "made in one Party solely of what was wholly obtained there")
                return self.join(w.ANY, [stated, solely], str(rule), rule)
            case ProducedExclusively():
                return self.node(w.EXCLUSIVE, str(rule), rule, roles=self.settings.roles_other)
            case Process():
                return self.fact(key_of_process(rule.name), False, str(rule), rule)
            case Attested():
                return self.fact(rule.text, False, str(rule), rule)
            case AnyMaterials():
                return self.node(w.KNOWN, str(rule), rule, cells={w.A: w.YES})
            case Lost():
                return self.node(w.KNOWN, str(rule), rule, cells={w.A: w.OPEN})
            case _:
                return self.node(w.KNOWN, str(rule), rule, cells={w.A: w.NO})

    def change(self, rule: Change) -> int:
        states = [s.covers(self.code) for s in rule.target]
        if states and not any(s is None or s for s in states):
            return self.node(w.KNOWN, f"{rule}: not a rule for goods of {self.code}", rule, cells={w.A: w.NO})
        if states and not any(states):
            return self.node(w.KNOWN, f"{rule}: whether {self.code} is among these goods needs more digits", rule, cells={w.A: w.OPEN})
        low, high = (w.NONE, w.NONE) if rule.level is None else bounds(self.code[: rule.level])
        vague = rule.level is not None and len(self.code) < rule.level
        excepted = [(s, self.number(e.when) if e.when else w.NONE) for e in rule.exclusions for s in e.materials]
        d, e = self.spans(excepted) if excepted else (0, 0)
        f, g = self.group(rule.sources)
        h, i = self.group(rule.target) if rule.outside else (w.NONE, w.NONE)
        start = len(self.made.limits) // w.LIMIT
        for limit in rule.allowing:
            self.limit(limit)
        own = len(self.made.limits) // w.LIMIT
        for limit in self.tolerances():
            self.limit(limit)
        stop = len(self.made.limits) // w.LIMIT
        cells = {w.A: low, w.B: high, w.C: int(vague), w.D: d, w.E: e, w.F: f, w.G: g, w.H: h, w.I: i, w.LOST: int(rule.lost)}
        limits = {w.LIMITS_FROM: start, w.LIMITS_OWN: own, w.LIMITS_TO: stop}
        place = self.node(w.CHANGE, str(rule), rule, roles=self.settings.roles_change, cells=cells | limits)
        if rule.level is not None:
            self.made.levels.append((place, int(rule.level)))
        return place

    def tolerances(self) -> Iterable[Limit]:
        """The agreement's own de minimis, which stands beside every change."""
        if self.settings.de_minimis_value:
            yield Limit(Measure.VALUE, self.settings.de_minimis_value, (), "FOB")
        if self.settings.de_minimis_weight:
            yield Limit(Measure.WEIGHT, self.settings.de_minimis_weight)

    def content(self, rule: Content) -> int:
        formula = self.settings.formula if rule.method is Method.AGREED else str(rule.method)
        basis = self.settings.basis if rule.method is Method.AGREED and rule.basis == "FOB" else rule.basis
        first, last = self.group(rule.materials)
        down = {w.A: scaled(rule.percent), w.B: PLACES[basis], w.D: first, w.E: last}
        if formula == "build-up":
            return self.node(w.CONTENT_UP, str(rule), rule, roles=self.settings.roles_content, cells=down)
        if formula not in ("either", "one_per_party"):
            return self.node(w.CONTENT_DOWN, str(rule), rule, roles=self.settings.roles_content, cells=down)
        one = self.node(w.CONTENT_DOWN, f"{rule} build-down", rule, roles=self.settings.roles_content, cells=down)
        other = self.node(w.CONTENT_UP, f"{rule} build-up", rule, roles=self.settings.roles_content, cells=down)
        if formula == "either":
            return self.join(w.ANY, [one, other], str(rule), rule)
        return self.node(w.AGREED, str(rule), rule, (one, other), cells={w.B: one, w.C: other})

    def split(self, rule: Split) -> int:
        chosen = resolved(rule, self.code)
        if not isinstance(chosen, Split):
            return self.rule(chosen)
        self.made.groups.append(tuple(GOODS + c.goods for c in rule.cases if c.goods))
        rest = self.rule(chosen.otherwise or NoRule())
        for case in reversed(chosen.cases):
            one = self.rule(case.rule)
            if case.codes and not any(s.covers(self.code) for s in case.codes):  # a longer code would tell
                one = self.chosen(rule, f"the good is of {listed(case.codes)}", one, rest)
            rest = self.chosen(rule, GOODS + case.goods, one, rest) if case.goods else one
        return rest

    def chosen(self, rule: Split, fact: str, one: int, other: int) -> int:
        """The one node where a fact holds, else the other."""
        return self.node(w.CHOSEN, str(rule), rule, (one, other), cells={w.A: self.number(fact), w.B: one, w.C: other})


def scaled(percent: Decimal) -> int:
    """A percentage in ten-thousandths. Raises ProgramError where it has more decimals."""
    number = percent * 10_000
    if number != int(number):
        raise ProgramError(f"{percent} % has more than four decimals")
    return int(number)


__all__ = [
    "WHOLLY",
    "Guard",
    "Meaning",
    "Program",
    "ProgramError",
    "Settings",
    "Way",
    "bounds",
    "key_of_process",
    "program_of",
    "resolved",
    "scaled",
    "ways_of",
]
