"""What a cluster may fall into: proposals, for a person to look at."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.cluster import KMeans
from sklearn.metrics import silhouette_score

from skyloom.analyze.selection import where_defined

SMALLEST = 6
"""Images below which nothing finer is sought."""
MOST_PARTS = 5
SAMPLE = 2000
"""Images by which the number of parts is chosen."""


@dataclass(frozen=True)
class Finer:
    """Parts of one cluster.

    Attributes:
        how: in words, where the parts come from.
        parts: number of the part of each image (n,), -1 for images that are in none.
    """

    how: str
    parts: NDArray[np.int64]


def finer_by_tree(tree: pd.DataFrame, nodes: NDArray[np.int64], cluster: int) -> Finer | None:
    """Return the branches below a cluster of HDBSCAN; None where its node has none.

    Args:
        tree: the condensed tree, as the cluster stage writes it.
        nodes: the node that each of the cluster's images (n,) left last.
        cluster: its number.
    """
    mine = tree["node"][tree["cluster"] == cluster]
    if mine.empty:
        return None
    top = int(mine.iloc[0])
    part = {top: -1}
    branches = 0
    for node, parent in zip(tree["node"], tree["parent"], strict=True):  # parents come first
        if parent == top:
            part[int(node)] = branches
            branches += 1
        elif int(parent) in part:
            part[int(node)] = part[int(parent)]
    if branches < 2:
        return None
    found = np.array([part.get(int(node), -1) for node in nodes], dtype=np.int64)
    return Finer("the branches of HDBSCAN's condensed tree below this cluster", found)


def finer_by_kmeans(vectors: NDArray[np.float32], seed: int) -> Finer | None:
    """Return the parts that k-means finds inside a cluster, as many as the silhouette prefers.

    None where they are too few, or no number of parts can be scored on the sample.

    Args:
        vectors: unit features (n, D) of its images.
        seed: of k-means and of the sample for the silhouette.
    """
    if len(vectors) < SMALLEST or len(np.unique(vectors, axis=0)) < SMALLEST:
        return None
    sample = np.random.RandomState(seed).permutation(len(vectors))[:SAMPLE]
    scored = []
    for count in range(2, min(MOST_PARTS, len(vectors) // 2) + 1):
        parts = KMeans(count, n_init=4, random_state=seed).fit(vectors).labels_.astype(np.int64)
        score = where_defined(silhouette_score, vectors[sample], parts[sample])
        if not np.isnan(score):
            scored.append((score, parts))
    if not scored:
        return None
    best, parts = max(scored, key=lambda pair: pair[0])
    how = f"k-means with {len(np.unique(parts))} clusters inside this one (silhouette {best:.2f})"
    return Finer(how, parts)
