"""One redshift a galaxy from its PDF."""

import numpy as np
from numpy.typing import NDArray

from skyloom.analyze.redshift.pdfs import Pdfs

Redshifts = NDArray[np.float64]


def mean(pdfs: Pdfs) -> Redshifts:
    """Return the mean (N,): each bin counts at its centre (Hayat et al. 2020)."""
    return np.asarray(pdfs.masses() @ pdfs.bins.centres)


def left_edge_mean(pdfs: Pdfs) -> Redshifts:
    """Return the mean (N,) with each bin at its left edge, as the code of Pasquet et al. 2019 does.

    It is half a bin below `mean`.
    """
    return np.asarray(pdfs.masses() @ pdfs.bins.edges[:-1])


def median(pdfs: Pdfs) -> Redshifts:
    """Return the median (N,): where the cumulative probability, linear inside bins, is 1/2.

    Where no mass lies between two bins that hold half each, it is the upper end of the lower one.
    """
    below = pdfs.cumulative()  # (N, K + 1)
    upper = (below >= 0.5).argmax(axis=1)  # first edge with half or more
    rows = np.arange(len(pdfs))
    before, after = below[rows, upper - 1], below[rows, upper]
    part = (0.5 - before) / (after - before)
    return np.asarray(pdfs.bins.low + (upper - 1 + part) * pdfs.bins.width)


def mode(pdfs: Pdfs) -> Redshifts:
    """Return the centre (N,) of the most probable bin, of equal ones the lowest."""
    return np.asarray(pdfs.bins.centres[pdfs.values.argmax(axis=1)])
