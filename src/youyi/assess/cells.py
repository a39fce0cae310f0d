"""Reading a schedule's cells as goods of one Party may use them: rate, standing, steps and doubts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

from youyi.assess.ruling import Step, Tariff, note, rate_text, warning, worst
from youyi.finding import Finding
from youyi.law.due import excluded_parties, parts_for, percent_range
from youyi.law.duty import PPM, Duty, NoRate, Quota, Verbatim
from youyi.law.schedule import Rate, Schedule, parsed
from youyi.law.tables import day_text


def percent(ppm: int | None) -> Decimal:
    """Ten-thousandths of a percent as a percentage."""
    return Decimal(ppm or 0) / PPM


def some(keys: Sequence[int], most: int = 6) -> str:
    """The first few of many lines, in words."""
    shown = ", ".join(str(k)[1:] for k in keys[:most])
    return shown + (f" and {len(keys) - most} more" if len(keys) > most else "")


def missing(schedule: Schedule, code: str, text: str, pointer: str, findings: tuple[Finding, ...] = ()) -> Tariff:
    """No rate: why, as a finding."""
    return Tariff(None, None, "", "missing", None, False, schedule.schedule, (), (*findings, warning(code, text, schedule.citation, pointer)))


class Cell(NamedTuple):
    """A cell as goods of one Party may use it: its open parts and how many are shut, and what they come to."""

    parts: tuple[Duty, ...]
    shut: int
    low: int | None
    high: int | None
    duty: Duty | None
    text: str


@lru_cache(maxsize=1 << 14)
def cell_for(text: str, party: str) -> Cell:
    """A cell's text for goods of `party`, remembered: thousands of lines bear a few hundred cells."""
    parts, shut = parts_for(parsed(text), party)
    ranges = [percent_range(p) for p in parts if not isinstance(p, NoRate)]
    known = [r for r in ranges if r is not None]
    if known and len(known) == len(ranges):
        low, high = min(r[0] for r in known), max(r[1] for r in known)
        return Cell(tuple(parts), shut, low, high, None, rate_text(low, high))
    if len(parts) == 1 and not isinstance(parts[0], (NoRate, Verbatim)):
        return Cell(tuple(parts), shut, None, None, parts[0], str(parts[0]))
    return Cell(tuple(parts), shut, None, None, None, text)


@lru_cache(maxsize=1 << 14)
def shut_out(text: str) -> frozenset[str]:
    """The Parties whose goods some part of a cell shuts out."""
    return frozenset(excluded_parties(parsed(text)))


def read(schedule: Schedule, rates: Sequence[Rate], party: str, status: str, findings: tuple[Finding, ...]) -> Tariff:
    """One cell, as goods of `party` may use it."""
    rate = rates[0]
    parts, shut, low, high, duty, text = cell_for(rate.text, party)
    named = f"{rate.code}" if len(rates) == 1 else f"{len(rates)} lines"
    steps: tuple[Step, ...] = (
        Step(f"{schedule.title}: {named} at {rate.text} since {day_text(rate.start)}{f' ({rate.note})' if rate.note else ''} [{rate.at}]", rate.citation),
    )
    # Lines that all bear one cell agree: which of them it is does not matter for the rate.
    grade = worst((rate.status, status if status != "partial" else "official" if len(rates) == 1 else "derived"))
    if not all([r.fresh for r in rates]):  # noqa: C419 - a generator takes longer than most of these lists
        last = min(r.stop for r in rates)
        findings += (warning("LAW-STALE", f"{schedule.title} is known to {day_text(last)}; the rate is that of {day_text(last)[:4]}", rate.citation, "/date"),)
        grade = worst((grade, "stale"))
    if not parts:
        return Tariff(None, None, rate.text, grade, None, True, schedule.schedule, steps, findings)
    if len(parts) == 1 and isinstance(parts[0], NoRate):
        findings += (note("PREF-NO-RATE", f"{schedule.title} gives {rate.code} no rate", rate.citation),)
        return Tariff(None, None, rate.text, grade, None, False, schedule.schedule, steps, findings)
    if isinstance(parts[0], Quota) or isinstance(rate.duty, Quota):
        findings += (warning("QUOTA", f"{parts[0]}: the lower rate holds inside the tariff quota only", rate.citation),)
        grade = worst((grade, "partial"))
    elif len(parts) > 1 or shut:
        findings += (
            warning(
                "RATE-SPLIT",
                f"the cell {rate.text!r} divides the line by a scope it does not state{'; some of it shuts out ' + party if shut else ''}",
                rate.citation,
            ),
        )
        grade = worst((grade, "partial"))
        if shut:
            text = f"{text} or MFN"
    if low is None and duty is None:
        findings += (warning("DUTY-NOT-COMPUTABLE", f"the duty {rate.text!r} cannot be computed from a table", rate.citation),)
    return Tariff(low, high, text, grade, duty, False, schedule.schedule, steps, findings, ("part of the line is shut out",) if shut else ())


SHOWN = 6
"""Lines whose own step is shown where the goods may stand on many."""


def readings_of(schedule: Schedule, rates: Sequence[Rate], party: str, status: str) -> list[Tariff]:
    """Each line's own reading. Beyond the lines shown one reading serves all lines alike: a code that was split may stand on hundreds."""
    found: dict[tuple[str, bool, int, str, str], Tariff] = {}
    readings = []
    for place, r in enumerate(rates):
        alike = (r.text, r.fresh, 0 if r.fresh else r.stop, r.status, r.citation)
        reading = found.get(alike)
        if reading is None or place < SHOWN or reading.low is None:  # a line without a rate is named in its finding
            reading = found[alike] = read(schedule, [r], party, status, ())
        readings.append(reading)
    return readings


def hulled(schedule: Schedule, readings: list[Tariff], rates: Sequence[Rate]) -> Tariff:
    """Several lines with different cells: from the lowest to the highest."""
    lows = [r.low for r in readings]
    highs = [r.high for r in readings]
    steps = tuple(s for r in readings[:SHOWN] for s in r.steps)
    grade = worst((*(r.status for r in readings), "partial"))
    own = tuple(dict.fromkeys(f for r in dict.fromkeys(readings) for f in r.findings))
    if any(low is None for low in lows):
        shut = all(r.shut for r in readings)
        text = " | ".join(sorted({r.text for r in rates})[:4])
        extra = (
            ()
            if shut
            else (warning("HS-RATES-DIFFER", f"the possible lines bear different duties: {text}; give the full national code", schedule.citation, "/hs"),)
        )
        return Tariff(None, None, text, grade, None, shut, schedule.schedule, steps, (*own, *extra))
    low, high = min(x for x in lows if x is not None), max(x for x in highs if x is not None)
    differ = warning(
        "HS-RATES-DIFFER", f"the possible lines bear between {low / PPM:g} and {high / PPM:g} %; give the full national code", schedule.citation, "/hs"
    )
    return Tariff(low, high, rate_text(low, high), grade, None, False, schedule.schedule, steps, (*own, *((differ,) if low != high else ())))


def lower_of(tariff: Tariff, mfn: Tariff, regime: str) -> tuple[Tariff, list[Finding]]:
    """The importer takes the lower of MFN and preference (for China: Tariff Law art 13 ¶2)."""
    if tariff.low is None or tariff.high is None or mfn.low is None or mfn.high is None or mfn.high >= tariff.high:
        return tariff, []
    low, high = min(tariff.low, mfn.low), min(tariff.high, mfn.high)
    text = f"the {regime} rate {tariff.text} is above the MFN rate {mfn.text}; the lower is taken"
    status = worst((tariff.status, mfn.status))
    merged = Tariff(
        low, high, rate_text(low, high), status, tariff.duty, tariff.shut, tariff.source, tariff.steps, tariff.findings, tariff.conditions
    )
    return merged, [note("RATE-MFN-LOWER", text)]


NO_CERTIFICATE = note("CERT-NOT-NEEDED", "the MFN rate is already 0: no certificate of origin is needed for the duty")


def doubted(tariff: Tariff, rows: tuple[dict[str, Any], ...]) -> Tariff:
    """A rate whose giver may no longer give it: as sure as the rows of membership, which say what is open."""
    said = tuple(str(r["condition"]) for r in rows)
    return replace(
        tariff,
        status=worst((tariff.status, *(r["status"] for r in rows))),
        conditions=(*tariff.conditions, *said),
        findings=(*tariff.findings, *(warning("MEMBER-DOUBT", str(r["condition"]), str(r["citation"]), "/origin") for r in rows)),
    )


def certificate_note(mfn: Tariff) -> tuple[Finding, ...]:
    """The answer that no certificate is needed, where the MFN rate is already nil."""
    return (NO_CERTIFICATE,) if mfn.high == 0 else ()
