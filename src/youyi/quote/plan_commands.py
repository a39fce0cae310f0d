"""`youyi plan`."""

from __future__ import annotations

import argparse
import json
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from youyi.law.rulebook import Rulebook
    from youyi.qualify.reading import Product
    from youyi.quote.plan_result import Advice


def add_to(sub: Any, shared: argparse.ArgumentParser) -> None:
    """Add the command."""
    plan = sub.add_parser(
        "plan",
        parents=[shared],
        help="the cheapest changes that make a product originate, and what that is worth",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="The cheapest sets of changes after which a product originates under an agreement, how far it is from failing, the duty saved and\n"
        "the consignment that pays the certificate. FILE is a product file with `alternatives`: docs/planner.md. A plan must really be carried out.",
        epilog="examples:\n  youyi plan product.yaml --agreement ACFTA --to CN\n  youyi plan product.json --agreement RCEP --to VN --on 2026-11-20 --json",
    )
    plan.add_argument("file", type=Path, metavar="FILE", help="JSON or YAML (XLSX and CSV bills have no alternatives but those implied)")
    plan.add_argument("--agreement", required=True, metavar="NAME", help="ACFTA, RCEP or ATIGA")
    plan.add_argument("--to", default="", metavar="COUNTRY", help="importing country, two letters (default: the file's)")
    plan.add_argument("--on", default="", metavar="DATE", help="day of the declaration, YYYY-MM-DD (default: the file's, else today)")
    plan.add_argument("--reserve", default="5", metavar="PERCENT", help="a fall of the price that the good must withstand to count as safe (default: 5)")
    plan.set_defaults(run=_plan)


def _plan(chosen: argparse.Namespace) -> int:
    from youyi.qualify.formats import FileError, load
    from youyi.qualify.reading import products

    try:
        reserve = _reserve(chosen.reserve)
        read = products(load(chosen.file))
        from youyi.law.rulebook import Rulebook

        rulebook = Rulebook.load(chosen.release)
        found = [(p, _advice(rulebook, p, chosen, reserve)) for p in read]
    except FileError as error:
        if chosen.json:
            print(json.dumps({"findings": [f.as_dict() for f in error.findings]}, ensure_ascii=False))
        for f in error.findings:
            print(f, file=sys.stderr)
        return 1
    if chosen.json:
        said = {"plans": [a.as_dict() for _, a in found if a], "findings": [f.as_dict() for p, _ in found for f in p.findings]}
        print(json.dumps(said, ensure_ascii=False, indent=1))
    else:
        from youyi.quote.plan_show import print_advice

        for product, advice in found:
            print_advice(rulebook, product, advice)
    every = [f for p, a in found for f in (*p.findings, *(a.findings if a else ()))]
    return 1 if any(f.severity == "error" for f in every) else 0


def _reserve(text: str) -> Decimal:
    from youyi.qualify.formats import number, refuse

    found = number(text)
    if found is None or not 0 <= found < 100:
        raise refuse("RESERVE", f"{text!r} is no percentage from 0 to below 100", "/reserve")
    return found


def _advice(rulebook: Rulebook, product: Product, chosen: argparse.Namespace, reserve: Decimal) -> Advice | None:
    """The advice for one product; None, with a finding, where its question is not complete."""
    from youyi.finding import Finding, Severity
    from youyi.law.tables import day_number
    from youyi.qualify.formats import refuse
    from youyi.quote.planning import plan

    importer = (chosen.to or product.importer).upper()
    on = chosen.on or product.on or date.today().isoformat()
    try:
        day = day_number(on)
    except ValueError:
        raise refuse("DATE", f"{on!r} is not a date (YYYY-MM-DD)", "/on") from None
    for name, value in (("exporter", product.exporter), ("importer", importer)):
        if value not in rulebook.countries:
            said = f"{value!r} is no country" if value else "is missing"
            product.findings.append(Finding("COUNTRY", Severity.ERROR, f"/{name}", f"{said}; two letters, as VN (for the importer also --to)"))
    if not product.good.hs or any(f.code == "COUNTRY" for f in product.findings):
        return None
    return plan(rulebook, product, agreement=chosen.agreement, importer=importer, on=day, reserve=reserve)
