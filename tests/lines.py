"""Lines worth asking about: drawn from the codes, days and names of the release itself, where its law changes."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from random import Random

from hypothesis import strategies as st

import youyi.law

DATA = Path(youyi.law.__file__).parent / "data"
PARTIES = ("CN", "BN", "KH", "ID", "LA", "MY", "MM", "PH", "SG", "TH", "VN", "TL")
OTHERS = ("KR", "JP", "US", "AU")
CURRENCIES = ("CNY", "BND", "KHR", "IDR", "LAK", "MYR", "MMK", "PHP", "SGD", "THB", "VND", "USD")
"""The Parties' own, in their order."""
TERMS = ("EXW", "FCA", "FAS", "FOB", "CFR", "CPT", "CIF", "CIP", "DAP", "DPU", "DDP")
UNITS = ("KGM", "KGM", "TNE", "kg", "GRM", "LTR", "HLT", "LPA", "LPA", "MTK", "m2", "MIN", "H87")
"""Units of the duties per unit, and some that do not fit them."""
EDITIONS = ("HS2002", "HS2007", "HS2012", "HS2017", "HS2022")
FIRST, LAST = date(2005, 1, 1), date(2028, 12, 31)
COLUMNS = (
    "line_id", "importer", "exporter", "origin", "hs", "date", "value", "currency", "incoterm", "freight", "insurance",
    "quantity", "unit", "hs_edition", "rcep_origin", "originating_under", "proof", "producer",
)  # fmt: skip


def rows(name: str) -> list[dict[str, str]]:
    """The rows of one file of the release."""
    with (DATA / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def codes(name: str, column: str = "code") -> tuple[str, ...]:
    """The codes of one file that are long enough to ask about."""
    return tuple(sorted({row[column] for row in rows(name) if len(row[column]) >= 6}))


@cache
def producers() -> tuple[str, ...]:
    """The producers that the remedies name."""
    return tuple(sorted({row["producer"] for row in rows("remedies") if row["producer"]}))


def _names() -> Iterator[str]:
    for path in sorted(DATA.rglob("*.csv")):
        name = path.relative_to(DATA).with_suffix("").as_posix()
        if not name.startswith(("exchange/", "nomenclature/")):
            yield name


@cache
def days() -> tuple[date, ...]:
    """Every day on which some row begins or ends, with the day before and the day after."""
    found = set()
    for name in _names():
        for row in rows(name):
            for column in ("valid_from", "valid_to", "in_force"):
                if row.get(column):
                    change = date.fromisoformat(row[column])
                    found |= {change + timedelta(near) for near in (-1, 0, 1)}
    return tuple(sorted(day for day in found if FIRST <= day <= LAST))


@cache
def odd_cells() -> dict[tuple[str, str], tuple[str, str]]:
    """One code for every duty cell that is no plain number: (importer, cell) to (code, first day)."""
    found: dict[tuple[str, str], tuple[str, str]] = {}
    for name in ("vn_acfta", "vn_mfn", "vn_atiga", "cn_mfn", "cn_rcep_asean", "id_mfn", "sg_mfn"):
        for row in rows(f"tariff/{name}"):
            if not row["rate"].replace(".", "").isdigit():
                found.setdefault((name[:2].upper(), row["rate"]), (row["code"], row["valid_from"]))
    return found


POOLS: dict[str, tuple[tuple[str, str], ...]] = {
    "VN": (("tariff/vn_mfn", "code"), ("tariff/vn_acfta", "code"), ("remedies", "codes"), ("taxes/vn_vat", "codes")),
    "ID": (("tariff/id_mfn", "code"), ("taxes/id_vat", "codes"), ("remedies", "codes")),
    "CN": (("tariff/cn_mfn", "code"), ("tariff/cn_rcep_asean", "code"), ("quota_goods", "codes")),
    "SG": (("nomenclature/ahtn2017", "code"), ("taxes/sg_excise", "codes"), ("tariff/sg_mfn", "code")),
}
ANY_POOL = (
    ("nomenclature/ahtn2022", "code"),
    ("nomenclature/ahtn2017", "code"),
    ("nomenclature/cn2018", "code"),
    ("acfta/sensitive_track", "code"),
    ("remedies", "codes"),
)


def goods(pick: Random, importer: str) -> tuple[str, str]:
    """A code of the importer's own tariff or of another, whole or cut, and the edition it is of (empty: the importer's)."""
    kind = pick.randrange(10)
    odd = [code for (party, _), (code, _) in odd_cells().items() if party == importer]
    if kind == 0 and odd:
        return pick.choice(odd), "HS2017" if importer in ("CN", "SG") else "HS2022"
    if kind <= 2:
        edition = pick.choice(EDITIONS)
        return pick.choice(codes(f"nomenclature/{edition.lower()}")), edition
    name, column = pick.choice(POOLS.get(importer, ANY_POOL) if kind <= 7 else ANY_POOL)
    code = pick.choice(codes(name, column))
    code = pick.choice((code, code, code[:6], code[:8], code.ljust(10, "0")))
    return code, pick.choice(("", "", "", *EDITIONS))


def amount(pick: Random, most: int) -> str:
    """An amount as it stands on an invoice."""
    cents = pick.randrange(1, most * 100)
    return f"{cents // 100}.{cents % 100:02d}"


def day(pick: Random) -> str:
    """A day near a change, or any day, most of them of the years whose rates are in hand."""
    first = pick.choice((FIRST, date(2018, 1, 1)))
    return pick.choice((pick.choice(days()), first + timedelta(pick.randrange((LAST - first).days)))).isoformat()


def random_line(pick: Random) -> dict[str, str]:
    """One line as a trader would state it, all of it readable; some of its codes are of no edition and are refused."""

    def sometimes(cell: str, often: int = 3) -> str:
        return "" if pick.randrange(often) else cell

    importer = pick.choice((*PARTIES, "VN", "CN", "ID", "SG"))
    origin = pick.choice((*PARTIES, *OTHERS))
    exporter = pick.choice((origin, origin, "", pick.choice((*PARTIES, *OTHERS))))
    code, edition = goods(pick, importer)
    own = CURRENCIES[PARTIES.index(importer)]
    measured = pick.random() < 0.5
    return {
        "line_id": "",
        "importer": importer,
        "exporter": exporter,
        "origin": pick.choice((origin, origin, "")) if exporter else origin,
        "hs": code,
        "date": day(pick),
        "value": amount(pick, pick.choice((100, 100_000, 100_000_000))),
        "currency": pick.choice((own, own, own, "USD", "EUR", "SGD", "CNY", "JPY", "THB", "IDR", "VND")),
        "incoterm": pick.choice(("", "CIF", "CIF", *TERMS)),
        "freight": sometimes(amount(pick, 1000)),
        "insurance": sometimes(amount(pick, 100)),
        "quantity": amount(pick, 10_000) if measured else "",
        "unit": pick.choice(UNITS) if measured else "",
        "hs_edition": edition,
        "rcep_origin": sometimes(pick.choice((*PARTIES, *OTHERS)), 6),
        "originating_under": sometimes(pick.choice(("ACFTA", "RCEP", "ATIGA", "CN-LDC"))),
        "proof": sometimes(pick.choice(("Form E", "RCEP proof of origin", "Form D")), 4),
        "producer": sometimes(pick.choice(producers()), 6),
    }


def lines() -> st.SearchStrategy[dict[str, str]]:
    """Any line. It is drawn as a whole: smaller codes or earlier days are no simpler law, so there is nothing to shrink."""
    return st.integers(0, 2**64 - 1).map(lambda seed: random_line(Random(seed)))


def batches(size: int) -> st.SearchStrategy[list[dict[str, str]]]:
    """So many lines, no two of them drawn alike."""
    return st.integers(0, 2**64 - 1).map(lambda seed: [random_line(pick) for pick in [Random(seed)] for _ in range(size)])


def numbered(batch: list[dict[str, str]]) -> list[dict[str, str]]:
    """The same lines, each with an id of its own."""
    return [{**line, "line_id": str(i)} for i, line in enumerate(batch)]


def line(**cells: str) -> dict[str, str]:
    """A line written out in a test; what is not given is not stated."""
    return dict.fromkeys(COLUMNS, "") | {"line_id": "0"} | cells
