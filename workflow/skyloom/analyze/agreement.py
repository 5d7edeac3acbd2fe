"""How clusters and labels agree."""

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import adjusted_rand_score, homogeneity_completeness_v_measure
from sklearn.metrics.cluster import contingency_matrix


def agreement(labels: NDArray[np.str_], clusters: NDArray[np.int64]) -> dict[str, float]:
    """Return how labels (N,) and clusters (N,) of the same images agree.

    purity: share of images that have the most frequent label of their cluster; it grows with the
    number of clusters. homogeneity and completeness: Rosenberg and Hirschberg 2007; nmi: their
    harmonic mean, which is the mutual information over the arithmetic mean of the entropies.
    ari: adjusted Rand index (Hubert and Arabie 1985), 0 by chance. Without images, no values.
    """
    if len(labels) == 0:
        return {}
    counts = contingency_matrix(labels, clusters)  # (labels, clusters)
    homogeneity, completeness, nmi = homogeneity_completeness_v_measure(labels, clusters)
    return {
        "purity": float(counts.max(axis=0).sum() / counts.sum()),
        "homogeneity": float(homogeneity),
        "completeness": float(completeness),
        "nmi": float(nmi),
        "ari": float(adjusted_rand_score(labels, clusters)),
    }
