"""The steps of an answer, read from the columns that the calculation filled."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from functools import cached_property

from youyi.law.origin import AllOf, Change, Content, Process, Rule
from youyi.law.origin.change import plain
from youyi.qualify import weigh as w
from youyi.qualify.program import Meaning, Way
from youyi.qualify.result import STATES, Step
from youyi.qualify.single import Weighed

BASE_NAMES = {w.FOB: "FOB", w.EXW: "ex-works price", w.NET_COST: "net cost", w.WEIGHT: "weight"}


def percent_down(part: int, base: int) -> str:
    """`part / base` in percent with two decimals, rounded down."""
    hundredths = 10_000 * part // base
    sign = "-" if hundredths < 0 else ""
    return f"{sign}{abs(hundredths) // 100}.{abs(hundredths) % 100:02d}"


def amount_text(units: int, scale: int) -> str:
    """An amount as it is printed: exact, or cut to six decimals."""
    value = Fraction(units, scale)
    if 10**6 % value.denominator == 0:
        text = f"{value.numerator * 10**6 // value.denominator:07d}"
        return f"{text[:-6]}.{text[-6:]}".rstrip("0").rstrip(".")
    return f"{float(value):.6f}"


class Trace:
    """One good's steps. `branch(i)` is the step of way i."""

    def __init__(self, seen: Weighed) -> None:
        self._seen = seen
        changes = (place for place, kind in enumerate(seen.program.nodes[w.KIND :: w.NODE]) if kind == w.CHANGE)
        self._marks = {place: i * len(seen.materials) for i, place in enumerate(changes)}

    @cached_property
    def rvc(self) -> str:
        """The regional value content by build-down, empty where a value is missing."""
        fob, outside = self._seen.goods.amounts[w.FOB], self._seen.found.outside[0]
        if outside == 0 and fob <= 0:
            return "100.00"
        return percent_down(fob - outside, fob) if fob > 0 and outside >= 0 else ""

    def contents(self) -> Iterator[tuple[str, int, int, str]]:
        """Every value content that was measured: its text, the figure and its base in the columns' units, the percentage asked for."""
        program, found = self._seen.program, self._seen.found
        for place, kind in enumerate(program.nodes[w.KIND :: w.NODE]):
            if kind in (w.CONTENT_DOWN, w.CONTENT_UP):
                percent = plain_percent(program.nodes[place * w.NODE + w.A])
                yield program.meanings[place].text, found.figure[place], found.base[place], percent

    def branch(self, number: int) -> Step:
        """What passed and failed of one way."""
        return self.step(self._seen.program.places[number])

    def step(self, place: int) -> Step:
        """What was found at one node, and at those under it."""
        program, found = self._seen.program, self._seen.found
        meaning = program.meanings[place]
        state = STATES[found.state[place]]
        kind = program.nodes[place * w.NODE]
        if kind == w.CHANGE:
            return self._change(place, meaning, state)
        if kind in (w.CONTENT_DOWN, w.CONTENT_UP):
            return self._content(place, meaning, state, kind)
        if kind == w.AT_MOST:
            return self._at_most(place, meaning, state)
        if kind in (w.EXCLUSIVE, w.OBTAINED):
            return Step(meaning.text, state, materials=tuple(self._outside()) if state != "passed" else ())
        if kind == w.FACT:
            return Step(meaning.text, state, note=self._source(place))
        return Step(meaning.text, state, steps=tuple(self.step(c) for c in meaning.children))

    def _outside(self) -> Iterator[str]:
        return (m.name for m in self._seen.materials if not m.originating)

    def _source(self, place: int) -> str:
        if not self._seen.facts.sources:
            return ""
        number = self._seen.program.nodes[place * w.NODE + w.A]
        key = next(k for k, n in self._seen.program.facts.items() if n == number)
        source = self._seen.facts.sources.get(key, "")
        return f"attested: {source}" if source else ""

    def _change(self, place: int, meaning: Meaning, state: str) -> Step:
        seen = self._seen
        start = self._marks[place]
        marks = seen.found.marks[start : start + len(seen.materials)]
        names = {k: tuple(m.name for m, s in zip(seen.materials, marks, strict=True) if s == k) for k in (w.NO, w.OPEN)}
        forgiven = seen.found.forgiven[place]
        measured = short = note = ""
        if names[w.NO] or names[w.OPEN]:
            measured = f"{len(names[w.NO])} of {sum(s < w.UNASKED for s in marks)} materials have not changed"
            if names[w.OPEN]:
                measured += f", {len(names[w.OPEN])} cannot be told"
        if forgiven:
            note = self._tolerance(seen.program.nodes[place * w.NODE + w.LIMITS_FROM] + abs(forgiven) - 1, marks)
        elif names[w.NO] and seen.program.nodes[place * w.NODE + w.LIMITS_FROM] < seen.program.nodes[place * w.NODE + w.LIMITS_TO]:
            note, short = self._exceeded(place, marks)
        if state == "open" and seen.program.nodes[place * w.NODE + w.LOST]:
            note = "; ".join(filter(None, (note, "the text of an exception is not in hand")))
        return Step(meaning.text, state, measured, "every material from outside has changed", short, names[w.NO] + names[w.OPEN], note)

    def _share(self, limit: int, marks: list[int]) -> tuple[int, int, str]:
        """The amount that has not changed, what it is a share of, and what that is called."""
        seen = self._seen
        measure, _, basis, _, _ = seen.program.limits[limit * w.LIMIT : limit * w.LIMIT + w.LIMIT]
        column = seen.columns.weight if measure == w.BY_WEIGHT else seen.columns.value
        total = sum(max(v, 0) for v, s in zip(column, marks, strict=True) if s < w.YES)
        return total, seen.goods.amounts[basis], BASE_NAMES[basis]

    def _tolerance(self, limit: int, marks: list[int]) -> str:
        total, base, name = self._share(limit, marks)
        most = plain_percent(self._seen.program.limits[limit * w.LIMIT + 1])
        share = f"{percent_down(total, base)} % of {name}" if base > 0 else f"of {name}, which is not known"
        return f"de minimis: {share}, at most {most} %"

    def _exceeded(self, place: int, marks: list[int]) -> tuple[str, str]:
        node = place * w.NODE
        program = self._seen.program
        limits = range(program.nodes[node + w.LIMITS_FROM], program.nodes[node + w.LIMITS_TO])
        over = []
        for limit in limits:
            total, base, name = self._share(limit, marks)
            if base > 0:
                excess = total - w.part_down(base, program.limits[limit * w.LIMIT + 1])
                if excess > 0:
                    over.append(f"{amount_text(excess, self._seen.scale)} of {name}")
        return "; ".join(self._tolerance(limit, marks) for limit in limits), " or ".join(over)

    def _content(self, place: int, meaning: Meaning, state: str, kind: int) -> Step:
        seen, node = self._seen, place * w.NODE
        figure, base = seen.found.figure[place], seen.found.base[place]
        percent = seen.program.nodes[node + w.A]
        needed = f"{plain_percent(percent)} %"
        gap = seen.found.forgiven[place] < 0
        missing = tuple(m.name for m in seen.materials if m.value is None and (kind == w.CONTENT_UP or not m.originating))
        if base <= 0:
            return Step(meaning.text, state, "", needed, "", missing, "the value of the good is not known" if state == "open" else "")
        at_least = kind == w.CONTENT_UP and state != "failed"
        bound = ("at least " if at_least else "at most ") if gap else ""
        measured = f"{bound}{percent_down(figure, base)} %"
        lacking = w.part_up(base, percent) - figure
        short = amount_text(lacking, seen.scale) if lacking > 0 and not (gap and at_least) else ""
        costs = "costs and profit are not known" if kind == w.CONTENT_UP and seen.goods.amounts[w.COSTS] < 0 else ""
        return Step(meaning.text, state, measured, needed, short, missing, costs)

    def _at_most(self, place: int, meaning: Meaning, state: str) -> Step:
        seen, node = self._seen, place * w.NODE
        figure, base = seen.found.figure[place], seen.found.base[place]
        limit = seen.program.nodes[node + w.A] * w.LIMIT
        percent, basis = seen.program.limits[limit + 1], seen.program.limits[limit + 2]
        needed = f"at most {plain_percent(percent)} % of {BASE_NAMES[basis]}"
        if base <= 0:
            return Step(meaning.text, state, "", needed, "", (), f"the {BASE_NAMES[basis]} of the good is not known" if state == "open" else "")
        excess = figure - w.part_down(base, percent)
        short = amount_text(excess, seen.scale) if excess > 0 else ""
        return Step(meaning.text, state, f"{percent_down(figure, base)} %", needed, short)


def plain_percent(scaled: int) -> str:
    """A percentage from ten-thousandths."""
    whole, rest = divmod(scaled, 10_000)
    return f"{whole}.{rest:04d}".rstrip("0").rstrip(".")


def leaves(rule: Rule) -> Iterator[Rule]:
    """The terms of a way: those of a joint rule, or the one."""
    yield from rule.terms if isinstance(rule, AllOf) else (rule,)


def kind_of(way: Way) -> tuple[str, str, str]:
    """What a way rests on: its level of change, its percentage of content, its process; empty where it has none."""
    level = percent = process = ""
    for term in leaves(way.rule):
        if isinstance(term, Change):
            level = term.level.name if term.level else "CTC"
        elif isinstance(term, Content):
            percent = plain(term.percent)
        elif isinstance(term, Process):
            process = term.name
    return level, percent, process
