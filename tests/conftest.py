"""What every test may ask for: the release that is shipped, read once; and when the long proofs run."""

from __future__ import annotations

import os

import pytest

from youyi.law.rulebook import Rulebook


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long proofs run when asked for; otherwise each says that it was left out."""
    if os.environ.get("YOUYI_PROVE") == "1":
        return
    for item in items:
        if item.get_closest_marker("prove"):
            item.add_marker(pytest.mark.skip(reason="a long proof: set YOUYI_PROVE=1"))


@pytest.fixture(scope="session")
def rulebook() -> Rulebook:
    """The shipped release."""
    return Rulebook.load()
