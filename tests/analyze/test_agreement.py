import numpy as np
import pytest
from sklearn.metrics import normalized_mutual_info_score

from skyloom.analyze.agreement import agreement


def test_the_same_partition_under_other_names_agrees_entirely():
    labels = np.array(["a", "a", "b", "c"])
    found = agreement(labels, np.array([7, 7, 1, 0]))
    assert found == pytest.approx(dict.fromkeys(found, 1.0))


def test_splitting_a_class_keeps_purity_and_homogeneity_and_costs_completeness():
    labels = np.repeat(["a", "b"], 8)
    found = agreement(labels, np.repeat([0, 1, 2, 3], 4))
    assert found["purity"] == 1
    assert found["homogeneity"] == pytest.approx(1)
    assert found["completeness"] == pytest.approx(0.5)
    assert found["nmi"] == pytest.approx(2 / 3)


def test_values_by_hand_for_an_impure_clustering():
    labels = np.array(["a", "a", "a", "b", "b", "b"])
    clusters = np.array([0, 0, 1, 1, 1, 1])
    found = agreement(labels, clusters)
    assert found["purity"] == pytest.approx(5 / 6)
    # Pairs: 15 in all, 6 alike in labels, 7 in clusters, 4 in both.
    assert found["ari"] == pytest.approx((4 - 6 * 7 / 15) / ((6 + 7) / 2 - 6 * 7 / 15))
    assert found["nmi"] == pytest.approx(normalized_mutual_info_score(labels, clusters))


def test_unrelated_clusters_have_no_ari():
    rng = np.random.default_rng(0)
    found = agreement(rng.integers(5, size=4000).astype(str), rng.integers(6, size=4000))
    assert abs(found["ari"]) < 0.01
    assert found["nmi"] < 0.01


def test_nothing_to_compare_gives_no_values():
    assert agreement(np.array([], dtype=str), np.array([], dtype=np.int64)) == {}
