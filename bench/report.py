"""The page of figures, written from one run's results."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

PHASES = {
    "reading": "Arrow columns in",
    "questions": "questions: which ruling answers each line",
    "plans": "plans: how each line is valued",
    "money": "money: customs value, duty, taxes, total, best, saving, exactly rounded",
    "special": "duties per unit",
    "findings": "findings beyond those of the rulings",
    "law": "working out rulings",
    "room": "room for the columns",
    "other": "the rest",
}


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """A table in Markdown; the first column to the left, the others to the right."""
    lines = ["| " + " | ".join(head) + " |", "|" + "|".join([":--", *["--:"] * (len(head) - 1)]) + "|"]
    return "\n".join(lines + ["| " + " | ".join(r) + " |" for r in rows])


def many(number: float) -> str:
    """A count or a speed: `5.21 M`, `831 k`, `97`."""
    return f"{number / 1e6:,.2f} M" if number >= 1e6 else f"{number / 1e3:,.1f} k" if number >= 1e4 else f"{number:,.0f}"


def floors(f: dict[str, Any]) -> list[tuple[str, str, str, bool]]:
    """What the plan asks: (measure, floor, figure, met)."""
    two, files, single, start = f["engine"][1], f["parquet"][1], f["single"], f["start"]
    peak = max(*(m["peak_mb"] for m in f["memory"]), f["parquet"][1]["peak_mb"])
    speed, whole = two["warm_lines_per_s"], files["cold_lines_per_s"]
    rated = min(e["share_rated"] for e in f["engine"])
    found = [
        ("Rows with a rate and a total", "≥ 90 %", f"{rated:.1%}", rated >= 0.9),
        ("Engine, 2 threads, answers in columns", "≥ 5 M lines/s", f"{many(speed)} lines/s warm ({many(two['cold_lines_per_s'])} cold)", speed >= 5e6),
        ("The same, words written out in Arrow", "≥ 5 M lines/s", f"{many(two['arrow_lines_per_s'])} lines/s warm", two["arrow_lines_per_s"] >= 5e6),
        ("Parquet to Parquet, law worked out on the way", "≥ 500 k lines/s", f"{many(whole)} lines/s", whole >= 5e5),
        ("Parquet to Parquet, aim", "2 M lines/s", f"{many(files['warm_lines_per_s'])} lines/s with rulings remembered", files["warm_lines_per_s"] >= 2e6),
        ("Peak memory", "< 1 GB", f"{peak:,.0f} MB", peak < 1000),
        ("One line, plain", "≤ 100 µs", f"{single['plain_median_us']:.0f} µs", single["plain_median_us"] <= 100),
        ("One line, every row explained", "≤ 300 µs", f"{single['explained_median_us']:.0f} µs", single["explained_median_us"] <= 300),
        ("Plan, 30 materials with 3 alternatives each", "≤ 50 ms", f"{f['plans']['any']['median_ms']:.0f} ms", f["plans"]["any"]["median_ms"] <= 50),
        ("`youyi rate` above a bare interpreter", "≤ 250 ms", f"{start['above_bare_ms']:.0f} ms", start["above_bare_ms"] <= 250),
        ("Rulebook from the cache", "≤ 100 ms", f"{start['load_ms']:.1f} ms", start["load_ms"] <= 100),
    ]
    if peer := f["openfisca"]:
        own = f["beside"]["lines_per_s"]
        for name, key in (("rates as its parameters", "parameters_lines_per_s"), ("rates gathered from an array", "gather_lines_per_s")):
            ratio = own / peer[key]
            found.append((f"Batch beside OpenFisca, {name}", "≥ 3 ×", f"{ratio:.2f} ×", ratio >= 3))
    return found


def written(f: dict[str, Any]) -> str:
    """The whole page."""
    parts = [_head(f), _floors(f), _engine(f), _parquet(f), _single(f), _plans(f), _start(f), _peers(f), _time(f), _notes(f)]
    return "\n\n".join(p for p in parts if p) + "\n"


def _head(f: dict[str, Any]) -> str:
    m = f["machine"]
    tiny = "\n\n**A tiny run: the figures mean nothing.**" if f["tiny"] else ""
    return f"""# Speed and memory

Written by `make bench`: {f["date"]}, {f["seconds"]} s in all, release {f["start"]["release"]} ({f["start"]["digest"]}).
Machine: {m["cores"]} cores, {m["cpu"]}, {m["memory_gb"]} GB, {m["system"]}; Python {m["python"]}, NumPy {m["numpy"]}, PyArrow {m["pyarrow"]}.
Load when it began {m["load_before"]}; other work on the machine makes every figure worse. Medians unless said otherwise.{tiny}"""


def _floors(f: dict[str, Any]) -> str:
    rows = [(what, floor, figure, "met" if met else "**not met**") for what, floor, figure, met in floors(f)]
    return "## What was asked\n\n" + table(("Measure", "Floor or aim", "Measured", ""), rows)


def _engine(f: dict[str, Any]) -> str:
    def row(e: dict[str, Any]) -> tuple[str, ...]:
        name = "three regimes" if e["routes"] == "three" else "mixed routes"
        return (
            f"{name}, {many(e['lines'])} lines, {e['threads']} thread{'s' if e['threads'] > 1 else ''}",
            f"{e['rows_per_line']:.2f}",
            f"{e['share_rated']:.1%}",
            many(e["cold_lines_per_s"]),
            many(e["warm_lines_per_s"]),
            many(e["warm_rows_per_s"]),
            many(e["arrow_lines_per_s"]),
            many(e["arrow_rows_per_s"]),
        )

    e, compiling = f["engine"][0], f["compiling"]
    rulings = e["rulings"]
    law = (e["cold_s"] - sorted(e["warm_s"])[len(e["warm_s"]) // 2]) / rulings * 1e6
    head = ("", "rows a line", "with rate and total", "cold lines/s", "warm lines/s", "warm rows/s", "to Arrow lines/s", "to Arrow rows/s")
    rows = [(f"{many(m['lines'])} lines, {m['threads']} threads", many(m["rows"]), f"{m['peak_mb']:,.0f}", f"{m['before_mb']:,.0f}") for m in f["memory"]]
    memory = table(("made and dropped batch by batch", "rows", "peak MB", "of which before the first line"), rows)
    long = "" if len(f["memory"]) > 1 else "\n\n`python bench/run.py --long` adds ten times as many lines."
    return f"""## The engine in memory

Lines in Arrow batches of 131,072 with dictionary-encoded texts, made beforehand: five routes into China, 3,600 codes, 300 days.
*Cold*: a fresh process and engine; the {rulings:,} rulings asked for are worked out from the law in the same run (about {law:,.0f} µs each).
*Warm*: the same lines again. Every row has value, duty, remedies, taxes and total from low to high, saving, best, conditions, findings; its words
stand as the number of its row in the table of rulings. *To Arrow*: the same, every row with its 25 columns as an Arrow record batch.
The arithmetic is compiled once per machine ({compiling["first_ms"] / 1e3:.1f} s) and loaded from then on ({compiling["kept_ms"]:,.0f} ms, in the cold figures).

{table(head, [row(e) for e in (*f["engine"], *f["mixed"])])}

{memory}{long}"""


def _parquet(f: dict[str, Any]) -> str:
    rows = [
        (
            f"{p['threads']} thread{'s' if p['threads'] > 1 else ''}",
            many(p["cold_lines_per_s"]),
            many(p["cold_rows_per_s"]),
            many(p["warm_lines_per_s"]),
            many(p["warm_rows_per_s"]),
            f"{p['peak_mb']:,.0f}",
        )
        for p in f["parquet"]
    ]
    p = f["parquet"][0]
    return f"""## Parquet to Parquet

`assess_file` on {many(p["lines"])} lines ({p["bytes_in"] / 1e6:,.0f} MB in, {p["bytes_out"] / 1e6:,.0f} MB out, {many(p["rows"])} answers of 25 columns, zstd).

{table(("", "cold lines/s", "cold rows/s", "warm lines/s", "warm rows/s", "peak MB"), rows)}"""


def _single(f: dict[str, Any]) -> str:
    s = f["single"]
    names = {
        "first": "first sight: the law is worked out",
        "plain": "plain: `assess(rulebook, [line]).records()`",
        "explained": "the same, and `explain` of every row",
    }
    rows = [(n, f"{s[f'{k}_median_us']:,.0f}", f"{s[f'{k}_p95_us']:,.0f}") for k, n in names.items()]
    return f"""## One line in process

{s["lines"]:,} distinct lines over mixed routes, {s["questions"]:,} different questions, {s["rows"] / s["lines"]:.2f} rows a line; each timed by itself, in µs.
The very first line of a process took {s["very_first_us"] / 1e3:,.0f} ms.

{table(("", "median", "p95"), rows)}"""


PLANS = {
    "any": "costs and values drawn at random",
    "none": "no cost stated: the fewest changes win",
    "share": "costs in step with values, the hard case: every choice is nearly as good as another",
}


def _plans(f: dict[str, Any]) -> str:
    p = f["plans"]
    rows = [(n, f"{p[k]['median_ms']:,.1f}", f"{p[k]['max_ms']:,.1f}", "all" if p[k]["proven"] else "not all") for k, n in PLANS.items()]
    return f"""## Plans

{p["bills"]} bills of {p["materials"]} materials with {p["alternatives"]} alternatives each, up to five plans a bill (`bench/plans.py`).
The whole of `plan(...)`, in ms.

{table(("", "median", "longest", "proven cheapest"), rows)}"""


def _start(f: dict[str, Any]) -> str:
    s = f["start"]
    rows = [
        ("`youyi rate 0713.31.90 --from MM --to CN --on 2026-01-15`, warm cache, above `python -c pass`", f"{s['above_bare_ms']:,.0f}"),
        ("`python -c pass` itself", f"{s['bare_ms']:,.0f}"),
        ("`import numpy` above it, for comparison", f"{s['numpy_above_bare_ms']:,.0f}"),
        ("`Rulebook.load()` from the cache in a fresh process", f"{s['load_ms']:,.1f}"),
        ("the same from nothing: read, checked, compiled, written", f"{s['compile_ms']:,.0f}"),
        (f"checking every file of the release ({s['faults']} faults)", f"{s['check_ms']:,.0f}"),
    ]
    return "## Start\n\n" + table(("", "ms"), rows)


def _peers(f: dict[str, Any]) -> str:
    own, one, peer, zen = f["beside"], f["single"], f["openfisca"], f["zen"]
    if not peer or not zen:
        return "## Beside peers\n\nNot run: `.venv-bench` is missing; `make bench` sets it up."

    def row(name: str, speed: float, own_speed: float | None = None) -> tuple[str, ...]:
        return (name, many(speed), many(speed * 3), "" if own_speed is None else f"{own_speed / speed:,.2f} ×")

    def single_row(name: str, us: float) -> tuple[str, ...]:
        return (name, f"{us:,.0f}", many(1e6 / us), "" if us == plain else f"{us / plain:,.1f} ×")

    agree, mine, plain = peer["agreement"], own["lines_per_s"], one["plain_median_us"]
    batch = [
        row("Youyi, 1 thread", mine),
        row("Youyi, 2 threads", own["two_threads_lines_per_s"]),
        row("OpenFisca, rates gathered from an array by code number", peer["gather_lines_per_s"], mine),
        row(f"the same, lines of {peer['days']} days, a simulation a day", peer["by_day_lines_per_s"], mine),
        row(f"OpenFisca, rates as parameters indexed by an Enum ({many(peer['parameter_lines'])} lines)", peer["parameters_lines_per_s"], mine),
    ]
    single = [
        single_row("Youyi, plain", plain),
        single_row("OpenFisca: one simulation of one line", peer["single_us"]),
        single_row(f"zen-engine: decision table of {zen['codes']} codes", zen["single_us"]),
    ]
    return f"""## Beside peers

The same rates on the same machine in the same run. {many(own["lines"])} lines of the three regimes, one day, rulings remembered; peers on one thread.

{table(("Batch", "lines/s", "regime rows/s", "Youyi (1 thread) is faster by"), batch)}

OpenFisca-Core gets code and route as ready numbers, rates as arrays and one day for all lines, and works out for each regime duty, VAT and total,
then the best total and the saving. It does not read texts and dates, cross codes between editions, give intervals, conditions, findings or sources,
add excise or remedies, or round exactly: its numbers are 32-bit floats. Of {many(agree["rows"])} totals on which only one duty and VAT fall due,
{agree["to_the_cent"]:.1%} agree with the engine's to the cent and {agree["within_a_hundred_thousandth"]:.2%} to a hundred-thousandth or two cents;
the widest gap is {agree["largest_gap"]:,.2f}.
The first of its rows is NumPy itself with the bookkeeping of a simulation, and the fairest measure of what exactness and words cost here;
the last is how its documentation looks rates up by a key.

{table(("One line", "µs", "lines/s", "Youyi is faster by"), single)}

zen-engine evaluates one route's table of three rates and VAT and the totals in floating point; its table is searched from the top, so it is kept small."""


def _time(f: dict[str, Any]) -> str:
    p, limit = f["phases"], f["limits"]
    engine = {k: v for k, v in p["spent"].items() if k != "arrow"}
    whole = sum(engine.values())
    rows = [(PHASES.get(k, k), f"{v / whole:.0%}", f"{v / p['lines'] * 1e9:,.0f}") for k, v in sorted(engine.items(), key=lambda e: -e[1])]
    rows.append(("*Arrow columns out*", "", f"{p['spent']['arrow'] / p['lines'] * 1e9:,.0f}"))
    speed = p["lines"] / p["seconds_without_clock"]
    gather = limit["gather_lines_per_s"]
    bound = limit["copied_gb_per_s"] * 1e9 / p["bytes_per_line"]
    return f"""## Where the time goes, and the limit

One thread, {many(p["lines"])} lines, rulings remembered; the clocks themselves cost {max(0.0, p["seconds_with_clock"] / p["seconds_without_clock"] - 1):.0%}.

{table(("Phase", "share", "ns a line"), rows)}

Copying memory runs at {limit["copied_gb_per_s"]:.1f} GB/s on one core ({limit["moved_gb_per_s"]:.1f} GB/s read and written). The engine
writes {p["bytes_per_line"]:.0f} bytes of columns a line, so copying a finished answer alone would allow {many(bound)} lines/s a core.
A bare gather of three rates a line from a dense cube of the same shape ({limit["cube_bytes"] / 1e3:,.0f} kB) runs at {many(gather)} lines/s.
The engine at {many(speed)} lines/s a core stands at 1/{bound / speed:.1f} of the copy and 1/{gather / speed:.0f} of the gather. The distance
is computing: up to four exact totals a row (rates and taxes at their low and high ends), a rounding at every step, and the choice of the best."""


def _notes(f: dict[str, Any]) -> str:
    one, two = f["engine"]
    return f"""## How to read this

- Two threads bring {two["warm_lines_per_s"] / one["warm_lines_per_s"]:.2f} times the speed of one.
- Lines are made up from a seeded generator over real codes, routes and days; see `bench/lines.py`. Nothing is downloaded.
- `bench/results.json` holds every figure of the run."""
