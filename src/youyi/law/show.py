"""What a release holds, and where each fact of it comes from."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np

from youyi.law.checks import CITATION_FIELDS
from youyi.law.rulebook import Rulebook
from youyi.law.store import Store
from youyi.law.tables import TABLES, day_text


@dataclass(frozen=True, slots=True)
class Holding:
    """One table file. `first` is its earliest valid_from, `last` its latest valid_to, empty while a row is open or there is none.

    `statuses` and `citations` count rows; `editions` are those of its codes, empty where it has none.
    """

    file: str
    kind: str
    about: str
    rows: int
    first: str
    last: str
    editions: tuple[str, ...]
    statuses: dict[str, int]
    citations: dict[str, int]


@dataclass(frozen=True, slots=True)
class Summary:
    """A release: its name, its day, its digest and its table files in order of name."""

    name: str
    date: str
    digest: str
    description: str
    tables: tuple[Holding, ...]

    @property
    def rows(self) -> int:
        """The rows of all tables."""
        return sum(t.rows for t in self.tables)


@dataclass(frozen=True, slots=True)
class Source:
    """A citation and how much rests on it. `licence`: O open, F plain facts of an official instrument, C cited only."""

    key: str
    title: str
    instrument: str
    date: str
    locator: str
    taken_from: str
    licence: str
    note: str
    rows: int
    files: tuple[str, ...]


def summary(rulebook: Rulebook) -> Summary:
    """What the rulebook's release holds, file by file."""
    store = rulebook.store
    about = {t.kind: t.about for t in TABLES}
    tables = [_holding(store, kind, name, about[kind]) for kind in about for name in store.names(kind)]
    return Summary(rulebook.name, rulebook.date, rulebook.digest, str(store.about.get("description", "")), tuple(sorted(tables, key=lambda t: t.file)))


def sources(rulebook: Rulebook, used: bool = False) -> list[Source]:
    """Every citation of the release with the number of rows that rest on it; with `used`, only those that some row names."""
    held: dict[str, Counter[str]] = {key: Counter() for key in rulebook.store.citations}
    for table in summary(rulebook).tables:
        for key, rows in table.citations.items():
            held[key][table.file] = rows
    return [_source(key, rulebook.store.citations[key], held[key]) for key in sorted(held) if held[key] or not used]


def _source(key: str, entry: dict[str, str], held: Counter[str]) -> Source:
    title, instrument, date, locator, taken_from, licence, note = (entry.get(f, "") for f in CITATION_FIELDS)
    return Source(key, title, instrument, date, locator, taken_from, licence, note, held.total(), tuple(sorted(held)))


def _holding(store: Store, kind: str, name: str, about: str) -> Holding:
    size = store.size(name)
    editions = _counts(store, name, "edition") if store.has(name, "edition") else {}
    first = day_text(int(store.ints(name, "start").min())) if size else ""
    last = day_text(int(store.ints(name, "stop").max())) if size else ""
    statuses, citations = _counts(store, name, "status"), _counts(store, name, "citation")
    return Holding(name, kind, about, size, first, last, tuple(sorted(filter(None, editions))), statuses, citations)


def _counts(store: Store, name: str, column: str) -> dict[str, int]:
    """How many rows hold each text of a column, in the order of their first appearance."""
    if not store.size(name):
        return {}
    texts = store.texts(name, column)
    return dict(zip(texts.pool, np.bincount(texts.codes, minlength=len(texts.pool)).tolist(), strict=True))
