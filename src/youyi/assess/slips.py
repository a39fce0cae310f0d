"""Slips of the pen and of spreadsheets: what a cell that cannot be read may mean, so that its writer can say which.

Nothing is read by these guesses; they only stand in the finding that refuses the cell.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta

SHEET_EPOCH = date(1899, 12, 30)
"""Day 0 of a spreadsheet's calendar."""
SHEET_DAYS = range(30_000, 80_000)
"""Numbers that are days of 1982 to 2119 there."""
BY_DAY = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})", re.ASCII)
BY_YEAR = re.compile(r"(\d{4})[/.-]?(\d{1,2})[/.-]?(\d{1,2})", re.ASCII)
GROUPED = re.compile(r"(\d{1,3}(?:([,.' _\u00a0])\d{3})+)(?:([.,])(\d+))?", re.ASCII)
COMMA = re.compile(r"(\d+),(\d+)", re.ASCII)


def _day(year: str, month: str, day: str) -> str:
    try:
        return date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        return ""


def country_fault(text: str, countries: Mapping[str, Mapping[str, str]]) -> str:
    """What is wrong with a country's code, and which code a name written out has."""
    wanted = "".join(text.casefold().split())
    meant = next((code for code, row in countries.items() if "".join(row["en"].casefold().split()) == wanted), "")
    return f"{text[:40]!r} is no country code of ISO 3166 (two letters){f'; write {meant}' if meant else ''}"


def date_fault(text: str) -> str:
    """What is wrong with a date, and which date it may be."""
    if not text:
        return "the date is missing"
    asked = ""
    if found := BY_DAY.fullmatch(text):
        first, second, year = found.groups()
        meant = list(dict.fromkeys(filter(None, (_day(year, second, first), _day(year, first, second)))))
        asked = " or ".join(meant) + (", whichever is meant" if len(meant) > 1 else "")
    elif found := BY_YEAR.fullmatch(text):
        asked = _day(*found.groups())
    elif text.isascii() and text.isdigit() and int(text) in SHEET_DAYS:
        return f"{text!r} is a spreadsheet's number for a day; write {SHEET_EPOCH + timedelta(int(text))}"
    return f"{text[:40]!r} is not a date (YYYY-MM-DD){f'; write {asked}' if asked else ''}"


def number_fault(text: str) -> str:
    """What is wrong with a number, and which number it may be."""
    shown = f"{text[:40]!r} is not a number"
    plain = text.strip()
    if found := GROUPED.fullmatch(plain):
        whole, mark, point, decimals = found.groups()
        number = re.sub(r"\D", "", whole) + (f".{decimals}" if decimals else "")
        if point != mark:
            other = f", or {plain.replace(',', '.')} if the comma is the decimal point" if mark == "," and not decimals and plain.count(",") == 1 else ""
            return f"{shown}; write {number}{other}"
    if found := COMMA.fullmatch(plain):
        return f"{shown}; write {found[1]}.{found[2]} if the comma is the decimal point"
    if re.search(r"[A-Za-z$€£¥₫]", plain) and re.search(r"\d", plain):
        return f"{shown}; write the figure alone, the currency and the unit have columns of their own"
    return f"{shown}; write a point for decimals and no grouping" if "," in text or "_" in text else shown
