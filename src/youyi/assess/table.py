"""Rulings as numbers: one row per position, packed so that a batch gathers few columns.

Rates are pairs of ten-thousandths of a percent in one number, `low << 32 | high`; a rate that is not known is -1.
Row 0 is the refused line's: no regime, no rate.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

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


class RulingTable:
    """The rows of every ruling so far, in growing columns. Rows already written never change."""

    def __init__(self) -> None:
        self.rulings: list[Ruling | None] = [None]
        self._orders: dict[tuple[tuple[int, ...], tuple[tuple[bool, int], ...]], tuple[list[int], int]] = {}
        self.words = {name: Pool([""]) for name in WORDS}
        self.regimes = Pool([""])
        self.duties = Pool()
        self._start = np.zeros(1024, dtype=np.int64)
        self._count = np.ones(1024, dtype=np.int64)
        self._settled = np.full(1024, NEVER, dtype=np.int64)
        self.columns: dict[str, npt.NDArray[Any]] = {"flags": np.zeros(4096, dtype=np.int64)}
        self.columns |= {f"small_{name}": np.zeros(4096, dtype=np.int8) for name in (*SMALL, "kind", "marks")}
        self.vat_bases: set[int] = set()
        self.columns |= {f"pair_{name}": np.full(4096, UNKNOWN if name == "rate" else 0, dtype=np.int64) for name in PAIRS}
        self.columns |= {f"word_{name}": np.zeros(4096, dtype=np.int32) for name in WORDS}
        self.columns |= {name: np.full(4096, UNKNOWN, dtype=np.int32) for name in DUTIES}
        self.rows = 0
        self._write([{"eligible": ELIGIBLE.index(""), "status": STATUS.index("refused")}], [{}], [{}], [{}])

    def spans(self) -> tuple[I64, I64]:
        """First row and number of rows of every ruling."""
        n = len(self.rulings)
        return self._start[:n], self._count[:n]

    def settled(self) -> I64:
        """For every ruling the customs value, in units of rounding, from which its best row is the one its rates make best."""
        return self._settled[: len(self.rulings)]

    def add(self, ruling: Ruling) -> int:
        """Write a ruling's rows; its number."""
        number = self._number(self.rows, len(ruling.positions))
        pairs, duties, common = self._charges(ruling)
        gaps = [p.regime for p in ruling.positions if p.eligible == "unknown"]
        not_checked = self.words["not_checked"].place(joined((*(f"{g} (rate not in hand)" for g in gaps), *ruling.not_checked)))
        charged = _charge_conditions(ruling)
        told = _told(ruling.remedies)
        flags, words, own_pairs, own_duties = [], [], [], []
        for place, position in enumerate(ruling.positions):
            tariff = position.tariff
            known = tariff.low is not None and tariff.high is not None
            own_pairs.append({**pairs, "rate": pair(tariff.low or 0, tariff.high or 0) if known else UNKNOWN})
            own_duties.append({**duties, "duty": self._duty(tariff.duty)})
            flags.append(common | self._flags(position, place, bool(gaps), common["sure"]))
            words.append(
                {
                    "schedule": self.words["schedule"].place(tariff.source),
                    "rate": self.words["rate"].place(tariff.text),
                    "conditions": self.words["conditions"].place(joined((*position.conditions, *charged))),
                    "not_checked": not_checked,
                    "findings": self.words["findings"].place(
                        joined(dict.fromkeys(short(f) for f in (*position.findings, *tariff.findings, *ruling.findings, *told)))
                    ),
                }
            )
        self._settle(number, flags, own_pairs)
        self._write(flags, own_pairs, words, own_duties)
        self.rulings.append(ruling)
        return number

    def _settle(self, number: int, flags: list[dict[str, int]], pairs: list[dict[str, int]]) -> None:
        """Where every duty is a share of the value, duties stand in the order of the rates once the value is so large
        that two rates a step apart give amounts more than a unit of rounding apart: then the best row is known beforehand."""
        key = (tuple(p["rate"] for p in pairs), tuple((f["eligible"] <= 1, f["rank"]) for f in flags))
        known = self._orders.get(key)
        if known is None:
            known = self._orders[key] = _order(*key)
        best, settled = known
        for f, b in zip(flags, best, strict=True):
            f["best"] = b
        if not any(f["has_expression"] for f in flags):
            self._settled[number] = settled

    def add_refusal(self) -> int:
        """A ruling that refuses: it shares the refused line's row."""
        number = self._number(0, 1)
        self.rulings.append(None)
        return number

    def _number(self, first: int, count: int) -> int:
        number = len(self.rulings)
        if number == len(self._start):
            self._start, self._count = (np.concatenate([a, np.zeros_like(a)]) for a in (self._start, self._count))
            self._settled = np.concatenate([self._settled, np.full_like(self._settled, NEVER)])
        self._start[number], self._count[number] = first, count
        return number

    def _flags(self, position: Position, place: int, gaps: bool, sure: int) -> dict[str, int]:
        tariff = position.tariff
        exact = tariff.low is not None and tariff.low == tariff.high
        status = tariff.status if tariff.known or tariff.shut or tariff.status == "missing" else worst((tariff.status, "missing"))
        return {
            "regime": self.regimes.place(position.regime),
            "eligible": ELIGIBLE.index(position.eligible),
            "status": STATUS.index(status),
            "firm": int(tariff.status == "official" and (exact or tariff.duty is not None) and bool(sure)),
            "gap": int(gaps and bool(tariff.high or tariff.duty)),
            "rank": place if position.regime == "MFN" else place + (10 if position.eligible == "yes" else 20),
            "has_expression": int(tariff.duty is not None),
            "interval": int(tariff.low != tariff.high),
        }

    def _charges(self, ruling: Ruling) -> tuple[dict[str, int], dict[str, int], dict[str, int]]:
        """Remedies and taxes: the same for every regime, since no preference removes them."""
        excise = next((t for t in ruling.taxes if t.name == "EXCISE"), None)
        vat = next((t for t in ruling.taxes if t.name in SALES_TAXES), None)
        income = next((t for t in ruling.taxes if t.name == "INCOME"), None)
        low, high, expression = _remedies(ruling.remedies)
        sure = all(r.known and r.status == "official" and r.low == r.high and r.duty is None for r in ruling.remedies)
        sure = sure and not ruling.unrated and vat is not None and all(t is None or (t.status == "official" and t.low == t.high) for t in (excise, vat, income))
        pairs = {"remedy": pair(low, high), "excise": _tax_pair(excise), "vat": _tax_pair(vat), "income": _tax_pair(income)}
        duties = {"remedy_duty": self._duty(expression), "excise_duty": self._duty(excise.duty if excise else None)}
        self.vat_bases.add(_base(vat))
        common = {
            "vat_base": _base(vat),
            "income_base": _base(income),
            "has_remedy": int(bool(high) or expression is not None),
            "has_excise": int(excise is not None and (bool(excise.high) or excise.duty is not None)),
            "has_income": int(income is not None and bool(income.high)),
            "sure": int(sure),
        }
        return pairs, duties, common

    def _duty(self, duty: Duty | None) -> int:
        return UNKNOWN if duty is None else self.duties.place(duty)

    def _write(self, flags: list[dict[str, int]], pairs: list[dict[str, int]], words: list[dict[str, int]], duties: list[dict[str, int]]) -> None:
        first, last = self.rows, self.rows + len(flags)
        while last > len(self.columns["flags"]):
            self.columns = {k: np.concatenate([c, np.full_like(c, UNKNOWN if c[0] < 0 else 0)]) for k, c in self.columns.items()}
        columns = self.columns
        for row in range(first, last):
            i = row - first
            columns["flags"][row] = sum(v << FLAGS[k][0] for k, v in flags[i].items() if k in FLAGS)
            for name in SMALL:
                columns[f"small_{name}"][row] = flags[i].get(name, 0)
            columns["small_kind"][row] = sum(bool(flags[i].get(name)) << bit for bit, name in enumerate(KINDS))
            columns["small_marks"][row] = BEST * flags[i].get("best", 0) + FIRM * flags[i].get("firm", 0) + GAP * flags[i].get("gap", 0)
            for name, value in pairs[i].items():
                columns[f"pair_{name}"][row] = value
            for name, value in words[i].items():
                columns[f"word_{name}"][row] = value
            for name, value in duties[i].items():
                columns[name][row] = value
        self.rows = last


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
    return SEPARATOR.join(t.replace(SEPARATOR, ",") for t in texts)


def short(finding: Finding) -> str:
    """A finding as one text: `CODE: words [citation]`."""
    return f"{finding.code}: {finding.text}{f' [{finding.citation}]' if finding.citation else ''}"


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
