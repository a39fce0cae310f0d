"""`quote`: a product file and its shipment, answered under every regime that the two countries share.

Origin comes from `qualify`, money from `assess`; nothing is computed here a second time. What is open of origin stays
open on the card: the money then says what it would be.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from youyi.assess import assess
from youyi.finding import Finding, Severity
from youyi.law.rulebook import Rulebook
from youyi.law.tables import day_number, day_text
from youyi.qualify import Answer, Verdict, qualify
from youyi.qualify.bill import proves
from youyi.qualify.reading import Product
from youyi.quote.cards import Card, Clock, Quote, Worth
from youyi.quote.shipment import Shipment, after, shipment_of

MFN = "MFN"
AMOUNTS = ("duty_low", "duty_high", "total_low", "total_high", "saving_low", "saving_high")


def quote(rulebook: Rulebook, product: Product, importer: str = "", on: str = "") -> Quote:
    """One card a regime for a product on its way: is the certificate worth it, what it takes, until when.

    `importer` and `on` (ISO date of the declaration) stand for those of the file; without either, today. Never raises
    for what the file says: that is a finding.
    """
    shipment = shipment_of(product.data)
    findings = [*product.findings, *shipment.findings]
    importer = (importer or product.importer).upper()
    declared = on or (shipment.declared.isoformat() if shipment.declared else "") or product.on or date.today().isoformat()
    wrong = _wrong(rulebook, product, importer)
    if wrong:
        return _quote(rulebook, product, importer, declared, None, (), (), (*findings, *wrong))
    day = day_number(declared)
    answers = origins(rulebook, product, importer, day)
    line, told = _line(product, shipment, importer, declared)
    findings += told
    sure = [a.agreement for a in answers if a.verdict is Verdict.ORIGINATING]
    open_ = [a.agreement for a in answers if a.verdict is Verdict.UNDETERMINED]
    rcep = next((a.rcep_origin for a in answers if a.agreement == "RCEP"), "")
    line |= {"rcep_origin": rcep}
    priceless = not line["value"] or line["currency"] not in rulebook.decimals
    if priceless:  # the rates are the same whatever the price
        findings.append(Finding("QUOTE-NO-VALUE", Severity.ERROR, "/product/fob", "no price in a known currency is stated: rates are compared, not amounts"))
        line |= {"value": "1", "currency": str(rulebook.parties[importer]["currency"]) if importer in rulebook.parties else "USD"}
    now, may = (assess(rulebook, [line | {"originating_under": ";".join(names) or "-"}]) for names in (sure, [*sure, *open_]))
    findings += [f for f in now.findings if f.severity is Severity.ERROR]
    value = None if priceless else Decimal(line["value"]).quantize(Decimal("0.01"))
    rate = rulebook.exchange(product.currency, importer, "USD", day) if product.currency and value is not None else None
    dollars = None if rate is None or value is None else _cents(Fraction(value) * rate[0])
    cards = []
    best_now = {r["regime"] for r in now.records() if r["best"]}
    rows = [r | dict.fromkeys(AMOUNTS) if priceless else r for r in may.records() if r["regime"]]
    for row in rows:
        answer = next((a for a in answers if a.agreement == row["regime"]), None)
        cards.append(_card(rulebook, row, rows[0], answer, product, shipment, importer, day, row["regime"] in best_now, dollars))
    return _quote(rulebook, product, importer, declared, value, tuple(cards), tuple(_advice(cards)), tuple(findings))


def origins(rulebook: Rulebook, product: Product, importer: str, day: int) -> list[Answer]:
    """The origin of a product under every agreement by which the importer gives the exporter's goods a rate."""
    names = [n for n in rulebook.origin.agreements if rulebook.gives(n, importer, product.exporter, day)]
    return [
        qualify(
            rulebook,
            product.good,
            product.items,
            agreement=name,
            exporter=product.exporter,
            importer=importer,
            on=day,
            process=product.process,
            journey=product.journey,
            currency=product.currency,
        )
        for name in names
    ]


def _wrong(rulebook: Rulebook, product: Product, importer: str) -> list[Finding]:
    found = []
    for name, value in (("exporter", product.exporter), ("importer", importer)):
        if value not in rulebook.countries:
            text = f"{value!r} is no country" if value else "is missing"
            found.append(Finding("COUNTRY", Severity.ERROR, f"/{name}", f"{text}; two letters, as VN (for the importer also --to)"))
    if importer and importer == product.exporter:
        found.append(Finding("ROUTE-DOMESTIC", Severity.ERROR, "/importer", f"exporter and importer are both {importer}: there is no import to quote for"))
    if not product.good.hs:
        found.append(Finding("HS-MISSING", Severity.ERROR, "/product/hs", "the product's code is missing"))
    return found


def _line(product: Product, shipment: Shipment, importer: str, declared: str) -> tuple[dict[str, str], list[Finding]]:
    """The shipment as a line of `assess`, and what had to be assumed for it."""
    told = []

    def note(code: str, pointer: str, text: str) -> None:
        told.append(Finding(code, Severity.NOTE, pointer, text))

    value, quantity = shipment.price, shipment.quantity
    if value is None and product.good.fob is not None:
        if quantity is None:
            note("QUOTE-ONE-UNIT", "/shipment/quantity", "no quantity is stated: the quote is for one unit")
        value = Fraction(product.good.fob) * Fraction(quantity if quantity is not None else 1)
    if not shipment.incoterm:
        note("QUOTE-TERM", "/shipment/incoterm", "no term is stated: the price with any freight and insurance stated is taken for the customs value")
    note("QUOTE-ORIGIN", "/exporter", f"for trade remedies and the MFN rate the goods are taken to be of {product.exporter}; that origin has rules of its own")
    line = {
        "line_id": product.good.id or "1",
        "importer": importer,
        "exporter": product.exporter,
        "origin": product.exporter,
        "hs": shipment.hs or product.good.hs,
        "hs_edition": "" if shipment.hs else product.good.edition,
        "date": declared,
        "value": _plain(value),
        "currency": product.currency,
        "incoterm": shipment.incoterm,
        "freight": _plain(shipment.freight),
        "insurance": _plain(shipment.insurance),
        "quantity": _plain(quantity),
        "unit": str(product.data.get("product", {}).get("unit") or "") if quantity is not None else "",
    }
    return line, told


def _plain(amount: Any) -> str:
    """An amount as text, cut to the four decimals that an invoice may have."""
    return "" if amount is None else f"{Decimal(int(Fraction(amount) * 10_000)).scaleb(-4):f}"


# -- a card --------------------------------------------------------------------------------------------------------


def _card(
    rulebook: Rulebook,
    row: dict[str, Any],
    base: dict[str, Any],
    answer: Answer | None,
    product: Product,
    shipment: Shipment,
    importer: str,
    day: int,
    best: bool,
    dollars: Decimal | None,
) -> Card:
    regime = row["regime"]
    cost = _cost(rulebook, product, shipment, importer, row["currency"], day)
    worth, why = _worth(row, base, answer, cost, shipment)
    proof = next((str(a["proof"]) for a in rulebook.agreements if a["agreement"] == regime), "")
    clocks = tuple(_clocks(rulebook, regime, importer, day, shipment, dollars)) if regime != MFN else ()
    out = answer is not None and answer.verdict is Verdict.NOT_ORIGINATING
    return Card(
        regime,
        answer,
        worth,
        why,
        row["rate"],
        (row["duty_low"], row["duty_high"]),
        (row["total_low"], row["total_high"]),
        (None, None) if out else (row["saving_low"], row["saving_high"]),
        row["currency"],
        row["status"],
        row["basis"],
        best,
        row["best"],
        tuple(_papers(rulebook, proof, answer, product)) if regime != MFN and not out else (),
        () if out else clocks,
        tuple(c for c in row["conditions"] if not c.startswith(("the goods originate under", "proof of origin:"))),
        tuple(row["not_checked"]),
        (*(_said(f) for f in (answer.findings if answer else ()) if f.severity is not Severity.NOTE), *row["findings"]),
    )


def _said(f: Finding) -> str:
    return f"{f.code}: {f.text}{f' [{f.citation}]' if f.citation else ''}"


def _cost(rulebook: Rulebook, product: Product, shipment: Shipment, importer: str, currency: str, day: int) -> Decimal | None:
    """The cost of one certificate in the importer's currency; 0 where none is stated, None where no rate is in hand."""
    if shipment.certificate_cost is None:
        return Decimal(0)
    rate = rulebook.exchange(product.currency, importer, currency, day) if product.currency else None
    return None if rate is None else _cents(Fraction(shipment.certificate_cost) * rate[0])


def _cents(exact: Fraction) -> Decimal:
    return Decimal(round(exact * 100)).scaleb(-2)


def _worth(row: dict[str, Any], base: dict[str, Any], answer: Answer | None, cost: Decimal | None, shipment: Shipment) -> tuple[Worth, str]:
    """Whether the certificate is worth it for the duty, and why in words."""
    if row["regime"] == MFN:
        return Worth.BASE, ""
    if answer is not None and answer.verdict is Verdict.NOT_ORIGINATING:
        return Worth.NO, f"the goods do not originate: {_nearest(answer)}"
    if row["eligible"] == "no":
        return Worth.NO, "the goods are shut out of this rate"
    low, high = row["saving_low"], row["saving_high"]
    if base["rate_high"] == 0 or high == 0:
        return Worth.NO, "the MFN rate is no higher: no certificate is needed for the duty"
    if low is None or high is None:
        return Worth.UNKNOWN, _by_rate(row, base)
    beside = "" if shipment.certificate_cost is None else f", against {cost:,f} {row['currency']} for the certificate" if cost is not None else ""
    least = cost or Decimal(0)
    saves = f"saves {low:,f} {row['currency']}" if low == high else f"saves between {low:,f} and {high:,f} {row['currency']}"
    if high <= least:
        return Worth.NO, f"{saves}{beside}"
    if low <= least:
        return Worth.PERHAPS, f"{saves}{beside}"
    if answer is None or answer.verdict is Verdict.UNDETERMINED:
        first = answer.questions[0].text if answer and answer.questions else "origin is not decided"
        return Worth.IF, f"{saves}{beside}, if this is settled: {first}"
    return Worth.YES, f"{saves}{beside}"


def _by_rate(row: dict[str, Any], base: dict[str, Any]) -> str:
    """What can be said where there is no amount: by how much the rates differ, and what is missing."""
    if row["rate_high"] is None or base["rate_low"] is None:
        return "the rate or the MFN rate is not in hand"
    missing = next((f.split(": ", 1)[1] for f in row["findings"] if f.startswith(("VAL-FREIGHT", "VAL-INSURANCE", "VAL-DDP", "FACT-"))), "no price is stated")
    return f"{row['rate']} against {base['rate']} MFN; no amount: {missing}"


def _nearest(answer: Answer) -> str:
    """The way to origin that fails by least, in words: one that can be measured before one that cannot."""
    failed = [b for b in answer.branches if b.state == "failed" and b.criterion not in ("WO", "PE")] or list(answer.branches)
    measured = [b for b in failed if b.step.short_by]
    branch = (measured or failed or [None])[0]  # type: ignore[list-item]
    if branch is None:
        return "no way to origin is open"
    step = branch.step
    parts = [step.measured, f"short by {step.short_by}" if step.short_by else "", f"because of {', '.join(step.materials[:4])}" if step.materials else ""]
    return f"{branch.rule}: {'; '.join(filter(None, parts)) or 'not met'}"


def _papers(rulebook: Rulebook, proof: str, answer: Answer | None, product: Product) -> Iterator[str]:
    """The papers that a claim takes: the proof, those of the journey, and what stands behind materials that count as originating."""
    if proof:
        yield proof
    if answer is None:
        return
    day = day_number(answer.on)
    transit = product.journey is not None and any(t.country for t in product.journey.transit)
    for row in rulebook.origin.rows("origin_consignment", answer.rule_set, day) if answer.rule_set and transit else ():
        if row["kind"] == "paper" and row["item"] != "proof_of_origin":
            yield f"for the journey: {row['text']} [{row['citation']}]"
    for item in product.items:
        named = item.originating is True or (isinstance(item.originating, tuple) and answer.agreement in item.originating)
        if named:
            other = proves(item.proof) not in ("", answer.agreement)
            yield f"for {item.name}: {f'a paper under {answer.agreement}, {item.proof} is none' if other else item.proof or 'a statement of its supplier'}"


def _clocks(rulebook: Rulebook, regime: str, importer: str, day: int, shipment: Shipment, above: Decimal | None) -> Iterator[Clock]:
    """The last days, as far as the day that each runs from is known; the waiver unless the value in dollars is known to be `above` it."""
    known = {"issue": shipment.shipped, "retroactive": shipment.shipped, "validity": shipment.issued, "claim": date.fromisoformat(day_text(day))}
    for event, row in rulebook.origin.clocks(regime, importer, day).items():
        start = known.get(event)
        if row["unit"] == "USD":
            last = ""
            if above is not None and above > Decimal(row["count"]):
                continue
        else:
            last = "" if start is None else after(start, int(Decimal(row["count"])), row["unit"]).isoformat()
        yield Clock(event, last, row["text"], row["citation"], row["status"])


# -- the whole -----------------------------------------------------------------------------------------------------


def _advice(cards: list[Card]) -> Iterator[str]:
    """The answer in sentences: what to claim now, and what may be better."""
    if not cards:
        return
    base = cards[0]
    best, best_if = next((c for c in cards if c.best), None), next((c for c in cards if c.best_if), None)
    if base.rate == "0%":
        yield "No certificate is needed for the duty: the MFN rate is already 0 %."
    elif best is None:
        yield "No regime is sure to be the cheapest: see between which amounts each lies."
    elif best is base:
        yield f"As things are, declare at the MFN rate ({base.rate})."
    else:
        said = f"it {best.why}" if best.saving[0] is not None else f"the lowest rate, {best.why}"
        yield f"Claim {best.regime} ({best.rate}): {said}{_doubt(base, best)}."
    if best_if is not None and best_if is not best and best_if.worth is Worth.IF:
        yield f"{best_if.regime} ({best_if.rate}) {best_if.why}{_doubt(base, best_if)}"
    for c in cards[1:]:
        if c.verdict == Verdict.NOT_ORIGINATING and (c.duty[1] or 0) < (base.duty[1] or 0):
            yield f"{c.regime} ({c.rate}) would be cheaper, but {c.why}."


def _doubt(base: Card, card: Card) -> str:
    """Why a saving is no more than indicative, in words."""
    if base.basis == card.basis == "firm":
        return ""
    said = ", ".join(f"{c.regime} rate {c.status}" for c in (base, card) if c.status != "official")
    return f"; indicative{f' ({said})' if said else ''}"


def _quote(
    rulebook: Rulebook,
    product: Product,
    importer: str,
    declared: str,
    value: Decimal | None,
    cards: tuple[Card, ...],
    advice: tuple[str, ...],
    findings: tuple[Finding, ...],
) -> Quote:
    from youyi import __version__

    provenance = {"release": rulebook.name, "digest": rulebook.digest, "program": __version__}
    name = product.good.id or product.good.description or product.good.hs
    return Quote(name, product.good.hs, product.exporter, importer, declared, value, product.currency, cards, advice, findings, provenance)
