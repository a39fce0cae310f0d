"""What origin is worth: the duty that it saves, from the rates of `assess`, and the measures that bar advice."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import ceil

from youyi.assess.lines import InputError
from youyi.assess.rate import rate
from youyi.assess.ruling import MFN, Position, Ruling
from youyi.finding import Finding, Severity
from youyi.law.rulebook import Rulebook
from youyi.qualify.reading import Product
from youyi.quote.margins import down, up
from youyi.quote.plan_result import Worth

PPM = 1_000_000
UNSURE = ("derived", "unverified", "stale", "partial")


@dataclass(frozen=True, slots=True)
class Border:
    """What the importer's law says of the good: its rates, the measures on it; None where it does not answer."""

    ruling: Ruling | None
    findings: tuple[Finding, ...] = ()

    @property
    def remedies(self) -> tuple[str, ...]:
        """The measures that bear on the good, in words with their source."""
        if self.ruling is None:
            return ()
        return tuple(f"{m.kind} {m.measure}: {m.scope} [{m.citation}]" for m in self.ruling.remedies)


def border(rulebook: Rulebook, product: Product, importer: str, day: int) -> Border:
    """The rates and measures for the good on its way; a finding where they could not be looked up."""
    try:
        found = rate(rulebook, product.good.hs, product.exporter, importer, day, product.good.edition)
    except InputError as error:
        why = "; ".join(f.text for f in error.findings)
        return Border(None, (Finding("PLAN-RATES-NONE", Severity.WARNING, "/product/hs", f"neither duty nor trade remedies could be looked up: {why}"),))
    unchecked = [n for n in found.ruling.not_checked if "remed" in n]
    text = f"not checked: {'; '.join(unchecked)}; a plan on sources or working holds only if none of them bears on the good"
    return Border(found.ruling, (Finding("PLAN-REMEDIES-UNCHECKED", Severity.NOTE, "", text),) if unchecked else ())


def worth(found: Border, product: Product, agreement: str, certificate: Decimal | None, annual: Decimal | None) -> Worth | None:
    """The duty saved on the FOB price under an agreement, and the break-even consignment; None where there is no such row.

    The customs value may also hold freight and insurance: then more is saved. Tax on the duty saved is not counted.
    """
    if found.ruling is None:
        return None
    mfn = next((p for p in found.ruling.positions if p.regime == MFN), None)
    own = next((p for p in found.ruling.positions if p.regime == agreement), None)
    if mfn is None or own is None:
        return None
    doubts = tuple(f"the {p.regime} rate is {p.tariff.status}" for p in (mfn, own) if p.tariff.status in UNSURE)
    doubts += tuple(f"the {p.regime} rate is only known to lie within {p.tariff.text}" for p in (mfn, own) if _wide(p))
    doubts += tuple(f"only if {c}" for c in own.conditions if not c.startswith(("the goods originate", "proof of origin")))
    low, high = _saved(mfn, own, product)
    firm = not doubts and low is not None
    if not firm and high is not None:
        low = Fraction(0)
    factor = None if annual is None else Fraction(annual)
    made = Worth(
        agreement,
        mfn.tariff.text,
        own.tariff.text,
        None if low is None else down(low),
        None if high is None else down(high),
        None if low is None or factor is None else down(low * factor, 2),
        None if high is None or factor is None else down(high * factor, 2),
        firm,
        doubts,
    )
    return made if certificate is None or not high else _break_even(made, low or Fraction(0), high, Fraction(certificate), product)


def _wide(p: Position) -> bool:
    return p.tariff.low != p.tariff.high


def _saved(mfn: Position, own: Position, product: Product) -> tuple[Fraction | None, Fraction | None]:
    fob = product.good.fob
    ends = (mfn.tariff.low, mfn.tariff.high, own.tariff.low, own.tariff.high)
    if fob is None or None in ends or own.tariff.shut:
        return None, None
    mfn_low, mfn_high, own_low, own_high = (Fraction(e or 0, PPM) for e in ends)
    return Fraction(fob) * max(mfn_low - own_high, Fraction(0)), Fraction(fob) * max(mfn_high - own_low, Fraction(0))


def _break_even(made: Worth, low: Fraction, high: Fraction, certificate: Fraction, product: Product) -> Worth:
    units = ceil(certificate / high)
    return Worth(
        made.regime,
        made.mfn,
        made.rate,
        made.low,
        made.high,
        made.low_year,
        made.high_year,
        made.firm,
        made.doubts,
        units,
        ceil(certificate / low) if low else None,
        up(Fraction(product.good.fob or 0) * certificate / high, 2),
    )


__all__ = ["Border", "border", "worth"]
