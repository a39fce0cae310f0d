"""The engine against the oracle: two answers to the same lines, worked out apart, equal to the cent."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from lines import DATA, OTHERS, PARTIES, batches, days, line, lines, numbered, odd_cells, rows
from oracle import Oracle
from youyi.assess import assess
from youyi.law.rulebook import Rulebook

Record = dict[str, Any]
FIELDS = (
    "regime", "rate_low", "rate_high", "customs_value", "duty_low", "duty_high", "remedy", "vat", "other_tax", "total_low", "total_high",
    "currency", "eligible", "best", "saving_low", "saving_high",
)  # fmt: skip
SUREST_FIRST = ("official", "derived", "unverified", "stale", "partial", "missing")
ORACLE = Oracle(DATA)
REFUSED = line(line_id="refused", importer="VN", origin="CN", hs="nothing", date="2024-02-30", value="-", currency="???")
QUIET = settings(derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck), phases=(Phase.explicit, Phase.generate))
"""The same lines in every run, so that a failure is a change of the code and never of the draw; it names its lines, so none is shrunk."""


def answers(rulebook: Rulebook, batch: list[dict[str, str]]) -> dict[str, list[Record]]:
    """The engine's rows by line; none for a line that is refused."""
    found: dict[str, list[Record]] = defaultdict(list)
    for record in assess(rulebook, batch).records():
        if record["regime"]:
            found[record["line_id"]].append(record)
    return found


def differences(engine: list[Record], oracle: list[dict[str, object]]) -> list[str]:
    """Where the two answers to one line part, in words."""
    if [row["regime"] for row in engine] != [row["regime"] for row in oracle]:
        return [f"regimes: engine {[row['regime'] for row in engine]}, oracle {[row['regime'] for row in oracle]}"]
    equals = [i for i, row in enumerate(oracle) if row["best"]]
    if equals:  # the oracle grades no sources: of its equals the surest, as the engine grades them, is the best
        surest = min(equals, key=lambda i: SUREST_FIRST.index(engine[i]["status"]))
        oracle = [{**row, "best": i == surest} for i, row in enumerate(oracle)]
    return [
        f"{mine['regime']} {name}: engine {theirs[name]}, oracle {mine[name]}"
        for theirs, mine in zip(engine, oracle, strict=True)
        for name in FIELDS
        if theirs[name] != mine[name]
    ]


def disagreements(rulebook: Rulebook, batch: list[dict[str, str]]) -> list[str]:
    """Every line on which the two part, with what parts them."""
    batch = numbered(batch)
    found = answers(rulebook, batch)
    return [
        f"{ {k: v for k, v in asked.items() if v} }: {'; '.join(parted)}"
        for asked in batch
        if (parted := differences(found[asked["line_id"]], ORACLE.assess(asked)))
    ]


@settings(QUIET, max_examples=30)
@given(batch=batches(20))
def test_the_engine_agrees_with_the_oracle(rulebook: Rulebook, batch: list[dict[str, str]]) -> None:
    assert not disagreements(rulebook, batch)


@pytest.mark.prove
@settings(QUIET, max_examples=100)
@given(batch=batches(200))
def test_the_engine_agrees_with_the_oracle_on_many_lines(rulebook: Rulebook, batch: list[dict[str, str]]) -> None:
    assert not disagreements(rulebook, batch)


@pytest.mark.prove
@pytest.mark.parametrize("importer", sorted({importer for importer, _ in odd_cells()}))
def test_they_agree_on_every_cell_that_is_no_plain_number_for_every_origin(rulebook: Rulebook, importer: str) -> None:
    batch = [
        line(importer=importer, origin=origin, hs=code, hs_edition=edition, date=max(day, "2022-07-01"), value="1000", currency="CNY", incoterm="CIF")
        for (party, _), (code, day) in odd_cells().items()
        if party == importer
        for edition in (("HS2012", "HS2017") if importer == "CN" else ("HS2017",) if importer == "SG" else ("HS2022",))
        for origin in (*PARTIES, *OTHERS)
        if origin != importer
    ]
    assert not disagreements(rulebook, batch)


@pytest.mark.prove
@pytest.mark.parametrize("importer", PARTIES)
def test_they_agree_on_the_days_around_every_change(rulebook: Rulebook, importer: str) -> None:
    invoice = {"value": "12345.67", "currency": "SGD", "quantity": "12", "unit": "LPA"}
    goods = ("640411", "220300", "100630", "870322", "030617", "392020")
    batch = [
        line(importer=importer, origin=origin, hs=goods[at % len(goods)], hs_edition="HS2012", date=day.isoformat(), **invoice)
        for at, day in enumerate(days())
        for origin in (PARTIES[at % len(PARTIES)],)
        if origin != importer
    ]
    assert not disagreements(rulebook, batch)


@pytest.mark.parametrize("importer", ["VN", "ID"])
def test_they_agree_on_every_measure_by_origin_shipment_proof_and_producer(rulebook: Rulebook, importer: str) -> None:
    invoice = {"importer": importer, "value": "100000", "currency": "VND" if importer == "VN" else "IDR", "incoterm": "CIF", "quantity": "12", "unit": "MTK"}
    measures = {(r["measure"], r["origin"], r["extent"], bool(r["unread"])): r for r in rows("remedies") if r["importer"] == importer}
    batch = [
        line(hs=code, date=r["valid_from"], exporter=exporter, origin=origin, proof=proof, producer=producer, **invoice)
        for r in measures.values()
        for code in (r["codes"], r["codes"][:6])
        for exporter in {"CN", "KR", r["origin"].replace("*", "TH")}
        for origin in {"CN", "KR", "JP", exporter}
        for proof in ("", "Form E")
        for producer in {"", "A Works That No Decision Names", r["producer"]}
    ]
    assert not disagreements(rulebook, Random(1).sample(batch, 300))


KNOWN = {
    "a charge per unit that differs between the possible lines is not nil": line(
        importer="SG", origin="LA", hs="220600", date="2021-06-30", value="1000", currency="SGD", incoterm="CIF", quantity="100", unit="LPA"
    ),
    "a charge per unit that differs between the possible lines needs its quantity": line(
        importer="SG", origin="LA", hs="220600", date="2021-06-30", value="1000", currency="SGD", incoterm="CIF"
    ),
    "a safeguard per unit on all origins starts from nil": line(
        importer="ID", origin="JP", hs="57039021", date="2024-10-04", value="1000", currency="IDR", incoterm="CIF", quantity="10", unit="MTK"
    ),
    "a flat rate holds from its first day": line(importer="ID", origin="SG", hs="330210", date="2010-09-01", value="1000", currency="IDR", incoterm="CFR"),
    "a new member is a member from its first day": line(
        importer="ID", origin="TL", hs="40012994", date="2025-12-06", value="38379", currency="IDR", incoterm="FAS"
    ),
    "a rounding holds from its first day": line(
        importer="BN", origin="SG", hs="293293", hs_edition="HS2002", date="2007-01-12", value="50827", currency="BND", incoterm="CIF"
    ),
    "a duty per unit with other lines beside it is no share of the value": line(
        importer="ID", origin="AU", hs="170199", date="2025-09-29", value="23387", currency="JPY", incoterm="FCA", quantity="8760.1", unit="GRM"
    ),
    "nothing stays open where the exporting Party's own rate is above the limit": line(
        importer="CN", origin="VN", hs="24022020", date="2026-12-30", value="1000", currency="CNY", incoterm="CIF", originating_under="ACFTA"
    ),
    "goods not stated to originate under a regime are out of it, its rate in hand or not": line(
        importer="CN", origin="KR", hs="681591", date="2026-05-13", value="1000", currency="CNY", incoterm="CIF", originating_under="ACFTA"
    ),
    "a tax goes by the line of the national tariff in force": line(
        importer="CN", origin="TL", hs="160290", date="2028-12-31", value="1000", currency="CNY", incoterm="CIF"
    ),
    "goods that may stand in a chapter not in hand have no rate": line(
        importer="VN", origin="TH", hs="940520", hs_edition="HS2012", date="2026-07-23", value="1000", currency="VND", incoterm="CIF"
    ),
    "no row is best where a tax known only as an interval leaves the totals overlapping": line(
        importer="CN", origin="VN", hs="030990", date="2025-03-21", value="1000", currency="CNY", incoterm="CIF"
    ),
    "the part of a split cell that is open to the origin is the rate": line(
        importer="VN", origin="KH", hs=odd_cells().get(("VN", "0 (-KH)/5"), ("010121", ""))[0], date="2023-03-01", value="1000", currency="VND", incoterm="CIF"
    ),
    "goods shut out of every possible line are shut out": line(
        importer="VN", origin="KH", hs="721391", date="2026-01-19", value="1000", currency="VND", incoterm="CIF"
    ),
}
"""Lines that parted the two once, each named by what is right."""


@pytest.mark.parametrize("name", KNOWN)
def test_they_agree_where_they_once_parted(rulebook: Rulebook, name: str) -> None:
    # Alone and in company: a single line may take another way through the engine.
    assert not disagreements(rulebook, [KNOWN[name]])
    assert not disagreements(rulebook, [KNOWN[name]] * 2)


# What must hold whatever the law says


BATCHES = batches(12)


@settings(QUIET, max_examples=25)
@given(batch=BATCHES)
def test_a_line_alone_is_answered_as_among_others(rulebook: Rulebook, batch: list[dict[str, str]]) -> None:
    together = assess(rulebook, numbered(batch)).records()
    alone = [record for asked in numbered(batch) for record in assess(rulebook, asked).records()]
    # A finding of a refused line names the row it stands on, so refused rows are compared without them.
    assert [_without_pointers(r) for r in together] == [_without_pointers(r) for r in alone]


def _without_pointers(record: Record) -> Record:
    return record if record["regime"] else {k: v for k, v in record.items() if k not in ("findings", "currency")}


@settings(QUIET, max_examples=25)
@given(batch=BATCHES, order=st.randoms(use_true_random=False))
def test_the_order_of_the_lines_does_not_matter(rulebook: Rulebook, batch: list[dict[str, str]], order: Any) -> None:
    batch = numbered(batch)
    shuffled = batch.copy()
    order.shuffle(shuffled)
    assert answers(rulebook, shuffled) == answers(rulebook, batch)


@settings(QUIET, max_examples=15)
@given(batch=BATCHES)
def test_the_same_lines_twice_give_the_same_records(rulebook: Rulebook, batch: list[dict[str, str]]) -> None:
    assert assess(rulebook, numbered(batch)).records() == assess(rulebook, numbered(batch)).records()


@settings(QUIET, max_examples=15)
@given(batch=BATCHES, where=st.integers(0, 12))
def test_a_refused_line_changes_no_other(rulebook: Rulebook, batch: list[dict[str, str]], where: int) -> None:
    batch = numbered(batch)
    with_refused = [*batch[:where], REFUSED, *batch[where:]]
    assert answers(rulebook, with_refused) == answers(rulebook, batch)
    assert "refused" not in answers(rulebook, with_refused)


@settings(QUIET, max_examples=25)
@given(batch=BATCHES)
def test_every_answer_is_in_order(rulebook: Rulebook, batch: list[dict[str, str]]) -> None:
    for records in answers(rulebook, numbered(batch)).values():
        assert sum(r["best"] for r in records) <= 1
        for r in records:
            for name in ("rate", "duty", "total", "saving"):
                low, high = r[f"{name}_low"], r[f"{name}_high"]
                assert (low is None) == (high is None), (r["regime"], name)
                assert low is None or low <= high, (r["regime"], name)
            if r["total_low"] is not None:
                assert r["total_low"] == sum(r[part] for part in ("duty_low", "remedy", "vat", "other_tax"))
                assert r["not_checked"], "a total that hides what it leaves out"
            if r["best"]:
                assert r["total_high"] is not None
                assert r["eligible"] in ("yes", "conditional")


@settings(QUIET, max_examples=15)
@given(asked=lines(), away=st.integers(1, 60))
def test_a_day_without_a_change_changes_nothing(rulebook: Rulebook, asked: dict[str, str], away: int) -> None:
    # No row of the release begins or ends from one day to the other; in the importer's own currency no rate of the day moves either.
    own = {**asked, "currency": ORACLE.currency_of[asked["importer"]]}
    day = date.fromisoformat(asked["date"])
    later = day + timedelta(away)
    if any(day <= change <= later for change in days()):
        return
    first, second = (answers(rulebook, [{**own, "date": d.isoformat()}]) for d in (day, later))
    amounts = [{k: [tuple(r[f] for f in FIELDS) for r in v] for k, v in found.items()} for found in (first, second)]
    assert amounts[0] == amounts[1]
