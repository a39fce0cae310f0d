"""Quote: the whole question of a firm. Origin and duty put together, one card a regime, and what would make it better.

    quote(rulebook, product)                is the certificate worth it: money, papers, last days, what was not checked
    plan(rulebook, product, agreement=…)    the cheapest changes that make it originate, its margins, what that is worth

Names are read in when first asked for, so that commands which need none of them start as fast as before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from youyi.lazy import lazily

if TYPE_CHECKING:
    from youyi.quote.cards import Card, Clock, Quote, Worth
    from youyi.quote.plan_result import Advice
    from youyi.quote.planning import plan
    from youyi.quote.quoting import quote

PLACES = {"Advice": "plan_result", "Card": "cards", "Clock": "cards", "Quote": "cards", "Worth": "cards", "plan": "planning", "quote": "quoting"}
"""The public names, and the module of each."""

__getattr__ = lazily(__name__, PLACES)

__all__ = ["Advice", "Card", "Clock", "Quote", "Worth", "plan", "quote"]
