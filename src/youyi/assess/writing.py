"""Answers into files: written whole or not at all.

The answers go to a hidden file beside the target, `.TARGET.youyi-MACHINE-PROCESS.part`, which takes the target's place
once all of it has reached the disk. A part that a killed process left is removed by the next one that writes there.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from youyi.assess.answers import LISTS, MONEY, RATES, SEPARATOR, WORDS, schema
from youyi.assess.files import kind_of
from youyi.assess.lines import InputError
from youyi.finding import Finding, Severity
from youyi.leftovers import mark, remove_dead


@contextmanager
def writer(path: Path) -> Iterator[Callable[[Any], None]]:
    """A function that writes result batches to `path`; the file appears, whole, only when all went well.

    Raises InputError for an ending that cannot be written.
    """
    kind = kind_of(path)
    if kind == "xlsx":
        raise InputError([Finding("FILE-KIND", Severity.ERROR, "", f"{path.name}: results are written as .csv, .parquet, .json or .jsonl")])
    if path.is_dir() or not path.parent.is_dir():
        raise InputError(
            [
                Finding(
                    "FILE-WRITE", Severity.ERROR, "", f"{path} cannot be written: {'it is a folder' if path.is_dir() else f'there is no folder {path.parent}'}"
                )
            ]
        )
    remove_dead(path.parent, ".part")
    temporary = path.with_name(f".{path.name}.{mark()}.part")
    failed: BaseException | None = None
    try:
        with _writer_of(kind, path)(temporary) as write:
            try:
                yield lambda batch: _written(path, write, batch)
            except BaseException as error:
                failed = error
                raise
        _to_disk(temporary)
        temporary.replace(path)
        _to_disk(path.parent)
    except OSError as error:
        if failed is not None:
            raise failed from None  # closing a broken file fails too; what broke it says more
        raise _unwritable(path, error) from None
    finally:
        temporary.unlink(missing_ok=True)


def _to_disk(path: Path) -> None:
    """Wait until a file's bytes, or a folder's names, are on the disk; a system that cannot say so for folders is not asked."""
    folder = path.is_dir()
    if folder and os.name == "nt":
        return
    descriptor = os.open(path, os.O_RDONLY if folder else os.O_RDWR)
    try:
        os.fsync(descriptor)
    except OSError:
        if not folder:
            raise
    finally:
        os.close(descriptor)


def _writer_of(kind: str, path: Path) -> Callable[[Path], AbstractContextManager[Callable[[Any], None]]]:
    if kind == "csv":
        return partial(_csv_writer, delimiter="\t" if path.suffix.lower() == ".tsv" else ",")
    return _parquet_writer if kind == "parquet" else partial(_json_writer, array=kind == "json")


def _written(path: Path, write: Callable[[Any], None], batch: Any) -> None:
    try:
        write(batch)
    except OSError as error:
        raise _unwritable(path, error) from None


def _unwritable(path: Path, error: OSError) -> InputError:
    return InputError([Finding("FILE-WRITE", Severity.ERROR, "", f"{path} cannot be written, and is as it was: {error.strerror or error}")])


@contextmanager
def _csv_writer(path: Path, delimiter: str) -> Iterator[Callable[[Any], None]]:
    import pyarrow.csv as pc

    with pc.CSVWriter(path, schema(), write_options=pc.WriteOptions(quoting_style="needed", delimiter=delimiter)) as out:
        yield out.write_batch


@contextmanager
def _parquet_writer(path: Path) -> Iterator[Callable[[Any], None]]:
    import pyarrow.parquet as pq

    # Amounts hardly repeat, so a dictionary of them costs more than it saves; and nobody looks for a word by its least and greatest.
    numbers = ["line_id", *MONEY, *RATES]
    words = [*WORDS, *RATES]
    with pq.ParquetWriter(
        path, schema(), compression="zstd", compression_level=1, store_decimal_as_integer=True, use_dictionary=words, write_statistics=numbers
    ) as out:
        yield out.write_batch


@contextmanager
def _json_writer(path: Path, array: bool) -> Iterator[Callable[[Any], None]]:
    with path.open("w", encoding="utf-8", newline="\n") as f:
        first = True

        def write(batch: Any) -> None:
            nonlocal first
            for row in batch.to_pylist():
                text = json.dumps(plain(row), ensure_ascii=False)
                f.write(("" if first else ",\n" if array else "\n") + text)
                first = False

        f.write("[\n" if array else "")
        yield write
        f.write("\n]\n" if array else "\n" if not first else "")


def plain(row: dict[str, Any]) -> dict[str, Any]:
    """A result row for JSON: amounts as text, so that no reader makes floats of them; lists as lists."""
    return {
        k: (v.split(SEPARATOR) if v else []) if k in LISTS and isinstance(v, str) else v if v is None or isinstance(v, (bool, str, list)) else str(v)
        for k, v in row.items()
    }
