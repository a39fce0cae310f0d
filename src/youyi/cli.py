"""The `youyi` command: questions from a terminal, answers for people or, with --json, for programs.

Exit codes: 0 all well, 1 something in the input is wrong (what, is said), 2 the command was not understood.
"""

from __future__ import annotations

import argparse
import json
import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from youyi import __version__

if TYPE_CHECKING:
    from youyi.assess.rate import Answer
    from youyi.finding import Finding
    from youyi.law.rulebook import Rulebook

NOTICE = "Not legal advice. Every figure shows its source, its date and its doubt; what was not checked is named."


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns its exit code."""
    parser = _parser()
    chosen = parser.parse_args(arguments)
    if not hasattr(chosen, "run"):
        parser.print_help()
        return 2
    from youyi.assess.lines import InputError
    from youyi.law.release import ReleaseError

    try:
        code: int = chosen.run(chosen)
    except InputError as error:
        _complain(error.findings, chosen)
        return 1
    except ReleaseError as error:
        for problem in error.problems:
            print(problem, file=sys.stderr)
        print(f"{len(error.problems)} fault(s) in the release; nothing was computed", file=sys.stderr)
        return 1
    except OSError as error:
        if isinstance(error, BrokenPipeError):
            sys.stderr.close()
            return 0
        print(f"error FILE {error.filename or 'output'}: {error.strerror}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("stopped; nothing was written", file=sys.stderr)
        return 130
    return code


def _parser() -> argparse.ArgumentParser:
    from youyi.journal import commands as recording
    from youyi.law import commands
    from youyi.qualify import commands as qualifying
    from youyi.quote import commands as quoting
    from youyi.quote import plan_commands as planning

    parser = argparse.ArgumentParser(
        prog="youyi", description="What a consignment pays between China and ASEAN, under which agreement, and why.", epilog=NOTICE
    )
    parser.add_argument("--version", action="version", version=f"youyi {__version__}")
    sub = parser.add_subparsers(title="commands", metavar="COMMAND")
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--release", metavar="FOLDER", help="a rulebook release other than the bundled one")
    shared.add_argument("--json", action="store_true", help="answer for programs")

    rate = sub.add_parser(
        "rate",
        parents=[shared],
        help="every regime's rate for a code between two countries",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Every regime's rate for a code between two countries, with law, date and doubt.\n"
        "A six-digit code lists the importer's national lines; a dead code says what replaced it.",
        epilog="examples:\n  youyi rate 0713.31.90 --from MM --to CN\n"
        "  youyi rate 850710 --from CN --to VN --on 2026-03-01\n  youyi rate 8517.12 --from CN --to VN --edition HS2017 --json",
    )
    rate.add_argument("code", metavar="CODE", help="six to twelve digits, with or without points")
    rate.add_argument("--from", dest="origin", required=True, metavar="COUNTRY", help="country of origin and export, two letters")
    rate.add_argument("--to", dest="importer", required=True, metavar="COUNTRY", help="importing country")
    rate.add_argument("--on", default="", metavar="DATE", help="day of the declaration, YYYY-MM-DD (default: today)")
    rate.add_argument("--edition", default="", metavar="HSyyyy", help="edition of the code (default: that of the importer's tariff on the day)")
    rate.set_defaults(run=_rate)

    assess = sub.add_parser(
        "assess",
        parents=[shared],
        help="duty and tax of a file of lines under every regime",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Duty, remedies and tax of every line of a file under every regime open to it, the best of them, and why.\n"
        "Columns: docs/schemas/lines.json. A row that cannot be read is refused with a finding; the others are assessed.",
        epilog="examples:\n  youyi assess consignment.xlsx\n  youyi assess lines.csv -o answers.parquet\n"
        "  youyi assess lines.parquet -o answers.parquet --on dask\n  youyi assess journey.csv --explain",
    )
    assess.add_argument("file", type=Path, metavar="FILE", help="CSV, XLSX, JSON, JSON lines or Parquet")
    assess.add_argument("-o", "--out", type=Path, metavar="OUT", help="write the answers to a .csv, .parquet, .json or .jsonl")
    assess.add_argument("--explain", action="store_true", help="show the steps behind every row (for few lines)")
    assess.add_argument("--on", default="", metavar="SCHEDULER", help="'dask' for workers on this machine, tcp://host:8786 for a Dask scheduler")
    assess.add_argument("--workers", type=_positive, default=None, metavar="N", help="threads, or Dask workers on this machine (default: one per core)")
    assess.set_defaults(run=_assess)

    qualifying.add_to(sub, shared)
    quoting.add_to(sub, shared)
    planning.add_to(sub, shared)
    commands.add_to(sub, shared)
    recording.add_to(sub)
    return parser


def _complain(findings: list[Finding], chosen: argparse.Namespace) -> None:
    if getattr(chosen, "json", False):
        print(json.dumps({"findings": [f.as_dict() for f in findings]}, ensure_ascii=False))
    for f in findings:
        print(f, file=sys.stderr)


def _day(text: str) -> int:
    from youyi.assess.lines import InputError, day_of
    from youyi.assess.slips import date_fault
    from youyi.finding import Finding, Severity

    day = day_of(text or date.today().isoformat())
    if day is None:
        raise InputError([Finding("DATE", Severity.ERROR, "/on", date_fault(text))])
    return day


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a number of workers")
    return number


# -- rate --------------------------------------------------------------------------------------------------------


def _rate(chosen: argparse.Namespace) -> int:
    from youyi.assess.rate import rate
    from youyi.law.rulebook import Rulebook

    rulebook = Rulebook.load(chosen.release)
    answer = rate(rulebook, chosen.code, chosen.origin, chosen.importer, _day(chosen.on), chosen.edition)
    if chosen.json:
        print(json.dumps(answer.as_dict(rulebook), ensure_ascii=False, indent=1))
    else:
        print("\n".join(_rate_lines(rulebook, answer)))
    return 0


def _rate_lines(rulebook: Rulebook, answer: Answer) -> list[str]:
    r = answer.ruling
    found = answer.as_dict(rulebook)
    out = [f"{r.code.digits} ({r.code.edition})  {answer.text}", f"from {r.route.origin} to {r.route.importer} on {found['on']}", ""]
    out += _columns(
        [
            ("regime", "rate", "status", "eligible", "schedule"),
            *((p["regime"], p["rate"] or "–", p["status"], p["eligible"], p["schedule"]) for p in found["regimes"]),
        ]
    )
    for p in found["regimes"]:
        notes = [
            *(f"if {c}" for c in p["conditions"]),
            *(f"{f['text']}{_cite(f['citation'])}" for f in p["findings"]),
            *(f"{s['text']}{_cite(s['citation'])}" for s in p["law"]),
        ]
        if notes:
            out += ["", p["regime"], *(f"  · {n}" for n in notes)]
    if found["findings"]:
        out += ["", "about the question", *(f"  · {f['text']}{_cite(f['citation'])}" for f in found["findings"])]
    if found["remedies"]:
        out += ["", "trade remedies (on top of any rate; no proof of origin removes them)"]
        out += [f"  · {m['kind']} {m['measure']}: {m['rate']}; {m['scope']}{_of(m['condition'])}{_cite(m['citation'])}" for m in found["remedies"]]
    if found["taxes"]:
        out += ["", "taxes at import"]
        out += [
            f"  · {t['tax']} {t['rate'] or _between(t)}{'; ' + t['condition'] if t['condition'] else ''} ({t['status']}){_cite(t['citation'])}"
            for t in found["taxes"]
        ]
    out += ["", "not checked", *(f"  · {n}" for n in found["not_checked"])]
    if answer.lines:
        regimes = list(dict.fromkeys(k for n in answer.lines for k in n.rates))
        out += ["", f"the national lines of {r.route.importer}"]
        out += _columns([("line", *regimes, "text"), *((n.code, *(n.rates.get(k, "–") for k in regimes), n.text[:60]) for n in answer.lines)])
        if answer.more:
            out.append(f"and {answer.more} more")
    out += ["", "sources"]
    out += [f"  [{key}] {entry.get('title', '')}{', ' + entry['date'] if entry.get('date') else ''}" for key, entry in found["sources"].items()]
    return [*out, "", f"release {rulebook.name}, {rulebook.digest[:12]}. {NOTICE}"]


def _between(tax: dict[str, Any]) -> str:
    low, high = tax["rate_low"], tax["rate_high"]
    return f"{low:g} %" if low == high else f"{low:g} to {high:g} %"


def _of(condition: str) -> str:
    return f" ({condition})" if condition else ""


def _cite(key: str) -> str:
    return f" [{key}]" if key else ""


def _columns(rows: list[tuple[str, ...]]) -> list[str]:
    widths = [max(len(r[i]) for r in rows) for i in range(len(rows[0]))]
    return ["  ".join(c.ljust(w) for c, w in zip(r, widths, strict=True)).rstrip() for r in rows]


# -- assess ------------------------------------------------------------------------------------------------------


def _assess(chosen: argparse.Namespace) -> int:
    from youyi.assess.show import assess_and_show

    return assess_and_show(chosen)


if __name__ == "__main__":
    sys.exit(main())
