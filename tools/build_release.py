"""Turn the collected source tables into the release's own tariff, nomenclature and code tables.

Usage: python tools/build_release.py SOURCE_FOLDER [RELEASE_FOLDER]

What was done to each source is written in the release's SOURCES.md; this script is the exact statement of it.
Tables that are facts by hand (parties, membership, taxes, remedies, ...) are not touched.
"""

from __future__ import annotations

import csv
import gzip
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

Row = dict[str, str]
TAIL = ["valid_from", "valid_to", "citation", "status"]
CODED = ["edition", "tariff", *TAIL]

# Chapters that hold goods of the Information Technology Agreement's expansion. A line there that moved on
# 2018-07-01 moved again on 2019-07-01 by an amount the source does not show, so its rate is known only until then.
ITA_CHAPTERS = {"35", "37", "39", "49", "59", "84", "85", "88", "90", "95", "96"}


def read(path: Path) -> list[Row]:
    opener: Any = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8-sig", newline="") as f:
        return list(csv.DictReader(f))


def write(path: Path, head: list[str], rows: Iterable[list[str]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    n = 0
    with path.open("w", encoding="utf-8", newline="") as f:
        out = csv.writer(f, lineterminator="\n")
        out.writerow(head)
        for row in rows:
            out.writerow(row)
            n += 1
    print(f"{n:7,} rows  {path}")


def clean(text: str) -> str:
    return " ".join(text.split())


def number(text: str) -> str:
    """`15.0` -> `15`; `3.50` -> `3.5`; the source's own digits otherwise."""
    return text.rstrip("0").rstrip(".") if "." in text else text


def periods(steps: list[tuple[str, str]], last: str) -> Iterator[tuple[str, str, str]]:
    """Consecutive equal rates joined: (rate, valid_from, valid_to)."""
    from datetime import date, timedelta

    start, rate = steps[0]
    for day, value in steps[1:]:
        if value != rate:
            yield rate, start, (date.fromisoformat(day) - timedelta(days=1)).isoformat()
            start, rate = day, value
    yield rate, start, last


def nomenclature(src: Path, out: Path) -> None:
    head = ["code", "en", "id", "vi", "zh", *CODED]
    zh = {r["code"]: r["name_zh"] for r in read(src / "hs/sections_chapters_zh.csv")}
    correlation = read(src / "hs/hs_correlation_2007_2012_2017_2022.csv.gz")
    for year, since, until in (("2012", "2012-01-01", "2016-12-31"), ("2017", "2017-01-01", "2021-12-31"), ("2022", "2022-01-01", "")):
        rows = [r for r in read(src / f"hs/hs{year}_unsd.csv.gz") if r["hs"].isdigit() and r["hs"][:2] not in ("99",)]
        write(
            out / f"nomenclature/hs{year}.csv",
            head,
            (
                [
                    r["hs"],
                    clean(r["description_en"].lstrip("- ")),
                    "",
                    "",
                    zh.get(r["hs"], "") if len(r["hs"]) == 2 else "",
                    f"HS{year}",
                    "",
                    since,
                    until,
                    f"HS-{year}",
                    "official",
                ]
                for r in rows
            ),
        )
    hs2007 = sorted({r["hs_old"] for r in correlation if r["old"] == "HS2007"})
    write(out / "nomenclature/hs2007.csv", head, ([c, "", "", "", "", "HS2007", "", "2007-01-01", "2011-12-31", "UNSD-CORRELATION", "derived"] for c in hs2007))
    ahtn = read(src / "asean/ahtn2022_en_id_vi.csv.gz")
    write(
        out / "nomenclature/ahtn2022.csv",
        head,
        (
            [
                r["hs"],
                clean(r["description_en"].lstrip("- ")),
                clean(r["description_id"].lstrip("- ")),
                clean(r["description_vi"].lstrip("- ")),
                "",
                "HS2022",
                "AHTN2022",
                "2022-04-01",
                "",
                "AHTN-2022",
                "official",
            ]
            for r in ahtn
            if len(r["hs"]) == 8
        ),
    )
    cn: dict[str, str] = {}
    for r in read(src / "cn/cn_mfn_hs10_2018_2019.csv.gz"):
        cn.setdefault(r["hs10"], clean(r["description_en"].split(": If ")[0]))
    write(
        out / "nomenclature/cn2018.csv",
        head,
        ([c, t, "", "", "", "HS2017", "CN-2018", "2018-01-01", "2021-12-31", "CN-MFN-2018", "official"] for c, t in sorted(cn.items())),
    )
    kh = read(src / "kh/kh_ahtn2017_nomenclature_2020.csv.gz")
    write(
        out / "nomenclature/ahtn2017.csv",
        head,
        (
            [r["hs8"], clean(r["description_en"].lstrip("- ")), "", "", "", "HS2017", "AHTN2017", "2017-01-01", "2022-12-31", "AHTN-2017", "official"]
            for r in kh
        ),
    )
    rcep = [r for r in read(src / "cn/cn_rcep_schedule_asean_hs2012.csv.gz") if r["is_line"] == "1"]
    write(
        out / "nomenclature/cn_rcep2012.csv",
        head,
        (
            [r["hs"], clean(r["description_en"].lstrip("- ")), "", "", "", "HS2012", "CN-RCEP-2012", "2022-01-01", "", "RCEP-ANNEX-I-CN", "official"]
            for r in rcep
        ),
    )
    sections = {r["section"]: r["name"] for r in read(src / "hs/sections_en.csv")}
    zh_rows = read(src / "hs/sections_chapters_zh.csv")
    chapters: dict[str, list[str]] = {}
    for r in zh_rows:
        if r["level"] == "chapter":
            chapters.setdefault(r["section"], []).append(r["code"])
    write(
        out / "codes/sections.csv",
        ["section", "en", "zh", "chapters", *TAIL],
        ([s, name, zh.get(s, ""), ";".join(chapters.get(s, [])), "2012-01-01", "", "HS-2022", "official"] for s, name in sections.items()),
    )
    write(
        out / "correlation/hs2022_2007.csv",
        ["to_edition", "to_code", "edition", "code", *TAIL],
        (
            [r["old"], r["hs_old"], r["new"], r["hs_new"], r["new"][2:] + "-01-01", "", "UNSD-CORRELATION", "official"]
            for r in correlation
            if not r["hs_new"].startswith("8549")
        ),
    )


def china(src: Path, out: Path) -> None:
    days = {
        "mfn_20180101": "2018-01-01",
        "mfn_20180501": "2018-05-01",
        "mfn_20180701": "2018-07-01",
        "mfn_20181101": "2018-11-01",
        "mfn_20190101": "2019-01-01",
    }
    source = read(src / "cn/cn_mfn_hs10_2018_2019.csv.gz")
    unpriced = {r["hs10"] for r in source if r["variant"] == "A" and not r["mfn_20190101"]}
    split = {r["hs10"] for r in source if r["variant"]}
    blank = {r["hs10"] for r in source if r["variant"] and not r["mfn_20190101"]}

    def rows() -> Iterator[list[str]]:
        for r in sorted(source, key=lambda r: r["hs10"]):
            code = r["hs10"]
            if (code in split and not r["mfn_20190101"]) or (r["variant"] == "B" and code not in unpriced):
                continue
            moved_with_ita = code[:2] in ITA_CHAPTERS and r["mfn_20180501"] != r["mfn_20180701"] and float(r["mfn_20190101"]) > 0
            last = "2019-06-30" if moved_with_ita else "2019-12-31"
            for rate, since, until in periods([(day, number(r[col])) for col, day in days.items()], last):
                # China's tariff prints at most one decimal; only the source's own equivalents have more.
                equivalent = any(len(r[c].partition(".")[2]) > 1 for c in days)
                note = "ad-valorem equivalent of a specific or compound duty, computed by the source" if equivalent else ""
                if not rate:
                    rate, note = '"not in the source"', "specific or compound duty that the source leaves empty"
                elif code in blank:
                    rate, note = f'{rate}/"duty by price, not in the source"', "the source gives a rate for one band of price only"
                yield [code, rate, note, "HS2017", "CN-2018", since, until, "CN-MFN-2018", "derived" if equivalent else "official"]

    write(out / "tariff/cn_mfn.csv", ["code", "rate", "note", *CODED], rows())

    def rcep() -> Iterator[list[str]]:
        for r in read(src / "cn/cn_rcep_schedule_asean_hs2012.csv.gz"):
            if r["is_line"] != "1":
                continue
            steps = [(f"{2021 + y}-01-01", "*" if r[f"y{y}_pct"] == "U" else number(r[f"y{y}_pct"])) for y in range(1, 22)]
            for rate, since, until in periods(steps, ""):
                yield [r["hs"], rate, "", "HS2012", "CN-RCEP-2012", since, until, "RCEP-ANNEX-I-CN", "official"]

    write(out / "tariff/cn_rcep_asean.csv", ["code", "rate", "note", *CODED], rcep())


VN_VAT_CUT = ("2025-07-01", "2026-12-31")


def viet_nam(src: Path, out: Path) -> None:
    source = sorted(read(src / "vn/vn_tariff_2026_hs8.csv.gz"), key=lambda r: r["hs8"])
    head = ["code", "rate", "note", *CODED]

    def cite(column: str, row: Row) -> str:
        return "VN-2026" if row["effective"] == "2026-01-06" else "VN-TT31-2022"

    def see(row: Row) -> str:
        return f"special line of chapter 98 for goods of {row['unit']}" if row["hs8"].startswith("98") and row["unit"].isdigit() else ""

    def column(name: str, until: str) -> Iterator[list[str]]:
        for r in source:
            rate = r[name]
            if not rate and name == "acfta" and r["hs8"].startswith("98"):
                rate = f'"see {r["unit"]}"' if r["unit"].isdigit() else '"see the chapter of the goods"'
            if rate:
                yield [r["hs8"], rate, see(r), "HS2022", "AHTN2022", r["effective"], until, cite(name, r), "official"]

    write(out / "tariff/vn_mfn.csv", head, column("mfn", "2026-12-31"))
    write(out / "tariff/vn_acfta.csv", head, column("acfta", "2027-12-31"))
    write(out / "tariff/vn_atiga.csv", head, column("atiga", "2027-12-31"))

    def vat() -> Iterator[list[str]]:
        base = "customs_value+duty+remedy+excise"
        for r in source:
            cell, since = r["vat"], r["effective"]
            if not cell:
                continue
            tail = [cite("vat", r)]
            if r["vat_cut"]:
                yield [
                    "VN",
                    "VAT",
                    r["hs8"],
                    "10",
                    base,
                    "not reduced: on a list of goods left out of the cut",
                    "HS2022",
                    "AHTN2022",
                    since,
                    "2026-12-31",
                    *tail,
                    "official",
                ]
            elif cell == "8/10":
                lo, hi = VN_VAT_CUT
                if since < lo:
                    yield [
                        "VN",
                        "VAT",
                        r["hs8"],
                        "8/10",
                        base,
                        "8 while a reduction decree was in force and did not leave the goods out",
                        "HS2022",
                        "AHTN2022",
                        since,
                        "2025-06-30",
                        *tail,
                        "derived",
                    ]
                yield [
                    "VN",
                    "VAT",
                    r["hs8"],
                    "8",
                    base,
                    "10 if the goods fit a description left out by Decree 174/2025",
                    "HS2022",
                    "AHTN2022",
                    max(since, lo),
                    hi,
                    *tail,
                    "official",
                ]
            else:
                yield [
                    "VN",
                    "VAT",
                    r["hs8"],
                    cell,
                    base,
                    "by kind of goods and taxpayer; * = not subject",
                    "HS2022",
                    "AHTN2022",
                    since,
                    "2026-12-31",
                    *tail,
                    "derived",
                ]

    write(out / "taxes/vn_vat.csv", ["importer", "tax", "codes", "rate", "base", "condition", *CODED], vat())
    write(
        out / "unrated/vn_environment.csv",
        ["importer", "codes", "tax", "condition", *CODED],
        (
            [
                "VN",
                r["hs8"],
                "environment tax",
                "amount by unit, not in hand",
                "HS2022",
                "AHTN2022",
                r["effective"],
                "2026-12-31",
                cite("env", r),
                "official" if r["env_tax"] == "MT" else "unverified",
            ]
            for r in source
            if r["env_tax"]
        ),
    )


BTKI = ["HS2022", "AHTN2022", "2022-04-01"]
"""Edition, tariff and first day of Indonesia's customs tariff book of 2022."""


def indonesia(src: Path, out: Path) -> None:
    source = sorted(read(src / "id/id_btki2022_mfn_hs8.csv.gz"), key=lambda r: r["hs8"])
    units = {"kg": "KGM", "menit": "MIN", "liter": "LTR"}

    def mfn() -> Iterator[list[str]]:
        for r in source:
            rate = f"{r['bm_specific_idr']} IDR/{units[r['bm_specific_per']]}" if r["bm_specific_idr"] else r["bm_mfn_pct"]
            yield [r["hs8"], number(rate) if rate[-1:].isdigit() else rate, "", *BTKI, "2022-12-31", "ID-BTKI-2022", "official"]

    write(out / "tariff/id_mfn.csv", ["code", "rate", "note", *CODED], mfn())

    base = "customs_value+duty+remedy+excise"

    def vat() -> Iterator[list[str]]:
        for r in source:
            if r["vat_ppn_raw"] == "-":
                yield ["ID", "VAT", r["hs8"], "0", base, "not subject (BTKI 2022)", *BTKI, "", "ID-BTKI-2022", "official"]
            elif r["vat_ppn_raw"].endswith("*)"):
                yield ["ID", "VAT", r["hs8"], "0..11", base, "exempt for some of the goods (footnote of BTKI 2022)", *BTKI, "", "ID-BTKI-2022", "derived"]

    write(out / "taxes/id_vat.csv", ["importer", "tax", "codes", "rate", "base", "condition", *CODED], vat())
    write(
        out / "unrated/id_luxury.csv",
        ["importer", "codes", "tax", "condition", *CODED],
        (
            ["ID", r["hs8"], "luxury-goods sales tax (PPnBM)", "rate by kind of goods, not in hand", *BTKI, "", "ID-BTKI-2022", "official"]
            for r in source
            if r["luxury_ppnbm_raw"] not in ("-", "")
        ),
    )


def singapore(src: Path, out: Path) -> None:
    source = read(src / "sg/sg_dutiable_goods_excl_vehicles_ahtn2017.csv")
    forms = {"SGD per kg": "SGD/KGM", "SGD per litre of alcohol": "SGD/LPA", "SGD per 10 litres": "SGD/10 LTR"}
    span = ["2021-02-16", "2022-06-18"]

    def text(amount: str, unit: str) -> str:
        return f"{number(amount)} {forms[unit]}" if unit in forms else f'"{amount} {unit}"'

    write(
        out / "tariff/sg_mfn.csv",
        ["code", "rate", "note", *CODED],
        (
            [r["hs8"], text(r["customs_duty"], r["unit"]), "", "HS2017", "AHTN2017", "2018-02-19", "", "SG-DUTIABLE", "official"]
            for r in source
            if r["customs_duty"] != "0"
        ),
    )
    write(
        out / "taxes/sg_excise.csv",
        ["importer", "tax", "codes", "rate", "base", "condition", *CODED],
        (["SG", "EXCISE", r["hs8"], text(r["excise_duty"], r["unit"]), "", "", "HS2017", "AHTN2017", *span, "SG-DUTIABLE", "official"] for r in source),
    )


OLD_CODES = {("KH", "400910"), ("KH", "400920")}
"""Two codes of Cambodia's list, like all of China's, are of HS 1996."""


def acfta(src: Path, out: Path) -> None:
    write(
        out / "acfta/sensitive_track.csv",
        ["party", "list", "code", "partial", *CODED],
        (
            [
                r["party"],
                r["list"],
                r["hs6_2002"],
                r["partial"],
                "HS1996" if r["party"] == "CN" or (r["party"], r["hs6_2002"]) in OLD_CODES else "HS2002",
                "",
                "2005-01-01",
                "",
                "ACFTA-2006-ATT",
                "official",
            ]
            for r in read(src / "acfta/sensitive_track_2006_hs2002.csv")
        ),
    )


def codes(src: Path, out: Path) -> None:
    countries = read(src / "codes/country_codes.csv")
    write(
        out / "codes/countries.csv",
        ["country", "en", "zh", "currency", *TAIL],
        (
            [
                r["ISO3166-1-Alpha-2"],
                r["CLDR display name"] or r["official_name_en"],
                r["official_name_cn"],
                r["ISO4217-currency_alphabetic_code"].split(",")[0],
                "1900-01-01",
                "",
                "ISO-3166",
                "official",
            ]
            for r in countries
        ),
    )
    seen: dict[str, list[str]] = {}
    for r in read(src / "codes/currency_codes_iso4217.csv"):
        if r["AlphabeticCode"] and not r["WithdrawalDate"]:
            seen.setdefault(
                r["AlphabeticCode"],
                [r["AlphabeticCode"], r["Currency"], r["MinorUnit"] if r["MinorUnit"].isdigit() else "", "1900-01-01", "", "ISO-4217", "official"],
            )
    write(out / "codes/currencies.csv", ["currency", "en", "decimals", *TAIL], (seen[k] for k in sorted(seen)))


def exchange(src: Path, out: Path) -> None:
    from datetime import date, timedelta

    source = read(src / "fx/ecb_eurofxref_daily_2005_2026.csv.gz")
    currencies = [c for c in source[0] if c != "date"]

    def rows() -> Iterator[list[str]]:
        for r, following in zip(source, [*source[1:], None], strict=True):
            # A rate holds until the next one is published; a gap of more than a week is a gap in the source.
            day = date.fromisoformat(r["date"])
            until = min(date.fromisoformat(following["date"]) - timedelta(days=1), day + timedelta(days=7)) if following else day
            yield [*(r[c] for c in currencies), r["date"], until.isoformat(), "ECB-REFERENCE", "official"]

    write(out / "exchange/ecb.csv", [*currencies, *TAIL], rows())


if __name__ == "__main__":
    source_folder = Path(sys.argv[1])
    release = Path(sys.argv[2]) if len(sys.argv) > 2 else Path(__file__).parents[1] / "src/youyi/law/data"
    for step in (nomenclature, china, viet_nam, indonesia, singapore, acfta, codes, exchange):
        step(source_folder, release)
