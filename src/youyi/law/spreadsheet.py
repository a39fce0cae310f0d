"""The first sheet of a spreadsheet as rows of text, refusing what a spreadsheet has already changed.

A code kept as a number has lost its leading nought; a rate shown as `5%` is kept as 0.05. Neither can be told from
an honest cell afterwards, so both are faults and not guesses.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

from youyi.law import reading
from youyi.law.reading import Cells, Problem
from youyi.law.tables import CODED_KINDS

RATE_KINDS = ("duty", "duty_or_none")


def sheet_rows(path: Path, kinds: Mapping[str, str], faults: list[Problem]) -> Iterator[Cells]:
    """The rows of the first sheet with their row numbers, header first; an empty row is no row.

    `kinds` says what each column holds. A cell or file that cannot be taken as it stands goes to `faults`.
    """
    head: list[str] = []
    for line, row in enumerate(_read(path, faults), 1):
        if not any(cell != "" for cell in row):
            continue
        if head:
            yield line, [_text(cell, kinds.get(column, ""), Problem(str(path), line, column, ""), faults) for column, cell in zip(head, row, strict=True)]
        else:
            head = [str(cell).strip() for cell in row]
            yield line, head


def _read(path: Path, faults: list[Problem]) -> list[list[Any]]:
    from python_calamine import CalamineError, CalamineWorkbook

    if path.stat().st_size > reading.MAX_FILE_BYTES:
        faults.append(Problem(str(path), 0, "file", f"is larger than {reading.MAX_FILE_BYTES} bytes"))
        return []
    try:
        rows: list[list[Any]] = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python(skip_empty_area=False)
    except (CalamineError, OSError) as error:
        faults.append(Problem(str(path), 0, "file", f"cannot be read: {error}"))
        return []
    if not rows:
        faults.append(Problem(str(path), 0, "file", "is empty"))
    return rows


def _text(cell: Any, kind: str, place: Problem, faults: list[Problem]) -> str:
    match cell:
        case bool():
            return "1" if cell else "0"
        case int() | float():
            if wrong := _lost(cell, kind):
                faults.append(Problem(place.file, place.line, place.field, wrong))
            return str(int(cell)) if cell == int(cell) else str(cell)
        case datetime():
            return cell.date().isoformat() if cell.time().isoformat() == "00:00:00" else cell.isoformat()
        case date():
            return cell.isoformat()
    return str(cell)


def _lost(number: float, kind: str) -> str:
    """What the spreadsheet may have changed about a number, or nothing."""
    if kind in CODED_KINDS:
        return f"{number:.0f} is kept as a number, so a leading 0 would be lost; write codes as text"
    if kind in RATE_KINDS and 0 < number < 1:
        return f"{number} is kept as a number: {number}% or {number * 100:g}%? write rates as text"
    return ""
