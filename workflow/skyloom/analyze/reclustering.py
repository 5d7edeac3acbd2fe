"""How each algorithm clusters a sample of the images, to compare with the clusters of all."""

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import KMeans

from skyloom.analyze.cluster import hdbscan_clusters
from skyloom.analyze.stability import SHARE, Cluster, Vectors
from skyloom.settings.cluster import ClusterSettings


def kmeans_again(count: int, seed: int) -> Cluster:
    """Return k-means with a given k; a sample of fewer images has as many clusters as images."""

    def cluster(vectors: Vectors) -> NDArray[np.int64]:
        model = KMeans(min(count, len(vectors)), n_init=1, random_state=seed)
        return np.asarray(model.fit(vectors).labels_, dtype=np.int64)

    return cluster


def hdbscan_again(settings: ClusterSettings) -> Cluster:
    """Return HDBSCAN whose smallest cluster shrinks as a cluster does in a sample."""
    smallest = max(2, round(SHARE * settings.min_cluster_size))
    of_samples = settings.model_copy(update={"min_cluster_size": smallest})
    return lambda vectors: hdbscan_clusters(vectors, of_samples).labels
