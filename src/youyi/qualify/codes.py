"""Codes of materials and goods in the edition of a list of rules: crossed, and all that they may be."""

from __future__ import annotations

from weakref import WeakKeyDictionary

from youyi.law.rulebook import Rulebook
from youyi.law.tables import EDITIONS

MOST = 64
"""More codes than this that a short code may be are kept as the short code alone."""


_kept: WeakKeyDictionary[Rulebook, dict[tuple[str, str, str], tuple[str, ...]]] = WeakKeyDictionary()
MOST_KEPT = 1 << 18


def codes_in(rulebook: Rulebook, code: str, edition: str, to: str) -> tuple[str, ...]:
    """What a code of 2 to 12 digits may be in edition `to`: itself where the editions are one; empty where it is unknown."""
    kept = _kept.setdefault(rulebook, {})
    found = kept.get((code, edition, to))
    if found is None:
        if len(kept) >= MOST_KEPT:
            kept.clear()
        found = kept[code, edition, to] = _codes_in(rulebook, code, edition, to)
    return found


def _codes_in(rulebook: Rulebook, code: str, edition: str, to: str) -> tuple[str, ...]:
    names = rulebook.nomenclature
    if len(code) >= 6 and not names.exists(edition, code):
        return ()
    if edition == to or edition not in EDITIONS or to not in EDITIONS or len(code) < 4:
        return (code,)
    if len(code) >= 6:
        found = names.cross(code[:6], edition, to).codes
        return (code,) if found == {code[:6]} else tuple(sorted(found))
    crossed = {c for own in names.subheadings(edition, code) for c in names.cross(own, edition, to).codes}
    if crossed and all(c.startswith(code) for c in crossed):
        return (code,)
    return tuple(sorted(crossed)) if 0 < len(crossed) <= MOST else (code,)


def goods_in(rulebook: Rulebook, code: str, edition: str) -> tuple[str, ...]:
    """The six-digit codes of its edition that a good of a shorter code may be; a longer code is itself."""
    if len(code) >= 6:
        return (code,)
    return tuple(rulebook.nomenclature.subheadings(edition, code))
