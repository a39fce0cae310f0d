"""What a kind of table is: its columns, what a cell must be, and what makes a row unique."""

from __future__ import annotations

from dataclasses import dataclass

DATED = {"valid_from": "date", "valid_to": "open_date", "citation": "citation", "status": "status"}
CODED = {"edition": "edition", "tariff": "text", **DATED}
PREFIXED = {**CODED, "edition": "edition_or_any"}
"""Where the code is only the beginning of one, the edition may stay open."""


@dataclass(frozen=True, slots=True)
class Table:
    """One kind of table: `pattern` is where its files lie in a release, `columns` maps a name to its cell kind."""

    kind: str
    pattern: str
    columns: dict[str, str]
    key: tuple[str, ...]
    about: str
    required: bool = True
