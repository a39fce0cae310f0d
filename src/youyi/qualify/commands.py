"""`youyi qualify` and `youyi evaluate`."""

from __future__ import annotations

import argparse
import json
import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from youyi.finding import Finding
    from youyi.law.rulebook import Rulebook
    from youyi.qualify.reading import Product
    from youyi.qualify.result import Answer
    from youyi.qualify.single import Weighed

RAW = argparse.RawDescriptionHelpFormatter


def add_to(sub: Any, shared: argparse.ArgumentParser) -> None:
    """Add the commands."""
    qualify = sub.add_parser(
        "qualify",
        parents=[shared],
        help="from a bill of materials to origin, under every agreement",
        formatter_class=RAW,
        description="Whether a product originates, under which criterion and what the certificate's box says, or what is missing, asked in the order that\n"
        "settles most. FILE is a product file (JSON, YAML) or a bill as a table (XLSX, CSV): docs/schemas/product.json.",
        epilog="examples:\n  youyi qualify --template product.yaml\n  youyi qualify product.yaml\n"
        "  youyi qualify product.json --agreement RCEP --to CN --on 2026-11-20 --explain\n  youyi qualify bill.xlsx --json\n"
        "  youyi qualify product.yaml --kit kit/        requests to suppliers, cost sheet, product file\n"
        "  youyi qualify kit/product.json               the same again, and what changed since",
    )
    qualify.add_argument("file", nargs="?", type=Path, metavar="FILE", help="JSON, YAML, XLSX or CSV")
    qualify.add_argument("--agreement", default="all", metavar="NAME", help="ACFTA, RCEP, ATIGA or all that bind the two Parties (default)")
    qualify.add_argument("--to", default="", metavar="COUNTRY", help="importing country, two letters (default: the file's)")
    qualify.add_argument("--on", default="", metavar="DATE", help="day of the declaration, YYYY-MM-DD (default: the file's, else today)")
    qualify.add_argument("--explain", action="store_true", help="every way that was tried: what passed, what failed, by how much")
    qualify.add_argument("--template", type=Path, metavar="FILE", help="write a product file to fill in (.yaml, .json or .csv) and stop")
    qualify.add_argument(
        "--kit",
        type=Path,
        metavar="FOLDER",
        help="write requests to suppliers (English, Chinese, Vietnamese), a cost sheet (CSV, XLSX) and the product file for a later check into a new folder",
    )
    qualify.set_defaults(run=_qualify)

    evaluate = sub.add_parser(
        "evaluate",
        help="any rule of origin against a bill of materials",
        formatter_class=RAW,
        description="Whether a good meets a rule of origin, whoever's rule it is. The grammar: docs/origin-rules.md; FILE: docs/schemas/evaluate.json.",
        epilog='examples:\n  youyi evaluate --rule "CTH except from 64.06 or RVC40" shoe.json\n  youyi evaluate --rule "RVC40" cases.yaml --json',
    )
    evaluate.add_argument("file", type=Path, metavar="FILE", help="one case or a list of them: JSON or YAML")
    evaluate.add_argument("--rule", default="", metavar="RULE", help="the rule (default: each case's own `rule`)")
    evaluate.add_argument("--json", action="store_true", help="answer for programs")
    evaluate.set_defaults(run=_evaluate)


def complain(findings: list[Finding], as_json: bool) -> int:
    """Say what is wrong, for people or for programs; the exit code."""
    if as_json:
        print(json.dumps({"findings": [f.as_dict() for f in findings]}, ensure_ascii=False))
    for f in findings:
        print(f, file=sys.stderr)
    return 1


# -- qualify -------------------------------------------------------------------------------------------------------


def _qualify(chosen: argparse.Namespace) -> int:
    from youyi.qualify.formats import FileError, load, refuse

    try:
        if chosen.template is not None:
            return _template(chosen.template)
        if chosen.file is None:
            raise refuse("FILE", "name a product file, or --template FILE to write one")
        from youyi.law.rulebook import Rulebook
        from youyi.qualify.reading import products

        read = products(load(chosen.file))
        rulebook = Rulebook.load(chosen.release)
        worked = [(p, _answers(rulebook, p, chosen)) for p in read]
        answered = [(p, [a for a, _ in each]) for p, each in worked]
        _kept(rulebook, worked, chosen)
    except FileError as error:
        return complain(error.findings, chosen.json)
    if chosen.json:
        found = {"answers": [a.as_dict() for _, each in answered for a in each], "findings": [f.as_dict() for p, _ in answered for f in p.findings]}
        print(json.dumps(found, ensure_ascii=False, indent=1))
    else:
        from youyi.qualify.show import print_product

        for product, answers in answered:
            print_product(rulebook, product, answers, chosen.explain)
    return 1 if any(f.severity == "error" for p, _ in answered for f in p.findings) else 0


def _kept(rulebook: Rulebook, worked: list[tuple[Product, list[tuple[Answer, Weighed | None]]]], chosen: argparse.Namespace) -> None:
    """Say what changed since a product file was kept, and write the kit where one is asked for."""
    if chosen.kit is None and not any("kept" in p.data for p, _ in worked):
        return
    from youyi.qualify.formats import refuse
    from youyi.qualify.kit import changes, write

    if chosen.kit is not None and len(worked) > 1:
        raise refuse("KIT-ONE", f"a kit is of one product and the file holds {len(worked)}; write each into a file of its own")
    for product, each in worked:
        product.findings += changes(product, [a for a, _ in each])
        if chosen.kit is not None:
            if not each:
                raise refuse("KIT-NONE", "no agreement was answered, so there is nothing to keep: " + "; ".join(map(str, product.findings)))
            for path in write(rulebook, product, each, chosen.kit):
                print(path, file=sys.stderr)


def _template(path: Path) -> int:
    from youyi.qualify.formats import refuse
    from youyi.qualify.template import template

    if path.exists():
        raise refuse("FILE", f"{path} is there already; name another")
    path.write_text(template(path.suffix.lower()), encoding="utf-8")
    print(f"{path}: fill it in, then youyi qualify {path}")
    return 0


def _answers(rulebook: Rulebook, product: Product, chosen: argparse.Namespace) -> list[tuple[Answer, Weighed | None]]:
    """One answer for each agreement asked for; with `all`, for each that binds the two Parties."""
    from youyi.finding import Finding, Severity
    from youyi.law.tables import day_number
    from youyi.qualify.formats import refuse
    from youyi.qualify.qualifying import Route, worked

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
        return []
    names = list(rulebook.origin.agreements) if chosen.agreement.lower() == "all" else [chosen.agreement.upper()]
    if len(names) > 1:
        names = [n for n in names if rulebook.gives(n, importer, product.exporter, day)]
    if not names:
        text = f"no agreement in hand binds {product.exporter} and {importer} to each other on {on}"
        product.findings.append(Finding("ORI-NOT-BOUND", Severity.ERROR, "/importer", text))
    routes = (Route(n, product.exporter, importer, day) for n in names)
    return [worked(rulebook, product.good, product.items, r, product.process, product.journey, product.currency) for r in routes]


# -- evaluate ------------------------------------------------------------------------------------------------------


def _evaluate(chosen: argparse.Namespace) -> int:
    from youyi.law.origin import RuleError
    from youyi.qualify.evaluating import evaluate
    from youyi.qualify.formats import FileError, load, refuse
    from youyi.qualify.program import ProgramError
    from youyi.qualify.reading import sheets

    try:
        data = load(chosen.file)
        cases = sheets(data)
        answers = []
        for case in cases:
            rule = chosen.rule or case.rule
            if not rule:
                raise refuse("RULE", 'no rule: give --rule "…" or a `rule` beside each good', "/rule")
            answers.append((case, evaluate(rule, case.good, case.materials, case.facts)))
    except FileError as error:
        return complain(error.findings, chosen.json)
    except (RuleError, ProgramError) as error:
        return complain(refuse("RULE", f"this is no rule: {error}", "/rule").findings, chosen.json)
    if chosen.json:
        found = [{**a.as_dict(), "findings": [f.as_dict() for f in c.findings]} for c, a in answers]
        print(json.dumps(found if isinstance(data, list) else found[0], ensure_ascii=False, indent=1))
    else:
        from youyi.qualify.show import print_evaluations

        print_evaluations([(str(chosen.rule or c.rule), c, a) for c, a in answers])
    return 1 if any(f.severity == "error" for c, _ in answers for f in c.findings) else 0
