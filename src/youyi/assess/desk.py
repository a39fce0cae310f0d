"""What the engine remembers: the questions put to the law, the ways to a customs value, and the words for both.

The columns (`engine`) and the single line (`single`) work at the same desk, so neither knows anything the other does not.
"""

from __future__ import annotations

import threading
from decimal import Decimal
from fractions import Fraction
from functools import partial
from typing import Any

from youyi.assess import money
from youyi.assess.answers import COLUMNS, LISTS, PER_CENT, SEPARATOR
from youyi.assess.expressions import NOTHING, extra_amounts
from youyi.assess.lines import QUANTITY_SCALE
from youyi.assess.numbering import Pool
from youyi.assess.questions import Questions
from youyi.assess.table import BASIS, ELIGIBLE, STATUS, WORDS, joined, short
from youyi.assess.value import Plans
from youyi.law.due import Facts
from youyi.law.rulebook import Rulebook
from youyi.law.units import convert

About = tuple[str, int, str, int]
"""What a duty per unit is about: the unit, the quantity in millionths of it, the importer, the day."""


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
        self._said: dict[int, dict[str, Any]] = {}
        table = self.questions.table
        self.bases = list(BASIS)
        self.words: dict[str, tuple[int, list[str]]] = {
            "regime": (money.REGIME, table.regimes.values),
            "eligible": (money.ELIGIBLE, list(ELIGIBLE)),
            "status": (money.STATUS, list(STATUS)),
            **{name: (at, table.words[name].values) for name, at in WORDS.items()},
        }
        """The columns of words that a ruling's row settles: where their numbers lie in it, and the words."""

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

    def said(self, place: int) -> dict[str, Any]:
        """What a row of the ruling table says in words and rates, with a place for every column of an answer."""
        found = self._said.get(place)
        if found is None:
            row = self.questions.table.rows.lists[place]
            found = dict.fromkeys(COLUMNS)
            for name, (at, pool) in self.words.items():
                found[name] = self.lists(pool[row[at]]) if name in LISTS else pool[row[at]]
            for name, at in (("rate_low", money.RATE_LOW), ("rate_high", money.RATE_HIGH)):
                found[name] = None if row[at] < 0 else Decimal(row[at]) / PER_CENT
            self._said[place] = found
        return found

    @staticmethod
    def lists(text: str) -> list[str]:
        """A cell of several texts."""
        return text.split(SEPARATOR) if text else []

    def extras(self, ruling: int, plan: int, said: tuple[int, ...], about: About) -> tuple[list[int], dict[int, list[str]]]:
        """The extra amounts of every row, one behind the other, of a line that bears duties per unit, and by row what is missing to say one.

        `said`: price, freight and insurance as `money.customs_value` takes them.
        """
        numbers = self.plans.numbers[plan]
        value = money.customs_value(numbers, 0, *said)
        extras: list[int] = []
        missing = {}
        for i, row in enumerate(self.questions.table.rows_of(ruling)):
            extra, lacks = (NOTHING, []) if value < 0 else extra_amounts(
                value, row, numbers, self.questions.table.duties.values, partial(self.facts, about, self.plans.plans[plan].currency)
            )
            extras += extra
            if lacks:
                missing[i] = lacks
        return extras, missing

    def facts(self, about: About, currency: str, cents: int) -> Facts:
        """What a duty per unit needs to know, its base in hundredths."""
        unit, quantity, importer, day = about
        quantities: dict[str, Fraction] = {}
        if unit and quantity > 0 and (converted := convert(Fraction(quantity, QUANTITY_SCALE), unit)):
            quantities[converted[0]] = converted[1]

        def exchange(other: str) -> Fraction | None:
            found = self.rulebook.exchange(other, importer, currency, day)
            return found[0] if found else None

        return Facts(Fraction(cents, 100), currency, quantities, exchange)
