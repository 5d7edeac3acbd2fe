import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import log_loss

from skyloom.analyze.calibration import (
    calibrate,
    expected_calibration_error,
    fit_temperature,
    negative_log_likelihood,
    reliability,
    scaled,
)


def made(sharpness, count=4000, classes=5, seed=0):
    """Probabilities whose logits are `sharpness` times those that labels are drawn from."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(size=(count, classes)) * 2
    honest = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    labels = np.array([rng.choice(classes, p=row) for row in honest])
    return scaled(honest.astype(np.float32), 1 / sharpness), labels


@pytest.mark.parametrize("sharpness", [0.5, 1.0, 3.0])
def test_temperature_undoes_what_was_done_to_the_logits(sharpness):
    probabilities, labels = made(sharpness)
    temperature = fit_temperature(probabilities, labels)
    assert temperature == pytest.approx(sharpness, rel=0.08)
    after = scaled(probabilities, temperature)
    assert negative_log_likelihood(after, labels) <= negative_log_likelihood(probabilities, labels)
    assert after.sum(axis=1) == pytest.approx(np.ones(len(after)), abs=1e-5)


@pytest.mark.parametrize(
    ("sure", "temperature"), [(0.9, pytest.approx(0.25, rel=0.01)), (None, 1.0)]
)
def test_what_tells_nothing_of_the_temperature_does_not_carry_it_away(sure, temperature):
    labels = np.arange(0 if sure is None else 200) % 2
    probabilities = np.where(np.eye(2)[labels] > 0, sure or 0, 1 - (sure or 0))
    assert fit_temperature(probabilities.astype(np.float32), labels) == temperature


def test_likelihood_is_that_of_scikit_learn_and_leaves_out_unknown_classes():
    probabilities, labels = made(1.0, count=300)
    expected = log_loss(labels, probabilities.astype(float))
    assert negative_log_likelihood(probabilities, labels) == pytest.approx(expected, rel=1e-4)
    wider = np.column_stack([probabilities, np.zeros(300, np.float32)])
    with_unknown = np.where(np.arange(300) < 10, 5, labels)
    known = negative_log_likelihood(wider[10:], labels[10:])
    assert negative_log_likelihood(wider, with_unknown) == pytest.approx(known)
    assert (scaled(wider, 2.0)[:, 5] == 0).all()
    assert np.isnan(negative_log_likelihood(wider, np.full(300, 5)))


def test_expected_calibration_error_by_hand():
    confidence = np.array([0.95, 0.95, 0.95, 0.95, 0.35, 0.35], dtype=np.float32)
    hit = np.array([True, True, False, False, True, False])
    bins = reliability(confidence, hit)
    assert list(bins["n"]) == [2, 4]
    expected = (2 * abs(0.5 - 0.35) + 4 * abs(0.5 - 0.95)) / 6
    assert expected_calibration_error(bins) == pytest.approx(expected, abs=1e-6)


def test_what_would_be_shown_and_how_right_it_is():
    probabilities, labels = made(3.0)
    groups = np.array([f"g{number % 40}" for number in range(len(labels))])
    table, bins = calibrate(probabilities, labels, groups, 3.0, 0.9, 200, seed=0)
    said = table.set_index(["scaled", "quantity"])
    shown = probabilities.max(axis=1) >= 0.9
    right = probabilities.argmax(axis=1) == labels
    assert said.loc[(False, "shown_share"), "value"] == pytest.approx(shown.mean())
    assert said.loc[(False, "shown_accuracy"), "value"] == pytest.approx(right[shown].mean())
    assert said.loc[(False, "shown_accuracy"), "value"] < 0.85
    assert said.loc[(True, "shown_accuracy"), "low"] > 0.88
    assert said.loc[(True, "ece"), "value"] < 0.03 < said.loc[(False, "ece"), "value"]
    assert isinstance(bins, pd.DataFrame)
    assert bins.groupby("scaled")["n"].sum().tolist() == [4000, 4000]


def test_nothing_confident_has_no_accuracy():
    flat = np.full((20, 4), 0.25, dtype=np.float32)
    labels, groups = np.arange(20) % 4, np.array(["a", "b"] * 10)
    table, _ = calibrate(flat, labels, groups, 1.0, 0.9, 100, seed=0)
    accuracy = table[table["quantity"] == "shown_accuracy"]["value"]
    assert accuracy.isna().all()
