"""Looking up rules of origin in a release: which rule set holds, which rules a code has, what the supporting rules say.

    rulebook.origin.rule_set("ACFTA", "VN", day)            the rules the importing Party applies
    rulebook.origin.rules("ACFTA-2019", "850760", "HS2022", day)  product and general rules of a good, and what is missing

The evaluation is not here: this says what the law is, with its edition, dates, citation and status.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from youyi.law.origin.parsing import parse
from youyi.law.origin.rule import Rule
from youyi.law.origin.terms import Term, Terms
from youyi.law.schedule import Coded
from youyi.law.tables import key_of

if TYPE_CHECKING:
    from youyi.law.rulebook import Rulebook

Record = dict[str, Any]
Place = tuple[Coded, int]
"""A row of a list of product rules."""


class Extent(StrEnum):
    """How far a list of product rules is in hand."""

    WHOLE = "whole"
    PARTIAL = "partial"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Entry:
    """One rule of a table. `code` is the beginning it stands under, `at` its file and line, `start` and `stop` day numbers."""

    rule_set: str
    code: str
    track: str
    text: str
    edition: str
    note: str
    start: int
    stop: int
    citation: str
    status: str
    at: str

    @property
    def rule(self) -> Rule:
        """The rule as a value."""
        return parse(self.text)


@dataclass(frozen=True, slots=True)
class Applicable:
    """What a rule set says of one six-digit code of its list's edition.

    `product`: the product rule, if it has one; `general`: the general rule of its heading, chapter or of all goods;
    `extent`, `gap`: whether the list is in hand for the code and what is said of it. A code without a product rule is
    off the list only where the list is whole there.
    """

    code: str
    product: Entry | None
    general: Entry | None
    extent: Extent
    gap: str
    gap_citation: str

    @property
    def unlisted(self) -> bool:
        """Whether it is known that the list does not name the code."""
        return self.product is None and self.extent is Extent.WHOLE


@dataclass(frozen=True, slots=True)
class GoodRules:
    """What a rule set says of a good: one `Applicable` for each code that it may have in the list's edition.

    Several where the code divides between editions; none where no such code is known. `carried`: a step between
    editions had no correlation. `edition` is that of the list that holds on the day, the good's own where none does.
    """

    rule_set: str
    code: str
    given_edition: str
    edition: str
    carried: bool
    each: tuple[Applicable, ...]

    @property
    def ambiguous(self) -> bool:
        """Whether codes between which the good divides have different rules."""
        return len({(a.product.text if a.product else "", a.general.text if a.general else "", a.extent) for a in self.each}) > 1


@dataclass(slots=True)
class _Rows:
    """Rows by the beginning of the codes that they are for."""

    by_code: dict[str, list[Record]] = field(default_factory=dict)
    lengths: tuple[int, ...] = ()

    def longest(self, code: str, day: int) -> Record | None:
        """The row of the longest beginning of a code that has one on the day."""
        for digits in self.lengths:
            for row in self.by_code.get(code[:digits], ()) if digits <= len(code) else ():
                if row["start"] <= day <= row["stop"]:
                    return row
        return None


NO_ROWS = _Rows()


class OriginBook:
    """The rules of origin of one release. `rulebook.origin` is the one of a rulebook."""

    def __init__(self, rulebook: Rulebook) -> None:
        self._book = rulebook
        self._store = rulebook.store
        self._terms: dict[tuple[str, int], Terms] = {}
        self._editions: dict[tuple[str, int], str] = {}
        self._found: dict[tuple[str, str, str, int], GoodRules] = {}
        self._indexes: dict[tuple[str, str], dict[int, list[Place]]] = {}
        self._entries: dict[tuple[str, int], Entry] = {}

    # -- rule sets ----------------------------------------------------------------------------------------

    @cached_property
    def _sets(self) -> dict[tuple[str, str], list[Record]]:
        found: dict[tuple[str, str], list[Record]] = defaultdict(list)
        for r in self._store.records("origin_sets"):
            found[r["agreement"], r["party"]].append(r)
        return found

    @property
    def agreements(self) -> tuple[str, ...]:
        """The agreements that have rules of origin here, on whatever day."""
        return tuple(dict.fromkeys(a for a, _ in self._sets))

    def rule_set(self, agreement: str, importer: str, day: int) -> Record | None:
        """The row that says which rules `importer` applies on `day`; None before the first."""
        for party in (importer, ""):
            for row in self._sets.get((agreement, party), ()):
                if row["start"] <= day <= row["stop"]:
                    return row
        return None

    def rule_sets(self, agreement: str, day: int) -> dict[str, tuple[str, ...]]:
        """Every rule set that some Party applies on `day`, with those Parties; an empty name stands for all others."""
        found: dict[str, list[str]] = defaultdict(list)
        for (name, party), rows in self._sets.items():
            if name == agreement:
                for row in rows:
                    if row["start"] <= day <= row["stop"]:
                        found[row["rule_set"]].append(party)
        return {k: tuple(sorted(v)) for k, v in found.items()}

    # -- rules by code ------------------------------------------------------------------------------------

    @cached_property
    def _lists(self) -> dict[str, list[Coded]]:
        """The files in which a rule set has product rules."""
        found: dict[str, list[Coded]] = defaultdict(list)
        for coded in (Coded(self._store, n) for n in self._store.names("origin_rules")):
            for rule_set in coded.column("rule_set").pool:
                found[rule_set].append(coded)
        return found

    def product(self, rule_set: str, code: str, edition: str, day: int) -> Entry | None:
        """The product rule of a code: of the longest beginning that has one."""
        index = self._indexes.get((rule_set, edition))
        if index is None:
            index = self._indexes[rule_set, edition] = self._index(rule_set, edition)
        for digits in range(len(code), 1, -1):
            for coded, row in index.get(key_of(code[:digits]), ()):
                first, last = coded.bounds(row)
                if first <= day <= last:
                    return self._entry(coded, row, code[:digits])
        return None

    def _index(self, rule_set: str, edition: str) -> dict[int, list[Place]]:
        """The rows of a list in one edition by the key of the beginning that they stand under, in the order of their files."""
        found: dict[int, list[Place]] = {}
        for coded in self._lists.get(rule_set, ()):
            rows = np.intersect1d(coded.column("rule_set").rows_of(rule_set), coded.column("edition").rows_of(edition))
            for key, row in zip(coded.key[rows].tolist(), rows.tolist(), strict=True):
                found.setdefault(key, []).append((coded, row))
        return found

    def _entry(self, coded: Coded, row: int, code: str) -> Entry:
        key = (coded.name, row)
        if key not in self._entries:
            self._entries[key] = self._read(coded, row, code)
        return self._entries[key]

    @staticmethod
    def _read(coded: Coded, row: int, code: str) -> Entry:
        texts = [coded.text(c, row) for c in ("rule_set", "track", "rule", "edition", "note", "citation", "status")]
        rule_set, track, rule, edition, note, citation, status = texts
        at = f"{coded.name}:{coded.line(row)}"
        return Entry(rule_set, code, track, rule, edition, note, int(coded.start[row]), int(coded.stop[row]), citation, status, at)

    @cached_property
    def _general(self) -> dict[str, _Rows]:
        return self._by_beginning("origin_general")

    @cached_property
    def _extents(self) -> dict[str, _Rows]:
        return self._by_beginning("origin_lists")

    def _by_beginning(self, kind: str) -> dict[str, _Rows]:
        found: dict[str, _Rows] = defaultdict(_Rows)
        for r in self._store.records(kind):
            found[r["rule_set"]].by_code.setdefault(r["codes"], []).append(r)
        for rows in found.values():
            rows.lengths = tuple(sorted({len(c) for c in rows.by_code}, reverse=True))
        return dict(found)

    def general(self, rule_set: str, code: str, day: int) -> Entry | None:
        """The general rule of a code: of the longest beginning that has one."""
        r = self._general.get(rule_set, NO_ROWS).longest(code, day)
        if r is None:
            return None
        key = (r["at"], -1)
        if key not in self._entries:
            self._entries[key] = self._of_record(rule_set, r)
        return self._entries[key]

    @staticmethod
    def _of_record(rule_set: str, r: Record) -> Entry:
        return Entry(rule_set, r["codes"], "", r["rule"], r["edition"], r["note"], r["start"], r["stop"], r["citation"], r["status"], r["at"])

    def extent(self, rule_set: str, code: str, day: int) -> Record | None:
        """The row that says whether the list of product rules is in hand for a code."""
        return self._extents.get(rule_set, NO_ROWS).longest(code, day)

    def extents(self, rule_set: str, day: int) -> list[Record]:
        """All that is said on `day` of whether the list is in hand, the whole of it first."""
        rows = (r for own in self._extents.get(rule_set, NO_ROWS).by_code.values() for r in own)
        return sorted((r for r in rows if r["start"] <= day <= r["stop"]), key=lambda r: r["codes"])

    def edition(self, rule_set: str, day: int) -> str:
        """The edition of the product list that holds on `day`; empty where none is in hand."""
        if (rule_set, day) not in self._editions:
            self._editions[rule_set, day] = self._edition(rule_set, day)
        return self._editions[rule_set, day]

    def _edition(self, rule_set: str, day: int) -> str:
        for coded in self._lists.get(rule_set, ()):
            for row in coded.column("rule_set").rows_of(rule_set).tolist():
                if coded.start[row] <= day <= coded.stop[row]:
                    return coded.text("edition", row)
        return ""

    def rules(self, rule_set: str, code: str, edition: str, day: int) -> GoodRules:
        """What a rule set says on `day` of a good whose code (of six digits or more) is of `edition`."""
        key = (rule_set, code, edition, day)
        if key not in self._found:
            self._found[key] = self._rules(*key)
        return self._found[key]

    def _rules(self, rule_set: str, code: str, edition: str, day: int) -> GoodRules:
        own = self.edition(rule_set, day) or edition
        crossed = self._book.nomenclature.cross(code[:6], edition, own)
        codes = [code] if own == edition else sorted(crossed.codes)
        return GoodRules(rule_set, code, edition, own, crossed.carried, tuple(self._applicable(rule_set, c, own, day) for c in codes))

    def _applicable(self, rule_set: str, code: str, edition: str, day: int) -> Applicable:
        said = self.extent(rule_set, code, day)
        extent = Extent(said["extent"]) if said else Extent.MISSING
        note, citation = (said["note"], said["citation"]) if said else ("nothing is said of the list", "")
        return Applicable(code, self.product(rule_set, code, edition, day), self.general(rule_set, code, day), extent, note, citation)

    # -- supporting rules ---------------------------------------------------------------------------------

    def terms(self, rule_set: str, day: int) -> Terms:
        """The supporting rules of a rule set on `day`."""
        if (rule_set, day) not in self._terms:
            rows = [r for r in self._store.records("origin_terms", ("rule_set", rule_set)) if r["start"] <= day <= r["stop"]]
            self._terms[rule_set, day] = Terms(rule_set, tuple(Term.of(r) for r in rows))
        return self._terms[rule_set, day]

    def rows(self, kind: str, rule_set: str, day: int) -> list[Record]:
        """The rows of a supporting table of the rule set on `day`.

        `kind` is one of origin_operations, origin_wholly, origin_consignment, origin_criteria, origin_processes, origin_country.
        """
        return [r for r in self._store.records(kind, ("rule_set", rule_set)) if r["start"] <= day <= r["stop"]]

    def clocks(self, agreement: str, importer: str, day: int) -> dict[str, Record]:
        """The clocks of a proof by event (issue, retroactive, validity, claim, waiver): the importer's own row before that of all Parties."""
        rows = [r for r in self._store.records("origin_proofs", ("agreement", agreement)) if r["start"] <= day <= r["stop"]]
        return {r["event"]: r for own in ("", importer) for r in rows if r["importer"] == own}

    def differential(self, importer: str, day: int) -> Record | None:
        """RCEP art 2.6: the row that says that the importer's tariff differs by country of origin; None where it does not."""
        return next((r for r in self._store.records("origin_differentials", ("importer", importer)) if r["start"] <= day <= r["stop"]), None)

    def needs_extra_value(self, importer: str, code: str, edition: str, day: int) -> bool | None:
        """RCEP art 2.6 ¶3: whether the importer's appendix names the good; None where the appendix is not in hand."""
        row = self.differential(importer, day)
        if row is None:
            return False
        own = [r for r in self._store.records("origin_appendix", ("importer", importer)) if r["start"] <= day <= r["stop"]]
        for r in own:
            codes = {code} if r["edition"] == edition else self._book.nomenclature.cross(code[:6], edition, r["edition"]).codes
            hits = [c.startswith(r["code"]) for c in codes]
            if hits and all(hits):
                return True
            if any(hits):
                return None
        return False if row["appendix"] == Extent.WHOLE else None
