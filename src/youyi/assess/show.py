"""`youyi assess` on a terminal: a file in, a table on screen or a file out, findings on standard error."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from youyi.assess.columns import repeated
from youyi.assess.files import Source
from youyi.assess.lines import InputError
from youyi.assess.run import Report, assess_file, placed, refuse_same
from youyi.assess.writing import plain, writer
from youyi.finding import Finding, Severity
from youyi.law.rulebook import Rulebook

if TYPE_CHECKING:
    import argparse

    from youyi.assess.explain import Step

MAX_EXPLAINED = 200
SHOWN_ROWS = 60
SHOWN_FINDINGS = 20
MANY_MISSING = 3
"""Empty cells that a line needs, from which on a row is taken for no line."""
FIGURES = ("rate", "duty", "remedy from", "VAT from", "other tax from", "total", "saving")
WIDTH = 200
"""Columns of a table that is written to a file or a pipe."""
MILLION = 1_000_000


def assess_and_show(chosen: argparse.Namespace) -> int:
    """Run the command; 1 when a line was refused."""
    if chosen.explain:
        return _explain(chosen)
    keep = 1 if chosen.out is None else 0
    if chosen.out is None and chosen.json:
        keep = sys.maxsize
    with _progress(chosen) as progress:
        report, kept = assess_file(chosen.file, chosen.out, chosen.release or "", chosen.on, chosen.workers, progress, keep)
    if chosen.json:
        _print_json(report, [plain(r) for b in kept for r in b.to_pylist()], chosen.out)
    else:
        if chosen.out is None:
            _print_table(kept, report)
        _print_summary(report, chosen.out)
    return 1 if report.refused else 0


@contextmanager
def _progress(chosen: argparse.Namespace) -> Iterator[Callable[[int, int | None], None] | None]:
    """A bar on a terminal; nothing where nobody looks."""
    if not sys.stderr.isatty() or chosen.json:
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    with Progress(TextColumn("assessing"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _print_json(report: Report, answers: list[dict[str, Any]], out: Path | None, steps: bool = False) -> None:
    found: dict[str, Any] = {
        "lines": report.lines,
        "rows": report.rows,
        "refused": report.refused,
        "digest": report.digest,
        "findings": [f.as_dict() for f in report.findings],
        "notice": "Not legal advice. No total is complete without its not_checked list.",
    }
    if out is None or steps:
        found["answers"] = answers
    if out is not None:
        found["out"] = str(out)
    print(json.dumps(found, ensure_ascii=False, indent=1))


def _print_table(kept: list[Any], report: Report) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    rows = [plain(r) for b in kept for r in b.slice(0, SHOWN_ROWS).to_pylist()][:SHOWN_ROWS]
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("line", "code", "regime", "rate", "duty", "remedy from", "VAT from", "other tax from", "total", "", "eligible", "status", "basis", "saving"):
        # A figure that does not fit is folded onto the next line; cut short, it would be another figure.
        table.add_column(name, justify="right" if name in FIGURES else "left", no_wrap=name in ("line", "code", "regime"), overflow="fold")
    before = ""
    for r in rows:
        first = r["line_id"] != before
        before = r["line_id"]
        style = "bold" if r["best"] == "True" or r["best"] is True else "red" if r["status"] == "refused" else ""
        table.add_row(
            r["line_id"] if first else "",
            r["code"] if first else "",
            r["regime"],
            r["rate"],
            _span(r, "duty"),
            _amount(r["remedy"]),
            _amount(r["vat"]),
            _amount(r["other_tax"]),
            _span(r, "total"),
            r["currency"] if r["total_low"] else "",
            r["eligible"],
            r["status"],
            ("best, " if style == "bold" else "") + r["basis"],
            _span(r, "saving"),
            style=style,
        )
    console = Console(width=None if sys.stdout.isatty() else WIDTH)
    console.print(table)
    if report.rows > len(rows):
        console.print(f"{report.rows - len(rows):,} more rows; write them with -o FILE")
    _print_words(console, rows, report.rows > len(rows))


def _print_words(console: Any, rows: list[dict[str, Any]], more: bool) -> None:
    """What goes with the totals: conditions, findings, and what was not checked."""
    for title, key in (("not checked: no total is complete without these", "not_checked"), ("conditions", "conditions"), ("findings", "findings")):
        told: dict[str, list[str]] = {}
        for r in rows:
            for text in r[key]:
                told.setdefault(text, []).append(f"{r['line_id']} {r['regime']}".strip())
        if told:
            console.print(f"[bold]{title}{' (of the rows shown)' if more else ''}[/bold]")
        for text, where in told.items():
            shown = ", ".join(dict.fromkeys(where[:4])) + (f" and {len(where) - 4} more" if len(where) > 4 else "")
            console.print(f"  · {text}  ({shown})", highlight=False, markup=False)


def _amount(text: str | None) -> str:
    """`1,234.50`; large whole amounts, of currencies whose hundredths nobody uses, without decimals."""
    if text is None:
        return "–"
    amount = Decimal(text)
    return f"{amount:,.0f}" if amount >= MILLION and amount == int(amount) else f"{amount:,.2f}"


def _span(row: dict[str, Any], name: str) -> str:
    low, high = row[f"{name}_low"], row[f"{name}_high"]
    return _amount(low) if low == high else f"{_amount(low)} …\n{_amount(high)}"


def in_words(findings: list[Finding], first: int) -> list[str]:
    """Findings for people, in the order of the rows as their spreadsheet counts them; `first` is its number of the row pointed at as 0."""
    rows: dict[int, list[Finding]] = {}
    for f in findings:
        at = f.pointer.split("/")[1:2]
        rows.setdefault(int(at[0]) if at and at[0].isdigit() else -1, []).append(f)
    return [text for row in sorted(rows) for text in _of_row(row + first, rows[row])]


def _of_row(row: int, findings: list[Finding]) -> list[str]:
    bare = [f for f in findings if f.text.endswith("is missing")]
    if len(bare) >= MANY_MISSING:
        names = ", ".join(f.pointer.rsplit("/", 1)[-1] for f in bare)
        rest = _of_row(row, [f for f in findings if f not in bare])
        return [f"error ROW-NO-LINE row {row}: {names} are empty; if it is a total or a note, leave the row out", *rest]
    return [_of_cell(row, f) for f in findings]


def _of_cell(row: int, f: Finding) -> str:
    parts = f.pointer.split("/")[1:]
    if not parts or not parts[0].isdigit():
        return str(f)
    where = f"row {row}" + "".join(f", {p}" for p in parts[1:])
    return str(replace(f, pointer=where))


def _print_summary(report: Report, out: Path | None) -> None:
    told = in_words(report.findings, report.first)
    for text in told[:SHOWN_FINDINGS]:
        print(text, file=sys.stderr)
    if len(told) > SHOWN_FINDINGS:
        print(f"and {len(told) - SHOWN_FINDINGS} more findings; each stands in the result beside its row", file=sys.stderr)
    written = f", written to {out}" if out else ""
    print(
        f"{report.lines:,} lines, {report.rows:,} answers, {report.refused:,} refused{written}. release {report.digest[:12]}. Not legal advice.",
        file=sys.stderr,
    )


def _explain(chosen: argparse.Namespace) -> int:
    """Assess a few lines in one batch and print the steps of each row."""
    import pyarrow as pa

    from youyi.assess import assess
    from youyi.assess.explain import explain

    source = Source(chosen.file)
    batches: list[Any] = []
    lines = 0
    for batch in source.batches():
        batches.append(batch)
        lines += batch.num_rows
        if lines > MAX_EXPLAINED:
            raise InputError(
                [
                    Finding(
                        "EXPLAIN-MANY",
                        Severity.ERROR,
                        "",
                        f"more than {MAX_EXPLAINED} lines, which is what --explain shows at most. Take the lines in question out into a file of their own",
                    )
                ]
            )
    if not lines:
        raise InputError([*source.findings, Finding("FILE-EMPTY", Severity.ERROR, "", f"{source.path.name} holds no lines")])
    result = assess(Rulebook.load(chosen.release), pa.Table.from_batches(batches))
    if chosen.out is not None:
        refuse_same(chosen.file, chosen.out)
        with writer(chosen.out) as write:
            write(result.arrow())
    answers = result.arrow().to_pylist()
    steps = [explain(result, i) for i in range(len(answers))]
    refused = len({f.pointer.split("/")[1] for f in result.errors}) + source.broken
    twice = repeated(("" if i is None else str(i) for b in batches for i in b.column("line_id").to_pylist()), 0, set())
    findings = [*source.findings, *(placed(f, source) for f in (*twice, *result.findings))]
    report = Report(lines + source.broken, len(answers), refused, findings, result.release, source.first)
    if chosen.json:
        _print_json(report, [{**plain(a), "steps": [_step(s) for s in of_row]} for a, of_row in zip(answers, steps, strict=True)], chosen.out, steps=True)
        return 1 if report.refused else 0
    for answer, of_row in zip(answers, steps, strict=True):
        print(f"\n{answer['line_id']}  {answer['regime'] or 'refused'}")
        for step in of_row:
            print(f"  {step}")
        for text in plain(answer)["findings"] if not answer["regime"] else ():
            print(f"  {text}")
    _print_summary(report, chosen.out)
    return 1 if report.refused else 0


def _step(step: Step) -> dict[str, Any]:
    """A step for JSON: figures as text without exponents."""
    return {name: f"{value:f}" if isinstance(value, Decimal) else value for name, value in step.as_dict().items()}
