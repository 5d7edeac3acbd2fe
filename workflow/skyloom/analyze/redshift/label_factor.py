"""How many times more labels one method needs than another for the same sigma_MAD."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from skyloom.errors import SkyloomError

FACTOR_COLUMNS = (
    *("labels", "sigma", "factor", "bound", "low", "low_bound", "high", "high_bound"),
    "within",
)
WITHIN, AT_LEAST, AT_MOST = "", "at least", "at most"
TAIL = 0.025
"""Share of replicates below the interval, and above it."""

Values = NDArray[np.float64]


class LabelFactorError(SkyloomError):
    """Label curves that cannot be compared."""


@dataclass(frozen=True)
class LabelCurve:
    """sigma_MAD by number of labels.

    Attributes:
        labels: numbers of labels (L,), ascending.
        sigma: (R, L), a row per replicate (a bootstrap resample of one seed, say), above 0.
    """

    labels: NDArray[np.int64]
    sigma: Values

    def __post_init__(self) -> None:
        if (
            len(self.labels) < 2
            or self.sigma.shape[1:] != self.labels.shape
            or not (self.labels[0] > 0 and (np.diff(self.labels) > 0).all())
        ):
            raise LabelFactorError(
                f"a label curve has labels {self.labels.tolist()} and sigma_MAD of shape "
                f"{self.sigma.shape}, expected two or more ascending numbers, and (R, L) values"
            )
        good = np.isfinite(self.sigma) & (self.sigma > 0)
        if not good.all():
            replicate, place = np.argwhere(~good)[0]
            raise LabelFactorError(
                f"sigma_MAD of replicate {replicate} with {self.labels[place]} labels is "
                f"{self.sigma[replicate, place]}, expected a positive number"
            )

    def monotone(self) -> Values:
        """Return log sigma_MAD (R, L), each row fitted so that it never rises with the labels.

        It is the isotonic regression with equal weights: where a curve rises, its neighbours are
        set to their mean. Of value i it is max over t >= i of min over s <= i of mean(s ... t)
        (Robertson et al. 1988, eq. 1.4.1), cheap for a few labels and many replicates.
        """
        sums = np.cumsum(np.log(self.sigma), axis=1)
        sums = np.column_stack([np.zeros(len(sums)), sums])  # (R, L + 1)
        found = np.full(self.sigma.shape, -np.inf)
        for end in range(len(self.labels)):
            lengths = end + 1 - np.arange(end + 1)
            means = (sums[:, [end + 1]] - sums[:, : end + 1]) / lengths  # (R, s), each to end
            least = np.minimum.accumulate(means, axis=1)  # of s <= i
            found[:, : end + 1] = np.maximum(found[:, : end + 1], least)
        return found


def label_factor(first: LabelCurve, second: LabelCurve) -> pd.DataFrame:
    """Return by what factor `second` needs more labels than `first` for the same sigma_MAD.

    Both curves are made monotone; log sigma_MAD is linear in log labels between the points, and
    the fewest labels that reach a sigma_MAD count. Nothing is extrapolated: where `second` never
    gets as good, the factor is "at least" that to its most labels, and where it is better with its
    fewest already, "at most" that to these. Ends of the interval are replicates' own values, so
    that one is a bound or is not.

    Args:
        first: R replicates.
        second: as many, row by row of the same resample and seed.

    Returns:
        A row per number of labels of `first`: its sigma (of the medians over replicates), the
        factor of the median curves, the 95 % interval over replicates, for each whether it is a
        bound ("", "at least" or "at most"), and `within`, the share of replicates that are none.

    Raises:
        LabelFactorError: other numbers of replicates.
    """
    if len(first.sigma) != len(second.sigma):
        raise LabelFactorError(
            f"label curves of {len(first.sigma)} and {len(second.sigma)} replicates, expected "
            "the same, in one order"
        )
    middle = LabelCurve(first.labels, np.median(first.sigma, axis=0)[None])
    other = LabelCurve(second.labels, np.median(second.sigma, axis=0)[None])
    value, bound = _factors(middle, other)
    drawn, bounds = _factors(first, second)  # (R, L)
    order = drawn.argsort(axis=0, kind="stable")
    last = len(drawn) - 1
    found = {
        "labels": first.labels,
        "sigma": np.exp(middle.monotone()[0]),
        "factor": value[0],
        "bound": bound[0],
        "within": (bounds == WITHIN).mean(axis=0),
    }
    for name, rank in (("low", int(TAIL * last)), ("high", last - int(TAIL * last))):
        found[name] = np.take_along_axis(drawn, order[[rank]], axis=0)[0]
        found[f"{name}_bound"] = np.take_along_axis(bounds, order[[rank]], axis=0)[0]
    return pd.DataFrame(found)[list(FACTOR_COLUMNS)]


def _factors(first: LabelCurve, second: LabelCurve) -> tuple[Values, NDArray[np.str_]]:
    """Return the factors (R, L) of paired curves, and what kind of bound each is."""
    wanted, curve = first.monotone(), second.monotone()
    logarithms = np.log(second.labels)
    needed = np.stack([_reached(*pair, logarithms) for pair in zip(wanted, curve, strict=True)])
    bounds = np.select([wanted < curve[:, -1:], wanted > curve[:, :1]], [AT_LEAST, AT_MOST], WITHIN)
    return np.exp(needed - np.log(first.labels)), bounds


def _reached(wanted: Values, curve: Values, logarithms: Values) -> Values:
    """Return the least log labels at which a falling curve (L,) comes to each of `wanted`.

    At the ends of the labels where it never does, or is there before.
    """
    after = np.searchsorted(-curve, -wanted)  # the first point that is as good
    right = np.clip(after, 1, len(curve) - 1)
    left = right - 1
    fall = np.maximum(curve[left] - curve[right], np.finfo(np.float64).tiny)
    part = np.clip((curve[left] - wanted) / fall, 0, 1)
    return np.asarray(logarithms[left] + part * (logarithms[right] - logarithms[left]))
