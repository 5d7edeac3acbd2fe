"""Statistics of galaxies over bootstrap resamples of their groups (sky fields).

Weights (B, G) say how often each group is drawn in each resample, as `resample_groups` gives them.
A resample in which no galaxy is drawn gives NaN.
"""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from skyloom.analyze.redshift.metrics import HAYAT, Convention
from skyloom.analyze.scores import interval, resample_groups

Values = NDArray[np.float64]


def resampled_means(values: Values, groups: NDArray[np.int64], weights: Values) -> Values:
    """Return the means (B, M) of values (N, M) of galaxies in groups (N,)."""
    sums = np.zeros((weights.shape[1], values.shape[1] + 1))
    np.add.at(sums, groups, np.column_stack([values, np.ones(len(values))]))
    drawn = weights @ sums  # (B, M + 1)
    with np.errstate(invalid="ignore"):
        return np.asarray(drawn[:, :-1] / drawn[:, -1:])


def resampled_statistics(
    values: Values,
    groups: NDArray[np.int64],
    weights: Values,
    statistics: Mapping[str, Callable[[Values], float]],
) -> dict[str, Values]:
    """Return statistics (B,) that take the values of galaxies in ascending order.

    The values (N,) are sorted once: a resample repeats them, and so is sorted too.
    """
    order = values.argsort()
    ascending, group = values[order], groups[order]
    found = {name: np.full(len(weights), np.nan) for name in statistics}
    for number, counts in enumerate(weights.astype(np.int64)):
        drawn = np.repeat(ascending, counts[group])
        if len(drawn):
            for name, statistic in statistics.items():
                found[name][number] = statistic(drawn)
    return found


def deviation(ascending: Values) -> float:
    """Return the median |value - median| of values (N,) in ascending order, in linear time."""
    count = len(ascending)
    middle = (ascending[(count - 1) // 2] + ascending[count // 2]) / 2
    lower = _kth_distance(ascending, middle, (count - 1) // 2 + 1)
    upper = lower if count % 2 else _kth_distance(ascending, middle, count // 2 + 1)
    return float((lower + upper) / 2)


def _kth_distance(ascending: Values, middle: float, k: int) -> float:
    """Return the k-th least |value - middle|: the least reach of k neighbours in the order."""
    first = ascending[: len(ascending) - k + 1]
    last = ascending[k - 1 :]
    return float(np.maximum(middle - first, last - middle).min())


def sigma_replicates(
    dz: Values,
    groups: NDArray[np.str_],
    seed: int,
    resamples: int,
    convention: Convention = HAYAT,
) -> Values:
    """Return sigma_MAD (B,) of resamples of the groups (N,).

    The same groups, seed and number give the same resamples: two models scored on the same
    galaxies are paired.
    """
    names, number = np.unique(groups, return_inverse=True)
    weights = resample_groups(len(names), resamples, seed)
    found = resampled_statistics(dz, number, weights, {"mad": deviation})
    return convention.mad_factor * found["mad"]


def finite_interval(values: Values) -> tuple[float, float]:
    """Return the 95 % interval of replicates (B,), without those that are NaN; NaN without any."""
    finite = values[np.isfinite(values)]
    return interval(finite) if len(finite) else (np.nan, np.nan)
