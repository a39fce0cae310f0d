"""`qualify`: what an agreement says of the origin of a good, on a day, between two Parties.

One good is weighed once for each code that it may have in the edition of the rules and, where an intermediate of its bill
is open, as if that did and did not originate. What all of these agree on is decided; the rest is undetermined.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from youyi import __version__
from youyi.finding import Finding, Severity
from youyi.law.origin import parse
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
from youyi.qualify.program import WHOLLY, Program, program_of
from youyi.qualify.result import Answer, Verdict
from youyi.qualify.single import Weighed, weighed


@dataclass(frozen=True, slots=True)
class Attestation:
    """A text that somebody attests, or denies, with its source. Without a source it settles nothing."""

    text: str
    source: str
    holds: bool = True


@dataclass(frozen=True, slots=True)
class Process:
    """What was done: `processes` of the vocabulary (None: not stated), `minimal` operations by the agreements' names, and what is attested.

    `rules`: product rules typed in for agreements whose list is not in hand: agreement to (text, source).
    """

    processes: tuple[str, ...] | None = None
    minimal: tuple[str, ...] = ()
    attested: tuple[Attestation, ...] = ()
    rules: dict[str, tuple[str, str]] = field(default_factory=dict)


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

    @property
    def state(self) -> int:
        """What all that was weighed agrees on."""
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
    day = day_number(on) if isinstance(on, str) else on
    items = tuple(m if isinstance(m, Item) else _item(m) for m in materials)
    law = law_of(rulebook.origin, agreement, importer, day)
    if law is None:
        return _no_law(rulebook, good, agreement, exporter, importer, day)
    case = Case(rulebook, law, good, process, currency, exporter, importer, journey)
    if rulebook.between(agreement, exporter, importer, day) is None:
        text = f"{agreement} does not bind {exporter} and {importer} to each other on {day_text(day)}"
        case.say("ORI-NOT-BOUND", Severity.ERROR, "", text, law.row["citation"])
        return answer(case, Verdict.NOT_ORIGINATING)
    examine(case, items)
    return answer(case)


def _no_law(rulebook: Rulebook, good: Good, agreement: str, exporter: str, importer: str, day: int) -> Answer:
    known = ", ".join(rulebook.origin.agreements)
    text = f"no rules of origin of {agreement} are in hand for {importer} on {day_text(day)} (in hand: {known})"
    finding = Finding("ORI-NO-RULES", Severity.ERROR, "", text)
    provenance = {"release": rulebook.name, "digest": rulebook.digest, "program": __version__}
    return Answer(
        agreement,
        Verdict.UNDETERMINED,
        *("",) * 4,
        *((),) * 2,
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
    edition = case.good.edition or case.rulebook.origin.edition(case.law.rule_set, case.law.day)
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
    place = Place(case.rulebook, case.law, own, case.exporter, case.currency)
    settled = settle(items, place, lambda item, out: _intermediate(case, place, item, out))
    case.findings += settled.findings
    case.exact = case.exact and settled.exact
    for applicable in each:
        case.seen.append(_one(case, applicable, settled, case.good))
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
    own = replace(good, hs=found.code)
    known = known_facts(case, program)
    worst = weighed(program, own, settled.materials, known)
    return found, worst, weighed(program, own, settled.best, known) if settled.open else worst


def compiled(case: Case, found: Applicable) -> Program:
    """The program of a code under the case's law. A typed-in rule stands where the list has none in hand."""
    typed = None
    said = case.process.rules.get(case.law.agreement)
    if said is not None and found.product is None and found.extent is not Extent.WHOLE:
        typed = Typed(parse(said[0]), said[1])
    minimal = bool(_small(case))
    return program_of(ways(case.law, found, typed, minimal), found.code, case.law.settings(found.code))


def _small(case: Case) -> list[str]:
    return [m for m in case.process.minimal if m in case.law.operations]


def _intermediate(case: Case, place: Place, item: Item, out: Settled) -> int:
    """Whether an item made from items originates: the same question, asked of the Party that it was made in."""
    inner = Case(
        case.rulebook,
        case.law,
        Good(item.hs, item.value, item.weight, id=item.id),
        Process(None, (), case.process.attested),
        case.currency,
        item.party or case.exporter,
        "",
        None,
    )
    settled = settle(item.materials, place, lambda i, o: _intermediate(case, place, i, o))
    out.exact = out.exact and settled.exact
    edition = item.edition or place.edition
    codes = goods_in(case.rulebook, item.hs, edition)
    for code in codes:
        for applicable in case.rulebook.origin.rules(case.law.rule_set, code, edition, case.law.day).each:
            inner.seen.append(_one(inner, applicable, settled, inner.good))
    return inner.state if inner.seen else w.OPEN


# -- facts ---------------------------------------------------------------------------------------------------------


SHORT = {normal(t): WHOLLY for t in ("WO", "wholly obtained", "wholly obtained or produced")}


def known_facts(case: Case, program: Program) -> Facts:
    """What the product file says of the facts that a program asks for. An attestation without a source settles nothing."""
    said: dict[str, bool] = {}
    sources: dict[str, str] = {}
    keys = {normal(k): k for k in program.facts}
    for a in case.process.attested:
        text = normal(a.text)
        key = SHORT.get(text) or keys.get(text) or keys.get(f"process {text}")
        if key in program.facts and a.source.strip():
            said[key], sources[key] = a.holds, a.source
    if MORE_THAN_MINIMAL in program.facts and MORE_THAN_MINIMAL not in said:
        done = case.process.processes
        if done is not None:
            said[MORE_THAN_MINIMAL] = bool(set(done))
    processes = case.process.processes
    return Facts(None if processes is None else frozenset(processes), said, sources)
