"""What else the law takes at the border: taxes and trade remedies, by the importer's own lines, and what is not in hand."""

from __future__ import annotations

from typing import Any

from youyi.assess.cells import percent
from youyi.assess.ruling import Code, Remedy, Tax, worst
from youyi.law.due import is_exact, percent_range
from youyi.law.duty import AdValorem, Duty, Either, NoRate
from youyi.law.rulebook import Rulebook
from youyi.law.schedule import parsed


class Levies:
    """The taxes and remedies of a rulebook, with remembered answers."""

    def __init__(self, rulebook: Rulebook) -> None:
        self.rulebook = rulebook
        self._charges: dict[Any, Any] = {}

    def prefix(self, kind: str, importer: str, code: Code, day: int, **where: str) -> dict[str, Any] | None:
        """The row of a prefix table with the longest code that begins the good's code."""
        for row in self.rulebook.by_prefix(kind, importer).over(code.digits):
            if row["start"] <= day <= row["stop"] and row["edition"] in ("", code.edition) and all(row[k] == v for k, v in where.items()):
                return row
        return None

    def national(self, importer: str, code: Code, day: int) -> tuple[Code, ...]:
        """The importer's own lines that the code's goods may stand on.

        They are of the tariff version that its tax tables are written in; without one, the codes of the edition in
        force that the goods crossed to.
        """
        key = ("national", importer, code, day)
        if key not in self._charges:
            self._charges[key] = self._national(importer, code, day)
        found: tuple[Code, ...] = self._charges[key]
        return found

    def _national(self, importer: str, code: Code, day: int) -> tuple[Code, ...]:
        book = self.rulebook
        if tariff := self._tariff_of_taxes(importer):
            edition, digits = book.nomenclature.version(tariff)
            found = book.nomenclature.lines_for(tariff, digits, code.digits, code.edition, edition)
            if found:
                return tuple(Code(c, edition) for c in found)
        row = book.national_tariff(importer, day)
        edition = str(row["edition"]) if row else "HS2022"
        crossed = book.nomenclature.cross(code.digits[:6], code.edition, edition).codes
        return tuple(Code(code.digits if c == code.digits[:6] else c, edition) for c in sorted(crossed)) or (code,)

    def _tariff_of_taxes(self, importer: str) -> str:
        """The version of the importer's tariff whose lines its tax tables name; empty where they name chapters alone."""
        key = ("tariff", importer)
        if key not in self._charges:
            self._charges[key] = next((t for t in self.rulebook.by_prefix("taxes", importer).distinct("tariff") if t), "")
        return str(self._charges[key])

    def taxes(self, importer: str, code: Code, day: int) -> tuple[Tax, ...]:
        """Every tax in hand that falls on the good at import, hulled over the lines it may stand on."""
        key = ("taxes", importer, code, day)
        if key not in self._charges:
            names = self._charges.get(("names", importer))
            if names is None:
                names = self._charges["names", importer] = tuple(self.rulebook.by_prefix("taxes", importer).distinct("tax"))
            found = []
            for name in names:
                rows = [self.prefix("taxes", importer, c, day, tax=name) for c in self.national(importer, code, day)]
                if any(r is not None for r in rows):
                    same = ("tax", name, *(r and r["at"] for r in rows))
                    if same not in self._charges:
                        self._charges[same] = _tax(name, rows)
                    found.append(self._charges[same])
            self._charges[key] = tuple(found)
        found_: tuple[Tax, ...] = self._charges[key]
        return found_

    def remedies(self, importer: str, origin: str, producer: str, code: Code, day: int) -> tuple[Remedy, ...]:
        """Measures in force on goods of `origin`: by producer where it is stated, else over all producers."""
        key = ("remedies", importer, origin, producer, code, day)
        if key not in self._charges:
            table = self.rulebook.by_prefix("remedies", importer)
            goods = self.national(importer, code, day)
            rows = []
            hit = 0
            for good in goods if any(table.over(g.digits) for g in goods) else ():
                found = [
                    r
                    for length in (4, 6, 8, 10, 12)
                    if length <= len(good.digits)
                    for r in table.get(good.digits[:length])
                    if r["origin"] in (origin, "*", "") and r["start"] <= day <= r["stop"] and r["edition"] == good.edition
                ]
                hit += bool(found)
                rows += found
            wide = hit < len(goods)
            measures: dict[str, list[dict[str, Any]]] = {}
            for r in rows:
                measures.setdefault(r["measure"], []).append(r)
            self._charges[key] = tuple(_remedy(m, rs, producer, wide) for m, rs in measures.items())
        known: tuple[Remedy, ...] = self._charges[key]
        return known

    def unrated(self, importer: str, code: Code, day: int) -> tuple[str, ...]:
        """Taxes that may fall due whose rate is not in hand, in words."""
        key = ("unrated", importer, code, day)
        if key not in self._charges:
            table = self.rulebook.by_prefix("unrated_taxes", importer)
            rows = [
                r for length in (0, 2, 4, 6, 8, 10, 12) if length <= len(code.digits) for r in table.get(code.digits[:length]) if r["start"] <= day <= r["stop"]
            ]
            self._charges[key] = tuple(dict.fromkeys(f"{r['tax']}{': ' + r['condition'] if r['condition'] else ''}" for r in rows))
        found: tuple[str, ...] = self._charges[key]
        return found


NIL = AdValorem(percent(0))


def _nil_for_no_rate(duty: Duty) -> Duty:
    """A VAT cell such as `*/5/8/10`: the star means not subject, so nil is possible."""
    if isinstance(duty, Either):
        return Either(tuple(NIL if isinstance(p, NoRate) else p for p in duty.parts))
    return NIL if isinstance(duty, NoRate) else duty


def _tax(name: str, rows: list[dict[str, Any] | None]) -> Tax:
    """One tax from the rows of the lines the goods may stand on; a line without a row does not bear it."""
    taxed = [r for r in rows if r is not None]
    duties = list(dict.fromkeys([*(_nil_for_no_rate(parsed(r["rate"])) for r in taxed), *([NIL] if None in rows else [])]))
    shares = [percent_range(d) for d in duties]
    first = taxed[0]
    status = worst(r["status"] for r in taxed)
    if len(duties) > 1 or len({r["at"] for r in taxed}) > 1 or not is_exact(parsed(first["rate"])):
        status = worst((status, "derived"))
    base, condition = frozenset(first["base"].split("+")), first["condition"]
    known = [s for s in shares if s is not None]
    if len(known) < len(shares):
        return Tax(name, 0, 0, duties[0] if len(duties) == 1 else Either(tuple(duties)), base, status, first["citation"], condition)
    return Tax(name, min(s[0] for s in known), max(s[1] for s in known), None, base, status, first["citation"], condition)


def _remedy(measure: str, rows: list[dict[str, Any]], producer: str, wide: bool) -> Remedy:
    """One measure over the rows that may apply: the named producer's, else all of them; hulled, never added."""
    wanted = producer.casefold().strip()
    named = [r for r in rows if wanted and r["producer"].casefold().strip() == wanted]
    others = [r for r in rows if not r["producer"]]
    chosen = named or (others if wanted else rows) or rows
    duties = [parsed(r["rate"]) for r in chosen if r["rate"]]
    shares = [s for d in duties if (s := percent_range(d)) is not None]
    per_unit = list(dict.fromkeys(d for d in duties if percent_range(d) is None))
    low, high = min((s[0] for s in shares), default=0), max((s[1] for s in shares), default=0)
    if wide or any(r["origin"] in ("*", "") for r in chosen):
        # Not every line the goods may stand on, or not every origin, is within the measure.
        low = 0
        per_unit = [NIL, *per_unit] if per_unit else []
    first = chosen[0]
    known = bool(duties) and len(duties) == len(chosen)
    duty = None if not per_unit else per_unit[0] if len(per_unit) == 1 else Either(tuple(per_unit))
    status = worst(r["status"] for r in chosen)
    return Remedy(measure, first["kind"], low, high, duty, known or bool(duties), status, first["citation"], first["scope"], first["condition"])
