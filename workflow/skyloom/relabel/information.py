"""How much an opinion knows about the labels: what decides its weight in the ranking."""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

SMALLEST = 1e-6
"""Probability below which an opinion is not believed."""
STEEPEST = 5.0
"""Largest power to which probabilities are raised."""


def label_information(probabilities: NDArray[np.float64], labels: NDArray[np.int64]) -> float:
    """Return the share of the labels' entropy that an opinion explains, 0 to 1.

    1 - NLL / H: H is the entropy of the labels, NLL the mean negative log-likelihood of the labels
    under the opinion after calibration. The calibration raises opinion and prior to powers of
    their own (a logarithmic pool, Heskes 1998), so that an opinion that knows nothing gets 0, not
    less.

    Args:
        probabilities: (N, K) by models or neighbours that have not seen the labels.
        labels: class numbers (N,).
    """
    rows = np.arange(len(labels))
    prior = np.bincount(labels, minlength=probabilities.shape[1]) / len(labels)
    entropy = float(-np.log(prior[labels]).mean())
    if entropy == 0:
        return 0.0
    both = np.stack([probabilities, np.broadcast_to(prior, probabilities.shape)], axis=2)
    logarithms = np.log(np.maximum(both, SMALLEST))  # (N, K, 2)

    def misfit(powers: NDArray[np.float64]) -> float:
        pooled = logarithms @ powers  # (N, K)
        top = pooled.max(axis=1)
        total = top + np.log(np.exp(pooled - top[:, None]).sum(axis=1))
        return float((total - pooled[rows, labels]).mean())

    found = minimize(misfit, [0.5, 0.5], bounds=[(0, STEEPEST)] * 2, method="L-BFGS-B")
    return max(0.0, 1 - float(found.fun) / entropy)
