"""Clusters of features: k-means over a range of k, and HDBSCAN on the exact neighbour graph."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.cluster import KMeans
from sklearn.metrics import silhouette_score

from skyloom.analyze.neighbours import neighbour_graph
from skyloom.settings.cluster import ClusterSettings

GRAPH_NEIGHBOURS = 100
"""Neighbours in HDBSCAN's graph: with 30 the clusters differed a little from those of all pairs
where there was a background of noise (ARI 0.97), with 100 they did not (ARI 1.00)."""

NOISE = -1
"""Number of the cluster of images that are in none."""


@dataclass(frozen=True)
class Clustering:
    """Cluster numbers (N,), -1 for noise, and how strongly each image belongs (0 to 1)."""

    labels: NDArray[np.int64]
    strength: NDArray[np.float64]

    @property
    def count(self) -> int:
        """Number of clusters, noise not counted."""
        return len(numbers_of(self.labels))


def numbers_of(labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the clusters that occur in labels (N,), ascending, noise left out."""
    return np.unique(labels[labels != NOISE])


def kmeans_range(
    vectors: NDArray[np.float32], settings: ClusterSettings, seed: int
) -> tuple[Clustering, pd.DataFrame]:
    """Run k-means for each k of the range and keep the one of the highest silhouette.

    Args:
        vectors: (N, D) of unit length.

    Returns:
        The clustering, and a table of k, inertia and silhouette. With fewer than three distinct
        vectors there is one cluster and an empty table.
    """
    distinct = len(np.unique(vectors, axis=0))
    low, high = settings.k_range
    tried = [k for k in range(low, high + 1, settings.k_step) if 2 <= k < distinct]
    if not tried:
        print(f"{distinct} distinct features are too few for k-means from k = {low}: one cluster")
        whole = Clustering(np.zeros(len(vectors), dtype=np.int64), np.ones(len(vectors)))
        return whole, pd.DataFrame({"k": [], "inertia": [], "silhouette": []})
    rows, fitted = [], {}
    for k in tried:
        model = KMeans(k, n_init=4, random_state=seed).fit(vectors)
        sample = min(settings.silhouette_sample, len(vectors))
        silhouette = silhouette_score(vectors, model.labels_, sample_size=sample, random_state=seed)
        rows.append({"k": k, "inertia": float(model.inertia_), "silhouette": float(silhouette)})
        fitted[k] = model
        print(f"k-means k = {k}: silhouette {silhouette:.3f}")
    table = pd.DataFrame(rows)
    best = fitted[int(table.loc[table["silhouette"].idxmax(), "k"])]
    return Clustering(best.labels_.astype(np.int64), _margin(best, vectors)), table


def _margin(model: KMeans, vectors: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return 1 - d1 / d2 with the distances to the nearest and second nearest centre."""
    distances = np.sort(model.transform(vectors), axis=1)
    return np.asarray(1 - distances[:, 0] / np.maximum(distances[:, 1], 1e-12))


def hdbscan_clusters(vectors: NDArray[np.float32], settings: ClusterSettings) -> Clustering:
    """Run HDBSCAN on the exact neighbour graph; the same input gives the same clusters.

    `fast_hdbscan` alone would take an approximate, unseeded graph above 30 dimensions. Too few
    images for one cluster are all noise.
    """
    neighbours = max(2 * settings.min_samples, GRAPH_NEIGHBOURS)
    if len(vectors) <= max(settings.min_cluster_size, settings.min_samples + 1):
        print(f"{len(vectors)} images are too few for HDBSCAN: all noise")
        return Clustering(np.full(len(vectors), NOISE), np.zeros(len(vectors)))
    from fast_hdbscan import HDBSCAN

    graph = neighbour_graph(vectors, min(neighbours, len(vectors) - 1))
    model = HDBSCAN(
        min_cluster_size=settings.min_cluster_size,
        min_samples=settings.min_samples,
        metric="precomputed",
    ).fit(graph)
    return Clustering(model.labels_.astype(np.int64), model.probabilities_.astype(np.float64))
