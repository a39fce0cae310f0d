"""A large batch runs compiled, a small one as plain Python: the same text, and the same answers to the last unit."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lines import random_line
from youyi.assess import assess, compiled, money
from youyi.assess.table import Rows
from youyi.law.rulebook import Rulebook

UNITS = st.sampled_from((1, 10, 100, 1000, 100_000))
MODES = st.sampled_from((money.HALF_UP, money.UP, money.DOWN))


def exact(value: Fraction, unit: int, mode: int) -> int:
    """`value` hundredths rounded to `unit` of them, by fractions."""
    count, rest = divmod(value, unit)
    more = {money.HALF_UP: rest * 2 >= unit, money.UP: rest > 0, money.DOWN: False}[mode]
    return (int(count) + more) * unit


@given(amount=st.integers(0, money.MAX_CENTS), rate=st.integers(0, 9_000_000), unit=UNITS, mode=MODES)
def test_a_share_is_exact_and_rounded_once(amount: int, rate: int, unit: int, mode: int) -> None:
    assert money.share(amount, rate, unit, mode) == exact(Fraction(amount * rate, money.WHOLE), unit, mode)


@given(base=st.integers(0, 10**15), numerator=st.integers(1, 10**8), digits=st.integers(2, 8), unit=UNITS, mode=MODES)
def test_a_customs_value_is_exchanged_exactly(base: int, numerator: int, digits: int, unit: int, mode: int) -> None:
    divisor = 10**digits
    plan = [numerator, divisor, 0, 0, 0, 0, 1, 1, *[unit] * 6, *[mode] * 6]
    value = exact(Fraction(base * numerator, divisor), unit, mode)
    assert money.customs_value(plan, 0, base, money.NONE, money.NONE) == (value if value <= money.MAX_CENTS else money.NONE)


def test_at_the_limits_the_compiled_columns_do_not_overflow() -> None:
    """The largest value at the highest rates, with every charge on top of the others."""
    top = 9_000_000
    row = [0] * money.ROW
    for at in (money.RATE_LOW, money.RATE_HIGH, money.VAT_LOW, money.VAT_HIGH, money.REMEDY_LOW, money.REMEDY_HIGH):
        row[at] = top
    row[money.EXCISE_LOW] = row[money.EXCISE_HIGH] = row[money.INCOME_LOW] = row[money.INCOME_HIGH] = 1_000_000
    row[money.MORE], row[money.VAT_BASE], row[money.INCOME_BASE] = 1, 14, 14
    plan = [1, 100, 0, 0, 0, 0, 1, 1, *[1] * 6, *[money.HALF_UP] * 6]
    price = money.MAX_CENTS * 100
    law = money.Law([0, 1, 0, 1, 1, 0], [*[0] * money.ROW, *row], plan, [0] * money.EXTRA)
    asked = money.Asked([price], [money.NONE], [money.NONE], [1], [0], [0])
    plain = money.Answers(*([0] for _ in money.Answers._fields))
    money.fill(asked, law, plain, 0, 1, 0)
    columns = money.Answers(*(np.zeros(1, dtype=kind) for kind in compiled.ANSWERS))
    given_asked = compiled.given(compiled.ASKED, [np.array(c) for c in asked])
    compiled.fill()(given_asked, compiled.given(compiled.LAW, [np.array(c) for c in law]), columns, 0, 1, 0)
    assert [c.tolist() for c in columns] == [list(c) for c in plain]
    assert plain.customs_value == [money.MAX_CENTS]
    assert plain.total_low[0] > plain.customs_value[0] * 100


@pytest.mark.parametrize("seed", range(3))
def test_a_large_batch_gets_the_answers_that_its_lines_get_in_small_ones(rulebook: Rulebook, seed: int) -> None:
    pick = random.Random(seed)
    table = pa.Table.from_pylist([random_line(pick) | {"line_id": str(i)} for i in range(compiled.WORTH_IT)])
    large = assess(rulebook, table)
    small = [assess(rulebook, table.slice(first, 500), first) for first in range(0, len(table), 500)]
    plain = pa.schema([f.with_type(pa.string()) if pa.types.is_dictionary(f.type) else f for f in large.arrow().schema])
    assert pa.concat_tables([pa.table(r.arrow()).cast(plain) for r in small]).equals(pa.table(large.arrow()).cast(plain))
    assert large.findings == [f for r in small for f in r.findings]


def test_rows_that_grow_are_whole_for_every_thread_that_asks() -> None:
    """One thread writes while others read: whatever they are given is complete."""
    rows = Rows(3)

    def read(_: int) -> bool:
        return all(bool((found[:, 0] == np.arange(len(found))).all()) for found in (rows.array() for _ in range(300)))

    with ThreadPoolExecutor(4) as pool:
        asked = pool.map(read, range(3))
        for i in range(20_000):
            rows.lists.append([i, i, i])
        assert all(asked)
    assert len(rows.array()) == 20_000
