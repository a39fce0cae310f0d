"""What an assessment gives back: one row per line and regime, in columns, with the findings beside them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from youyi.assess import money
from youyi.assess.answers import CENT, COLUMNS, LISTS, MONEY, RATES, decimals, dictionary, schema
from youyi.assess.desk import Desk
from youyi.assess.numbering import I64
from youyi.finding import Finding, Severity


@dataclass
class Words:
    """A column of words: `ids` into `pool`."""

    ids: npt.NDArray[Any]
    pool: list[str]


@dataclass
class Result:
    """One row per line × regime, in line order, the most-favoured-nation row first.

    Money is in hundredths of `currency`, rates in ten-thousandths of a percent, -1 where nothing can be said.
    A refused line has one row without a regime.
    """

    desk: Desk = field(repr=False)
    rows: money.Answers = field(repr=False)
    line_id: Any
    digits: list[str]
    """The codes of the batch as digits; `code_of` gives each line's place among them."""
    code_of: money.Column
    ruling_of: money.Column
    plan_of: money.Column
    findings_of: Any
    """Each row's findings by number, where they are not its ruling's alone."""
    findings: list[Finding]

    def __len__(self) -> int:
        return len(self.rows.line)

    @property
    def line(self) -> Any:
        """Each row's line."""
        return self.rows.line

    @property
    def release(self) -> str:
        """The digest of the release behind the answers."""
        return self.desk.rulebook.digest

    @property
    def errors(self) -> list[Finding]:
        """The findings that refused a row."""
        return [f for f in self.findings if f.severity is Severity.ERROR]

    def column(self, name: str) -> Any:
        """The numbers of a column of money or rates, or of `best`."""
        return getattr(self.rows, name)

    @cached_property
    def words(self) -> dict[str, Words]:
        """The columns of words."""
        place, line = np.asarray(self.rows.place), np.asarray(self.rows.line)
        table = self.desk.questions.table.rows.array()
        found = {name: Words(table[:, at].take(place), pool) for name, (at, pool) in self.desk.words.items()}
        if self.findings_of is not None:
            found["findings"].ids = np.asarray(self.findings_of)
        found["code"] = Words(np.asarray(self.code_of).take(line), self.digits)
        found["currency"] = Words(np.asarray(self.plan_of).take(line), [p.currency for p in self.desk.plans.plans])
        found["basis"] = Words(np.asarray(self.rows.basis), self.desk.bases)
        return found

    def word(self, name: str, row: int) -> str:
        """One cell of a column of words."""
        line = int(self.rows.line[row])
        if name == "code":
            return self.digits[int(self.code_of[line])]
        if name == "currency":
            return self.desk.plans.plans[int(self.plan_of[line])].currency
        if name == "basis":
            return self.desk.bases[int(self.rows.basis[row])]
        at, pool = self.desk.words[name]
        own = self.findings_of is not None and name == "findings"
        return pool[int(self.findings_of[row]) if own else self.desk.questions.table.rows.lists[int(self.rows.place[row])][at]]

    # -- row by row -----------------------------------------------------------------------------------------------

    def records(self) -> list[dict[str, Any]]:
        """The rows as mappings: amounts and rates as Decimal or None, lists as lists."""
        return list(self._records())

    def _records(self) -> Iterator[dict[str, Any]]:
        ids = self.line_id if isinstance(self.line_id, list) else [str(v) for v in self.line_id.to_pylist()]
        rows = self.rows if isinstance(self.rows.line, list) else money.Answers(*(c.tolist() for c in self.rows))
        bases, plans, lists = self.desk.bases, self.desk.plans.plans, self.desk.lists
        amounts = [(name, getattr(rows, name)) for name in MONEY]
        for i, (line, place) in enumerate(zip(rows.line, rows.place, strict=True)):
            row = self.desk.said(place).copy()
            row["line_id"], row["code"] = ids[line], self.digits[self.code_of[line]]
            row["currency"], row["basis"], row["best"] = plans[self.plan_of[line]].currency, bases[rows.basis[i]], bool(rows.best[i])
            for name, column in amounts:
                cents = column[i]
                row[name] = None if cents < 0 else CENT * cents
            if self.findings_of is not None:
                row["findings"] = lists(self.desk.words["findings"][1][self.findings_of[i]])
            for name in LISTS:
                row[name] = list(row[name])
            yield row

    # -- as columns -----------------------------------------------------------------------------------------------

    def arrow(self) -> Any:
        """The rows as an Arrow record batch; see docs/schemas/assessment.json for the columns."""
        import pyarrow as pa

        ids = self.line_id
        ids = pa.array(ids, pa.string()) if isinstance(ids, list) else ids
        if pa.types.is_dictionary(ids.type):
            ids = ids.cast(ids.type.value_type)
        if not pa.types.is_string(ids.type):
            ids = ids.cast(pa.string())
        line, place = pa.array(np.asarray(self.rows.line)), np.asarray(self.rows.place)
        arrays: dict[str, Any] = {"line_id": ids.fill_null("").take(line), "best": pa.array(np.asarray(self.rows.best, dtype=np.bool_))}
        for name in MONEY:
            arrays[name] = decimals(self.column(name), pa.decimal64(18, 2))
        for name in RATES:
            arrays[name] = decimals(self.column(name), pa.decimal64(9, 4))
        used = self._used()
        table = self.desk.questions.table.rows.array()
        for name, (at, pool) in self.desk.words.items():
            ids = table[:, at]
            arrays[name] = dictionary(ids, ids[used], pool, place)
        for name, ids, pool in (
            ("code", np.asarray(self.code_of), self.digits),
            ("currency", np.asarray(self.plan_of), [p.currency for p in self.desk.plans.plans]),
        ):
            arrays[name] = dictionary(ids, ids, pool, np.asarray(self.rows.line))
        basis = np.asarray(self.rows.basis)
        arrays["basis"] = dictionary(basis, basis, self.desk.bases)
        if self.findings_of is not None:
            findings = np.asarray(self.findings_of)
            arrays["findings"] = dictionary(findings, findings, self.desk.words["findings"][1])
        return pa.RecordBatch.from_arrays([arrays[c] for c in COLUMNS], schema=schema())

    def _used(self) -> I64:
        """The rows of the ruling table that stand in the result."""
        rulings = np.flatnonzero(np.bincount(self.ruling_of))
        first, count = self.desk.questions.table.spans.array()[rulings, :2].T.astype(np.int64)
        return np.repeat(first - (count.cumsum() - count), count) + np.arange(int(count.sum()))
