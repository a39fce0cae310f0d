"""One dated release, ready for questions: who is a Party, what a code is, which rate stands on which day.

The rulebook only answers what the release says; the treaties' own algorithms are functions beside it
(`youyi.law.acfta`, `youyi.law.rcep`) that read it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from youyi.law.crossing import Nomenclature
from youyi.law.prefixes import Prefixes
from youyi.law.release import Release
from youyi.law.schedule import Coded, Schedule, parsed
from youyi.law.store import Store, compiled
from youyi.law.tables import OPEN

if TYPE_CHECKING:
    from youyi.law.origin.book import OriginBook

Record = dict[str, Any]


class Dated:
    """The rows of one key through time."""

    __slots__ = ("_starts", "rows")

    def __init__(self, rows: list[Record]) -> None:
        self.rows = sorted(rows, key=lambda r: r["start"])
        self._starts = [r["start"] for r in self.rows]

    def on(self, day: int) -> Record | None:
        """The row that holds on `day`."""
        i = bisect_right(self._starts, day) - 1
        return self.rows[i] if i >= 0 and self.rows[i]["stop"] >= day else None

    def last_before(self, day: int) -> Record | None:
        """The row that holds on `day` or, failing that, the latest one before it."""
        i = bisect_right(self._starts, day) - 1
        return self.rows[i] if i >= 0 else None


class Rulebook:
    """A compiled release. `Rulebook.load()` opens the bundled one; a folder opens another."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.digest = str(store.about["digest"])
        self.name = str(store.about.get("name", ""))
        self.date = str(store.about.get("date", ""))
        self._chosen: dict[tuple[str, str, str, int], Schedule | None] = {}
        self._prefixes: dict[tuple[str, str], Prefixes] = {}

    @classmethod
    def load(cls, folder: Path | str | None = None) -> Rulebook:
        """Open a release, compiling it the first time. Raises ReleaseError with every fault of an unusable one."""
        return cls(compiled(Release(Path(folder) if folder is not None else None)))

    # -- parties and agreements ---------------------------------------------------------------------------

    @cached_property
    def parties(self) -> dict[str, Record]:
        """The Parties by their two letters."""
        return {r["party"]: r for r in self.store.records("parties")}

    @cached_property
    def countries(self) -> dict[str, Record]:
        """The countries by their two letters."""
        return {r["country"]: r for r in self.store.records("countries")}

    @cached_property
    def _memberships(self) -> dict[tuple[str, str], list[Record]]:
        found: dict[tuple[str, str], list[Record]] = defaultdict(list)
        for row in self.store.records("membership"):
            found[row["agreement"], row["party"]].append(row)
        return found

    @cached_property
    def agreements(self) -> list[Record]:
        """Every agreement and scheme the release names, in its order."""
        order = {n: i for i, n in enumerate(("MFN", "ACFTA", "RCEP", "ATIGA", "CN-LDC"))}
        return sorted(self.store.records("agreements"), key=lambda r: order.get(r["agreement"], len(order)))

    def membership(self, agreement: str, party: str, day: int, towards: str = "") -> Record | None:
        """The row that makes `party` a member on `day`, towards everybody or towards that one other."""
        for row in self._memberships.get((agreement, party), ()):
            if row["start"] <= day <= row["stop"] and row["towards"] in ("", towards):
                return row
        return None

    def between(self, agreement: str, one: str, other: str, day: int) -> tuple[Record, Record] | None:
        """The two rows by which the agreement binds both to each other on `day`."""
        a, b = self.membership(agreement, one, day, other), self.membership(agreement, other, day, one)
        return (a, b) if a and b else None

    def gives(self, agreement: str, importer: str, origin: str, day: int) -> tuple[Record, ...]:
        """The rows of membership by which `importer` gives goods of `origin` the agreement's rates on `day`; none where it does not.

        Where an agreement has one giver, no other Party gives anything.
        """
        if importer == origin:
            return ()
        giver = next((a["giver"] for a in self.agreements if a["agreement"] == agreement), "")
        if giver:
            row = self.membership(agreement, origin, day, giver) if importer == giver else None
            return (row,) if row else ()
        return self.between(agreement, importer, origin, day) or ()

    def group(self, party: str, groups: tuple[str, ...], day: int) -> str:
        """Which of these groups the party belongs to on `day`; empty for none."""
        return next((g for g in groups if g == party or self.membership(g, party, day)), "")

    # -- codes --------------------------------------------------------------------------------------------

    @cached_property
    def nomenclature(self) -> Nomenclature:
        """The codes of every edition and the way between them."""
        return Nomenclature(self.store)

    @cached_property
    def _tariffs(self) -> dict[str, Dated]:
        return self._dated("national_tariffs", "importer")

    def national_tariff(self, importer: str, day: int) -> Record | None:
        """The version of the importer's own tariff that holds on `day`: its edition and number of digits."""
        rows = self._tariffs.get(importer)
        return rows.last_before(day) if rows else None

    # -- rates --------------------------------------------------------------------------------------------

    @cached_property
    def schedules(self) -> dict[tuple[str, str], list[Schedule]]:
        """Every schedule in hand by (importer, regime)."""
        found: dict[tuple[str, str], list[Schedule]] = defaultdict(list)
        for r in self.store.records("schedules"):
            lines = Coded(self.store, r["file"])
            found[r["importer"], r["regime"]].append(
                Schedule(
                    r["schedule"],
                    r["importer"],
                    r["regime"],
                    r["origins"],
                    r["edition"],
                    r["tariff"],
                    int(r["digits"]),
                    r["title"],
                    r["citation"],
                    r["status"],
                    parsed(r["default_rate"]) if r["default_rate"] else None,
                    int(lines.start.min()) if len(lines.start) else r["start"],
                    int(lines.stop.max()) if len(lines.stop) else r["stop"],
                    lines,
                )
            )
        return found

    def schedule(self, importer: str, regime: str, origin: str, day: int) -> Schedule | None:
        """The importer's schedule under a regime for goods of `origin`: of several in turn, the last that began by `day`."""
        key = (importer, regime, origin, day)
        if key not in self._chosen:
            self._chosen[key] = self._schedule(*key)
        return self._chosen[key]

    def _schedule(self, importer: str, regime: str, origin: str, day: int) -> Schedule | None:
        found = [s for s in self.schedules.get((importer, regime), ()) if s.origins in ("", "*", origin) or self.membership(s.origins, origin, day, importer)]
        in_turn = [s for s in found if s.origins == found[0].origins]
        begun = [s for s in in_turn if s.first <= day]
        return max(begun, key=lambda s: s.first) if begun else min(in_turn, key=lambda s: s.first, default=None)

    # -- small tables -------------------------------------------------------------------------------------

    def _dated(self, kind: str, *key: str) -> dict[Any, Dated]:
        rows: dict[Any, list[Record]] = defaultdict(list)
        for r in self.store.records(kind):
            rows[tuple(r[k] for k in key) if len(key) > 1 else r[key[0]]].append(r)
        return {k: Dated(v) for k, v in rows.items()}

    @cached_property
    def sensitive(self) -> dict[tuple[str, str], list[Record]]:
        """The ACFTA sensitive lists: (party, HS 2002 code) to its rows."""
        found: dict[tuple[str, str], list[Record]] = defaultdict(list)
        for r in self.store.records("sensitive_track"):
            found[r["party"], r["code"]].append(r)
        return found

    @cached_property
    def normal_track(self) -> list[Record]:
        """The ACFTA Normal Track: rates by group and band."""
        return list(self.store.records("normal_track"))

    @cached_property
    def ceilings(self) -> dict[tuple[str, str], Dated]:
        """The ACFTA Sensitive Track's ceilings by (group or Party, list)."""
        return self._dated("ceilings", "group", "list")

    @cached_property
    def early_harvest(self) -> list[Record]:
        """The ACFTA Early Harvest Programme: chapters by group."""
        return list(self.store.records("early_harvest"))

    @cached_property
    def _numbers(self) -> dict[str, Dated]:
        return self._dated("treaty_numbers", "name")

    def number(self, name: str, day: int) -> Record | None:
        """A single number of a treaty on a day: its row, or None where none is in force."""
        rows = self._numbers.get(name)
        return rows.on(day) if rows else None

    @cached_property
    def valuation(self) -> dict[tuple[str, str, str], Dated]:
        """What the customs value takes in, by (importer, part, origin)."""
        return self._dated("valuation", "importer", "part", "origin")

    @cached_property
    def rounding(self) -> dict[tuple[str, str], Dated]:
        """How an amount is rounded, by (importer, step)."""
        return self._dated("rounding", "importer", "step")

    @cached_property
    def incoterms(self) -> dict[str, Record]:
        """The Incoterms; `covers` is what the price holds."""
        return {r["term"]: r | {"covers": frozenset(r["covers"].split(";"))} for r in self.store.records("incoterms")}

    @cached_property
    def decimals(self) -> dict[str, int]:
        """Currency to the decimals of its smallest unit; gold, testing codes and others for which ISO 4217 names none are left out."""
        return {r["currency"]: int(r["decimals"]) for r in self.store.records("currencies") if r["decimals"]}

    def by_prefix(self, kind: str, importer: str) -> Prefixes:
        """The rows of a prefix table for one importer, by the beginning of the code."""
        found = self._prefixes.get((kind, importer))
        if found is None:
            found = self._prefixes[kind, importer] = Prefixes(self.store, kind, importer)
        return found

    # -- exchange -----------------------------------------------------------------------------------------

    @cached_property
    def _customs_rates(self) -> dict[tuple[str, str], Dated]:
        return self._dated("customs_rates", "importer", "currency")

    @cached_property
    def _reference(self) -> tuple[Any, Any, dict[str, Any]] | None:
        names = self.store.names("reference_rates")
        if not names:
            return None
        name = names[0]
        start, stop = self.store.ints(name, "start"), self.store.ints(name, "stop")
        order = np.argsort(start, kind="stable")
        columns = {c: self.store.texts(name, c) for c in self.store._index["tables"][name]["columns"] if len(c) == 3 and c.isupper()}
        return start[order], stop[order], {c: (order, col) for c, col in columns.items()}

    def exchange(self, currency: str, importer: str, own: str, day: int) -> tuple[Fraction, str, bool] | None:
        """How much of the importer's currency one unit of `currency` is on `day`: (rate, citation, is an official customs rate).

        A customs rate where one was imported; else the European Central Bank's cross rate, which no customs applies.
        """
        if currency == own:
            return Fraction(1), "", True
        rows = self._customs_rates.get((importer, currency))
        row = rows.on(day) if rows else None
        if row:
            return Fraction(row["rate"]) / Fraction(row["per"]), row["citation"], row["status"] == "official"
        one, other = self._per_euro(currency, day), self._per_euro(own, day)
        return (other / one, "ECB-REFERENCE", False) if one and other else None

    def _per_euro(self, currency: str, day: int) -> Fraction | None:
        if currency == "EUR":
            return Fraction(1)
        if self._reference is None or currency not in self._reference[2]:
            return None
        start, stop, columns = self._reference
        i = int(np.searchsorted(start, day, side="right")) - 1
        if i < 0 or stop[i] < day:
            return None
        order, column = columns[currency]
        text = column[int(order[i])]
        return Fraction(text) if text else None

    # -- origin -------------------------------------------------------------------------------------------

    @cached_property
    def origin(self) -> OriginBook:
        """The rules of origin; read when first asked for, as rates need none of them."""
        from youyi.law.origin.book import OriginBook

        return OriginBook(self)

    # -- time ---------------------------------------------------------------------------------------------

    def breakpoints(self, importer: str, chapter: str) -> list[int]:
        """Every day on which something this release says may change for goods of a chapter entering `importer`, in order.

        An empty chapter stands for all of them.
        """
        days: set[int] = set()
        for kind in ("agreements", "membership", "normal_track", "ceilings", "early_harvest", "treaty_numbers", "sensitive_track"):
            days |= self._days_of(kind)
        days |= {d for r in self.store.records("national_tariffs") if r["importer"] == importer for d in (r["start"], r["stop"] + 1)}
        for kind in ("remedies", "taxes", "unrated_taxes", "quota_goods"):
            days |= self.by_prefix(kind, importer).days(chapter)
        for (owner, regime), schedules in self.schedules.items():
            if owner == importer or regime == "ACFTA":  # reciprocity reads the exporting Party's own ACFTA schedule
                for s in schedules:
                    days |= s.days
        return sorted(d for d in days if d < OPEN)

    def value_days(self, importer: str) -> list[int]:
        """The days on which a rule of the importer's customs value or rounding may change, in order."""
        days = {d for kind in ("valuation", "rounding") for r in self.store.records(kind) if r["importer"] == importer for d in (r["start"], r["stop"] + 1)}
        days |= self._days_of("membership")  # a flat rate may be for a group of countries
        return sorted(d for d in days if d < OPEN)

    def _days_of(self, kind: str) -> set[int]:
        cache: dict[str, set[int]] = self.__dict__.setdefault("_kind_days", {})
        if kind not in cache:
            bounds = [(self.store.ints(n, "start"), self.store.ints(n, "stop")) for n in self.store.names(kind)]
            cache[kind] = {d for start, stop in bounds for d in (*start.tolist(), *(d + 1 for d in stop.tolist()))}
        return cache[kind]

    def cite(self, key: str) -> str:
        """A citation written out: its title, or the key where the release does not know it."""
        entry = self.store.citations.get(key)
        return entry["title"] if entry else key
