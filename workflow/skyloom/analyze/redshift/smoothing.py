"""Histograms of few redshifts made smooth, and still histograms."""

import numpy as np
from numpy.typing import NDArray
from scipy.fft import dct, idct

Values = NDArray[np.float64]


def diffused(masses: Values, sigma: Values) -> Values:
    """Return masses (N, K) spread by a Gaussian of `sigma` (N,) bins, reflected at the ends.

    It is the exact solution of the heat equation on the bins, so masses stay positive with the
    same sum and, away from the ends, the same mean, and gain the variance sigma^2 (Botev et al.
    2010 smooth densities so). A sigma of 0 changes nothing.
    """
    waves = np.arange(masses.shape[1]) * (np.pi / masses.shape[1])
    rates = 1 - np.cos(waves)  # (K,), of the discrete second difference
    damped = dct(masses, axis=1, norm="ortho") * np.exp(-(sigma[:, None] ** 2) * rates)
    found = np.maximum(idct(damped, axis=1, norm="ortho"), 0)  # rounding goes below 0
    return np.asarray(found / found.sum(axis=1, keepdims=True))


def reference_width(masses: Values, count: Values) -> Values:
    """Return Silverman's width (N,) in bins, of masses (N, K) that come of `count` (N,) values.

    It is 0.9 min(standard deviation, interquartile range / 1.34) count^(-1/5) (Silverman 1986,
    eq. 3.31), with values spread evenly over their bin and the range at least one bin.
    """
    places = np.arange(masses.shape[1])
    mean = masses @ places
    deviation = np.sqrt(np.maximum(masses @ places**2 - mean**2, 0) + 1 / 12)
    below = masses.cumsum(axis=1)
    quartiles = [(below >= level - 1e-12).argmax(axis=1) for level in (0.25, 0.75)]
    spread = np.maximum(quartiles[1] - quartiles[0], 1) / 1.34
    return np.asarray(0.9 * np.minimum(deviation, spread) * count**-0.2)


def smoothed(weights: Values, numbers: NDArray[np.int64], bins: int) -> NDArray[np.float32]:
    """Return smooth histograms (N, `bins`) of weighted values.

    Args:
        weights: of the values (N, k), none negative, each row with a positive sum.
        numbers: the bins that the values are in (N, k).
        bins: number of bins.
    """
    cells = np.arange(len(numbers))[:, None] * bins + numbers
    counts = np.bincount(cells.ravel(), weights.ravel(), minlength=len(numbers) * bins)
    masses = counts.reshape(len(numbers), bins) / weights.sum(axis=1, keepdims=True)
    effective = weights.sum(axis=1) ** 2 / (weights**2).sum(axis=1)
    found = diffused(masses, reference_width(masses, effective))
    return found.astype(np.float32)
