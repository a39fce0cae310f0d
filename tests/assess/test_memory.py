"""The collector is away while rulings are made, and back afterwards as it was."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from youyi.assess.memory import uncollected


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    on = gc.isenabled()
    yield
    (gc.enable if on else gc.disable)()


def test_the_collector_is_off_within_and_on_again_behind_it() -> None:
    gc.enable()
    with uncollected():
        assert not gc.isenabled()
    assert gc.isenabled()


def test_a_collector_that_was_off_stays_off() -> None:
    gc.disable()
    with uncollected():
        pass
    assert not gc.isenabled()


def test_a_failure_within_brings_the_collector_back() -> None:
    gc.enable()
    with pytest.raises(ZeroDivisionError), uncollected():
        _ = 1 / 0
    assert gc.isenabled()
