"""Rulings as numbers: one row per position, packed so that a batch gathers few columns.

Rates are pairs of ten-thousandths of a percent in one number, `low << 32 | high`; a rate that is not known is -1.
Row 0 is the refused line's: no regime, no rate.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from youyi.assess.amounts import BASES, WHOLE
from youyi.assess.choice import choose
from youyi.assess.numbering import Pool
from youyi.assess.result import SEPARATOR
from youyi.assess.ruling import STATUS_ORDER, Position, Remedy, Ruling, Tax, rate_text, warning, worst
from youyi.finding import Finding
from youyi.law.duty import Duty, Either, Specific

I64 = npt.NDArray[np.int64]
ELIGIBLE = ("yes", "conditional", "no", "unknown", "")
BASIS = ("firm", "indicative", "")
STATUS = (*STATUS_ORDER, "refused")
WORDS = ("schedule", "rate", "conditions", "not_checked", "findings")
PAIRS = ("rate", "remedy", "excise", "vat", "income")
DUTIES = ("duty", "remedy_duty", "excise_duty")
SALES_TAXES = ("VAT", "SALES", "COMMERCIAL")
UNKNOWN = -1
# Where each flag lies in a row's flags, and how many bits it has.
FLAGS = {
    "regime": (0, 8), "eligible": (8, 3), "status": (11, 4), "firm": (15, 1), "gap": (16, 1), "rank": (17, 6), "vat_base": (23, 5),
    "income_base": (28, 5), "has_remedy": (33, 1), "has_excise": (34, 1), "has_income": (35, 1), "has_expression": (36, 1),
    "interval": (37, 1), "best": (38, 1),
}  # fmt: skip
KINDS = ("has_remedy", "has_excise", "has_income", "has_expression", "interval")
HAS_EXPRESSION, IS_INTERVAL = KINDS.index("has_expression"), KINDS.index("interval")
OWN = tuple(FLAGS[name][0] for name in ("regime", "eligible", "status", "firm", "gap", "rank", "has_expression", "interval"))
"""Where the flags lie that are a position's own; the others are of remedies and taxes."""
SPECIAL, OPEN_DUTY = 0b01111, 0b11000
"""Bits of a row's kind: more falls due than a share of the value and a value-added tax; its duty may lie between two amounts."""
BEST, FIRM, GAP = 1, 2, 4
"""Bits of a row's marks."""
SMALL = ("regime", "eligible", "status")
"""Flags that are columns of words, kept apart as bytes."""
NEVER = 2**62


def flag(flags: I64, name: str) -> I64:
    """One flag of every row."""
    at, bits = FLAGS[name]
    shifted = flags >> at if at else flags
    return shifted & ((1 << bits) - 1)


def pair(low: int, high: int) -> int:
    """Two rates in one number."""
    return low << 32 | high


class Charges(NamedTuple):
    """What remedies and taxes put on every row of a ruling alike: figures for its columns, and words."""

    number: int
    flags: int
    kind: int
    sure: bool
    pairs: tuple[int, int, int, int]
    duties: tuple[int, int]
    conditions: tuple[str, ...]
    told: tuple[str, ...]


class Row(NamedTuple):
    """A row as numbers in the order of the columns; `standing` is what the choice of the best row looks at beside its rate."""

    numbers: tuple[int, ...]
    rate: int
    standing: tuple[bool, int]
    expression: bool


class RulingTable:
    """The rows of every ruling so far, in growing columns. Rows already written never change.

    What `add` is given stands in the columns once `write` is called.
    """

    def __init__(self) -> None:
        self.rulings: list[Ruling | None] = [None]
        self._orders: dict[tuple[tuple[int, ...], tuple[tuple[bool, int], ...]], tuple[list[int], int]] = {}
        self.words = {name: Pool([""]) for name in WORDS}
        self.regimes = Pool([""])
        self.duties = Pool()
        self._spans = np.zeros((3, 1024), dtype=np.int64)
        self._new_spans: list[tuple[int, int, int]] = []
        self.columns: dict[str, npt.NDArray[Any]] = {"flags": np.zeros(4096, dtype=np.int64)}
        self.columns |= {f"small_{name}": np.zeros(4096, dtype=np.int8) for name in (*SMALL, "kind", "marks")}
        self.vat_bases: set[int] = set()
        self.columns |= {f"pair_{name}": np.full(4096, UNKNOWN if name == "rate" else 0, dtype=np.int64) for name in PAIRS}
        self.columns |= {f"word_{name}": np.zeros(4096, dtype=np.int32) for name in WORDS}
        self.columns |= {name: np.full(4096, UNKNOWN, dtype=np.int32) for name in DUTIES}
        self.rows = 0
        self._charges: dict[Any, Charges] = {}
        self._gaps: dict[tuple[tuple[str, ...], tuple[str, ...]], int] = {}
        self._rows: dict[Any, Row] = {}
        self._new_rows: list[tuple[int, ...]] = []
        self._best: list[int] = []
        refused = (ELIGIBLE.index(""), STATUS.index("refused"))
        self._new_rows.append((_flag(eligible=refused[0], status=refused[1]), 0, *refused, 0, 0, UNKNOWN, 0, 0, 0, 0, 0, 0, 0, 0, 0, *(UNKNOWN,) * 3))
        self._best.append(0)
        self._new_spans.append((0, 1, NEVER))
        self.write()

    def spans(self) -> tuple[I64, I64]:
        """First row and number of rows of every ruling."""
        n = len(self.rulings)
        return self._spans[0, :n], self._spans[1, :n]

    def settled(self) -> I64:
        """For every ruling the customs value, in units of rounding, from which its best row is the one its rates make best."""
        return self._spans[2, : len(self.rulings)]

    def add(self, ruling: Ruling) -> int:
        """Write a ruling's rows; its number."""
        key = (ruling.remedies, ruling.taxes, bool(ruling.unrated), ruling.findings)
        charges = self._charges.get(key)
        if charges is None:
            charges = self._charges[key] = self._charged(ruling)
        positions = ruling.positions
        gaps = tuple([p.regime for p in positions if p.eligible == "unknown"])
        not_checked = self._gaps.get((gaps, ruling.not_checked))
        if not_checked is None:
            words = joined((*(f"{g} (rate not in hand)" for g in gaps), *ruling.not_checked))
            not_checked = self._gaps[gaps, ruling.not_checked] = self.words["not_checked"].place(words)
        rows = []
        beside = (charges.number, not_checked, bool(gaps))
        for place, position in enumerate(positions):
            # Origins and days that share a position and its charges share the row; so do goods that differ in their steps alone.
            known = (position, place, beside)
            row = self._rows.get(known)
            if row is None:
                t = position.tariff
                told = (position.regime, position.eligible, position.conditions, position.findings, t.text, t.status, t.source, t.shut, t.findings)
                alike = (told, t.low, t.high, t.duty, place, beside)
                row = self._rows.get(alike)
                if row is None:
                    row = self._rows[alike] = self._row(position, place, charges, bool(gaps), not_checked)
                self._rows[known] = row
            rows.append(row)
        best, settled = self._settle(rows)
        first = self.rows + len(self._new_rows)
        self._new_rows += [r.numbers for r in rows]
        self._best += best
        return self._number(ruling, first, len(rows), settled)

    def _settle(self, rows: list[Row]) -> tuple[list[int], int]:
        """Where every duty is a share of the value, duties stand in the order of the rates once the value is so large
        that two rates a step apart give amounts more than a unit of rounding apart: then the best row is known beforehand."""
        key = (tuple([r.rate for r in rows]), tuple([r.standing for r in rows]))
        known = self._orders.get(key)
        if known is None:
            known = self._orders[key] = _order(*key)
        return known[0], NEVER if any(r.expression for r in rows) else known[1]

    def add_refusal(self) -> int:
        """A ruling that refuses: it shares the refused line's row."""
        return self._number(None, 0, 1, NEVER)

    def _number(self, ruling: Ruling | None, first: int, count: int, settled: int) -> int:
        self._new_spans.append((first, count, settled))
        self.rulings.append(ruling)
        return len(self.rulings) - 1

    def _row(self, position: Position, place: int, charges: Charges, gaps: bool, not_checked: int) -> Row:
        tariff, words = position.tariff, self.words
        told = [*map(short, position.findings), *map(short, tariff.findings), *charges.told]
        low, high, duty = tariff.low, tariff.high, tariff.duty
        rate = pair(low or 0, high or 0) if low is not None and high is not None else UNKNOWN
        exact = low is not None and low == high
        status = STATUS.index(tariff.status if tariff.known or tariff.shut or tariff.status == "missing" else worst((tariff.status, "missing")))
        regime, eligible = self.regimes.place(position.regime), ELIGIBLE.index(position.eligible)
        firm = tariff.status == "official" and (exact or duty is not None) and charges.sure
        gap = gaps and bool(high or duty)
        rank = place if position.regime == "MFN" else place + (10 if position.eligible == "yes" else 20)
        expression, interval = duty is not None, low != high
        flags = charges.flags
        for value, at in zip((regime, eligible, status, firm, gap, rank, expression, interval), OWN, strict=True):
            flags |= value << at
        kind = charges.kind | expression << HAS_EXPRESSION | interval << IS_INTERVAL
        numbers = (
            *(flags, regime, eligible, status, kind, FIRM * firm + GAP * gap, rate, *charges.pairs),
            words["schedule"].place(tariff.source),
            words["rate"].place(tariff.text),
            words["conditions"].place(joined((*position.conditions, *charges.conditions))),
            not_checked,
            words["findings"].place(joined(dict.fromkeys(told))),
            *(self._duty(duty), *charges.duties),
        )
        return Row(numbers, rate, (eligible <= 1, rank), expression)

    def _charged(self, ruling: Ruling) -> Charges:
        """Remedies and taxes: the same for every regime, since no preference removes them."""
        excise = next((t for t in ruling.taxes if t.name == "EXCISE"), None)
        vat = next((t for t in ruling.taxes if t.name in SALES_TAXES), None)
        income = next((t for t in ruling.taxes if t.name == "INCOME"), None)
        low, high, expression = _remedies(ruling.remedies)
        sure = all(r.known and r.status == "official" and r.low == r.high and r.duty is None for r in ruling.remedies)
        sure = sure and not ruling.unrated and vat is not None and all(t is None or (t.status == "official" and t.low == t.high) for t in (excise, vat, income))
        self.vat_bases.add(_base(vat))
        has = {
            "has_remedy": bool(high) or expression is not None,
            "has_excise": excise is not None and (bool(excise.high) or excise.duty is not None),
            "has_income": income is not None and bool(income.high),
        }
        return Charges(
            len(self._charges),
            _flag(vat_base=_base(vat), income_base=_base(income), **has),
            sum(yes << KINDS.index(name) for name, yes in has.items()),
            sure,
            (pair(low, high), _tax_pair(excise), _tax_pair(vat), _tax_pair(income)),
            (self._duty(expression), self._duty(excise.duty if excise else None)),
            tuple(_charge_conditions(ruling)),
            tuple(short(f) for f in (*ruling.findings, *_told(ruling.remedies))),
        )

    def _duty(self, duty: Duty | None) -> int:
        return UNKNOWN if duty is None else self.duties.place(duty)

    def write(self) -> None:
        """Bring what was added into the columns: all at once, since an array takes single numbers slowly."""
        first, last = self.rows, self.rows + len(self._new_rows)
        while last > len(self.columns["flags"]):
            self.columns = {k: np.concatenate([c, np.full_like(c, UNKNOWN if c[0] < 0 else 0)]) for k, c in self.columns.items()}
        if last > first:
            width = len(self._new_rows[0])
            new = np.fromiter(chain.from_iterable(self._new_rows), dtype=np.int64, count=width * (last - first)).reshape(-1, width)
            for i, name in enumerate(self.columns):
                self.columns[name][first:last] = new[:, i]
            best = np.array(self._best, dtype=np.int64)
            self.columns["flags"][first:last] |= best << FLAGS["best"][0]
            self.columns["small_marks"][first:last] |= (best * BEST).astype(np.int8)
        n = len(self.rulings)
        while n > self._spans.shape[1]:
            self._spans = np.concatenate([self._spans, np.zeros_like(self._spans)], axis=1)
        self._spans[:, n - len(self._new_spans) : n] = np.array(self._new_spans, dtype=np.int64).reshape(-1, 3).T
        self.rows = last
        self._new_rows, self._best, self._new_spans = [], [], []


def _flag(**values: int) -> int:
    """Flags of a row in one number."""
    return sum(v << FLAGS[name][0] for name, v in values.items())


def _order(pairs: tuple[int, ...], standing: tuple[tuple[bool, int], ...]) -> tuple[list[int], int]:
    """Which row its rates make best, and from which value (in units of rounding) on duties stand in the order of rates."""
    rates = np.array(pairs, dtype=np.int64)
    low, high = np.where(rates < 0, -1, rates >> 32), np.where(rates < 0, -1, rates & 0xFFFFFFFF)
    eligible, rank = np.array([e for e, _ in standing]), np.array([r for _, r in standing])
    best = choose(eligible, rank, low, high, np.zeros(1, dtype=np.int64), np.zeros(len(pairs), dtype=np.int64))
    steps = np.diff(np.unique(np.concatenate([low, high])[np.concatenate([low, high]) >= 0]))
    return best.astype(int).tolist(), -(-2 * WHOLE // int(steps.min())) if len(steps) else 0


def _tax_pair(tax: Tax | None) -> int:
    return pair(tax.low, tax.high) if tax else 0


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
            found.append(warning("REMEDY", f"{r.kind} {r.measure} at {amount} on top of any rate; no proof of origin removes it", r.citation))
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
