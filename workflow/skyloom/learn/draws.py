"""Random numbers that depend on nothing but (seed, epoch, view, image_id).

Resuming, another batch size, more workers or more GPUs therefore change no draw. The generator is
SplitMix64 (Steele, Lea and Flood 2014), used as a hash of a counter.
"""

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_STEP = np.uint64(0x9E3779B97F4A7C15)


def image_keys(image_ids: Sequence[str]) -> NDArray[np.uint64]:
    """Return one 64-bit key per image_id, (N,)."""
    digests = (hashlib.blake2b(name.encode(), digest_size=8).digest() for name in image_ids)
    return np.frombuffer(b"".join(digests), dtype="<u8").astype(np.uint64)


def uniforms(
    keys: NDArray[np.uint64], count: int, *, seed: int, epoch: int, view: int
) -> NDArray[np.float32]:
    """Return `count` uniform numbers in [0, 1) per key, (N, count)."""
    with np.errstate(over="ignore"):
        starts = _mix(keys ^ np.uint64(stream(seed, epoch, view)))  # (N,)
        counters = np.arange(1, count + 1, dtype=np.uint64) * _STEP  # (count,)
        bits = _mix(starts[:, None] + counters[None, :])  # (N, count)
    return (bits >> np.uint64(40)).astype(np.float32) * np.float32(2.0**-24)


def shuffled(keys: NDArray[np.uint64], *, seed: int, epoch: int) -> NDArray[np.int64]:
    """Return the order of the images in an epoch: positions sorted by a hash of their key."""
    with np.errstate(over="ignore"):
        ranks = _mix(keys ^ np.uint64(stream(seed, epoch, -1)))
    return np.lexsort((keys, ranks))


def stream(*name: int | str) -> int:
    """Return the 64-bit number of the stream of random numbers that has this name."""
    words = "/".join(map(str, name))
    return int.from_bytes(hashlib.blake2b(words.encode(), digest_size=8).digest(), "little")


def _mix(value: NDArray[np.uint64]) -> NDArray[np.uint64]:
    value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return value ^ (value >> np.uint64(31))
