"""PDFs made right on average by the PITs of held-out galaxies.

Where the PITs of held-out galaxies have the cumulative distribution G, a PDF with cumulative F is
replaced by the one with G(F): its PITs are then uniform. G is taken of all held-out galaxies, or of
those nearest to the galaxy in feature space, as CLAP does (Lin et al. 2024, A&A 691, A331; there it
also chooses the number of neighbours, here that is given).

G is linear between `ENDS`, which lie closer near 0 and 1 where PITs of too narrow PDFs crowd, and
counts as many evenly spread pseudo-galaxies as there are cells: few held-out galaxies move little,
and no mass is lost for good. A truth where a PDF has no mass cannot be mended.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skyloom.analyze.neighbours import neighbours_among
from skyloom.analyze.redshift.metrics import pit
from skyloom.analyze.redshift.pdfs import PdfError, Pdfs

CELLS = 24
"""Cells in which PITs are counted."""
ENDS = (1 - np.cos(np.linspace(0, np.pi, CELLS + 1))) / 2
"""Ends of the cells (CELLS + 1,), from 0 to 1."""

Values = NDArray[np.float64]


@dataclass(frozen=True)
class HeldOut:
    """Galaxies that a model was not fitted to, with what it says of them.

    Attributes:
        image_id: (M,).
        pits: (M,).
    """

    image_id: NDArray[np.str_]
    pits: Values

    @classmethod
    def of(cls, pdfs: Pdfs, truth: Values) -> "HeldOut":
        """Return held-out galaxies of their PDFs and true redshifts (M,)."""
        return cls(pdfs.image_id, pit(pdfs, truth))


def recalibrate(pdfs: Pdfs, held_out: HeldOut) -> Pdfs:
    """Return PDFs recalibrated by the PITs of all held-out galaxies.

    Raises:
        PdfError: a galaxy is among the held-out ones: its own truth would mend its PDF.
    """
    _apart(pdfs, held_out)
    counts = np.bincount(_cells(held_out.pits), minlength=CELLS)
    return _mapped(pdfs, np.broadcast_to(_levels(counts[None]), (len(pdfs), CELLS + 1)))


def recalibrate_locally(
    pdfs: Pdfs,
    features: NDArray[np.float32],
    held_out: HeldOut,
    held_out_features: NDArray[np.float32],
    count: int,
) -> Pdfs:
    """Return PDFs recalibrated by the PITs of the `count` nearest held-out galaxies of each.

    Args:
        pdfs: of N galaxies.
        features: of these (N, D).
        held_out: M galaxies.
        held_out_features: of these (M, D).
        count: neighbours, at most M.

    Raises:
        PdfError: a galaxy is among the held-out ones: its own truth would mend its PDF.
    """
    _apart(pdfs, held_out)
    _, positions = neighbours_among(held_out_features, features, count)
    cells = _cells(held_out.pits)[positions] + np.arange(len(pdfs))[:, None] * CELLS
    counts = np.bincount(cells.ravel(), minlength=len(pdfs) * CELLS).reshape(-1, CELLS)
    return _mapped(pdfs, _levels(counts))


def _apart(pdfs: Pdfs, held_out: HeldOut) -> None:
    both = np.intersect1d(pdfs.image_id, held_out.image_id)
    if len(both):
        raise PdfError(
            f"{len(both)} galaxies are both recalibrated and held out for it (first: {both[0]}), "
            "expected none. Fit the recalibration on another split."
        )


def _cells(shares: Values) -> NDArray[np.int64]:
    """Return the cell of each of `shares`, from 0 to 1, of any shape."""
    return np.clip(np.searchsorted(ENDS, shares, side="right") - 1, 0, CELLS - 1)


def _levels(counts: NDArray[np.int64]) -> Values:
    """Return G at the ends of the cells (N, CELLS + 1) of counts of PITs (N, CELLS)."""
    found = np.zeros((len(counts), CELLS + 1))
    np.cumsum(counts + CELLS * np.diff(ENDS), axis=1, out=found[:, 1:])
    return np.asarray(found / found[:, -1:])


def _mapped(pdfs: Pdfs, levels: Values) -> Pdfs:
    """Return the PDFs with cumulative G(F), G given by its levels (N, CELLS + 1)."""
    below = pdfs.cumulative()  # (N, K + 1)
    cell = _cells(below)
    part = (below - ENDS[cell]) / np.diff(ENDS)[cell]
    low = np.take_along_axis(levels, cell, axis=1)
    high = np.take_along_axis(levels, cell + 1, axis=1)
    masses = np.maximum(np.diff(low + part * (high - low), axis=1), 0)  # rounding goes below 0
    return Pdfs(pdfs.image_id, masses.astype(np.float32), pdfs.bins)
