"""`plan`: what would make a good originate at least cost, how far it is from failing, and what that is worth.

The bill with every alternative is weighed once by the engine; the cheapest sets of changes are chosen exactly
(`youyi.quote.search`), and each is asked of `qualify` before it is given. Nothing is advised on sources or working of
goods under trade remedies: a change of source there may be circumvention.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from itertools import islice

from youyi.finding import Finding, Severity
from youyi.law.rulebook import Rulebook
from youyi.law.tables import day_number, day_text
from youyi.qualify import weigh as w
from youyi.qualify.agreements import Law, law_of
from youyi.qualify.bill import Item
from youyi.qualify.good import Good
from youyi.qualify.qualifying import Attestation, Case, Process, examine, qualify
from youyi.qualify.reading import Product
from youyi.qualify.result import Answer, Verdict
from youyi.qualify.single import Weighed
from youyi.quote.burdens import Condition, Table, Term
from youyi.quote.margins import currencies_of, margin, up
from youyi.quote.options import Groups, Option, amount, groups_of
from youyi.quote.papers import changed
from youyi.quote.plan_result import Advice, Margin, Plan, Shift
from youyi.quote.search import Found, Search, Selection
from youyi.quote.shifts import shift
from youyi.quote.worth import Border, border, worth

MOST_PLANS = 5
RESERVE = Decimal(5)
"""A good whose price may not fall by so many percent barely passes; a default of this program, not of any law."""
ASSUMED = "assumed by the plan"
NOTICES = (
    "A plan is advice only if every change in it is really made, bought and worked as described; a claim that rests on paper alone is false.",
    "Origin for preference is not non-preferential origin: marking, trade remedies and quotas follow rules of their own.",
    "The supplier must be able to prove a statement from its own bill; keep it with the cost sheet for a later check.",
)
PASSES, BARELY, FAILS, OPEN = "passes", "barely", "fails", "open"


@dataclass(slots=True)
class _Desk:
    """One product under one agreement while it is being planned."""

    rulebook: Rulebook
    law: Law
    product: Product
    importer: str
    day: int
    price: Fraction = Fraction(1)
    findings: list[Finding] = field(default_factory=list)

    def process(self, conditions: Sequence[Condition]) -> Process:
        """What is known of the process, and that the conditions hold."""
        own = self.product.process
        return replace(own, attested=(*own.attested, *(Attestation(text, ASSUMED, holds) for text, holds in conditions)))

    def good(self, price: Fraction) -> Good:
        """The good at `price` times its price."""
        good = self.product.good
        if price == 1:
            return good
        fob, exw = (None if a is None else Fraction(a) * price for a in (good.fob, good.exw))
        return replace(good, fob=fob, exw=exw)

    def case(self, items: tuple[Item, ...], conditions: Sequence[Condition] = (), price: Fraction = Fraction(1)) -> Case:
        """The engine's columns for a bill."""
        made = Case(
            self.rulebook,
            self.law,
            self.good(price),
            self.process(conditions),
            self.product.currency,
            self.product.exporter,
            self.importer,
            None,
        )
        examine(made, items)
        return made

    def answer(self, items: tuple[Item, ...], conditions: Sequence[Condition] = ()) -> Answer:
        """What `qualify` says of a bill."""
        return qualify(
            self.rulebook,
            self.product.good,
            items,
            agreement=self.law.agreement,
            exporter=self.product.exporter,
            importer=self.importer,
            on=self.day,
            process=self.process(conditions),
            journey=self.product.journey,
            currency=self.product.currency,
        )

    def passes(self, items: tuple[Item, ...], conditions: Sequence[Condition], price: Fraction) -> bool:
        """Whether a bill originates on conditions, at its price and at `price` times that."""
        return all(self.case(items, conditions, p).state == w.YES for p in dict.fromkeys((Fraction(1), price)))


def plan(
    rulebook: Rulebook, product: Product, *, agreement: str, importer: str = "", on: str | int = "", reserve: Decimal = RESERVE, most: int = MOST_PLANS
) -> Advice:
    """The cheapest sets of changes that make a good originate under an agreement, the margins and what origin is worth.

    `product` is a product file as read, its alternatives with it; `importer` and `on` stand in for the file's own. `reserve`
    in percent: a good that withstands no such fall of its price barely passes and is planned for as if it failed. Amounts
    are in the good's currency for what the bill is for. Never raises for what the file says: that is a finding.
    """
    to = (importer or product.importer).upper()
    day = day_number(str(on or product.on)) if not isinstance(on, int) else on
    name = agreement.upper()
    answer = qualify(
        rulebook,
        product.good,
        product.items,
        agreement=name,
        exporter=product.exporter,
        importer=to,
        on=day,
        process=product.process,
        journey=product.journey,
        currency=product.currency,
    )
    law = law_of(rulebook.origin, name, to, day)
    if law is None or rulebook.between(name, product.exporter, to, day) is None or not answer.branches:
        return _none(product, answer, reserve)
    return _planned(_Desk(rulebook, law, product, to, day), answer, reserve, most)


def _none(product: Product, answer: Answer, reserve: Decimal) -> Advice:
    """The answer where there is no rule to plan for."""
    return Advice(
        product.good.id or product.good.hs,
        answer.agreement,
        answer.exporter,
        answer.importer,
        answer.on,
        product.currency,
        OPEN if answer.verdict is Verdict.UNDETERMINED else FAILS,
        str(answer.verdict),
        answer.rvc,
        (),
        reserve,
        *((),) * 3,
        None,
        (),
        answer.findings,
        NOTICES,
        provenance=answer.provenance,
    )


def _planned(desk: _Desk, answer: Answer, reserve: Decimal, most: int) -> Advice:
    product = desk.product
    annual, certificate = (amount(product, key, desk.findings) for key in ("annual_quantity", "certificate_cost"))
    at_border = border(desk.rulebook, product, desk.importer, desk.day)
    desk.findings += at_border.findings
    offered, findings = groups_of(desk.rulebook, desk.law, product)
    desk.findings += findings
    groups = _allowed(desk, offered, at_border)
    base = tuple(g[0].item for g in groups)
    case = desk.case(tuple(o.item for g in groups for o in g))
    desk.findings += [f for f in case.findings if "/alternatives/" in f.pointer]
    table = Table(case, groups)
    now = desk.case(base)
    reserved = 1 - Fraction(reserve) / 100
    conditions = _conditions(desk, table, base, Fraction(1))
    status = FAILS if answer.verdict is Verdict.NOT_ORIGINATING else OPEN
    if conditions is not None:
        status = PASSES if _conditions(desk, table, base, reserved) is not None else BARELY
    plans: tuple[Plan, ...] = ()
    proven = table.whole
    if status != PASSES:
        desk.price = reserved if status == BARELY else Fraction(1)
        plans, proven = _plans(desk, table, annual, most)
    margins, shifts = _distances(desk, table, now, conditions)
    return Advice(
        product.good.id or product.good.hs,
        desk.law.agreement,
        product.exporter,
        desk.importer,
        day_text(desk.day),
        product.currency,
        status,
        str(answer.verdict),
        answer.rvc,
        tuple(map(_words, conditions or ())),
        reserve,
        margins,
        shifts,
        plans,
        worth(at_border, product, desk.law.agreement, certificate, annual),
        at_border.remedies,
        tuple(dict.fromkeys((*answer.findings, *desk.findings))),
        NOTICES,
        proven,
        annual,
        answer.citations,
        answer.provenance,
    )


def _allowed(desk: _Desk, groups: Groups, found: Border) -> Groups:
    """Without advice on sources and working where a trade remedy bears on the good."""
    if not found.remedies:
        return groups
    dropped = [o for g in groups for o in g if o.kind in ("replace", "move")]
    text = (
        f"no advice on changing sources or working: the good is under trade remedies of {desk.importer} ({'; '.join(found.remedies)}). "
        f"A proof of origin does not remove them, and such a change may be circumvention. {len(dropped)} alternatives were not looked at"
    )
    cited = found.ruling.remedies[0].citation if found.ruling else ""
    desk.findings.append(Finding("PLAN-REMEDY", Severity.WARNING, "/alternatives", text, cited))
    return tuple(tuple(o for o in g if o.kind not in ("replace", "move")) for g in groups)


def _conditions(desk: _Desk, table: Table, items: tuple[Item, ...], price: Fraction) -> tuple[Condition, ...] | None:
    """The fewest conditions on which a bill originates; None where it does not on any."""
    for conditions in sorted({t.conditions for t in table.terms} | {()}, key=lambda c: (len(c), c)):
        if desk.passes(items, conditions, price):
            return conditions
    return None


def _words(condition: Condition) -> str:
    return condition[0] if condition[1] else f"not: {condition[0]}"


# -- plans ---------------------------------------------------------------------------------------------------------


def _plans(desk: _Desk, table: Table, annual: Decimal | None, most: int) -> tuple[tuple[Plan, ...], bool]:
    def accepts(selection: Selection, term: Term) -> bool:
        return desk.passes(_bill(table.groups, selection), term.conditions, desk.price)

    search = Search(table, desk.price, accepts)
    found = tuple(_plan(desk, table, f, annual) for f in islice(search.plans(), most))
    if not search.proven:
        text = "the search outgrew its limits: a cheaper set of changes may exist"
        desk.findings.append(Finding("PLAN-UNPROVEN", Severity.WARNING, "/alternatives", text))
    return found, search.proven


def _bill(groups: Groups, selection: Selection) -> tuple[Item, ...]:
    return tuple(g[i].item for g, i in zip(groups, selection, strict=True))


def _plan(desk: _Desk, table: Table, found: Found, annual: Decimal | None) -> Plan:
    items = _bill(table.groups, found.selection)
    conditions = found.term.conditions
    if conditions and desk.passes(items, (), desk.price):
        conditions = ()
    answer = desk.answer(items, conditions)
    options: list[tuple[Option, Option]] = [(g[0], g[i]) for g, i in zip(table.groups, found.selection, strict=True) if i]
    cost = sum((o.cost for _, o in options), Fraction(0))
    margins, _ = _distances(desk, table, desk.case(items), conditions)
    falls = [m.price_may_fall for m in margins]
    return Plan(
        tuple(changed(base, o, desk.law.agreement) for base, o in options),
        up(cost),
        None if annual is None else up(cost * Fraction(annual), 2),
        str(Verdict.UNDETERMINED if conditions else answer.verdict),
        answer.criterion,
        answer.box8,
        answer.rvc,
        tuple(map(_words, conditions)),
        None if not falls or None in falls else max(f for f in falls if f is not None),
        found.proven,
    )


# -- distances -----------------------------------------------------------------------------------------------------


def _distances(desk: _Desk, table: Table, case: Case, conditions: Sequence[Condition] | None) -> tuple[tuple[Margin, ...], tuple[Shift, ...]]:
    """The margin of every way that passes on its conditions, and what every other wants. Of a good of several codes nothing is said by way."""
    if len(case.seen) != 1:
        return (), ()
    seen = case.seen[0][1]
    currencies = currencies_of(seen, {i.pointer: i.currency for i in (*desk.product.items, *(o.item for g in table.groups for o in g))})
    margins, shifts = [], []
    for way, said in enumerate(seen.program.ways):
        terms = table.spread(0, seen, seen.program.places[way])
        if not terms:
            continue
        texts = tuple(map(_words, terms[0].conditions))
        found = margin(_with(seen, terms[0].conditions), way, currencies, desk.product.currency, texts)
        if found is not None:
            margins.append(found)
        elif conditions is None and said.criterion not in ("WO", "PE"):
            shifts.append(shift(seen, table, way, texts))
    return tuple(margins), tuple(shifts)


def _with(seen: Weighed, conditions: Sequence[Condition]) -> Weighed:
    """The same on conditions that are not settled."""
    if not conditions:
        return seen
    return seen.anew(facts=replace(seen.facts, attested={**seen.facts.attested, **dict(conditions)}))


__all__ = ["MOST_PLANS", "NOTICES", "RESERVE", "plan"]
