"""Reading one line on its own, without the machinery of columns.

The questions and plans are the engine's own; only the gathering is spared. A line with anything wrong in it goes the
long way, so that there is one place that says what is wrong.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from typing import Any, NamedTuple

from youyi.assess.desk import About, Desk
from youyi.assess.lines import AMOUNTS, MAX_MONEY, MAX_QUANTITY, MONEY_SCALE, NONE, QUANTITY_SCALE, date_of, day_of, from_records, scaled

TEXTS = ("importer", "exporter", "origin", "rcep_origin", "originating_under", "proof", "producer", "hs_edition", "hs", "currency", "incoterm", "unit")


REMEMBERED = 1 << 17
"""Kinds of line that are remembered; then it begins anew."""


class Read(NamedTuple):
    """A line as read: amounts in ten-thousandths of the invoice currency, and the numbers of its ruling and plan."""

    line_id: str
    digits: str
    price: int
    freight: int
    insurance: int
    ruling: int
    plan: int
    facts: About


class Reader:
    """Lines one at a time, at an engine's desk."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._lines: dict[tuple[str, ...], tuple[str, list[int] | None]] = {}
        self._rulings: dict[tuple[tuple[str, ...], int], int] = {}

    def read(self, record: Mapping[str, Any]) -> Read | None:
        """One clean line; None where something about it needs the long way."""
        get = record.get
        texts = tuple([v.strip() if isinstance(v := get(name), str) else "" if v is None else "?" for name in TEXTS])
        date = get("date")
        if "?" in texts or not isinstance(date, str) or (day := day_of(date)) is None:
            return None
        question = self._question(texts, day)
        if question is None:
            return None
        ruling, importer = question
        amounts = [self._number(get(name), MONEY_SCALE, MAX_MONEY) for name in AMOUNTS]
        quantity = self._number(get("quantity"), QUANTITY_SCALE, MAX_QUANTITY)
        price, freight, insurance = amounts
        if price is None or price == NONE or freight is None or insurance is None or quantity is None:
            return None
        plan = self._plan(texts, importer, day, freight != NONE, insurance != NONE)
        line_id = get("line_id")
        digits = self._desk.questions.digits_of(texts[8])[0]
        return Read("" if line_id is None else str(line_id), digits, price, freight, insurance, ruling, plan, (texts[11], quantity, importer, day))

    @staticmethod
    def _number(value: Any, scale: int, limit: int) -> int | None:
        """A number in parts of `scale`, NONE where there is none; None where it cannot be read."""
        if value is None or value == "":
            return NONE
        number, wrong = scaled(value, scale, limit)
        return None if wrong else number

    def _question(self, texts: tuple[str, ...], day: int) -> tuple[int, str] | None:
        """The ruling and importer of one line's texts (in the order of TEXTS); None where a word is wrong."""
        known = self._lines.get(texts)
        if known is None:
            if len(self._lines) >= REMEMBERED:
                self._lines.clear()
                self._rulings.clear()
            known = self._lines[texts] = self._line(texts)
        importer, breaks = known
        if breaks is None:
            return None
        key = (texts, bisect_right(breaks, day))
        ruling = self._rulings.get(key)
        if ruling is None:
            line = from_records([dict(zip(TEXTS, texts, strict=True)) | {"date": date_of(day), "value": "1"}])
            with self._desk.lock:
                ruling = self._rulings[key] = int(self._desk.questions.rulings(line)[0])
        return (ruling, importer) if self._desk.questions.table.rulings[ruling] is not None else None

    def _line(self, texts: tuple[str, ...]) -> tuple[str, list[int] | None]:
        line = dict(zip(TEXTS, texts, strict=True))
        clean = self._desk.questions.clean(line)
        return line["importer"].upper(), self._desk.questions.breaks_for(line).tolist() if clean else None

    def _plan(self, texts: tuple[str, ...], importer: str, day: int, has_freight: bool, has_insurance: bool) -> int:
        """The plan of one line."""
        exporter, origin, currency, term = texts[1].upper(), texts[2].upper(), texts[9].upper(), texts[10].upper()
        standing = self._desk.plans.day_for(importer, currency, day)
        return self._desk.plans.number((importer, exporter or origin, term, currency, standing, has_freight, has_insurance))
