"""Codes as people write them: `0713.31.90`, `07133190`, and what a spreadsheet makes of them."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from youyi.assess.ruling import Code
from youyi.law.crossing import Nomenclature
from youyi.law.rulebook import Rulebook
from youyi.law.tables import EDITIONS

_MARK, _AS_TEXT = "'", "; leave out the apostrophe, which a spreadsheet puts before text"
_FLOAT = re.compile(r"\d+(\.\d+)?[eE]\+?\d+|\d+\.0+")


def read(text: str) -> tuple[str, tuple[str, str] | None]:
    """The digits of a code, or what is wrong with it as (code, words)."""
    if not text:
        return "", ("HS-MISSING", "the code is missing")
    if _FLOAT.fullmatch(text) and not re.fullmatch(r"\d{4}\.\d{2}", text):
        try:
            whole = f"{Decimal(text):f}".split(".")[0]
        except InvalidOperation:
            whole = ""
        kept = f"; digits may be lost. If it was {_padded(whole)}, write it as text" if len(whole) <= 12 else ""
        return "", ("HS-MANGLED", f"{text!r} is a number a spreadsheet made of a code{kept}")
    digits = re.sub(r"[.\s\-]", "", text)
    if not (digits.isascii() and digits.isdigit()):
        return "", ("HS", f"{text[:40]!r} is not a code{_AS_TEXT if text.startswith(_MARK) else ''}")
    if len(digits) % 2 and digits.startswith("0"):
        return "", ("HS-MANGLED", f"{text!r} has {len(digits)} digits: a digit seems lost or one too many; codes have an even number of digits")
    if len(digits) % 2 and "." in text and len(digits) > 4:
        return "", ("HS-MANGLED", f"{text!r} has {len(digits)} digits: a digit seems lost, perhaps the last zero ({text}0). Write it as text")
    if len(digits) % 2:
        return "", ("HS-MANGLED", f"{text!r} has {len(digits)} digits: a leading zero seems lost. If it was {_padded(digits)}, write it as text")
    if not 6 <= len(digits) <= 12:
        return "", ("HS-LENGTH", f"{text!r} has {len(digits)} digits; at least the six of the Harmonized System are needed, at most 12")
    return digits, None


def _padded(digits: str) -> str:
    return "0" + digits if len(digits) % 2 else digits


def edition_of(text: str) -> str:
    """An edition as written: `HS2022`, `2022`, `hs 2017`; empty where it is none."""
    year = re.sub(r"\D", "", text)
    return f"HS{year}" if f"HS{year}" in EDITIONS else ""


NATIONAL = ("98", "99")
"""Chapters that the Harmonized System leaves to each country."""


@lru_cache(maxsize=1 << 15)
def judge(rulebook: Rulebook, digits: str, edition: str) -> tuple[str, str] | None:
    """What is wrong with a code in its edition, with what replaced it where that is known."""
    nomenclature = rulebook.nomenclature
    if edition not in nomenclature.editions() or nomenclature.exists(edition, digits[:6]):
        return None
    if digits[:2] in NATIONAL:
        own = any(s.lines.below(digits[:6], s.digits) for each in rulebook.schedules.values() for s in each if s.default is None)
        return None if own else ("HS-UNKNOWN", f"{digits[:6]} is no code: chapters 98 and 99 are national, and no tariff in hand has such a line")
    code6 = digits[:6]
    replaced = _elsewhere(nomenclature, code6, edition)
    if replaced:
        return "HS-DEAD", f"{code6} is not in {edition}; {replaced}"
    if nomenclature.exists(edition, digits[:4]):
        return "HS-UNKNOWN", f"{code6} is not in {edition}, though heading {digits[:4]} is"
    return "HS-UNKNOWN", f"{code6} is not in {edition}"


def _elsewhere(nomenclature: Nomenclature, code6: str, edition: str) -> str:
    for other in reversed(nomenclature.editions()):
        if other != edition and other != "HS2007" and nomenclature.exists(other, code6):
            now = nomenclature.cross(code6, other, edition).codes
            if now:
                named = ", ".join(f"{c} ({nomenclature.text(edition, c)[:60]})" for c in sorted(now)[:8])
                more = f" and {len(now) - 8} more" if len(now) > 8 else ""
                return f"the {code6} of {other} is now {named}{more}"
            return f"it was a code of {other}; what replaced it is not known"
    return ""


__all__ = ["Code", "edition_of", "judge", "read"]
