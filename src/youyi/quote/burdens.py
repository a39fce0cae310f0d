"""What every option of every material burdens every condition of a rule with, read from the engine's own columns.

All options of all materials are weighed once by the engine as if they were one bill. For each material it has then said
whether it originates, what of it counts as from outside, and whether it has changed; none of that depends on the other
materials. What does depend on all of them is a sum against a share of the good: those sums are the rows.

    ways      → terms    the ways to origin spread out: each term is a set of leaves that must all hold; any term is enough
    leaf      → rows     the sum over the materials of a whole number each is at most a cap

A tolerance that forgives is one more leaf beside "all have changed". A text that only an attestation settles is a
condition of its terms. Where two formulas must agree (`AGREED`), either is taken to be enough: so a term may promise too
much, never too little, and what the engine then refuses is cut off (`youyi.quote.planning`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import product as pairs

from youyi.qualify import weigh as w
from youyi.qualify.program import WHOLLY
from youyi.qualify.qualifying import Case
from youyi.qualify.single import Weighed
from youyi.quote.options import Groups

MAX_TERMS = 256
"""Terms kept of one good; beyond it the plans are not proven to be the cheapest."""
CHANGED, ALLOWED, FORGIVEN, CONTENT, BUILT_UP, AT_MOST, OBTAINED, EXCLUSIVE = range(8)
Condition = tuple[str, bool]
"""A text that must hold, or must not."""


@dataclass(frozen=True, slots=True, order=True)
class Leaf:
    """A condition on the bill: of which of the good's codes, what kind, its node and, of a tolerance, its limit."""

    code: int
    kind: int
    node: int
    limit: int = -1


@dataclass(frozen=True, slots=True)
class Term:
    """Leaves that together give origin, on conditions that no bill settles."""

    leaves: tuple[Leaf, ...]
    conditions: tuple[Condition, ...] = ()


Row = tuple[list[int], int]
"""A whole number for each material, and the most that they may come to."""


class Table:
    """The options of a good as columns of the engine."""

    def __init__(self, case: Case, groups: Groups) -> None:
        """`case` has been weighed with every option of every group as one bill."""
        self.groups = groups
        self.seen = [worst for _, worst, _ in case.seen]
        owner = {o.item.pointer: (g, i) for g, group in enumerate(groups) for i, o in enumerate(group)}
        self.owners = [[_owner(owner, m.pointer) for m in seen.materials] for seen in self.seen]
        self.whole = True
        """Whether every term was kept."""
        self.terms = self._terms()
        self._under: dict[tuple[int, tuple[Condition, ...]], Weighed] = {}

    # -- terms --------------------------------------------------------------------------------------------

    def _terms(self) -> list[Term]:
        """A term for each set of leaves that gives origin whichever of its codes the good has."""
        found = [Term(())]
        for code, seen in enumerate(self.seen):
            own = list(self.spread(code, seen, seen.program.size - 1))
            found = self._least(t for a, b in pairs(found, own) if (t := _both(a, b)) is not None)
        return found

    def _least(self, terms: Iterable[Term]) -> list[Term]:
        """Without terms that ask more than another, and at most MAX_TERMS of them."""
        kept: list[Term] = []
        for t in sorted(dict.fromkeys(terms), key=lambda t: (len(t.leaves) + len(t.conditions), t.leaves, t.conditions)):
            if not any(set(k.leaves) <= set(t.leaves) and set(k.conditions) <= set(t.conditions) for k in kept):
                kept.append(t)
        self.whole = self.whole and len(kept) <= MAX_TERMS
        return kept[:MAX_TERMS]

    def spread(self, code: int, seen: Weighed, node: int) -> list[Term]:
        """The terms of a node; none where it can never hold."""
        program = seen.program
        at = node * w.NODE
        kind = program.nodes[at + w.KIND]
        if kind == w.ALL:
            found = [Term(())]
            for child in program.meanings[node].children:
                own = self.spread(code, seen, child)
                found = self._least(t for a, b in pairs(found, own) if (t := _both(a, b)) is not None)
            return found
        if kind in (w.ANY, w.AGREED):
            return self._least(t for child in program.meanings[node].children for t in self.spread(code, seen, child))
        if kind == w.CHOSEN:
            return self._chosen(code, seen, node)
        if kind == w.FACT:
            return self._fact(seen, node)
        if kind == w.KNOWN:
            return [Term(())] if program.nodes[at + w.A] == w.YES else []
        if kind == w.CHANGE:
            leaves = [Leaf(code, CHANGED, node)]
            if program.nodes[at + w.LIMITS_FROM] < program.nodes[at + w.LIMITS_OWN]:
                leaves.append(Leaf(code, ALLOWED, node))
            tolerances = range(program.nodes[at + w.LIMITS_OWN], program.nodes[at + w.LIMITS_TO])
            return [Term((leaf,)) for leaf in (*leaves, *(Leaf(code, FORGIVEN, node, limit) for limit in tolerances))]
        if kind == w.OBTAINED and program.nodes[at + w.D] < 0:
            return []  # wholly obtained is not planned for
        name = {w.CONTENT_DOWN: CONTENT, w.CONTENT_UP: BUILT_UP, w.AT_MOST: AT_MOST, w.OBTAINED: OBTAINED, w.EXCLUSIVE: EXCLUSIVE}[kind]
        return [Term((Leaf(code, name, node),))]

    def _chosen(self, code: int, seen: Weighed, node: int) -> list[Term]:
        at = node * w.NODE
        key = _key(seen, seen.program.nodes[at + w.A])
        known = seen.facts.known(key)
        out = []
        for holds, child in ((True, seen.program.nodes[at + w.B]), (False, seen.program.nodes[at + w.C])):
            if known is None:
                out += [t for own in self.spread(code, seen, child) if (t := _both(own, Term((), ((key, holds),)))) is not None]
            elif known is holds:
                out += self.spread(code, seen, child)
        return out

    def _fact(self, seen: Weighed, node: int) -> list[Term]:
        """What is known holds or not. What is not: an attestation is a condition, what the producer must know is no plan."""
        state = seen.found.state[node]
        at = node * w.NODE
        key = _key(seen, seen.program.nodes[at + w.A])
        if state != w.OPEN:
            return [Term(())] if state == w.YES else []
        if key == WHOLLY or key.startswith("process "):
            return []
        return [Term((), ((key, not seen.program.nodes[at + w.B]),))]

    # -- rows ---------------------------------------------------------------------------------------------

    def under(self, code: int, conditions: tuple[Condition, ...]) -> Weighed:
        """The columns of a code on conditions: weighed anew only where a list of codes hangs on one of them."""
        seen = self.seen[code]
        hanging = {f for f in seen.program.spans[2 :: w.SPAN] if f >= 0}
        own = tuple(c for c in conditions if seen.program.facts.get(c[0], -1) in hanging)
        if not own:
            return seen
        if (code, own) not in self._under:
            self._under[code, own] = seen.anew(facts=replace(seen.facts, attested={**seen.facts.attested, **dict(own)}))
        return self._under[code, own]

    def rows(self, term: Term, price: Fraction) -> Iterator[tuple[list[list[int]], int]]:
        """The rows of a term by group and option, with their caps, so that it holds at the good's price and at `price` times that."""
        for leaf in term.leaves:
            seen = self.under(leaf.code, term.conditions)
            for burdens, cap in rows_of(seen, leaf, price):
                cells = [[0] * len(group) for group in self.groups]
                for owner, burden in zip(self.owners[leaf.code], burdens, strict=True):
                    if owner is not None:
                        cells[owner[0]][owner[1]] += burden
                yield cells, cap


def rows_of(seen: Weighed, leaf: Leaf, price: Fraction = Fraction(1)) -> list[Row]:
    """The rows of one leaf. They hold for a bill exactly when the engine finds the leaf's condition met for sure."""
    program, columns = seen.program, seen.columns
    at = leaf.node * w.NODE
    holds, fails = seen.goods.holds[0], seen.goods.fails[0]
    counted = [(program.nodes[at + w.ROLES] >> role) & 1 for role in columns.role]
    outside = [bool(c) and not o for c, o in zip(counted, columns.originates, strict=True)]
    everything = range(len(counted))

    def within(m: int, first: int, last: int) -> int:
        if first < 0:
            return 2
        return w.any_covered(program.spans, columns.codes, first, last, columns.low[m], columns.high[m], columns.others[m], holds, fails)

    if leaf.kind == EXCLUSIVE:
        return [([int(outside[m]) for m in everything], 0)]
    if leaf.kind == OBTAINED:
        first, last = program.nodes[at + w.D], program.nodes[at + w.E]
        named = [first >= 0 and counted[m] and within(m, first, last) for m in everything]
        return [([int(bool(named[m]) and not (columns.originates[m] and columns.obtained[m] == w.YES)) for m in everything], 0)]
    if leaf.kind == BUILT_UP:
        return _built_up(seen, at, counted)
    if leaf.kind in (CHANGED, ALLOWED, FORGIVEN):
        marks = marks_of(seen, leaf.node)
        kept = [outside[m] and marks[m] < w.YES for m in everything]
        if leaf.kind == CHANGED:
            return [([int(k) for k in kept], 0)]
        # The rule's own limits bind together, each for its codes; a tolerance of the agreement stands alone, for all of them.
        places = [leaf.limit] if leaf.kind == FORGIVEN else list(range(program.nodes[at + w.LIMITS_FROM], program.nodes[at + w.LIMITS_OWN]))
        barred = [int(k) for k in kept] if leaf.kind == ALLOWED else [0] * len(kept)
        rows = []
        for place in places:
            measure, percent, basis, start, stop = program.limits[place * w.LIMIT : (place + 1) * w.LIMIT]
            column = columns.weight if measure == w.BY_WEIGHT else columns.value
            inside = [kept[m] and (2 if leaf.kind == FORGIVEN else within(m, start, stop)) for m in everything]
            barred = [b and int(i < w.YES) for b, i in zip(barred, inside, strict=True)]
            rows.append(([int(bool(inside[m]) and column[m] < 0) for m in everything], 0))
            rows.append(([max(column[m], 0) if inside[m] else 0 for m in everything], share(seen, basis, percent, price)))
        return [(barred, 0), *rows]
    if leaf.kind == AT_MOST:
        limit = program.nodes[at + w.A] * w.LIMIT
        measure, percent, basis, first, last = program.limits[limit : limit + w.LIMIT]
        column, cap = columns.weight if measure == w.BY_WEIGHT else columns.outside, share(seen, basis, percent, price)
    else:
        percent, basis, first, last = (program.nodes[at + i] for i in (w.A, w.B, w.D, w.E))
        column, cap = columns.outside, share(seen, basis, w.WHOLE - percent, price)
    inside = [outside[m] and within(m, first, last) > 0 for m in everything]
    return [([int(inside[m] and column[m] < 0) for m in everything], 0), ([max(column[m], 0) if inside[m] else 0 for m in everything], cap)]


def _built_up(seen: Weighed, at: int, counted: list[int]) -> list[Row]:
    columns, amounts = seen.columns, seen.goods.amounts
    base = amounts[seen.program.nodes[at + w.B]]
    if base < 0:
        return [([0] * len(counted), -1)]
    regional = []
    for m, on in enumerate(counted):
        value, out = columns.value[m], columns.outside[m]
        known = on and value >= 0 and (columns.originates[m] or out >= 0)
        regional.append(-(value if columns.originates[m] else value - out) if known else 0)
    return [(regional, max(amounts[w.COSTS], 0) - w.part_up(base, seen.program.nodes[at + w.A]))]


def share(seen: Weighed, basis: int, percent: int, price: Fraction) -> int:
    """The most that `percent` of an amount of the good is, rounded down, at its price or `price` times that if less; 0 where it is not known."""
    base: int = seen.goods.amounts[basis]
    if base < 0:
        return 0
    factor = min(price, Fraction(1)) if basis in (w.FOB, w.EXW) else Fraction(1)
    return base * percent * factor.numerator // (w.WHOLE * factor.denominator)


def marks_of(seen: Weighed, node: int) -> list[int]:
    """Whether each material has changed as a node asks."""
    kinds = seen.program.nodes[w.KIND : node * w.NODE : w.NODE]
    start = sum(k == w.CHANGE for k in kinds) * len(seen.materials)
    return list(seen.found.marks[start : start + len(seen.materials)])


def _owner(owner: dict[str, tuple[int, int]], pointer: str) -> tuple[int, int] | None:
    """The option that a material comes from: its own pointer, or that of the line that it is inside of."""
    at = pointer
    while at and at not in owner:
        at = at.rpartition("/")[0]
    return owner.get(at)


def _key(seen: Weighed, number: int) -> str:
    return next(k for k, n in seen.program.facts.items() if n == number)


def _both(a: Term, b: Term) -> Term | None:
    """Both terms at once; None where one of them needs what the other denies."""
    conditions = tuple(sorted({*a.conditions, *b.conditions}))
    if any((key, not holds) in conditions for key, holds in conditions):
        return None
    return Term(tuple(sorted({*a.leaves, *b.leaves})), conditions)


__all__ = ["Condition", "Leaf", "Row", "Table", "Term", "marks_of", "rows_of", "share"]
