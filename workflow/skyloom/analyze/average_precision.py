"""Average precision, macro over classes, with every image weighted."""

import numpy as np
from numpy.typing import NDArray

TILE = 250
"""Resamples computed at once."""


def macro_average_precision(
    truth: NDArray[np.int64], scores: NDArray[np.float32], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the mean over classes of the average precision of one against the rest.

    Classes of which a weighting has no image do not count.

    Args:
        truth: class numbers (N,).
        scores: (N, K), higher = more likely of the class.
        weights: (B, N), such as how often a bootstrap drew each image.

    Returns:
        (B,).
    """
    classes = np.unique(truth)
    found = np.stack(
        [average_precision(truth == k, scores[:, k], weights) for k in classes]
    )  # (C, B)
    present = ~np.isnan(found)
    total = np.where(present, found, 0).sum(axis=0)
    return np.asarray(total / np.maximum(present.sum(axis=0), 1))


def average_precision(
    positive: NDArray[np.bool_], score: NDArray[np.float32], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the area under precision and recall for each weighting.

    The sum over thresholds of precision x gain in recall, as scikit-learn computes it, without
    interpolation; equal scores share a threshold.

    Args:
        positive: which images are of the class (N,).
        score: (N,), higher = more likely of the class.
        weights: (B, N).

    Returns:
        (B,); NaN where no positive has a weight.
    """
    order = np.argsort(-score, kind="stable")
    ranked, hit = score[order], positive[order]
    # Where the run of equal scores ends that each positive stands in.
    ends = np.searchsorted(-ranked, -ranked[hit], side="right") - 1
    found = np.empty(len(weights))
    for start in range(0, len(weights), TILE):
        drawn = weights[start : start + TILE, order]  # (b, N)
        above = drawn.cumsum(axis=1)[:, ends]  # (b, P)
        true = (drawn * hit).cumsum(axis=1)[:, ends]
        own = drawn[:, hit]
        total = own.sum(axis=1)
        gained = (own * true / np.maximum(above, 1e-12)).sum(axis=1)
        found[start : start + TILE] = np.where(total > 0, gained / np.maximum(total, 1e-12), np.nan)
    return found
