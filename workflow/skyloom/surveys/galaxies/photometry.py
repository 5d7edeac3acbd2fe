"""Magnitudes measured on a cut-out itself: what colours alone say of a galaxy.

Each band is weighted with the root of the galaxy's own light in r + i: one weight for all bands,
like a fitted model's, so that colours are of the same part of the galaxy and the sky's noise counts
little. The light itself would be the best weight against noise, but it sees hardly more than the
core, whose colour follows the seeing of each band; the root halves that error and adds little
noise. One factor, from the flux of r + i in a wide aperture, then makes totals of all five.
Neighbours are told by symmetry: what is much brighter than the pixel opposite, across the centre,
is replaced by it; so is a merger's companion.
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from skyloom.surveys.galaxies.sky import BANDS

Image = NDArray[np.float32]

MAGNITUDES = tuple(f"mag_{band}" for band in BANDS)
"""Columns of the index."""
_SOFTENING = np.array([1.4e-10, 0.9e-10, 1.2e-10, 1.8e-10, 7.4e-10])
"""b of SDSS's asinh magnitudes, in units of the zero point: Lupton et al. 1999, AJ 118, 1406."""
_NANOMAGGY = 1e-9
_SMOOTH = 1.5
"""Sigma of the smoothing of the weight, pixels: about that of the PSF."""
_OPPOSITE, _SIGNIFICANT = 1.6, 4.0
"""A neighbour outshines the pixel opposite by this factor and these deviations of the noise."""
_APERTURE = 3.2
"""Radius of the aperture in mean radii of the light, after Kron 1980, ApJS 43, 305."""
_SMALLEST = 8.0
"""Pixels, the least radius of an aperture."""


def measure(flux: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return the galaxy's total flux (5,) in the middle of ugriz flux (5, H, W), in its unit.

    The middle is that of the array. A galaxy too faint to be seen in r + i is measured in an
    aperture of 8 pixels; flux may be negative, as the noise has it.
    """
    bands = flux.astype(np.float32, copy=False)
    seen = bands[2] + bands[3]
    smooth = ndimage.gaussian_filter(seen, _SMOOTH, truncate=3.0)
    noise = _noise(seen)
    neighbour = _neighbours(smooth, noise)
    profile = np.where(neighbour, smooth[::-1, ::-1], smooth)
    distance = _distance(*seen.shape)
    radius = _aperture(profile, distance, noise)
    weight = np.where(distance < radius, np.sqrt(np.maximum(profile, 0)), 0)
    clean = np.where(neighbour, bands[:, ::-1, ::-1], bands)
    total = float(clean[2:4].sum(axis=0)[distance < radius].sum())
    weighted = (clean.reshape(len(bands), -1) @ weight.ravel()).astype(np.float64)
    scale = weighted[2] + weighted[3]
    if scale <= 0 or total <= 0:
        inside: NDArray[np.float64] = clean[:, distance < _SMALLEST].sum(axis=1, dtype=np.float64)
        return inside
    measured: NDArray[np.float64] = weighted * (total / scale)
    return measured


def asinh_magnitudes(flux: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return SDSS's asinh magnitudes (5,) of ugriz flux (5,) in nanomaggies, of any sign."""
    share = flux * _NANOMAGGY / (2 * _SOFTENING)
    magnitudes: NDArray[np.float64] = -2.5 / np.log(10) * (np.arcsinh(share) + np.log(_SOFTENING))
    return magnitudes


def _noise(image: Image) -> float:
    """Return the deviation of the sky's noise, from differences of neighbours on the border."""
    border = np.concatenate([image[:6].ravel(), image[-6:].ravel()])
    return float(1.4826 / np.sqrt(2) * np.median(np.abs(np.diff(border))))


def _neighbours(smooth: Image, noise: float) -> NDArray[np.bool_]:
    """Return which pixels belong to another source than the one in the middle."""
    smoothed_noise = noise / (2 * np.sqrt(np.pi) * _SMOOTH)
    excess = smooth - np.float32(_OPPOSITE) * np.maximum(smooth[::-1, ::-1], 0)
    other: NDArray[np.bool_] = excess > _SIGNIFICANT * smoothed_noise
    return other


def _aperture(profile: Image, distance: Image, noise: float) -> float:
    """Return the radius of an aperture that holds nearly all of the light, pixels."""
    smoothed_noise = noise / (2 * np.sqrt(np.pi) * _SMOOTH)
    light = np.where(profile > 2 * smoothed_noise, profile, 0)
    reach = min(profile.shape) / 2
    for _ in range(2):  # far specks of noise first widen it
        inside = np.where(distance < reach, light, 0)
        whole = float(inside.sum())
        mean = float((inside * distance).sum()) / whole if whole > 0 else 0.0
        reach = min(max(_APERTURE * mean, _SMALLEST), min(profile.shape) / 2)
    return float(reach)


@cache
def _distance(height: int, width: int) -> Image:
    """Return the distance of each pixel from the middle, pixels."""
    rows = np.arange(height, dtype=np.float32)[:, None] - (height - 1) / 2
    columns = np.arange(width, dtype=np.float32)[None, :] - (width - 1) / 2
    distance: Image = np.hypot(rows, columns).astype(np.float32)
    return distance
