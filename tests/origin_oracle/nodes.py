"""Sections 3 and 4: each form of a rule, tested on one good."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from youyi.law.origin import (
    AllOf,
    AnyMaterials,
    AnyOf,
    Attested,
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
)

from .bill import CHANGE, OTHER, VALUE, Item, digits, plain_item
from .truth import Amount, Truth, alike, all_of, any_of, at_most, total

HUNDRED = Fraction(100)


@dataclass(frozen=True)
class Facts:
    """The good and all that is known of its making. `tolerance`: what the agreement forgives, by value and by weight."""

    code: str
    items: tuple[Item, ...]
    bases: Mapping[str, Fraction | None] = field(default_factory=dict)
    weight: Fraction | None = None
    costs: Fraction | None = None
    processes: frozenset[str] | None = None
    attested: frozenset[str] = frozenset()
    wholly: Truth = None
    tolerance: tuple[Fraction | None, Fraction | None] = (None, None)
    formula: str = "build-down"
    asked: set[str] = field(default_factory=set)

    def ask(self, *facts: str) -> None:
        self.asked.update(facts)

    def base(self, name: str) -> Fraction | None:
        return self.bases.get(name)

    def looked_at(self, test: str) -> list[Item]:
        return [i for i in self.items if i.counts(test)]


def tidy(text: str) -> str:
    """A text without what differs between two writings of it."""
    return " ".join(text.split()).casefold()


def covers(span: Span, code: str) -> Truth:
    """Whether a code lies in a span; open where it is too short."""
    length = min(len(code), len(span.first))
    if not span.first[:length] <= code[:length] <= span.last[:length]:
        return False
    return True if len(code) >= len(span.first) or span.first[:length] < code < span.last[:length] else None


def in_any(spans: Iterable[Span], code: str) -> Truth:
    return any_of(covers(s, code) for s in spans)


def negated(answer: Truth) -> Truth:
    return None if answer is None else not answer


# -- tariff change ----------------------------------------------------------------------------------------


def differs(good: str, material: str, level: int) -> Truth:
    """Whether two codes part within the level."""
    length = min(len(good), len(material), level)
    if good[:length] != material[:length]:
        return True
    return False if length == level else None


def changed_code(change: Change, facts: Facts, code: str) -> Truth:
    """Whether a material of this code has changed."""
    asked: list[Truth] = []
    if change.level is not None:
        asked.append(differs(facts.code, code, int(change.level)))
    if change.sources:
        asked.append(in_any(change.sources, code))
    if change.outside:
        asked.append(negated(in_any(change.target, code)))
    for exclusion in change.exclusions:
        meant = in_any(exclusion.materials, code)
        if exclusion.when and tidy(exclusion.when) not in facts.attested:
            if meant is not False:
                facts.ask(f"attest:{exclusion.when}")
            meant = all_of([meant, None])
        asked.append(negated(meant))
    if change.lost:
        asked.append(None)
    return all_of(asked)


def changed(change: Change, facts: Facts, item: Item) -> Truth:
    """Whether a material has changed, whichever of its possible codes it has."""
    if not item.codes:
        facts.ask(f"code:{item.name}")
        return None
    answer = alike(changed_code(change, facts, code) for code in item.codes)
    if answer is None and item.originating is not True:
        facts.ask("rule_text" if change.lost else f"code:{item.name}")
    return answer


def tariff_change(change: Change, facts: Facts) -> Truth:
    """Whether every non-originating material has changed, or those that have not are forgiven."""
    if change.target and (applies := in_any(change.target, facts.code)) is not True:
        return False if applies is False else None
    failed: list[Item] = []
    doubtful: list[Item] = []
    for item in facts.looked_at(CHANGE):
        if item.originating is True:
            continue
        answer = changed(change, facts, item)
        if answer is True:
            continue
        (failed if answer is False and item.originating is False else doubtful).append(item)
    if not failed and not doubtful:
        return True
    ways: list[Truth] = [False if failed else None]
    if change.allowing:
        ways.append(allowed(change.allowing, failed, doubtful, facts))
    by_value, by_weight = facts.tolerance
    if by_value is not None:
        ways.append(at_most(sum_of(failed, doubtful, "value"), by_value, facts.base("FOB")))
    if by_weight is not None:
        ways.append(at_most(sum_of(failed, doubtful, "weight"), by_weight, facts.weight))
    answer = any_of(ways)
    if answer is None and failed:
        ask_amounts([*failed, *doubtful], "value" if by_value is not None else "weight", facts)
        if by_weight is not None:
            ask_amounts([*failed, *doubtful], "weight", facts)
    return answer


def sum_of(sure: Sequence[Item], doubtful: Sequence[Item], what: str) -> Amount:
    """What is non-originating of the sure and may be of the doubtful."""
    return total([*(getattr(i, what) for i in sure), *(getattr(i, what).maybe for i in doubtful)])


def allowed(limits: Sequence[Limit], failed: Sequence[Item], doubtful: Sequence[Item], facts: Facts) -> Truth:
    """Whether the rule's own limits forgive what has not changed."""

    def covered(limit: Limit, item: Item) -> Truth:
        return True if not limit.materials else alike(in_any(limit.materials, c) for c in item.codes)

    named = [any_of(covered(limit, i) for limit in limits) for i in failed]
    named += [any_of([None, any_of(covered(limit, i) for limit in limits)]) for i in doubtful]
    within = []
    for limit in limits:
        sure = [i for i in failed if covered(limit, i) is True]
        maybe = [i for i in failed if covered(limit, i) is None] + [i for i in doubtful if covered(limit, i) is not False]
        within.append(measured(limit, sum_of(sure, maybe, limit.measure.value), facts))
    return all_of(named + within)


def measured(limit: Limit, amount: Amount, facts: Facts) -> Truth:
    base = facts.weight if limit.measure is Measure.WEIGHT else facts.base(limit.basis)
    return at_most(amount, Fraction(limit.percent), base)


def ask_amounts(items: Iterable[Item], what: str, facts: Facts) -> None:
    facts.ask(*(i.missing if what == "value" else f"weight:{i.name}" for i in items if getattr(i, what).high is None))
    if what == "weight" and facts.weight is None:
        facts.ask("weight")
    if what == "value" and facts.base("FOB") is None:
        facts.ask("fob")


# -- value and weight -------------------------------------------------------------------------------------


def outside_value(facts: Facts, spans: Sequence[Span] = ()) -> Amount:
    """The non-originating value of all materials, or of those of the codes."""
    amounts = []
    for item in facts.looked_at(VALUE):
        amount = item.outside(item.value)
        meant = True if not spans else alike(in_any(spans, c) for c in item.codes)
        amounts.append(Amount() if meant is False else amount if meant else amount.maybe)
    return total(amounts)


def build_up(content: Content, facts: Facts) -> Truth:
    base = facts.base(content.basis)
    reached = total(i.inside(i.value) for i in facts.looked_at(VALUE))
    reached += Amount(Fraction(0), None) if facts.costs is None else Amount(facts.costs, facts.costs)
    if base is None:
        return None
    threshold = base * Fraction(content.percent) / 100
    if reached.low >= threshold:
        return True
    if content.basis == "FOB" and base - outside_value(facts).low < threshold and reached.high is None:
        return False
    return False if reached.high is not None and reached.high < threshold else None


def build_down(content: Content, facts: Facts) -> Truth:
    rest = HUNDRED - Fraction(content.percent)
    return at_most(outside_value(facts, content.materials), rest, facts.base(content.basis))


def value_content(content: Content, facts: Facts) -> Truth:
    """Whether the regional value content is reached, by the rule's formula or the agreement's."""
    if content.method is Method.BUILD_UP:
        answer = build_up(content, facts)
        if answer is None:
            facts.ask("costs")
    elif content.method is Method.AGREED and facts.formula == "either" and facts.costs is not None:
        answer = any_of([build_down(content, facts), build_up(content, facts)])
    elif content.method is Method.AGREED and facts.formula == "one_per_party" and facts.costs is not None:
        answer = alike([build_down(content, facts), build_up(content, facts)])
        if answer is None:
            facts.ask("rvc_method")
    else:
        answer = build_down(content, facts)
    if answer is None:
        ask_values(facts, content.basis)
    return answer


def ask_values(facts: Facts, basis: str) -> None:
    facts.ask(*(i.missing for i in facts.looked_at(VALUE) if i.originating is not True and i.value.high is None))
    if facts.base(basis) is None:
        facts.ask(basis.casefold())


def limit(rule: Limit, facts: Facts) -> Truth:
    """Whether the named non-originating materials are within a limit together."""
    sure: list[Amount] = []
    for item in facts.looked_at(VALUE):
        amount = item.outside(item.value if rule.measure is Measure.VALUE else item.weight)
        meant = True if not rule.materials else alike(in_any(rule.materials, c) for c in item.codes)
        sure.append(Amount() if meant is False else amount if meant else amount.maybe)
    return measured(rule, total(sure), facts)


# -- what was obtained and done ---------------------------------------------------------------------------


def wholly_obtained(facts: Facts) -> Truth:
    """Whether the good was wholly obtained, itself or from materials that were, in one Party."""
    items = facts.looked_at(OTHER)
    if any(i.originating is False or i.wholly is False for i in items) or len({i.party for i in items if i.party}) > 1:
        return False
    if facts.wholly is not None:
        return facts.wholly
    if not items:
        facts.ask("wholly_obtained")
        return None
    answer = all_of([*(i.wholly for i in items), *(True if i.originating else None for i in items)])
    if answer is None:
        facts.ask("wholly_obtained")
    return answer


def wholly_obtained_materials(rule: WhollyObtainedMaterials, facts: Facts) -> Truth:
    answers: list[Truth] = []
    for item in facts.looked_at(OTHER):
        meant = alike(in_any(rule.materials, c) for c in item.codes) if item.codes else None
        own: Truth = False if item.originating is False or item.wholly is False else item.wholly
        answers.append(any_of([negated(meant), own]))
    return all_of(answers)


def process(rule: Process, facts: Facts) -> Truth:
    if facts.processes is None:
        facts.ask(f"process:{rule.name}")
        return None
    return rule.name in facts.processes


def attested(rule: Attested, facts: Facts) -> Truth:
    if tidy(rule.text) in facts.attested:
        return True
    facts.ask(f"attest:{rule.text}")
    return None


# -- goods that divide ------------------------------------------------------------------------------------


def cases(rule: Split, facts: Facts) -> Iterator[tuple[Rule | None, Truth]]:
    """Every rule that the good may fall under, as far as the first that is sure; None where no case fits."""
    described = {tidy(c.goods) for c in rule.cases if c.goods} & facts.attested
    for case in rule.cases:
        by_text: Truth = True
        if case.goods:
            by_text = True if tidy(case.goods) in described else False if described else None
        fits = all_of([by_text, in_any(case.codes, facts.code) if case.codes else True])
        if fits is None and case.goods:
            facts.ask(f"goods:{case.goods}")
        elif fits is None:
            facts.ask("code")
        if fits is not False:
            yield case.rule, fits
        if fits:
            return
    yield rule.otherwise, True


def split(rule: Split, facts: Facts) -> Truth:
    return alike(False if r is None else holds(r, facts) for r, _ in list(cases(rule, facts)))


# -- the whole --------------------------------------------------------------------------------------------


def holds(rule: Rule, facts: Facts) -> Truth:
    """Whether a rule is met."""
    match rule:
        case AnyOf():
            return any_of([holds(t, facts) for t in rule.terms])
        case AllOf():
            return all_of([holds(t, facts) for t in rule.terms])
        case Split():
            return split(rule, facts)
        case Change():
            return tariff_change(rule, facts)
        case Content():
            return value_content(rule, facts)
        case MaxNonOriginating():
            answer = at_most(outside_value(facts), Fraction(rule.percent), facts.base(rule.basis))
            if answer is None:
                ask_values(facts, rule.basis)
            return answer
        case Limit():
            answer = limit(rule, facts)
            if answer is None:
                ask_amounts(facts.items, rule.measure.value, facts)
            return answer
        case Process():
            return process(rule, facts)
        case Attested():
            return attested(rule, facts)
        case WhollyObtained():
            return wholly_obtained(facts)
        case WhollyObtainedMaterials():
            return wholly_obtained_materials(rule, facts)
        case ProducedExclusively():
            return all_of(i.originating for i in facts.looked_at(OTHER))
        case AnyMaterials():
            return True
        case NoRule():
            return False
        case Lost():
            facts.ask("rule_text")
            return None


def exact(number: object) -> Fraction | None:
    return None if number is None or number == "" else Fraction(str(number))


def plain_facts(good: Mapping[str, Any], materials: Sequence[Mapping[str, Any]]) -> Facts:
    """The facts of `evaluate`: one good, its materials, nothing of an agreement."""
    costs, done = good.get("costs"), good.get("processes")
    return Facts(
        digits(good["hs"]),
        tuple(plain_item(at, m) for at, m in enumerate(materials)),
        {"FOB": exact(good.get("fob")), "EXW": exact(good.get("exw")), "net cost": exact(good.get("net_cost"))},
        exact(good.get("weight")),
        None if costs is None else sum((Fraction(str(v)) for v in costs.values()), Fraction(0)),
        None if done is None else frozenset(done),
        frozenset(tidy(t["text"]) for t in good.get("attested", ()) if t.get("source")),
        good.get("wholly_obtained"),
    )


def evaluate(rule: Rule, good: Mapping[str, Any], materials: Sequence[Mapping[str, Any]]) -> Truth:
    """Whether one good meets one rule."""
    return holds(rule, plain_facts(good, materials))


def without(facts: Facts, keep: set[str]) -> Facts:
    """The same good with every material from elsewhere than `keep` non-originating."""
    return replace(facts, items=tuple(replace(i, originating=False) if i.originating and i.party not in keep else i for i in facts.items), asked=set())
