"""Kill a child at the n-th thing it asks of the database's driver, for every n: before each statement and before and after each commit.

Run as a program: `driver_kills.py SERVER_URL FIRST STEP`, where SERVER_URL may make databases.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path

from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.pool import Pool


def fresh(server: str, number: int) -> str:
    name = f"kill{os.getpid()}n{number}"
    engine = create_engine(server.replace("postgresql:", "postgresql+psycopg:"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        if number > 0:
            connection.execute(text(f"DROP DATABASE IF EXISTS kill{os.getpid()}n{number - 1} WITH (FORCE)"))
        connection.execute(text(f"CREATE DATABASE {name} STRATEGY WAL_LOG"))
    engine.dispose()
    return server.replace("/postgres?", f"/{name}?")


def child(place: str, acknowledged: int, kill_at: int) -> None:
    from journal import script

    asked = 0

    def count(*_: object) -> None:
        nonlocal asked
        if asked == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)
        asked += 1

    event.listen(Engine, "before_cursor_execute", count)
    event.listen(Engine, "commit", count)
    event.listen(Pool, "checkin", count)
    script.run(place, lambda name: os.write(acknowledged, name.encode() + b"\n") and None)
    os.write(acknowledged, f"={asked}\n".encode())
    os._exit(0)


def run(place: str, kill_at: int) -> list[str]:
    out, into = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            child(place, into, kill_at)
        except BaseException as error:
            os.write(2, f"{type(error).__name__}: {error}\n".encode())
        os._exit(3)
    os.close(into)
    os.waitpid(pid, 0)
    with os.fdopen(out) as stream:
        return stream.read().split()


def main(server: str, first: int, step: int) -> None:
    from journal import script

    place = fresh(server, 0)
    said = run(place, -1)
    total = int(said[-1].removeprefix("="))
    expected = script.ledger(place)
    failed = []
    points = range(first, total, step)
    for number, point in enumerate(points, 1):
        place = fresh(server, number)
        said = run(place, point)
        try:
            script.check(place, said, expected)
        except Exception as error:
            failed.append(f"point {point} of {total}: {type(error).__name__}: {error}")
    print(json.dumps({"operations": total, "points": len(points), "failed": failed}))


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
