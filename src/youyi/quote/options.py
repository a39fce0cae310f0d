"""What may be changed of a bill: for each material what it is now, and the alternatives that the product file offers.

An alternative is read like a line of the bill, on top of the line that it would take the place of:

    statement   the same material, with its supplier's statement that it originates
    replace     another material, with its own code, value, origin and proof
    move        the same material from another source: its own origin, value and proof

A material that comes from a Party and of which nothing is stated gets a statement as an implied alternative, at no
stated cost: to ask the supplier is the first thing to do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

from youyi.finding import Finding, Severity
from youyi.law.rulebook import Rulebook
from youyi.qualify.agreements import Law
from youyi.qualify.bill import LEFT_OUT, Item, Place, Settled, converted, originates
from youyi.qualify.formats import number
from youyi.qualify.reading import ITEM, Product, read_item

KINDS = ("statement", "replace", "move")
OWN = ("material", "kind", "cost")
"""Keys of an alternative beside those of a line of the bill."""
DROPPED = (
    "description", "origin", "originating", "proof", "party", "supplier", "materials", "wholly_obtained", "partial", "freight", "insurance", "inland",
)  # fmt: skip
"""What a replaced or moved material does not take over from the line that it takes the place of."""
STATED = ("description", "originating", "proof", "supplier", "wholly_obtained")
"""What a statement may say; where it comes from and what it is, a statement does not change."""
MAX_ALTERNATIVES = 512
"""Alternatives that are read; a file with more is answered for the first of them, and this is said."""


@dataclass(frozen=True, slots=True)
class Option:
    """One way to have a material. `kind` is empty for what the bill says; `cost` is in the good's currency, for what one bill is for.

    `implied`: the file does not name it; its cost is not stated and counts as 0.
    """

    item: Item
    kind: str = ""
    cost: Fraction = Fraction(0)
    text: str = ""
    pointer: str = ""
    implied: bool = False


Groups = tuple[tuple[Option, ...], ...]
"""For each line of the bill its options, the line as it is first."""


def groups_of(rulebook: Rulebook, law: Law, product: Product) -> tuple[Groups, list[Finding]]:
    """The options of every line of the bill, and a finding for every alternative that cannot be used as it stands."""
    reader = _Options(rulebook, law, product)
    return reader.groups(), reader.findings


class _Options:
    def __init__(self, rulebook: Rulebook, law: Law, product: Product) -> None:
        edition = product.good.edition or rulebook.origin.edition(law.rule_set, law.day)
        self.place = Place(rulebook, law, edition, product.exporter, product.currency)
        self.product = product
        self.findings: list[Finding] = []
        self.root = root_of(product)
        self.lines = self._lines()

    def say(self, code: str, pointer: str, text: str, severity: Severity = Severity.ERROR) -> None:
        self.findings.append(Finding(code, severity, self.root + pointer, text))

    def _lines(self) -> dict[str, list[int]]:
        """The lines by id and, where they have none, by description."""
        found: dict[str, list[int]] = {}
        for n, item in enumerate(self.product.items):
            found.setdefault(item.id or item.description, []).append(n)
        return found

    def groups(self) -> Groups:
        each: list[list[Option]] = [[Option(item)] for item in self.product.items]
        data = self.product.data.get("alternatives")
        if data is not None and not isinstance(data, list):
            self.say("PLAN-ALTERNATIVES", "/alternatives", "the alternatives are a list of {material, kind, …}")
            data = []
        if len(data or ()) > MAX_ALTERNATIVES:
            self.say("PLAN-SIZE", "/alternatives", f"only the first {MAX_ALTERNATIVES} alternatives are looked at")
        for n, said in enumerate((data or ())[:MAX_ALTERNATIVES]):
            self.add(each, n, said)
        for group in each:
            if (implied := self.implied(group)) is not None:
                group.append(implied)
        return tuple(map(tuple, each))

    def add(self, each: list[list[Option]], n: int, said: Any) -> None:
        at = f"/alternatives/{n}"
        if not isinstance(said, Mapping):
            self.say("PLAN-ALTERNATIVES", at, "an alternative is a mapping {material, kind, …}")
            return
        line = self.line(said, at)
        kind = str(said.get("kind") or "").strip().lower()
        if kind not in KINDS:
            self.say("PLAN-KIND", f"{at}/kind", f"{kind[:40]!r} is none of {', '.join(KINDS)}")
        cost = self.cost(said, at)
        if line is None or kind not in KINDS or cost is None:
            return
        item = self.item(line, kind, said, at)
        more = self.dearer(self.product.items[line], item, at)
        if more is not None:
            each[line].append(Option(item, kind, cost + more, str(said.get("description") or "").strip(), item.pointer))

    def line(self, said: Mapping[str, Any], at: str) -> int | None:
        name = str(said.get("material") or "").strip()
        found = self.lines.get(name, []) if name else []
        if len(found) == 1:
            return found[0]
        if found:
            self.say("PLAN-MATERIAL-TWICE", f"{at}/material", f"{len(found)} lines of the bill are called {name!r}; give each its own id")
        elif _below(self.product.items, name):
            self.say("PLAN-MATERIAL-NESTED", f"{at}/material", f"{name!r} is inside another material; a plan changes lines of the good's own bill alone")
        else:
            known = ", ".join(list(self.lines)[:8])
            self.say("PLAN-MATERIAL-UNKNOWN", f"{at}/material", f"{name[:40]!r} is no material of the bill; its lines are {known}")
        return None

    def cost(self, said: Mapping[str, Any], at: str) -> Fraction | None:
        """What it costs beside the difference in value; a saving is below zero."""
        if said.get("cost") in (None, ""):
            self.say("PLAN-COST-MISSING", f"{at}/cost", "its cost beside the difference in value is not stated and counts as 0", Severity.NOTE)
            return Fraction(0)
        found = number(said["cost"])
        if found is None:
            self.say("VALUE", f"{at}/cost", f"{str(said['cost'])[:40]!r} is not a number; the alternative is left out")
            return None
        return Fraction(found)

    def item(self, line: int, kind: str, said: Mapping[str, Any], at: str) -> Item:
        """The line as it would be: what the alternative says on top of what the bill says."""
        now = self.product.data["materials"][int(self.product.items[line].pointer.rpartition("/")[2])]
        dropped = () if kind == "statement" else DROPPED
        base = {k: v for k, v in now.items() if k not in dropped and not (k == "hs_edition" and "hs" in said)}
        own = {k: v for k, v in said.items() if k not in OWN}
        if kind == "statement" and own.get("originating") is None:
            own["originating"] = [self.place.law.agreement]
        for key in own:
            if kind == "statement" and key in ITEM and key not in STATED and own[key] != now.get(key):
                text = f"not read: a statement changes only {', '.join(STATED)}; what is bought anew is kind: replace or move"
                self.say("PLAN-STATEMENT-KEY", f"{at}/{key}", text, Severity.WARNING)
            elif key not in ITEM:
                self.say("KEY-UNKNOWN", f"{at}/{key}", f"not read; the keys here are {', '.join((*OWN, *ITEM))}", Severity.WARNING)
        item, findings = read_item({**base, **{k: own[k] for k in own if k in (STATED if kind == "statement" else ITEM)}}, at, self.product.currency, self.root)
        self.findings += [f for f in findings if f.pointer.removeprefix(f"{self.root}{at}/").partition("/")[0] in own]
        if kind == "move" and not (item.origin or item.party):
            self.say("PLAN-ORIGIN-MISSING", f"{at}/origin", "where it would come from is not stated; it counts as non-originating", Severity.WARNING)
        return replace(item, id=self.product.items[line].id)

    def dearer(self, base: Item, item: Item, at: str) -> Fraction | None:
        """What more is paid for the material itself, in the good's currency; None, with a finding, where that is not known."""
        if (base.value, base.currency) == (item.value, item.currency) and _beside(base) == _beside(item):
            return Fraction(0)
        out = Settled()
        each = [None if i.value is None else converted(Fraction(i.value) + _beside(i), i, self.place, out) for i in (base, item)]
        if each[0] is None or each[1] is None:
            self.findings += out.findings
            self.say("PLAN-VALUE-MISSING", f"{at}/value", f"the values of {base.name} now and then cannot be compared; the alternative is left out")
            return None
        return Fraction(each[1]) - Fraction(each[0])

    def implied(self, group: list[Option]) -> Option | None:
        """A statement for a material of a Party of which nothing is stated."""
        item = group[0].item
        country = item.origin or item.party
        if not country or item.materials or item.role in LEFT_OUT or any(o.kind == "statement" for o in group):
            return None
        if originates(item, self.place, Settled()) is not None:
            return None
        stated = replace(item, originating=(self.place.law.agreement,), pointer=f"{item.pointer}/implied")
        return Option(stated, "statement", Fraction(0), "", item.pointer, True)


def _beside(item: Item) -> Fraction:
    """Freight and insurance that are paid on top of the value stated."""
    parts = (item.freight, item.insurance) if item.basis in ("FOB", "EXW") else ()
    return sum((Fraction(p) for p in parts if p is not None), Fraction(0))


def _below(items: tuple[Item, ...], name: str) -> bool:
    return any(name and (name in (i.id, i.description) or _below(i.materials, name)) for item in items for i in item.materials)


def root_of(product: Product) -> str:
    """Where a product stands in its file: the beginning of its pointers, empty where it is alone."""
    return product.items[0].pointer.partition("/materials/")[0] if product.items else ""


def amount(product: Product, key: str, findings: list[Finding]) -> Decimal | None:
    """A number of the product file that only plans use; None, with a finding where it is no number from 0 up."""
    said = product.data.get(key)
    if said is None or said == "":
        return None
    found = number(said)
    if found is None or found < 0:
        findings.append(Finding("VALUE", Severity.ERROR, f"{root_of(product)}/{key}", f"{str(said)[:40]!r} is no number from 0 up; it counts as not known"))
        return None
    return found


__all__ = ["KINDS", "MAX_ALTERNATIVES", "Groups", "Option", "amount", "groups_of"]
