"""What names a person is sealed before it is written, and opened for those who may read it.

A sealed value stands in the payload as `{"$sealed": {"box": "…", "of": "driver/7731"}}`: AES-256-GCM under the person's key, bound to its
event, so that a box put into another does not open. Without the key it is noise of the
length of the value, padded to 32 bytes.
"""

from __future__ import annotations

import base64
import hmac
import json
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from youyi.journal.canonical import canonical
from youyi.journal.errors import UnreadableError

SEALED = "$sealed"
PAD = 32
NONCE = 12


@dataclass(frozen=True, slots=True)
class Personal:
    """A value that names a person, or says something of them: `Personal("driver/7731", "Nguyễn Văn A")`.

    `of` is the person's id, which must itself say nothing of them; `value` is JSON without binary fractions.
    """

    of: str
    value: Any

    def __repr__(self) -> str:
        return f"Personal(of={self.of!r})"  # a log or a traceback must not hold what the chain may not hold


@dataclass(frozen=True, slots=True)
class Erased:
    """Stands where a value was whose person has been erased."""

    of: str


def walk(value: Any, change: Callable[[Personal, str], Any], pointer: str = "") -> Any:
    """A copy of a payload with each `Personal` changed."""
    if isinstance(value, Personal):
        return change(value, pointer)
    if isinstance(value, Mapping):
        return {k: walk(v, change, f"{pointer}/{k}") for k, v in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return [walk(v, change, f"{pointer}/{i}") for i, v in enumerate(value)]
    return value


def found_in(value: Any, pointer: str = "") -> Iterator[tuple[Personal, str]]:
    """Every `Personal` of a payload, with its JSON Pointer."""
    seen: list[tuple[Personal, str]] = []
    walk(value, lambda p, at: seen.append((p, at)), pointer)
    yield from seen


def seal(person: Personal, key: bytes, bound: str) -> dict[str, Any]:
    """The sealed form of a value; `bound` says which event it is of."""
    clear = canonical(person.value)
    nonce = secrets.token_bytes(NONCE)
    box = nonce + AESGCM(_derived(key, "seal")).encrypt(nonce, clear + b" " * (-len(clear) % PAD), bound.encode())
    return {SEALED: {"box": base64.b64encode(box).decode(), "of": person.of}}


def unseal(box: str, key: bytes, bound: str) -> Any:
    """The clear value. Raises UnreadableError where key, place or box are not the right ones."""
    raw = base64.b64decode(box)
    try:
        return json.loads(AESGCM(_derived(key, "seal")).decrypt(raw[:NONCE], raw[NONCE:], bound.encode()))
    except (InvalidTag, ValueError) as error:
        raise UnreadableError(f"{bound}: what is sealed here does not open with this person's key") from error


def mark(person: Personal, key: bytes) -> dict[str, str]:
    """What stands for a value when two commands are compared: equal for equal values, and nothing to guess from once the key is gone."""
    return {"$mark": hmac.new(_derived(key, "mark"), canonical(person.value), sha256).hexdigest(), "of": person.of}


def reveal(value: Any, keys: Mapping[str, bytes | None], bound: str) -> Any:
    """A payload with each sealed value opened: `Personal` where there is a key, `Erased` where there is none."""
    if isinstance(value, dict):
        if set(value) == {SEALED}:
            of, key = value[SEALED]["of"], keys.get(value[SEALED]["of"])
            return Erased(of) if key is None else Personal(of, unseal(value[SEALED]["box"], key, bound))
        return {k: reveal(v, keys, bound) for k, v in value.items()}
    if isinstance(value, list):
        return [reveal(v, keys, bound) for v in value]
    return value


def persons_in(value: Any) -> set[str]:
    """Whose sealed values a payload holds."""
    if isinstance(value, dict):
        if set(value) == {SEALED}:
            return {value[SEALED]["of"]}
        return set().union(*(persons_in(v) for v in value.values()))
    return set().union(*(persons_in(v) for v in value)) if isinstance(value, list) else set()


def _derived(key: bytes, use: str) -> bytes:
    return hmac.new(key, b"youyi " + use.encode(), sha256).digest()
