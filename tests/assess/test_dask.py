"""More than one process: the same bytes from threads, from Dask, from Dask with a worker killed, and from a wrapper for Spark."""

from __future__ import annotations

import hashlib
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lines import DATA
from youyi.assess import assess, files
from youyi.assess.files import Source
from youyi.assess.lines import InputError
from youyi.assess.run import assess_file
from youyi.law.rulebook import Rulebook

ROOT = Path(__file__).parents[2]
LINES = 300_000
JOURNEYS = DATA.parent.parent / "examples" / "journeys.csv"
pytest.importorskip("distributed")
pytestmark = [
    # Closing a cluster of subprocesses leaves sockets and loops to the garbage collector; all of them are distributed's own.
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    # distributed still asks asyncio in ways that newer Pythons advise against.
    pytest.mark.filterwarnings("ignore::DeprecationWarning:distributed"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning:tornado"),
]


def generated() -> ModuleType:
    """`bench/lines.py`, which stands outside the packages."""
    import importlib.util

    spec = importlib.util.spec_from_file_location("bench_lines", ROOT / "bench" / "lines.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory, rulebook: Rulebook) -> Path:
    """Some 300,000 lines, with a refused one now and then."""
    path: Path = tmp_path_factory.mktemp("dask") / "lines.parquet"
    table = generated().table(rulebook, LINES)
    currency = pa.array(["???" if i % 50_000 == 7 else c for i, c in enumerate(table["currency"].to_pylist())]).dictionary_encode()
    pq.write_table(table.set_column(table.schema.get_field_index("currency"), "currency", currency), path)
    return path


@pytest.fixture(scope="module", autouse=True)
def small_batches() -> Iterator[None]:
    """Batches small enough that a worker can die between two of them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(files, "BATCH_ROWS", 1 << 14)
        yield


@pytest.fixture(scope="module")
def by_threads(source: Path) -> Path:
    target = source.with_name("threads.parquet")
    report, _ = assess_file(source, target, workers=2)
    assert (report.lines, report.refused) == (LINES, 6)
    assert [f.pointer for f in report.findings] == [f"/{i}/currency" for i in range(7, LINES, 50_000)]
    return target


CLUSTER = """
import sys
from distributed import LocalCluster
if __name__ == "__main__":
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        print(cluster.scheduler_address, *(w.pid for w in cluster.workers.values()), flush=True)
        sys.stdin.read()
"""


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, list[int]]]:
    """A scheduler with two worker processes, in a process of its own: its address and the workers' ids."""
    folder = tmp_path_factory.mktemp("cluster")
    script = folder / "cluster.py"
    script.write_text(CLUSTER, encoding="utf-8")
    with subprocess.Popen(
        [sys.executable, str(script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=folder
    ) as process:
        assert process.stdout is not None
        address, *workers = process.stdout.readline().split()
        try:
            yield address, [int(w) for w in workers]
        finally:
            assert process.stdin is not None
            process.stdin.close()
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()


def test_a_cluster_that_loses_a_worker_in_the_middle_writes_the_same_bytes(source: Path, by_threads: Path, cluster: tuple[str, list[int]]) -> None:
    address, workers = cluster
    target = source.with_name("cluster.parquet")
    done: list[int] = []

    def progress(lines: int, _: int | None) -> None:
        done.append(lines)
        if len(done) == 3:
            os.kill(workers[0], signal.SIGKILL)

    report, _ = assess_file(source, target, on=address, progress=progress)
    assert len(done) > 10
    assert (report.lines, report.refused) == (LINES, 6)
    assert digest(target) == digest(by_threads)
    assert [p.name for p in source.parent.iterdir() if p.name.endswith(".part")] == []


def test_the_command_reaches_a_cluster_by_its_address(tmp_path: Path, cluster: tuple[str, list[int]]) -> None:
    outs = []
    for name, more in (("cluster.csv", ["--on", cluster[0]]), ("here.csv", [])):
        command = [sys.executable, "-m", "youyi.cli", "assess", str(JOURNEYS), "-o", str(tmp_path / name), *more]
        subprocess.run(command, check=True, capture_output=True, timeout=60)
        outs.append(digest(tmp_path / name))
    assert outs[0] == outs[1]


def test_a_missing_column_is_said_by_a_cluster_too(tmp_path: Path, cluster: tuple[str, list[int]]) -> None:
    path = tmp_path / "a.csv"
    path.write_text("line_id,importer,origin,hs,date,value\n1,CN,MM,071331,2026-01-01,5\n", encoding="utf-8")
    with pytest.raises(InputError, match="'currency' is missing") as caught:
        assess_file(path, None, on=cluster[0])
    assert [f.code for f in caught.value.findings] == ["COL-MISSING"]


# -- the wrapper for Spark that docs/beyond-one-machine.md shows -----------------------------------------------------


class Frame:
    """What the wrapper needs of a Spark data frame: `mapInArrow` calls it with an iterator of record batches."""

    def __init__(self, batches: list[pa.RecordBatch]) -> None:
        self.batches = batches

    def mapInArrow(self, function: Any, schema: str) -> tuple[list[pa.RecordBatch], str]:
        return list(function(iter(self.batches))), schema


def test_the_wrapper_for_spark_answers_an_iterator_of_batches(rulebook: Rulebook) -> None:
    document = (ROOT / "docs" / "beyond-one-machine.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", document, re.DOTALL)
    (batch,) = Source(JOURNEYS).batches()
    names: dict[str, Any] = {"lines": Frame([batch.slice(0, 2), batch.slice(2)])}
    exec(compile(code, "beyond-one-machine.md", "exec"), names)
    answered, columns = names["answered"]
    assert len(answered) == 2
    found = pa.Table.from_batches(answered)
    assert found.to_pylist() == assess(rulebook, batch).arrow().to_pylist()
    # The columns promised to Spark are the columns it gets, in name, order and type.
    spark = {pa.string(): "string", pa.bool_(): "boolean", pa.decimal128(18, 4): "decimal(18,4)"}
    assert [tuple(c.split()) for c in re.sub(r"\s+", " ", columns).split(", ")] == [(f.name, spark[f.type]) for f in found.schema]
    assert len([row for row in code.split("\n\n\n")[0].splitlines() if row.strip()]) <= 10
