"""RCEP article 2.6: the RCEP country of origin, which selects the importer's schedule where its tariff differs by origin.

Paragraph 2: the exporting Party, where the good was wholly obtained or meets its product rule there; paragraph 4: of a
good of originating materials alone, only if more than minimal operations took place there. Paragraph 3: a good of the
importer's appendix needs 20 % of value added there besides. Otherwise the Party that contributed the highest value of
originating materials.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from fractions import Fraction
from typing import Any

from youyi.finding import Finding, Severity
from youyi.law.rulebook import Rulebook
from youyi.qualify import weigh as w
from youyi.qualify.agreements import Law
from youyi.qualify.single import Weighed
from youyi.qualify.trace import percent_down

CITATION = "RCEP-2.6"


def country(
    rulebook: Rulebook, law: Law, seen: Weighed, criterion: str, exporter: str, importer: str, more_than_minimal: bool | None
) -> tuple[str, list[Finding], bool]:
    """The RCEP country of origin of an originating good (empty where it cannot be said), what is to be said of it, and whether nothing was missing."""
    code = seen.good.hs
    row = _kept(law, ("differential", importer), lambda: rulebook.origin.differential(importer, law.day))
    if row is None:
        text = f"{importer} has one tariff for all RCEP Parties; the country of origin selects no other rate"
        return exporter, [Finding("RCEP-ORIGIN-UNIFORM", Severity.NOTE, "", text, CITATION)], True
    if criterion == "PE" and more_than_minimal is not True:
        if more_than_minimal is None:
            text = "whether more than minimal operations took place in the exporting Party is not stated; it decides the RCEP country of origin"
            return "", [Finding("RCEP-ORIGIN-OPEN", Severity.WARNING, "/processes", text, CITATION)], False
        return _highest(seen, exporter, "only minimal operations took place in the exporting Party")
    needed = _kept(law, ("appendix", importer, code), lambda: rulebook.origin.needs_extra_value(importer, code, law.edition, law.day))
    if needed is False or criterion == "WO":
        return exporter, [], True
    percent = int(Fraction(row["percent"]) * 10_000)
    added, fob = _added(seen, exporter), seen.goods.amounts[w.FOB]
    share = "" if added is None or fob <= 0 else percent_down(added, fob)
    enough = added is not None and fob > 0 and added >= w.part_up(fob, percent)
    if enough:
        return exporter, [], True
    if needed is None:
        here = f"{share} %" if share else "not known"
        text = f"taken as {exporter}: {row['note']}. If it names {code}, {row['percent']} % of value added in {exporter} is needed; here it is {here}"
        return exporter, [Finding("RCEP-ORIGIN-APPENDIX", Severity.WARNING, "", text, row["citation"])], False
    if not share:
        text = f"the value added in {exporter} is not known; goods of the importer's appendix need {row['percent']} %"
        return "", [Finding("RCEP-ORIGIN-OPEN", Severity.WARNING, "/materials", text, CITATION)], False
    return _highest(seen, exporter, f"the value added in {exporter} is {share} %, less than {row['percent']} % for goods of the importer's appendix")


def _kept(law: Law, key: tuple[str, ...], look: Callable[[], Any]) -> Any:
    if key not in law.made:
        law.made[key] = look()
    return law.made[key]


def _added(seen: Weighed, exporter: str) -> int | None:
    """The good's value less every material that does not originate in the exporting Party; None where a value is missing."""
    total: int = seen.goods.amounts[w.FOB]
    for m, value in zip(seen.materials, seen.columns.value, strict=True):
        if not (m.originating and m.origin in ("", exporter)):
            if value < 0:
                return None
            total -= value
    return total


def _highest(seen: Weighed, exporter: str, why: str) -> tuple[str, list[Finding], bool]:
    sums: dict[str, int] = defaultdict(int)
    for m, value in zip(seen.materials, seen.columns.value, strict=True):
        if m.originating:
            if value < 0:
                return "", [Finding("RCEP-ORIGIN-OPEN", Severity.WARNING, m.pointer, f"the value of {m.name} is not known", CITATION)], False
            sums[m.origin or exporter] += value
    if not sums:
        return "", [Finding("RCEP-ORIGIN-OPEN", Severity.WARNING, "/materials", "no originating material is named", CITATION)], False
    top = max(sums.values())
    first = sorted(c for c, v in sums.items() if v == top)
    if len(first) > 1:
        text = f"{why}; {', '.join(first)} contributed the same highest value of originating materials"
        return "", [Finding("RCEP-ORIGIN-OPEN", Severity.WARNING, "/materials", text, CITATION)], False
    text = f"{why}; {first[0]} contributed the highest value of originating materials"
    return first[0], [Finding("RCEP-ORIGIN-HIGHEST", Severity.NOTE, "", text, CITATION)], True
