"""One way to write a value as bytes, so that a hash means the content and not the spelling.

RFC 8785 (JSON Canonicalization Scheme), narrowed: no binary floating point. Two programs in two languages agree on integers and
text; on fractions they agree only if both print doubles as ECMAScript does, and an amount must not be a double anyway. A figure
with a fraction is written as text.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import rfc8785

from youyi.finding import Finding, Severity

MAX_DEPTH = 32
"""Objects and lists within one another."""
MAX_INTEGER = 2**53 - 1
"""The largest integer that every reader of JSON holds exactly."""
RESERVED = "$"
"""Names of members that begin so are the journal's own (what is sealed)."""


def canonical(value: Any) -> bytes:
    """The canonical bytes (UTF-8) of a value that `faults` found nothing in."""
    return rfc8785.dumps(value)


def faults(value: Any, pointer: str = "", depth: int = 0, reserved: bool = True) -> Iterator[Finding]:
    """What keeps a value out of the journal, each with its JSON Pointer.

    `reserved`: whether names that begin with `$` are refused. Raises TypeError for what is not JSON, floats among it.
    """
    if value is None or isinstance(value, bool):
        return
    if isinstance(value, str):
        if not _is_text(value):
            yield _fault("JRN-TEXT", pointer, "holds half of a surrogate pair: not text that UTF-8 can carry")
    elif isinstance(value, int):
        if abs(value) > MAX_INTEGER:
            yield _fault("JRN-INTEGER", pointer, f"{value} is beyond ±{MAX_INTEGER}: write it as text")
    elif isinstance(value, Mapping | Sequence) and not isinstance(value, bytes | bytearray | memoryview):
        if depth == MAX_DEPTH:
            yield _fault("JRN-DEPTH", pointer, f"objects and lists lie more than {MAX_DEPTH} deep")
        elif isinstance(value, Mapping):
            yield from _members(value, pointer, depth, reserved)
        else:
            for index, item in enumerate(value):
                yield from faults(item, f"{pointer}/{index}", depth + 1, reserved)
    elif isinstance(value, float):
        raise TypeError(f"{pointer or '/'}: {value!r} is a binary fraction; write a figure with a fraction as text")
    else:
        raise TypeError(f"{pointer or '/'}: {type(value).__name__} is not a value of JSON")


def _members(value: Mapping[Any, Any], pointer: str, depth: int, reserved: bool) -> Iterator[Finding]:
    for name, item in value.items():
        if not isinstance(name, str):
            raise TypeError(f"{pointer or '/'}: the name of a member is {type(name).__name__}, not text")
        here = f"{pointer}/{name.replace('~', '~0').replace('/', '~1')}"
        if not _is_text(name):
            yield _fault("JRN-TEXT", pointer, "the name of a member holds half of a surrogate pair")
        elif reserved and name.startswith(RESERVED):
            yield _fault("JRN-NAME", here, f"names that begin with {RESERVED} are the journal's own")
        yield from faults(item, here, depth + 1, reserved)


def _is_text(value: str) -> bool:
    return not any("\ud800" <= c <= "\udfff" for c in value) if not value.isascii() else True


def _fault(code: str, pointer: str, text: str) -> Finding:
    return Finding(code, Severity.ERROR, pointer, text)
