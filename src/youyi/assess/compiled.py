"""The money of `money`, compiled for columns.

Compiling takes seconds, once per machine; the result is kept beside the source file, under its date and size, and
loaded from there. Nothing of it is imported before a batch is large enough to be worth it.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import cache
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from youyi.assess import money

WORTH_IT = 4096
"""Lines from which on a batch runs compiled."""
ASKED = money.Asked(np.int64, np.int64, np.int64, np.int64, np.int64, np.int32)
LAW = money.Law(np.int32, np.int32, np.int64, np.int64)
ANSWERS = money.Answers._make([np.int32] * 2 + [np.int64] * 12 + [np.int8, np.bool_])
"""The kinds of the columns."""


@cache
def fill() -> Callable[..., int]:
    """`money.fill`, compiled; it lets other threads run."""
    from numba import njit, types
    from numba.core.errors import NumbaIRAssumptionWarning
    from numba.extending import register_jitable
    from numba.np.numpy_support import from_dtype

    register_jitable(money.settle)
    for function in (money.share, money.added, money.customs_value, money.due, money.duties, money.on_top, money.charges, money.choose):
        # Called, each would hand over its arguments by way of memory: five times slower than written in place.
        register_jitable(inline="always")(function)

    def columns(kinds: Any, writable: bool) -> Any:
        return types.NamedTuple([types.Array(from_dtype(np.dtype(k)), 1, "C", readonly=not writable) for k in kinds], type(kinds))

    signature = types.intp(columns(ASKED, False), columns(LAW, False), columns(ANSWERS, True), types.intp, types.intp, types.intp)
    def compile_(keep: bool) -> Callable[..., int]:
        return cast(Callable[..., int], njit(signature, nogil=True, cache=keep, error_model="numpy")(money.fill))

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NumbaIRAssumptionWarning)  # a check of the compiler's own on what it writes in place
        try:
            return compile_(keep=True)
        except (OSError, RuntimeError):  # nowhere to keep it
            return compile_(keep=False)


def given(kinds: Any, columns: Any) -> Any:
    """Columns as the compiled function takes them: of these kinds, without gaps, not to be written to."""
    return type(kinds)(*(_given(c, k) for c, k in zip(columns, kinds, strict=True)))


def _given(column: npt.NDArray[Any], kind: Any) -> npt.NDArray[Any]:
    found = np.ascontiguousarray(column, dtype=kind).view()
    found.flags.writeable = False
    return found
