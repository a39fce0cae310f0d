"""Keeping freed memory at hand while batches run, and the collector away while what stays is made.

The C library gives large blocks back to the system as soon as they are freed and has them cleared anew for the next
column; with two threads the system's lock on the address space then costs more than the arithmetic.
"""

from __future__ import annotations

import ctypes
import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
KEPT = 256 << 20
"""Bytes kept at most at the end of the heap."""
LARGEST = 32 << 20
"""Blocks up to this size come from the heap."""
MUCH = 50_000
"""Objects made without a search for garbage from which on one is made at once."""


@cache
def keep_freed_memory() -> bool:
    """Ask the GNU C library to keep freed blocks; whether it took notice. Elsewhere nothing happens."""
    if not sys.platform.startswith("linux"):
        return False
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return False
    return bool(mallopt(M_MMAP_THRESHOLD, LARGEST) and mallopt(M_TRIM_THRESHOLD, KEPT))


@contextmanager
def uncollected() -> Iterator[None]:
    """No search for garbage meanwhile. What is made here is kept, and to walk over all of it again and again as it
    grows costs more than making it. Where much was made it is walked over once, in place of once a generation."""
    on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if on:
            if gc.get_count()[0] > MUCH:
                gc.collect()
            gc.enable()
