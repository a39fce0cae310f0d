"""The columns of a table of lines: found under the names people give them, and named where they are missed.

A name is matched without regard to case, surrounding blanks, and blanks or hyphens for underscores. Nothing else is
taken for a column; a name that comes near is asked about.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from youyi.assess.lines import COLUMNS, REQUIRED, InputError
from youyi.finding import Finding, Severity

KNOWN, NEEDED = frozenset(COLUMNS), frozenset(REQUIRED)
NEAR = 0.75
"""How like two names must be, from 0 to 1, for the one to be asked about in place of the other."""
OTHER_NAMES = {
    "line_id": ("id", "line", "line_no", "line_number", "item", "item_no", "no", "row"),
    "importer": ("to", "destination", "country_of_import", "importing_country", "import_country", "importer_country"),
    "exporter": ("from", "country_of_export", "exporting_country", "export_country", "exporter_country"),
    "origin": ("coo", "country_of_origin", "origin_country"),
    "hs": ("hs_code", "hscode", "code", "tariff_code", "commodity_code", "tariff_line", "hts"),
    "date": ("day", "declaration_date", "import_date"),
    "value": ("amount", "price", "invoice_value", "total_value", "customs_value", "cif_value", "fob_value"),
    "currency": ("ccy", "cur", "curr"),
    "incoterm": ("incoterms", "terms", "delivery_terms"),
    "quantity": ("qty", "net_weight", "weight"),
    "unit": ("uom", "units", "unit_of_measure"),
    "producer": ("manufacturer", "maker"),
    "proof": ("certificate", "certificate_of_origin", "proof_of_origin"),
    "hs_edition": ("edition", "hs_version"),
}
"""What people call a column. Not taken for it: a column of amounts may be of another amount."""
REPEATS_CHECKED = 100_000
"""How many lines of a file are looked at for a `line_id` that stands twice; a longer file is looked at so far."""
REPEATS_SHOWN = 20


def plain_name(name: str) -> str:
    """A column's name as it is compared."""
    return re.sub(r"[\s_-]+", "_", str(name).strip().casefold()).strip("_")


def renamed(names: Iterable[str]) -> dict[str, str]:
    """The names that stand for a column and are written otherwise, each with the column."""
    return {n: c for n in names if n not in KNOWN and (c := plain_name(n)) in KNOWN}


def check_columns(names: Iterable[str]) -> None:
    """Raise InputError where a column is missing or stands twice."""
    given = list(names)
    if _sound(given):
        return
    have = [renamed([n]).get(n, n) for n in given]
    findings: list[Finding] = []
    if given and not set(have) & set(COLUMNS):
        shown = ", ".join(repr(str(n)) for n in given[:6])
        findings.append(
            Finding("COL-HEAD", Severity.ERROR, "", f"the first row must name the columns ({', '.join(REQUIRED)}, exporter or origin, …); it holds {shown}")
        )
    else:
        missing = [c for c in REQUIRED if c not in have]
        findings += [Finding("COL-MISSING", Severity.ERROR, f"/{c}", f"the column {c!r} is missing{_asked(c, given, have)}") for c in missing]
        if "exporter" not in have and "origin" not in have:
            asked = _asked("exporter", given, have) or _asked("origin", given, have)
            findings.append(Finding("COL-MISSING", Severity.ERROR, "/exporter", f"one of the columns 'exporter' and 'origin' is needed{asked}"))
    for column in sorted({c for c in have if have.count(c) > 1}) if not findings or findings[0].code != "COL-HEAD" else ():
        written = [n for n, c in zip(given, have, strict=True) if c == column]
        as_written = f" ({', '.join(map(repr, written))})" if len(set(written)) > 1 else ""
        findings.append(Finding("COL-TWICE", Severity.ERROR, f"/{column}", f"the column {column!r} stands twice{as_written}"))
    if findings:
        raise InputError(findings)


def _like(name: str, others: Iterable[str]) -> list[str]:
    """The one of the others that is most like a name, if any is."""
    from difflib import get_close_matches  # only a table with a slip in its head needs it

    return get_close_matches(name, list(others), 1, NEAR)


def _sound(names: list[str]) -> bool:
    """Whether the names are the columns' own, with none missing and none twice: what nearly every table has."""
    have = set(names)
    return len(have) == len(names) and have <= KNOWN and have >= NEEDED and ("exporter" in have or "origin" in have)


def _asked(column: str, given: list[str], have: list[str]) -> str:
    """The column that may be meant, as a question."""
    free = {plain_name(n): n for n, c in zip(given, have, strict=True) if c not in COLUMNS}
    near = next((free[o] for o in OTHER_NAMES.get(column, ()) if o in free), None)
    near = near or next((free[n] for n in _like(column, free)), None)
    return f"; did you mean {str(near).strip()!r}? Name it {column}" if near is not None else ""


def unknown_columns(names: Iterable[str]) -> list[Finding]:
    """A warning for each column that is not used, so that a misspelt one is seen."""
    given = list(names)
    if KNOWN.issuperset(given):
        return []
    have = {renamed([n]).get(n, n) for n in given}
    return [
        Finding("COL-UNUSED", Severity.WARNING, f"/{n}", f"the column {n!r} is not used{_meant(n, have) or '; known are ' + ', '.join(COLUMNS)}")
        for n in given
        if plain_name(n) not in COLUMNS
    ]


def _meant(name: str, have: set[str]) -> str:
    """The column that an unknown name may stand for and that nothing else stands for, as a question."""
    written = plain_name(name)
    free = [c for c in COLUMNS if c not in have]
    near = next((c for c in free if written in OTHER_NAMES.get(c, ())), None) or next(iter(_like(written, free)), None)
    return f"; did you mean {near}?" if near else ""


def repeated(ids: Iterable[str], first_row: int, seen: set[str]) -> list[Finding]:
    """A warning for each `line_id` that is among `seen`, to which all are added. Empty ones are not looked at."""
    found: list[Finding] = []
    more = 0
    for row, line_id in enumerate(ids, first_row):
        if line_id not in seen:
            seen.add(line_id)
        elif line_id and len(found) < REPEATS_SHOWN:
            text = f"the line_id {line_id!r} stands on an earlier line too: their answers cannot be told apart"
            found.append(Finding("LINE-ID-TWICE", Severity.WARNING, f"/{row}/line_id", text))
        elif line_id:
            more += 1
    if more:
        found.append(Finding("LINE-ID-TWICE", Severity.WARNING, "/line_id", f"{more} more lines repeat a line_id"))
    return found


def with_columns(record: Mapping[str, object], names: Mapping[str, str]) -> dict[str, object]:
    """A record under the columns' own names."""
    return {names.get(k, k): v for k, v in record.items()}
