"""What else the law takes at the border: taxes and trade remedies, by the importer's own lines, and what is not in hand."""

from __future__ import annotations

from typing import Any

from youyi.assess.cells import percent
from youyi.assess.ruling import Code, Remedy, Route, Tax, worst
from youyi.law.due import is_exact, percent_range
from youyi.law.duty import AdValorem, Duty, Either, NoRate
from youyi.law.rulebook import Rulebook
from youyi.law.schedule import parsed

Row = dict[str, Any]


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

    def quota(self, importer: str, code: Code, day: int) -> dict[str, Any] | None:
        """The row that puts the good, or a line under its code, under a tariff quota; its number counts in any edition."""
        key = ("quota", importer, code.digits, day)
        if key not in self._charges:
            table = self.rulebook.by_prefix("quota_goods", importer)
            rows = (r for r in (*table.over(code.digits), *table.under(code.digits)) if r["start"] <= day <= r["stop"])
            self._charges[key] = next(rows, None)
        found: dict[str, Any] | None = self._charges[key]
        return found

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

    def remedies(self, route: Route, code: Code, day: int) -> tuple[Remedy, ...]:
        """Measures in force on goods of the route's origin: by producer where it is stated, else over all producers.

        Goods shipped from an origin of a measure that states another origin without a proof of it are within its reach too.
        """
        shipped = route.exporter if not route.proof else route.origin
        key = ("remedies", route.importer, route.origin, shipped, route.producer, code, day)
        if key not in self._charges:
            goods = self.national(route.importer, code, day)
            measures: dict[str, list[Row]] = {}
            for r in self._measures(route.importer, goods, day):
                measures.setdefault(r["measure"], []).append(r)
            found = (_remedy(rows, route.origin, shipped, route.producer, goods) for rows in measures.values())
            self._charges[key] = tuple(r for r in found if r is not None)
        known: tuple[Remedy, ...] = self._charges[key]
        return known

    def _measures(self, importer: str, goods: tuple[Code, ...], day: int) -> list[Row]:
        """The rows in force on any of the lines that the goods may stand on, whatever their origin."""
        table = self.rulebook.by_prefix("remedies", importer)
        rows = {
            id(r): r
            for good in goods
            for r in reversed(table.over(good.digits))  # the widest measure first
            if r["start"] <= day <= r["stop"] and r["edition"] in ("", good.edition)
        }
        return list(rows.values())

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


def _remedy(rows: list[Row], origin: str, shipped: str, producer: str, goods: tuple[Code, ...]) -> Remedy | None:
    """One measure over the rows that may apply: the named producer's, else all of them; hulled, never added.

    Its low end is nil wherever the goods may lie outside it: a scope that is part of a code, a line it does not name,
    an origin it may spare, a proof of another origin.
    """
    chosen = _of_producer([r for r in rows if r["origin"] in (origin, "*", "")], producer)
    unproven = [r for r in rows if shipped != origin and r["origin"] == shipped and r["unproven"]]
    if not chosen and not unproven:
        return None
    duties = [parsed(r[c]) for r in chosen for c in ("rate", "unread") if r[c]] + [parsed(r["unproven"]) for r in unproven]
    shares = [s for d in duties if (s := percent_range(d)) is not None]
    per_unit = list(dict.fromkeys(d for d in duties if percent_range(d) is None))
    low, high = min((s[0] for s in shares), default=0), max((s[1] for s in shares), default=0)
    may_be_nil = _outside(chosen, goods) or _unread(chosen)
    if may_be_nil:
        low = 0
        per_unit = [NIL, *per_unit] if per_unit else []
    first = (chosen or unproven)[0]
    duty = None if not per_unit else per_unit[0] if len(per_unit) == 1 else Either(tuple(per_unit))
    status = worst(r["status"] for r in (*chosen, *unproven))
    reached = _unproven(origin, shipped, unproven)
    condition = "; ".join(filter(None, (may_be_nil, reached, first["condition"])))
    unnamed = "the rate of producers it does not name is not in hand" if duties and any(not r["rate"] and not r["producer"] for r in chosen) else ""
    return Remedy(first["measure"], first["kind"], low, high, duty, bool(duties), status, first["citation"], first["scope"], condition, unnamed, reached)


def _of_producer(rows: list[Row], producer: str) -> list[Row]:
    """The rows of a stated producer, else those for producers that are not named; all of them where none is stated."""
    wanted = producer.casefold().strip()
    if not wanted:
        return rows
    return [r for r in rows if r["producer"].casefold().strip() == wanted] or [r for r in rows if not r["producer"]] or rows


def _outside(chosen: list[Row], goods: tuple[Code, ...]) -> str:
    """Why the goods may lie outside a measure, in words; empty where they cannot."""
    if not chosen:
        return "nil with a proof of another origin"
    if any(r["origin"] in ("*", "") for r in chosen):
        return "nil for an origin it spares"
    if any(r["extent"] == "part" for r in chosen):
        return "it covers part of the code only, nil for goods outside its scope"
    if not all(any(g.digits.startswith(r["codes"]) for r in chosen) for g in goods):
        return "nil on the lines of the code that it does not name"
    return ""


def _unread(chosen: list[Row]) -> str:
    """That a producer it may be has no rate in hand, in words."""
    return "from nil, since the rate of a producer it names is not in hand" if any(r["producer"] and not r["rate"] for r in chosen) else ""


def _unproven(origin: str, shipped: str, rows: list[Row]) -> str:
    """What no proof of origin leads to."""
    if not rows:
        return ""
    rates = " or ".join(dict.fromkeys(r["unproven"] for r in rows))
    return f"goods of {origin} shipped from {shipped} without a proof of origin pay {rates} %, and no proof is stated"
