"""`youyi law …`: check, show, coverage, import and diff of rulebook releases."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict, is_dataclass
from datetime import date
from pathlib import Path
from typing import Any

RAW = argparse.RawDescriptionHelpFormatter


def add_to(sub: Any, shared: argparse.ArgumentParser) -> None:
    """Add the `law` command and its own commands."""
    law = sub.add_parser(
        "law",
        help="the rulebook: check, show, coverage, import, diff",
        description="The rulebook: what it holds, whether it is sound, what is missing, what changed.",
    )
    commands = law.add_subparsers(title="commands", metavar="COMMAND", required=True)

    check = commands.add_parser(
        "check", help="every fault of a release at once", formatter_class=RAW, epilog="examples:\n  youyi law check\n  youyi law check my-release/ --json"
    )
    check.add_argument("folder", nargs="?", type=Path, metavar="FOLDER", help="a release (default: the bundled one)")
    check.add_argument("--json", action="store_true", help="answer for programs")
    check.set_defaults(run=_check)

    show = commands.add_parser(
        "show",
        parents=[shared],
        help="what a release holds, and where it comes from",
        formatter_class=RAW,
        epilog="examples:\n  youyi law show\n  youyi law show --sources",
    )
    show.add_argument("--sources", action="store_true", help="the sources instead of the tables")
    show.set_defaults(run=_show)

    coverage = commands.add_parser(
        "coverage",
        parents=[shared],
        help="the map importer × regime × chapter on a day",
        formatter_class=RAW,
        epilog="examples:\n  youyi law coverage\n  youyi law coverage --on 2019-03-01\n  youyi law coverage --origin",
    )
    coverage.add_argument("--on", default="", metavar="DATE", help="YYYY-MM-DD (default: today)")
    coverage.add_argument("--origin", action="store_true", help="the rules of origin in hand instead of the rates")
    coverage.set_defaults(run=_coverage)

    load = commands.add_parser(
        "import",
        help="add a table of your own to a release, after the same checks",
        formatter_class=RAW,
        description="Add a table of your own to a release folder of your own, after the same checks. The bundled release is never changed:\n"
        "name a folder with --release; it is made from the bundled one if it is not there yet. Nothing is written if anything is wrong.",
        epilog=(
            "examples:\n  youyi law import customs_rates rates.csv --release my-law\n"
            "  youyi law import tariff th.csv --release my-law "
            "--state importer=TH regime=MFN origins='*' edition=HS2022 tariff=TH-AHTN2022 digits=8 title='Thailand MFN 2026'"
        ),
    )
    load.add_argument("kind", metavar="KIND", help="tariff, customs_rates, remedies, taxes, … (youyi law show names them)")
    load.add_argument("file", type=Path, metavar="FILE", help="CSV or XLSX (citations: TOML)")
    load.add_argument("--release", type=Path, required=True, metavar="FOLDER", help="your release")
    load.add_argument("--name", default=None, help="name of the table in the release (default: the file's)")
    load.add_argument(
        "--state", nargs="*", default=[], metavar="KEY=VALUE", help="for a tariff: its schedule (importer, regime, origins, edition, tariff, digits, title)"
    )
    load.add_argument("--given", nargs="*", default=[], metavar="COLUMN=VALUE", help="one value for a column that the file lacks (citation, status, …)")
    load.add_argument("--replace", action="store_true", help="replace a table of the same name")
    load.set_defaults(run=_import)

    diff = commands.add_parser(
        "diff", help="in words, what changed between two releases", formatter_class=RAW, epilog="examples:\n  youyi law diff old-release/ new-release/"
    )
    diff.add_argument("old", type=Path, metavar="A")
    diff.add_argument("new", type=Path, metavar="B")
    diff.add_argument("--limit", type=int, default=20, metavar="N", help="rows named per table and kind of change")
    diff.add_argument("--json", action="store_true", help="answer for programs")
    diff.set_defaults(run=_diff)


def _check(chosen: argparse.Namespace) -> int:
    from youyi.law.release import Release

    release = Release(chosen.folder)
    problems = release.problems()
    if chosen.json:
        _print_json({"digest": release.digest, "problems": [asdict(p) for p in problems]})
    else:
        for p in problems:
            print(p)
        rows = sum(len(f.rows) for f in release.files)
        print(f"{len(problems)} fault(s) in {len(release.files)} tables, {rows:,} rows; release {release.digest[:12]}", file=sys.stderr)
    return 1 if problems else 0


def _show(chosen: argparse.Namespace) -> int:
    from youyi.law import show
    from youyi.law.rulebook import Rulebook

    rulebook = Rulebook.load(chosen.release)
    if chosen.sources:
        sources = show.sources(rulebook)
        if chosen.json:
            _print_json(sources)
            return 0
        for s in sources:
            print(f"[{s.key}] {s.title}{f', {s.date}' if s.date else ''} ({s.licence})\n    from {s.taken_from}; {s.rows:,} rows")
        return 0
    summary = show.summary(rulebook)
    if chosen.json:
        _print_json(summary)
        return 0
    print(f"{summary.name}, {summary.date}, {summary.digest[:12]}\n{summary.description}\n")
    rows = [("table", "kind", "rows", "from", "to", "editions", "status")]
    rows += [
        (
            h.file,
            h.kind,
            f"{h.rows:,}",
            _text(h.first),
            _text(h.last) or "open",
            " ".join(map(_text, h.editions)),
            ", ".join(f"{k} {v:,}" for k, v in _pairs(h.statuses)),
        )
        for h in summary.tables
    ]
    widths = [max(len(r[i]) for r in rows) for i in range(len(rows[0]))]
    for r in rows:
        print("  ".join(c.rjust(w) if i == 2 else c.ljust(w) for i, (c, w) in enumerate(zip(r, widths, strict=True))).rstrip())
    return 0


def _text(value: Any) -> str:
    return "" if value is None else value.isoformat() if isinstance(value, date) else str(value)


def _pairs(found: Any) -> list[tuple[str, int]]:
    return list(found.items()) if isinstance(found, dict) else list(found)


def _coverage(chosen: argparse.Namespace) -> int:
    from youyi.assess.lines import InputError
    from youyi.assess.slips import date_fault
    from youyi.finding import Finding, Severity
    from youyi.law import coverage, origin_coverage
    from youyi.law.rulebook import Rulebook

    try:
        day = date.fromisoformat(chosen.on) if chosen.on else date.today()
    except ValueError:
        raise InputError([Finding("DATE", Severity.ERROR, "/on", date_fault(chosen.on))]) from None
    rulebook = Rulebook.load(chosen.release)
    if chosen.origin:
        held = origin_coverage.coverage(rulebook, day)
        _print_json(held) if chosen.json else print(origin_coverage.table(held))
        return 0
    cells = coverage.coverage(rulebook, day)
    if chosen.json:
        _print_json(cells)
    else:
        print(coverage.table(cells))
        print("\n" + origin_coverage.table(origin_coverage.coverage(rulebook, day)))
    return 0


def _import(chosen: argparse.Namespace) -> int:
    from youyi.law import importing
    from youyi.law.release import ReleaseError

    stated = dict(_key_value(t) for t in chosen.state)
    given = dict(_key_value(t) for t in chosen.given)
    try:
        path = importing.import_table(
            chosen.kind, chosen.file, chosen.release, chosen.name, schedule=stated or None, given=given or None, replacing=chosen.replace, new=True
        )
    except ReleaseError as error:
        for problem in error.problems:
            print(problem, file=sys.stderr)
        absent = [p.field for p in error.problems if p.text == "the column is missing"]
        if absent:
            print(f"state what holds for every row beside the file: --given {' '.join(f'{c}=…' for c in absent)}", file=sys.stderr)
        print(f"{len(error.problems)} fault(s); {chosen.release} is as it was", file=sys.stderr)
        return 1
    print(f"{chosen.file.name} stands in {path}; use it with --release {chosen.release}", file=sys.stderr)
    return 0


def _key_value(text: str) -> tuple[str, str]:
    from youyi.assess.lines import InputError
    from youyi.finding import Finding, Severity

    key, equals, value = text.partition("=")
    if not equals:
        raise InputError([Finding("STATED", Severity.ERROR, "", f"{text!r}: KEY=VALUE is expected")])
    return key.strip(), value.strip()


def _diff(chosen: argparse.Namespace) -> int:
    from youyi.law import diff
    from youyi.law.release import Release

    changes = diff.differences(Release(chosen.old), Release(chosen.new), limit=chosen.limit)
    if chosen.json:
        _print_json(changes)
    else:
        for change in changes:
            print(change)
        print(f"{sum(c.rows for c in changes):,} rows differ", file=sys.stderr)
    return 0


def _print_json(found: Any) -> None:
    def plain(value: Any) -> Any:
        if is_dataclass(value) and not isinstance(value, type):
            return asdict(value)
        return value.isoformat() if isinstance(value, date) else str(value)

    print(json.dumps(found, ensure_ascii=False, indent=1, default=plain))
