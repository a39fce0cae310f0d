"""`qualify`: what an agreement says of the origin of a good, on a day, between two Parties.

One good is weighed once for each code that it may have in the edition of the rules and, where an intermediate of its bill
is open, as if that did and did not originate. What all of these agree on is decided; the rest is undetermined.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import lru_cache
from typing import Any

from youyi import __version__
from youyi.finding import Finding, Severity
from youyi.law.origin import PROCESSES, parse
from youyi.law.origin.book import Applicable, Extent
from youyi.law.rulebook import Rulebook
from youyi.law.tables import day_number, day_text
from youyi.qualify import weigh as w
from youyi.qualify.agreements import MORE_THAN_MINIMAL, Law, Typed, law_of, ways
from youyi.qualify.bill import Item, Place, Settled, settle
from youyi.qualify.codes import goods_in
from youyi.qualify.compose import answer
from youyi.qualify.good import Facts, Good, Material, normal
from youyi.qualify.journey import Journey
from youyi.qualify.program import WHOLLY, Program, names_goods, program_of
from youyi.qualify.questions import questions
from youyi.qualify.result import Answer, Question, Verdict
from youyi.qualify.single import Weighed, weighed


@dataclass(frozen=True, slots=True)
class Attestation:
    """A text that somebody attests, or denies, with its source. Without a source it settles nothing."""

    text: str
    source: str
    holds: bool = True


@dataclass(frozen=True, slots=True)
class Process:
    """What was done, and what is stated of it.

    `processes`: of the vocabulary, each with the Party it was carried out in (empty: the exporting one); None where nothing
    is said, else the whole list. `minimal`: operations by the agreements' names. `rules`: product rules typed in where the
    list is not in hand: agreement (empty: whichever is asked) to (text, source). `wholly`: whether the good is wholly obtained,
    by which `item` of the agreement's list and in which `party`.
    """

    processes: tuple[tuple[str, str], ...] | None = None
    minimal: tuple[str, ...] = ()
    attested: tuple[Attestation, ...] = ()
    rules: dict[str, tuple[str, str]] = field(default_factory=dict)
    wholly: bool | None = None
    item: str = ""
    party: str = ""

    def typed(self, agreement: str) -> tuple[str, str] | None:
        """The rule typed in for an agreement, with its source."""
        return self.rules.get(agreement) or self.rules.get("")


@dataclass(slots=True)
class Case:
    """A question under one agreement as it is being answered."""

    rulebook: Rulebook
    law: Law
    good: Good
    process: Process
    currency: str
    exporter: str
    importer: str
    journey: Journey | None
    findings: list[Finding] = field(default_factory=list)
    seen: list[tuple[Applicable, Weighed, Weighed]] = field(default_factory=list)
    exact: bool = True
    complete: bool = True
    empty: bool = False
    intermediates: list[Question] = field(default_factory=list)

    @property
    def state(self) -> int:
        """What all that was weighed agrees on."""
        if self.empty:
            return w.OPEN
        states = {s.state for _, worst, best in self.seen for s in (worst, best)}
        return states.pop() if len(states) == 1 else w.OPEN

    def say(self, code: str, severity: Severity, pointer: str, text: str, citation: str = "") -> None:
        """Add a finding."""
        self.findings.append(Finding(code, severity, pointer, text, citation))


def qualify(
    rulebook: Rulebook,
    good: Good,
    materials: Sequence[Item | Material],
    *,
    agreement: str,
    exporter: str,
    importer: str,
    on: str | int,
    process: Process = Process(),  # frozen
    journey: Journey | None = None,
    currency: str = "",
) -> Answer:
    """Whether a good originates under an agreement, by which criterion, or what is missing.

    Codes are digits only; `on` is the day of the declaration (ISO date or days since 1970); `currency` that of the good's
    amounts. Never raises for what the input says: that is a finding. Source: the rule set that the importer applies on the day.
    """
    return worked(rulebook, good, materials, Route(agreement, exporter, importer, on), process, journey, currency)[0]


@dataclass(frozen=True, slots=True)
class Route:
    """Under which agreement, between which Parties, on which day (ISO date or days since 1970) a good is asked for."""

    agreement: str
    exporter: str
    importer: str
    on: str | int


def worked(
    rulebook: Rulebook, good: Good, materials: Sequence[Item | Material], route: Route, process: Process, journey: Journey | None, currency: str
) -> tuple[Answer, Weighed | None]:
    """As `qualify`, and the columns that the answer was read from (of the first code, where the good's divides); None where nothing was weighed."""
    agreement, exporter, importer, on = route.agreement, route.exporter, route.importer, route.on
    day = day_number(on) if isinstance(on, str) else on
    items = tuple(m if isinstance(m, Item) else _item(m) for m in materials)
    law = law_of(rulebook.origin, agreement, importer, day)
    if law is None:
        return _no_law(rulebook, good, agreement, exporter, importer, day), None
    case = Case(rulebook, law, good, process, currency, exporter, importer, journey)
    outside = _outside(case, day)
    if outside:
        case.say("ORI-MADE-OUTSIDE", Severity.ERROR, "/processes", outside, law.row["citation"])
        return answer(case, Verdict.NOT_ORIGINATING), None
    if not rulebook.gives(agreement, importer, exporter, day):
        text = f"{agreement} does not bind {exporter} and {importer} to each other on {day_text(day)}"
        case.say("ORI-NOT-BOUND", Severity.ERROR, "", text, law.row["citation"])
        return answer(case, Verdict.NOT_ORIGINATING), None
    examine(case, items)
    return answer(case), case.seen[0][1] if case.seen else None


def _outside(case: Case, day: int) -> str:
    """What keeps a good from originating whatever it is made of: its last process was carried out in no Party."""
    done = case.process.processes
    last = (done[-1][1] or case.exporter) if done else case.exporter
    if case.rulebook.membership(case.law.agreement, last, day) is None and last != case.exporter:
        return f"the last process was carried out in {last}, which is no Party of {case.law.agreement}"
    return ""


def _no_law(rulebook: Rulebook, good: Good, agreement: str, exporter: str, importer: str, day: int) -> Answer:
    known = ", ".join(rulebook.origin.agreements)
    text = f"no rules of origin of {agreement} are in hand for {importer} on {day_text(day)} (in hand: {known})"
    finding = Finding("ORI-NO-RULES", Severity.ERROR, "", text)
    provenance = {"release": rulebook.name, "digest": rulebook.digest, "program": __version__}
    return Answer(
        agreement,
        Verdict.UNDETERMINED,
        *("",) * 4,
        (),
        (Question("rule_set", f"which rules of origin of {agreement} held then?"),),
        (finding,),
        {},
        good.id,
        good.hs,
        good.edition,
        "",
        importer,
        exporter,
        day_text(day),
        False,
        False,
        (),
        "open",
        provenance,
    )


def _item(m: Material) -> Item:
    return Item(
        m.hs,
        m.id,
        m.description,
        "",
        m.value,
        "",
        "",
        m.weight,
        m.origin,
        m.originating,
        obtained=m.obtained,
        role=("", "retail_packing", "accessory")[m.role],
        pointer=m.pointer,
    )


# -- weighing ------------------------------------------------------------------------------------------------------


def examine(case: Case, items: tuple[Item, ...]) -> None:
    """Weigh the good for each of its codes: fills `case.seen` and `case.findings`. The planner reads the columns from there."""
    edition = case.good.edition or case.law.edition
    if len(case.good.hs) >= 6 and not case.rulebook.nomenclature.exists(edition, case.good.hs):
        case.say("HS-UNKNOWN", Severity.ERROR, "/product/hs", f"{case.good.hs} is no code of {edition}; say its edition (hs_edition) or correct it")
    codes = goods_in(case.rulebook, case.good.hs, edition)
    found = [case.rulebook.origin.rules(case.law.rule_set, code, edition, case.law.day) for code in codes]
    each = tuple({a.code: a for f in found for a in f.each}.values())
    if not each:
        case.say("HS-UNKNOWN", Severity.ERROR, "/product/hs", f"{case.good.hs} of {edition} leads to no code of the rules; give six digits and its edition")
        case.complete = False
        return
    own = found[0].edition
    if any(f.carried for f in found):
        case.say("HS-CARRIED", Severity.NOTE, "/product/hs", f"no correlation from {edition} to {own} is in hand; the number was carried over")
        case.exact = False
    place = Place(case.rulebook, case.law, own, case.exporter, case.currency, lambda item: own_content(case, place, item))
    settled = settle(items, place, lambda item, out: _intermediate(case, place, item, out))
    case.findings += settled.findings
    case.exact = case.exact and settled.exact
    for applicable in each:
        case.seen.append(_one(case, applicable, settled, case.good))
    if not any(m.role == 0 for m in settled.materials) and any(s.found.state[s.program.places[0]] != w.YES for _, s, _ in case.seen):
        text = "no material is named and nobody says that the good was wholly obtained: nothing is made of nothing"
        case.say("ORI-NO-MATERIALS", Severity.WARNING, "/materials", text)
        case.empty = True
    if len({(worst.state, best.state) for _, worst, best in case.seen}) > 1:
        names = ", ".join(f"{a.code}: {('no', 'open', 'yes')[s.state]}" for a, s, _ in case.seen[:8])
        case.say("HS-AMBIGUOUS", Severity.WARNING, "/product/hs", f"the answer depends on which code of {own} the good has ({names})")
    if any(worst.state != best.state for _, worst, best in case.seen):
        case.say("ORI-INTERMEDIATE-OPEN", Severity.WARNING, "/materials", f"the answer depends on whether {', '.join(settled.open)} originates")
    elif settled.open:
        case.say("ORI-INTERMEDIATE-MOOT", Severity.NOTE, "/materials", f"whether {', '.join(settled.open)} originates is open but does not matter")


def _one(case: Case, found: Applicable, settled: Settled, good: Good) -> tuple[Applicable, Weighed, Weighed]:
    """A good of one code, with its open intermediates at their worst and at their best."""
    program = compiled(case, found)
    none = good.costs is None and case.law.value("rvc_formula") == "either"  # without a cost sheet build-up never reaches what build-down does
    if none or good.hs != found.code:
        costs = 0 if none else good.costs
        good = Good(found.code, good.fob, good.weight, good.exw, good.net_cost, costs, good.id, good.description, good.edition)
    known = known_facts(case, program)
    worst = weighed(program, good, cumulated(case, good, settled.materials), known)
    return found, worst, weighed(program, good, cumulated(case, good, settled.best), known) if settled.open else worst


def cumulated(case: Case, good: Good, materials: list[Material]) -> list[Material]:
    """ACFTA before 2019, rule 5: materials of other Parties originate only where the aggregate content of the good is high enough."""
    least = case.law.terms.find("cumulation_aggregate_from")
    if least is None or good.fob is None:
        return materials
    others = [m for m in materials if m.originating and m.origin not in ("", case.exporter)]
    if not others:
        return materials
    from_outside = sum((Fraction(m.value) for m in materials if not m.originating and m.value is not None), Fraction(0))
    if (Fraction(good.fob) - from_outside) * 100 >= Fraction(least.percent) * Fraction(good.fob):
        return materials
    return [replace(m, originating=False) if m in others else m for m in materials]


def compiled(case: Case, found: Applicable) -> Program:
    """The program of a code under the case's law. A typed-in rule stands where the list has none in hand."""
    typed, said = None, case.process.typed(case.law.agreement)
    if said is not None and found.product is None and found.extent is not Extent.WHOLE:
        typed = Typed(parse(said[0]), said[1])
    minimal = any(m in case.law.operations for m in case.process.minimal) or _sounds_small(case)
    last = case.process.processes[-1][1] if case.process.processes else ""
    elsewhere = last not in ("", case.exporter)
    described = frozenset(normal(a.text) for a in case.process.attested if a.source.strip() and a.holds)
    key = (found.code, said if typed else None, minimal, elsewhere, described)
    made: Program | None = case.law.made.get(key)
    if made is None:
        made = case.law.made[key] = _made(case.law, found, typed, (said if typed else None, minimal, elsewhere, described))
    return made


def _made(law: Law, found: Applicable, typed: Typed | None, more: tuple[Any, bool, bool, frozenset[str]]) -> Program:
    """The program of a code: one for all codes that have the same rules, where these do not name their goods."""
    _, minimal, elsewhere, described = more
    settings = law.settings(found.code)
    entries = [e for e in (found.product, found.general) if e is not None]
    if typed is not None or (found.product is None and found.extent is not Extent.WHOLE) or any(_names_goods(e.text) for e in entries):
        return program_of(ways(law, found, typed, minimal, elsewhere, described), found.code, settings)
    stands = (*(e.at for e in entries), found.extent, id(settings), *more)  # the law keeps its settings, so that one place is one of them
    if stands not in law.made:
        alike = (*((e.text, e.track) for e in entries), found.product is None, found.extent, id(settings), *more)
        open_to = ways(law, found, typed, minimal, elsewhere, described)
        if alike not in law.made:
            law.made[alike] = program_of(open_to, "", settings)
        law.made[stands] = law.made[alike].with_ways(open_to)
    made: Program = law.made[stands]
    return made.for_code(found.code)


@lru_cache(maxsize=8192)
def _names_goods(text: str) -> bool:
    return names_goods(parse(text))


def _intermediate(case: Case, place: Place, item: Item, out: Settled) -> int:
    """Whether an item made from items originates: the same question, asked of the country that it was made in."""
    made_in = item.origin or item.party or case.exporter
    if case.rulebook.membership(case.law.agreement, made_in, case.law.day) is None:
        return w.NO
    attested = tuple(a for a in case.process.attested if normal(a.text) not in OFF_LIST)
    process = Process(item.processes, (), attested, wholly=item.obtained)
    inner = Case(case.rulebook, case.law, Good(item.hs, item.value, item.weight, id=item.id), process, case.currency, made_in, case.importer, None)
    settled = settle(item.materials, replace(place, exporter=made_in), lambda i, o: _intermediate(inner, place, i, o))
    out.exact = out.exact and settled.exact
    edition = item.edition or place.edition
    for code in goods_in(case.rulebook, item.hs, edition):
        for applicable in case.rulebook.origin.rules(case.law.rule_set, code, edition, case.law.day).each:
            inner.seen.append(_one(inner, applicable, settled, inner.good))
    state = inner.state if inner.seen else w.OPEN
    if state == w.OPEN and inner.seen:
        case.intermediates += questions(inner.seen[0][1])
    return state


def own_content(case: Case, place: Place, item: Item) -> Fraction | None:
    """The value content of an item by its own bill, in percent, for partial cumulation; None where a value is missing."""
    if not item.materials or not item.value:
        return None
    inside = settle(item.materials, replace(place, exporter=item.origin or case.exporter), lambda i, o: _intermediate(case, place, i, o))
    values = [m.value if m.outside is None else m.outside for m in inside.materials if not m.originating]
    if any(v is None for v in values):
        return None
    return 100 - Fraction(100) * sum((Fraction(v) for v in values if v is not None), Fraction(0)) / Fraction(item.value)


# -- facts ---------------------------------------------------------------------------------------------------------


OFF_LIST = {normal("not on the product list"): True, normal("on the product list"): False}
"""Short words for whether the good is on a list that is not in hand; the full ones name its code."""
UNLISTED = " product list"


def _sounds_small(case: Case) -> bool:
    """Whether all that was done is called like an operation too small to give origin: then it does not show that more was done."""
    done = case.process.processes
    small = {word for name in case.law.operations for word in name.split("_")} - {"or"}
    return bool(done) and all(name not in PROCESSES and not small.isdisjoint(name.lower().replace("_", " ").split()) for name, _ in done or ())


def known_facts(case: Case, program: Program) -> Facts:
    """What the product file says of the facts that a program asks for. An attestation without a source settles nothing."""
    said: dict[str, bool] = {}
    sources: dict[str, str] = {}
    keys = {normal(k): k for k in program.facts} if case.process.attested else {}
    listed = next((k for k in program.facts if k.endswith(UNLISTED)), "")
    for a in case.process.attested:
        text = normal(a.text)
        key = keys.get(text) or keys.get(f"process {text}") or (listed if text in OFF_LIST else "") or (WHOLLY if text in ("wo", "wholly obtained") else "")
        if key in program.facts and a.source.strip():
            said[key], sources[key] = a.holds == OFF_LIST.get(text, True), a.source
    done = case.process.processes
    if MORE_THAN_MINIMAL in program.facts and MORE_THAN_MINIMAL not in said and done is not None and not _sounds_small(case):
        said[MORE_THAN_MINIMAL] = bool(done)
    names = None if done is None else frozenset(n for n, at in done if case.rulebook.membership(case.law.agreement, at or case.exporter, case.law.day))
    wholly = case.process.wholly
    if wholly and case.process.party and case.rulebook.membership(case.law.agreement, case.process.party, case.law.day) is None:
        wholly = False
    return Facts(names, said, sources, wholly, case.process.item not in ("", "11"))
