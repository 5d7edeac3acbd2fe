"""Unit vectors with clusters, as features have them, for benchmarks."""

from pathlib import Path

import numpy as np
from numpy.lib.format import open_memmap
from numpy.typing import NDArray

TILE = 50_000


def clustered(
    count: int, width: int, clusters: int, seed: int, path: Path | None = None
) -> NDArray[np.float32]:
    """Return vectors (count, width) of length one, in memory or as a memory map at `path`.

    Clusters have sizes like 1 / rank, and each varies along 32 directions of its own beside a
    fainter noise in all.
    """
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(clusters, width)).astype(np.float32)
    centres /= np.linalg.norm(centres, axis=1, keepdims=True)
    bases = rng.normal(size=(8, 32, width)).astype(np.float32) / np.sqrt(32 * width)
    share = 1 / np.arange(1, clusters + 1)
    shape = (count, width)
    found = (
        np.empty(shape, np.float32)
        if path is None
        else open_memmap(path, mode="w+", dtype=np.float32, shape=shape)
    )
    for start in range(0, count, TILE):
        size = min(TILE, count - start)
        of = rng.choice(clusters, size, p=share / share.sum())
        tile = centres[of] + 0.1 * rng.normal(size=(size, width)).astype(np.float32) / width**0.5
        along = rng.normal(size=(size, 32)).astype(np.float32)
        for basis in range(len(bases)):
            mine = of % len(bases) == basis
            tile[mine] += 0.8 * along[mine] @ bases[basis] * np.sqrt(32 / 8)
        found[start : start + size] = tile / np.linalg.norm(tile, axis=1, keepdims=True)
    return found
