"""Every plan against trying every set of changes through the engine."""

from __future__ import annotations

import random
from collections import Counter
from fractions import Fraction

import pytest

from quote.bills import answers, best, drawn, options, read
from youyi.law.rulebook import Rulebook
from youyi.quote.planning import plan

CASES = 400


@pytest.mark.parametrize("seed", range(4))
def test_the_plans_are_the_cheapest_sets_that_the_engine_accepts_in_their_order(rulebook: Rulebook, seed: int) -> None:
    compare(rulebook, random.Random(seed), CASES // 4)


@pytest.mark.prove
def test_the_plans_are_the_cheapest_in_many_more_cases(rulebook: Rulebook) -> None:
    compare(rulebook, random.Random("proof"), 4_000)


def compare(rulebook: Rulebook, rng: random.Random, cases: int) -> None:
    seen: Counter[str] = Counter()
    for _ in range(cases):
        data = drawn(rng)
        product = read(data)
        groups = options(rulebook, product)
        advice = plan(rulebook, product, agreement="ACFTA")
        now = tuple(0 for _ in groups)
        full = {c: k for k, c in answers(rulebook, product, groups, Fraction(1))}
        safe = {c: k for k, c in answers(rulebook, product, groups, Fraction(95, 100))}
        status = "passes" if now in safe else "barely" if now in full else ("fails" if advice.verdict == "not_originating" else "open")
        assert advice.status == status, data
        wanted = [] if status == "passes" else best([(k, c) for c, k in (safe if status == "barely" else full).items()], 5)
        assert [pointers(p.changes) for p in advice.plans] == [sorted(g[i].pointer for g, i in zip(groups, c, strict=True) if i) for c in wanted], data
        assert advice.proven
        seen[f"{status} {len(advice.plans)}"] += 1
    assert len(seen) >= 6


def pointers(changes: object) -> list[str]:
    return sorted(c.pointer for c in changes)  # type: ignore[attr-defined]
