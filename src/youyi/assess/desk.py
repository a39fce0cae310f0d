"""What the engine remembers: the questions put to the law, the ways to a customs value, and the words for both.

The columns (`engine`) and the single line (`single`) work at the same desk, so neither knows anything the other does not.
"""

from __future__ import annotations

import threading
from fractions import Fraction

from youyi.assess.lines import QUANTITY_SCALE, Lines
from youyi.assess.numbering import Pool
from youyi.assess.questions import Questions
from youyi.assess.result import SEPARATOR
from youyi.assess.table import joined, short
from youyi.assess.value import Plans
from youyi.law.due import Facts
from youyi.law.rulebook import Rulebook
from youyi.law.units import convert


class Desk:
    """The memory of one rulebook's engine. `lock` is held while it grows."""

    def __init__(self, rulebook: Rulebook) -> None:
        self.rulebook = rulebook
        self.questions = Questions(rulebook)
        self.plans = Plans(rulebook)
        self.lock = threading.Lock()
        self._told = Pool([""])
        self.told_of_plan: list[int] = []
        self._merged: dict[tuple[int, int], int] = {}

    def tell_plans(self) -> None:
        """Number the findings of plans that are new."""
        for p in self.plans.plans[len(self.told_of_plan) :]:
            self.told_of_plan.append(self._told.place(joined(dict.fromkeys(short(f) for f in p.findings))))

    def told_of(self, plan: int) -> int:
        """The number of a plan's findings."""
        self.tell_plans()
        return self.told_of_plan[plan]

    def merged(self, findings: int, told: int) -> int:
        """The number of a ruling's findings followed by a plan's."""
        if not told:
            return findings
        found = self._merged.get((findings, told))
        if found is None:
            found = self._merged[findings, told] = self.extended(findings, self._told.values[told])
        return found

    def extended(self, findings: int, text: str) -> int:
        """The number of some findings with more behind them."""
        pool = self.questions.table.words["findings"]
        with self.lock:
            return pool.place(SEPARATOR.join(filter(None, (pool.values[findings], text))))

    def facts(self, lines: Lines, line: int, currency: str, cents: int) -> Facts:
        """What a duty per unit needs to know of a line of a batch."""
        unit, importer = lines.texts["unit"], lines.texts["importer"]
        return self.facts_of(
            unit.pool[unit.ids[line]], int(lines.quantity[line]), importer.pool[importer.ids[line]].upper(), int(lines.day[line]), currency, cents
        )

    def facts_of(self, unit: str, quantity: int, importer: str, day: int, currency: str, cents: int) -> Facts:
        """What a duty per unit needs to know: `quantity` in millionths of `unit`, the value in hundredths."""
        quantities: dict[str, Fraction] = {}
        if unit and quantity > 0 and (converted := convert(Fraction(quantity, QUANTITY_SCALE), unit)):
            quantities[converted[0]] = converted[1]

        def exchange(other: str) -> Fraction | None:
            found = self.rulebook.exchange(other, importer, currency, day)
            return found[0] if found else None

        return Facts(Fraction(cents, 100), currency, quantities, exchange)
