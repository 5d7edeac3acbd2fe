"""Scores of a classification and their bootstrap over groups."""

import numpy as np
from numpy.typing import NDArray

METRICS = ("accuracy", "balanced_accuracy", "macro_f1")


def group_confusions(
    truth: NDArray[np.int64], predicted: NDArray[np.int64], groups: NDArray[np.int64], classes: int
) -> NDArray[np.float64]:
    """Return one confusion matrix per group, (G, K, K), rows true and columns predicted."""
    counts = np.zeros((int(groups.max()) + 1, classes, classes))
    np.add.at(counts, (groups, truth, predicted), 1)
    return counts


def metrics_of(confusion: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return accuracy, balanced accuracy and macro F1 (..., 3) of confusion matrices (..., K, K).

    The means over classes take the classes that occur in the truth, so that a resample without a
    rare class is scored on those it has.
    """
    hits = np.diagonal(confusion, axis1=-2, axis2=-1)  # (..., K)
    true, said = confusion.sum(axis=-1), confusion.sum(axis=-2)
    present = true > 0
    accuracy = hits.sum(axis=-1) / np.maximum(true.sum(axis=-1), 1)
    recall = hits / np.maximum(true, 1)
    f1 = 2 * hits / np.maximum(true + said, 1)
    number = np.maximum(present.sum(axis=-1), 1)
    balanced = np.where(present, recall, 0).sum(axis=-1) / number
    macro = np.where(present, f1, 0).sum(axis=-1) / number
    return np.stack([accuracy, balanced, macro], axis=-1)


def resample_groups(groups: int, resamples: int, seed: int) -> NDArray[np.float64]:
    """Return how often each group is drawn in each bootstrap resample, (resamples, groups)."""
    draws = np.random.default_rng(seed).integers(groups, size=(resamples, groups))
    counts = np.zeros((resamples, groups))
    np.add.at(counts, (np.arange(resamples)[:, None], draws), 1)
    return counts


def bootstrap_metrics(
    confusions: NDArray[np.float64], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the metrics (resamples, 3) of confusions (G, K, K) resampled by weights (B, G)."""
    return metrics_of(np.tensordot(weights, confusions, axes=1))


def interval(values: NDArray[np.float64], level: float = 0.95) -> tuple[float, float]:
    """Return the central interval of bootstrap values (B,)."""
    tail = 100 * (1 - level) / 2
    low, high = np.percentile(values, [tail, 100 - tail])
    return float(low), float(high)


def two_sided_p(differences: NDArray[np.float64]) -> float:
    """Return the two-sided bootstrap p-value that a difference is zero, never below 1 / (B + 1)."""
    below = (1 + np.sum(differences <= 0)) / (1 + len(differences))
    above = (1 + np.sum(differences >= 0)) / (1 + len(differences))
    return float(min(1.0, 2 * min(below, above)))
