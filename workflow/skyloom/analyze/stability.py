"""Would other images of the same kind have given the same clusters?"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import adjusted_rand_score

from skyloom.analyze.cluster_numbers import numbers_of

SHARE = 0.8
"""Share of the images in each sample. Samples are drawn without replacement: a bootstrap's repeated
images lie at distance zero, which a density clustering takes for dense regions."""

Vectors = NDArray[np.float32]
Cluster = Callable[[Vectors], NDArray[np.int64]]


@dataclass(frozen=True)
class Stability:
    """Clusterings of samples against that of all images.

    Attributes:
        counts: clusters found in each sample, (S,).
        ari: adjusted Rand index of each sample's clusters and those of all, on its images, (S,).
        jaccard: mean over samples of the best overlap of each cluster of all, (K,) in the order of
            their numbers: Hennig 2007; below 0.5 a cluster dissolves, above 0.75 it is stable.
            NaN without samples.
    """

    counts: NDArray[np.int64]
    ari: NDArray[np.float64]
    jaccard: NDArray[np.float64]


def stability(
    vectors: Vectors, whole: NDArray[np.int64], cluster: Cluster, samples: int, seed: int
) -> Stability:
    """Cluster samples of the images and compare.

    Args:
        vectors: features (N, D).
        whole: clusters (N,) of all images, -1 for noise.
        cluster: the same clustering, from features (n, D) to clusters (n,).
        samples: number of samples.
        seed: of the samples.
    """
    numbers = numbers_of(whole)
    counts, ari, jaccard = [], [], []
    for sample in range(samples):
        chosen = _sample(len(vectors), np.random.default_rng((seed, sample)))
        found = cluster(vectors[chosen])
        counts.append(len(numbers_of(found)))
        ari.append(adjusted_rand_score(whole[chosen], found))
        jaccard.append(best_overlaps(whole[chosen], found, numbers))
    mean = np.mean(jaccard, axis=0) if samples else np.full(len(numbers), np.nan)
    return Stability(np.array(counts), np.array(ari), np.asarray(mean, dtype=np.float64))


def best_overlaps(
    whole: NDArray[np.int64], found: NDArray[np.int64], numbers: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return for each cluster of `whole` (n,) its greatest Jaccard index with one of `found` (n,).

    A cluster of which the sample has no image overlaps with none: 0.
    """
    others = numbers_of(found)
    if len(others) == 0:
        return np.zeros(len(numbers))
    ours = whole[:, None] == numbers  # (n, K)
    theirs = found[:, None] == others  # (n, L)
    both = ours.T.astype(np.float64) @ theirs.astype(np.float64)  # (K, L)
    either = ours.sum(axis=0)[:, None] + theirs.sum(axis=0)[None] - both
    return np.asarray((both / np.maximum(either, 1)).max(axis=1))


def _sample(count: int, rng: np.random.Generator) -> NDArray[np.int64]:
    chosen = rng.permutation(count)[: max(1, round(SHARE * count))]
    return np.sort(chosen)
