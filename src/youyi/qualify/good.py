"""What origin is asked of: a good, the materials it was made from, and what is known beside the bill.

Amounts are exact (int, Decimal or Fraction; None where not known) in one currency and one unit of weight. Readers of files
make these values (`youyi.qualify.reading`); the engine only reads them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import IntEnum
from fractions import Fraction
from functools import lru_cache

Amount = int | Decimal | Fraction
WHOLLY = "the good is wholly obtained or produced in one Party"
"""What is stated of a good that was grown, born and raised, extracted or caught in a Party, or made solely of such goods there."""
GOODS = "goods: "
"""Before the description of the goods that a case of a divided rule is for."""
NOT_MIXED = "the wholly obtained materials are of one Party"


@lru_cache(maxsize=65_536)
def normal(text: str) -> str:
    """A text as it is compared with another: words alone, without regard to case."""
    return " ".join("".join(c if c.isalnum() or c == "." else " " for c in text.casefold()).split()).rstrip(".")


class Role(IntEnum):
    """What a material is to the good. Shipping packing is in no calculation and is not among them."""

    MATERIAL = 0
    RETAIL_PACKING = 1
    ACCESSORY = 2


@dataclass(frozen=True, slots=True)
class Good:
    """The good. `hs`: digits only, 2 to 12. `costs`: labour, overhead, profit and other costs together, for build-up content."""

    hs: str
    fob: Amount | None = None
    weight: Amount | None = None
    exw: Amount | None = None
    net_cost: Amount | None = None
    costs: Amount | None = None
    id: str = ""
    description: str = ""
    edition: str = ""


@dataclass(frozen=True, slots=True)
class Material:
    """A material. `originating` None: its origin is not known, so that it counts as non-originating and this is said.

    `outside`: the part of `value` that is not originating, where only a part is (partial cumulation) or some costs may be
    left out; None: all of it. `codes`: the codes it may have in the rule's edition, where they are others than `hs`.
    `obtained`: whether it is wholly obtained; `origin`: the country it comes from, two letters. `about`: what must be known
    before its value is, where that is not the value itself.
    """

    hs: str
    value: Amount | None = None
    originating: bool | None = None
    weight: Amount | None = None
    id: str = ""
    description: str = ""
    origin: str = ""
    obtained: bool | None = None
    outside: Amount | None = None
    role: Role = Role.MATERIAL
    codes: tuple[str, ...] = ()
    pointer: str = ""
    about: str = ""

    @property
    def name(self) -> str:
        """What it is called in an answer."""
        return self.id or self.description or self.hs


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known beside the bill. A text, whatever its capitals and points, maps to whether it holds; what is not here is not known.

    `processes`: the processes of the vocabulary that were carried out; None where nothing is said of them. Where it is
    stated, it is the whole list: a process that it lacks was not carried out. `presumed`: what follows from the bill, whatever is attested.
    `wholly`: whether the good is stated to be wholly obtained, `grown`: by an item of the list other than that of goods made of others.
    """

    processes: frozenset[str] | None = None
    attested: Mapping[str, bool] = field(default_factory=dict)
    sources: Mapping[str, str] = field(default_factory=dict)
    wholly: bool | None = None
    grown: bool = False
    presumed: Mapping[str, bool] = field(default_factory=dict)

    def of_bill(self, materials: Sequence[Material]) -> Facts:
        """The same with what the bill says of the good's being wholly obtained.

        What was grown, born and raised, extracted or caught is so whatever seed or feed went into it; a good made of others
        only if all of them are wholly obtained, and in one Party. Source: the lists of wholly obtained goods, item 11 and the others.
        """
        counted = [m for m in materials if m.role is Role.MATERIAL]
        outside = any(not m.originating or m.obtained is False for m in counted)
        return self.of_flags(bool(counted), outside, len({m.origin for m in counted if m.origin}) > 1)

    def of_flags(self, counted: bool, outside: bool, mixed: bool) -> Facts:
        """The same, of a bill that has materials (`counted`), some of them from outside or not wholly obtained, of several countries (`mixed`)."""
        stated = self.obtained
        if stated:
            found = {WHOLLY: self.grown or not (outside or mixed), NOT_MIXED: not mixed}
        elif stated is False:
            found = {WHOLLY: False, NOT_MIXED: False}
        else:
            found = {NOT_MIXED: not mixed} | ({WHOLLY: False} if counted else {})
        return Facts(self.processes, self.attested, self.sources, self.wholly, self.grown, {**self.presumed, **found})

    @property
    def obtained(self) -> bool | None:
        """Whether the good is stated or attested to be wholly obtained."""
        return self.wholly if self.wholly is not None else self._said(WHOLLY)

    def _said(self, key: str) -> bool | None:
        return next((holds for text, holds in self.attested.items() if normal(text) in (normal(key), "wo", "wholly obtained")), None)

    def masks(self, facts: Mapping[str, int], groups: Iterable[tuple[str, ...]] = ()) -> tuple[int, int]:
        """The facts of a program that hold and those that do not, as bits; of a group at most one holds."""
        holds = fails = 0
        for group in groups:
            said = [key for key in group if self.known(key)]
            fails |= sum(1 << facts[key] for key in set(group) if said and key not in said and key in facts)
        for key, place in facts.items():
            known = self.known(key)
            if known:
                holds |= 1 << place
            elif known is False:
                fails |= 1 << place
        return holds, fails

    def known(self, key: str) -> bool | None:
        """Whether a fact holds; None where that is not known."""
        if key in self.presumed:
            return self.presumed[key]
        said = self.attested.get(key)
        if said is None and self.attested:
            wanted = normal(key.removeprefix(GOODS))
            said = next((holds for text, holds in self.attested.items() if normal(text) == wanted), None)
        if said is None and key.startswith("process "):
            name = key[8:]
            said = self.attested.get(name)
            if said is None and self.processes is not None:
                return name in self.processes
        return said


def facts(processes: Iterable[str] | None = None, attested: Mapping[str, bool] | Iterable[str] = ()) -> Facts:
    """Facts from plain lists; attested texts hold unless the mapping says that they do not."""
    said = dict(attested) if isinstance(attested, Mapping) else dict.fromkeys(attested, True)
    return Facts(None if processes is None else frozenset(processes), said)
