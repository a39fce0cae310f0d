"""The text of `weigh`, compiled for columns.

Compiling takes seconds, once per machine; the result is kept beside the source file, under its date and size, and
loaded from there. Nothing of it is imported before a batch is large enough to be worth it.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import cache
from typing import Any, cast

import numpy as np

from youyi.qualify import weigh

WORTH_IT = 2048
"""Goods from which on a batch runs compiled."""
GOODS = weigh.Goods(np.int32, np.int64, np.int64, np.int64, np.int64, np.int64, np.int64, np.int64)
MATERIALS = weigh.Materials(np.int64, np.int64, np.int32, np.int64, np.int64, np.int64, np.int8, np.int8, np.int8, np.int64)
LAW = weigh.Law(np.int32, np.int64, np.int64, np.int64)
FOUND = weigh.Found(np.int8, np.int64, np.int64, np.int32, np.int64, np.int8)
"""The kinds of the columns."""


@cache
def weigher() -> Callable[..., int]:
    """`weigh.weigh`, compiled; it lets other threads run."""
    from numba import njit, types
    from numba.core.errors import NumbaIRAssumptionWarning
    from numba.extending import register_jitable
    from numba.np.numpy_support import from_dtype

    function: Callable[..., int]
    for function in (weigh.covered, weigh.changed, weigh.all_changed, weigh.any_covered):
        register_jitable(function)
    for function in (weigh.part_down, weigh.part_up, weigh.cover, weigh.known, weigh.within):
        # Called, each would hand over its arguments by way of memory: slower than written in place.
        register_jitable(inline="always")(function)

    def columns(kinds: Any, writable: bool) -> Any:
        return types.NamedTuple([types.Array(from_dtype(np.dtype(k)), 1, "C", readonly=not writable) for k in kinds], type(kinds))

    given = (columns(GOODS, False), columns(MATERIALS, False), columns(LAW, False))
    signature = types.intp(*given, columns(FOUND, True), types.intp, types.intp)

    def made(keep: bool) -> Callable[..., int]:
        return cast(Callable[..., int], njit(signature, nogil=True, cache=keep, error_model="numpy")(weigh.weigh))

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NumbaIRAssumptionWarning)  # a check of the compiler's own on what it writes in place
        try:
            return made(keep=True)
        except (OSError, RuntimeError):  # nowhere to keep it
            return made(keep=False)


def given(kinds: Any, columns: Any) -> Any:
    """Columns as the compiled function takes them: of these kinds, without gaps, not to be written to."""
    found = []
    for column, kind in zip(columns, kinds, strict=True):
        own = np.ascontiguousarray(column, dtype=kind).view()
        own.flags.writeable = False
        found.append(own)
    return type(kinds)(*found)
