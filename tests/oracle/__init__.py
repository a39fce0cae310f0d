"""The answer again, line by line: slow, exact, and written from the specification and the raw tables alone.

`docs/how-an-answer-is-computed.md` says what `assess` must answer. This module does the same with nothing but the
standard library: every number is a fraction, every table is the CSV file itself, and every line is looked at alone.
It shares no code with the engine, so that a slip in one is not a slip in the other.

    Oracle(folder).assess({"importer": "VN", ...})  ->  one dict per regime, or [] where the line is refused
"""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction
from functools import cached_property

from .cells import Reading
from .charges import Charges
from .exact import NIL, Row, Span, decimal, in_force
from .records import Account, Answer, Question
from .treaty import Treaty


class Oracle(Treaty, Charges):
    """Answers lines from the tables in a folder, one at a time."""

    @cached_property
    def proofs(self) -> dict[str, str]:
        """What the proof of each agreement is called, and the agreement."""
        return {r["proof"].casefold(): r["agreement"] for r in self.table("agreements") if r["proof"]}

    # 4. The regimes

    def answers(self, ask: Question) -> list[Answer]:
        """MFN, then every preference that importer and origin share on the day, each with its rate."""
        mfn_schedule = self.schedule("MFN", ask.importer, ask.origin, ask.day)
        mfn = self.scheduled(mfn_schedule, ask, ask.origin) if mfn_schedule else None
        found = [Answer("MFN", mfn)]
        for row in self.table("agreements"):
            origin = self.origin_under(row["agreement"], ask)
            if row["kind"] == "preference" and row["treatment"] == "row" and self.shared(row, ask, origin):
                found.append(self.preference(row["agreement"], ask, origin, mfn.span if mfn else None))
        return found

    @staticmethod
    def origin_under(agreement: str, ask: Question) -> str:
        """RCEP asks for its own country of origin."""
        return ask.line.get("rcep_origin") or ask.origin if agreement == "RCEP" else ask.origin

    def shared(self, agreement: Row, ask: Question, origin: str) -> bool:
        """Whether the agreement is in force between importer and origin."""
        name = agreement["agreement"]
        if not agreement["in_force"] or ask.day < agreement["in_force"] or origin == ask.importer:
            return False
        if agreement["giver"] and agreement["giver"] != ask.importer:
            return False
        return self.member(name, ask.importer, ask.day, origin) and self.member(name, origin, ask.day, ask.importer)

    def preference(self, name: str, ask: Question, origin: str, mfn: Span | None) -> Answer:
        """One preference, its rate never above the MFN rate."""
        if schedule := self.schedule(name, ask.importer, origin, ask.day):
            answer = Answer(name, self.scheduled(schedule, ask, origin))
        elif name == "ACFTA":
            answer = self.by_treaty(ask, mfn)
        else:
            answer = Answer(name, None)
        if mfn and answer.reading and answer.reading.span and mfn[1] < answer.reading.span[1]:
            low, high = answer.reading.span
            answer.reading = Reading((min(low, mfn[0]), min(high, mfn[1])))
        if name == "CN-LDC" and self.under_quota(ask) and answer.reading and answer.reading.span:
            answer.open_condition = True
            if mfn:
                answer.reading = Reading((answer.reading.span[0], max(answer.reading.span[1], mfn[1])))
        return answer

    def under_quota(self, ask: Question) -> bool:
        """Whether the good, or a line under its code, is under a tariff quota of the importer."""
        rows = (r for r in self.table("quota_goods") if r["importer"] == ask.importer and in_force(r, ask.day))
        return any(r["codes"].startswith(ask.code) or ask.code.startswith(r["codes"]) for r in rows)

    def eligibility(self, answer: Answer, ask: Question) -> str:
        """Whether the goods may have the rate: yes, no, conditional, unknown."""
        known = answer.reading is not None and answer.reading.known
        if answer.regime == "MFN":
            return "yes" if known else "unknown"
        stated = re.findall(r"[\w-]+", ask.line.get("originating_under", ""))
        if (answer.reading and answer.reading.shut) or (stated and answer.regime not in stated):
            return "no"
        if not known:
            return "unknown"
        origin = self.origin_under(answer.regime, ask)
        doubted = any(r["condition"] for r in self.memberships(answer.regime, origin, ask.day, ask.importer))
        proofs = {self.proofs.get(p.strip().casefold(), p.strip().upper()) for p in ask.line.get("proof", "").split(";") if p.strip()}
        of_another = bool(proofs) and answer.regime not in proofs
        still_open = answer.open_condition or doubted or of_another or ask.exporter != ask.origin
        return "yes" if stated and not still_open else "conditional"

    # 9. Best and saving

    @staticmethod
    def settle(answers: list[Answer]) -> None:
        """Mark the best rows, several where they ask the same of the trader, and say what each saves against MFN."""
        rows = [a for a in answers if a.contends]
        measured = answers[0].contends
        able = [a for a in rows if measured or (a.duty and a.duty[1] == 0)]
        sure = [a for a in able if a.duty and all(a.duty[1] <= b.duty[0] for b in able if b is not a and b.duty)]
        if sure:
            asks = min((a.regime != "MFN", a.eligible != "yes") for a in sure)
            for a in sure:
                a.best = (a.regime != "MFN", a.eligible != "yes") == asks
        mfn = answers[0].total if answers[0].contends else None
        for a in rows:
            if mfn and a.crossed:
                nil, gain = Fraction(0), (mfn[0] - a.crossed[0], mfn[1] - a.crossed[1])
                a.saving = NIL if a.regime == "MFN" else (max(nil, gain[0]), max(nil, gain[1]))

    def assess(self, line: Row) -> list[dict[str, object]]:
        """What a line pays under every regime open to it; nothing where the line is refused."""
        ask = self.question(line)
        if ask is None:
            return []
        account, answers = self.account(ask), self.answers(ask)
        for answer in answers:
            answer.eligible = self.eligibility(answer, ask)
            self.charge(answer, ask, account)
        self.settle(answers)
        return [self.record(answer, account) for answer in answers]

    @staticmethod
    def record(answer: Answer, account: Account) -> dict[str, object]:
        """The row as the engine names its fields."""

        def ends(name: str, span: Span | None) -> dict[str, Decimal | None]:
            return {f"{name}_low": decimal(span[0]) if span else None, f"{name}_high": decimal(span[1]) if span else None}

        return {
            "regime": answer.regime,
            **ends("rate", answer.reading.span if answer.reading else None),
            "customs_value": None if account.value is None else decimal(account.value),
            **ends("duty", answer.duty),
            **{name: decimal(span[0]) if span else None for name, span in (("remedy", answer.remedy), ("vat", answer.vat), ("other_tax", answer.other))},
            **ends("total", answer.total),
            "currency": account.currency,
            "eligible": answer.eligible,
            "best": answer.best,
            **ends("saving", answer.saving),
        }
