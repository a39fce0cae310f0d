"""Origin of many goods at once: Arrow tables in, an Arrow table out, by the same text as for one good.

    answers = evaluate_table(goods, materials, "CTH except from 64.06 or RVC40")
    answers.table          id, verdict, criterion, rvc, refused
    answers.at(0)          the first good's full answer, read from the columns that were filled

`goods` has `id`, `hs` and, where rules ask for them, `fob`, `exw`, `net_cost`, `weight`, `costs`, and what is known
of each good (`processes`, `attested`, `wholly_obtained`, see `beside`); `materials` has `good` (the id), `hs`, `value`, `weight`, `originating`,
`obtained`, `origin`, `role`. A material whose code is null is one of unknown code. A rule may also be each good's own (`rule`).
Programs are compiled once per distinct rule and code and kept; memory is that of one batch (`stream`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from youyi.finding import Finding
from youyi.law.origin import Rule, RuleError
from youyi.qualify import compiled
from youyi.qualify import weigh as w
from youyi.qualify.beside import Known, bills, known_of, masks_of
from youyi.qualify.columns import I64, Sheet, slices
from youyi.qualify.evaluating import PLAIN, Evaluation, compiled_rule, criterion_of
from youyi.qualify.good import Facts, Good, Material, Role
from youyi.qualify.program import Program, ProgramError, Settings, bounds
from youyi.qualify.result import VERDICTS
from youyi.qualify.shelf import Shelf
from youyi.qualify.single import NO_FACTS, SCALE, Weighed

AMOUNTS_IN_ORDER = ("fob", "exw", "net_cost", "weight", "costs")
"""A good's amounts, in the order of the columns."""
ROLES = {None: 0, "": 0, "material": 0, "retail_packing": 1, "accessory": 2}
LEFT_OUT = ("shipping_packing", "neutral")
WORDS = pa.array([str(v) for v in VERDICTS])


@dataclass(slots=True)
class Columns:
    """A batch as the engine takes it."""

    goods: w.Goods
    materials: w.Materials
    shelf: Shelf
    size: int


@dataclass(slots=True)
class Answers:
    """A batch answered. `table` has a row a good, in their order; `findings` name the rows that were refused."""

    table: pa.Table
    findings: list[Finding]
    columns: Columns
    found: w.Found
    ids: pa.Array
    hs: pa.Array

    def at(self, row: int) -> Evaluation:
        """One good's answer with its trace, read from the filled columns. A material is called by its place in the bill."""
        goods, materials, shelf = self.columns.goods, self.columns.materials, self.columns.shelf
        program = shelf.programs[int(goods.program[row])]
        first, last, at = int(goods.first[row]), int(goods.last[row]), int(goods.at[row])
        own = w.Materials._make([*(c[first:last].tolist() for c in materials[:9]), materials.codes.tolist()])
        bill = tuple(_material(i, own) for i in range(last - first))
        mark, changes = int(goods.mark[row]), int(shelf.changes[goods.program[row]])
        marks = self.found.marks[mark : mark + changes * len(bill)].tolist()
        seen = w.Found._make([*(c[at : at + program.size].tolist() for c in self.found[:4]), [int(self.found.outside[row])], marks])
        amounts = goods.amounts[row * w.AMOUNTS : (row + 1) * w.AMOUNTS].tolist()
        one = w.Goods([0], [0], [len(bill)], amounts, [int(goods.holds[row])], [int(goods.fails[row])], [0], [0])
        fob, exw, net_cost, weight, costs = (None if a < 0 else _exact(a) for a in amounts)
        good = Good(str(self.hs[row].as_py()).replace(".", ""), fob, weight, exw, net_cost, costs, str(self.ids[row].as_py()))
        return Evaluation(Weighed(program, good, bill, _facts(program, one), SCALE, one, own, seen))


def evaluate_table(
    goods: pa.Table,
    materials: pa.Table,
    rule: str | Rule | Mapping[str, Any] | None = None,
    facts: Facts = NO_FACTS,
    settings: Settings = PLAIN,
    shelf: Shelf | None = None,
) -> Answers:
    """Weigh every good of a table. `rule` None: each good's own, in the column `rule` (texts of the grammar).

    Raises FileError where a column is missing, RuleError where the one rule is none; a good whose own rule is none is refused.
    """
    shelf = shelf if shelf is not None else Shelf()
    sheet = Sheet(goods, "goods", ("id", "hs") if rule is not None else ("id", "hs", "rule"))
    numbers = _programs(sheet, rule, settings, shelf)
    return answered(sheet, Sheet(materials, "materials", ("good", "hs")), numbers, shelf, facts)


def stream(
    pairs: Iterable[tuple[pa.Table, pa.Table]], rule: str | Rule | Mapping[str, Any] | None = None, facts: Facts = NO_FACTS, settings: Settings = PLAIN
) -> Iterator[pa.Table]:
    """Answer batch after batch, each a table of goods and that of their materials; memory is that of one batch."""
    shelf = Shelf()
    for goods, materials in pairs:
        yield evaluate_table(goods, materials, rule, facts, settings, shelf).table


def answered(goods: Sheet, materials: Sheet, numbers: I64, shelf: Shelf, facts: Facts) -> Answers:
    """Weigh goods whose programs are known."""
    columns, refused = columns_of(goods, materials, numbers, shelf, known_of(goods, materials, facts))
    found = weigh_columns(columns)
    return Answers(table_of(goods, columns, found, refused), [*goods.findings, *materials.findings], columns, found, goods.array("id"), goods.array("hs"))


# -- in ------------------------------------------------------------------------------------------------------------


def _programs(sheet: Sheet, rule: str | Rule | Mapping[str, Any] | None, settings: Settings, shelf: Shelf) -> I64:
    """The number of each good's program, one for each distinct rule and code; -1 for a good that is refused."""
    hs, codes = sheet.codes("hs", lambda digits: (int("1" + digits),))
    texts: list[Any] = [rule]
    pairs = hs
    if rule is None:
        rules, texts = sheet.texts("rule")
        pairs = rules * len(codes) + hs
    distinct, inverse = _distinct(pairs, len(texts) * len(codes))
    numbers = np.full(len(distinct), -1, dtype=np.int64)
    for i, pair in enumerate(distinct.tolist()):
        which, code = divmod(pair, len(codes)) if codes else (0, 0)
        if not codes[code] or texts[which] is None:
            continue
        try:
            numbers[i] = shelf.add(compiled_rule(texts[which], str(codes[code][0])[1:], settings))
        except (RuleError, ProgramError) as error:
            if rule is not None:
                raise
            sheet.refuse(pairs == pair, "RULE", "rule", f"this is no rule: {error}")
    if rule is None and None in texts:
        sheet.refuse(rules == texts.index(None), "RULE", "rule", "no rule is stated")
    return numbers[inverse]


def _distinct(places: I64, many: int) -> tuple[I64, I64]:
    """The distinct places and, for each row, which of them it is; by counting where there are few."""
    if many <= 4 * len(places) + 1024:
        used = np.zeros(many, dtype=bool)
        used[places] = True
        distinct = np.flatnonzero(used)
        at = np.zeros(many, dtype=np.int64)
        at[distinct] = np.arange(len(distinct))
        return distinct, at[places]
    return np.unique(places, return_inverse=True)


@lru_cache(maxsize=65536)
def _bounds(digits: str) -> tuple[int, ...]:
    return bounds(digits)


def columns_of(
    goods: Sheet,
    materials: Sheet,
    numbers: I64,
    shelf: Shelf,
    known: Known,
    read: Callable[[str], tuple[int, ...]] = _bounds,
    originates: npt.NDArray[np.bool_] | None = None,
) -> tuple[Columns, npt.NDArray[np.bool_]]:
    """The columns of a batch, and which goods are refused. `read`: the bounds of all that a code may be, two by two."""
    first, last, order = slices(goods, materials)
    places, codes = materials.codes("hs", read, bounds(""))
    low, high, others, more = _codes(codes, places)
    value, weight = materials.amount("value"), materials.amount("weight")
    origin = materials.truth("originating")[0] if originates is None else originates
    obtained = np.full(materials.size, w.OPEN, dtype=np.int8)
    if materials.has("obtained"):
        whole, unknown = materials.truth("obtained")
        obtained[~unknown] = w.NO
        obtained[whole] = w.YES
    role = _roles(materials)
    each: list[npt.NDArray[Any]] = [low, high, others, value, value, weight, origin.astype(np.int8), obtained, role]
    if (role < 0).any():  # what is in no calculation weighs nothing and is taken for originating
        each[6] = np.where(role < 0, 1, each[6]).astype(np.int8)
        each[8] = np.where(role < 0, 31, role).astype(np.int8)
    if order is not None:
        each = [c[order] for c in each]
    refused = goods.refused | (numbers < 0)
    _refuse_bills(materials, first, last, order, refused)
    amounts = np.stack([goods.amount(a) for a in AMOUNTS_IN_ORDER], axis=1)
    refused |= goods.refused
    programs = np.where(refused, 0, numbers)
    bill = bills(materials, first, last, order, each[6], each[7], each[8]) if known.by_bill else None
    holds, fails = masks_of(known, shelf.programs, programs, bill, materials.has("origin")) if shelf.programs else (programs, programs)
    sizes = shelf.sizes[programs] if shelf.programs else np.zeros(goods.size, np.int64)
    marks = shelf.changes[programs] * (last - first) if shelf.programs else sizes
    at, mark = (np.concatenate(([0], np.cumsum(n)[:-1])) if len(n) else n for n in (sizes, marks))
    batch = w.Goods(programs, first, last, amounts.ravel(), holds, fails, at, mark)
    own = w.Materials._make([*each, more])
    return Columns(compiled.given(compiled.GOODS, batch), compiled.given(compiled.MATERIALS, own), shelf, goods.size), refused


def _roles(materials: Sheet) -> npt.NDArray[np.int8]:
    if not materials.has("role"):
        return np.zeros(materials.size, dtype=np.int8)
    places, pool = materials.texts("role")
    known = np.array([ROLES.get(p, -1 if p in LEFT_OUT else -2) for p in pool], dtype=np.int8)[places]
    if (known == -2).any():
        materials.refuse(known == -2, "ROLE", "role", "none of material, retail_packing, accessory, shipping_packing, neutral")
    return known


def _refuse_bills(materials: Sheet, first: I64, last: I64, order: I64 | None, refused: npt.NDArray[np.bool_]) -> None:
    """A good with a material that was refused is refused with it: a bill that lacks a line would be another bill."""
    if materials.refused.any():
        wrong = materials.refused if order is None else materials.refused[order]
        before = np.concatenate(([0], np.cumsum(wrong)))
        refused |= before[last] > before[first]


def _codes(codes: list[tuple[int, ...]], places: I64) -> tuple[I64, I64, npt.NDArray[np.int32], I64]:
    """Each material's bounds, the place of its further bounds (0: none), and those, each list behind its length."""
    more, at = [0], []
    for c in codes:
        at.append(len(more) if len(c) > 2 else 0)
        more += [len(c) // 2 - 1, *c[2:]] if len(c) > 2 else []
    low, high = (np.array([c[i] if c else 0 for c in codes] or [0], dtype=np.int64) for i in (0, 1))
    own = places if codes else np.zeros(0, dtype=np.int64)
    return low[own], high[own], np.array(at or [0], dtype=np.int32)[own], np.array(more, dtype=np.int64)


# -- weighing ------------------------------------------------------------------------------------------------------


def weigh_columns(columns: Columns, workers: int = 2) -> w.Found:
    """Fill the columns of a batch; a small one by Python, a large one compiled, in parts beside each other."""
    goods, size = columns.goods, columns.size
    if not size or not columns.shelf.programs:
        return w.Found(*(np.zeros(size, dtype=k) for k in compiled.FOUND))
    ended = int(goods.program[-1])  # a refused good has places like any other, so that no two goods share one
    places = int(goods.at[-1] + columns.shelf.sizes[ended])
    marks = int(goods.mark[-1] + columns.shelf.changes[ended] * (goods.last[-1] - goods.first[-1]))
    found = w.Found(*(np.zeros(n, dtype=k) for n, k in zip((places,) * 4 + (size, marks), compiled.FOUND, strict=True)))
    law = compiled.given(compiled.LAW, columns.shelf.law)
    if size < compiled.WORTH_IT:
        plain: list[Any] = [type(c)._make([x.tolist() for x in c]) for c in (goods, columns.materials, law)]
        lists = w.Found(*(x.tolist() for x in found))
        w.weigh(plain[0], plain[1], plain[2], lists, 0, size)
        return w.Found(*(np.array(x, dtype=k) for x, k in zip(lists, compiled.FOUND, strict=True)))
    run = compiled.weigher()
    cuts = [size * i // workers for i in range(workers + 1)]
    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(lambda i: run(goods, columns.materials, law, found, cuts[i], cuts[i + 1]), range(workers)))
    return found


# -- out -----------------------------------------------------------------------------------------------------------


def table_of(goods: Sheet, columns: Columns, found: w.Found, refused: npt.NDArray[np.bool_]) -> pa.Table:
    """A row a good: id, verdict, criterion, rvc, refused."""
    programs, shelf = columns.goods.program, columns.shelf
    sizes = shelf.sizes
    none = pa.array(refused)
    root = columns.goods.at + (sizes[programs] - 1 if len(sizes) else 0)
    state = np.where(refused, w.OPEN, found.state[np.minimum(root, max(len(found.state) - 1, 0))] if len(found.state) else w.OPEN)
    verdict = pa.DictionaryArray.from_arrays(pa.array(state.astype(np.int8), mask=refused), WORDS)
    criterion = _criterion(columns, found, state, refused)
    return pa.table({"id": goods.array("id"), "verdict": verdict, "criterion": criterion, "rvc": _rvc(columns, found, refused), "refused": none})


def _criterion(columns: Columns, found: w.Found, state: npt.NDArray[Any], refused: npt.NDArray[np.bool_]) -> pa.Array:
    """The criterion of the first way that passed, for goods that originate."""
    programs, at, shelf = columns.goods.program, columns.goods.at, columns.shelf
    names: dict[str, int] = {}
    most = max((len(p.places) for p in shelf.programs), default=0)
    place = np.zeros((max(len(shelf.programs), 1), most), dtype=np.int64)
    called = np.full((max(len(shelf.programs), 1), most), -1, dtype=np.int64)
    for i, p in enumerate(shelf.programs):
        for j, (node, way) in enumerate(zip(p.places, p.ways, strict=True)):
            place[i, j], called[i, j] = node, names.setdefault(criterion_of(way), len(names))
    out = np.full(columns.size, -1, dtype=np.int64)
    for j in range(most):
        rows = np.flatnonzero((out < 0) & (state == w.YES) & ~refused & (called[programs, j] >= 0))
        rows = rows[found.state[at[rows] + place[programs[rows], j]] == w.YES]
        out[rows] = called[programs[rows], j]
    return pa.DictionaryArray.from_arrays(pa.array(out.astype(np.int32), mask=out < 0), pa.array(list(names) or [""]))


def _rvc(columns: Columns, found: w.Found, refused: npt.NDArray[np.bool_]) -> pa.Array:
    """Regional value content by build-down, in percent with two decimals rounded down."""
    fob = columns.goods.amounts[:: w.AMOUNTS]
    known = (fob > 0) & (found.outside >= 0) & ~refused
    base = np.where(known, fob, 1)
    part = base - np.where(known, found.outside, 0)
    whole = part // base
    rest = (part - whole * base) * 100
    tens = rest // base
    hundredths = (whole * 100 + tens) * 100 + (rest - tens * base) * 100 // base
    pairs = np.empty((len(fob), 2), dtype=np.int64)
    pairs[:, 0], pairs[:, 1] = hundredths, hundredths >> 63
    whole_fob = (fob <= 0) & (found.outside == 0) & ~refused  # nothing from outside is full content, whatever the price
    hundredths = np.where(whole_fob, 10_000, hundredths)
    known = known | whole_fob
    bits = np.packbits(known, bitorder="little")
    return pa.Array.from_buffers(pa.decimal128(18, 2), len(fob), [pa.py_buffer(bits), pa.py_buffer(pairs)])


def _exact(units: int) -> Any:
    from decimal import Decimal

    return Decimal(units) / SCALE


def _material(i: int, own: w.Materials) -> Material:
    value, weight = own.value[i], own.weight[i]
    code = str(own.low[i]).zfill(12)
    high = str(own.high[i]).zfill(12)
    while len(code) > 2 and code.endswith("00") and high.endswith("99"):
        code, high = code[:-2], high[:-2]
    obtained = None if own.obtained[i] == w.OPEN else own.obtained[i] == w.YES
    role = Role(own.role[i]) if own.role[i] in (0, 1, 2) else Role.MATERIAL
    return Material(
        code,
        None if value < 0 else _exact(value),
        bool(own.originates[i]) or None,
        None if weight < 0 else _exact(weight),
        f"material {i + 1}",
        obtained=obtained,
        role=role,
        pointer=f"/materials/{i}",
    )


def _facts(program: Program, one: w.Goods) -> Facts:
    said = {k: bool(one.holds[0] >> n & 1) for k, n in program.facts.items() if (one.holds[0] | one.fails[0]) >> n & 1}
    return Facts(None, said)
