"""An answer from what was weighed: criterion, box, branches, questions, findings and the articles behind them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from youyi import __version__
from youyi.finding import Finding, Severity
from youyi.law.origin import Lost
from youyi.law.origin.book import Extent
from youyi.law.tables import day_text
from youyi.qualify import weigh as w
from youyi.qualify.criteria import box_of, criterion
from youyi.qualify.journey import consignment
from youyi.qualify.program import Program, Way
from youyi.qualify.questions import questions
from youyi.qualify.rcep_origin import country
from youyi.qualify.result import STATES, VERDICTS, Answer, Branch, Question, Verdict
from youyi.qualify.single import Weighed
from youyi.qualify.trace import Trace, percent_down

if TYPE_CHECKING:
    from youyi.qualify.qualifying import Case


def answer(case: Case, decided: Verdict | None = None) -> Answer:
    """The answer to a case; `decided` where there was nothing to weigh."""
    if not case.seen:
        return _answer(case, decided or Verdict.UNDETERMINED, "", "", "", "", (), ())
    _, seen, best = case.seen[0]
    trace = Trace(seen)
    verdict = VERDICTS[case.state]
    branches = _branches(case, seen, trace)
    passed = [b for b in branches if b.state == "passed"] if verdict is Verdict.ORIGINATING else []
    first = passed[0] if passed else None
    if verdict is Verdict.ORIGINATING and first is None:  # only with its open intermediates originating, in other codes
        first = next((b for b in _branches(case, best, Trace(best)) if b.state == "passed"), None)
    origin = _rcep_origin(case, seen, first)
    _say(case, branches, seen, verdict)
    asked = () if verdict is Verdict.ORIGINATING else (*_of_law(case, branches), *questions(seen), *case.intermediates)
    asked = (*asked, *_of_origin(case))
    return _answer(case, verdict, first.criterion if first else "", first.box8 if first else "", _content(case, seen, trace), origin, branches, asked)


def _content(case: Case, seen: Weighed, trace: Trace) -> str:
    """The value content to print: by build-up where the exporter may choose, a cost sheet is stated and it gives more."""
    fob, costs = seen.goods.amounts[w.FOB], seen.goods.amounts[w.COSTS]
    values = seen.columns.value
    if case.law.value("rvc_formula") != "either" or costs <= 0 or fob <= 0 or any(v < 0 for v in values):
        return trace.rvc
    inside = sum(v if o else v - x for v, x, o in zip(values, seen.columns.outside, seen.columns.originates, strict=True))
    up = percent_down(inside + costs, fob)
    return max(trace.rvc, up, key=Decimal) if trace.rvc else up


def _of_origin(case: Case) -> list[Question]:
    """What would settle the RCEP country of origin."""
    codes = {f.code: f for f in case.findings}
    found = []
    if "RCEP-ORIGIN-APPENDIX" in codes:
        found.append(Question("rcep_appendix", "is the good on the importer's list of goods that need 20 % of value added in the exporting Party?", ""))
    if (open_ := codes.get("RCEP-ORIGIN-OPEN")) is not None and "value of " in open_.text:
        found += [
            Question(f"value:{m.name}", f"what is the value of {m.name}?", f"{m.pointer}/value")
            for m in case.seen[0][1].materials
            if m.originating and m.value is None
        ]
    return found


def _of_law(case: Case, branches: tuple[Branch, ...]) -> list[Question]:
    """What is asked of the law itself, where a text that would decide is not in hand."""
    found = []
    if case.empty:
        found.append(Question("wholly_obtained", "was the good grown, born and raised, extracted or caught in a Party?", "/product/wholly_obtained", 1))
        found.append(Question("materials", "what is the good made of?", "/materials"))
    if case.state == w.OPEN and len({a.code for a, _, _ in case.seen}) > 1 and len({s.state for _, s, _ in case.seen}) > 1:
        found.append(Question("code", f"which of {', '.join(a.code for a, _, _ in case.seen[:8])} is the good?", "/product/hs", 1))
    if any(b.state == "open" and "lost" in b.rule and not b.condition for b in branches):
        found.append(Question("rule_text", "what does the text say that is not in hand?", "/product_rule", 1))
    steps = [s for b in branches for s in (b.step, *b.step.steps)]
    if any(s.state == "open" and len(s.steps) == 2 and {x.state for x in s.steps} == {"passed", "failed"} for s in steps):
        found.append(Question("rvc_method", "which of the two formulas has the exporting Party fixed?", "", 2))
    return found


def _answer(case: Case, verdict: Verdict, criterion: str, box: str, rvc: str, origin: str, branches: tuple[Branch, ...], asked: tuple) -> Answer:  # type: ignore[type-arg]
    law = case.law
    way = consignment(case.rulebook, law, case.journey, case.exporter, case.importer)
    case.findings += way.findings
    asked = (*asked, *(Question(about, text, "/journey") for about, text in way.asked))
    case.findings += _operations(case)
    case.findings += _attestations(case)
    cited = dict.fromkeys([law.row["citation"], *(b.citation for b in branches), *(f.citation for f in case.findings)])
    used = tuple((a.text, a.source) for a in case.process.attested if a.source.strip())
    known = case.rulebook.store.citations
    typed = case.process.typed(law.agreement)
    used += ((f"{law.agreement} rule: {typed[0]}", typed[1]),) if typed else ()
    return Answer(
        law.agreement,
        verdict,
        criterion,
        box,
        rvc,
        origin,
        branches,
        asked,
        tuple(dict.fromkeys(case.findings)),
        {k: known[k]["title"] for k in cited if k in known},
        case.good.id,
        case.good.hs,
        case.good.edition,
        law.rule_set,
        case.importer,
        case.exporter,
        day_text(law.day),
        case.complete,
        case.exact,
        used,
        way.status,
        {"release": case.rulebook.name, "digest": case.rulebook.digest, "program": __version__},
    )


# -- branches ------------------------------------------------------------------------------------------------------


def _branches(case: Case, seen: Weighed, trace: Trace) -> tuple[Branch, ...]:
    program, alone, out = seen.program, list[Weighed](), []
    for i, (way, named) in enumerate(zip(program.ways, _named(case, program), strict=True)):
        place = program.places[i]
        state = STATES[seen.found.state[place]]
        printed = named.box(trace.rvc, _beside(case, seen, place, alone)) if state != "failed" and not isinstance(way.rule, Lost) else ""
        out.append(Branch(named.rule, named.criterion, printed, state, trace.branch(i), named.condition, way.citation, way.status))
    return tuple(out)


@dataclass(frozen=True, slots=True)
class _Named:
    """What is the same of a way for every good: its rule and condition in words, its criterion, its box."""

    rule: str
    criterion: str
    condition: str
    box: Callable[[str, tuple[str, ...]], str]


def _named(case: Case, program: Program) -> tuple[_Named, ...]:
    """The names of a program's ways. The law keeps its programs, so that one place is one of them."""
    rows, key = case.law.criteria, ("named", id(program))
    if key not in case.law.made:
        conditions = (" and ".join(f"not: {g.text}" if g.denied else g.text for g in way.guards) for way in program.ways)
        case.law.made[key] = tuple(
            _Named(str(way.rule), criterion(rows, way), condition, box_of(rows, way)) for way, condition in zip(program.ways, conditions, strict=True)
        )
    found: tuple[_Named, ...] = case.law.made[key]
    return found


def _beside(case: Case, seen: Weighed, place: int, alone: list[Weighed]) -> tuple[str, ...]:
    """ACU where a way is met only with originating materials of other Parties, DMI where a change was forgiven.

    `alone`: the good without what originates in other Parties; weighed when first asked for, kept for the next way.
    """
    if "ACU" not in case.law.criteria or seen.found.state[place] != w.YES or seen.program.ways[seen.program.places.index(place)].criterion in ("WO", "PE"):
        return ()
    others = [i for i, m in enumerate(seen.materials) if m.originating and m.origin not in ("", case.exporter)]
    if others and not alone:
        alone.append(seen.without(others))
    needed = bool(others) and alone[0].found.state[place] != w.YES
    forgiven = any(seen.found.forgiven[n] > 0 for n in _under(seen, place) if seen.program.nodes[n * w.NODE] == w.CHANGE)
    return (("ACU",) if needed else ()) + (("DMI",) if forgiven else ())


def _under(seen: Weighed, place: int) -> list[int]:
    children = seen.program.meanings[place].children
    return [place, *(n for c in children for n in _under(seen, c))]


# -- findings ------------------------------------------------------------------------------------------------------


def _say(case: Case, branches: tuple[Branch, ...], seen: Weighed, verdict: Verdict) -> None:
    """What is to be said of the law in hand and of materials of unknown origin."""
    for found, _, _ in case.seen:
        if found.product is None and found.extent is not Extent.WHOLE and case.process.typed(case.law.agreement) is None:
            case.complete = False
            _list_missing(case, branches, found.gap, found.gap_citation)
            break
    if case.law.row["status"] != "official":
        text = f"from when {case.importer or 'the importer'} applies {case.law.rule_set} is {case.law.row['status']}"
        case.say("ORI-DATE-UNVERIFIED", Severity.NOTE, "", text, case.law.row["citation"])
        case.exact = False
    fob, costs = seen.goods.amounts[w.FOB], seen.goods.amounts[w.COSTS]
    term = case.law.terms.find("rvc_formula")
    if costs > 0 and term and term.value in ("either", "one_per_party") and 0 <= fob < costs + sum(max(v, 0) for v in seen.columns.value):
        text = "the materials, costs and profit that are stated are together more than the FOB value that they make up; they were reckoned as stated"
        case.say("ORI-COSTS-ABOVE-FOB", Severity.WARNING, "/costs", text, term.citation)
    unknown = [m.name for m in seen.materials if m.originating is None]
    if unknown:
        term = case.law.terms.find("unknown_origin")
        text = f"not shown to originate, counted as non-originating: {', '.join(unknown[:12])}{' …' if len(unknown) > 12 else ''}"
        case.say("ORI-ORIGIN-UNKNOWN", Severity.NOTE, "/materials", text, term.citation if term else "")
    missing = [m.name for m in seen.materials if m.value is None and not m.originating]
    if missing and verdict is Verdict.UNDETERMINED:
        case.say("ORI-VALUE-MISSING", Severity.WARNING, "/materials", f"value not known: {', '.join(missing[:12])}")
    for branch in branches:
        if branch.state == "passed" and branch.status in ("unverified", "derived"):
            case.say("ORI-RULE-UNVERIFIED", Severity.NOTE, "", f"{branch.rule}: its text is {branch.status}", branch.citation)
            case.exact = False


def _list_missing(case: Case, branches: tuple[Branch, ...], gap: str, citation: str) -> None:
    able = [b for b in branches if b.state == "open" and b.condition and b.box8 and not b.condition.startswith("not:") and _inner_passed(b)]
    for b in able:
        case.say("ORI-CONDITIONAL", Severity.WARNING, "", f"{b.box8} if {b.condition}", b.citation)
    text = f"{gap}; attest with a source whether the good is on it, or type its rule in with its source"
    case.say("ORI-LIST-MISSING", Severity.WARNING, "", text, citation)


def _inner_passed(branch: Branch) -> bool:
    return bool(branch.step.steps) and branch.step.steps[0].state == "passed"


def _operations(case: Case) -> list[Finding]:
    """Minimal operations: which of those named the agreement calls so, and what follows."""
    found = []
    value = case.law.terms.find("minimal_operations")
    for name in case.process.minimal:
        row = case.law.operations.get(name)
        if row is None:
            known = ", ".join(case.law.operations)
            found.append(
                Finding("ORI-OPERATION-UNKNOWN", Severity.NOTE, "/minimal", f"{name} is no minimal operation of {case.law.agreement} (those are: {known})")
            )
        else:
            bars = "it gives no origin by itself" if value and value.value == "bar_origin" else "it makes nothing wholly obtained; for other criteria a warning"
            found.append(Finding("ORI-MINIMAL", Severity.WARNING, "/minimal", f"minimal operation: {row['text']}; {bars}", row["citation"]))
    return found


def _attestations(case: Case) -> list[Finding]:
    found = [
        Finding("ATTEST-NO-SOURCE", Severity.ERROR, f"/attested/{i}/source", f"not counted, as no source is attached: {a.text}")
        for i, a in enumerate(case.process.attested)
        if not a.source.strip()
    ]
    rests = [a for a in case.process.attested if a.source.strip()]
    found += [Finding("ATTESTED", Severity.NOTE, "/attested", f"rests on an attestation: {a.text} [{a.source}]") for a in rests]
    if typed := case.process.typed(case.law.agreement):
        text, source = typed
        found.append(Finding("RULE-TYPED-IN", Severity.WARNING, "/rules", f"rests on a rule that was typed in: {text} [{source}]"))
    return found


def _rcep_origin(case: Case, seen: Weighed, first: Branch | None) -> str:
    """The RCEP country of origin, where the agreement has one and the good originates."""
    if case.law.value("tariff_differentials") != "country_of_origin" or first is None:
        return ""
    if first.criterion == "WO" and case.process.party:
        return case.process.party
    done = case.process.processes
    more: bool | None = any(at in ("", case.exporter) for _, at in done) if done else (False if done is not None else None)
    if more is not True and not case.process.minimal:
        more = True if done is None else more
        text = f"more than minimal operations in {case.exporter} is presumed; no minimal operation is named"
        case.say("RCEP-ORIGIN-PRESUMED", Severity.NOTE, "/processes", text)
    origin, findings, whole = country(case.rulebook, case.law, seen, first.criterion, case.exporter, case.importer, more)
    case.findings += findings
    case.complete = case.complete and whole
    return origin


__all__ = ["Way", "answer"]
