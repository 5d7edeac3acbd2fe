"""How good redshifts are: point estimates in two published conventions, and whole PDFs.

A true redshift above the last edge lies outside of every PDF: its density there is 0, its
PIT is 1, and its CRPS grows with the distance. One below the first edge is an error.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skyloom.analyze.redshift import estimates
from skyloom.analyze.redshift.pdfs import PdfError, Pdfs

Values = NDArray[np.float64]

OUTLIER = 0.05
"""|dz| beyond which a redshift is catastrophic, in both conventions."""
PIT_OUTLIER = 0.0001
"""PITs nearer than this to 0 or 1 are outliers, as in qp and RAIL."""


@dataclass(frozen=True)
class Convention:
    """How a paper makes numbers of PDFs.

    Attributes:
        name: by which it is told.
        estimates: name and function of the estimates that are scored by it.
        mad_factor: from the median absolute deviation to sigma.
    """

    name: str
    estimates: dict[str, Callable[[Pdfs], Values]]
    mad_factor: float


HAYAT = Convention(
    "hayat",
    {"mean": estimates.mean, "median": estimates.median, "mode": estimates.mode},
    1.482602218505602,
)
"""Hayat et al. 2020, `eval_specz.py`: astropy's `mad_std`, 1 / the 75 % point of a normal."""
PASQUET = Convention("pasquet", {"left_edge_mean": estimates.left_edge_mean}, 1.48)
"""Pasquet et al. 2019, their code."""
CONVENTIONS = (HAYAT, PASQUET)


def residuals(estimate: Values, truth: Values) -> Values:
    """Return dz = (z_phot - z_spec) / (1 + z_spec), (N,)."""
    return (estimate - truth) / (1 + truth)


def bias(dz: Values) -> float:
    """Return the mean of dz."""
    return float(dz.mean())


def sigma_mad(dz: Values, convention: Convention) -> float:
    """Return the factor of the convention times median |dz - median(dz)|."""
    return float(convention.mad_factor * np.median(np.abs(dz - np.median(dz))))


def eta(dz: Values) -> float:
    """Return the share with |dz| > 0.05."""
    return float((np.abs(dz) > OUTLIER).mean())


def pit(pdfs: Pdfs, truth: Values) -> Values:
    """Return the probability below the true redshift (N,), linear inside bins, never drawn."""
    below = pdfs.cumulative()  # (N, K + 1)
    number, part = _place(pdfs, truth)
    rows = np.arange(len(pdfs))
    return np.asarray(below[rows, number] * (1 - part) + below[rows, number + 1] * part)


def crps(pdfs: Pdfs, truth: Values) -> Values:
    """Return the continuous ranked probability score (N,), in redshift.

    It is the integral of (F(z) - [z >= z_spec])^2, exact for a cumulative F linear inside bins:
    that of (1 - F)^2 over all bins, and that of F^2 - (1 - F)^2 = 2 F - 1 up to z_spec.
    """
    below, width = pdfs.cumulative(), pdfs.bins.width  # (N, K + 1)
    above = 1 - below
    left, right = above[:, :-1], above[:, 1:]
    whole = (left * left + left * right + right * right).sum(axis=1) * width / 3
    number, part = _place(pdfs, truth)
    rows = np.arange(len(pdfs))
    area = np.zeros_like(below)  # of F, up to each edge
    np.cumsum((below[:, :-1] + below[:, 1:]) * (width / 2), axis=1, out=area[:, 1:])
    slope = below[rows, number + 1] - below[rows, number]
    inside = part * width * (below[rows, number] + part * slope / 2)
    beyond = np.maximum(truth - pdfs.bins.high, 0)
    reached = np.minimum(truth, pdfs.bins.high) - pdfs.bins.low
    return np.asarray(whole + 2 * (area[rows, number] + inside) - reached + beyond)


def cde_loss(pdfs: Pdfs, truth: Values) -> Values:
    """Return the terms (N,) of the conditional density estimation loss, in 1 / redshift.

    The loss is their mean: that of the integral of f^2, less twice the density at the true
    redshift (Izbicki & Lee 2017). It is negative, and less is better.
    """
    masses = pdfs.masses()
    number, _ = _place(pdfs, truth)
    at_truth = np.where(truth > pdfs.bins.high, 0, masses[np.arange(len(pdfs)), number])
    squares = np.einsum("nk,nk->n", masses, masses)
    return np.asarray((squares - 2 * at_truth) / pdfs.bins.width)


def pit_outlier(pits: Values) -> NDArray[np.bool_]:
    """Return which PITs (N,) are within 0.0001 of 0 or 1: truths that the PDF all but excludes."""
    return np.abs(pits - 0.5) > 0.5 - PIT_OUTLIER


def _place(pdfs: Pdfs, truth: Values) -> tuple[NDArray[np.int64], Values]:
    """Return the bin of each true redshift (N,) and how far into it, from 0 to 1."""
    if truth.shape != (len(pdfs),):
        raise PdfError(
            f"{len(pdfs)} PDFs and true redshifts of shape {truth.shape}, expected one each"
        )
    number = pdfs.bins.number_of(truth)
    part = (truth - pdfs.bins.edges[number]) / pdfs.bins.width
    return number, np.clip(part, 0, 1)
