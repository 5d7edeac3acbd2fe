"""Near duplicates: a perceptual hash of each image, and the pairs whose hashes nearly agree.

The hash is the horizontal difference hash: the picture is averaged over 8 rows of 9 cells, and
each of its 64 bits says whether a cell is darker than its right neighbour. It survives
compression, scaling and gain, not mirroring or turning.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Hashes = NDArray[np.uint64]  # (N,)

_ROWS, _COLUMNS = 8, 9
_BLOCK = 2**22
"""Pairs compared at a time: 32 MB of them."""

_WIDEST = 128
"""Larger pictures are thinned to at least this side first: sums stay exact, the cost bounded."""


def difference_hash(band: NDArray[np.uint8]) -> int:
    """Return the 64-bit difference hash of one band (H, W) of a picture."""
    step = max(1, min(band.shape) // _WIDEST)
    thinned = band[::step, ::step].astype(np.float32)
    down, across = _cells(thinned.shape[0], _ROWS), _cells(thinned.shape[1], _COLUMNS)
    sums = (down @ thinned @ across.T).astype(np.float64)  # whole numbers below 2^24: exact
    means = sums / (down.sum(axis=1)[:, None] * across.sum(axis=1))
    return int.from_bytes(np.packbits(means[:, 1:] > means[:, :-1]).tobytes(), "big")


@lru_cache(maxsize=64)
def _cells(length: int, count: int) -> NDArray[np.float32]:
    """Return (count, length), 1 where a pixel belongs to a cell; small pictures repeat pixels."""
    bounds = np.arange(count + 1) * length // count
    first, last = bounds[:-1, None], np.maximum(bounds[1:], bounds[:-1] + 1)[:, None]
    place = np.arange(length)
    inside: NDArray[np.float32] = ((place >= first) & (place < last)).astype(np.float32)
    return inside


def near_pairs(hashes: Hashes, distance: int) -> Iterator[NDArray[np.int64]]:
    """Yield all pairs of places (first < second) whose hashes differ in at most `distance` bits.

    The pairs come in parts (P, 2), so that many equal images do not fill the memory. Compares
    every pair: 10,000 images take about a quarter of a second.
    """
    rows = max(1, _BLOCK // max(1, len(hashes)))
    for start in range(0, len(hashes), rows):
        block = hashes[start : start + rows, None] ^ hashes[None, start:]
        first, second = np.nonzero(np.bitwise_count(block) <= distance)
        later = second > first
        if later.any():
            yield np.column_stack([first[later], second[later]]) + start


def pairs_across(index: pd.DataFrame, column: str, distance: int) -> pd.DataFrame:
    """Return the near duplicates whose two images differ in `column`, such as split or group.

    Args:
        index: rows with `image_id`, `perceptual_hash` (hex, missing for rejected images) and
            `column`.
        column: what the two images must differ in.
        distance: bits in which their hashes may differ.

    Returns:
        A row per pair: first, second (image ids), first_value, second_value (of `column`).
    """
    known = index[index["perceptual_hash"].notna()]
    hashes = np.array([int(code, 16) for code in known["perceptual_hash"]], dtype=np.uint64)
    ids, values = known["image_id"].to_numpy(), known[column].to_numpy()
    parts = [np.empty((0, 2), dtype=np.int64)]
    for pairs in near_pairs(hashes, distance):
        parts.append(pairs[values[pairs[:, 0]] != values[pairs[:, 1]]])
    first, second = np.concatenate(parts).T
    return pd.DataFrame(
        {
            "first": ids[first],
            "second": ids[second],
            "first_value": values[first],
            "second_value": values[second],
        }
    )


class DuplicateCount:
    """Counts the near duplicates among the images of one shard."""

    def __init__(self, distance: int) -> None:
        self._distance = distance
        self._hashes: list[int] = []
        self._groups: list[str] = []

    def add(self, code: int, group: str) -> None:
        """Take in the hash and group of one image."""
        self._hashes.append(code)
        self._groups.append(group)

    def remarks(self) -> Sequence[str]:
        """Return one sentence on the pairs found, or nothing where there are none."""
        _, groups = np.unique(np.array(self._groups, dtype=str), return_inverse=True)
        total = across = 0
        for pairs in near_pairs(np.array(self._hashes, dtype=np.uint64), self._distance):
            total += len(pairs)
            across += int((groups[pairs[:, 0]] != groups[pairs[:, 1]]).sum())
        if not total:
            return []
        return [
            f"near duplicates (hashes at most {self._distance} of 64 bits apart): {total} pairs "
            f"among {len(self._hashes)} images, {across} of them between different groups"
        ]
