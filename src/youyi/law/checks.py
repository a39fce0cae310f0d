"""What makes a release unusable, one function for each rule. Every check gives all of its faults, each by file, line and field."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from functools import lru_cache
from operator import itemgetter
from typing import Any

from youyi.law.periods import Period
from youyi.law.reading import Problem, Row, TableFile, toml_line
from youyi.law.tables import CODED_KINDS, fault

NATIONAL_CHAPTERS = ("98", "99")
"""Chapters that the Harmonized System leaves to each state."""
ALONE = frozenset({"tariff"})
"""Kinds whose files each stand for themselves: two schedules name the same lines. All others share their keys across files."""
CITATION_FIELDS = ("title", "instrument", "date", "locator", "taken_from", "licence", "note")
RELEASE_FIELDS = ("name", "date", "description")


def of_kind(files: Iterable[TableFile], kind: str) -> list[TableFile]:
    """The files of one kind."""
    return [f for f in files if f.table.kind == kind]


def words(files: Iterable[TableFile], kind: str, column: str) -> frozenset[str]:
    """Every text that a column holds in the files of one kind."""
    return frozenset(cell for f in of_kind(files, kind) for cell in f.cells(column))


# -- cells ----------------------------------------------------------------------------------------------------


def cells_of_another_kind(files: list[TableFile], citations: frozenset[str]) -> Iterator[Problem]:
    """Every cell must be what its column says. Where a list that cells refer to could not be read, that one fault is enough."""
    countries, money = words(files, "countries", "country"), words(files, "currencies", "currency")
    unknowable = {kind for kind, known in (("country", countries), ("country_or_all", countries), ("currency", money), ("citation", citations)) if not known}
    for file in files:
        for i, (column, kind) in enumerate(file.table.columns.items()):
            if kind != "text" and kind not in unknowable:
                wrong = {cell: text for cell in {row[i] for row in file.rows} if (text := fault(kind, cell, countries, money, citations))}
                if wrong:
                    yield from (Problem(file.name, line, column, wrong[row[i]]) for line, row in file.numbered() if row[i] in wrong)


# -- periods --------------------------------------------------------------------------------------------------


@lru_cache(maxsize=65536)
def period(since: str, until: str) -> Period | None:
    """The period of a row; None where a cell is no date or it would end before it starts."""
    try:
        return Period(date.fromisoformat(since), date.fromisoformat(until) if until else None)
    except ValueError:
        return None


def ends_before_starts(files: list[TableFile]) -> Iterator[Problem]:
    """A row may not end before it starts."""
    for file in files:
        since, until = file.column("valid_from"), file.column("valid_to")
        for line, row in file.numbered():
            if row[until] and row[until] < row[since] and period(row[since], row[since]) and period(row[until], row[until]):
                yield Problem(file.name, line, "valid_to", f"{row[until]} is before valid_from {row[since]}")


def key_columns(file: TableFile) -> tuple[str, ...]:
    """What makes a row of this file unique, beside its period. A code is of an edition and of a national list."""
    return (*file.table.key, "edition", "tariff") if file.table.kind == "nomenclature" else file.table.key


def families(files: list[TableFile]) -> list[list[TableFile]]:
    """The files that share one set of keys."""
    found: dict[str, list[TableFile]] = defaultdict(list)
    for file in files:
        found[file.name if file.table.kind in ALONE else file.table.kind].append(file)
    return list(found.values())


def overlapping(files: list[TableFile]) -> Iterator[Problem]:
    """Two rows of one key may not hold on the same day, in one file or in two."""
    for family in families(files):
        for key, rows in _by_key(family).items():
            if len(rows) > 1:
                yield from _clashes(key, rows)


_Placed = tuple[str, int, Row, int, int]
"""A row with its file and line, and where its two dates stand in it."""


def _by_key(family: list[TableFile]) -> dict[Any, list[_Placed]]:
    found: dict[Any, list[_Placed]] = defaultdict(list)
    for file in family:
        keys = [file.column(k) for k in key_columns(file)]
        key = itemgetter(*keys) if keys else lambda row: ()
        since, until = file.column("valid_from"), file.column("valid_to")
        for line, row in file.numbered():
            found[key(row)].append((file.name, line, row, since, until))
    return found


def _clashes(key: str | Row, rows: list[_Placed]) -> Iterator[Problem]:
    known = [(p, name, line) for name, line, row, since, until in rows if (p := period(row[since], row[until]))]
    known.sort(key=lambda k: (k[0].first, k[1:]))
    furthest = known[0] if known else None
    for this in known[1:]:
        if furthest and this[0].overlaps(furthest[0]):
            label = " ".join(filter(None, [key] if isinstance(key, str) else key)) or "the same key"
            there = f"line {furthest[2]}" if furthest[1] == this[1] else f"{furthest[1]}:{furthest[2]}"
            yield Problem(this[1], this[2], "valid_from", f"{label} from {this[0].start} overlaps {there}")
        if furthest is None or this[0].last > furthest[0].last:
            furthest = this


# -- codes ----------------------------------------------------------------------------------------------------


def codes_outside_their_edition(files: list[TableFile]) -> Iterator[Problem]:
    """A code must stand in the nomenclature of its edition, and a line in its national tariff where that is in hand."""
    editions, tariffs = _known_codes(of_kind(files, "nomenclature"))
    for f in files:
        if f.table.kind not in ("nomenclature", "correlation") and "edition" in f.table.columns:
            yield from _strangers(f, editions, tariffs)


def _known_codes(lists: list[TableFile]) -> tuple[dict[str, set[str]], dict[str, set[str]]]:
    """The codes of up to six digits of every edition, and the lines of every national tariff."""
    editions: dict[str, set[str]] = defaultdict(set)
    tariffs: dict[str, set[str]] = defaultdict(set)
    for f in lists:
        for code, edition, tariff in zip(f.cells("code"), f.cells("edition"), f.cells("tariff"), strict=True):
            editions[edition].add(code[:6])
            if tariff:
                tariffs[tariff].add(code)
    for codes in editions.values():
        codes |= {c[:n] for c in codes for n in (2, 4)}
    return editions, tariffs


def _strangers(f: TableFile, editions: dict[str, set[str]], tariffs: dict[str, set[str]]) -> Iterator[Problem]:
    name = next((c for c, kind in f.table.columns.items() if kind in CODED_KINDS), "")
    if not name:
        return
    code, edition, tariff = f.column(name), f.column("edition"), f.column("tariff")
    for line, row in f.numbered():
        text, known = row[code], editions.get(row[edition])
        if not text or known is None or text[:2] in NATIONAL_CHAPTERS:
            continue
        if text[:6] not in known:
            yield Problem(f.name, line, name, f"{text} is not in {row[edition]}")
        elif f.table.kind == "tariff" and row[tariff] in tariffs and text not in tariffs[row[tariff]]:
            yield Problem(f.name, line, name, f"{text} is not in {row[tariff]}")


# -- what one table says of another ---------------------------------------------------------------------------


def groups_nobody_belongs_to(files: list[TableFile]) -> Iterator[Problem]:
    """A group that a row names must have members."""
    groups, parties = words(files, "membership", "agreement"), words(files, "parties", "party")
    members = groups | parties | {"", "*"}
    for f in files if groups and parties else ():
        for column in ("origins", "group"):
            if column in f.table.columns:
                i = f.column(column)
                yield from (Problem(f.name, line, column, f"nobody belongs to {row[i]!r}") for line, row in f.numbered() if row[i] not in members)


def schedules_without_lines(files: list[TableFile]) -> Iterator[Problem]:
    """A schedule must have its file or a default rate, its lines must be of its edition, tariff and length; no tariff file may stand unread."""
    tariffs = {f.name: f for f in of_kind(files, "tariff")}
    for f in of_kind(files, "schedules"):
        for line, row in f.numbered():
            said = dict(zip(f.table.columns, row, strict=True))
            if said["file"] in tariffs:
                yield from _lines_of_another_schedule(tariffs[said["file"]], said)
            elif said["file"]:
                yield Problem(f.name, line, "file", f"there is no {said['file']}")
            elif not said["default_rate"]:
                yield Problem(f.name, line, "file", "neither a file nor a default rate is given")
    named = words(files, "schedules", "file")
    yield from (Problem(name, 0, "file", "no schedule names it") for name in tariffs if named and name not in named)


def _lines_of_another_schedule(f: TableFile, said: dict[str, str]) -> Iterator[Problem]:
    code, edition, tariff = f.column("code"), f.column("edition"), f.column("tariff")
    digits = int(said["digits"]) if said["digits"].isascii() and said["digits"].isdigit() else 0
    for line, row in f.numbered():
        if digits and len(row[code]) != digits:
            yield Problem(f.name, line, "code", f"{row[code]} has {len(row[code])} digits; {said['schedule']} has lines of {digits}")
        if row[edition] != said["edition"]:
            yield Problem(f.name, line, "edition", f"{row[edition]} is not {said['edition']}, the edition of {said['schedule']}")
        if row[tariff] != said["tariff"]:
            yield Problem(f.name, line, "tariff", f"{row[tariff]} is not {said['tariff']}, the tariff of {said['schedule']}")


def schedules_for_the_same_goods(files: list[TableFile]) -> Iterator[Problem]:
    """Two schedules of one importer, regime and origin may not hold on the same day."""
    found: dict[Row, list[_Placed]] = defaultdict(list)
    for f in of_kind(files, "schedules"):
        keys = itemgetter(*(f.column(c) for c in ("importer", "regime", "origins")))
        for line, row in f.numbered():
            found[keys(row)].append((f.name, line, row, f.column("valid_from"), f.column("valid_to")))
    for key, rows in found.items():
        yield from _clashes(key, rows)


def remedies_that_cannot_be_read(files: list[TableFile]) -> Iterator[Problem]:
    """What producers not in hand pay belongs to the row without a producer; a want of proof leads to the origin of one state."""
    for f in of_kind(files, "remedies"):
        for line, row in f.numbered():
            said = dict(zip(f.table.columns, row, strict=True))
            if said["unread"] and (said["producer"] or not said["rate"]):
                yield Problem(f.name, line, "unread", "belongs to a row with a rate and without a producer")
            if said["unproven"] and said["origin"] in ("", "*"):
                yield Problem(f.name, line, "unproven", "needs the origin that goods without a proof are taken to be of")


# -- TOML -----------------------------------------------------------------------------------------------------


def citation_faults(name: str, entries: dict[str, Any], text: str, known: dict[str, str]) -> Iterator[Problem]:
    """Every citation has a title and only the fields that a reader is shown. `known` maps a key to the file it stands in already."""
    for key, entry in entries.items():
        at = toml_line(text, key)
        if not isinstance(entry, dict):
            yield Problem(name, at, key, "is not a citation with a title")
            continue
        if key in known:
            yield Problem(name, at, key, f"stands in {known[key]} too")
        if not entry.get("title"):
            yield Problem(name, at, f"{key}.title", "is missing")
        for field, value in entry.items():
            if field not in CITATION_FIELDS:
                yield Problem(name, toml_line(text, key, field), f"{key}.{field}", "unknown field")
            elif not isinstance(value, str):
                yield Problem(name, toml_line(text, key, field), f"{key}.{field}", "is not a text")


def about_faults(entries: dict[str, Any]) -> Iterator[Problem]:
    """`release.toml` names the release and its day."""
    name = "release.toml"
    yield from (Problem(name, 0, field, "unknown field") for field in entries if field not in RELEASE_FIELDS)
    yield from (Problem(name, 0, field, "is missing") for field in ("name", "date") if not entries.get(field))
    day = str(entries.get("date", ""))
    if day and period(day, day) is None:
        yield Problem(name, 0, "date", f"{day!r} is not a date (YYYY-MM-DD)")
