"""What a table of materials cannot say: refused row by row, so that it is never answered as if it had not been said.

A value in a table is the one that counts, in the currency of its good: bills in bills, prices that are not CIF or paid,
transport to be taken off and other currencies are for `qualify`, one good at a time.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from youyi.qualify.columns import Sheet

ALONE = "ask for this good alone"
BASES = (None, "", "CIF", "paid")
"""Bases of a value that is the one that counts as it stands."""
BESIDE = ("freight", "insurance", "inland")


def refuse_beyond(goods: pa.Table, materials: Sheet) -> None:
    """Refuse the materials that say what a table cannot: their goods are refused with them."""
    if materials.has("materials"):
        nested = pc.fill_null(pc.list_value_length(materials.array("materials")), 0)
        materials.refuse(np.asarray(nested) > 0, "BILL-IN-BILL", "materials", f"a table holds no bills in bills; {ALONE}, or state whether the part originates")
    if materials.has("basis"):
        places, pool = materials.texts("basis")
        other = np.array([b not in BASES for b in pool] or [False])[places]
        materials.refuse(other, "BASIS", "basis", f"a table holds values CIF or paid; {ALONE}, or add freight and insurance to the value")
    for name in BESIDE:
        if materials.has(name):
            amount = materials.amount(name)
            materials.refuse(amount > 0, "BASIS", name, f"a table holds values as they count; {ALONE}, or reckon {name} into the value")
    if materials.has("currency"):
        materials.refuse(_foreign(goods, materials), "CURRENCY", "currency", f"not the currency of its good; {ALONE}, or convert the value")


def _foreign(goods: pa.Table, materials: Sheet) -> npt.NDArray[np.bool_]:
    """Materials in another currency than their good; where goods state none, in another than most of the materials."""
    places, pool = materials.texts("currency")
    stated = np.array([bool(c) for c in pool] or [False])[places]
    if "currency" not in goods.column_names:
        usual = most_common(places.tolist(), pool)
        others: npt.NDArray[np.bool_] = np.array([c != usual for c in pool] or [False])[places]
        return stated & others
    at = pc.index_in(materials.array("good"), value_set=goods.column("id").combine_chunks())
    own = pc.fill_null(goods.column("currency").combine_chunks().cast(pa.string()).take(at), "")
    given = pc.fill_null(materials.array("currency").cast(pa.string()), "")
    differs: npt.NDArray[np.bool_] = stated & np.asarray(pc.and_(pc.not_equal(own, given), pc.not_equal(own, "")))
    return differs


def most_common(places: list[int], pool: list[Any]) -> Any:
    """The value that most rows have, of those that have one; the first of equals."""
    counts = Counter(p for p in places if pool[p])
    return pool[max(counts, key=lambda p: (counts[p], -p))] if counts else ""
