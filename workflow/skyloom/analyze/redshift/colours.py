"""The classical photometric redshift: magnitudes and colours, without images.

Magnitudes are dereddened ones in the order of wavelength. A magnitude that is missing (NaN) makes
the features NaN that need it: boosting takes these as they are, k-NN sets them to the mean of the
training galaxies (0 when standardised).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.model_selection import GroupKFold
from threadpoolctl import threadpool_limits

from skyloom.analyze.redshift.neighbour_pdf import choose_count, neighbour_pdfs
from skyloom.analyze.redshift.pdfs import Pdfs
from skyloom.analyze.redshift.smoothing import smoothed
from skyloom.bins import Bins
from skyloom.errors import SkyloomError

RESIDUALS = 200
"""Held-out residuals that make the PDF of a boosted redshift."""
TREES = 300
"""Trees of a boosting."""
FOLDS = 5
"""Folds of groups that residuals are held out by."""

Values = NDArray[np.float64]


class ColourError(SkyloomError):
    """Magnitudes that no redshift can be made of."""


@dataclass(frozen=True)
class Labelled:
    """Training galaxies.

    Attributes:
        magnitudes: (M, B), NaN where missing.
        redshifts: (M,).
        groups: sky fields (M,), never on both sides of a fold.
    """

    magnitudes: Values
    redshifts: Values
    groups: NDArray[np.str_]


def colour_features(magnitudes: Values) -> Values:
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


def neighbour_redshifts(
    image_id: NDArray[np.str_], magnitudes: Values, labelled: Labelled, bins: Bins
) -> Pdfs:
    """Return PDFs of galaxies (N,) from neighbours in features standardised on the training set.

    Their number is chosen by cross-validation over the groups of the training set. The PDFs are
    wider than right by the reach of the neighbours: recalibrate them.

    Raises:
        ColourError: magnitudes that are infinite, or missing in all bands.
        PdfError: training galaxies of fewer than two groups.
    """
    known = colour_features(labelled.magnitudes)
    mean, deviation = _scale(known)

    def standardised(features: Values) -> NDArray[np.float32]:
        return np.nan_to_num((features - mean) / deviation).astype(np.float32)

    places, redshifts = standardised(known), labelled.redshifts
    count = choose_count(places, redshifts, labelled.groups, bins)
    queries = standardised(colour_features(magnitudes))
    return neighbour_pdfs(image_id, queries, places, redshifts, bins, count)


def boosted_redshifts(
    image_id: NDArray[np.str_],
    magnitudes: Values,
    labelled: Labelled,
    bins: Bins,
    seed: int,
    count: int = RESIDUALS,
) -> Pdfs:
    """Return PDFs of galaxies (N,) from gradient boosting and its held-out residuals.

    The redshift is that of a model of all training galaxies. The PDF around it is the histogram of
    the residuals of the `count` training galaxies with the nearest predictions, half of them below
    and half above, by models that had not seen their groups.

    Args:
        image_id: (N,).
        magnitudes: (N, B), NaN where missing.
        labelled: training galaxies.
        bins: of the PDFs; redshift and residual beyond them count in the first and last bin.
        seed: of the models.
        count: residuals; with fewer training galaxies all are used.

    Raises:
        ColourError: magnitudes that are infinite or missing in all bands, or fewer than two groups.
    """
    known = colour_features(labelled.magnitudes)
    predicted = _boosted(known, labelled.redshifts, colour_features(magnitudes), seed)
    unseen = held_out_redshifts(labelled, seed)
    order = unseen.argsort(kind="stable")
    residuals = (labelled.redshifts - unseen)[order]
    count = min(count, len(residuals))
    start = np.searchsorted(unseen[order], predicted) - count // 2
    nearest = np.clip(start, 0, len(residuals) - count)[:, None] + np.arange(count)
    drawn = np.clip(predicted[:, None] + residuals[nearest], bins.low, bins.high)
    numbers = bins.number_of(drawn.ravel()).reshape(drawn.shape)
    return Pdfs(image_id, smoothed(np.ones(drawn.shape), numbers, bins.count), bins)


def held_out_redshifts(labelled: Labelled, seed: int) -> Values:
    """Return boosted redshifts of the training galaxies (M,) by models without their groups."""
    folds = min(FOLDS, len(np.unique(labelled.groups)))
    if folds < 2:
        raise ColourError(
            f"{folds} group(s) of training galaxies, expected at least 2 to hold one out"
        )
    features, redshifts = colour_features(labelled.magnitudes), labelled.redshifts
    found = np.empty(len(redshifts))
    for seen, held in GroupKFold(folds).split(features, groups=labelled.groups):
        found[held] = _boosted(features[seen], redshifts[seen], features[held], seed)
    return found


def _boosted(features: Values, redshifts: Values, queries: Values, seed: int) -> Values:
    """Return the redshifts of queries by a boosting of training features.

    Without early stopping, whose held-out share would be of galaxies and not of groups.
    """
    model = HistGradientBoostingRegressor(
        learning_rate=0.05, max_iter=TREES, early_stopping=False, random_state=seed
    )
    with threadpool_limits(1):
        return np.asarray(model.fit(features, redshifts).predict(queries))


def _scale(features: Values) -> tuple[Values, Values]:
    """Return the mean and deviation of each feature; 0 and 1 of those that are always missing."""
    known = np.isfinite(features)
    count = np.maximum(known.sum(axis=0), 1)
    mean = np.where(known, features, 0).sum(axis=0) / count
    deviation = np.sqrt((np.where(known, features - mean, 0) ** 2).sum(axis=0) / count)
    return mean, np.where(deviation > 0, deviation, 1)
