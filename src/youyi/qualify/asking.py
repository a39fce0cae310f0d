"""Requests to suppliers: for which materials a statement of origin is worth asking, and the letter in three languages.

The texts are data (`texts/*.toml`), written for this project and copied from no official form.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Any

from youyi.law.rulebook import Rulebook
from youyi.qualify.bill import Item
from youyi.qualify.qualifying import Route, worked
from youyi.qualify.reading import Product
from youyi.qualify.result import Answer, Verdict

LANGUAGES = ("en", "zh", "vi")


@dataclass(frozen=True, slots=True)
class Request:
    """One material whose origin is worth asking for; `agreements` are those under which the answer matters."""

    item: Item
    supplier: str
    agreements: tuple[str, ...]


@cache
def texts(name: str) -> dict[str, Any]:
    """The texts of a language (`en`, `zh`, `vi`), or `agreements`."""
    return tomllib.loads(files("youyi.qualify").joinpath("texts", f"{name}.toml").read_text(encoding="utf-8"))


def requests(rulebook: Rulebook, product: Product, answers: Sequence[Answer]) -> list[Request]:
    """The materials to ask about, the one that settles most first.

    A material is asked for where the engine's questions name its origin, or where it is stated to originate on no paper and
    the good would not originate without it. What a paper shows under an agreement is not asked for that agreement.
    """
    ranks: dict[str, tuple[int, int]] = {}
    matters: dict[str, list[str]] = {}
    items = {i.pointer: i for i in _all(product.items)}
    for answer in answers:
        for place, q in enumerate(answer.questions):
            if q.about.startswith("origin:"):
                _note(ranks, matters, q.pointer.removesuffix("/originating"), answer.agreement, (-q.settles, place))
        for place, item in enumerate(product.items):
            if item.originating and not item.proof and _rests_on(rulebook, product, answer, item):
                _note(ranks, matters, item.pointer, answer.agreement, (-1, place))
    asked = sorted((p for p in ranks if p in items), key=lambda p: (-len(matters[p]), ranks[p], p))
    asked.sort(key=lambda p: ranks[p][0])
    return [Request(items[p], supplier(product, p), tuple(matters[p])) for p in asked]


def _note(ranks: dict[str, tuple[int, int]], matters: dict[str, list[str]], pointer: str, agreement: str, rank: tuple[int, int]) -> None:
    ranks[pointer] = min(rank, ranks.get(pointer, rank))
    if agreement not in matters.setdefault(pointer, []):
        matters[pointer].append(agreement)


def _all(items: Sequence[Item]) -> Iterator[Item]:
    for item in items:
        yield item
        yield from _all(item.materials)


def _rests_on(rulebook: Rulebook, product: Product, answer: Answer, item: Item) -> bool:
    """Whether the good originates only if an unproved statement is true."""
    if answer.verdict is not Verdict.ORIGINATING:
        return False
    without = tuple(replace(i, originating=False) if i is item else i for i in product.items)
    route = Route(answer.agreement, answer.exporter, answer.importer, answer.on)
    found, _ = worked(rulebook, product.good, without, route, product.process, product.journey, product.currency)
    return found.verdict is not Verdict.ORIGINATING


def supplier(product: Product, pointer: str) -> str:
    """The supplier that the file names for the item at a pointer; empty where it names none."""
    at: Any = product.data
    for key in pointer.split("/materials/")[1:]:
        found = at.get("materials") if isinstance(at, dict) else None
        at = found[int(key)] if isinstance(found, list) and int(key) < len(found) else {}
    return str(at.get("supplier") or "") if isinstance(at, dict) else ""


def letter(request: Request, product: Product, language: str) -> str:
    """The request to a supplier in one language, in Markdown. Source of years and criteria: `texts/agreements.toml`."""
    t, law, item, good = texts(language), texts("agreements"), request.item, product.good
    colon, stop, semicolon = t["colon"], t["stop"], t["semicolon"]
    said = [
        f"# {t['title']}",
        "",
        f"**{t['draft']}**",
        "",
        f"- {t['to']}{colon}{request.supplier or t['supplier']}",
        f"- {t['from']}{colon}{t['buyer']}",
        f"- {t['about']}{colon}{item.name}{f' ({item.description})' if item.description and item.description != item.name else ''}",
        f"- {t['code']}{colon}{item.hs or t['unknown']} {item.edition}".rstrip(),
        f"- {t['place']}{colon}{item.origin or t['unknown']}",
        f"- {t['used_in']}{colon}{good.id or good.description or good.hs}, HS {good.hs} {good.edition}".rstrip(),
        "",
        f"{t['why']}{colon}{', '.join(request.agreements)}{stop}",
        "",
        f"{t['ask']}{colon.rstrip()}",
        "",
    ]
    criteria = "; ".join(f"{a}: {law[a]['criteria']}" for a in request.agreements if a in law)
    said.append(f"1. {t['criterion']}{f' ({criteria})' if criteria else ''}{semicolon}")
    said += [f"{n}. {t[key]}{semicolon if key != 'paper' else stop}" for n, key in enumerate(("confirm_code", "processes", "values", "paper"), 2)]
    kept = [f"- {a}: {t['records'].format(years=law[a]['years'])} ({law[a]['citation']}){stop}" for a in request.agreements if a in law]
    said += ["", f"{t['undertake']}{stop}", "", *kept, "", f"{t['signed']}{colon}____________________", ""]
    return "\n".join(said)
