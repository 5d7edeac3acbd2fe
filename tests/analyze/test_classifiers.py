import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression, RidgeClassifier

from skyloom.analyze.classifiers import TEMPERATURE, class_scores
from skyloom.settings.probe import ProbeSettings


def made(classes=3, count=120, seed=0):
    rng = np.random.default_rng(seed)
    labels = rng.integers(classes, size=count)
    points = rng.normal(size=(count, 6)) + 2 * np.eye(6)[labels]
    return points.astype(np.float32)[:90], labels[:90], points.astype(np.float32)[90:]


def test_neighbours_vote_as_in_a_slow_reference():
    train, labels, check = made()
    settings = ProbeSettings(neighbours=7)
    found = class_scores("knn", train, labels, check, 3, 1.0, settings)
    for image, row in zip(check, found, strict=True):
        votes = np.zeros(3)
        cosine = [image @ one / np.linalg.norm(image) / np.linalg.norm(one) for one in train]
        for place in np.argsort(cosine)[::-1][:7]:
            weight = np.exp(cosine[place] / TEMPERATURE)
            votes[labels[place]] += weight / (labels == labels[place]).sum()
        assert row == pytest.approx(votes / votes.sum(), abs=1e-4)


@pytest.mark.parametrize("classes", [2, 3])
def test_linear_models_are_those_of_scikit_learn(classes):
    train, labels, check = made(classes)
    plain = ProbeSettings(balanced=False)
    ridge = class_scores("ridge", train, labels, check, classes, 1.0, plain)
    theirs = RidgeClassifier(alpha=0.03).fit(train.astype(float), labels)
    assert (ridge.argmax(axis=1) == theirs.predict(check)).all()
    logistic = class_scores("logistic", train, labels, check, classes, 0.1, plain)
    expected = LogisticRegression(C=0.1, max_iter=1000).fit(train, labels).predict_proba(check)
    assert logistic == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("kind", ["logistic", "ridge", "knn"])
def test_a_class_that_was_not_seen_is_never_said(kind):
    train, labels, check = made()
    shifted = np.where(labels == 2, 4, labels)  # classes 0, 1 and 4 of 5
    found = class_scores(kind, train, shifted, check, 5, 1.0, ProbeSettings())
    assert found.shape == (30, 5)
    assert set(found.argmax(axis=1)) <= {0, 1, 4}
    assert (found[:, 2] <= found.min(axis=1)).all()
    if kind != "ridge":
        assert found.sum(axis=1) == pytest.approx(np.ones(30), abs=1e-5)


@pytest.mark.parametrize("kind", ["logistic", "ridge", "knn"])
def test_one_class_is_certain(kind):
    train, _, check = made()
    found = class_scores(kind, train, np.full(90, 1), check, 3, 1.0, ProbeSettings())
    assert (found.argmax(axis=1) == 1).all()
