"""A product file read into what origin is asked of, with a finding for everything in it that cannot be taken as it stands.

A value that is wrong becomes one that is not known, never a guess; the rest of the file is kept and answered.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from youyi.finding import Finding, Severity
from youyi.law.origin import PROCESSES, RuleError, parse
from youyi.law.tables import EDITIONS
from youyi.qualify.bill import LEFT_OUT, MAX_DEPTH, ROLES, Item
from youyi.qualify.formats import FileError, number, refuse
from youyi.qualify.good import Amount, Facts, Good, Material
from youyi.qualify.journey import CONDITIONS, MAX_LEGS, Journey, Leg, Transit
from youyi.qualify.qualifying import Attestation, Process

KEYS = (
    "product", "exporter", "importer", "date", "materials", "processes", "minimal", "costs", "journey", "attested", "rules", "product_rule", "shipment",
    "alternatives", "certificate_cost", "annual_quantity", "kept",
)  # fmt: skip
PRODUCT = ("id", "description", "hs", "hs_edition", "fob", "exw", "net_cost", "currency", "weight", "quantity", "unit", "wholly_obtained")
ITEM = (
    "id", "description", "hs", "hs_edition", "value", "currency", "basis", "weight", "origin", "originating", "proof", "party", "materials", "role", "freight",
    "insurance", "inland", "partial", "wholly_obtained", "processes", "invoiced_together", "customary", "interchangeable", "quantity", "unit", "supplier",
)  # fmt: skip
COSTS = ("labour", "overhead", "profit", "other")
BASES = ("", "CIF", "EXW", "FOB", "paid")
MAX_ITEMS = 100_000


@dataclass(slots=True)
class Product:
    """One product file, read. `data` is what it said, word for word, for the file that answers a later check."""

    good: Good
    items: tuple[Item, ...]
    process: Process
    journey: Journey | None
    currency: str
    exporter: str
    importer: str
    on: str
    findings: list[Finding]
    data: Mapping[str, Any] = field(default_factory=dict)


def products(data: Any) -> list[Product]:
    """The products of a file: one, or a list. Raises FileError where it holds none."""
    each = data if isinstance(data, list) else [data]
    if not each or not all(isinstance(p, Mapping) for p in each):
        raise refuse(
            "FILE-SHAPE",
            "a product file is a mapping with product, exporter, importer, date, materials, or a list of such (youyi qualify --template FILE writes one)",
        )
    many = len(each) > 1
    return [_Reader(f"/{i}" if many else "").product(p) for i, p in enumerate(each)]


def read_item(data: Mapping[str, Any], at: str, currency: str, root: str = "") -> tuple[Item, list[Finding]]:
    """One line of a bill that stands at `at`, and what is wrong in it."""
    reader = _Reader(root)
    return reader.item(data, at, currency, 1), reader.findings


class _Reader:
    def __init__(self, root: str = "") -> None:
        self.root = root
        self.findings: list[Finding] = []
        self.items = 0

    def say(self, code: str, pointer: str, text: str, severity: Severity = Severity.ERROR) -> None:
        self.findings.append(Finding(code, severity, self.root + pointer, text))

    def product(self, data: Mapping[str, Any]) -> Product:
        self.unknown(data, KEYS, "")
        said = data.get("product")
        if not isinstance(said, Mapping):
            raise refuse("FILE-SHAPE", "the file names no product: {product: {hs, fob, …}}", f"{self.root}/product")
        self.unknown(said, PRODUCT, "/product")
        costs = self.costs(data.get("costs"))
        amounts = {k: self.amount(said.get(k), f"/product/{k}") for k in ("fob", "exw", "net_cost", "weight")}
        good = Good(
            self.code(said.get("hs"), "/product/hs"),
            **amounts,
            costs=costs,
            id=_text(said.get("id")),
            description=_text(said.get("description")),
            edition=self.edition(said.get("hs_edition"), "/product/hs_edition"),
        )
        if good.fob == 0:
            self.say("VALUE-ZERO", "/product/fob", "a good of no value has no value content")
        currency = self.word(said.get("currency"), "/product/currency", 3)
        items = tuple(self.each(data.get("materials"), "/materials", currency, 1))
        self.above(good, items, currency)
        return Product(
            good,
            items,
            self.process(data, said),
            self.journey(data.get("journey")),
            currency,
            self.word(data.get("exporter"), "/exporter", 2),
            self.word(data.get("importer"), "/importer", 2),
            self.day(data.get("date")),
            self.findings,
            data,
        )

    # -- cells --------------------------------------------------------------------------------------------

    def unknown(self, data: Mapping[str, Any], keys: tuple[str, ...], pointer: str) -> None:
        for key in data:
            if key not in keys:
                self.say("KEY-UNKNOWN", f"{pointer}/{key}", f"not read; the keys here are {', '.join(keys)}", Severity.WARNING)

    def amount(self, value: Any, pointer: str) -> Amount | None:
        if value is None or value == "":
            return None
        found = number(value)
        if found is None:
            self.say("VALUE", pointer, f"{str(value)[:40]!r} is not a number; it counts as not known")
        elif found < 0:
            self.say("VALUE-NEGATIVE", pointer, f"{found} is below zero; it counts as not known")
            return None
        return found

    def code(self, value: Any, pointer: str) -> str:
        digits = _text(value).replace(".", "").replace(" ", "")
        if not (digits.isascii() and digits.isdigit() and len(digits) in (2, 4, 6, 8, 10, 12)):
            self.say("HS", pointer, f"{_text(value)[:40]!r} is no code of 2, 4, 6, 8, 10 or 12 digits (write it as text)")
            return ""
        return digits

    def edition(self, value: Any, pointer: str) -> str:
        text = _text(value).upper().replace(" ", "")
        text = f"HS{text}" if text.isdigit() else text
        if text and text not in EDITIONS:
            self.say("HS-EDITION", pointer, f"{text!r} is none of {', '.join(EDITIONS)}")
            return ""
        return text

    def word(self, value: Any, pointer: str, letters: int) -> str:
        text = _text(value).upper()
        if text and not (len(text) == letters and text.isascii() and text.isalpha()):
            self.say("WORD", pointer, f"{text[:40]!r} is not {letters} letters")
            return ""
        return text

    def day(self, value: Any) -> str:
        text = _text(value)
        try:
            return date.fromisoformat(text).isoformat() if text else ""
        except ValueError:
            self.say("DATE", "/date", f"{text[:40]!r} is not a date (YYYY-MM-DD)")
            return ""

    # -- the bill -----------------------------------------------------------------------------------------

    def each(self, data: Any, pointer: str, currency: str, depth: int) -> Iterable[Item]:
        if data is None:
            return
        if not isinstance(data, list):
            self.say("BILL", pointer, "the materials are a list")
            return
        if depth > MAX_DEPTH:
            self.say("BILL-DEPTH", pointer, f"more than {MAX_DEPTH} bills in one another; what is below is left out")
            return
        for i, m in enumerate(data):
            self.items += 1
            if self.items > MAX_ITEMS:
                raise refuse("BILL-SIZE", f"more than {MAX_ITEMS} materials")
            if isinstance(m, Mapping):
                yield self.item(m, f"{pointer}/{i}", currency, depth)
            else:
                self.say("BILL", f"{pointer}/{i}", "a material is a mapping {hs, value, origin, …}")

    def item(self, m: Mapping[str, Any], at: str, currency: str, depth: int) -> Item:
        self.unknown(m, ITEM, at)
        basis, role = _text(m.get("basis")), _text(m.get("role"))
        basis = basis.upper() if basis.lower() != "paid" else "paid"
        if basis not in BASES:
            self.say("BASIS", f"{at}/basis", f"{basis!r} is none of CIF, EXW, FOB, paid")
            basis = ""
        if role not in ROLES and role not in LEFT_OUT:
            self.say("ROLE", f"{at}/role", f"{role!r} is none of {', '.join((*filter(None, ROLES), *LEFT_OUT))}")
            role = ""
        names = ("value", "weight", "freight", "insurance", "inland", "partial")
        amounts = {k: self.amount(m.get(k), f"{at}/{k}") for k in names}
        return Item(
            self.code(m.get("hs"), f"{at}/hs") if m.get("hs") else "",
            _text(m.get("id")),
            _text(m.get("description")),
            self.edition(m.get("hs_edition"), f"{at}/hs_edition"),
            currency=self.word(m.get("currency"), f"{at}/currency", 3) or currency,
            basis=basis,
            origin=self.word(m.get("origin"), f"{at}/origin", 2),
            originating=self.originating(m.get("originating"), f"{at}/originating"),
            proof=_proof(m.get("proof")),
            party=self.word(m.get("party"), f"{at}/party", 2),
            materials=tuple(self.each(m.get("materials"), f"{at}/materials", currency, depth + 1)),
            obtained=self.truth(m.get("wholly_obtained"), f"{at}/wholly_obtained"),
            role=role,
            processes=self.steps(m.get("processes"), f"{at}/processes"),
            invoiced_together=self.truth(m.get("invoiced_together"), f"{at}/invoiced_together"),
            customary=self.truth(m.get("customary"), f"{at}/customary"),
            interchangeable=_stocks(m.get("interchangeable")),
            pointer=self.root + at,
            **amounts,
        )

    def originating(self, value: Any, pointer: str) -> bool | tuple[str, ...] | None:
        if isinstance(value, list):
            return tuple(_text(v).upper() for v in value)
        return self.truth(value, pointer)

    def truth(self, value: Any, pointer: str) -> bool | None:
        if value is None or value == "" or isinstance(value, bool):
            return value if value != "" else None
        said = {"true": True, "yes": True, "false": False, "no": False}.get(_text(value).lower())
        if said is None:
            self.say("TRUTH", pointer, f"{_text(value)[:40]!r} is neither true nor false; it counts as not known")
        return said

    def above(self, good: Good, items: tuple[Item, ...], currency: str) -> None:
        """Materials that are worth or weigh more than the good made from them."""
        same = [i for i in items if i.role != "neutral" and i.currency == currency]
        for name, whole, code in (("value", good.fob, "BILL-ABOVE-FOB"), ("weight", good.weight, "BILL-ABOVE-WEIGHT")):
            total = sum((Decimal(str(v)) for i in same if (v := getattr(i, name)) is not None), Decimal(0))
            if whole is not None and total > whole:
                word = "worth" if name == "value" else "heavier"
                said = (
                    f"{total} together, above the good's {whole}" if name == "value" else f"{total} together, against the good's {whole} (waste may explain it)"
                )
                severity = Severity.WARNING if name == "value" else Severity.NOTE
                self.say(code, "/materials", f"the materials are {word} {said}: is a unit or a currency mixed up?", severity)

    # -- the rest -----------------------------------------------------------------------------------------

    def costs(self, data: Any) -> Amount | None:
        if not isinstance(data, Mapping):
            return None
        self.unknown(data, COSTS, "/costs")
        each = [self.amount(data.get(k), f"/costs/{k}") for k in COSTS]
        stated = [Decimal(str(c)) for c in each if c is not None]
        return sum(stated, Decimal(0)) if stated else None

    def process(self, data: Mapping[str, Any], product: Mapping[str, Any]) -> Process:
        attested = [a for a in data.get("attested") or () if isinstance(a, Mapping)]
        each = tuple(Attestation(_text(a.get("text")), _text(a.get("source")), a.get("holds", True) is not False) for a in attested)
        minimal = tuple(name for name, _ in self.steps(data.get("minimal"), "/minimal") or ())
        rules = self.rules(data.get("rules"))
        own = data.get("product_rule")
        if isinstance(own, Mapping):
            rules.update(self.rules([{**own, "agreement": ""}]))
        said = product.get("wholly_obtained")
        stated = isinstance(said, Mapping) or self.truth(said, "/product/wholly_obtained")
        item, party = (_text(said.get("item")), _text(said.get("party"))) if isinstance(said, Mapping) else ("", "")
        return Process(self.steps(data.get("processes"), "/processes"), minimal, each, rules, stated if said is not None else None, item, party.upper())

    def steps(self, data: Any, pointer: str) -> tuple[tuple[str, str], ...] | None:
        """Processes or operations, each with its Party where it is stated."""
        if data is None:
            return None
        if not isinstance(data, list):
            self.say("LIST", pointer, "this is a list of names")
            return None
        for i, p in enumerate(data):
            name = _text(p.get("name") if isinstance(p, Mapping) else p)
            if pointer.endswith("processes") and name not in PROCESSES:
                text = f"{name!r} is no process of the vocabulary, no rule asks for it by this name; it is work unless it is called like a minimal operation"
                self.say("PROCESS", f"{pointer}/{i}", text, Severity.NOTE)
        return tuple((_text(p.get("name")), _text(p.get("party")).upper()) if isinstance(p, Mapping) else (_text(p), "") for p in data)

    def rules(self, data: Any) -> dict[str, tuple[str, str]]:
        found = {}
        for i, r in enumerate(data if isinstance(data, list) else ()):
            agreement, text, source = (_text(r.get(k)) for k in ("agreement", "rule", "source"))
            try:
                parse(text)
            except RuleError as error:
                self.say("RULE", f"/rules/{i}/rule", f"this is no rule: {error}")
                continue
            if not source:
                self.say("ATTEST-NO-SOURCE", f"/rules/{i}/source", f"not counted, as no source is attached: {text}")
                continue
            found[agreement.upper()] = (text, source)
        return found

    def journey(self, data: Any) -> Journey | None:
        if not isinstance(data, Mapping):
            return None
        self.unknown(data, ("legs", "transit", "papers"), "/journey")
        legs = [x for x in data.get("legs") or () if isinstance(x, Mapping)]
        if len(legs) > MAX_LEGS:
            raise refuse("JOURNEY-SIZE", f"more than {MAX_LEGS} legs", f"{self.root}/journey/legs")
        transit = [{"country": x} if isinstance(x, str) else x for x in data.get("transit") or ()]
        papers = data.get("papers")
        return Journey(
            tuple(
                Leg(_text(x.get("from"))[:2].upper(), _text(x.get("to"))[:2].upper(), _text(x.get("by")), tuple(map(_text, x.get("papers") or ())))
                for x in legs
            ),
            tuple(
                Transit(
                    _text(x.get("country") or x.get("at"))[:2].upper(),
                    papers=None if x.get("papers") is None else tuple(map(_text, x["papers"])),
                    **{c: self.truth(x.get(c), f"/journey/transit/{i}/{c}") for c in CONDITIONS},
                )
                for i, x in enumerate(transit)
                if isinstance(x, Mapping)
            ),
            None if papers is None else tuple(map(_text, papers)),
        )


# -- cases of evaluate ---------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Sheet:
    """One case of `youyi evaluate`."""

    good: Good
    materials: tuple[Material, ...]
    facts: Facts
    rule: Any
    findings: list[Finding]


def sheets(data: Any) -> list[Sheet]:
    """The cases of a file: one, or a list. Raises FileError where it holds none."""
    each = data if isinstance(data, list) else [data]
    if not each or not all(isinstance(c, Mapping) and isinstance(c.get("good", c.get("product")), Mapping) for c in each):
        raise refuse("FILE-SHAPE", "a case is {good: {hs, fob, weight}, materials: [{hs, value, weight, originating}]}, a file one or a list of them")
    many = len(each) > 1
    return [_sheet(c, f"/{i}" if many else "") for i, c in enumerate(each)]


def _sheet(data: Mapping[str, Any], root: str) -> Sheet:
    reader = _Reader(root)
    said = data.get("good", data.get("product"))
    read = reader.product({"product": said, "materials": data.get("materials", []), **{k: data[k] for k in ("processes", "attested", "costs") if k in data}})
    materials = tuple(_plain(i) for i in read.items if i.role not in LEFT_OUT)
    sourced = [a for a in read.process.attested if a.source]
    processes = read.process.processes
    known = Facts(
        None if processes is None else frozenset(name for name, _ in processes),
        {a.text: a.holds for a in sourced},
        {a.text: a.source for a in sourced},
        read.process.wholly,
        read.process.item not in ("", "11"),
    )
    return Sheet(read.good, materials, known, data.get("rule"), read.findings)


def _plain(i: Item) -> Material:
    stated = i.originating if isinstance(i.originating, bool) else None
    return Material(i.hs, i.value, stated, i.weight, i.id, i.description, i.origin, i.obtained, None, ROLES.get(i.role, ROLES[""]), (), i.pointer)


def _stocks(value: Any) -> tuple[str, bool] | None:
    return (_text(value.get("method")).lower(), value.get("kept_all_year") is True) if isinstance(value, Mapping) else None


def _text(value: Any) -> str:
    return "" if value is None else str(value).strip()


def _proof(value: Any) -> str:
    return " ".join(map(_text, value.values())) if isinstance(value, Mapping) else _text(value)


__all__ = ["FileError", "Product", "Sheet", "products", "read_item", "sheets"]
