"""What the certificate's origin criterion box says: the agreement's own codes and print, from `origin/criteria.csv`."""

from __future__ import annotations

from collections.abc import Callable

from youyi.law.origin import AnyOf, Process, Split
from youyi.law.origin.book import Record
from youyi.qualify.program import Way
from youyi.qualify.trace import kind_of, leaves


def criterion(rows: dict[str, Record], way: Way) -> str:
    """The criterion that a way is claimed under; empty where the agreement's table has none for it."""
    if way.criterion in rows or way.criterion in ("WO", "PE"):
        return way.criterion
    if isinstance(way.rule, Split):
        return _of_split(rows, way.rule)
    level, percent, process = kind_of(way)
    if level and percent and "COMBINED" in rows:
        return "COMBINED"
    if level in rows:
        return level
    if level and "CTC" in rows:
        return "CTC"
    if process and any(isinstance(t, Process) and t.name == "chemical_reaction" for t in leaves(way.rule)) and "CR" in rows:
        return "CR"
    if process and "PROCESS" in rows:
        return "PROCESS"
    return "RVC" if percent and "RVC" in rows else "PSR" if "PSR" in rows else ""


def _of_split(rows: dict[str, Record], rule: Split) -> str:
    """The first criterion that every case of a divided rule has; empty where they have none in common."""
    cases = [c.rule for c in rule.cases] + ([rule.otherwise] if rule.otherwise else [])
    each = [[criterion(rows, Way(r)) for r in (c.terms if isinstance(c, AnyOf) else (c,))] for c in cases]
    return next((name for name in each[-1] if name and all(name in names for names in each)), "")


def box_of(rows: dict[str, Record], way: Way) -> Callable[[str, tuple[str, ...]], str]:
    """What makes the box's text for a way of the value content and of ACU and DMI where the agreement has them.

    A percentage is a whole number, rounded down.
    """
    name = criterion(rows, way)
    if name not in rows:
        return lambda rvc, beside: name
    level, _, _ = kind_of(way)
    own = rows[name]["text"].replace("{level}", level)

    def box(rvc: str, beside: tuple[str, ...]) -> str:
        if "{percent}" in own and not rvc:
            return ""
        text = own.replace("{percent}", rvc.split(".")[0])
        return ", ".join((text, *(rows[b]["text"] for b in beside if b in rows))) if beside else text

    return box
