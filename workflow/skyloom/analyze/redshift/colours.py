"""The classical photometric redshift: magnitudes and colours, without images.

Magnitudes are dereddened ones in the order of wavelength. A magnitude that is missing (NaN) makes
the features NaN that need it: boosting takes these as they are, k-NN sets them to the mean of the
training galaxies (0 when standardised).
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.model_selection import GroupKFold
from threadpoolctl import threadpool_limits

from skyloom.analyze.redshift.neighbour_pdf import FOLDS
from skyloom.analyze.redshift.smoothing import smoothed
from skyloom.bins import Bins
from skyloom.errors import SkyloomError

RESIDUALS = 200
"""Held-out residuals that make the PDF of a boosted redshift."""
TREES = 300
"""Trees of a boosting."""

Values = NDArray[np.float64]
Magnitudes = NDArray[np.floating[Any]]


class ColourError(SkyloomError):
    """Magnitudes that no redshift can be made of."""


def colour_features(magnitudes: Magnitudes) -> Values:
    """Return the magnitudes (N, B) and the B - 1 colours of adjacent bands, (N, 2 B - 1).

    Raises:
        ColourError: an infinite magnitude, or a galaxy without any.
    """
    infinite, empty = np.isinf(magnitudes).any(axis=1), np.isnan(magnitudes).all(axis=1)
    if (infinite | empty).any():
        first = int((infinite | empty).argmax())
        raise ColourError(
            f"galaxy at position {first} has magnitudes {magnitudes[first].tolist()} "
            f"({int((infinite | empty).sum())} such of {len(magnitudes)}), expected finite "
            "numbers, or NaN in some bands. Reject these rows."
        )
    return np.column_stack([magnitudes, magnitudes[:, :-1] - magnitudes[:, 1:]])


def standardised_colours(magnitudes: Magnitudes) -> Callable[[Magnitudes], NDArray[np.float32]]:
    """Return what brings magnitudes (N, B) to the features (N, 2 B - 1) of these ones' scale.

    Features have mean 0 and deviation 1 over the magnitudes given here; what is missing is 0.
    """
    mean, deviation = _scale(colour_features(magnitudes))

    def place(some: Magnitudes) -> NDArray[np.float32]:
        scaled = (colour_features(some) - mean) / deviation
        return np.nan_to_num(scaled).astype(np.float32)

    return place


class BoostedRedshift:
    """Gradient boosting on magnitudes, with PDFs of its held-out residuals.

    The redshift is that of a model of all training galaxies. The PDF around it is the histogram of
    the residuals of the `count` training galaxies with the nearest predictions, half of them below
    and half above, by models that had not seen their groups.

    Args:
        bins: of the PDFs; redshift and residual beyond them count in the first and last bin.
        seed: of the models.
        count: residuals; with fewer training galaxies all are used.
    """

    def __init__(self, bins: Bins, seed: int, count: int = RESIDUALS) -> None:
        self.bins, self.seed, self.count = bins, seed, count

    def fit(
        self, vectors: Magnitudes, redshifts: Values, groups: NDArray[np.str_]
    ) -> "BoostedRedshift":
        """Learn from magnitudes (M, B), NaN where missing, redshifts (M,) and fields (M,).

        Raises:
            ColourError: magnitudes that are infinite or missing in all bands, or fewer than two
                groups.
        """
        features = colour_features(vectors)
        self.model_ = _boosting(features, redshifts, self.seed)
        unseen = held_out_redshifts(features, redshifts, groups, self.seed)
        order = unseen.argsort(kind="stable")
        self.unseen_, self.residuals_ = unseen[order], (redshifts - unseen)[order]
        return self

    def pdfs(self, vectors: Magnitudes) -> NDArray[np.float32]:
        """Return probabilities (N, K) of the bins of magnitudes (N, B)."""
        with threadpool_limits(1):
            predicted = self.model_.predict(colour_features(vectors))
        count = min(self.count, len(self.residuals_))
        start = np.searchsorted(self.unseen_, predicted) - count // 2
        first = np.clip(start, 0, len(self.residuals_) - count)
        nearest = first[:, None] + np.arange(count)  # (N, count)
        drawn = np.clip(predicted[:, None] + self.residuals_[nearest], *self.bins.edges[[0, -1]])
        numbers = self.bins.number_of(drawn.ravel()).reshape(drawn.shape)
        return smoothed(np.ones(drawn.shape), numbers, self.bins.count)


def held_out_redshifts(
    features: Values, redshifts: Values, groups: NDArray[np.str_], seed: int
) -> Values:
    """Return boosted redshifts of the training galaxies (M,) by models without their groups."""
    folds = min(FOLDS, len(np.unique(groups)))
    if folds < 2:
        raise ColourError(
            f"{folds} group(s) of training galaxies, expected at least 2 to hold one out"
        )
    found = np.empty(len(redshifts))
    for seen, held in GroupKFold(folds).split(features, groups=groups):
        model = _boosting(features[seen], redshifts[seen], seed)
        found[held] = model.predict(features[held])
    return found


def _boosting(features: Values, redshifts: Values, seed: int) -> HistGradientBoostingRegressor:
    """Return a boosting of features (M, F).

    Without early stopping, whose held-out share would be of galaxies and not of groups.
    """
    model = HistGradientBoostingRegressor(
        learning_rate=0.05, max_iter=TREES, early_stopping=False, random_state=seed
    )
    with threadpool_limits(1):
        return model.fit(features, redshifts)


def _scale(features: Values) -> tuple[Values, Values]:
    """Return the mean and deviation of each feature; 0 and 1 of those that are always missing."""
    known = np.isfinite(features)
    count = np.maximum(known.sum(axis=0), 1)
    mean = np.where(known, features, 0).sum(axis=0) / count
    deviation = np.sqrt((np.where(known, features - mean, 0) ** 2).sum(axis=0) / count)
    return mean, np.where(deviation > 0, deviation, 1)
