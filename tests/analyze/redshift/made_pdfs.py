"""PDFs that tests are made of."""

import numpy as np
from scipy.stats import norm

from skyloom.analyze.redshift.pdfs import Pdfs
from skyloom.bins import Bins

PAPER = Bins(0.0, 0.4, 180)


def as_pdfs(values, bins=PAPER):
    ids = np.array([f"g{number}" for number in range(len(values))])
    return Pdfs(ids, np.asarray(values, dtype=np.float32), bins)


def one_hot(numbers, bins=PAPER):
    return as_pdfs(np.eye(bins.count)[numbers], bins)


def rough(count=50, bins=PAPER, seed=0):
    """Uneven PDFs with empty bins, and truths inside and, one, beyond the bins."""
    rng = np.random.default_rng(seed)
    values = rng.gamma(0.2, size=(count, bins.count)) * (rng.random((count, bins.count)) < 0.7)
    values[:, 3] += 0.1
    truth = rng.uniform(bins.low, bins.high, count)
    truth[-1] = bins.high + 0.05
    return as_pdfs(values / values.sum(axis=1, keepdims=True), bins), truth


def gaussian(means, sigmas, bins=PAPER):
    """Gaussian PDFs, cut at the ends of the bins."""
    below = norm.cdf(bins.edges, np.asarray(means)[:, None], np.asarray(sigmas)[:, None])
    masses = np.diff(below, axis=1)
    return as_pdfs(masses / masses.sum(axis=1, keepdims=True), bins)


def calibrated(count, bins=PAPER, sigma=0.02, seed=0):
    """Gaussian PDFs well inside the bins, and truths drawn from them."""
    rng = np.random.default_rng(seed)
    means = rng.uniform(0.12, 0.28, count)
    return gaussian(means, np.full(count, sigma), bins), rng.normal(means, sigma)
