import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.datasets import make_blobs

from skyloom.analyze.cluster import kmeans_range
from skyloom.analyze.selection import choices, gap_statistic, mixture_bic, selection_table
from skyloom.settings.cluster import ClusterSettings

SETTINGS = ClusterSettings(k_range=(2, 12), k_step=1, selection_sample=400)


def blobs(centres, count=600, width=12, spread=1.0):
    points, _ = make_blobs(count, width, centers=centres, cluster_std=spread, random_state=1)
    return points.astype(np.float32)


def test_every_criterion_finds_blobs_that_lie_apart():
    points = blobs(5)
    table = selection_table(points, kmeans_range(points, SETTINGS, 0), SETTINGS, seed=0)
    assert choices(table) == {"silhouette": 5, "calinski_harabasz": 5, "gap": 5, "bic": 5}
    again = selection_table(points, kmeans_range(points, SETTINGS, 0), SETTINGS, seed=0)
    assert table.equals(again)


def test_gap_of_an_even_cloud_does_not_grow():
    rng = np.random.default_rng(0)
    even = rng.uniform(size=(400, 3)).astype(np.float32)
    gaps = [gap_statistic(even, k, 10, seed=0) for k in (1, 2, 4)]
    assert all(later[0] <= gaps[0][0] + 2 * later[1] for later in gaps[1:])


def test_gap_is_that_of_its_paper():
    points = blobs(3, count=90, width=2)
    rng = [np.random.default_rng((7, number)) for number in range(4)]
    low, high = points.min(axis=0), points.max(axis=0)

    def log_w(cloud):
        labels = KMeans(3, n_init=1, random_state=7).fit(cloud).labels_
        total = 0.0
        for k in range(3):
            mine = cloud[labels == k].astype(float)
            pairs = ((mine[:, None] - mine[None]) ** 2).sum()
            total += pairs / (2 * len(mine))
        return np.log(total)

    drawn = [log_w(one.uniform(low, high, size=points.shape).astype(np.float32)) for one in rng]
    gap, error = gap_statistic(points, 3, 4, seed=7)
    assert gap == pytest.approx(np.mean(drawn) - log_w(points), abs=1e-4)
    assert error == pytest.approx(np.std(drawn) * np.sqrt(1.25), abs=1e-4)


def test_bic_counts_the_parameters_of_a_mixture():
    points = blobs(1, count=500, width=2, spread=2.0).astype(float)
    spread = points.var(axis=0)
    # One diagonal Gaussian at its maximum likelihood: 2 means and 2 variances.
    likelihood = -0.5 * len(points) * (2 + np.log(2 * np.pi * spread).sum())
    expected = -2 * likelihood + 4 * np.log(len(points))
    assert mixture_bic(points, 1, seed=0) == pytest.approx(expected, rel=1e-3)
    assert mixture_bic(points, 1, seed=0) < mixture_bic(points, 4, seed=0)


def test_nothing_fitted_gives_an_empty_table():
    assert selection_table(np.ones((5, 3), np.float32), {}, SETTINGS, seed=0).empty


def test_a_curve_that_the_sample_leaves_undefined_chooses_the_smallest_k():
    points = np.random.default_rng(0).normal(0, 0.001, (2000, 3)).astype(np.float32)
    points[-3:, 1] = 100, 200, 300  # each a cluster of its own, and none in the sample
    settings = ClusterSettings(k_range=(2, 4), k_step=1, selection_sample=50)
    table = selection_table(points, kmeans_range(points, settings, 0), settings, seed=0)
    assert table["silhouette"].isna().all()
    assert choices(table)["silhouette"] == 2
    assert choices(table)["calinski_harabasz"] == 2
