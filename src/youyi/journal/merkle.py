"""The Merkle tree of RFC 9162 (section 2.1) over a log of events: a short proof that an event is in, and that nothing was changed.

The root of a log of n events is 32 bytes. An inclusion proof shows with at most log2(n) hashes that one event is under a root; a
consistency proof shows that an older root's log is the beginning of a newer one. Both are checked without the log.

The only Python library of this that is widely used is under the GPL, and it keeps its own store; the algorithms are sixty lines of
the RFC, so they stand here, held against the RFC's examples, the vectors of Certificate Transparency and a second, slow version.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import Protocol

EMPTY = sha256(b"").digest()
"""The root of an empty log."""
TILE = 256
"""A stored node stands for so many leaves, or for so many nodes of the level below."""


def leaf_hash(data: bytes) -> bytes:
    """A leaf: SHA-256 over 0x00 and the data."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """A node: SHA-256 over 0x01 and its two children."""
    return sha256(b"\x01" + left + right).digest()


def fold(hashes: Sequence[bytes]) -> bytes:
    """The root over a row of subtrees of equal size, the last of which may be smaller."""
    row = list(hashes)
    if not row:
        return EMPTY
    while len(row) > 1:
        odd = [row[-1]] if len(row) % 2 else []
        row = [node_hash(row[i], row[i + 1]) for i in range(0, len(row) - 1, 2)] + odd
    return row[0]


class Frontier:
    """The right edge of a growing tree: the roots of its complete subtrees, largest first. Enough to add a leaf and know the root."""

    def __init__(self, size: int = 0, peaks: bytes = b"") -> None:
        if len(peaks) != 32 * size.bit_count():
            raise ValueError(f"{len(peaks)} bytes are not the edge of a tree of {size} leaves")
        self.size = size
        self._peaks = [peaks[i : i + 32] for i in range(0, len(peaks), 32)]

    @property
    def peaks(self) -> bytes:
        """The edge as bytes: what `Frontier(size, peaks)` takes up again."""
        return b"".join(self._peaks)

    @property
    def root(self) -> bytes:
        """The root of the tree as it stands."""
        if not self._peaks:
            return EMPTY
        root = self._peaks[-1]
        for peak in reversed(self._peaks[:-1]):
            root = node_hash(peak, root)
        return root

    def add(self, leaf: bytes) -> list[tuple[int, int, bytes]]:
        """Add one leaf's hash; the stored nodes it completed, as (level in tiles, index, hash)."""
        complete: list[tuple[int, int, bytes]] = []
        position, level = self.size, 0
        while position & 1:
            leaf = node_hash(self._peaks.pop(), leaf)
            position >>= 1
            level += 1
            if level % 8 == 0:
                complete.append((level // 8, position, leaf))
        self._peaks.append(leaf)
        self.size += 1
        return complete


class Log(Protocol):
    """Where the hashes of a log lie."""

    def leaves(self, first: int, end: int) -> Sequence[bytes]:
        """The hashes of leaves first to end - 1."""

    def tiles(self, level: int, first: int, end: int) -> Sequence[bytes]:
        """Nodes first to end - 1 that stand each for TILE ** level leaves."""


def subtree(log: Log, first: int, end: int) -> bytes:
    """The root over leaves first to end - 1, where `first` is where a subtree of the tree begins. Reads at most TILE hashes a level."""
    count = end - first
    if count <= TILE:
        return fold(log.leaves(first, end))
    level = 1
    while TILE ** (level + 1) < count:
        level += 1
    unit = TILE**level
    whole = count // unit
    row = list(log.tiles(level, first // unit, first // unit + whole))
    if count % unit:
        row.append(subtree(log, first + whole * unit, end))
    return fold(row)


def _split(count: int) -> int:
    """The largest power of two below `count`."""
    return 1 << ((count - 1).bit_length() - 1)


def inclusion(log: Log, index: int, size: int) -> list[bytes]:
    """The proof that leaf `index` (from 0) is in the log of `size` leaves (RFC 9162 2.1.3.1)."""
    if not 0 <= index < size:
        raise ValueError(f"leaf {index} is not in a log of {size}")
    path: list[bytes] = []
    first, end = 0, size
    while end - first > 1:
        middle = first + _split(end - first)
        if index < middle:
            path.append(subtree(log, middle, end))
            end = middle
        else:
            path.append(subtree(log, first, middle))
            first = middle
    return path[::-1]


def consistency(log: Log, old: int, new: int) -> list[bytes]:
    """The proof that the log of `old` leaves is the beginning of the log of `new` (RFC 9162 2.1.4.1). Empty where old is 0 or new."""
    if not 0 <= old <= new:
        raise ValueError(f"a log of {old} is not the beginning of one of {new}")
    if old in (0, new):
        return []
    path: list[bytes] = []
    first, end, whole = 0, new, True
    while old != end:
        middle = first + _split(end - first)
        if old <= middle:
            path.append(subtree(log, middle, end))
            end = middle
        else:
            path.append(subtree(log, first, middle))
            first, whole = middle, False
    if not whole:
        path.append(subtree(log, first, end))
    return path[::-1]


def root_of_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """The root that a proof leads to, None where it cannot be a proof (RFC 9162 2.1.3.2). Compare it with the root you trust."""
    if not 0 <= index < size:
        return None
    node, last, root = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            return None
        if node & 1 or node == last:
            root = node_hash(sibling, root)
            while node and not node & 1:
                node >>= 1
                last >>= 1
        else:
            root = node_hash(root, sibling)
        node >>= 1
        last >>= 1
    return root if last == 0 else None


def proves_consistency(old: int, old_root: bytes, new: int, new_root: bytes, path: Sequence[bytes]) -> bool:
    """Whether a proof shows that the log under `old_root` is the beginning of that under `new_root` (RFC 9162 2.1.4.2)."""
    if not 0 <= old <= new:
        return False
    if old == new:
        return not path and old_root == new_root
    if old == 0:
        return not path and old_root == EMPTY
    proof = list(path)
    if old & (old - 1) == 0:
        proof.insert(0, old_root)
    if not proof:
        return False
    node, last = old - 1, new - 1
    while node & 1:
        node >>= 1
        last >>= 1
    older = newer = proof[0]
    for sibling in proof[1:]:
        if last == 0:
            return False
        if node & 1 or node == last:
            older, newer = node_hash(sibling, older), node_hash(sibling, newer)
            while node and not node & 1:
                node >>= 1
                last >>= 1
        else:
            newer = node_hash(newer, sibling)
        node >>= 1
        last >>= 1
    return last == 0 and older == old_root and newer == new_root
