"""What a cluster may fall into: branches of the tree, else k-means inside it."""

import numpy as np
import pandas as pd
import pytest

from skyloom.analyze import finer
from skyloom.analyze.cluster import hdbscan_clusters
from skyloom.analyze.condensed_tree import last_nodes, tree_table
from skyloom.analyze.finer import finer_by_kmeans, finer_by_tree
from skyloom.settings.cluster import ClusterSettings


def blobs(sizes: list[int], seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    centres = np.eye(len(sizes), 8)
    made = np.repeat(centres, sizes, axis=0) + rng.normal(0, 0.05, (sum(sizes), 8))
    return (made / np.linalg.norm(made, axis=1, keepdims=True)).astype(np.float32)


def test_branches_below_a_cluster_are_its_parts() -> None:
    # Node 1 is cluster 0; below it 3 and 4, and 5 below 4; node 2 is another cluster.
    tree = pd.DataFrame(
        {"node": range(6), "parent": [-1, 0, 0, 1, 1, 4], "cluster": [-1, 0, 1, -1, -1, -1]}
    )
    found = finer_by_tree(tree, np.array([3, 3, 4, 5, 1]), 0)
    assert found is not None
    assert found.parts.tolist() == [0, 0, 1, 1, -1]
    assert finer_by_tree(tree, np.array([2, 2]), 1) is None
    assert finer_by_tree(tree, np.array([2, 2]), 7) is None


def test_every_image_left_the_tree_from_a_node_of_its_cluster() -> None:
    vectors = blobs([40, 40, 40])
    found = hdbscan_clusters(vectors, ClusterSettings(min_cluster_size=10, min_samples=5))
    nodes = last_nodes(found.tree, len(vectors))
    tree = tree_table(found.tree, found.labels)
    assert found.count == 3
    counts = pd.Series(nodes).value_counts().sort_index()
    own = tree.set_index("node")["own"]
    assert counts.to_dict() == own[own > 0].to_dict()
    for number in range(3):
        (node,) = tree["node"][tree["cluster"] == number]
        assert set(nodes[found.labels == number]) == {node}
    assert last_nodes(np.empty(0, dtype="V1"), 3).tolist() == [-1, -1, -1]


def test_kmeans_finds_the_parts_inside_a_cluster() -> None:
    found = finer_by_kmeans(blobs([30, 20, 10]), seed=0)
    assert found is not None
    assert sorted(np.bincount(found.parts).tolist()) == [10, 20, 30]
    assert "k-means with 3 clusters" in found.how
    assert finer_by_kmeans(blobs([3, 2]), seed=0) is None
    assert finer_by_kmeans(np.ones((50, 4), dtype=np.float32), seed=0) is None


def test_parts_that_the_sample_misses_are_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finer, "SAMPLE", 8)
    vectors = blobs([300, 1])
    vectors[:300] = vectors[0] + np.random.default_rng(0).normal(0, 1e-4, (300, 8))
    assert finer_by_kmeans(vectors, seed=0) is not None, "three parts and more are seen"
    monkeypatch.setattr(finer, "MOST_PARTS", 2)
    assert finer_by_kmeans(vectors, seed=0) is None
