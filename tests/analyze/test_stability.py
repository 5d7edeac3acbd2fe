import numpy as np
import pandas as pd
import pytest
from sklearn.cluster import KMeans
from sklearn.datasets import make_blobs

from skyloom.analyze.cluster import Clustering
from skyloom.analyze.cluster_summary import members, summarise
from skyloom.analyze.identity import Renumbered
from skyloom.analyze.reclustering import kmeans_again
from skyloom.analyze.stability import best_overlaps, stability

FIRST = Renumbered(np.array([]), {}, [])


def kmeans(count):
    return lambda vectors: KMeans(count, n_init=3, random_state=0).fit(vectors).labels_


def test_separate_blobs_are_stable_and_cutting_noise_is_not():
    blobs, labels = make_blobs(300, 8, centers=4, cluster_std=0.2, random_state=1)
    found = stability(blobs, labels, kmeans(4), samples=5, seed=0)
    assert found.ari == pytest.approx(np.ones(5))
    assert found.jaccard == pytest.approx(np.ones(4))
    noise = np.random.default_rng(0).normal(size=(300, 8))
    cut = stability(noise, kmeans(4)(noise), kmeans(4), samples=5, seed=0)
    assert cut.ari.mean() < 0.8
    assert (cut.jaccard < 0.85).all()


def test_only_the_cluster_that_is_real_is_stable():
    rng = np.random.default_rng(0)
    real = rng.normal(20, 0.1, (100, 5))
    cloud = rng.normal(0, 1, (400, 5))
    vectors = np.concatenate([real, cloud])
    whole = kmeans(5)(vectors)
    found = stability(vectors, whole, kmeans(5), samples=10, seed=0)
    assert found.jaccard[whole[0]] == pytest.approx(1)
    assert np.delete(found.jaccard, whole[0]).max() < 0.95


def test_best_overlaps_by_hand():
    whole = np.array([0, 0, 0, 2, 2, -1, -1])
    found = np.array([5, 5, 1, 1, 1, -1, 5])
    overlaps = best_overlaps(whole, found, np.array([0, 2, 9]))
    assert overlaps == pytest.approx([2 / 4, 2 / 3, 0])


def test_a_sample_that_is_all_noise_overlaps_with_nothing():
    assert best_overlaps(np.array([0, 0, 1]), np.full(3, -1), np.array([0, 1])).tolist() == [0, 0]


def test_samples_depend_on_the_seed_alone():
    vectors = np.random.default_rng(0).normal(size=(200, 4))
    whole = kmeans(3)(vectors)
    first, again, other = (
        stability(vectors, whole, kmeans(3), samples=4, seed=seed).ari for seed in (1, 1, 2)
    )
    assert (first == again).all()
    assert (first != other).any()


def summary_of(labels, clusters, samples=3):
    vectors = np.eye(len(clusters))
    clusters = np.array(clusters)
    clustering = Clustering(clusters, np.ones(len(clusters)))
    index = pd.DataFrame({"label": labels, "group": [str(n % 3) for n in range(len(clusters))]})
    stable = stability(vectors, clusters, lambda part: np.zeros(len(part), dtype=int), samples, 0)
    table = summarise("HDBSCAN", clustering, stable, FIRST, index)
    return table.set_index("quantity"), members("HDBSCAN", clustering, stable, FIRST, index)


def test_agreement_leaves_out_noise_and_says_how_much_that_was():
    table, each = summary_of(["a", "a", "b", "b", None, "b"], [0, 0, 1, 1, 1, -1])
    assert table.loc["purity", "value"] == 1
    assert table.loc["labelled_share", "value"] == pytest.approx(4 / 5)
    assert table.loc["purity", "n"] == 4
    assert table.loc["noise_share", "value"] == pytest.approx(1 / 6)
    assert (table.loc["clusters", "value"], table.loc["classes", "value"]) == (2, 2)
    assert table.loc["clusters", ["low", "high"]].tolist() == [1, 1]
    assert each["images"].tolist() == [2, 3]
    assert each["label"].tolist() == ["a", "b"]
    assert each["label_share"].tolist() == [1, 1]


@pytest.mark.parametrize("samples", [0, 2])
def test_without_labels_or_clusters_the_tables_say_what_they_can(samples):
    table, each = summary_of([None] * 4, [-1] * 4, samples)
    assert table.loc["clusters", "value"] == 0
    assert "purity" not in table.index
    assert each.empty
    table, each = summary_of([None] * 4, [0, 0, 1, 1], samples)
    assert each["label"].isna().all()


def test_a_sample_of_fewer_images_than_clusters_is_clustered_too():
    vectors = np.eye(10)
    found = stability(vectors, np.arange(10), kmeans_again(10, seed=0), samples=2, seed=0)
    assert found.counts.tolist() == [8, 8]
    assert found.jaccard.min() >= 0
