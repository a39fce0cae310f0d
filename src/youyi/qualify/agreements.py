"""The ways to origin that an agreement opens to a good on a day, and the supporting rules that weigh them.

Wholly obtained, produced exclusively, the product rule, the general rule: which of them are open, and under which
condition where a list of product rules is not in hand.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any
from weakref import WeakKeyDictionary

from youyi.law.origin import Lost, NoRule, ProducedExclusively, Rule, Split, WhollyObtained
from youyi.law.origin.book import Applicable, Entry, Extent, OriginBook, Record
from youyi.law.origin.codes import written
from youyi.law.origin.terms import Terms
from youyi.qualify.good import normal
from youyi.qualify.program import Guard, Settings, Way, ways_of

MORE_THAN_MINIMAL = "more was done than operations that are too small to give origin"
"""The condition that stands beside a way where the agreement bars minimal operations and some were named."""


@dataclass(frozen=True, slots=True)
class Typed:
    """A product rule that the user types in where the list is not in hand, with its source."""

    rule: Rule
    source: str


@dataclass(frozen=True, slots=True, eq=False)
class Law:
    """One rule set on one day: its terms, its criteria, the edition of its list, and how it weighs. `made`: programs by code."""

    agreement: str
    row: Record
    day: int
    terms: Terms
    criteria: dict[str, Record]
    wholly: Record | None
    operations: dict[str, Record]
    consignment: tuple[Record, ...]
    edition: str
    made: dict[Any, Any] = field(default_factory=dict)
    said: dict[str, str] = field(default_factory=dict)

    @property
    def rule_set(self) -> str:
        """Its name in the release."""
        return str(self.row["rule_set"])

    def value(self, term: str, code: str = "") -> str:
        """What a supporting rule says; empty where the rule set does not say it."""
        if not code and term in self.said:
            return self.said[term]
        found = self.terms.find(term, code)
        value = found.value if found else ""
        if not code:
            self.said[term] = value
        return value

    def settings(self, code: str) -> Settings:
        """How goods of a code are weighed: made once for all goods that the same terms bind."""
        key = ("settings", *(t.binds(code) for t in self.terms.each if t.codes))
        if key not in self.made:
            self.made[key] = self._settings(code)
        found: Settings = self.made[key]
        return found

    def _settings(self, code: str) -> Settings:
        rescued = self.value("de_minimis_rescues", code) == "tariff_change"
        shares = [Decimal(self.value(t, code) or 0) if rescued else Decimal(0) for t in ("de_minimis_value", "de_minimis_weight")]
        packing, accessories = self.value("packing_retail_other", code) == "counted", self.value("accessories_other", code) == "counted"
        return Settings(
            shares[0] or None,
            shares[1] or None,
            self.value("rvc_formula", code) or "build-down",
            self.value("rvc_basis", code) or "FOB",
            roles_other=1 | packing << 1 | accessories << 2,
        )

    def opens(self, term: str) -> bool:
        """Whether a criterion is open."""
        return self.value(term) == "open"


_laws: WeakKeyDictionary[OriginBook, dict[tuple[str, str, int], Law | None]] = WeakKeyDictionary()


def law_of(book: OriginBook, agreement: str, importer: str, day: int) -> Law | None:
    """The rules that the importing Party applies on a day; None before the first that is in hand. Read once and kept."""
    kept = _laws.setdefault(book, {})
    key = (agreement, importer, day)
    if key not in kept:
        kept[key] = _law_of(book, *key)
    return kept[key]


def _law_of(book: OriginBook, agreement: str, importer: str, day: int) -> Law | None:
    row = book.rule_set(agreement, importer, day)
    if row is None:
        return None
    name = row["rule_set"]
    return Law(
        agreement,
        row,
        day,
        book.terms(name, day),
        {r["criterion"]: r for r in book.rows("origin_criteria", name, day)},
        next(iter(book.rows("origin_wholly", name, day)), None),
        {r["operation"]: r for r in book.rows("origin_operations", name, day)},
        tuple(book.rows("origin_consignment", name, day)),
        book.edition(name, day),
    )


def unlisted(law: Law, code: str) -> str:
    """The condition that a code is not on a list that is not in hand, word for word."""
    return f"{written(code)} is not on the {law.rule_set.replace('-', ' ')} product list"


def ways(law: Law, found: Applicable, typed: Typed | None, minimal: bool, elsewhere: bool = False, described: frozenset[str] = frozenset()) -> tuple[Way, ...]:
    """Every way to origin of a good of one code.

    `minimal`: operations that may be too small were named; `elsewhere`: the last process was not in the exporting Party;
    `described`: attested texts, among them which goods of a divided rule these are.
    """
    if elsewhere and law.value("rvc_final_process") == "exporting_party":
        found = replace(found, general=None)
    every = (*_first(law, found, typed), *_by_rule(law, _of(found, described), typed))
    if not minimal:
        return every
    bars = ("WO",) if law.value("minimal_operations") == "bar_wholly_obtained" else ()
    return tuple(
        Way(x.rule, x.criterion, x.citation, x.status, (*x.guards, Guard(MORE_THAN_MINIMAL)), x.settings)
        if (x.criterion in bars if bars else x.criterion not in ("WO", "PE"))
        else x
        for x in every
    )


def _of(found: Applicable, described: frozenset[str]) -> Applicable:
    """With the case of a divided product rule that the goods are attested to be of."""
    if found.product is None or not described or not isinstance(found.product.rule, Split):
        return found
    case = next((c for c in found.product.rule.cases if c.goods and normal(c.goods) in described), None)
    return found if case is None else replace(found, product=replace(found.product, text=str(case.rule)))


def _first(law: Law, found: Applicable, typed: Typed | None) -> tuple[Way, ...]:
    """WO, and PE where it is open."""
    wholly = law.wholly
    first = [Way(WhollyObtained(), "WO", wholly["citation"] if wholly else law.row["citation"], wholly["status"] if wholly else law.row["status"])]
    listed = found.product is not None or typed is not None or found.extent is not Extent.WHOLE
    if law.opens("produced_exclusively") and (law.opens("product_list_pe") or not listed):
        term = law.terms.get("produced_exclusively")
        first.append(Way(ProducedExclusively(), "PE", term.citation, term.status))
    return tuple(first)


def _by_rule(law: Law, found: Applicable, typed: Typed | None) -> tuple[Way, ...]:
    """The product rule, the general rule, or what is known where the list is not in hand."""
    code = found.code
    if typed is not None:
        return _open(ways_of(typed.rule, code, _psr(law), f"typed in: {typed.source}", "typed in"))
    if found.product is not None:
        own = _listed(law, found.product, code)
        if found.product.track == "alternative" and found.general:
            own += _general(found.general, code, ())
        return own
    if found.general is None:
        return (Way(NoRule(), "", law.row["citation"], law.row["status"]),)
    general = found.general.rule
    if found.extent is Extent.WHOLE:
        return _general(found.general, code, ())
    if isinstance(general, NoRule):
        return (Way(Lost(found.gap), "", found.gap_citation, "missing"),)
    condition = unlisted(law, code)
    lost = Lost(f"the rule of the list, if {written(code)} is on it: {found.gap}")
    return (*_general(found.general, code, (Guard(condition),)), Way(lost, _psr(law), found.gap_citation, "missing", (Guard(condition, denied=True),)))


def _listed(law: Law, entry: Entry, code: str) -> tuple[Way, ...]:
    return _open(ways_of(entry.rule, code, _psr(law), entry.citation, entry.status))


def _general(entry: Entry, code: str, guards: tuple[Guard, ...]) -> tuple[Way, ...]:
    return ways_of(entry.rule, code, "", entry.citation, entry.status, guards)


def _open(each: tuple[Way, ...]) -> tuple[Way, ...]:
    """Ways of a product rule without a bare WO or PE, which stand first for every good."""
    return tuple(x for x in each if not isinstance(x.rule, WhollyObtained | ProducedExclusively))


def _psr(law: Law) -> str:
    return "PSR" if "PSR" in law.criteria else ""


__all__ = ["MORE_THAN_MINIMAL", "Law", "Typed", "law_of", "unlisted", "ways"]
