"""An answer from what was weighed: criterion, box, branches, questions, findings and the articles behind them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from youyi import __version__
from youyi.finding import Finding, Severity
from youyi.law.origin import Lost
from youyi.law.origin.book import Extent
from youyi.law.tables import day_text
from youyi.qualify import weigh as w
from youyi.qualify.criteria import box8, criterion
from youyi.qualify.journey import consignment
from youyi.qualify.program import Way
from youyi.qualify.questions import questions
from youyi.qualify.rcep_origin import country
from youyi.qualify.result import STATES, VERDICTS, Answer, Branch, Verdict
from youyi.qualify.single import Weighed
from youyi.qualify.trace import Trace

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
    asked = () if verdict is Verdict.ORIGINATING else questions(seen)
    return _answer(case, verdict, first.criterion if first else "", first.box8 if first else "", trace.rvc, origin, branches, asked)


def _answer(case: Case, verdict: Verdict, criterion: str, box: str, rvc: str, origin: str, branches: tuple[Branch, ...], asked: tuple) -> Answer:  # type: ignore[type-arg]
    law = case.law
    case.findings += consignment(case.rulebook, law, case.journey, case.exporter, case.importer)
    case.findings += _operations(case)
    case.findings += _attestations(case)
    cited = dict.fromkeys([law.row["citation"], *(b.citation for b in branches), *(f.citation for f in case.findings)])
    used = tuple((a.text, a.source) for a in case.process.attested if a.source.strip())
    used += tuple((f"{name} rule: {text}", source) for name, (text, source) in case.process.rules.items() if name == law.agreement)
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
        {k: case.rulebook.cite(k) for k in cited if k and k in case.rulebook.store.citations},
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
        {"release": case.rulebook.name, "digest": case.rulebook.digest, "program": __version__},
    )


# -- branches ------------------------------------------------------------------------------------------------------


def _branches(case: Case, seen: Weighed, trace: Trace) -> tuple[Branch, ...]:
    rows, program = case.law.criteria, seen.program
    out = []
    for i, way in enumerate(program.ways):
        place = program.places[i]
        state = STATES[seen.found.state[place]]
        condition = " and ".join(f"not: {g.text}" if g.denied else g.text for g in way.guards)
        printed = box8(rows, way, trace.rvc, _beside(case, seen, place)) if state != "failed" and not isinstance(way.rule, Lost) else ""
        out.append(Branch(str(way.rule), criterion(rows, way), printed, state, trace.branch(i), condition, way.citation, way.status))
    return tuple(out)


def _beside(case: Case, seen: Weighed, place: int) -> tuple[str, ...]:
    """ACU where materials of other Parties were counted in, DMI where a change was forgiven."""
    others = any(m.originating and m.origin not in ("", case.exporter) for m in seen.materials)
    forgiven = any(seen.found.forgiven[n] > 0 for n in _under(seen, place) if seen.program.nodes[n * w.NODE] == w.CHANGE)
    return (("ACU",) if others else ()) + (("DMI",) if forgiven else ())


def _under(seen: Weighed, place: int) -> list[int]:
    children = seen.program.meanings[place].children
    return [place, *(n for c in children for n in _under(seen, c))]


# -- findings ------------------------------------------------------------------------------------------------------


def _say(case: Case, branches: tuple[Branch, ...], seen: Weighed, verdict: Verdict) -> None:
    """What is to be said of the law in hand and of materials of unknown origin."""
    for found, _, _ in case.seen:
        if found.product is None and found.extent is not Extent.WHOLE and case.law.agreement not in case.process.rules:
            case.complete = False
            _list_missing(case, branches, found.gap, found.gap_citation)
            break
    if case.law.row["status"] != "official":
        text = f"from when {case.importer or 'the importer'} applies {case.law.rule_set} is {case.law.row['status']}"
        case.say("ORI-DATE-UNVERIFIED", Severity.NOTE, "", text, case.law.row["citation"])
        case.exact = False
    unknown = [m.name for m in seen.materials if m.originating is None]
    if unknown:
        term = case.law.terms.find("unknown_origin")
        text = f"origin not known, counted as non-originating: {', '.join(unknown[:12])}{' …' if len(unknown) > 12 else ''}"
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
    if case.law.agreement in case.process.rules:
        text, source = case.process.rules[case.law.agreement]
        found.append(Finding("RULE-TYPED-IN", Severity.WARNING, "/rules", f"rests on a rule that was typed in: {text} [{source}]"))
    return found


def _rcep_origin(case: Case, seen: Weighed, first: Branch | None) -> str:
    """The RCEP country of origin, where the agreement has one and the good originates."""
    if case.law.value("tariff_differentials") != "country_of_origin" or first is None:
        return ""
    done = case.process.processes
    more = bool(done) if done is not None else None
    origin, findings, whole = country(case.rulebook, case.law, seen, first.criterion, case.exporter, case.importer, more)
    case.findings += findings
    case.complete = case.complete and whole
    return origin


__all__ = ["Way", "answer"]
