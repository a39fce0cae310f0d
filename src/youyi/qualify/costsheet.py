"""The cost sheet of a good under each agreement: materials, values counted, origin and paper, value content step by step.

Every figure is read from the columns that the engine filled for the answer; the same rows are written as CSV and as XLSX.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator, Sequence
from fractions import Fraction
from xml.sax.saxutils import escape

from youyi.qualify import weigh as w
from youyi.qualify.reading import Product
from youyi.qualify.result import Answer
from youyi.qualify.single import Weighed
from youyi.qualify.trace import Trace, amount_text, percent_down

HEAD = ("agreement", "line", "name", "hs", "origin", "counts as", "paper", "value counted", "of which from outside", "currency", "note")
DRAFT = "DRAFT, NOT A PROOF"
DAY_ZERO = (1980, 1, 1, 0, 0, 0)


def rows(product: Product, answers: Sequence[tuple[Answer, Weighed | None]]) -> list[tuple[str, ...]]:
    """The sheet, header first. Values in the good's currency; the unrounded figure as a fraction of whole numbers and in percent."""
    return [HEAD, *(row for answer, seen in answers for row in _of(product, answer, seen))]


def _of(product: Product, answer: Answer, seen: Weighed | None) -> Iterator[tuple[str, ...]]:
    def row(line: str, name: str = "", *more: str, note: str = "") -> tuple[str, ...]:
        return (answer.agreement, line, name, *more, *("",) * (8 - len(more) - 1), note)

    yield row(
        "status", DRAFT, note=f"{answer.verdict}, {answer.criterion or 'no criterion'}; rules {answer.rule_set}, {answer.on}, {answer.provenance['release']}"
    )
    if seen is None:
        return
    papers = {i.pointer: i.proof for i in product.items}
    for i, m in enumerate(seen.materials):
        origin = "originating" if m.originating else "non-originating" if m.originating is False else "not known: non-originating"
        paper = papers.get(m.pointer, "") or ("statement, no paper" if m.originating else "")
        value, outside = (_amount(column[i], seen) for column in (seen.columns.value, seen.columns.outside))
        yield row("material", m.name, m.hs, m.origin, origin, paper, value, "0" if m.originating else outside, product.currency)
    for name, place in (("FOB", w.FOB), ("ex-works price", w.EXW), ("net cost", w.NET_COST), ("labour, overhead, profit, other", w.COSTS)):
        if seen.goods.amounts[place] >= 0 and not (place == w.COSTS and product.good.costs is None):
            yield row("amount", name, "", "", "", "", _amount(seen.goods.amounts[place], seen), "", product.currency)
    yield row("step 1", "all that counts as from outside", "", "", "", "", "", _amount(seen.found.outside[0], seen), product.currency)
    for text, figure, base, needed in Trace(seen).contents():
        if base > 0 and figure != w.NONE and not ("build-up" in text and product.good.costs is None):
            yield row("step 2", text, "", "", "", "", _amount(figure, seen), "", product.currency, note=f"regional value, of {_amount(base, seen)}")
            share = Fraction(figure * 100, base)
            exact = f"{share.numerator}/{share.denominator} %" if share.denominator > 1 else f"{share.numerator} %"
            yield row("step 3", text, note=f"unrounded {exact}; printed {percent_down(figure, base)} % (cut); asked for {needed} %")


def _amount(units: int, seen: Weighed) -> str:
    return amount_text(units, seen.scale) if units >= 0 else "not known"


def as_csv(table: Sequence[Sequence[str]]) -> str:
    """The sheet as CSV. A cell that a spreadsheet would take for a formula is kept as text."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([f"'{c}" if c[:1] in "=+-@" and c else c for c in row] for row in table)
    return out.getvalue()


def as_xlsx(table: Sequence[Sequence[str]]) -> bytes:
    """The sheet as an Office Open XML workbook (ECMA-376) of one sheet, every cell a text; the same bytes for the same table."""
    lines = "".join("<row>" + "".join(f'<c t="inlineStr"><is><t xml:space="preserve">{escape(c)}</t></is></c>' for c in row) + "</row>" for row in table)
    main, package = "http://schemas.openxmlformats.org/spreadsheetml/2006/main", "http://schemas.openxmlformats.org/package/2006"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{kind}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{kind}.worksheet+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" Type="{office}/officeDocument" Target="xl/workbook.xml"/>'
        "</Relationships>",
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets><sheet name="cost sheet" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" Type="{office}/worksheet" '
        'Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}"><sheetData>{lines}</sheetData></worksheet>',
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as book:
        for name, text in parts.items():
            book.writestr(zipfile.ZipInfo(name, DAY_ZERO), f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>{text}')
    return out.getvalue()
