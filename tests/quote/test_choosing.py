"""The optimum of a multiple-choice problem, against trying everything."""

from __future__ import annotations

import itertools
import random

import pytest

from youyi.quote import choosing
from youyi.quote.choosing import Choice, Option, choose


def tried(groups: list[list[Option]], caps: list[int]) -> tuple[int, ...] | None:
    """The best of all choices, one by one."""
    able = []
    for each in itertools.product(*(range(len(g)) for g in groups)):
        chosen = [g[i] for g, i in zip(groups, each, strict=True)]
        if all(sum(o[1][r] for o in chosen) <= c for r, c in enumerate(caps)):
            able.append((sum(o[0] for o in chosen), sum(i > 0 for i in each), each[::-1]))
    return min(able)[2][::-1] if able else None


def problem(rng: random.Random, groups: int, options: int, rows: int, *, signed: bool, big: int) -> tuple[list[list[Option]], list[int]]:
    """Costs are few, so that many choices cost the same."""
    low = -big if signed else 0
    dear = rng.choice((0, 2, 5, 10**15))
    made = [[(rng.randint(-dear // 3, dear), tuple(rng.randint(low, big) for _ in range(rows))) for _ in range(options)] for _ in range(groups)]
    return made, [rng.randint(big * groups // 4, big * groups) if not signed else rng.randint(low, big * groups // 2) for _ in range(rows)]


@pytest.mark.parametrize("rows", [0, 1, 2, 3])
@pytest.mark.parametrize("big", [2, 9, 10**17])
@pytest.mark.parametrize("signed", [False, True])
def test_the_choice_is_the_best_of_all(rows: int, big: int, signed: bool) -> None:
    rng = random.Random(f"{rows} {big} {signed}")
    able = 0
    for _ in range(120):
        groups, caps = problem(rng, rng.randint(1, 5), rng.randint(1, 4), rows, signed=signed, big=big)
        found, expected = choose(groups, caps), tried(groups, caps)
        assert (found.options if found else None) == expected
        if found:
            able += 1
            assert found.proven
            assert choose(groups, caps, most=found.cost - 1) is None
            again = choose(groups, caps, most=found.cost)
            assert again is not None
            assert again.options == expected
    assert able > 15


def test_no_group_and_no_row_is_the_empty_choice() -> None:
    assert choose([], []) == Choice((), 0)
    assert choose([], [-1]) is None


@pytest.mark.parametrize("dear", [0, 1, 2])
def test_costs_in_step_with_burdens_or_all_alike_are_settled_all_the_same(dear: int) -> None:
    """The hard cases for bounds: every option costs the same, or the same for a unit of burden."""
    rng = random.Random(7)
    groups: list[list[Option]] = []
    for _ in range(30):
        worth = rng.randint(10, 400)
        cost = (0, 5, worth)[dear]
        groups.append([(0, (worth,)), (cost * 2, (0,)), (cost, (worth // 2,))])
    cap = sum(g[0][1][0] for g in groups) // 3
    found = choose(groups, [cap])
    assert found is not None
    assert found.proven
    assert sum(g[i][1][0] for g, i in zip(groups, found.options, strict=True)) <= cap


def test_a_search_that_outgrows_its_limit_says_that_its_answer_is_not_proven(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choosing, "MAX_VISITS", 7)
    rng = random.Random(3)
    kinds = set()
    for _ in range(60):
        groups, caps = problem(rng, 6, 3, 2, signed=False, big=1000)
        found, expected = choose(groups, caps), tried(groups, caps)
        if found is None or not found.options:
            assert expected is None or not (found is None or found.proven)
            continue
        assert expected is not None
        best = sum(g[i][0] for g, i in zip(groups, expected, strict=True))
        assert best <= found.cost == sum(g[i][0] for g, i in zip(groups, found.options, strict=True))
        assert not found.proven or found.options == expected
        kinds.add(found.proven)
    assert False in kinds
