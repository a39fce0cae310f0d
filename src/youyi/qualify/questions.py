"""Which missing fact to ask for first: the one that settles most.

A question's weight is found by answering it both ways and weighing the good again. Only what is open is asked, so a good
that is decided by what is known has no question but those that could turn a refusal into origin.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

from youyi.law.origin import PROCESSES
from youyi.qualify import weigh as w
from youyi.qualify.agreements import MORE_THAN_MINIMAL
from youyi.qualify.good import GOODS, NOT_MIXED, WHOLLY, Facts
from youyi.qualify.result import VERDICTS, Question
from youyi.qualify.single import Weighed

MOST = 24
"""How many questions are weighed at most; a bill with more gaps is asked for the rest when these are answered."""


@dataclass(frozen=True, slots=True)
class _Asked:
    about: str
    text: str
    pointer: str
    yes: Weighed
    no: Weighed | None
    joint: Weighed | None = None


def questions(seen: Weighed) -> tuple[Question, ...]:
    """The missing facts of a good that does not originate by what is known, the one that settles most first."""
    if seen.state == w.YES:
        return ()
    found = []
    for asked, _ in zip(_each(seen), range(MOST), strict=False):
        yes, no = asked.yes.state, asked.no.state if asked.no else seen.state
        known = sum(s != w.OPEN for s in asked.yes.found.state)
        settles = (yes != w.OPEN) + (no != w.OPEN) if seen.state == w.OPEN else int(yes != seen.state)
        question = Question(asked.about, asked.text, asked.pointer, settles, VERDICTS[yes], VERDICTS[no])
        if _matters(seen, asked):
            found.append(((-settles, -yes, -known), question))
    return tuple(q for _, q in sorted(found, key=lambda f: f[0]))


def _matters(seen: Weighed, asked: _Asked) -> bool:
    """Whether some way to origin depends on the answer; of a good that is refused, whether it would originate."""
    if seen.state != w.OPEN:
        return any(x.state != seen.state for x in (asked.yes, asked.joint) if x)
    now = [seen.found.state[p] for p in seen.program.places]
    return any([x.found.state[p] for p in seen.program.places] != now for x in (asked.yes, asked.no, asked.joint) if x)


def _each(seen: Weighed) -> Iterator[_Asked]:
    yield from _of_facts(seen)
    yield from _of_good(seen)
    yield from _of_materials(seen)


def _of_facts(seen: Weighed) -> Iterator[_Asked]:
    for key in seen.program.facts:
        if seen.facts.known(key) is not None:
            continue
        name = key.removeprefix("process ")
        text = f"was this carried out: {name} ({PROCESSES[name]})?" if key != name else f"does this hold: {key}? attach the source"
        yes, no = (replace(seen.facts, attested={**seen.facts.attested, key: said}) for said in (True, False))
        where = "/processes" if key != name else "/attested"
        yield _Asked(_called(seen, key), text, where, seen.anew(facts=yes), seen.anew(facts=no))


def _called(seen: Weighed, key: str) -> str:
    """The stable name of a fact."""
    if key.startswith("process "):
        return f"process:{key[8:]}"
    if key.endswith(" product list"):
        return "product_list" if " 2019 " in key else "rule_text"
    if key == MORE_THAN_MINIMAL:
        return "processes"
    if key in (WHOLLY, NOT_MIXED):
        return "wholly_obtained"
    return f"goods:{key.removeprefix(GOODS)}" if key.startswith(GOODS) else f"attest:{key}"


def _of_good(seen: Weighed) -> Iterator[_Asked]:
    """Amounts of the good, answered with one so large that every share of it is nothing, and one so small that none is allowed."""
    nodes = seen.program.nodes
    kinds = set(nodes[w.KIND :: w.NODE])
    bases = {seen.program.limits[i + 2] for i in range(0, len(seen.program.limits), w.LIMIT)}
    bases |= {nodes[i + w.B] for i in range(0, len(nodes), w.NODE) if nodes[i] in (w.CONTENT_DOWN, w.CONTENT_UP)}
    huge = 1 + 1000 * sum(max(v, 0) for v in (*seen.columns.value, *seen.columns.weight))
    for place, name, text in (
        (w.FOB, "fob", "what is the FOB value of the good?"),
        (w.EXW, "exw", "what is the ex-works price of the good?"),
        (w.NET_COST, "net_cost", "what is the net cost of the good?"),
        (w.WEIGHT, "weight", "what does the good weigh?"),
    ):
        if place in bases and seen.goods.amounts[place] < 0:
            yes, no = (seen.anew(good=replace(seen.good, **{name: amount})) for amount in (huge, 0))  # type: ignore[arg-type]
            yield _Asked(name, text, f"/product/{name}", yes, no)
    if w.CONTENT_UP in kinds and seen.goods.amounts[w.COSTS] < 0:
        yes, no = (seen.anew(good=replace(seen.good, costs=amount)) for amount in (_most_costs(seen, huge), 0))
        yield _Asked("costs", "what are labour, overhead, profit and other costs? (value content by build-up)", "/costs", yes, no)


def _most_costs(seen: Weighed, huge: Fraction | int) -> Fraction | int:
    """The most that costs and profit can be: of the price, what the materials leave."""
    fob = seen.goods.amounts[w.FOB]
    return Fraction(max(fob - sum(max(v, 0) for v in seen.columns.value), 0), seen.scale) if fob >= 0 else huge


def _of_materials(seen: Weighed) -> Iterator[_Asked]:
    unknown = [i for i, m in enumerate(seen.materials) if m.originating is None]
    joint = seen.anew(materials=tuple(replace(m, originating=True) if m.originating is None else m for m in seen.materials)) if len(unknown) > 1 else None
    if WHOLLY in seen.program.facts and any(m.originating and m.obtained is None for m in seen.materials):
        each = tuple(replace(m, obtained=True) if m.originating and m.obtained is None else m for m in seen.materials)
        text = "are all of the originating materials wholly obtained, in one Party?"
        yield _Asked("wholly_obtained", text, "/materials", seen.anew(materials=each), None)
    by_weight = any(seen.program.limits[i] == w.BY_WEIGHT for i in range(0, len(seen.program.limits), w.LIMIT))
    for i, m in enumerate(seen.materials):
        where = m.pointer or f"/materials/{i}"

        def having(i: int = i, **facts: object) -> Weighed:
            return seen.anew(materials=(*seen.materials[:i], replace(seen.materials[i], **facts), *seen.materials[i + 1 :]))  # type: ignore[arg-type]

        if m.originating is None:
            yield _Asked(
                f"origin:{m.name}",
                f"does {m.name} originate? ask its supplier for a statement or a proof of origin",
                f"{where}/originating",
                having(originating=True),
                None,
                joint,
            )
        if not m.originating and m.value is None:
            huge = 1 + (seen.good.fob or 0) * 2
            yield _Asked(m.about or f"value:{m.name}", f"what is the value of {m.name}?", f"{where}/value", having(value=0), having(value=huge))
        if by_weight and not m.originating and m.weight is None:
            huge = 1 + (seen.good.weight or 0) * 2
            yield _Asked(f"weight:{m.name}", f"what does {m.name} weigh?", f"{where}/weight", having(weight=0), having(weight=huge))
        if not m.originating and len(m.codes) > 1:
            yes, no = having(codes=(m.codes[0],)), having(codes=(m.codes[-1],))
            yield _Asked(f"code:{m.name}", f"which of {', '.join(m.codes)} is {m.name}?", f"{where}/hs", yes, no)
        elif not m.originating and len(m.hs) < 6:
            own = having(codes=(seen.good.hs,) if seen.good.hs.startswith(m.hs) else (m.hs,))
            other = having(codes=("99" if m.hs[:2] != "99" else "98",))
            yield _Asked(f"code:{m.name}", f"what is the six-digit code of {m.name}?", f"{where}/hs", other, own)


__all__ = ["Facts", "questions"]
