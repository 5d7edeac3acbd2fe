import numpy as np
import pytest
import torch
from made_training import ONE, made_domain, made_encoder

from skyloom.learn.encoders import Projector
from skyloom.learn.grouping import (
    agreement_now,
    cluster_features,
    clusters_now,
    features_now,
    neighbour_agreement,
)
from skyloom.learn.tower import Tower


def blobs(count=60, groups=4, seed=0):
    rng = np.random.default_rng(seed)
    truth = np.arange(count) % groups
    centres = rng.normal(size=(groups, 16)) * 5
    return (centres[truth] + rng.normal(size=(count, 16))).astype(np.float32), truth


def test_clusters_are_found_by_direction_and_numbered_without_gaps():
    features, truth = blobs()
    scale = np.random.default_rng(1).uniform(0.1, 10, (60, 1)).astype(np.float32)
    found = cluster_features(features * scale, 4, seed=3)
    assert sorted(set(found)) == [0, 1, 2, 3]
    for group in range(4):
        assert len(set(found[truth == group])) == 1
    assert np.array_equal(found, cluster_features(features * scale, 4, seed=3))


def test_empty_clusters_get_no_number():
    """Five distinct images, ten clusters asked for; and fewer images than clusters."""
    features = np.repeat(np.eye(5, 16, dtype=np.float32), 6, axis=0)
    found = cluster_features(features, 10, seed=0)
    assert sorted(set(found)) == [0, 1, 2, 3, 4]
    assert (found.reshape(5, 6) == found[::6, None]).all()
    assert sorted(set(cluster_features(features[::6], 10, seed=0))) == [0, 1, 2, 3, 4]


def tower():
    return Tower(made_encoder(), Projector(512, 8, 4), torch.float32).to(ONE.device)


def test_features_are_those_of_evaluation_whatever_else_is_asked_for():
    made, domain = tower(), made_domain(20)
    whole = features_now(made, domain, 0, np.arange(20), ONE)
    some = features_now(made, domain, 0, np.array([7, 3]), ONE)
    assert np.allclose(some, whole[[7, 3]], atol=1e-4)
    assert whole.shape == (20, 512)


def test_clusters_span_all_domains():
    domains = [made_domain(20), made_domain(9, bands=1, name="o", first_class=3)]
    found = clusters_now(tower(), domains, 3, 0, ONE)
    assert found.shape == (29,)
    assert found.dtype == torch.int64
    assert sorted(set(found.tolist())) == [0, 1, 2]


def slow_agreement(features, labels, groups):
    right = []
    for i in range(len(features)):
        best, score = None, -2.0
        for k in range(len(features)):
            cosine = features[i] @ features[k]
            cosine /= np.linalg.norm(features[i]) * np.linalg.norm(features[k])
            if groups[k] != groups[i] and cosine > score:
                best, score = k, cosine
        right.append(labels[best] == labels[i])
    return np.mean(right)


def test_neighbours_are_of_other_groups():
    features, _ = blobs(40)
    rng = np.random.default_rng(2)
    labels, groups = rng.integers(0, 3, 40), rng.integers(0, 5, 40)
    expected = slow_agreement(features, labels, groups)
    assert neighbour_agreement(features, labels, groups) == pytest.approx(expected)
    assert np.isnan(neighbour_agreement(features, labels, np.zeros(40, dtype=np.int64)))


def test_domains_without_labels_have_no_agreement():
    domain = made_domain(20)
    assert 0 <= agreement_now(tower(), domain, 0, ONE) <= 1
    object.__setattr__(domain, "labels", np.full(20, -1))
    assert np.isnan(agreement_now(tower(), domain, 0, ONE))
