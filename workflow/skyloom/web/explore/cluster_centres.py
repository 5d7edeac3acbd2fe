"""Where clusters lie in the space of features, from the vectors that the search stage wrote."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skyloom.tables import read_table
from skyloom.web.explore.catalogue import Catalogue

TILE = 50_000
"""Vectors read at once from a memory map."""


@dataclass(frozen=True)
class Centres:
    """Means of the unit features of clusters.

    Attributes:
        means: (K, D), in the order of the clusters' numbers.
        likeness: cosine of each image (N,) with the mean of its cluster; 0 in none.
    """

    means: NDArray[np.float32]
    likeness: NDArray[np.float32]

    def distances(self, place: int) -> NDArray[np.float32]:
        """Return the Euclidean distances of all means from one, (K,)."""
        return np.asarray(np.linalg.norm(self.means - self.means[place], axis=1))


@dataclass(frozen=True)
class UnitVectors:
    """Unit features (M, D) in a memory map, and the position of each row's image."""

    rows: NDArray[np.float32]
    positions: NDArray[np.int64]

    def at(self, positions: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the vectors of some images (n, D)."""
        place = np.full(int(self.positions.max()) + 1, -1)
        place[self.positions] = np.arange(len(self.positions))
        return np.asarray(self.rows[place[positions]])


def unit_vectors(catalogue: Catalogue, encoder: str) -> UnitVectors | None:
    """Open the vectors of an encoder; None where the workflow wrote none."""
    vectors = catalogue.places.table(encoder, "search", "vectors.npy")
    ids = catalogue.places.table(encoder, "search", "ids.parquet")
    if vectors is None or ids is None:
        return None
    positions = catalogue.positions(read_table(ids, ["image_id"])["image_id"].tolist())
    rows = np.load(vectors, mmap_mode="r")
    return UnitVectors(rows, positions) if (positions >= 0).all() else None


def centres_of(
    catalogue: Catalogue, encoder: str, clusters: NDArray[np.int64], numbers: Sequence[int]
) -> Centres | None:
    """Return where the clusters of an encoder lie.

    Args:
        catalogue: the images.
        encoder: whose features.
        clusters: of every position, (N,).
        numbers: of the clusters, ascending.
    """
    vectors = unit_vectors(catalogue, encoder)
    if vectors is None or not numbers:
        return None
    places = np.searchsorted(numbers, clusters[vectors.positions])
    inside = clusters[vectors.positions] >= 0
    sums = np.zeros((len(numbers), vectors.rows.shape[1]))
    tiles = [slice(start, start + TILE) for start in range(0, len(places), TILE)]
    for tile in tiles:
        chosen = np.flatnonzero(inside[tile])
        order = chosen[np.argsort(places[tile][chosen], kind="stable")]
        found, starts = np.unique(places[tile][order], return_index=True)
        if len(found):
            sums[found] += np.add.reduceat(vectors.rows[tile][order], starts, axis=0)
    counts = np.bincount(places[inside], minlength=len(numbers))[:, None]
    means = (sums / np.maximum(counts, 1)).astype(np.float32)
    units = means / np.maximum(np.linalg.norm(means, axis=1, keepdims=True), 1e-12)
    likeness = np.zeros(len(clusters), dtype=np.float32)
    for tile in tiles:
        theirs = units[np.minimum(places[tile], len(numbers) - 1)]
        cosine = np.einsum("nd,nd->n", vectors.rows[tile], theirs)
        likeness[vectors.positions[tile]] = np.where(inside[tile], cosine, 0)
    return Centres(means, likeness)
