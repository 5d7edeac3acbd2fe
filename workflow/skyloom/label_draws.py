"""Shares of the labels: which originals are taken, the same for every encoder and stage."""

import hashlib

import numpy as np
from numpy.typing import NDArray


def draw_originals(
    originals: NDArray[np.str_], labels: NDArray[np.str_], fraction: float, seed: int
) -> NDArray[np.int64]:
    """Return the positions of a share of the originals of each class, with all their copies.

    Of each class, max(1, floor(count x fraction)) originals are taken in the order of a hash of
    (seed, original); a smaller fraction is therefore contained in a larger one.
    """
    chosen: set[str] = set()
    for label in np.unique(labels):
        names = np.unique(originals[labels == label])
        ranked = sorted(names, key=lambda name: _rank(seed, str(name)))
        chosen |= set(ranked[: max(1, int(len(names) * fraction + 1e-9))])
    return np.flatnonzero(np.isin(originals, sorted(chosen)))


def _rank(seed: int, name: str) -> bytes:
    return hashlib.blake2b(f"{seed}/{name}".encode(), digest_size=8).digest()
