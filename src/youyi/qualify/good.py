"""What origin is asked of: a good, the materials it was made from, and what is known beside the bill.

Amounts are exact (int, Decimal or Fraction; None where not known) in one currency and one unit of weight. Readers of files
make these values (`youyi.qualify.reading`); the engine only reads them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import IntEnum
from fractions import Fraction

Amount = int | Decimal | Fraction


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
    `obtained`: whether it is wholly obtained; `origin`: the country it comes from, two letters.
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

    @property
    def name(self) -> str:
        """What it is called in an answer."""
        return self.id or self.description or self.hs


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known beside the bill. A text, whatever its capitals and points, maps to whether it holds; what is not here is not known.

    `processes`: the processes of the vocabulary that were carried out; None where nothing is said of them. Where it is
    stated, it is the whole list: a process that it lacks was not carried out.
    """

    processes: frozenset[str] | None = None
    attested: Mapping[str, bool] = field(default_factory=dict)
    sources: Mapping[str, str] = field(default_factory=dict)

    def masks(self, facts: Mapping[str, int]) -> tuple[int, int]:
        """The facts of a program that hold and those that do not, as bits."""
        holds = fails = 0
        for key, place in facts.items():
            known = self.known(key)
            if known:
                holds |= 1 << place
            elif known is False:
                fails |= 1 << place
        return holds, fails

    def known(self, key: str) -> bool | None:
        """Whether a fact holds; None where that is not known."""
        said = self.attested.get(key)
        if said is None and self.attested:
            said = next((holds for text, holds in self.attested.items() if normal(text) == normal(key)), None)
        if said is None and key.startswith("process "):
            name = key[8:]
            said = self.attested.get(name)
            if said is None and self.processes is not None:
                return name in self.processes or (None if name in WHOLE_RULES else False)
        return said


WHOLE_RULES = frozenset({"textile_yarn", "textile_fabric", "textile_made_up", "cut_and_sewn"})
"""Processes that stand for several workings at once: not being listed by this name does not say that none was carried out."""


def facts(processes: Iterable[str] | None = None, attested: Mapping[str, bool] | Iterable[str] = ()) -> Facts:
    """Facts from plain lists; attested texts hold unless the mapping says that they do not."""
    said = dict(attested) if isinstance(attested, Mapping) else dict.fromkeys(attested, True)
    return Facts(None if processes is None else frozenset(processes), said)
