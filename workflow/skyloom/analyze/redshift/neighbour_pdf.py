"""PDFs from the redshifts of the labelled neighbours of a galaxy, in any feature space."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import GroupKFold

from skyloom.analyze.neighbours import neighbours_among
from skyloom.analyze.redshift.metrics import crps
from skyloom.analyze.redshift.pdfs import PdfError, Pdfs
from skyloom.analyze.redshift.smoothing import smoothed
from skyloom.bins import Bins

BLOCK = 8192
"""Galaxies whose PDFs are made at once."""
COUNTS = (10, 30, 100)
"""Numbers of neighbours to choose of; Beck et al. 2016 take 100 of two million."""
FOLDS = 5
"""Folds of groups that the number is chosen by."""


def neighbour_pdfs(
    image_id: NDArray[np.str_],
    queries: NDArray[np.float32],
    labelled: NDArray[np.float32],
    redshifts: NDArray[np.float64],
    bins: Bins,
    count: int,
) -> Pdfs:
    """Return the smooth, distance-weighted histogram of the neighbours' redshifts of each galaxy.

    Of `count + 1` neighbours the farthest only says how far the neighbourhood reaches; the others
    weigh 1 - (d / reach)^2, and equally where all are equally far. So near twins do not take all
    the weight, as they do with 1 / d.

    Args:
        image_id: of the galaxies (N,).
        queries: their features (N, D).
        labelled: features of galaxies with a known redshift (M, D), none of them among the queries.
        redshifts: of these (M,).
        bins: of the PDFs; a redshift beyond them counts in the last bin.
        count: neighbours; with fewer labelled galaxies all but the farthest are used.

    Raises:
        PdfError: fewer than two labelled galaxies.
        BinError: a redshift below the bins, or not finite.
    """
    if len(labelled) < 2 or len(labelled) != len(redshifts):
        raise PdfError(
            f"{len(labelled)} labelled galaxies with {len(redshifts)} redshifts, expected at least "
            "two, with a redshift each"
        )
    numbers = bins.number_of(redshifts)
    wanted = min(count + 1, len(labelled))
    values = np.empty((len(queries), bins.count), dtype=np.float32)
    for start in range(0, len(queries), BLOCK):
        part = slice(start, start + BLOCK)
        distances, positions = neighbours_among(labelled, queries[part], wanted)
        weights = _weights(distances)
        values[part] = smoothed(weights, numbers[positions[:, :-1]], bins.count)
    return Pdfs(image_id, values, bins)


def choose_count(
    features: NDArray[np.float32],
    redshifts: NDArray[np.float64],
    groups: NDArray[np.str_],
    bins: Bins,
    counts: Sequence[int] = COUNTS,
) -> int:
    """Return the number of neighbours of least mean CRPS over labelled galaxies (M,).

    The neighbours of a galaxy are of other groups than a fold of these that holds its own.

    Raises:
        PdfError: fewer than two groups.
    """
    folds = min(FOLDS, len(np.unique(groups)))
    if folds < 2:
        raise PdfError(
            f"{folds} group(s) of labelled galaxies, expected at least 2 to hold one out"
        )
    scores = np.zeros(len(counts))
    for seen, held in GroupKFold(folds).split(features, groups=groups):
        for place, count in enumerate(counts):
            found = neighbour_pdfs(
                held.astype(str), features[held], features[seen], redshifts[seen], bins, count
            )
            scores[place] += crps(found, redshifts[held]).sum()
    return counts[int(scores.argmin())]


def _weights(distances: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the weights (N, k) of neighbours at ascending distances (N, k + 1)."""
    reach = np.maximum(distances[:, -1:].astype(np.float64), np.finfo(np.float32).tiny)
    weights = 1 - (distances[:, :-1] / reach) ** 2
    weights[weights.sum(axis=1) <= 0] = 1
    return np.asarray(weights)
