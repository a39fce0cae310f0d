"""What changed between two releases, in words for a reader.

    China MFN 0713319000: 3% from 2018-01-01 becomes 5% from 2026-01-01
    tariff/vn_mfn.csv: 9,318 rows added

Rows are the same row when the table's key and `valid_from` agree; a row that moved to another file of its kind has not
changed. A tariff's file stands for itself.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from itertools import groupby

from youyi.law.checks import ALONE, families, key_columns
from youyi.law.duty import AdValorem, DutyError, parse
from youyi.law.reading import Row, TableFile
from youyi.law.release import Release

LIMIT = 20
"""So many rows of one file are told one by one; more are counted."""

Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """A difference: `what` is added, removed or changed, `rows` how many rows it speaks of (0: not of a table's rows)."""

    file: str
    what: str
    rows: int
    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class _Family:
    """The rows of one set of keys in one release, by key and first day."""

    files: list[TableFile]

    @cached_property
    def rows(self) -> dict[tuple[Key, str], tuple[str, Row]]:
        found = {}
        for f in self.files:
            since = f.column("valid_from")
            for key, row in zip(_keys(f), f.rows, strict=True):
                found[key, row[since]] = (f.name, row)
        return found

    @cached_property
    def days(self) -> dict[Key, list[str]]:
        """The first days of each key's rows, in order."""
        found: dict[Key, list[str]] = defaultdict(list)
        for key, since in sorted(self.rows):
            found[key].append(since)
        return found

    def before(self, key: Key, since: str) -> str:
        """The first day of the row that came before; empty for none."""
        return max((d for d in self.days.get(key, ()) if d < since), default="")


def differences(old: Release, new: Release, limit: int = LIMIT) -> list[Change]:
    """What a reader of `old` must know of `new`, file by file; empty where the two say the same.

    `limit` is how many rows of one file are told one by one for each of added, removed and changed.
    Neither release need be without faults: rows are compared as texts.
    """
    if old.digest == new.digest:
        return []
    found = [*_entries("release.toml", old.about, new.about), *_entries("citations.toml", old.citations, new.citations, limit)]
    names = _Names(new, old)
    for one, other in _paired(old, new):
        found += _rows(one, other, names, limit)
    return found


def _keys(f: TableFile) -> Iterator[Key]:
    columns = [f.column(k) for k in key_columns(f)]
    return (tuple(row[i] for i in columns) for row in f.rows)


def _paired(old: Release, new: Release) -> Iterator[tuple[_Family, _Family]]:
    """The families of both releases that belong together and are not the same."""
    sides = [{_name(files): files for files in families(r.files)} for r in (old, new)]
    for name in sorted(sides[0].keys() | sides[1].keys()):
        one, other = (side.get(name, []) for side in sides)
        if [f.rows for f in one] != [f.rows for f in other]:
            yield _Family(one), _Family(other)


def _name(files: list[TableFile]) -> str:
    return files[0].name if files[0].table.kind in ALONE else files[0].table.kind


# -- rows -----------------------------------------------------------------------------------------------------


def _rows(old: _Family, new: _Family, names: _Names, limit: int) -> Iterator[Change]:
    columns = list((new.files or old.files)[0].table.columns)
    added = [k for k in new.rows if k not in old.rows]
    removed = [k for k in old.rows if k not in new.rows]
    changed = [k for k in new.rows if k in old.rows and old.rows[k][1] != new.rows[k][1] and not _only_ended(old, new, k, columns)]
    yield from _told("added", new, added, limit, lambda k: _added(old, new, k, columns, names))
    yield from _told("removed", old, removed, limit, lambda k: _removed(old.rows[k], k, columns, names))
    yield from _told("changed", new, changed, limit, lambda k: _changed(old.rows[k][1], new.rows[k], k, columns, names))


def _told(what: str, side: _Family, keys: list[tuple[Key, str]], limit: int, words: Callable[[tuple[Key, str]], str]) -> Iterator[Change]:
    """The rows one by one or, where a file has more than `limit`, as a number."""

    def file_of(key: tuple[Key, str]) -> str:
        return side.rows[key][0]

    for file, group in groupby(sorted(keys, key=lambda k: (file_of(k), k)), key=file_of):
        ours = list(group)
        if len(ours) > limit:
            yield Change(file, what, len(ours), f"{file}: {len(ours):,} rows {what}")
        else:
            yield from (Change(file, what, 1, words(k)) for k in ours)


def _only_ended(old: _Family, new: _Family, key: tuple[Key, str], columns: list[str]) -> bool:
    """Whether all that changed is that a new row follows on: the new row's own words tell that already."""
    until = columns.index("valid_to")
    before, after = list(old.rows[key][1]), list(new.rows[key][1])
    following = (key[0], _day_after(after[until]))
    before[until] = after[until]
    return before == after and following in new.rows and following not in old.rows


def _day_after(day: str) -> str:
    try:
        return (date.fromisoformat(day) + timedelta(days=1)).isoformat()
    except (ValueError, OverflowError):
        return ""


def _added(old: _Family, new: _Family, key: tuple[Key, str], columns: list[str], names: _Names) -> str:
    label, value = _label(new.rows[key], key, columns, names), _value(new.rows[key][1], columns)
    side = new if new.before(*key) else old
    since = side.before(*key)
    if not since:
        return f"{label}: {value} from {key[1]} is new"
    earlier = _value(side.rows[key[0], since][1], columns)
    return f"{label}: {earlier} from {since} " + (f"goes on from {key[1]}" if earlier == value else f"becomes {value} from {key[1]}")


def _removed(place: tuple[str, Row], key: tuple[Key, str], columns: list[str], names: _Names) -> str:
    return f"{_label(place, key, columns, names)}: {_value(place[1], columns)} from {key[1]} is gone"


def _changed(before: Row, after: tuple[str, Row], key: tuple[Key, str], columns: list[str], names: _Names) -> str:
    moved = [(c, a, b) for c, a, b in zip(columns, before, after[1], strict=True) if a != b]
    told = (f"{c} {_cell(c, a, columns)} becomes {_cell(c, b, columns)}" for c, a, b in moved)
    return f"{_label(after, key, columns, names)} from {key[1]}: {'; '.join(told)}"


def _cell(column: str, text: str, columns: list[str]) -> str:
    if column == "valid_to" and not text:
        return "open"
    return _rate(text) if column == "rate" and "per" not in columns else text or "nothing"


def _value(row: Row, columns: list[str]) -> str:
    """What a row says, in a word or two: its rate, else that it is a row."""
    for column in ("rate", "value", "ceiling", "default_rate"):
        if column in columns and (cell := row[columns.index(column)]):
            # An exchange rate is money, not a share.
            return _rate(cell) if column != "value" and "per" not in columns else cell
    return "a row"


def _rate(text: str) -> str:
    """A rate as people write it: a bare number is a percentage."""
    try:
        duty = parse(text)
    except DutyError:
        return text
    return str(duty) if isinstance(duty, AdValorem) else text


# -- names ----------------------------------------------------------------------------------------------------


class _Names:
    """Whose a row is, in words: the newer release's names, else the older one's."""

    def __init__(self, *releases: Release) -> None:
        self._releases = releases

    @cached_property
    def parties(self) -> dict[str, str]:
        return self._pairs("parties", lambda r: (r["party"], r["name_en"]))

    @cached_property
    def schedules(self) -> dict[str, str]:
        return self._pairs("schedules", lambda r: (r["file"], f"{self.parties.get(r['importer'], r['importer'])} {r['regime']}"))

    def _pairs(self, kind: str, pair: Callable[[dict[str, str]], tuple[str, str]]) -> dict[str, str]:
        found: dict[str, str] = {}
        for release in self._releases:
            for f in release.of(kind):
                for row in f.rows:
                    found.setdefault(*pair(dict(zip(f.table.columns, row, strict=True))))
        return found


def _label(place: tuple[str, Row], key: tuple[Key, str], columns: list[str], names: _Names) -> str:
    """Which row: `China MFN 0713319000`; for other tables their file, and the key with Parties in words."""
    file, _ = place
    words = " ".join(names.parties.get(word, word) for word in filter(None, key[0]))
    return " ".join(filter(None, (names.schedules.get(file, file), words)))


# -- TOML -----------------------------------------------------------------------------------------------------


def _entries(file: str, old: Mapping[str, object], new: Mapping[str, object], limit: int = LIMIT) -> Iterator[Change]:
    """The entries of a TOML file by key; `citations.toml` stands for all files of citations."""
    for what, keys in (
        ("added", sorted(new.keys() - old.keys())),
        ("removed", sorted(old.keys() - new.keys())),
        ("changed", sorted(k for k in new.keys() & old.keys() if old[k] != new[k])),
    ):
        if len(keys) > limit:
            yield Change(file, what, 0, f"{file}: {len(keys):,} entries {what}")
        else:
            yield from (Change(file, what, 0, f"{file}: {k} {what}{_from_to(old.get(k), new.get(k))}") for k in keys)


def _from_to(before: object, after: object) -> str:
    return f" from {before} to {after}" if isinstance(before, str) and isinstance(after, str) else ""


__all__ = ["LIMIT", "Change", "differences"]
