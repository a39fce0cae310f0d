"""Section 6: from the price on the invoice to the customs value."""

from __future__ import annotations

from bisect import bisect_right
from fractions import Fraction
from functools import cached_property

from .cells import read
from .exact import Span, in_force, kept, rounded
from .records import Account, Question
from .tariffs import Tariffs


class Valuation(Tariffs):
    """What the goods are worth to the importer's customs."""

    def account(self, ask: Question) -> Account:
        """The customs value in the importer's currency, or all in the invoice's where no rate is in hand."""
        price = self.cif(ask)
        currency = self.currency_of[ask.importer]
        rate = self.exchange(ask.currency, currency, ask.day)
        if rate is None:
            account = Account(price, ask.currency)
        else:
            steps = {r["step"]: (Fraction(r["unit"]), r["mode"]) for r in self.table("rounding") if r["importer"] == ask.importer and in_force(r, ask.day)}
            account = Account(None if price is None else price * rate, currency, steps)
        if account.value is None:
            return account
        return Account(account.close("customs_value", (account.value, account.value))[0], account.currency, account.steps)

    def cif(self, ask: Question) -> Fraction | None:
        """The CIF value in the invoice's currency."""
        term = ask.line.get("incoterm", "")
        if term == "DDP":
            return None
        covers = next((r["covers"].split(";") for r in self.table("codes/incoterms") if r["term"] == term), [])
        stated = {part: ask.number(part) for part in ("freight", "insurance") if part not in covers}
        price = ask.value + sum((amount for amount in stated.values() if amount is not None), Fraction(0))
        missing = [part for part, amount in stated.items() if amount is None] if term else []
        if len(missing) == 2 and (both := self.flat("freight_insurance", ask)):
            return price + self.share(ask.value, both)
        for part in missing:
            percent = self.flat(part, ask)
            if percent is None or percent[0] != percent[1]:
                return None
            price += self.share(ask.value if part == "freight" else price, percent)
        return price

    @staticmethod
    def share(amount: Fraction, percent: Span) -> Fraction:
        """A flat percentage of an amount, to the ten-thousandth."""
        return rounded(amount * percent[0] / 100, Fraction(1, 10_000), "half_up")

    def flat(self, part: str, ask: Question) -> Span | None:
        """The flat rate for a part that the invoice leaves out."""
        rows = {r["origin"]: r["rate"] for r in self.table("valuation") if (r["importer"], r["part"]) == (ask.importer, part) and in_force(r, ask.day)}
        group = "ASEAN" if self.member("ASEAN", ask.exporter, ask.day) else "*"
        cell = rows.get(ask.exporter) or rows.get(group) or rows.get("*")
        return read(cell, "").span if cell else None

    def exchange(self, currency: str, to: str, day: str) -> Fraction | None:
        """Units of one currency for one of the other."""
        if currency == to:
            return Fraction(1)
        at = bisect_right(self.first_days, day) - 1
        row = self.table("exchange/ecb")[at] if at >= 0 else None
        if row is None or not in_force(row, day):
            return None
        per_euro = {**row, "EUR": "1"}
        if not per_euro.get(currency) or not per_euro.get(to):
            return None
        return kept(Fraction(per_euro[to]) / Fraction(per_euro[currency]))

    @cached_property
    def first_days(self) -> list[str]:
        """The first day of every row of reference rates, which stand in the order of their days."""
        return [row["valid_from"] for row in self.table("exchange/ecb")]
