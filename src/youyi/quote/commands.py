"""`youyi quote`."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any


def add_to(sub: Any, shared: argparse.ArgumentParser) -> None:
    """Add the command."""
    quote = sub.add_parser(
        "quote",
        parents=[shared],
        help="the whole question: origin, duty, and whether the certificate is worth it",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="One card a regime for a product and its shipment: does it originate, what it pays, what a certificate saves, papers, last days.\n"
        "FILE is a product file (youyi qualify --template writes one) with a `shipment`: {quantity, hs, incoterm, price, freight, insurance, shipped,\n"
        "issued, declared} and, if you like, the `certificate_cost` of one certificate. docs/schemas/quote.json describes the answer.",
        epilog="examples:\n  youyi quote product.yaml\n  youyi quote product.yaml --to CN --on 2026-11-20 --json",
    )
    quote.add_argument("file", type=Path, metavar="FILE", help="JSON, YAML, XLSX or CSV")
    quote.add_argument("--to", default="", metavar="COUNTRY", help="importing country, two letters (default: the file's)")
    quote.add_argument("--on", default="", metavar="DATE", help="day of the declaration, YYYY-MM-DD (default: the file's, else today)")
    quote.set_defaults(run=_quote)


def _quote(chosen: argparse.Namespace) -> int:
    from youyi.law.rulebook import Rulebook
    from youyi.law.tables import day_number
    from youyi.qualify.commands import complain
    from youyi.qualify.formats import FileError, load, refuse
    from youyi.qualify.reading import products
    from youyi.quote.quoting import quote

    try:
        read = products(load(chosen.file))
        if chosen.on:
            try:
                day_number(chosen.on)
            except ValueError:
                raise refuse("DATE", f"{chosen.on!r} is not a date (YYYY-MM-DD)", "/on") from None
    except FileError as error:
        return complain(error.findings, chosen.json)
    rulebook = Rulebook.load(chosen.release)
    quotes = [quote(rulebook, p, chosen.to, chosen.on) for p in read]
    if chosen.json:
        print(json.dumps({"quotes": [q.as_dict() for q in quotes]}, ensure_ascii=False, indent=1))
    else:
        from youyi.quote.show import print_quote

        for q in quotes:
            print_quote(q)
    return 1 if any(f.severity == "error" for q in quotes for f in q.findings) else 0
