"""A change in words, with the papers that must be in hand before a claim rests on it."""

from __future__ import annotations

from youyi.law.origin.codes import written
from youyi.qualify.bill import Item
from youyi.quote.margins import up
from youyi.quote.options import Option
from youyi.quote.plan_result import Change


def changed(base: Option, option: Option, agreement: str) -> Change:
    """One change of a plan. What it costs is rounded up."""
    now, then = base.item, option.item
    text = {"statement": _statement, "replace": _replace, "move": _move}[option.kind](now, then)
    if option.text and option.text != now.description:
        text = f"{text} ({option.text})"
    return Change(now.name, option.kind, text, up(option.cost), papers(then, option.kind, agreement), option.pointer, option.implied)


def _statement(now: Item, then: Item) -> str:
    country = then.origin or then.party
    return f"get the supplier's statement for {now.name}{f' from {country}' if country else ''}, that it originates"


def _replace(now: Item, then: Item) -> str:
    return f"replace {now.name}{_source(now)} by a material of HS {written(then.hs)}{_source(then)}{_worth(then)}"


def _move(now: Item, then: Item) -> str:
    return f"buy {now.name}{_source(then)} instead of{_source(now) or ' where it is bought now'}{_worth(then)}"


def _source(item: Item) -> str:
    country = item.origin or item.party
    return f" from {country}" if country else ""


def _worth(item: Item) -> str:
    return "" if item.value is None else f" at {item.value} {item.currency}".rstrip()


def papers(item: Item, kind: str, agreement: str) -> tuple[str, ...]:
    """What must be in hand: a statement or a proof for what originates, and for a new source its contract and invoices."""
    found = []
    if kind != "statement":
        found.append("contract and invoices of the new source")
    if item.proof:
        found.append(item.proof)
    elif item.originating not in (None, False):
        found.append(f"supplier's statement of origin under {agreement}, with its bill")
    return tuple(found)


__all__ = ["changed", "papers"]
