"""Answers of origin on a terminal: the verdict first, then what it rests on, then what to ask."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from youyi.qualify.result import Branch, Step, Verdict

if TYPE_CHECKING:
    from youyi.finding import Finding
    from youyi.law.rulebook import Rulebook
    from youyi.qualify.evaluating import Evaluation
    from youyi.qualify.reading import Product, Sheet
    from youyi.qualify.result import Answer, Question

NOTICE = "Not legal advice. A claim must rest on what is really made and bought; the issuing authority and customs decide."
COLOURS = {"originating": "green", "not_originating": "red", "undetermined": "yellow", "passed": "green", "failed": "red", "open": "yellow"}
WORDS = {Verdict.ORIGINATING: "originating", Verdict.NOT_ORIGINATING: "not originating", Verdict.UNDETERMINED: "undetermined"}
SHOWN = 5


def console() -> Console:
    """A terminal, or a wide page where nobody looks."""
    made = Console(highlight=False)
    return made if made.is_terminal else Console(highlight=False, width=200)


def print_product(rulebook: Rulebook, product: Product, answers: list[Answer], explain: bool) -> None:
    """Everything that was found of one product."""
    out = console()
    good = product.good
    out.print(f"[bold]{escape(good.id or good.hs)}[/]  {escape(good.description)}  HS {good.hs}", soft_wrap=True)
    _findings(out, product.findings)
    if answers:
        table = Table("agreement", "verdict", "criterion", "box 8", "RVC", "RCEP origin", box=None, pad_edge=False, header_style="dim")
        for a in answers:
            rvc = f"{a.rvc} %" if a.rvc else "–"
            table.add_row(a.agreement, f"[{COLOURS[a.verdict]}]{WORDS[a.verdict]}[/]", a.criterion or "–", escape(a.box8) or "–", rvc, a.rcep_origin or "–")
        out.print(table)
    for a in answers:
        out.print(f"\n[bold]{a.agreement}[/]  {a.exporter} → {a.importer} on {a.on}, rules {a.rule_set or 'not in hand'}", soft_wrap=True)
        for b in a.branches:
            if explain or a.verdict is not Verdict.ORIGINATING or b.state == "passed":
                _branch(out, b, explain)
        _questions(out, a.questions)
        _findings(out, list(a.findings))
        if a.citations:
            out.print("  [dim]sources[/]")
            for key, title in a.citations.items():
                out.print(f"    [dim]{escape(f'[{key}] {title}')}[/]", soft_wrap=True)
        if not (a.complete and a.exact):
            said = " and ".join(filter(None, ("law that bears on it is missing" if not a.complete else "", "it rests on a default" if not a.exact else "")))
            out.print(f"  [yellow]indicative: {said}[/]")
    out.print(f"\n[dim]release {escape(rulebook.name)}, {rulebook.digest[:12]}. {NOTICE}[/]", soft_wrap=True)


def print_evaluations(cases: list[tuple[str, Sheet, Evaluation]]) -> None:
    """What a rule says of each case."""
    out = console()
    for rule, sheet, found in cases:
        name = sheet.good.id or sheet.good.hs
        out.print(f"[bold]{escape(name)}[/]  {escape(rule)}: [{COLOURS[found.verdict]}]{WORDS[found.verdict]}[/]", soft_wrap=True)
        for b in found.branches:
            _branch(out, b, True)
        _questions(out, found.questions)
        _findings(out, sheet.findings)


def _branch(out: Console, b: Branch, explain: bool) -> None:
    said = f"  [{COLOURS[b.state]}]{b.state:6}[/] {escape(b.rule)}"
    if b.condition:
        said += f"  if {escape(b.condition)}"
    if b.citation:
        said += f"  [dim]{escape(f'[{b.citation}]')}[/]"
    out.print(said, soft_wrap=True)
    _step(out, b.step, 4, explain, top=True)


def _step(out: Console, s: Step, indent: int, explain: bool, top: bool = False) -> None:
    parts = []
    if s.measured:
        parts.append(f"{s.measured} against {s.needed}" if s.needed and "%" in s.needed else s.measured)
    if s.short_by and s.state != "passed":
        parts.append(f"short by {s.short_by}")
    if s.materials and s.state != "passed":
        parts.append("because of " + ", ".join(s.materials[:6]) + (" …" if len(s.materials) > 6 else ""))
    if s.note:
        parts.append(s.note)
    if parts or (not top and explain):
        head = "" if top else f"[{COLOURS[s.state]}]{s.state}[/] {escape(s.text)}: "
        out.print(" " * indent + (head + escape("; ".join(parts))).removesuffix(": "), soft_wrap=True)
    for inner in s.steps:
        if explain or inner.state != "failed" or inner.measured:
            _step(out, inner, indent + 2, explain)


def _questions(out: Console, questions: tuple[Question, ...]) -> None:
    for q in questions[:SHOWN]:
        ends = f"yes: {q.if_yes.replace('_', ' ')}, no: {q.if_no.replace('_', ' ')}" if q.settles else "settles it only with others"
        out.print(f"  [cyan]ask[/] {escape(q.text)}  [dim]({ends})[/]", soft_wrap=True)
    if len(questions) > SHOWN:
        out.print(f"  and {len(questions) - SHOWN} more questions (--json)")


def _findings(out: Console, findings: list[Finding]) -> None:
    for f in findings:
        colour = {"error": "red", "warning": "yellow"}.get(f.severity, "dim")
        out.print(f"  [{colour}]{f.severity}[/] {escape(str(f).removeprefix(f'{f.severity} '))}", soft_wrap=True)
