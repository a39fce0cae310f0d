"""`qualify` for many goods at once: what an agreement says of every good of a table, by the same text as for one.

    answers = qualify_table(rulebook, goods, materials, agreement="RCEP", exporter="VN", importer="CN", on="2026-11-20")

`goods`: `id`, `hs` (six digits or more), `fob`, and `weight`, `exw`, `costs`, `hs_edition` where there are; `exporter`,
`importer`, `date` as columns where they are not arguments. `materials`: `good`, `hs`, `value`, `weight`, `originating`
(under this agreement), `origin`, `obtained`, `role`, `hs_edition`. Bills in bills, currencies and bases of value are for
`qualify`: here a value is the one that counts, in the good's currency, and a row that says otherwise is refused (`limits`).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from youyi.finding import Finding, Severity
from youyi.law.rulebook import Rulebook
from youyi.law.tables import day_number
from youyi.qualify import weigh as w
from youyi.qualify.agreements import Law, law_of
from youyi.qualify.batch import Answers, columns_of, table_of, weigh_columns
from youyi.qualify.beside import Known
from youyi.qualify.codes import codes_in
from youyi.qualify.columns import I64, Sheet
from youyi.qualify.criteria import criterion
from youyi.qualify.good import Good
from youyi.qualify.limits import most_common, refuse_beyond
from youyi.qualify.program import Program, bounds
from youyi.qualify.qualifying import Case, Process, compiled, known_facts
from youyi.qualify.result import VERDICTS
from youyi.qualify.shelf import Shelf

WORDS = pa.array([str(v) for v in VERDICTS])
ORIGIN_KINDS = ("origin_sets", "origin_lists", "origin_general", "origin_terms", "origin_operations", "origin_wholly", "origin_criteria", "membership")


@dataclass(frozen=True, slots=True)
class Route:
    """Goods that the same law is asked of: between two Parties, on days on which nothing of it changes."""

    exporter: str
    importer: str
    day: int


def qualify_table(
    rulebook: Rulebook,
    goods: pa.Table,
    materials: pa.Table,
    *,
    agreement: str,
    exporter: str = "",
    importer: str = "",
    on: str = "",
    process: Process = Process(),  # noqa: B008  # frozen
) -> tuple[pa.Table, list[Finding]]:
    """A row a good, in their order: id, verdict, criterion, condition, rvc, rule_set, refused. Raises FileError where a column is missing.

    `criterion` is that of the first way that passed or, of an undetermined good, that would pass under `condition`.
    """
    needed = ("id", "hs", *(n for n, v in (("exporter", exporter), ("importer", importer), ("date", on)) if not v))
    sheet = Sheet(goods, "goods", needed)
    routes = list(_routes(rulebook, sheet, exporter, importer, on))
    tables, findings, rows = [], [], []
    for route, where in routes:
        own = goods if where is None else goods.take(pa.array(where))
        bill = materials if where is None else _bills(materials, own)
        table, found = _one_route(rulebook, agreement, route, own, bill, process)
        tables.append(table)
        findings += found if where is None else [_moved(f, where) for f in found]
        rows.append(np.arange(goods.num_rows) if where is None else where)
    joined = pa.concat_tables(tables).unify_dictionaries().combine_chunks() if len(tables) > 1 else tables[0]
    return (joined if len(tables) == 1 else joined.take(pa.array(np.argsort(np.concatenate(rows), kind="stable")))), [*sheet.findings, *findings]


def _bills(materials: pa.Table, goods: pa.Table) -> pa.Table:
    return materials.filter(pc.is_in(materials.column("good"), value_set=goods.column("id").combine_chunks()))


def _moved(f: Finding, where: I64) -> Finding:
    """A finding on a row of a part, on its row of the whole."""
    parts = f.pointer.split("/")
    if len(parts) > 2 and parts[1] == "goods" and parts[2].isdigit():
        parts[2] = str(int(where[int(parts[2])]))
    return Finding(f.code, f.severity, "/".join(parts), f.text, f.citation)


# -- routes --------------------------------------------------------------------------------------------------------


def _routes(rulebook: Rulebook, sheet: Sheet, exporter: str, importer: str, on: str) -> Iterator[tuple[Route, I64 | None]]:
    """The distinct routes of a batch and the rows of each; None for all of them."""
    editions = _ones(sheet, "hs_edition", "" if sheet.has("hs_edition") else "-")
    mixed = len({e for e in editions[1] if e}) > 1
    if exporter and importer and on and not mixed:
        yield Route(exporter, importer, day_number(on)), None
        return
    keys = [_ones(sheet, n, v) for n, v in (("exporter", exporter), ("importer", importer), ("date", on))]
    turns = _turns(rulebook)
    days = np.array([_day(d, turns) for d in keys[2][1]], dtype=np.int64)
    if (days < 0).any():
        sheet.refuse((days < 0)[keys[2][0]], "DATE", "date", "not a date (YYYY-MM-DD)")
    segments, at = np.unique(days, return_inverse=True)
    number = (keys[0][0] * len(keys[1][1]) + keys[1][0]) * len(segments) + at[keys[2][0]]
    number = number * len(editions[1]) + editions[0]  # goods of several editions are asked apart
    for each in np.unique(number).tolist():
        rest, segment = divmod(each // len(editions[1]), len(segments))
        one, other = divmod(rest, len(keys[1][1]))
        yield Route(str(keys[0][1][one] or ""), str(keys[1][1][other] or ""), int(segments[segment])), np.flatnonzero(number == each).astype(np.int64)


def _ones(sheet: Sheet, name: str, value: str) -> tuple[I64, list[Any]]:
    return (np.zeros(sheet.size, dtype=np.int64), [value]) if value else sheet.texts(name)


def _day(value: Any, turns: list[int]) -> int:
    """The first day of the stretch in which a day's law is the same; -1 for what is no date."""
    try:
        day = day_number(value if isinstance(value, str) else value.isoformat()[:10])
    except (ValueError, AttributeError):
        return -1
    return turns[max(bisect_right(turns, day) - 1, 0)]


def _turns(rulebook: Rulebook) -> list[int]:
    """Every day on which something of the rules of origin may change, the beginning of time first."""
    days = {0}
    for kind in ORIGIN_KINDS:
        days |= {d for r in rulebook.store.records(kind) for d in (r["start"], r["stop"] + 1)}
    for name in rulebook.store.names("origin_rules"):
        for column, more in (("start", 0), ("stop", 1)):
            days |= {int(d) + more for d in np.unique(rulebook.store.ints(name, column)).tolist()}
    return sorted(d for d in days if d >= 0)


# -- one route -----------------------------------------------------------------------------------------------------


def _one_route(rulebook: Rulebook, agreement: str, route: Route, goods: pa.Table, materials: pa.Table, process: Process) -> tuple[pa.Table, list[Finding]]:
    law = law_of(rulebook.origin, agreement, route.importer, route.day)
    bound = law is not None and bool(rulebook.gives(agreement, route.importer, route.exporter, route.day))
    if law is None or not bound:
        state = w.OPEN if law is None else w.NO
        code, text = ("ORI-NO-RULES", "no rules of origin in hand") if law is None else ("ORI-NOT-BOUND", f"not bound to each other by {agreement}")
        found = Finding(code, Severity.ERROR, "", f"{route.exporter} to {route.importer}: {text} on the day")
        return _nothing(goods, state, law), [found]
    sheet, bill = Sheet(goods, "goods", ("id", "hs")), Sheet(materials, "materials", ("good", "hs"))
    own = law.edition
    given = _edition(sheet, own)
    case = Case(rulebook, law, Good(""), process, "", route.exporter, route.importer, None)
    shelf = Shelf()
    numbers, rows = _programs(sheet, case, given, shelf)
    refuse_beyond(goods, bill)
    asking = _Asking(case, _priced(law, goods), materials, shelf, _edition(bill, own), bill)
    if rows is None:
        one = asking.weigh(numbers, sheet.refused)
        return one.table, [*sheet.findings, *bill.findings, *one.findings]
    # Goods whose code divides between editions: weighed for each code, in one further pass; decided where all agree.
    counts = np.bincount(rows, minlength=sheet.size)
    starts = np.concatenate(([0], np.cumsum(counts)[:-1]))
    first = asking.weigh(numbers[starts], sheet.refused)
    joint = first.state.copy()
    more = np.ones(len(rows), dtype=bool)
    more[starts] = False
    again, bill_again, which = _repeated(goods, materials, rows[more])
    read_before = Sheet(bill_again, "materials", ())
    read_before.refused = bill.refused[which]
    others = _Asking(case, _priced(law, again), bill_again, shelf, asking.edition, read_before).weigh(numbers[more], sheet.refused[rows[more]])
    joint[rows[more][others.state != first.state[rows[more]]]] = w.OPEN
    table = first.table
    verdict = pa.DictionaryArray.from_arrays(pa.array(joint.astype(np.int8), mask=np.asarray(table.column("refused"))), WORDS)
    return table.set_column(1, "verdict", verdict), [*sheet.findings, *bill.findings, *first.findings]


def _repeated(goods: pa.Table, materials: pa.Table, rows: I64) -> tuple[pa.Table, pa.Table, I64]:
    """The goods at `rows`, each time under a name of its own, the materials of each, and which rows of the bill those were."""
    place = pc.index_in(materials.column("good"), value_set=goods.column("id").combine_chunks())
    at = np.asarray(place.fill_null(goods.num_rows)).astype(np.int64)
    order = np.argsort(at, kind="stable")
    first, counts = np.searchsorted(at[order], rows), np.bincount(at, minlength=goods.num_rows + 1)[rows]
    inside = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    names = pa.array(np.arange(len(rows)).astype(str))
    own = goods.take(pa.array(rows)).set_column(goods.column_names.index("id"), "id", names)
    which = order[np.repeat(first, counts) + inside]
    bill = materials.take(pa.array(which))
    return own, bill.set_column(bill.column_names.index("good"), "good", names.take(pa.array(np.repeat(np.arange(len(rows)), counts)))), which


@dataclass(frozen=True, slots=True)
class _Weighed:
    table: pa.Table
    state: npt.NDArray[Any]
    findings: list[Finding]


@dataclass(frozen=True, slots=True)
class _Asking:
    """A route's goods and materials, weighed under whichever programs."""

    case: Case
    goods: pa.Table
    materials: pa.Table
    shelf: Shelf
    edition: str
    read_before: Sheet

    def weigh(self, numbers: I64, refused: npt.NDArray[np.bool_]) -> _Weighed:
        case, law = self.case, self.case.law
        goods, bill = Sheet(self.goods, "goods", ()), Sheet(self.materials, "materials", ())
        goods.refused = refused.copy()
        bill.refused = self.read_before.refused.copy()
        stated = _aggregated(law, self.goods, bill, _originates(case.rulebook, law, bill), case.exporter)
        known = Known(lambda p, _: known_facts(case, p), by_bill=bill.has("obtained") or known_facts(case, Program(())).obtained is not None)
        columns, out = columns_of(goods, bill, numbers, self.shelf, known, self.read, stated)
        found = weigh_columns(columns)
        answers = Answers(table_of(goods, columns, found, out), [], columns, found, goods.array("id"), goods.array("hs"))
        programs = columns.goods.program
        root = columns.goods.at + (self.shelf.sizes[programs] - 1 if self.shelf.programs else 0)
        state = found.state[np.minimum(root, max(len(found.state) - 1, 0))] if len(found.state) else np.zeros(goods.size, np.int8)
        state = np.where(columns.goods.last == columns.goods.first, w.OPEN, state)  # nothing is made of nothing
        return _Weighed(_named(law, answers, out, state), state, [*goods.findings, *bill.findings])

    def read(self, digits: str) -> tuple[int, ...]:
        own = codes_in(self.case.rulebook, digits, self.edition, self.case.law.edition or self.edition)
        return tuple(b for c in own or (digits,) for b in bounds(c))


def _priced(law: Law, goods: pa.Table) -> pa.Table:
    """Without a cost sheet build-up never reaches what build-down does: where the exporter may choose, no costs are none."""
    if law.value("rvc_formula") != "either":
        return goods
    if "costs" not in goods.column_names:
        return goods.append_column("costs", pa.array(np.zeros(goods.num_rows, dtype=np.int64)))
    return goods.set_column(goods.column_names.index("costs"), "costs", pc.fill_null(goods.column("costs"), 0))


def _edition(sheet: Sheet, own: str) -> str:
    """The edition of a table's codes: the one that most rows say, the list's where nothing is said. Rows of another are refused."""
    if not sheet.has("hs_edition"):
        return own
    places, pool = sheet.texts("hs_edition")
    said = {e for e in pool if e}
    most = str(most_common(places.tolist(), pool)) if len(said) > 1 else said.pop() if said else own
    other = np.array([bool(e) and e != most for e in pool] or [False])[places]
    if other.any():
        sheet.refuse(other, "HS-EDITION", "hs_edition", f"the bills of a table are of one edition, here {most}; cross the code, or ask for this good alone")
    return most


def _programs(sheet: Sheet, case: Case, edition: str, shelf: Shelf) -> tuple[I64, I64 | None]:
    """The program of each good; where some have several codes, those of each in turn and the good they are of."""
    places, codes = sheet.codes("hs", lambda digits: (int("1" + digits),))
    every: list[list[int]] = []
    used = np.zeros(len(codes), dtype=bool)
    used[places] = True
    for own, wanted in zip(codes, used.tolist(), strict=True):
        digits = str(own[0])[1:] if own else ""
        if not wanted or len(digits) < 6:
            every.append([])
            continue
        found = case.rulebook.origin.rules(case.law.rule_set, digits, edition, case.law.day)
        every.append([shelf.add(compiled(case, a)) for a in found.each])
    short = np.array([not e for e in every], dtype=bool)
    if short.any():
        sheet.refuse(short[places] & ~sheet.refused, "HS-UNKNOWN", "hs", f"no code of six digits or more that leads from {edition} to the rules' edition")
    most = max(map(len, every), default=0)
    if most <= 1:
        return np.array([e[0] if e else -1 for e in every] or [0], dtype=np.int64)[places], None
    counts = np.array([max(len(e), 1) for e in every])[places]
    rows = np.repeat(np.arange(sheet.size), counts)
    numbers = np.array([n for p in places.tolist() for n in (every[p] or [-1])], dtype=np.int64)
    return numbers, rows


def _aggregated(law: Law, goods: pa.Table, bill: Sheet, stated: npt.NDArray[np.bool_], exporter: str) -> npt.NDArray[np.bool_]:
    """ACFTA before 2019, rule 5: materials of other Parties originate only where the good's aggregate content is high enough."""
    least = law.terms.find("cumulation_aggregate_from")
    if least is None or not bill.has("origin") or "fob" not in goods.column_names:
        return stated
    fob, value = Sheet(goods, "goods", ()).amount("fob"), Sheet(bill.table, "materials", ()).amount("value")
    places, pool = bill.texts("origin")
    other = np.array([c not in (None, "", exporter) for c in pool] or [False], dtype=bool)[places]
    place = pc.index_in(bill.array("good"), value_set=goods.column("id").combine_chunks())
    at = np.asarray(place.fill_null(goods.num_rows)).astype(np.int64)
    outside = np.zeros(goods.num_rows + 1, dtype=np.int64)
    np.add.at(outside, at, np.where(stated | (value < 0), 0, value))
    limit = int((100 - least.percent) * 10_000)
    whole, rest = np.divmod(fob, w.WHOLE)
    low = np.append((fob >= 0) & (outside[:-1] > whole * limit + rest * limit // w.WHOLE), False)
    found: npt.NDArray[np.bool_] = stated & ~(other & low[at])
    return found


def _originates(rulebook: Rulebook, law: Law, bill: Sheet) -> npt.NDArray[np.bool_]:
    """Whether each material originates: as stated, unless its country is no Party."""
    stated, _ = bill.truth("originating")
    if not bill.has("origin"):
        return stated
    places, pool = bill.texts("origin")
    party = np.array([not c or rulebook.membership(law.agreement, c, law.day) is not None for c in pool] or [True], dtype=bool)
    found: npt.NDArray[np.bool_] = stated & party[places]
    return found


def _named(law: Law, answers: Answers, refused: npt.NDArray[np.bool_], root: npt.NDArray[Any]) -> pa.Table:
    """The answers with the agreement's own criteria, and the condition that an undetermined good hangs on."""
    columns, found, shelf = answers.columns, answers.found, answers.columns.shelf
    programs, at = columns.goods.program, columns.goods.at
    names: dict[str, int] = {}
    texts: dict[str, int] = {"": 0}
    called = np.full(columns.size, -1, dtype=np.int64)
    asked = np.zeros(columns.size, dtype=np.int64)
    most = max((len(p.ways) for p in shelf.programs), default=0)
    for wanted in (w.YES, w.OPEN):
        for j in range(most):
            place, name, guard = _ways(law, shelf, j, wanted == w.OPEN, names, texts)
            rows = np.flatnonzero((called < 0) & (root == wanted) & ~refused & (name[programs] >= 0))
            rows = rows[found.state[at[rows] + place[programs[rows]]] == w.YES]
            called[rows], asked[rows] = name[programs[rows]], guard[programs[rows]]
    criteria = pa.DictionaryArray.from_arrays(pa.array(called.astype(np.int32), mask=called < 0), pa.array(list(names) or [""]))
    conditions = pa.DictionaryArray.from_arrays(pa.array(asked.astype(np.int32)), pa.array(list(texts)))
    verdict = pa.DictionaryArray.from_arrays(pa.array(root.astype(np.int8), mask=refused), WORDS)
    table = answers.table.set_column(1, "verdict", verdict).set_column(2, "criterion", criteria).add_column(3, "condition", conditions)
    return table.add_column(5, "rule_set", pa.DictionaryArray.from_arrays(pa.array(np.zeros(columns.size, np.int32)), pa.array([law.rule_set])))


def _ways(law: Law, shelf: Shelf, j: int, inner: bool, names: dict[str, int], texts: dict[str, int]) -> tuple[I64, I64, I64]:
    """Of way j of each program: the node that must have passed (`inner`: that of its rule without its condition), its name, its condition."""
    out = np.full((3, len(shelf.programs)), -1, dtype=np.int64)
    for i, p in enumerate(shelf.programs):
        if j >= len(p.ways) or (inner and not p.ways[j].guards):
            continue
        way, place = p.ways[j], p.places[j]
        guards = " and ".join(f"not: {g.text}" if g.denied else g.text for g in way.guards) if inner else ""
        node = p.meanings[place].children[0] if inner else place
        out[:, i] = node, names.setdefault(criterion(law.criteria, way), len(names)), texts.setdefault(guards, len(texts))
    return out[0], out[1], np.maximum(out[2], 0)


def _nothing(goods: pa.Table, state: int, law: Law | None) -> pa.Table:
    size = goods.num_rows
    some = np.zeros(size, dtype=np.int32)
    return pa.table(
        {
            "id": goods.column("id"),
            "verdict": pa.DictionaryArray.from_arrays(pa.array(np.full(size, state, dtype=np.int8)), WORDS),
            "criterion": pa.DictionaryArray.from_arrays(pa.array(some, mask=np.ones(size, dtype=bool)), pa.array([""])),
            "condition": pa.DictionaryArray.from_arrays(pa.array(some), pa.array([""])),
            "rvc": pa.nulls(size, pa.decimal128(18, 2)),
            "rule_set": pa.DictionaryArray.from_arrays(pa.array(some), pa.array([law.rule_set if law else ""])),
            "refused": pa.array(np.zeros(size, dtype=bool)),
        }
    )
