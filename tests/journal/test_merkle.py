"""The tree of RFC 9162: its own example, published vectors, and a second, slow version written straight from the definitions."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from youyi.journal import merkle

INPUTS = [bytes.fromhex(h) for h in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")]
"""The leaves of Certificate Transparency's reference test."""
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


class Memory:
    """A log in memory that keeps the nodes a frontier completes, and counts what is asked of it."""

    def __init__(self, leaves: Sequence[bytes]) -> None:
        self.hashes = list(leaves)
        self.frontier = merkle.Frontier()
        self.nodes = {(level, place): node for leaf in leaves for level, place, node in self.frontier.add(leaf)}
        self.asked = 0

    def leaves(self, first: int, end: int) -> list[bytes]:
        self.asked += end - first
        return self.hashes[first:end]

    def tiles(self, level: int, first: int, end: int) -> list[bytes]:
        self.asked += end - first
        return [self.nodes[level, place] for place in range(first, end)]


# The definitions of RFC 9162 2.1.1, 2.1.3.1 and 2.1.4.1, letter by letter.


def mth(d: Sequence[bytes]) -> bytes:
    if not d:
        return sha256(b"").digest()
    if len(d) == 1:
        return sha256(b"\x00" + d[0]).digest()
    k = split(len(d))
    return sha256(b"\x01" + mth(d[:k]) + mth(d[k:])).digest()


def split(n: int) -> int:
    k = 1
    while 2 * k < n:
        k *= 2
    return k


def path(m: int, d: Sequence[bytes]) -> list[bytes]:
    if len(d) == 1:
        return []
    k = split(len(d))
    return [*path(m, d[:k]), mth(d[k:])] if m < k else [*path(m - k, d[k:]), mth(d[:k])]


def subproof(m: int, d: Sequence[bytes], b: bool) -> list[bytes]:
    if m == len(d):
        return [] if b else [mth(d)]
    k = split(len(d))
    return [*subproof(m, d[:k], b), mth(d[k:])] if m <= k else [*subproof(m - k, d[k:], False), mth(d[:k])]


def test_published_roots() -> None:
    for size, root in enumerate(ROOTS, 1):
        log = Memory([merkle.leaf_hash(d) for d in INPUTS[:size]])
        assert merkle.subtree(log, 0, size).hex() == log.frontier.root.hex() == mth(INPUTS[:size]).hex() == root
    assert merkle.Frontier().root.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_the_example_of_the_rfc() -> None:
    data = [bytes([n]) for n in range(7)]
    a, b, c, d, e, f, j = (merkle.leaf_hash(x) for x in data)
    g, h, i = merkle.node_hash(a, b), merkle.node_hash(c, d), merkle.node_hash(e, f)
    k, m = merkle.node_hash(g, h), merkle.node_hash(i, j)
    log = Memory([a, b, c, d, e, f, j])
    assert [merkle.inclusion(log, n, 7) for n in (0, 3, 4, 6)] == [[b, h, m], [c, g, m], [f, j, k], [i, k]]
    assert merkle.consistency(log, 3, 7) == [c, d, g, m]
    assert merkle.consistency(log, 4, 7) == [m]
    assert merkle.consistency(log, 6, 7) == [i, j, k]


def test_every_proof_of_every_small_log_is_that_of_the_definitions_and_holds() -> None:
    data = [bytes([n]) for n in range(40)]
    log = Memory([merkle.leaf_hash(d) for d in data])
    for size in range(1, len(data) + 1):
        root = mth(data[:size])
        for index in range(size):
            proof = merkle.inclusion(log, index, size)
            assert proof == path(index, data[:size])
            assert merkle.root_of_inclusion(log.hashes[index], index, size, proof) == root
        for old in range(size + 1):
            proof = merkle.consistency(log, old, size)
            assert proof == (subproof(old, data[:size], True) if 0 < old < size else [])
            assert merkle.proves_consistency(old, mth(data[:old]), size, root, proof)


def test_no_changed_proof_holds() -> None:
    data = [bytes([n]) for n in range(21)]
    log = Memory([merkle.leaf_hash(d) for d in data])
    root = mth(data)
    for index in range(21):
        proof = merkle.inclusion(log, index, 21)
        changed = [[*proof[:n], bytes(32), *proof[n + 1 :]] for n in range(len(proof))] + [proof[:-1], [*proof, proof[0]], proof[1:]]
        assert all(merkle.root_of_inclusion(log.hashes[index], index, 21, c) != root for c in changed)
        assert all(merkle.root_of_inclusion(log.hashes[index], other, 21, proof) != root for other in range(21) if other != index)
    for old in range(1, 21):
        proof = merkle.consistency(log, old, 21)
        changed = [[*proof[:n], bytes(32), *proof[n + 1 :]] for n in range(len(proof))] + [proof[:-1], [*proof, proof[0]]]
        assert not any(merkle.proves_consistency(old, mth(data[:old]), 21, root, c) for c in changed)
        assert not merkle.proves_consistency(old, mth(data[: old - 1]), 21, root, proof)
    assert merkle.root_of_inclusion(b"", 21, 21, []) is None
    assert not merkle.proves_consistency(22, root, 21, root, [])


@pytest.mark.parametrize("size", [255, 256, 257, 511, 512, 513, 1000, 65_535, 65_536, 65_537, 66_000, 131_073])
def test_a_large_log_is_read_by_stored_nodes_with_the_same_result(size: int) -> None:
    log = Memory([sha256(n.to_bytes(4)).digest() for n in range(size)])
    root = merkle.fold(log.hashes)
    assert log.frontier.root == merkle.subtree(log, 0, size) == root
    assert merkle.Frontier(size, log.frontier.peaks).root == root
    for index in (0, 255, size // 2, size - 1):
        log.asked = 0
        proof = merkle.inclusion(log, index, size) if index < size else None
        assert proof is None or merkle.root_of_inclusion(log.hashes[index], index, size, proof) == root
        assert log.asked <= 256 * 8
    for old in (1, 200, size // 3, size - 1):
        if 0 < old <= size:
            assert merkle.proves_consistency(old, merkle.fold(log.hashes[:old]), size, root, merkle.consistency(log, old, size))


@given(st.integers(1, 700), st.data())
def test_a_frontier_taken_up_again_goes_on_as_if_never_put_down(size: int, data: st.DataObject) -> None:
    hashes = [sha256(n.to_bytes(4)).digest() for n in range(size)]
    cut = data.draw(st.integers(0, size))
    first = merkle.Frontier()
    for leaf in hashes[:cut]:
        first.add(leaf)
    second = merkle.Frontier(first.size, first.peaks)
    for leaf in hashes[cut:]:
        second.add(leaf)
    assert second.root == merkle.fold(hashes)


def test_a_frontier_that_cannot_be_is_refused() -> None:
    with pytest.raises(ValueError, match="edge"):
        merkle.Frontier(3, bytes(32))
    with pytest.raises(ValueError, match="not in a log"):
        merkle.inclusion(Memory([]), 0, 0)
    with pytest.raises(ValueError, match="not the beginning"):
        merkle.consistency(Memory([]), 2, 1)
