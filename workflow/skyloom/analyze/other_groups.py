"""The most similar images of other groups, exactly, tiled so that memory stays bounded."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Similarity = Callable[[NDArray[np.int64], slice], NDArray[np.float64]]
"""How similar images at positions (q,) are to a run of all images: (q, T), more is nearer."""

ASKED, TILE = 512, 20_000
"""Images whose neighbours are sought at once, and images they are compared with at once."""


def cosine_of(vectors: NDArray[np.float32]) -> Similarity:
    """Return inner products of vectors (N, D), a memory map or not, in double precision."""

    def products(asked: NDArray[np.int64], run: slice) -> NDArray[np.float64]:
        wanted = np.asarray(vectors[asked], dtype=np.float64)
        return np.asarray(wanted @ np.asarray(vectors[run], dtype=np.float64).T)

    return products


def nearness_of(places: NDArray[np.float64]) -> Similarity:
    """Return how near images stand to each other in an order, places (N,)."""
    return lambda asked, run: -np.abs(places[asked, None] - places[run])


def best_of_other_groups(
    similarity: Similarity, groups: NDArray[np.int64], queries: NDArray[np.int64], count: int
) -> NDArray[np.int64]:
    """Return positions (Q, count) of the most similar images of other groups, the best first.

    Of equally similar ones those that stand first are taken; -1 stands where there are no more.

    Args:
        similarity: of any images.
        groups: (N,); an image's own group never counts.
        queries: positions (Q,) of the images whose neighbours are wanted.
        count: neighbours of each.
    """
    found = np.full((len(queries), count), -1)
    for start in range(0, len(queries), ASKED):
        asked = queries[start : start + ASKED]
        found[start : start + ASKED] = _best(similarity, groups, asked, count)
    return found


def _best(
    similarity: Similarity, groups: NDArray[np.int64], asked: NDArray[np.int64], count: int
) -> NDArray[np.int64]:
    values = np.full((len(asked), count), -np.inf)
    best = np.full((len(asked), count), -1)
    for start in range(0, len(groups), TILE):
        run = slice(start, min(start + TILE, len(groups)))
        theirs = similarity(asked, run)  # (q, T)
        theirs[groups[asked, None] == groups[run]] = -np.inf
        values = np.hstack([values, theirs])
        best = np.hstack([best, np.broadcast_to(np.arange(start, run.stop), theirs.shape)])
        kept = _first_greatest(values, count)
        values = np.take_along_axis(values, kept, axis=1)
        best = np.take_along_axis(best, kept, axis=1)
    order = np.argsort(-values, axis=1, kind="stable")
    return np.take_along_axis(np.where(np.isneginf(values), -1, best), order, axis=1)


def _first_greatest(values: NDArray[np.float64], count: int) -> NDArray[np.int64]:
    """Return columns (q, count), ascending, of each row's greatest; of equal ones the first."""
    columns = np.argpartition(-values, count - 1, axis=1)[:, :count]
    least = np.take_along_axis(values, columns, axis=1).min(axis=1, keepdims=True)
    crowded = (values >= least).sum(axis=1) > count  # equal ones were chosen among at random
    columns[crowded] = np.argsort(-values[crowded], axis=1, kind="stable")[:, :count]
    return np.asarray(np.sort(columns, axis=1))
