"""Product files as plain values: JSON, YAML, or a bill as CSV or XLSX. Numbers stay exact; what is too big is refused.

FileError   the file as a whole cannot be read; `.findings` says where and what to do
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from youyi.finding import Finding, Severity

MAX_BYTES = 64 * 1024 * 1024
MAX_DEPTH = 64
MAX_ROWS = 1_000_000
COLUMNS = (
    "line", "id", "parent", "description", "hs", "hs_edition", "value", "currency", "basis", "weight", "origin", "originating", "proof", "party", "role",
    "supplier", "freight", "insurance", "packing", "obtained", "exw", "quantity", "unit", "exporter", "importer", "date", "processes", "minimal", "labour",
    "overhead", "profit", "other",
)  # fmt: skip
"""Of a bill as a table. `line` is `product` (its value is FOB) or `material`; `parent` names the line that an item was made into."""
PRODUCT_CELLS = ("id", "description", "hs", "hs_edition", "currency", "weight", "exw", "quantity", "unit")
COST_CELLS = ("labour", "overhead", "profit", "other")
ITEM_CELLS = (
    "id", "description", "hs", "hs_edition", "value", "currency", "basis", "weight", "origin", "originating", "proof", "party", "role", "supplier", "freight",
    "insurance", "packing", "obtained",
)  # fmt: skip


class FileError(ValueError):
    """The file as a whole cannot be read."""

    def __init__(self, *findings: Finding) -> None:
        super().__init__("; ".join(map(str, findings)))
        self.findings = list(findings)


def refuse(code: str, text: str, pointer: str = "") -> FileError:
    """An error with one finding."""
    return FileError(Finding(code, Severity.ERROR, pointer, text))


def load(path: Path) -> Any:
    """The values of a file: mappings, lists, texts, whole numbers, decimals. Raises FileError."""
    if path.stat().st_size > MAX_BYTES:
        raise refuse("FILE-SIZE", f"{path.name} is larger than {MAX_BYTES} bytes; split it")
    kind = path.suffix.lower()
    if kind == ".xlsx":
        return table(_sheet(path))
    if kind not in (".json", ".yaml", ".yml", ".csv"):
        raise refuse("FILE-KIND", f"{path.name} is none of .json, .yaml, .csv, .xlsx")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise refuse("FILE-TEXT", f"{path.name} is not UTF-8 (byte {error.start}); save it as UTF-8") from None
    if kind == ".csv":
        return table(csv.reader(text.splitlines()))
    found = _json(text) if kind == ".json" else _yaml(text)
    _depth(found)
    return found


def _json(text: str) -> Any:
    try:
        return json.loads(text, parse_float=Decimal, parse_constant=_constant)
    except (json.JSONDecodeError, RecursionError) as error:
        where = f"line {error.lineno}, column {error.colno}: {error.msg}" if isinstance(error, json.JSONDecodeError) else "it is nested too deeply"
        raise refuse("FILE-JSON", f"this is not JSON: {where}") from None


def _constant(text: str) -> Any:
    raise refuse("FILE-JSON", f"{text} is no number")


def _yaml(text: str) -> Any:
    import yaml

    class Loader(yaml.SafeLoader):
        """Exact numbers, no dates, no aliases: an alias can make a small file endless."""

        depth = 0

        def compose_node(self, parent: Any, index: Any) -> Any:
            if self.check_event(yaml.AliasEvent):
                event = self.peek_event()  # type: ignore[no-untyped-call]
                raise refuse("FILE-YAML", f"line {event.start_mark.line + 1}: aliases (*name) are not read; write the values out")
            self.depth += 1
            if self.depth > MAX_DEPTH:
                raise refuse("FILE-DEPTH", f"more than {MAX_DEPTH} levels in one another")
            node = super().compose_node(parent, index)
            self.depth -= 1
            return node

    Loader.yaml_implicit_resolvers = {
        key: [
            (tag, pattern)
            for tag, pattern in each
            if tag not in ("tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:int", "tag:yaml.org,2002:float", "tag:yaml.org,2002:merge")
        ]
        for key, each in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
    try:
        return yaml.load(text, Loader)  # noqa: S506  # a safe loader, narrowed
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        raise refuse("FILE-YAML", f"this is not YAML: {where}{getattr(error, 'problem', error)}") from None


def _depth(value: Any, depth: int = 0) -> None:
    if depth > MAX_DEPTH:
        raise refuse("FILE-DEPTH", f"more than {MAX_DEPTH} levels in one another")
    inner: Iterable[Any] = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for part in inner:
        _depth(part, depth + 1)


def _sheet(path: Path) -> Iterator[list[str]]:
    from youyi.law.spreadsheet import sheet_rows

    faults: list[Any] = []
    for _, row in sheet_rows(path, {"hs": "code"}, faults):
        yield row
    if faults:
        raise FileError(*(Finding("FILE-CELL", Severity.ERROR, f"/{f.line}/{f.field}", f.text) for f in faults))


# -- a bill as a table ---------------------------------------------------------------------------------------------


def table(rows: Iterable[list[str]]) -> list[dict[str, Any]]:
    """Products from the rows of a table, header first. Raises FileError for a column that is unknown or a parent that is."""
    lines = iter(rows)
    head = [h.strip() for h in next(lines, [])]
    unknown = [h for h in head if h and h not in COLUMNS]
    if unknown or "line" not in head or "hs" not in head:
        said = f"unknown column {unknown[0]!r}" if unknown else "the columns line and hs are needed"
        raise refuse("FILE-COLUMNS", f"{said}; the columns are {', '.join(COLUMNS)} (youyi qualify --template bill.csv writes them)")
    products: list[dict[str, Any]] = []
    pending: list[tuple[int, dict[str, str], dict[str, Any]]] = []
    for number, cells in enumerate(lines, 2):
        if number > MAX_ROWS:
            raise refuse("FILE-SIZE", f"more than {MAX_ROWS} rows; split the file")
        row = {h: c.strip() for h, c in zip(head, cells, strict=False) if h}
        if not any(row.values()):
            continue
        kind = row.get("line", "").lower()
        if kind == "product":
            _hang(pending)
            pending = []
            products.append(_product(row))
        elif kind == "material" and products:
            pending.append((number, row, products[-1]))
        else:
            raise refuse("FILE-LINE", f"row {number}: line is {kind!r}; write product or material, a product first", f"/{number}/line")
    _hang(pending)
    return products


def _product(row: dict[str, str]) -> dict[str, Any]:
    product = {k: row[k] for k in PRODUCT_CELLS if row.get(k)}
    if row.get("value"):
        product["fob"] = row["value"]
    found: dict[str, Any] = {"product": product, "materials": []}
    found |= {k: row[k] for k in ("exporter", "importer", "date") if row.get(k)}
    found |= {k: [p.strip() for p in row[k].split(";") if p.strip()] for k in ("processes", "minimal") if row.get(k)}
    costs = {k: row[k] for k in COST_CELLS if row.get(k)}
    return found | ({"costs": costs} if costs else {})


def _hang(pending: list[tuple[int, dict[str, str], dict[str, Any]]]) -> None:
    """Put each item under its parent; a circle of parents is refused."""
    named: dict[str, dict[str, Any]] = {}
    above: dict[str, str] = {}
    made = []
    for number, row, product in pending:
        item: dict[str, Any] = {k: _cell(k, row[k]) for k in ITEM_CELLS if row.get(k)}
        name, parent = row.get("id", ""), row.get("parent", "")
        if name:
            named[name], above[name] = item, parent
        made.append((number, name, parent, item, product))
    for number, name, parent, item, product in made:
        if not parent or parent == product["product"].get("id"):
            product["materials"].append(item)
            continue
        if parent not in named:
            raise refuse("BILL-PARENT", f"row {number}: its parent {parent!r} is no line of this product", f"/{number}/parent")
        seen, at = {name}, parent
        while at:
            if at in seen:
                raise refuse("BILL-CYCLE", f"row {number}: {name or parent} is made from itself ({' → '.join([*sorted(seen), at])})", f"/{number}/parent")
            seen.add(at)
            at = above.get(at, "")
        named[parent].setdefault("materials", []).append(item)


def _cell(name: str, text: str) -> Any:
    if name in ("originating", "obtained") and text.lower() in ("true", "yes", "false", "no"):
        return text.lower() in ("true", "yes")
    if name == "originating":
        return [a.strip() for a in text.split(";")]
    return text


def number(value: Any) -> Decimal | None:
    """A number from a text, an int or a Decimal; None where it is none."""
    if isinstance(value, bool) or value is None:
        return None
    try:
        found = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    return found if found.is_finite() and -30 < found.adjusted() < 30 else None
