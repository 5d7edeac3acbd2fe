"""Drawing of simulated galaxies and stars, and the noise of the SDSS camera.

Light is drawn once for all bands and kept as its Fourier transform, where shifts between pixels,
seeing and sums of sources are products; each band of each stamp then costs one transform back.
"""

from collections.abc import Sequence

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy import fft

from skyloom.surveys.galaxies.conditions import Conditions
from skyloom.surveys.galaxies.population import Part
from skyloom.surveys.galaxies.views import PIXEL

Image = NDArray[np.float32]
Light = NDArray[np.complex64]
"""Transform (128, 65) of a stamp whose light sums to 1 and is centred on pixel 64, 64."""

NMGY = np.array([0.0103, 0.0038, 0.0051, 0.0068, 0.0310])
"""Nanomaggies per count in u, g, r, i, z."""
_GAIN = np.array([1.6, 3.9, 4.7, 4.6, 4.9])  # electrons per count
_DARK = np.array([9.3, 1.9, 1.1, 7.8, 0.8])  # variance of dark and readout, counts^2
_STAMP = 128
_MIDDLE = _STAMP // 2
_CORE, _CORE_FINE, _THIN_FINE = 5, 9, 3
"""Pixels on each side of the centre that are drawn finer; parts of a pixel there, and of thin
disks."""
_THIN = 1.5
"""Pixels below which the scale of a disk's minor axis needs finer drawing."""
_WING_SHARE, _WING_WIDTH = 0.15, 2.5
"""Share of the PSF's light in its wings, and their width over the core's."""


def drawn(part: Part, sky: NDArray[np.float64]) -> Light:
    """Return the light of a part of a galaxy before the atmosphere.

    Args:
        part: what to draw.
        sky: (2, 2) matrix that takes (column, row) in pixels to (east, north) in arcsec.
    """
    scale = part.radius * part.axis_ratio / _exponent(part.sersic) ** part.sersic / PIXEL
    thin = scale < _THIN and part.radius > 4 * PIXEL and part.sersic == 1
    light = _binned(part, sky, (-_MIDDLE, _MIDDLE), _THIN_FINE if thin else 1)
    core = slice(_MIDDLE - _CORE, _MIDDLE + _CORE + 1)
    light[core, core] = _binned(part, sky, (-_CORE, _CORE + 1), _CORE_FINE)
    centred: Light = fft.rfft2(light / light.sum())
    return moved(centred, *np.linalg.solve(sky, part.place)) if any(part.place) else centred


def point() -> Light:
    """Return the light of a star."""
    middle = np.zeros((_STAMP, _STAMP), dtype=np.float32)
    middle[_MIDDLE, _MIDDLE] = 1
    light: Light = fft.rfft2(middle)
    return light


def moved(light: Light, right: float, up: float) -> Light:
    """Return light moved by a number of pixels, which may be broken."""
    return light * _shift(right, up)


def add_source(
    image: Image,
    lights: Sequence[Light],
    fluxes: NDArray[np.float64],
    place: tuple[float, float],
    sigma: float,
) -> None:
    """Add a source of several parts to an image in place.

    Args:
        image: (H, W), nanomaggies.
        lights: of its P parts.
        fluxes: (P,) of all of each part, nanomaggies.
        place: column and row of its centre, which may lie between pixels or outside.
        sigma: of the PSF's core, pixels.
    """
    column, row = (int(np.floor(value)) for value in place)
    together = sum(
        light * np.float32(flux) for light, flux in zip(lights, fluxes, strict=True)
    ) * _psf(sigma)
    if (column, row) != tuple(place):
        together = together * _shift(place[0] - column, place[1] - row)
    stamp = fft.irfft2(together, s=(_STAMP, _STAMP))
    top, left = row - _MIDDLE, column - _MIDDLE
    rows = slice(max(0, top), max(0, min(image.shape[0], top + _STAMP)))
    columns = slice(max(0, left), max(0, min(image.shape[1], left + _STAMP)))
    image[rows, columns] += stamp[
        rows.start - top : rows.stop - top, columns.start - left : columns.stop - left
    ]


def add_noise(image: Image, band: int, conditions: Conditions, rng: Generator) -> Image:
    """Return an image with the noise of photons, sky and electronics; the sky is subtracted."""
    counts = np.maximum(image + np.float32(conditions.sky[band]), 0) / np.float32(NMGY[band])
    variance = counts / np.float32(_GAIN[band]) + np.float32(_DARK[band])
    noise = rng.standard_normal(image.shape, dtype=np.float32)
    noisy: Image = image + noise * np.sqrt(variance) * np.float32(NMGY[band])
    return noisy


def noise_of_sky(band: int, sky: float) -> float:
    """Return the deviation of a pixel of empty sky, nanomaggies."""
    variance = sky / NMGY[band] / _GAIN[band] + _DARK[band]
    return float(np.sqrt(variance) * NMGY[band])


def _binned(part: Part, sky: NDArray[np.float64], span: tuple[int, int], fine: int) -> Image:
    """Return light in a square of pixels, from the first to before the last of `span`."""
    count = span[1] - span[0]
    steps = np.arange(count * fine, dtype=np.float32)
    axis = (steps + np.float32(0.5)) / np.float32(fine) + np.float32(span[0] - 0.5)
    columns, rows = axis[None, :], axis[:, None]
    east = np.float32(sky[0, 0]) * columns + np.float32(sky[0, 1]) * rows
    north = np.float32(sky[1, 0]) * columns + np.float32(sky[1, 1]) * rows
    light = _surface(part, east, north)
    if fine == 1:
        return light
    binned: Image = light.reshape(count, fine, count, fine).mean(axis=(1, 3))
    return binned


def _surface(part: Part, east: Image, north: Image) -> Image:
    """Return relative surface brightness at places in arcsec from the centre."""
    turn = np.radians(part.angle)
    sine, cosine = np.float32(np.sin(turn)), np.float32(np.cos(turn))
    major = east * sine + north * cosine
    minor = (east * cosine - north * sine) * np.float32(1 / part.axis_ratio)
    square = (major**2 + minor**2 + np.float32(0.05**2)) * np.float32(part.radius**-2)
    light = np.exp(np.float32(-_exponent(part.sersic)) * square ** np.float32(0.5 / part.sersic))
    if part.arms:
        winding = np.arctan2(minor, major) - np.float32(1.6 * np.sign(part.arms)) * np.log(square)
        wave = np.cos(2 * winding) * np.minimum(square, 1)
        light *= 1 + np.float32(abs(part.arms)) * wave
    edge = (east**2 + north**2) * np.float32((_MIDDLE * PIXEL) ** -2)
    faded: Image = light * np.maximum(1 - edge**2, 0)
    return faded


def _exponent(sersic: float) -> float:
    """Return b_n of the Sersic profile (Ciotti & Bertin 1999, A&A 352, 447)."""
    return 2 * sersic - 1 / 3 + 4 / (405 * sersic) + 46 / (25515 * sersic**2)


_U = fft.rfftfreq(_STAMP).astype(np.float32)[None, :]
_V = fft.fftfreq(_STAMP).astype(np.float32)[:, None]
_SQUARE = _U**2 + _V**2


def _shift(right: float, up: float) -> Light:
    """Return what moves light by a number of pixels, (128, 65)."""
    across = np.exp(np.complex64(-2j * np.pi * right) * _U)
    along = np.exp(np.complex64(-2j * np.pi * up) * _V)
    both: Light = across * along
    return both


def _psf(sigma: float) -> Image:
    """Return the transform of a PSF with a Gaussian core and Gaussian wings."""
    core = np.exp(np.float32(-2 * (np.pi * sigma) ** 2) * _SQUARE)
    wings = np.exp(np.float32(-2 * (np.pi * sigma * _WING_WIDTH) ** 2) * _SQUARE)
    both: Image = np.float32(1 - _WING_SHARE) * core + np.float32(_WING_SHARE) * wings
    return both
