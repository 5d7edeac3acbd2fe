"""An approximate index of many vectors: cells, and short codes of what lies in them (faiss)."""

from pathlib import Path

import faiss
import numpy as np
from numpy.typing import NDArray

from skyloom.atomic import atomic_path
from skyloom.settings.search import SearchSettings

TILE = 50_000
"""Vectors added at once."""
FEWEST = 1000
"""Vectors from which an index can be fitted: each code has 256 values."""
ROTATION_STEPS = 10
"""Iterations of OPQ; its 50 by default took five times as long and found no more neighbours."""


def is_worth_it(count: int, settings: SearchSettings) -> bool:
    """Whether so many vectors are searched through an index; codes need some to be fitted to."""
    return count > max(settings.exact_up_to, FEWEST)


def build_index(vectors: NDArray[np.float32], settings: SearchSettings, seed: int) -> faiss.Index:
    """Return an index of unit vectors for the largest inner product: OPQ, IVF and PQ.

    Ge et al. 2013, Jegou et al. 2011. The same vectors, settings, seed and threads give the same
    index.

    Args:
        vectors: (N, D) of unit length, more than `FEWEST`; a memory map is read tile by tile.
        settings: of the index.
        seed: of the sample on which it is fitted.
    """
    count, width = vectors.shape
    codes = _divisor(width, settings.code_bytes)
    lists = min(settings.lists or _lists(count), max(1, count // 40))
    rotation = faiss.OPQMatrix(width, codes)
    rotation.niter = ROTATION_STEPS
    cells = faiss.IndexFlatIP(width)
    inner = faiss.IndexIVFPQ(cells, width, lists, codes, 8, faiss.METRIC_INNER_PRODUCT)
    index = faiss.IndexPreTransform(rotation, inner)
    size = min(count, max(settings.training_sample, 40 * lists))
    chosen = np.sort(np.random.default_rng(seed).permutation(count)[:size])
    index.train(np.ascontiguousarray(vectors[chosen], dtype=np.float32))
    for start in range(0, count, TILE):
        index.add(np.ascontiguousarray(vectors[start : start + TILE], dtype=np.float32))
    return index


def write_index(path: Path, index: faiss.Index | None) -> None:
    """Write an index, or an empty file where every search is exact."""
    with atomic_path(path) as temporary:
        content = b"" if index is None else faiss.serialize_index(index).tobytes()
        temporary.write_bytes(content)


def read_index(path: Path) -> faiss.Index | None:
    """Read what `write_index` wrote."""
    if path.stat().st_size == 0:
        return None
    return faiss.read_index(str(path))


def candidates(
    index: faiss.Index, queries: NDArray[np.float32], count: int, probes: int | None, times: float
) -> NDArray[np.int64]:
    """Return positions (Q, count) of what the codes hold nearest; -1 where cells hold no more.

    Args:
        index: of N vectors.
        queries: (Q, D).
        count: at most N.
        probes: cells to look in; None = an eighth of them.
        times: how many times more cells are wanted than that.
    """
    cells = faiss.extract_index_ivf(index)
    wanted = (probes or max(1, cells.nlist // 8)) * max(1.0, times)
    cells.nprobe = min(int(wanted), cells.nlist)
    _, positions = index.search(np.ascontiguousarray(queries, dtype=np.float32), count)
    return np.asarray(positions, dtype=np.int64)


def _lists(count: int) -> int:
    return int(2 ** round(np.log2(max(4 * count**0.5, 1))))


def _divisor(width: int, most: int) -> int:
    """Return the greatest number of codes, one byte each, into which a vector can be cut."""
    return max(number for number in range(1, most + 1) if width % number == 0)
