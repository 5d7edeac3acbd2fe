"""Names of the clusterings, numbers of clusters, and the one that stands for none."""

from collections.abc import Mapping
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Algorithm = Literal["kmeans", "hdbscan"]
ALGORITHMS: Mapping[Algorithm, str] = {"kmeans": "k-means", "hdbscan": "HDBSCAN"}
"""What tables call a clustering, by the name of its file."""

NOISE = -1
"""Number of the cluster of images that are in none."""


def numbers_of(labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the clusters that occur in labels (N,), ascending, noise left out."""
    return np.unique(labels[labels != NOISE])
