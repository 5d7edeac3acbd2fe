"""Are the five bands of an array those of SDSS, in the order u g r i z? Nothing in it says so."""

import numpy as np
from numpy.typing import NDArray

from skyloom.surveys.contract import UnreadableArchiveError

SAMPLE = 64
"""Images that are looked at."""
_FEWEST = 20
"""Images below which a median says too little to refuse a file."""
_MIDDLE = 9
"""Side of the square in which a galaxy's flux is summed, pixels."""


def check_band_order(images: NDArray[np.floating], name: str) -> None:
    """Raise `UnreadableArchiveError` when images (N, 5, H, W) cannot be galaxies in u g r i z.

    Two facts of the Main Galaxy Sample are asked for, on the medians of the images: flux in the
    middle rises from each band to the next, for galaxies are redder than the zero points; and the
    noise of the sky is greater in z than in g, by a factor of about five in SDSS. Fewer than 20
    images are taken as they are.

    Args:
        images: the first ones of a file.
        name: of the array, for the message.
    """
    usable = images[np.isfinite(images).all(axis=(1, 2, 3))].astype(np.float64)
    if len(usable) < _FEWEST:
        return
    flux, noise = _middle_flux(usable), _noise(usable)
    if (np.diff(flux) > 0).all() and noise[4] > noise[1]:
        return
    raise UnreadableArchiveError(
        f"{name}: the bands cannot be u g r i z in this order. Median flux in the middle of "
        f"{len(usable)} galaxies is {_said(flux)}, the sky's noise {_said(noise)}; expected flux "
        "that rises from u to z, and more noise in z than in g. Write the array again with its "
        "bands in the order u g r i z and its axes as documented, in nanomaggies."
    )


def _middle_flux(images: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the median over galaxies of the flux (5,) in their middle."""
    height, width = images.shape[2:]
    top, left = max(0, (height - _MIDDLE) // 2), max(0, (width - _MIDDLE) // 2)
    middle = images[:, :, top : top + _MIDDLE, left : left + _MIDDLE]
    medians: NDArray[np.float64] = np.median(middle.sum(axis=(2, 3)), axis=0)
    return medians


def _noise(images: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the deviation of the noise (5,), from differences of neighbours in the first rows."""
    rows = images[:, :, : max(1, images.shape[2] // 8)]
    differences = np.abs(np.diff(rows, axis=3))
    deviation: NDArray[np.float64] = np.median(differences, axis=(0, 2, 3)) * 1.4826 / np.sqrt(2)
    return deviation


def _said(values: NDArray[np.float64]) -> str:
    return ", ".join(f"{value:.3g}" for value in values)
