"""Sections 7 and 8: duty, remedies and taxes on a customs value."""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction
from functools import cached_property

from .cells import Reading, read
from .exact import NIL, Row, Span, hull, in_force, plus
from .records import Account, Answer, Question
from .valuation import Valuation

NATIONAL_LINES = {"VN": "AHTN2022", "ID": "AHTN2022", "SG": "AHTN2017", "MY": "AHTN2022", "TH": "AHTN2022"}
"""The nomenclature in whose lines an importer's taxes and remedies are kept."""


class Charges(Valuation):
    """What falls due, at the low end and at the high end."""

    def amount(self, reading: Reading, base: Span, ask: Question, account: Account) -> Span | None:
        """What a rate makes of a base, or an amount per unit of the quantity; None where it cannot be computed."""
        if reading.span is not None:
            return base[0] * reading.span[0] / 100, base[1] * reading.span[1] / 100
        if reading.per_unit is None:
            return None
        each, currency, unit = reading.per_unit
        quantity = self.quantity(ask, unit)
        if quantity is None or currency != account.currency:
            return None
        return each * quantity, each * quantity

    @cached_property
    def units(self) -> dict[str, tuple[str, Fraction]]:
        """Every name of a unit: the unit that amounts are kept in, and how many of it."""
        return {name.casefold(): (r["base"], Fraction(r["times"])) for r in self.table("codes/units") for name in (r["unit"], *r["names"].split(";")) if name}

    def quantity(self, ask: Question, unit: str) -> Fraction | None:
        """The quantity of the line in a unit."""
        stated, amount = ask.line.get("unit", "").casefold(), ask.number("quantity")
        if not amount or stated not in self.units:
            return None
        (base, times), (wanted, per) = self.units[stated], self.units[unit.casefold()]
        return amount * times / per if base == wanted else None

    def charge(self, answer: Answer, ask: Question, account: Account) -> None:
        """Duty, remedy, taxes and total of one row: all of them, or none where one cannot be computed."""
        if account.value is None:
            return
        bases: dict[str, Span] = {"customs_value": (account.value, account.value)}
        duty = self.amount(answer.reading, bases["customs_value"], ask, account) if answer.reading else None
        remedy = self.remedies(ask, account)
        if duty is None or remedy is None:
            return
        closed = account.close("duty", duty)
        on_top = self.on_top(closed, remedy, bases, ask, account)
        turned = self.on_top((closed[1], closed[0]), remedy, bases, ask, account)
        if on_top is None or turned is None:
            return
        answer.duty, answer.remedy, (answer.vat, answer.other) = closed, remedy, on_top
        answer.total = plus(closed, remedy, *on_top)
        answer.crossed = plus((closed[1], closed[0]), remedy, *turned)

    def on_top(self, duty: Span, remedy: Span, bases: dict[str, Span], ask: Question, account: Account) -> tuple[Span, Span] | None:
        """VAT, and excise with income tax, on a duty and remedy; None where one cannot be computed."""
        bases = {**bases, "duty": duty, "remedy": remedy}
        excise = self.tax(("EXCISE",), "excise", bases, ask, account)
        if excise is None:
            return None
        bases["excise"] = excise
        vat = self.tax(("VAT", "SALES", "COMMERCIAL"), "vat", bases, ask, account)
        income = self.tax(("INCOME",), "other", bases, ask, account)
        return None if vat is None or income is None else (vat, plus(excise, income))

    def tax(self, names: tuple[str, ...], step: str, bases: dict[str, Span], ask: Question, account: Account) -> Span | None:
        """The taxes of one step; None where one cannot be computed, nothing where none is due."""
        found = []
        for name in names:
            ways = []
            for cell, base in self.tax_rows(name, ask):
                on = plus(*(bases[part] for part in base.split("+") if part))
                due = self.amount(read(cell, "", "0"), on, ask, account) if cell else NIL
                if due is None:
                    return None
                ways.append(due)
            found.append(hull(ways))
        return account.close(step, plus(*found))

    def tax_rows(self, name: str, ask: Question) -> set[tuple[str, str]]:
        """Rate and bases of one tax for every national line the goods may stand on; an empty rate where none is due."""
        found = set()
        by_code = self.taxes[ask.importer, name]
        for edition, line in self.national_lines(ask):
            longest_first = (row for length in range(len(line), -1, -1) for row in by_code.get(line[:length], ()))
            row = next((r for r in longest_first if r["edition"] in ("", edition) and in_force(r, ask.day)), None)
            found.add((row["rate"], row["base"]) if row else ("", ""))
        return found

    @cached_property
    def taxes(self) -> dict[tuple[str, str], dict[str, list[Row]]]:
        """The tax rows by importer and tax, then by the code they begin at."""
        found: dict[tuple[str, str], dict[str, list[Row]]] = defaultdict(lambda: defaultdict(list))
        for row in self.files("taxes"):
            found[row["importer"], row["tax"]][row["codes"]].append(row)
        return found

    def national_lines(self, ask: Question) -> list[tuple[str, str]]:
        """The importer's national lines that the goods may stand on, with their edition; without a list, the code itself."""
        if tariff := NATIONAL_LINES.get(ask.importer):
            edition = f"HS{tariff[-4:]}"
            if places := self.places(self.lines_of(f"nomenclature/{tariff.lower()}"), (edition, 8), ask.code, ask.edition):
                return [(edition, place) for place in places]
        edition = self.national_edition(ask.importer, ask.day)
        sixes = self.cross(ask.code, ask.edition, edition)
        return [(edition, ask.code if six == ask.code[:6] else six) for six in sorted(sixes)] or [(ask.edition, ask.code)]

    # 8. Trade remedies

    @cached_property
    def measures(self) -> dict[str, dict[str, list[Row]]]:
        """The remedy rows by importer and measure."""
        found: dict[str, dict[str, list[Row]]] = defaultdict(lambda: defaultdict(list))
        for row in self.table("remedies"):
            found[row["importer"]][row["measure"]].append(row)
        return found

    def remedies(self, ask: Question, account: Account) -> Span | None:
        """What the measures in force add, together."""
        against_dumping: list[tuple[bool, Span | None]] = []
        others: list[tuple[bool, Span | None]] = []
        for rows in self.measures[ask.importer].values():
            if bears := self.measure(rows, ask, account):
                (against_dumping if rows[0]["kind"] in ("AD", "AC") else others).append(bears)
        if any(span is None for _, span in [*against_dumping, *others]):
            return None
        dumping = [hull(span for _, span in against_dumping if span)] if against_dumping else []
        return account.close("remedy", plus(*dumping, *(span for _, span in others if span)))

    def measure(self, rows: list[Row], ask: Question, account: Account) -> tuple[bool, Span | None] | None:
        """What one measure adds: nothing to say, or a span (None where it cannot be computed)."""
        in_reach = [(r, p) for r in rows if in_force(r, ask.day) for p in self.remedy_lines(r, ask) if p.startswith(r["codes"])]
        bearing = [(r, p) for r, p in in_reach if r["origin"] in ("*", ask.origin)]
        producer = ask.line.get("producer", "").strip().casefold()
        if producer:
            bearing = [b for b in bearing if b[0]["producer"].strip().casefold() == producer] or [b for b in bearing if not b[0]["producer"]]
        # Goods that come from an origin of the measure and cannot prove another one are taken to be of it.
        suspect = ask.exporter != ask.origin and not ask.line.get("proof", "").strip()
        taken_for = [r["unproven"] for r, _ in in_reach if suspect and r["origin"] == ask.exporter and r["unproven"]]
        cells = [r[c] for r, _ in bearing for c in ("rate", "unread") if r[c]] + taken_for
        if not cells or account.value is None:
            return None
        amounts = [self.amount(read(cell, ""), (account.value, account.value), ask, account) for cell in cells]
        known = [a for a in amounts if a is not None]
        if len(known) < len(amounts):
            return True, None
        places = set(self.remedy_lines(rows[0], ask))
        escapes = (
            not bearing  # a proof of another origin
            or {p for _, p in bearing} < places  # another line
            or any(r["origin"] == "*" or r["extent"] == "part" for r, _ in bearing)  # a spared origin, goods out of scope
            or any(r["producer"] and not r["rate"] for r, _ in bearing)  # a producer's own rate that was not read
        )
        return True, hull([*known, NIL] if escapes else known)

    def remedy_lines(self, row: Row, ask: Question) -> list[str]:
        """The lines of the measure's own edition that the goods may stand on."""
        lines = [line for edition, line in self.national_lines(ask) if row["edition"] in ("", edition)]
        return lines or sorted(self.cross(ask.code, ask.edition, row["edition"]))
