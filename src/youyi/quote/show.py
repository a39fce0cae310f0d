"""A quote on a terminal: the answer in sentences first, then a table of the regimes, then what each card takes."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from rich.markup import escape
from rich.table import Table

from youyi.qualify.show import COLOURS, NOTICE, console
from youyi.quote.cards import Card, Quote, Worth

if TYPE_CHECKING:
    from rich.console import Console

WORTH = {
    Worth.YES: "[green]yes[/]",
    Worth.IF: "[yellow]if settled[/]",
    Worth.PERHAPS: "[yellow]perhaps[/]",
    Worth.NO: "no",
    Worth.UNKNOWN: "[yellow]cannot be said[/]",
    Worth.BASE: "",
}


def print_quote(q: Quote) -> None:
    """Everything a quote says."""
    out = console()
    value = "" if q.value is None else f", {q.value:,f} {q.currency}"
    out.print(f"[bold]{escape(q.product)}[/]  HS {q.code}, {q.exporter} → {q.importer} on {q.on}{value}", soft_wrap=True)
    for f in q.findings:
        out.print(f"  [{'red' if f.severity == 'error' else 'dim'}]{escape(str(f))}[/]", soft_wrap=True)
    for sentence in q.advice:
        out.print(f"\n[bold]{escape(sentence)}[/]", soft_wrap=True)
    if q.cards:
        out.print()
        out.print(_table(q))
    for card in q.cards:
        _card(out, card)
    out.print(f"\n[dim]release {escape(q.provenance['release'])}, {q.provenance['digest'][:12]}. {NOTICE}[/]", soft_wrap=True)


def _table(q: Quote) -> Table:
    money = q.cards[0].currency
    table = Table("regime", "origin", "rate", f"duty {money}", "total", "saving", "worth it?", "rate is", "basis", box=None, pad_edge=False, header_style="dim")
    for c in q.cards:
        verdict = f"[{COLOURS[c.verdict]}]{c.verdict.replace('_', ' ')}[/]" if c.verdict else "–"
        name = f"[bold]{c.regime}[/]" if c.best else c.regime
        saving = _span(c.saving) if c.regime != q.cards[0].regime else ""
        table.add_row(name, verdict, c.rate or "–", _span(c.duty), _span(c.total), saving, WORTH[c.worth], c.status, c.basis)
    return table


def _span(pair: tuple[Decimal | None, Decimal | None]) -> str:
    low, high = pair
    if low is None or high is None:
        return "–"
    return f"{low:,f}" if low == high else f"{low:,f} … {high:,f}"


def _card(out: Console, c: Card) -> None:
    out.print(f"\n[bold]{c.regime}[/]{f'  {escape(c.why)}' if c.why else ''}", soft_wrap=True)
    if c.answer is not None and c.answer.criterion:
        out.print(f"  criterion {c.answer.criterion}, box 8: {escape(c.answer.box8)}", soft_wrap=True)
    for paper in c.papers:
        out.print(f"  paper   {escape(paper)}", soft_wrap=True)
    for clock in c.clocks:
        unsure = "" if clock.status == "official" else f", {clock.status}"
        out.print(f"  {clock.last or 'clock     '}  {escape(clock.text)} [dim]{escape(f'[{clock.citation}{unsure}]')}[/]", soft_wrap=True)
    for q in c.answer.questions[:3] if c.answer is not None and c.worth in (Worth.IF, Worth.PERHAPS) else ():
        out.print(f"  [cyan]ask[/]     {escape(q.text)}", soft_wrap=True)
    for condition in c.conditions:
        out.print(f"  if      {escape(condition)}", soft_wrap=True)
    for finding in c.findings:
        out.print(f"  [dim]· {escape(finding)}[/]", soft_wrap=True)
    if c.not_checked:
        out.print(f"  [dim]NOT checked: {escape('; '.join(c.not_checked))}[/]", soft_wrap=True)
