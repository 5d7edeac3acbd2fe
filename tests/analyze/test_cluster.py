import numpy as np
import pytest
from sklearn.cluster import HDBSCAN
from sklearn.datasets import make_blobs
from sklearn.metrics import adjusted_rand_score

from skyloom.analyze.cluster import hdbscan_clusters, kmeans_clusters, kmeans_range
from skyloom.settings.cluster import ClusterSettings


def blobs(count=600, centres=6, width=40, seed=0):
    points, labels = make_blobs(count, width, centers=centres, cluster_std=1.0, random_state=seed)
    return points.astype(np.float32), labels


def test_kmeans_finds_the_number_of_blobs():
    points, labels = blobs()
    settings = ClusterSettings(k_range=(2, 12), k_step=1)
    fitted = kmeans_range(points, settings, seed=0)
    assert list(fitted) == list(range(2, 13))
    clustering = kmeans_clusters(points, fitted[6])
    assert clustering.count == 6
    assert adjusted_rand_score(labels, clustering.labels) == 1
    assert (clustering.strength > 0.5).all()


def test_hdbscan_agrees_with_scikit_learn_and_with_itself():
    points, _ = blobs()
    rng = np.random.default_rng(0)
    noise = rng.uniform(points.min(), points.max(), (60, 40)).astype(np.float32)
    points = np.concatenate([points, noise])
    settings = ClusterSettings(min_cluster_size=20, min_samples=5)
    ours = hdbscan_clusters(points, settings)
    theirs = HDBSCAN(min_cluster_size=20, min_samples=5, copy=True).fit(points)
    assert adjusted_rand_score(theirs.labels_, ours.labels) > 0.99
    assert (ours.labels[600:] == -1).mean() > 0.9
    again = hdbscan_clusters(points, settings)
    assert (again.labels == ours.labels).all()
    assert (again.strength == ours.strength).all()


@pytest.mark.parametrize(
    "points",
    [
        np.ones((40, 8), dtype=np.float32),
        np.random.default_rng(0).standard_normal((3, 8)).astype(np.float32),
        np.ones((1, 8), dtype=np.float32),
    ],
    ids=["identical", "three", "one"],
)
def test_too_little_to_cluster(points):
    settings = ClusterSettings()
    assert kmeans_range(points, settings, seed=0) == {}
    assert kmeans_clusters(points, None).count == 1
    assert len(hdbscan_clusters(points, settings).labels) == len(points)
