"""A plan on a terminal: where the good stands, the changes and their cost, how far it is from failing, what it is worth."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape

from youyi.quote.plan_result import plain

if TYPE_CHECKING:
    from youyi.law.rulebook import Rulebook
    from youyi.qualify.reading import Product
    from youyi.quote.plan_result import Advice, Margin, Plan, Worth

STATUS = {
    "passes": "[green]originates with room to spare[/]",
    "barely": "[yellow]barely originates[/]",
    "fails": "[red]does not originate[/]",
    "open": "[yellow]cannot be decided by what is known[/]",
}


def print_advice(rulebook: Rulebook, product: Product, advice: Advice | None) -> None:
    """Everything that was found for one product."""
    out = Console(highlight=False)
    out = out if out.is_terminal else Console(highlight=False, width=200)
    good = product.good
    out.print(f"[bold]{escape(good.id or good.hs)}[/]  {escape(good.description)}  HS {good.hs}", soft_wrap=True)
    findings = [*product.findings, *(advice.findings if advice else ())]
    if advice is not None:
        _standing(out, advice)
        _plans(out, advice)
        if advice.worth:
            _worth(out, advice, advice.worth)
    for f in findings:
        colour = {"error": "red", "warning": "yellow"}.get(f.severity, "dim")
        out.print(f"  [{colour}]{f.severity}[/] {escape(str(f).removeprefix(f'{f.severity} '))}", soft_wrap=True)
    if advice is not None:
        out.print()
        for notice in advice.notices:
            out.print(f"[yellow]![/] {escape(notice)}", soft_wrap=True)
    out.print(f"[dim]release {escape(rulebook.name)}, {rulebook.digest[:12]}. Not legal advice; the issuing authority and customs decide.[/]", soft_wrap=True)


def _standing(out: Console, a: Advice) -> None:
    standing = f"{STATUS[a.status]}{_if(a.conditions)}" if _applies(a) else "[red]does not apply[/]: see below"
    out.print(f"{a.agreement}  {a.exporter} → {a.importer} on {a.on}: {standing}", soft_wrap=True)
    if a.rvc:
        out.print(f"  regional value content {a.rvc} %", soft_wrap=True)
    for m in a.margins:
        out.print(f"  [green]passes[/] {escape(m.rule)}: {escape(_margin(m, a.currency))}", soft_wrap=True)
    for s in a.shifts:
        wanted = f"{_money(s.value, a.currency)} from outside must become originating" if s.value is not None else s.note
        among = f" (of {', '.join(s.among)})" if s.among else ""
        out.print(f"  [red]wants[/]  {escape(s.rule)}: {escape(wanted + among)}", soft_wrap=True)


def _margin(m: Margin, currency: str) -> str:
    parts = []
    if m.price_least is not None:
        parts.append(f"the FOB price may fall by {plain(m.price_may_fall)} %, to {_money(m.price_least, currency)}")
    if m.outside_may_rise is not None:
        parts.append(f"what comes from outside may rise by {plain(m.outside_may_rise)} %")
    for c in m.currencies:
        parts += [f"{c.currency} may rise by {plain(c.rise)} %"] if c.rise is not None else []
        parts += [f"{c.currency} may fall by {plain(c.fall)} %"] if c.fall is not None else []
    return "; ".join(parts) or "no price or exchange rate changes this"


def _applies(a: Advice) -> bool:
    """Whether the agreement binds the two Parties and its rules are in hand."""
    return not any(f.code in ("ORI-NOT-BOUND", "ORI-NO-RULES") for f in a.findings)


def _plans(out: Console, a: Advice) -> None:
    if a.status == "passes" or not _applies(a):
        return
    if not a.plans:
        safely = f" so that it withstands a fall of its price by {plain(a.reserve)} %" if a.status == "barely" else ""
        out.print(f"\nno set of the alternatives makes it originate{safely}", soft_wrap=True)
        return
    goal = f" (so that it withstands a fall of its price by {plain(a.reserve)} %)" if a.status == "barely" else ""
    out.print(f"\n[bold]the cheapest plans[/]{goal}", soft_wrap=True)
    for n, p in enumerate(a.plans, 1):
        _plan(out, a, n, p)


def _plan(out: Console, a: Advice, n: int, p: Plan) -> None:
    year = f", {_money(p.cost_year, a.currency)} a year" if p.cost_year is not None else ""
    rvc = f"; RVC then {p.rvc} %" if p.rvc else ""
    proven = "" if p.proven else " [yellow](a cheaper one may exist)[/]"
    out.print(f"  {n}. {_money(p.cost, a.currency)}{year} → {escape(p.box8 or p.criterion or 'originating')}{_if(p.conditions)}{rvc}{proven}", soft_wrap=True)
    for c in p.changes:
        cost = "cost not stated" if c.implied else _money(c.cost, a.currency)
        out.print(f"     · {escape(c.text)}: {cost}" + (f"  [dim]papers: {escape('; '.join(c.papers))}[/]" if c.papers else ""), soft_wrap=True)
    if p.price_may_fall is not None:
        out.print(f"     the price may then fall by {plain(p.price_may_fall)} %", soft_wrap=True)


def _worth(out: Console, a: Advice, w: Worth) -> None:
    out.print(f"\n[bold]what origin is worth[/]  MFN {escape(w.mfn or '–')}, {w.regime} {escape(w.rate or '–')}", soft_wrap=True)
    if w.high is None:
        out.print("  the duty saved cannot be said: a rate is no share of the value, or is not in hand", soft_wrap=True)
        return
    out.print(f"  duty saved on the FOB price: {_between(w.low, w.high, w.firm, a.currency)}", soft_wrap=True)
    if w.high_year is not None:
        out.print(f"  a year ({plain(a.annual_quantity)} of them): {_between(w.low_year, w.high_year, w.firm, a.currency)}", soft_wrap=True)
    if w.from_units is not None:
        sure = "" if w.firm else f"; sure only from {w.sure_units}" if w.sure_units else "; never sure by the rates in hand"
        out.print(f"  the certificate pays from {w.from_units} of them ({_money(w.from_value, a.currency)} FOB){sure}", soft_wrap=True)
    if w.doubts:
        out.print(f"  [yellow]not firm:[/] {escape('; '.join(w.doubts))}", soft_wrap=True)


def _between(low: Decimal | None, high: Decimal | None, firm: bool, currency: str) -> str:
    if firm and low == high:
        return _money(high, currency)
    return f"between {_money(low, '')} and {_money(high, currency)}"


def _money(amount: Decimal | None, currency: str) -> str:
    """An amount with two decimals, or more where it has more."""
    if amount is None:
        return "–"
    places = -int(amount.normalize().as_tuple().exponent)
    return f"{amount:.{max(places, 2)}f} {currency}".rstrip()


def _if(conditions: tuple[str, ...]) -> str:
    return f" if {escape(' and '.join(conditions))}" if conditions else ""
