"""Codes across editions: what a code is called, and which codes of another edition its goods may stand under.

The official correlation says for each code of a newer edition which older codes its goods come from. Where an
answer has several codes, all of them are kept: picking one would be a guess.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from youyi.law.store import Store
from youyi.law.tables import EDITIONS, code_of, key_of


class Crossed(NamedTuple):
    """The six-digit codes of another edition that a code's goods may stand under.

    `carried`: at some step no correlation was in hand and the unchanged number was carried over.
    """

    codes: frozenset[str]
    carried: bool = False


class Nomenclature:
    """The editions of the Harmonized System in hand, their national extensions and the way between them."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._crossings: dict[tuple[str, str, str], Crossed] = {}
        self._called: dict[tuple[str, str, str], str] = {}

    @cached_property
    def _files(self) -> dict[str, list[tuple[str, Any]]]:
        """Edition to its files: the Harmonized System's own list first, then national ones."""
        found: dict[str, list[tuple[str, Any]]] = {}
        for name in self._store.names("nomenclature"):
            if not self._store.size(name):
                continue
            edition = self._store.texts(name, "edition")[0]
            found.setdefault(edition, []).append((name, self._store.ints(name, "key")))
        for files in found.values():
            files.sort(key=lambda f: not f[0].split("/")[-1].startswith("hs"))
        return found

    def editions(self) -> list[str]:
        """The editions in hand, oldest first."""
        return [e for e in EDITIONS if e in self._files]

    def exists(self, edition: str, code: str) -> bool:
        """Whether a code of at most six digits stands in the edition. An edition not in hand contains everything."""
        files = self._files.get(edition)
        if not files:
            return True
        return _has(self._store.view(files[0][0], "key"), key_of(code[:6]))

    def has_national(self, tariff: str, code: str) -> bool | None:
        """Whether a national line stands in a national tariff; None where that tariff's list is not in hand."""
        found = self._tariffs.get(tariff)
        return _has(found[2], key_of(code)) if found else None

    @cached_property
    def _tariffs(self) -> dict[str, tuple[str, int, memoryview[int]]]:
        """National tariff to its edition, the digits of its lines and their keys."""
        found: dict[str, tuple[str, int, memoryview[int]]] = {}
        for edition, files in self._files.items():
            for name, _ in files:
                keys = self._store.view(name, "key")
                found.setdefault(self._store.texts(name, "tariff")[0], (edition, len(code_of(keys[0])), keys))
        return found

    def version(self, tariff: str) -> tuple[str, int]:
        """The edition and number of digits of a national tariff whose list is in hand; ("", 0) for another."""
        return self._tariffs[tariff][:2] if tariff in self._tariffs else ("", 0)

    def lines_for(self, tariff: str, digits: int, code: str, edition: str, own: str) -> list[str]:
        """The lines of a national tariff of edition `own` that goods of a code of another edition may stand on."""
        crossed = self.cross(code[:6], edition, own).codes
        if edition != own and crossed != {code[:6]}:
            return [line for c in sorted(crossed) for line in self.lines(tariff, c)]
        if len(code) >= digits and self.has_national(tariff, code[:digits]):
            return [code[:digits]]
        for length in (len(code), 8, 6):
            if length <= len(code) and length < digits and (found := self.lines(tariff, code[:length])):
                return found
        return []

    def lines(self, tariff: str, prefix: str) -> list[str]:
        """The national lines under a code."""
        if tariff not in self._tariffs:
            return []
        _, digits, keys = self._tariffs[tariff]
        width = 10 ** (digits - len(prefix))
        low = key_of(prefix) * width
        first = bisect_left(keys, low)
        return list(map(code_of, keys[first : bisect_left(keys, low + width, first)]))

    def subheadings(self, edition: str, prefix: str) -> list[str]:
        """The six-digit codes of an edition under a shorter code; none where the edition is not in hand."""
        files = self._files.get(edition)
        if not files:
            return []
        width = 10 ** (6 - len(prefix))
        keys = files[0][1]
        first, last = np.searchsorted(keys, (key_of(prefix) * width, (key_of(prefix) + 1) * width))
        return [code_of(int(k)) for k in keys[first:last]]

    def text(self, edition: str, code: str, language: str = "en") -> str:
        """What the code is called: the words of its six digits and, behind them, a national line's own."""
        found = self._called.get((edition, code, language))
        if found is None:
            found = self._called[edition, code, language] = self._text(edition, code, language)
        return found

    def _text(self, edition: str, code: str, language: str) -> str:
        own, above = self._words(edition, code, language), self._words(edition, code[:6], language)
        if len(code) <= 6 or not own or own == above or own.count(":") > 1:
            return own or above or self._words(edition, code[:4], language) or self._words(edition, code[:2], language)
        return f"{above}: {own}" if above else own

    def _words(self, edition: str, code: str, language: str) -> str:
        key = key_of(code)
        for length in (len(code), 8):
            if length < len(code):
                key = key_of(code[:length])
            for name, keys in self._files.get(edition, ()):
                i = int(keys.searchsorted(key))
                if i < len(keys) and int(keys[i]) == key:
                    words = self._store.texts(name, language)[i]
                    if words:
                        return words
        return ""

    # -- crossing -----------------------------------------------------------------------------------------

    @cached_property
    def _ways(self) -> dict[tuple[str, str], tuple[memoryview[int], memoryview[int]]]:
        """(edition, a neighbour) to its codes' keys in order, and the neighbour's key beside each."""
        found: dict[tuple[str, str], tuple[memoryview[int], memoryview[int]]] = {}
        for name in self._store.names("correlation"):
            edition, earlier = self._store.texts(name, "edition"), self._store.texts(name, "to_edition")
            key, to_key = self._store.ints(name, "key"), self._store.ints(name, "to_code_key")
            for i, newer in enumerate(edition.pool):
                for j, older in enumerate(earlier.pool):
                    rows = np.flatnonzero((edition.codes == i) & (earlier.codes == j))
                    if len(rows):
                        for here, there, way in ((key[rows], to_key[rows], (newer, older)), (to_key[rows], key[rows], (older, newer))):
                            order = np.argsort(here, kind="stable")
                            found[way] = here[order].data, there[order].data
        return found

    def _step(self, code: str, here: str, there: str) -> Crossed:
        """To the edition before or after."""
        way = self._ways.get((here, there))
        if way is not None:
            source, target = way
            key = key_of(code)
            first = bisect_left(source, key)
            last = bisect_right(source, key, first)
            if last > first:
                return Crossed(frozenset(map(code_of, target[first:last])))
        return Crossed(frozenset({code}) if self.exists(there, code) else frozenset(), True)

    def cross(self, code: str, edition: str, to: str) -> Crossed:
        """The codes of edition `to` that goods of six-digit `code` in `edition` may stand under; empty where none is known."""
        known = self._crossings.get((code, edition, to))
        if known is None:
            known = self._crossings[code, edition, to] = self._cross(code, edition, to)
        return known

    def _cross(self, code: str, edition: str, to: str) -> Crossed:
        if edition == to:
            return Crossed(frozenset({code}))
        near = EDITIONS[EDITIONS.index(to) + (1 if EDITIONS.index(to) < EDITIONS.index(edition) else -1)]
        if near == edition:
            return self._step(code, edition, to)
        before = self.cross(code, edition, near)
        steps = [self.cross(c, near, to) for c in before.codes]
        found = Crossed(frozenset[str]().union(*(s.codes for s in steps)), before.carried or any(s.carried for s in steps))
        return before if found == before else found  # most codes never change: one answer for all editions takes less room


def _has(keys: memoryview[int], key: int) -> bool:
    at = bisect_left(keys, key)
    return at < len(keys) and keys[at] == key
