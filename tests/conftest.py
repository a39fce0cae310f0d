"""What every test may ask for: the release that is shipped, read once; and when the long proofs run."""

from __future__ import annotations

import os

import pytest

from youyi.law.rulebook import Rulebook


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The long runs are for `make prove`; a normal run holds a seeded sample of each and leaves them out."""
    if os.environ.get("YOUYI_PROVE") == "1":
        return
    long = [item for item in items if item.get_closest_marker("prove")]
    config.hook.pytest_deselected(items=long)
    items[:] = [item for item in items if not item.get_closest_marker("prove")]


@pytest.fixture(scope="session")
def rulebook() -> Rulebook:
    """The shipped release."""
    return Rulebook.load()
