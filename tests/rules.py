"""Hypothesis strategies for rules of origin: every form that the grammar has."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import strategies as st

from youyi.law.origin import (
    PROCESSES,
    AnyMaterials,
    Attested,
    Case,
    Change,
    Content,
    Exclusion,
    Level,
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
    all_of,
    any_of,
)

texts = st.text(min_size=1, max_size=30).filter(str.strip)
percents = st.integers(1, 10_000).map(lambda n: Decimal(n) / 100)


@st.composite
def spans(draw: st.DrawFn) -> Span:
    digits = draw(st.sampled_from((2, 4, 6, 8)))
    numbers = sorted(draw(st.lists(st.integers(0, 10**digits - 1), min_size=1, max_size=2)))
    return Span.of(*(f"{n:0{digits}}" for n in numbers))


def some_spans(least: int = 1) -> st.SearchStrategy[tuple[Span, ...]]:
    return st.lists(spans(), min_size=least, max_size=3).map(tuple)


limits = st.one_of(
    st.builds(Limit, st.just(Measure.WEIGHT), percents, some_spans(0)),
    st.builds(Limit, st.just(Measure.VALUE), percents, some_spans(0), st.sampled_from(("FOB", "EXW"))),
)


@st.composite
def changes(draw: st.DrawFn) -> Change:
    level = draw(st.sampled_from((*Level, None)))
    target = draw(some_spans(0))
    plainly = draw(some_spans(0))
    conditional = draw(st.lists(st.builds(Exclusion, some_spans(), texts), max_size=2))
    return Change(
        level,
        ((Exclusion(plainly),) if plainly else ()) + tuple(conditional),
        target,
        draw(some_spans(0 if level else 1)),
        draw(st.booleans()) if target else False,
        draw(st.booleans()),
        tuple(draw(st.lists(limits, max_size=2))),
    )


contents = st.one_of(
    st.builds(Content, percents, st.sampled_from((Method.AGREED, Method.BUILD_DOWN, Method.BUILD_UP)), st.sampled_from(("FOB", "EXW"))),
    st.builds(Content, percents, st.just(Method.NET_COST), st.just("net cost")),
    st.builds(Content, percents, st.just(Method.FOCUSED), st.sampled_from(("FOB", "EXW")), some_spans()),
)
terms: st.SearchStrategy[Rule] = st.one_of(
    st.sampled_from((WhollyObtained(), ProducedExclusively(), AnyMaterials(), NoRule())),
    st.builds(WhollyObtainedMaterials, some_spans()),
    changes(),
    contents,
    st.builds(MaxNonOriginating, percents, st.sampled_from(("FOB", "EXW", "net cost"))),
    limits,
    st.builds(Process, st.sampled_from(sorted(PROCESSES))),
    st.builds(Attested, texts),
    st.builds(Lost, texts),
)
choices: st.SearchStrategy[Rule] = st.recursive(
    terms,
    lambda inner: st.tuples(st.sampled_from((all_of, any_of)), st.lists(inner, min_size=2, max_size=3)).map(lambda t: t[0](*t[1])),
    max_leaves=6,
)
cases = st.one_of(st.builds(Case, choices, texts, some_spans(0)), st.builds(Case, choices, st.just(""), some_spans()))
splits = st.builds(Split, st.lists(cases, min_size=1, max_size=3).map(tuple), st.none() | choices)
rules: st.SearchStrategy[Rule] = choices | splits
