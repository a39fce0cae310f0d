"""Assessing whole files: batches through workers, in order, with bounded memory.

`answer` is the whole engine as one function from record batch to record batch. Threads of this process map it by
default; `on` names a Dask scheduler that maps the same function over its workers instead.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from youyi.assess.answers import COLUMNS
from youyi.assess.columns import REPEATS_CHECKED, repeated
from youyi.assess.files import Source
from youyi.assess.lines import InputError
from youyi.assess.writing import writer
from youyi.finding import Finding, Severity
from youyi.law.rulebook import Rulebook

KEPT_FINDINGS = 1000
"""Findings kept in memory for the report; every one stands in the result beside its row."""


@dataclass
class Report:
    """What became of a file."""

    lines: int = 0
    rows: int = 0
    refused: int = 0
    findings: list[Finding] = field(default_factory=list)
    digest: str = ""
    first: int = 1
    """What people call the row that pointers call 0."""

    def note(self, findings: list[Finding]) -> None:
        """Keep findings, as far as there is room, those about columns once."""
        room = KEPT_FINDINGS - len(self.findings)
        seen = {(f.code, f.pointer) for f in self.findings if f.severity is not Severity.ERROR}
        self.findings.extend([f for f in findings if (f.code, f.pointer) not in seen][: max(room, 0)])


@cache
def _rulebook(folder: str) -> Rulebook:
    return Rulebook.load(folder or None)


def answer(batch: Any, first_row: int = 0, folder: str = "") -> tuple[Any, int, list[Finding]]:
    """Assess one Arrow record batch: (the result batch, how many lines were refused, findings about cells).

    A pure function of its arguments: `folder` names the release (empty for the bundled one), which each process
    opens once.
    """
    from youyi.assess import assess

    result = assess(_rulebook(folder), batch, first_row)
    refused = len({f.pointer.split("/")[1] for f in result.errors})
    return result.arrow(), refused, result.findings[:KEPT_FINDINGS]


def assess_file(
    source: Path,
    target: Path | None,
    folder: str = "",
    on: str = "",
    workers: int | None = None,
    progress: Callable[[int, int | None], None] | None = None,
    keep: int = 0,
) -> tuple[Report, list[Any]]:
    """Assess a file of lines into a file of answers (or nowhere); the report, and the first `keep` answer batches.

    Raises InputError when the file cannot be read at all; then nothing is written.
    """
    if target is not None:
        refuse_same(source, target)
    lines = Source(source)
    report = Report(digest=_rulebook(folder).digest)
    kept: list[Any] = []
    with _sink(target) as write, _mapper(on, workers) as run:
        for batch, refused, findings in run(_numbered(lines, report), folder):
            write(batch)
            report.rows += batch.num_rows
            report.refused += refused
            report.note([placed(f, lines) for f in findings])
            if len(kept) < keep:
                kept.append(batch)
            if progress:
                progress(report.lines, lines.rows)
    report.note(lines.findings)
    report.first = lines.first
    report.lines += lines.broken
    report.refused += lines.broken
    return report, kept


def refuse_same(source: Path, target: Path) -> None:
    """Raise InputError where the answers would overwrite the lines."""
    if target.exists() and source.exists() and target.samefile(source):
        raise InputError([Finding("FILE-SAME", Severity.ERROR, "", f"{target} is the input; the answers need a file of their own")])


def placed(finding: Finding, lines: Source) -> Finding:
    """The finding with its pointer into the file, where rows that are blank or could not be read at all count too."""
    parts = finding.pointer.split("/")
    if len(parts) != 3:
        return finding
    return replace(finding, pointer=f"/{lines.row(int(parts[1]))}/{parts[2]}")


def _numbered(source: Source, report: Report) -> Iterator[tuple[Any, int]]:
    """The batches with the number of their first row."""
    seen: set[str] = set()
    for batch in source.batches():
        if (room := REPEATS_CHECKED - report.lines) > 0 and "line_id" in batch.schema.names:
            ids = batch.column("line_id").slice(0, room).to_pylist()
            report.note([placed(f, source) for f in repeated(("" if i is None else str(i).strip() for i in ids), report.lines, seen)])
        yield batch, report.lines
        report.lines += batch.num_rows
    if not report.lines and not source.findings:
        raise InputError([Finding("FILE-EMPTY", Severity.ERROR, "", f"{source.path.name} holds no lines")])


def _sink(target: Path | None) -> Any:
    from contextlib import nullcontext

    return writer(target) if target is not None else nullcontext(lambda batch: None)


def _mapper(on: str, workers: int | None) -> Any:
    return _Threads(workers or min(os.cpu_count() or 1, 8)) if not on else _Dask(on, workers)


class _Threads:
    """Map over threads of this process; NumPy and Arrow let them run side by side."""

    def __init__(self, workers: int) -> None:
        self._workers = workers

    def __enter__(self) -> Callable[[Iterator[tuple[Any, int]], str], Iterator[Any]]:
        self._pool = ThreadPoolExecutor(self._workers)
        return lambda batches, folder: _ordered(batches, lambda b, n: self._pool.submit(answer, b, n, folder), Future.result, self._workers + 1)

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(cancel_futures=True)


class _Dask:
    """Map over the workers of a Dask scheduler: `dask` starts one on this machine, `tcp://…` names one."""

    def __init__(self, on: str, workers: int | None) -> None:
        self._on, self._workers = on, workers

    def __enter__(self) -> Callable[[Iterator[tuple[Any, int]], str], Iterator[Any]]:
        try:
            from distributed import Client, LocalCluster
        except ImportError:
            raise InputError([Finding("DASK", Severity.ERROR, "", "--on needs Dask: pip install 'youyi[dask]'")]) from None
        self._cluster = LocalCluster(n_workers=self._workers or 2, threads_per_worker=1, dashboard_address=None) if self._on == "dask" else None
        try:
            self._client = Client(self._cluster or self._on, timeout="20s")
        except (OSError, ValueError) as error:
            raise InputError([Finding("DASK", Severity.ERROR, "", f"no scheduler answers at {self._on}: {error}")]) from None

        def submit(batch: Any, first_row: int, folder: str) -> Any:
            # Each batch is a task of its own; one whose worker dies is run again elsewhere.
            return self._client.submit(answer, batch, first_row, folder, pure=False, retries=3)

        return lambda batches, folder: _ordered(batches, lambda b, n: submit(b, n, folder), lambda f: f.result(), 2 * max(1, len(self._client.nthreads())) + 2)

    def __exit__(self, *_: object) -> None:
        self._client.close()
        if self._cluster is not None:
            self._cluster.close()


def _ordered(batches: Iterator[tuple[Any, int]], submit: Callable[[Any, int], Any], result: Callable[[Any], Any], ahead: int) -> Iterator[Any]:
    """Submit batches, at most `ahead` at a time, and give their answers in order."""
    waiting: deque[Any] = deque()
    for batch, first_row in batches:
        waiting.append(submit(batch, first_row))
        if len(waiting) >= ahead:
            yield result(waiting.popleft())
    while waiting:
        yield result(waiting.popleft())


__all__ = ["COLUMNS", "Report", "answer", "assess_file"]
