"""Durable events a second on both stores, beside plain inserts in the same run; verification; bytes an event. Writes bench/JOURNAL.md.

Usage: python bench/journal.py [SECONDS]   (per measurement; default 3)
"""

from __future__ import annotations

import os
import platform
import sqlite3
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import psycopg

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))
from journal.server import Server  # noqa: E402
from youyi.journal import Draft, Journal  # noqa: E402
from youyi.journal.portable import export, verify_file  # noqa: E402
from youyi.journal.verifying import verify  # noqa: E402

PAYLOAD = {"order": "VN-2026-0001234", "truck": "29C-12345", "lane": "green", "gate": "G7", "weight_kg": 31_200, "seal": "AB123456"}
WRITERS = 8
Work = Callable[[int, int], None]


def timed(work: Work, writers: int, seconds: float) -> tuple[float, float]:
    """Calls a second over all writers, and the median of one in milliseconds."""
    spent: list[list[float]] = [[] for _ in range(writers)]
    end = time.perf_counter() + seconds

    def write(writer: int) -> None:
        number = 0
        while (start := time.perf_counter()) < end:
            work(writer, number)
            spent[writer].append(time.perf_counter() - start)
            number += 1

    start = time.perf_counter()
    threads = [threading.Thread(target=write, args=(w,)) for w in range(writers)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    whole = time.perf_counter() - start
    return sum(map(len, spent)) / whole, statistics.median(x for s in spent for x in s) * 1000


def syncs(folder: Path, seconds: float) -> float:
    """What the disk gives: 4 KiB written and synced, one after another."""
    handle = os.open(folder / "sync", os.O_CREAT | os.O_WRONLY)
    count, start = 0, time.perf_counter()
    while time.perf_counter() - start < seconds:
        os.write(handle, b"x" * 4096)
        os.fdatasync(handle)
        count += 1
    os.close(handle)
    return count / (time.perf_counter() - start)


TEXT = '{"gate":"G7","lane":"green","order":"VN-2026-0001234","seal":"AB123456","truck":"29C-12345","weight_kg":31200}'


def plain_sqlite(file: Path) -> Work:
    local = threading.local()

    def insert(writer: int, number: int) -> None:
        if not hasattr(local, "connection"):
            local.connection = sqlite3.connect(file, isolation_level=None, timeout=30)
            local.connection.execute("PRAGMA journal_mode=WAL")
            local.connection.execute("PRAGMA synchronous=FULL")
            local.connection.execute("CREATE TABLE IF NOT EXISTS t (id INTEGER PRIMARY KEY, name TEXT UNIQUE, text TEXT)")
        local.connection.execute("INSERT INTO t (name, text) VALUES (?, ?)", (f"{writer}/{number}", TEXT))

    insert(-1, 0)
    return insert


def plain_postgres(url: str) -> Work:
    local = threading.local()

    def insert(writer: int, number: int) -> None:
        if not hasattr(local, "connection"):
            local.connection = psycopg.connect(url, autocommit=True)
        local.connection.execute("INSERT INTO t (name, text) VALUES (%s, %s)", (f"{writer}/{number}", TEXT))

    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE t (id bigserial PRIMARY KEY, name text UNIQUE, text text)")
    return insert


def appending(journal: Journal, label: str, events: int = 1) -> Work:
    def append(writer: int, number: int) -> None:
        name = f"{label}/{writer}/{number}"
        journal.append([Draft(f"truck/{writer}/{number % 50}", "gate.passed", PAYLOAD) for _ in range(events)], id=name, actor="gate/1")

    return append


def measure(folder: Path, server: Server, seconds: float) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    disk = syncs(folder, seconds)
    rows.append(("the disk: 4 KiB written and synced", f"{disk:,.0f}", f"{1000 / disk:.2f}", "1.00"))
    for store in ("SQLite", "PostgreSQL"):
        place = str(folder / "bench.journal") if store == "SQLite" else server.database()
        plain = plain_sqlite(folder / "plain") if store == "SQLite" else plain_postgres(server.database())
        with Journal(place, create=True) as journal:
            for writers in (1, WRITERS):
                who = "alone" if writers == 1 else f"{writers} threads"
                given, median = timed(lambda w, n, plain=plain, k=writers: plain(w + 100 * k, n), writers, seconds)  # type: ignore[misc]
                rows.append((f"{store}, plain inserts, {who}", f"{given:,.0f}", f"{median:.2f}", f"{given / disk:.2f}"))
                given, median = timed(appending(journal, who), writers, seconds)
                rows.append((f"{store}, journal, {who}", f"{given:,.0f}", f"{median:.2f}", f"{given / disk:.2f}"))
            given, median = timed(appending(journal, "many", 32), 1, seconds)
            rows.append((f"{store}, journal, commands of 32 events", f"{given * 32:,.0f}", f"{median:.2f}", f"{given / disk:.2f}"))
    return rows


def weigh(folder: Path) -> list[str]:
    place = folder / "weigh.journal"
    count = 50_000
    with Journal(place, create=True) as journal:
        for number in range(count // 1000):
            drafts = [Draft(f"truck/{number}/{n % 250}", "gate.passed", PAYLOAD) for n in range(1000)]
            journal.append(drafts, id=f"c{number}", actor="gate/1")
    found = verify(place)
    with (folder / "weigh.jsonl").open("wb") as out:
        start = time.perf_counter()
        export(place, out)
        took = time.perf_counter() - start
    again = verify_file(folder / "weigh.jsonl")
    assert found.sound
    assert again.sound
    size, text = place.stat().st_size / count, (folder / "weigh.jsonl").stat().st_size / count
    return [
        f"Verified in SQLite: {count / found.seconds:,.0f} events/s; from an exported file: {count / again.seconds:,.0f} events/s; "
        f"exported: {count / took:,.0f} events/s.",
        f"Bytes an event, payload of {len(TEXT)} bytes: {size:,.0f} in SQLite with its three indices, {text:,.0f} in an exported file.",
    ]


def main(seconds: float) -> None:
    load = os.getloadavg()[0]
    server = Server()
    try:
        with tempfile.TemporaryDirectory() as name:
            rows = measure(Path(name), server, seconds)
            words = weigh(Path(name))
    finally:
        server.stop()
    page = [
        "# The journal's speed",
        "",
        f"Written by `python bench/journal.py`: {date.today()}, {seconds:g} s a measurement. {os.cpu_count()} cores, Linux {platform.machine()}, Python "
        f"{platform.python_version()}, SQLite {sqlite3.sqlite_version}, PostgreSQL 18 on the same disk and cores. Load when it began {load:.2f}; "
        "other work on the machine makes every figure worse.",
        "",
        "Each call is durable when it returns. A plain insert is one row with one unique name, by the bare driver; a journal's event is hashed, chained, "
        "numbered within its subject, checked for its id, and moves the head.",
        "",
        "| what | durable a second | median, ms a call | transactions of the disk's syncs |",
        "|:--|--:|--:|--:|",
        *(f"| {' | '.join(row)} |" for row in rows),
        "",
        *words,
    ]
    (ROOT / "bench/JOURNAL.md").write_text("\n".join(page) + "\n", encoding="utf-8")
    print("\n".join(page))


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 3)
