"""The tables a release may hold: their columns, what a cell must be, and what makes a row unique.

Every table ends in `valid_from, valid_to, citation, status`; one that holds codes has `edition, tariff` before them.
`valid_to` is inclusive and empty while open. The key together with the period is unique: two rows of one key may
not overlap in time.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal, InvalidOperation
from functools import cache, lru_cache

from youyi.law.duty import DutyError, parse
from youyi.law.origin_tables import ORIGIN_CHOICES, ORIGIN_TABLES, origin_fault
from youyi.law.table import CODED, DATED, PREFIXED, Table
from youyi.law.units import UNITS

STATUSES = ("official", "derived", "unverified")
EDITIONS = ("HS1996", "HS2002", "HS2007", "HS2012", "HS2017", "HS2022")
EPOCH = date(1970, 1, 1)
OPEN = 2**31 - 1
"""The day number of an open end."""

TABLES = (
    Table(
        "parties",
        "parties.csv",
        {"party": "country", "name_en": "word", "name_zh": "text", "currency": "currency", **DATED},
        ("party",),
        "the states this release speaks of",
    ),
    Table(
        "membership",
        "membership.csv",
        {"agreement": "word", "party": "country", "towards": "country_or_all", "condition": "text", **DATED},
        ("agreement", "party", "towards"),
        "who belongs to an agreement or group, since when, towards whom if not towards all, and what about it is open",
    ),
    Table(
        "agreements",
        "agreements.csv",
        {
            "agreement": "word",
            "kind": "agreement_kind",
            "giver": "country_or_all",
            "treatment": "treatment",
            "name_en": "word",
            "name_zh": "text",
            "proof": "text",
            "signed": "open_date",
            "in_force": "open_date",
            **DATED,
        },
        ("agreement",),
        "the agreements and schemes: `in_force` empty = signed, not in force; `giver` = one-way; `named` = named as not checked, no row of its own",
    ),
    Table(
        "national_tariffs",
        "national_tariffs.csv",
        {"importer": "country", "tariff": "word", "edition": "edition", "digits": "count", **DATED},
        ("importer",),
        "which edition and version an importer's tariff uses",
    ),
    Table(
        "schedules",
        "schedules.csv",
        {
            "schedule": "word",
            "importer": "country",
            "regime": "word",
            "origins": "word_or_all",
            "file": "text",
            "edition": "edition",
            "tariff": "word",
            "digits": "count",
            "default_rate": "duty_or_none",
            "title": "word",
            **DATED,
        },
        ("schedule",),
        "the tariff schedules in hand and whose goods they are for",
    ),
    Table("tariff", "tariff/*.csv", {"code": "code", "rate": "duty", "note": "text", **CODED}, ("code",), "rates by tariff line"),
    Table(
        "nomenclature",
        "nomenclature/*.csv",
        {"code": "code", "en": "text", "id": "text", "vi": "text", "zh": "text", **CODED},
        ("code",),
        "codes and their texts",
    ),
    Table(
        "sections",
        "codes/sections.csv",
        {"section": "word", "en": "word", "zh": "text", "chapters": "text", **DATED},
        ("section",),
        "sections of the Harmonized System",
    ),
    Table(
        "correlation",
        "correlation/*.csv",
        {"to_edition": "edition", "to_code": "code", "edition": "edition", "code": "code", **DATED},
        ("edition", "code", "to_edition", "to_code"),
        "which codes of an older edition a code of a newer one takes its goods from",
    ),
    Table(
        "sensitive_track",
        "acfta/sensitive_track.csv",
        {"party": "country", "list": "list", "code": "code", "partial": "flag", **CODED},
        ("party", "list", "code"),
        "ACFTA Sensitive and Highly Sensitive Lists",
    ),
    Table(
        "normal_track",
        "acfta/normal_track.csv",
        {"group": "word", "mfn_from": "percent", "mfn_below": "percent", "rate": "duty", **DATED},
        ("group", "mfn_from"),
        "ACFTA Normal Track: the rate due by band of the 2003 MFN rate",
    ),
    Table(
        "ceilings",
        "acfta/ceilings.csv",
        {"group": "word", "list": "list", "ceiling": "percent", **DATED},
        ("group", "list"),
        "ACFTA Sensitive Track: the highest rate a Party may keep",
    ),
    Table(
        "early_harvest",
        "acfta/early_harvest.csv",
        {"group": "word", "codes": "codes", "rate": "duty", **CODED},
        ("group", "codes"),
        "ACFTA Early Harvest Programme",
    ),
    Table(
        "treaty_numbers",
        "treaty_numbers.csv",
        {"name": "word", "value": "percent", **DATED},
        ("name",),
        "single numbers and switches that treaty algorithms read",
    ),
    Table(
        "remedies",
        "remedies*.csv",
        {
            "measure": "word",
            "importer": "country",
            "origin": "country_or_all",
            "kind": "remedy",
            "codes": "codes",
            "edition": "edition_or_any",
            "tariff": "text",
            "producer": "text",
            "rate": "duty_or_none",
            "unread": "duty_or_none",
            "unproven": "duty_or_none",
            "extent": "reach",
            "scope": "text",
            "condition": "text",
            **DATED,
        },
        ("measure", "origin", "codes", "producer"),
        "anti-dumping, countervailing and safeguard measures, and countermeasures: `extent` says whether the scope is the whole code or part of it, "
        "`unread` is the least that a producer whom the measure names but this table does not may pay, `unproven` what goods without a proof of origin pay",
        required=False,
    ),
    Table(
        "taxes",
        "taxes/*.csv",
        {"importer": "country", "tax": "word", "codes": "codes", "rate": "duty", "base": "base", "condition": "text", **PREFIXED},
        ("importer", "tax", "codes"),
        "taxes at import: the longest matching code decides",
    ),
    Table(
        "unrated_taxes",
        "unrated/*.csv",
        {"importer": "country", "codes": "codes", "tax": "word", "condition": "text", **PREFIXED},
        ("importer", "tax", "codes"),
        "taxes that may fall due but whose rate is not in hand",
    ),
    Table(
        "quota_goods",
        "quota_goods.csv",
        {"importer": "country", "codes": "codes", "scheme": "word", "condition": "text", **PREFIXED},
        ("importer", "scheme", "codes"),
        "goods under tariff quota",
    ),
    Table(
        "valuation",
        "valuation.csv",
        {"importer": "country", "basis": "basis", "part": "part", "origin": "word_or_all", "rate": "duty_or_none", "when": "text", **DATED},
        ("importer", "part", "origin"),
        "the basis of the customs value and the flat rates for what an invoice leaves out",
    ),
    Table(
        "rounding",
        "rounding.csv",
        {"importer": "country", "step": "step", "unit": "percent", "mode": "mode", **DATED},
        ("importer", "step"),
        "to what an amount is rounded, and how",
    ),
    Table(
        "exchange_rules",
        "exchange_rules.csv",
        {"importer": "country", "purpose": "word", "rule": "word", **DATED},
        ("importer", "purpose"),
        "which exchange rate an importer's customs applies",
    ),
    Table("countries", "codes/countries.csv", {"country": "word", "en": "word", "zh": "text", "currency": "text", **DATED}, ("country",), "ISO 3166"),
    Table("currencies", "codes/currencies.csv", {"currency": "word", "en": "word", "decimals": "decimals", **DATED}, ("currency",), "ISO 4217"),
    Table(
        "units",
        "codes/units.csv",
        {"unit": "word", "names": "text", "base": "word", "times": "percent", "qualifiers": "text", **DATED},
        ("unit",),
        "units of quantity",
    ),
    Table("incoterms", "codes/incoterms.csv", {"term": "word", "en": "word", "covers": "text", **DATED}, ("term",), "Incoterms and what their price covers"),
    Table(
        "customs_rates",
        "exchange/customs*.csv",
        {"importer": "country", "currency": "currency", "per": "percent", "rate": "percent", **DATED},
        ("importer", "currency"),
        "exchange rates that a customs authority applies: `per` units of the currency are `rate` of its own",
        required=False,
    ),
    Table(
        "reference_rates",
        "exchange/ecb.csv",
        {**dict.fromkeys(("USD", "CNY", "IDR", "MYR", "PHP", "SGD", "THB", "HKD", "JPY", "KRW", "AUD", "NZD", "INR", "GBP"), "percent_or_none"), **DATED},
        (),
        "European Central Bank reference rates: units of the currency for one euro",
    ),
    *ORIGIN_TABLES,
)

CHOICES: dict[str, tuple[str, ...]] = {
    "status": STATUSES,
    "edition": EDITIONS,
    "list": ("SL", "HSL"),
    "remedy": ("AD", "CVD", "SG", "AC", "CM"),
    "reach": ("whole", "part"),
    "basis": ("CIF", "FOB"),
    "part": ("basis", "freight", "insurance", "freight_insurance"),
    "step": ("customs_value", "duty", "remedy", "excise", "vat", "other"),
    "mode": ("half_up", "down", "up"),
    "flag": ("0", "1"),
    "agreement_kind": ("mfn", "preference", "protocol"),
    "treatment": ("row", "named"),
    **ORIGIN_CHOICES,
}
BASES = ("customs_value", "duty", "remedy", "excise", "vat")
CODED_KINDS = frozenset({"code", "codes"})


def day_number(text: str) -> int:
    """Days since 1970-01-01 of an ISO date."""
    return (date.fromisoformat(text) - EPOCH).days


@lru_cache(maxsize=1 << 15)
def day_text(day: int) -> str:
    """The ISO date of a day number; empty for an open end."""
    return "" if day >= OPEN else date.fromordinal(day + EPOCH.toordinal()).isoformat()


def key_of(code: str) -> int:
    """A code of any length as one sortable number that keeps its length: `0713` is 10713, the empty code 1."""
    return int("1" + code)


def code_of(key: int) -> str:
    """The code that `key_of` made `key` from."""
    return str(key)[1:]


@cache
def _duty_fault(text: str) -> str:
    try:
        parse(text)
    except DutyError as error:
        return str(error)
    return ""


@cache
def _decimal_fault(text: str) -> str:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return f"{text!r} is not a number"
    return "" if number.is_finite() and number >= 0 else f"{text!r} is not a number of at least 0"


@cache
def _date_fault(text: str) -> str:
    try:
        plain = date.fromisoformat(text).isoformat() == text  # 20260101 and 2026-W01-4 are dates too, but sort elsewhere as text
    except ValueError:
        plain = False
    return "" if plain else f"{text!r} is not a date (YYYY-MM-DD)"


def fault(kind: str, text: str, countries: frozenset[str], known_currencies: frozenset[str], citations: frozenset[str]) -> str:
    """What is wrong with a cell of this kind, or nothing."""
    match kind:
        case "text":
            return ""
        case "word":
            return "" if text else "is empty"
        case "code":
            return "" if text.isdigit() and 2 <= len(text) <= 12 and text.isascii() else f"{text!r} is not a code of 2 to 12 digits"
        case "codes":
            return "" if text == "" or (text.isdigit() and text.isascii() and len(text) <= 12) else f"{text!r} is not the beginning of a code"
        case "date":
            return _date_fault(text)
        case "open_date":
            return _date_fault(text) if text else ""
        case "duty":
            return _duty_fault(text) if text else "is empty"
        case "duty_or_none":
            return _duty_fault(text) if text else ""
        case "percent":
            return _decimal_fault(text)
        case "percent_or_none":
            return _decimal_fault(text) if text else ""
        case "count":
            return "" if text.isascii() and text.isdigit() and 2 <= int(text) <= 12 else f"{text!r} is not a number of digits"
        case "decimals":
            return "" if text in ("", "0", "1", "2", "3", "4") else f"{text!r} is not a number of decimals"
        case "country":
            return "" if text in countries else f"unknown country {text!r}"
        case "country_or_all":
            return "" if text in ("", "*") or text in countries else f"unknown country {text!r}"
        case "word_or_all":
            return ""
        case "edition_or_any":
            return "" if text in ("", *EDITIONS) else f"unknown edition {text!r}"
        case "currency":
            return "" if text in known_currencies else f"unknown currency {text!r}"
        case "citation":
            return "a citation is missing" if not text else "" if text in citations else f"no citation {text!r} in citations.toml"
        case "base":
            unknown = [b for b in text.split("+") if b and b not in BASES]
            return f"unknown base {', '.join(unknown)}" if unknown else ""
        case "rule" | "spans" | "process":
            return origin_fault(kind, text)
    allowed = CHOICES[kind]
    return "" if text in allowed else f"{text!r} is none of {', '.join(allowed)}"


def unit_names() -> dict[str, str]:
    """Every unit name with its Recommendation 20 code."""
    return {name: unit.code for name, unit in UNITS().items()}
