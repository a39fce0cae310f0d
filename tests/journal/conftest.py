"""A place for a journal, on each backend."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from journal.server import Server
from youyi.journal import Draft, Journal, Receipt


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.stop()


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A place where no journal is yet."""
    if request.param == "sqlite":
        return str(tmp_path / "port.journal")
    url: str = request.getfixturevalue("server").database()
    return url


@pytest.fixture
def journal(place: str) -> Iterator[Journal]:
    with Journal(place, create=True) as journal:
        yield journal


def passed(journal: Journal, number: int, truck: str = "truck/1", **more: object) -> Receipt:
    """A truck passes a gate."""
    return journal.append([Draft(truck, "gate.passed", {"gate": f"G{number % 12}", "number": number, **more})], id=f"pass/{truck}/{number}", actor="gate/1")
