"""A product file to fill in."""

from __future__ import annotations

import json

from youyi.qualify.formats import COLUMNS

YAML = """\
# A product file: what `youyi qualify` is asked of. Amounts are per unit or for the consignment, all alike. Leave out what is not known.
product:
  id: vacuum-cleaner
  description: vacuum cleaner, 1500 W or less
  hs: "8508.11"            # as text, so that no leading 0 is lost
  hs_edition: HS2022
  fob: 62.00
  # exw: 60.00             # where a rule asks for the ex-works price
  # weight: 4.2            # kg, where a rule asks for weight (textiles)
  currency: USD
exporter: VN
importer: CN
date: 2026-11-20
materials:
  - {id: motor set, hs: "8501.40", value: 14.10, basis: CIF, origin: CN, originating: [ACFTA, RCEP], proof: "Form E"}
  - {id: battery, hs: "8507.60", value: 11.60, basis: CIF, origin: KR, proof: "RCEP certificate"}
  - {id: filter, hs: "8421.39", value: 3.20, basis: CIF, origin: JP, proof: "RCEP certificate"}
  - {id: board, hs: "8534.00", value: 7.30, basis: CIF, origin: TW}
  - {id: resin, hs: "3908.10", value: 4.40, basis: CIF, origin: US}
  - {id: parts, hs: "8508.70", value: 10.70, basis: paid, origin: VN}      # no supplier's statement: counts as non-originating
# role: retail_packing, shipping_packing, accessory or neutral; materials: [...] for what an item was itself made from
processes: [assembly]      # names of the vocabulary; leave out if not known, [] if none
# minimal: [packing_or_presenting]
# costs: {labour: 4.10, overhead: 2.00, profit: 3.00, other: 0}
journey:
  legs:
    - {from: VN, to: CN, by: truck}
  # transit: [{country: HK, geography: true, no_trade: true, no_working: true, customs_control: true, papers: [through_bill_of_lading]}]
# attested: [{text: "8508.11 is not on the ACFTA 2019 product list", source: "letter of the issuing authority, no. …"}]
# rules: [{agreement: ACFTA, rule: "RVC40", source: "Annex I, p. …"}]
"""
BILL = (
    ("product", "vacuum-cleaner", "", "vacuum cleaner", "8508.11", "HS2022", "62.00", "USD", *("",) * 15, "VN", "CN", "2026-11-20", "assembly", *("",) * 5),
    ("material", "motor set", "", "", "8501.40", "", "14.10", "USD", "CIF", "", "CN", "ACFTA;RCEP", "Form E", *("",) * 19),
    ("material", "parts", "", "", "8508.70", "", "10.70", "USD", "paid", "", "VN", *("",) * 21),
)


def template(kind: str) -> str:
    """A sample product file as YAML, JSON (`.json`) or a bill as CSV (`.csv`)."""
    if kind == ".csv":
        return "\n".join(",".join(row) for row in (COLUMNS, *BILL)) + "\n"
    if kind == ".json":
        import yaml

        return json.dumps(yaml.load(YAML, yaml.BaseLoader), indent=1, ensure_ascii=False) + "\n"  # noqa: S506  # text alone
    return YAML
