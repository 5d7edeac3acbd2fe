"""Are the PITs uniform, as those of right PDFs are?

A statistic takes PITs (N,) in ascending order. Its probability p holds for independent galaxies
and PDFs that were not fitted to them; among many galaxies the least miscalibration makes it 0.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.stats import cramervonmises, kstwo

Values = NDArray[np.float64]

CLIP = 1e-6
"""How near to 0 and 1 a PIT comes in `anderson_darling`: at 0 or 1 it would be infinite."""


def kolmogorov_smirnov(pits: Values) -> float:
    """Return D, the largest distance of the cumulative share of PITs from the uniform one."""
    steps = np.arange(len(pits) + 1) / len(pits)
    return float(max((steps[1:] - pits).max(), (pits - steps[:-1]).max()))


def cramer_von_mises(pits: Values) -> float:
    """Return W^2 = 1 / 12 n + the sum of ((2 i - 1) / 2 n - u_i)^2."""
    count = len(pits)
    middles = (np.arange(count) + 0.5) / count
    return float(1 / (12 * count) + np.sum((middles - pits) ** 2))


def anderson_darling(pits: Values) -> float:
    """Return A^2 = -n - the mean of (2 i - 1) (ln u_i + ln(1 - u_(n + 1 - i)))."""
    count = len(pits)
    inside = np.clip(pits, CLIP, 1 - CLIP)
    logarithms = np.log(inside) + np.log1p(-inside[::-1])
    return float(-count - np.mean((2 * np.arange(count) + 1) * logarithms))


STATISTICS = {"ks": kolmogorov_smirnov, "cvm": cramer_von_mises, "ad": anderson_darling}


def p_values(pits: Values) -> dict[str, float]:
    """Return the probability of statistics at least so large for uniform PITs."""
    return {
        "ks_p": float(kstwo.sf(kolmogorov_smirnov(pits), len(pits))),
        "cvm_p": float(cramervonmises(pits, "uniform").pvalue),
        "ad_p": anderson_darling_p(anderson_darling(pits)),
    }


def anderson_darling_p(squared: float) -> float:
    """Return the limit for many galaxies of the probability that A^2 is at least `squared`.

    Source: Marsaglia & Marsaglia 2004 (J. Stat. Softw. 9, 2), their `adinf`.
    """
    z = max(squared, 1e-3)
    if z < 2:
        powers = (2.00012, 0.247105, -0.0649821, 0.0347962, -0.0116720, 0.00168691)
        below = np.exp(-1.2337141 / z) / np.sqrt(z) * np.polynomial.Polynomial(powers)(z)
    else:
        powers = (1.0776, -2.30695, 0.43424, -0.082433, 0.008056, -0.0003146)
        below = np.exp(-np.exp(np.polynomial.Polynomial(powers)(z)))
    return float(1 - below)
