"""The measures taken of Youyi itself, each in a fresh process:

python bench/jobs.py NAME '{"rows": 1000000, ...}'      prints one JSON object
"""

from __future__ import annotations

import gc
import json
import resource
import statistics
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from clock import Clock
from limits import limits, machine

ROUTES = {"three": "THREE_REGIMES", "mixed": "MIXED"}
DAY = ("2026-01-15", 1)


def peak_mb() -> float:
    """The most memory this process has held, in MB. A child may start with its parent's figure in ru_maxrss, so VmHWM is read where there is one."""
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
        return int(status.split("VmHWM:")[1].split()[0]) / 1024
    except (OSError, IndexError):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if sys.platform != "darwin" else 1 << 20)


def rulebook() -> Any:
    """A rulebook that has answered nothing yet."""
    from youyi.law.rulebook import Rulebook

    return Rulebook.load()


# -- the engine in memory ----------------------------------------------------------------------------------------


class Tally:
    """What came out of the batches."""

    def __init__(self) -> None:
        self.lines = self.rows = self.rated = self.refused = 0

    def add(self, result: Any, lines: int) -> None:
        known = (result.column("rate_low") >= 0) & (result.column("total_low") >= 0)
        self.lines += lines
        self.rows += len(result)
        self.rated += int(known.sum())
        self.refused += len(result.errors)


def columns(book: Any, batch: Any) -> Any:
    """A batch's answers as the engine's own columns, words by number."""
    from youyi.assess import assess

    return assess(book, batch)


def arrow(book: Any, batch: Any) -> Any:
    """A batch's answers as an Arrow record batch, words and all."""
    from youyi.assess import assess

    return assess(book, batch).arrow()


def through(book: Any, batches: Iterable[Any], threads: int, each: Callable[[Any, int], None], act: Callable[[Any, Any], Any] = columns) -> float:
    """Assess batches on some threads, at most threads + 1 ahead, as files are; the seconds it took."""
    start = time.perf_counter()
    if threads == 1:
        for b in batches:
            each(act(book, b), b.num_rows)
        return time.perf_counter() - start
    with ThreadPoolExecutor(threads) as pool:
        waiting: deque[Any] = deque()
        for b in batches:
            waiting.append((pool.submit(act, book, b), b.num_rows))
            if len(waiting) > threads:
                done, n = waiting.popleft()
                each(done.result(), n)
        while waiting:
            done, n = waiting.popleft()
            each(done.result(), n)
    return time.perf_counter() - start


def engine(rows: int, threads: int, passes: int, routes: str = "three", codes: int = 0) -> dict[str, Any]:
    """Lines held in memory through a fresh engine, the law worked out on the way; then again with rulings remembered."""
    import lines

    book = rulebook()
    given = list(lines.batches(book, rows, codes_each=codes or lines.CODES, routes=getattr(lines, ROUTES[routes])))
    book = rulebook()  # a fresh one: nothing is remembered of making the lines
    tally = Tally()
    cold = through(book, given, threads, tally.add)
    warm = [through(book, given, threads, lambda result, n: None) for _ in range(passes)]
    out = [through(book, given, threads, lambda result, n: None, arrow) for _ in range(passes)]
    from youyi.assess import engine_of

    per_line = tally.rows / tally.lines
    return {
        "lines": tally.lines,
        "rows": tally.rows,
        "threads": threads,
        "routes": routes,
        "rulings": len(engine_of(book).desk.questions.table.rulings) - 1,
        "share_rated": tally.rated / tally.rows,
        "refused": tally.refused,
        "cold_s": cold,
        "cold_lines_per_s": tally.lines / cold,
        "cold_rows_per_s": tally.rows / cold,
        "warm_s": warm,
        "warm_lines_per_s": tally.lines / statistics.median(warm),
        "warm_rows_per_s": tally.rows / statistics.median(warm),
        "arrow_s": out,
        "arrow_lines_per_s": tally.lines / statistics.median(out),
        "arrow_rows_per_s": tally.rows / statistics.median(out),
        "rows_per_line": per_line,
    }


def memory(rows: int, threads: int, codes: int = 0) -> dict[str, Any]:
    """Lines made a batch at a time, so that neither they nor the answers are held: the engine's own peak."""
    import lines

    book = rulebook()
    before = peak_mb()
    tally = Tally()
    made = lines.batches(book, rows, codes_each=codes or lines.CODES)
    seconds = through(book, made, threads, tally.add)
    return {"lines": tally.lines, "rows": tally.rows, "threads": threads, "peak_mb": peak_mb(), "before_mb": before, "seconds_with_making_the_lines": seconds}


# -- files -------------------------------------------------------------------------------------------------------


def make_file(rows: int, path: str, codes: int = 0) -> dict[str, Any]:
    """A Parquet file of lines, in a process of its own so that its memory is not the reader's."""
    import pyarrow.parquet as pq

    import lines

    made = lines.batches(rulebook(), rows, codes_each=codes or lines.CODES)
    first = next(made)
    with pq.ParquetWriter(path, first.schema, compression="zstd", compression_level=1) as out:
        out.write_batch(first)
        for b in made:
            out.write_batch(b)
    return {"bytes": Path(path).stat().st_size}


def parquet(source: str, target: str, threads: int) -> dict[str, Any]:
    """A Parquet file of lines into a Parquet file of answers, as `youyi assess` does it, from a fresh process."""
    from youyi.assess.run import assess_file

    start = time.perf_counter()
    report, _ = assess_file(Path(source), Path(target), workers=threads)
    seconds = time.perf_counter() - start
    start = time.perf_counter()
    assess_file(Path(source), Path(target), workers=threads)
    again = time.perf_counter() - start
    return {
        "lines": report.lines,
        "rows": report.rows,
        "threads": threads,
        "refused": report.refused,
        "cold_s": seconds,
        "cold_lines_per_s": report.lines / seconds,
        "cold_rows_per_s": report.rows / seconds,
        "warm_s": again,
        "warm_lines_per_s": report.lines / again,
        "warm_rows_per_s": report.rows / again,
        "bytes_in": Path(source).stat().st_size,
        "bytes_out": Path(target).stat().st_size,
        "peak_mb": peak_mb(),
    }


# -- one line ----------------------------------------------------------------------------------------------------


def single(rows: int, codes: int = 0) -> dict[str, Any]:
    """One line at a time: the first time each is seen, then plain, then with every row explained."""
    import lines
    from youyi.assess import assess
    from youyi.assess.explain import explain

    made = lines.records(rulebook(), rows, codes_each=codes or lines.CODES)
    book = rulebook()

    def plain(r: dict[str, str]) -> Any:
        return assess(book, [r]).records()

    def explained(r: dict[str, str]) -> Any:
        result = assess(book, [r])
        return result.records(), [explain(result, i) for i in range(len(result))]

    def timed(act: Callable[[dict[str, str]], Any]) -> list[float]:
        times = []
        for r in made:
            start = time.perf_counter()
            act(r)
            times.append((time.perf_counter() - start) * 1e6)
        return times

    first = timed(plain)
    gc.collect()
    found = {"lines": len(made), "rows": sum(len(assess(book, [r])) for r in made), "questions": len({(r["importer"], r["exporter"], r["hs"]) for r in made})}
    figures = {"first": first[1:], "plain": timed(plain), "explained": timed(explained)}
    return found | {"very_first_us": first[0]} | {f"{k}_{n}_us": v for k, t in figures.items() for n, v in (("median", statistics.median(t)), ("p95", p95(t)))}


def p95(times: list[float]) -> float:
    return sorted(times)[min(len(times) - 1, int(len(times) * 0.95))]


# -- opening the law ---------------------------------------------------------------------------------------------


def load() -> dict[str, Any]:
    """Opening the rulebook, from the cache or, where that is empty, from nothing."""
    from youyi.law.rulebook import Rulebook

    start = time.perf_counter()
    book = Rulebook.load()
    return {"ms": (time.perf_counter() - start) * 1e3, "release": book.name, "digest": book.digest[:12]}


def compile_() -> dict[str, Any]:
    """Making the compiled arithmetic ready: from source where nothing is kept yet, else from what is kept."""
    from youyi.assess import compiled

    start = time.perf_counter()
    compiled.fill()
    return {"ms": (time.perf_counter() - start) * 1e3}


def check() -> dict[str, Any]:
    """Judging every file of the bundled release."""
    from youyi.law.release import Release

    start = time.perf_counter()
    problems = Release().problems()
    return {"ms": (time.perf_counter() - start) * 1e3, "faults": len(problems)}


# -- beside a peer -----------------------------------------------------------------------------------------------


def peer_input(rows: int, path: str, codes: int = 0) -> dict[str, Any]:
    """Rates, taxes and lines for the peers, as arrays; and the engine's own speed and totals on these very lines."""
    import numpy as np

    import lines
    from youyi.assess import assess

    book = rulebook()
    codes = codes or lines.CODES
    made = list(lines.batches(book, rows, codes_each=codes, days=DAY))
    through(book, made, 1, lambda result, n: None)
    one = [through(book, made, 1, lambda result, n: None) for _ in range(3)]
    two = [through(book, made, 2, lambda result, n: None) for _ in range(3)]
    exporters = [e for _, e in lines.THREE_REGIMES]
    rates, vat, plain = rate_cube(book, made[0].column("hs").dictionary.to_pylist(), exporters)
    parts: dict[str, list[Any]] = {n: [] for n in ("route", "code", "value", "day", "total", "known", "index")}
    done = 0
    for b in made:
        result = assess(book, b)
        order = np.array([exporters.index(e) for e in b.column("exporter").dictionary.to_pylist()])
        route, code = order[b.column("exporter").indices.to_numpy()], b.column("hs").indices.to_numpy()
        parts["route"].append(route)
        parts["code"].append(code)
        parts["value"].append(np.frombuffer(b.column("value").buffers()[1], dtype=np.int64) / 10_000)
        parts["day"].append(np.asarray(b.column("date").cast("int32")))
        low, high = result.column("total_low"), result.column("total_high")
        parts["total"].append(low)
        parts["known"].append(plain[route, code][result.line] & (low >= 0) & (low == high) & (result.column("rate_low") >= 0))
        names = result.words["regime"]
        place = np.array([("MFN", "ACFTA", "RCEP").index(n) if n in ("MFN", "ACFTA", "RCEP") else -1 for n in names.pool])[names.ids]
        parts["index"].append(np.where(place < 0, -1, (result.line + done) * 3 + place))
        done += b.num_rows
    whole = {n: np.concatenate(v) for n, v in parts.items()}
    # For the peer's run by day, the days of the main measure.
    whole["day"] = whole["day"] + np.random.default_rng(3).integers(0, lines.DAYS[1], len(whole["day"])).astype(np.int32)
    np.savez(path, rates=rates, vat=vat, **whole)
    return {"lines": done, "lines_per_s": done / statistics.median(one), "two_threads_lines_per_s": done / statistics.median(two)}


def rate_cube(book: Any, codes: list[str], exporters: list[str]) -> tuple[Any, Any, Any]:
    """Rates (routes × codes × regimes, NaN where unknown), sales tax, and where nothing else falls due, as the engine has them."""
    import numpy as np
    import pyarrow as pa

    from youyi.assess import assess, money

    n = len(codes)
    said = {"importer": "CN", "date": DAY[0], "value": "1000000", "currency": "CNY", "incoterm": "CIF"}
    exporter, hs = [e for e in exporters for _ in codes], codes * len(exporters)
    table = pa.table({"line_id": range(len(hs)), "exporter": exporter, "hs": hs, **{k: [v] * len(hs) for k, v in said.items()}})
    result = assess(book, table)
    known = result.desk.questions.table
    first = known.rows.array()[known.spans.array()[result.ruling_of, 0]]
    shape = (len(exporters), n)
    rates = np.full((n * len(exporters), 3), np.nan)
    for k, regime in enumerate(("MFN", "ACFTA", "RCEP")):
        words = result.words["regime"]
        rows = np.flatnonzero(np.array([w == regime for w in words.pool])[words.ids] & (result.column("rate_low") >= 0))
        rates[result.line[rows], k] = result.column("rate_low")[rows] / 1_000_000
    return rates.reshape(*shape, 3), (first[:, money.VAT_LOW] / 1_000_000).reshape(shape), (first[:, money.MORE] == 0).reshape(shape)


def agreement(source: str, peer: str) -> dict[str, Any]:
    """How far a peer's totals agree with the engine's, on rows where both say one figure and only duty and VAT fall due."""
    import numpy as np

    own, other = np.load(source), np.load(peer)
    cents = np.stack([other[r] for r in ("mfn", "acfta", "rcep")], axis=1).ravel().astype(np.float64) * 100
    use = own["known"] & (own["index"] >= 0)
    mine, theirs = own["total"][use].astype(np.float64), cents[own["index"][use]]
    apart = np.abs(mine - theirs)
    return {
        "rows": int(use.sum()),
        "to_the_cent": float((apart < 0.5).mean()),
        "within_a_hundred_thousandth": float((apart <= np.maximum(mine * 1e-5, 2)).mean()),
        "largest_gap": float(apart.max(initial=0) / 100),
    }


# -- where the time goes -----------------------------------------------------------------------------------------


def phases(rows: int, codes: int = 0) -> dict[str, Any]:
    """One thread, rulings remembered, with a clock around each phase."""
    import lines
    import youyi.assess as front
    from youyi.assess import assess, compiled
    from youyi.assess import engine as core
    from youyi.assess.questions import Questions
    from youyi.assess.value import Plans

    book = rulebook()
    given = list(lines.batches(book, rows, codes_each=codes or lines.CODES))
    through(book, given, 1, lambda result, n: None)
    bare = min(through(book, given, 1, lambda result, n: None) for _ in range(2))
    clock = Clock()
    for owner, name, phase in (
        (front, "from_arrow", "reading"),
        (Questions, "rulings", "questions"),
        (Questions, "_ask", "law"),
        (Plans, "of_lines", "plans"),
        (core, "_column", "room"),
        (core.Engine, "_extras", "special"),
        (core.Engine, "_findings", "findings"),
    ):
        clock.wrap(owner, name, phase)
    run = compiled.fill()

    def fill(*given: Any) -> int:
        with clock.phase("money"):
            return run(*given)

    compiled.fill = lambda: fill  # type: ignore[assignment]
    written = bytes_out = 0
    start = time.perf_counter()
    for b in given:
        with clock.phase("other"):
            result = assess(book, b)
        with clock.phase("arrow"):
            answers = result.arrow()
        written += sum(c.nbytes for c in result.rows)
        bytes_out += answers.nbytes
    whole = time.perf_counter() - start
    return {
        "lines": rows,
        "seconds_without_clock": bare,
        "seconds_with_clock": whole - clock.spent["arrow"],
        "spent": dict(clock.spent),
        "bytes_per_line": written / rows,
        "arrow_bytes_per_line": bytes_out / rows,
    }


def plans(bills: int) -> dict[str, Any]:
    """Plans for bills of thirty materials with three alternatives each."""
    from plans import plans as timed

    return timed(bills)


JOBS = {f.__name__: f for f in (plans, engine, memory, make_file, parquet, single, load, check, compile_, peer_input, agreement, phases, limits, machine)}

if __name__ == "__main__":
    print(json.dumps(JOBS[sys.argv[1]](**json.loads(sys.argv[2] if len(sys.argv) > 2 else "{}"))))
