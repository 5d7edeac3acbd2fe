import numpy as np
import pytest
from sklearn.metrics import average_precision_score

from skyloom.analyze.average_precision import average_precision, macro_average_precision


def made(count=200, classes=4, seed=0):
    rng = np.random.default_rng(seed)
    truth = rng.integers(classes, size=count)
    scores = rng.normal(size=(count, classes)) + np.eye(classes)[truth]
    return truth, scores.round(1).astype(np.float32), rng.integers(0, 3, size=(600, count))


def test_against_scikit_learn_with_weights_and_ties():
    truth, scores, weights = made()
    found = average_precision(truth == 2, scores[:, 2], weights.astype(float))
    for row in (0, 1, 299, 599):
        expected = average_precision_score(truth == 2, scores[:, 2], sample_weight=weights[row])
        assert found[row] == pytest.approx(expected)


def test_the_mean_takes_the_classes_that_are_there():
    truth, scores, _ = made()
    weights = np.stack([np.ones(200), (truth != 3).astype(float)])
    found = macro_average_precision(truth, scores, weights)
    each = [average_precision_score(truth == k, scores[:, k]) for k in range(4)]
    without = [
        average_precision_score(truth == k, scores[:, k], sample_weight=weights[1])
        for k in range(3)
    ]
    assert found == pytest.approx([np.mean(each), np.mean(without)])


def test_equal_scores_give_the_share_of_the_class():
    positive = np.arange(40) < 10
    assert average_precision(positive, np.zeros(40, np.float32), np.ones((1, 40)))[0] == 0.25
    assert np.isnan(average_precision(np.zeros(4, bool), np.arange(4.0), np.ones((1, 4)))[0])
