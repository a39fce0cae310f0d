"""How far the rules of origin in hand carry: for one day, every agreement, its rule sets, and what is missing of their lists.

coverage(rulebook, day) -> holdings     one per agreement and rule set
table(holdings)         -> text         the same in lines for a terminal
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from youyi.law.origin.book import Extent
from youyi.law.rulebook import Rulebook
from youyi.law.tables import day_number


@dataclass(frozen=True, slots=True)
class Gap:
    """A part of a list of product rules that is not wholly in hand: its beginning of the code (empty: all of it) and why."""

    codes: str
    extent: str
    note: str


@dataclass(frozen=True, slots=True)
class RulesHeld:
    """The rules of origin of an agreement on one day.

    `parties` apply `rule_set`; an empty name stands for every Party not named elsewhere. `rule_set` is empty where the
    agreement is in force and no rules are in hand. `product_rules` and `general_rules` count rows that hold on the day,
    `edition` is the product list's, `unsettled` names the supporting rules that are unverified defaults.
    """

    agreement: str
    rule_set: str
    parties: tuple[str, ...]
    edition: str
    product_rules: int
    general_rules: int
    gaps: tuple[Gap, ...]
    unsettled: tuple[str, ...]

    @property
    def complete(self) -> bool:
        """Whether the whole list of product rules is in hand."""
        return bool(self.rule_set) and not self.gaps


def coverage(rulebook: Rulebook, day: date) -> list[RulesHeld]:
    """What is in hand on `day` for every preference that is in force, in the release's order."""
    on = day_number(day.isoformat())
    found: list[RulesHeld] = []
    for agreement in rulebook.agreements:
        name, since = str(agreement["agreement"]), str(agreement["in_force"])
        if agreement["kind"] != "preference" or not since or day_number(since) > on:
            continue
        sets = rulebook.origin.rule_sets(name, on)
        found += [_held(rulebook, name, rule_set, parties, on) for rule_set, parties in sorted(sets.items())]
        if not sets:
            found.append(RulesHeld(name, "", (), "", 0, 0, (), ()))
    return found


def _held(rulebook: Rulebook, agreement: str, rule_set: str, parties: tuple[str, ...], on: int) -> RulesHeld:
    book = rulebook.origin
    gaps = tuple(Gap(r["codes"], r["extent"], r["note"]) for r in book.extents(rule_set, on) if r["extent"] != Extent.WHOLE)
    counts = [sum(r["start"] <= on <= r["stop"] for r in rulebook.store.records(k, ("rule_set", rule_set))) for k in ("origin_rules", "origin_general")]
    unsettled = tuple(t.name for t in book.terms(rule_set, on).unsettled)
    return RulesHeld(agreement, rule_set, parties, book.edition(rule_set, on), counts[0], counts[1], gaps, unsettled)


def table(holdings: list[RulesHeld]) -> str:
    """The holdings in lines."""
    lines = ["rules of origin"]
    for h in holdings:
        if not h.rule_set:
            lines.append(f"{h.agreement}  no rules in hand")
            continue
        who = ", ".join(p or "all others" for p in h.parties)
        lists = f"{h.product_rules:,} product rules in {h.edition}" if h.product_rules else "no product rules"
        lines.append(f"{h.agreement}  {h.rule_set} ({who}): {lists}, {h.general_rules} general; {len(h.unsettled)} supporting rules by default")
        lines += [f"    {g.extent}: {g.codes or 'the whole list'} ({g.note})" for g in h.gaps]
    return "\n".join(lines)
