import numpy as np
import pytest
from sklearn.metrics import accuracy_score, balanced_accuracy_score, f1_score

from skyloom.analyze.scores import (
    bootstrap_metrics,
    group_confusions,
    metrics_of,
    resample_groups,
    two_sided_p,
)


def made(count=400, classes=5, seed=0):
    rng = np.random.default_rng(seed)
    truth = rng.integers(classes, size=count)
    predicted = np.where(rng.uniform(size=count) < 0.6, truth, rng.integers(classes, size=count))
    return truth, predicted, rng.integers(20, size=count)


def test_against_scikit_learn():
    truth, predicted, groups = made()
    found = metrics_of(group_confusions(truth, predicted, groups, 5).sum(axis=0))
    expected = [
        accuracy_score(truth, predicted),
        balanced_accuracy_score(truth, predicted),
        f1_score(truth, predicted, average="macro"),
    ]
    assert found == pytest.approx(expected)


def test_a_class_that_is_absent_does_not_count():
    truth, predicted, groups = made()
    truth[truth == 4] = 3
    found = metrics_of(group_confusions(truth, predicted, groups, 5).sum(axis=0))
    present = f1_score(truth, predicted, average="macro", labels=[0, 1, 2, 3])
    assert found[2] == pytest.approx(present)


def test_bootstrap_against_resampling_the_images():
    truth, predicted, groups = made()
    weights = resample_groups(20, 50, seed=1)
    found = bootstrap_metrics(group_confusions(truth, predicted, groups, 5), weights)
    rng = np.random.default_rng(1)
    for drawn, value in zip(rng.integers(20, size=(50, 20)), found, strict=True):
        rows = np.concatenate([np.flatnonzero(groups == group) for group in drawn])
        assert value[0] == pytest.approx(accuracy_score(truth[rows], predicted[rows]))
        assert value[1] == pytest.approx(balanced_accuracy_score(truth[rows], predicted[rows]))


def test_intervals_cover_the_truth_about_as_often_as_they_say():
    covered = 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        groups = np.repeat(np.arange(40), 10)
        easy = rng.beta(4, 2, size=40)  # images of one group share their difficulty
        hits = rng.uniform(size=400) < easy[groups]
        confusion = group_confusions(np.zeros(400, int), (~hits).astype(int), groups, 2)
        drawn = bootstrap_metrics(confusion, resample_groups(40, 200, seed))[:, 0]
        low, high = np.percentile(drawn, [2.5, 97.5])
        covered += low <= 4 / 6 <= high
    assert covered > 175


def test_p_value():
    assert two_sided_p(np.full(999, 0.1)) == pytest.approx(2 / 1000)
    assert two_sided_p(np.linspace(-1, 1, 1000)) == pytest.approx(1, abs=0.01)
