"""Random numbers without a state: a hash of (seed, who draws, iteration).

The number of an activity in an iteration does not depend on which other activities there are, in what order, block or thread they are
visited, or how many iterations are run; two runs that differ in one plan share all the numbers of what they have in common.
"""

from __future__ import annotations

from hashlib import blake2b

import numpy as np
import numpy.typing as npt

Words = npt.NDArray[np.uint32]
Longs = npt.NDArray[np.uint64]

WEYL = np.uint32(0x9E3779B9)
MIX_1 = np.uint32(0x7FEB352D)
MIX_2 = np.uint32(0x846CA68B)

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_SPLIT_1 = np.uint64(0xBF58476D1CE4E5B9)
_SPLIT_2 = np.uint64(0x94D049BB133111EB)

_names: dict[str, int] = {}


def name_hash(name: str) -> int:
    """A stable 64-bit hash of a name.

    >>> hex(name_hash("A1010"))
    '0x6b991d1065cea9ec'
    """
    known = _names.get(name)
    if known is None:
        if len(_names) > 200_000:
            _names.clear()
        known = _names[name] = int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "big")
    return known


def keys(seed: int, scope: str, names: Longs) -> tuple[Words, Words]:
    """Two 32-bit keys for each name under a scope (a project; empty for what all projects share)."""
    base = np.uint64((seed * 0xD1342543DE82EF95 + name_hash(scope)) & 0xFFFFFFFFFFFFFFFF)
    with np.errstate(over="ignore"):
        word = _split(_split(names + base) ^ (names * _GOLDEN))
    return (word >> np.uint64(32)).astype(np.uint32), (word & np.uint64(0xFFFFFFFF)).astype(np.uint32)


def key(seed: int, scope: str, name: str) -> tuple[int, int]:
    """The two keys of one name."""
    first, second = keys(seed, scope, np.array([name_hash(name)], np.uint64))
    return int(first[0]), int(second[0])


def _split(word: Longs) -> Longs:
    """The mixing step of splitmix64."""
    word = (word ^ (word >> np.uint64(30))) * _SPLIT_1
    word = (word ^ (word >> np.uint64(27))) * _SPLIT_2
    return word ^ (word >> np.uint64(31))


def weyl(first: int, count: int) -> Words:
    """What every draw of iterations [first, first + count) begins with."""
    return np.arange(first, first + count, dtype=np.uint32) * WEYL


def draw(weyl_words: Words, key_1: Words, key_2: Words) -> Words:
    """32 random bits for each (key, iteration); shapes broadcast."""
    word = weyl_words + key_1
    word ^= word >> np.uint32(16)
    word *= MIX_1
    word ^= word >> np.uint32(15)
    word += key_2
    word *= MIX_2
    word ^= word >> np.uint32(16)
    return word
