"""Rulings as numbers: one row per position, laid out as `money` reads it.

Rates are in ten-thousandths of a percent, UNKNOWN where none is known. Row 0 is the refused line's: no regime, no rate.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from youyi.assess import money
from youyi.assess.answers import SEPARATOR
from youyi.assess.numbering import Pool
from youyi.assess.ruling import MFN, STATUS_ORDER, Position, Remedy, Ruling, Tax, rate_text, warning, worst
from youyi.finding import Finding
from youyi.law.duty import Duty, Either, Specific

I32 = npt.NDArray[np.int32]
ELIGIBLE = ("yes", "conditional", "no", "unknown", "")
BASIS = ("firm", "indicative", "")
STATUS = (*STATUS_ORDER, "refused")
WORDS = {"schedule": money.SCHEDULE, "rate": money.RATE, "conditions": money.CONDITIONS, "not_checked": money.NOT_CHECKED, "findings": money.FINDINGS}
"""The words of a row, and where in it their numbers lie."""
SALES_TAXES = ("VAT", "SALES", "COMMERCIAL")
BASES = {"duty": money.IN_DUTY, "remedy": money.IN_REMEDY, "excise": money.IN_EXCISE}
UNKNOWN = money.NONE
NO_PREFERENCE, STATED, TO_BE_SHOWN = 0, 100, 200
"""Ranks among rows of equal duty: what asks the least of the trader comes first."""
Pair = tuple[int, int]


class Rows:
    """Rows of numbers that only ever grow: as lists, and as an array once a batch asks for it."""

    def __init__(self, width: int) -> None:
        self.lists: list[list[int]] = []
        self._array: I32 = np.zeros((1024, width), dtype=np.int32)
        self._copied = 0
        self._copying = threading.Lock()

    def array(self) -> I32:
        """All rows so far. Rows once given never change; several threads may ask at once."""
        with self._copying:
            n = len(self.lists)
            if n > self._copied:
                if n > len(self._array):
                    grown = np.zeros((max(n, 2 * len(self._array)), self._array.shape[1]), dtype=np.int32)
                    grown[: self._copied] = self._array[: self._copied]
                    self._array = grown
                self._array[self._copied : n] = self.lists[self._copied : n]
                self._copied = n
            return self._array[:n]


class Charges(NamedTuple):
    """What remedies and taxes put on every row of a ruling alike: a row with their figures, whether they are sure, and words."""

    number: int
    row: list[int]
    sure: bool
    conditions: tuple[str, ...]
    told: tuple[str, ...]


class RulingTable:
    """The rows of every ruling so far. Rows already written never change."""

    def __init__(self) -> None:
        self.rulings: list[Ruling | None] = [None]
        self.words = {name: Pool([""]) for name in WORDS}
        self.regimes = Pool([""])
        self.duties = Pool()
        self._charges: dict[Any, Charges] = {}
        self._gaps: dict[tuple[tuple[str, ...], tuple[str, ...]], int] = {}
        self._rows: dict[Any, list[int]] = {}
        self.rows = Rows(money.ROW)
        self.spans = Rows(money.SPAN)
        refused = [0] * money.ROW
        refused[money.ELIGIBLE], refused[money.STATUS] = ELIGIBLE.index(""), STATUS.index("refused")
        refused[money.RATE_LOW] = refused[money.RATE_HIGH] = UNKNOWN
        refused[money.DUTY_EXPRESSION] = refused[money.REMEDY_EXPRESSION] = refused[money.EXCISE_EXPRESSION] = UNKNOWN
        self.rows.lists.append(refused)
        self.spans.lists.append([0, 1, 0])

    def rows_of(self, ruling: int) -> list[list[int]]:
        """The rows of one ruling."""
        first, count, _ = self.spans.lists[ruling]
        return self.rows.lists[first : first + count]

    def add(self, ruling: Ruling) -> int:
        """Write a ruling's rows; its number."""
        first = len(self.rows.lists)
        key = (ruling.remedies, ruling.taxes, bool(ruling.unrated), ruling.findings)
        charges = self._charges.get(key)
        if charges is None:
            charges = self._charges[key] = self._charged(ruling)
        gaps = tuple([p.regime for p in ruling.positions if p.eligible == "unknown"])
        not_checked = self._gaps.get((gaps, ruling.not_checked))
        if not_checked is None:
            words = joined((*(f"{g} (rate not in hand)" for g in gaps), *ruling.not_checked))
            not_checked = self._gaps[gaps, ruling.not_checked] = self.words["not_checked"].place(words)
        beside = (charges.number, not_checked, bool(gaps))
        for place, position in enumerate(ruling.positions):
            # Origins and days that share a position and its charges share the row; so do goods that differ in their steps alone.
            known = (position, place, beside)
            row = self._rows.get(known)
            if row is None:
                t = position.tariff
                told = (position.regime, position.eligible, position.conditions, position.findings, t.text, t.status, t.source, t.shut, t.findings)
                alike = (told, t.low, t.high, t.duty, place, beside)
                row = self._rows.get(alike)
                if row is None:
                    row = self._rows[alike] = self._row(position, place, bool(gaps), charges, not_checked)
                self._rows[known] = row
            self.rows.lists.append(row)
        expressed = any(row[at] >= 0 for row in self.rows.lists[first:] for at in (money.DUTY_EXPRESSION, money.REMEDY_EXPRESSION, money.EXCISE_EXPRESSION))
        self.spans.lists.append([first, len(ruling.positions), expressed])
        self.rulings.append(ruling)
        return len(self.rulings) - 1

    def add_refusal(self) -> int:
        """A ruling that refuses: it shares the refused line's row."""
        self.spans.lists.append([0, 1, 0])
        self.rulings.append(None)
        return len(self.rulings) - 1

    def _row(self, position: Position, place: int, gaps: bool, charges: Charges, not_checked: int) -> list[int]:
        tariff, words = position.tariff, self.words
        row = charges.row.copy()
        self._stand(row, position, place, gaps, charges.sure)
        row[money.SCHEDULE] = words["schedule"].place(tariff.source)
        row[money.RATE] = words["rate"].place(tariff.text)
        row[money.CONDITIONS] = words["conditions"].place(joined((*position.conditions, *charges.conditions)))
        row[money.NOT_CHECKED] = not_checked
        told = [*map(short, position.findings), *map(short, tariff.findings), *charges.told]
        row[money.FINDINGS] = words["findings"].place(joined(dict.fromkeys(told)))
        return row

    def _stand(self, row: list[int], position: Position, place: int, gaps: bool, sure: bool) -> None:
        """Write how a position stands and its rate."""
        tariff = position.tariff
        known = tariff.low is not None and tariff.high is not None
        status = tariff.status if tariff.known or tariff.shut or tariff.status == "missing" else worst((tariff.status, "missing"))
        exact = tariff.low is not None and tariff.low == tariff.high
        row[money.REGIME] = self.regimes.place(position.regime)
        row[money.ELIGIBLE] = ELIGIBLE.index(position.eligible)
        row[money.STATUS] = STATUS.index(status)
        row[money.FIRM] = tariff.status == "official" and (exact or tariff.duty is not None) and sure
        row[money.GAP] = gaps and bool(tariff.high or tariff.duty)
        asks = NO_PREFERENCE if position.regime == MFN else STATED if position.eligible == "yes" else TO_BE_SHOWN
        row[money.RANK] = asks + 10 * STATUS.index(status) + place
        row[money.RATE_LOW], row[money.RATE_HIGH] = (tariff.low or 0, tariff.high or 0) if known else (UNKNOWN, UNKNOWN)
        row[money.DUTY_EXPRESSION] = self._duty(tariff.duty)
        row[money.MORE] |= tariff.duty is not None

    def _charged(self, ruling: Ruling) -> Charges:
        """Remedies and taxes: the same for every regime, since no preference removes them."""
        excise = next((t for t in ruling.taxes if t.name == "EXCISE"), None)
        vat = next((t for t in ruling.taxes if t.name in SALES_TAXES), None)
        income = next((t for t in ruling.taxes if t.name == "INCOME"), None)
        low, high, expression = _remedies(ruling.remedies)
        sure = all(r.known and r.status == "official" and r.low == r.high and r.duty is None for r in ruling.remedies)
        sure = sure and not ruling.unrated and vat is not None and all(t is None or (t.status == "official" and t.low == t.high) for t in (excise, vat, income))
        row = [0] * money.ROW
        row[money.REMEDY_LOW], row[money.REMEDY_HIGH] = low, high
        row[money.EXCISE_LOW], row[money.EXCISE_HIGH] = _tax_pair(excise)
        row[money.VAT_LOW], row[money.VAT_HIGH] = _tax_pair(vat)
        row[money.INCOME_LOW], row[money.INCOME_HIGH] = _tax_pair(income)
        row[money.VAT_BASE], row[money.INCOME_BASE] = _base(vat), _base(income)
        row[money.REMEDY_EXPRESSION], row[money.EXCISE_EXPRESSION] = self._duty(expression), self._duty(excise.duty if excise else None)
        due = (high, expression, excise and (excise.high or excise.duty), income and income.high)
        row[money.MORE] = any(due)
        told = tuple(short(f) for f in (*ruling.findings, *_told(ruling.remedies)))
        return Charges(len(self._charges), row, sure, tuple(_charge_conditions(ruling)), told)

    def _duty(self, duty: Duty | None) -> int:
        return UNKNOWN if duty is None else self.duties.place(duty)


def _tax_pair(tax: Tax | None) -> Pair:
    return (tax.low, tax.high) if tax else (0, 0)


def _base(tax: Tax | None) -> int:
    return sum(BASES.get(b, 0) for b in tax.base) if tax else 0


def _remedies(remedies: tuple[Remedy, ...]) -> tuple[int, int, Duty | None]:
    """All measures together: percent from … to …, and the amount per unit if one is so fixed.

    Anti-dumping measures on one code divide its goods between them; the other kinds come on top.
    """
    known = [r for r in remedies if r.known]
    dumping = [r for r in known if r.kind in ("AD", "AC")]
    others = [r for r in known if r.kind not in ("AD", "AC")]
    low = min((r.low for r in dumping), default=0) + sum(r.low for r in others)
    high = max((r.high for r in dumping), default=0) + sum(r.high for r in others)
    return low, high, next((r.duty for r in known if r.duty is not None), None)


def joined(texts: Iterable[str]) -> str:
    """Texts as one cell; a separator inside one becomes a comma."""
    return SEPARATOR.join([t.replace(SEPARATOR, ",") for t in texts])


def short(finding: Finding) -> str:
    """A finding as one text: `CODE: words [citation]`."""
    return f"{finding.code}: {finding.text} [{finding.citation}]" if finding.citation else f"{finding.code}: {finding.text}"


def _told(remedies: tuple[Remedy, ...]) -> list[Finding]:
    """What the measures make the user know."""
    found = []
    for r in remedies:
        if r.known:
            amount = _per_unit(r.duty) if r.duty is not None else rate_text(r.low, r.high)
            stays = "" if r.unproven else "; no proof of origin removes it"
            found.append(warning("REMEDY", f"{r.kind} {r.measure} at {amount} on top of any rate{stays}", r.citation))
        else:
            found.append(warning("REMEDY-UNKNOWN", f"{r.kind} {r.measure} may apply; its rate is not in hand", r.citation))
    return found


def _per_unit(duty: Duty) -> str:
    """An amount per unit in words, by producer from the least to the most."""
    if not isinstance(duty, Either):
        return str(duty)
    named = sorted((p for p in duty.parts if isinstance(p, Specific)), key=lambda p: p.amount)
    least = "nil" if len(named) < len(duty.parts) else str(named[0].amount.normalize())
    return f"{least} to {named[-1]}, by producer" if named else str(duty)


def _charge_conditions(ruling: Ruling) -> list[str]:
    found = [f"{r.measure} if the goods are within its scope: {r.scope}{f' ({r.condition})' if r.condition else ''}" for r in ruling.remedies]
    return found + [f"{t.name}: {t.condition}" for t in ruling.taxes if t.condition and (t.low != t.high or t.status == "official")]
