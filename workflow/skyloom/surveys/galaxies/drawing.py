"""Drawing of simulated galaxies and stars, and the noise of the SDSS camera.

Sky brightness, gain and calibration are typical of an SDSS field, not of any one.
"""

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from skyloom.surveys.galaxies.population import Galaxy

Image = NDArray[np.float64]

PIXEL = 0.396
"""Side of a pixel, arcsec."""
NMGY = np.array([0.0103, 0.0038, 0.0051, 0.0068, 0.0310])
"""Nanomaggies per count in u, g, r, i, z."""
_GAIN = np.array([1.6, 3.9, 4.7, 4.6, 4.9])  # electrons per count
_DARK = np.array([9.3, 1.9, 1.1, 7.8, 0.8])  # variance of dark and readout, counts^2
_SKY = 10 ** ((22.5 - np.array([22.15, 21.85, 20.86, 20.20, 19.00])) / 2.5) * PIXEL**2
_SEEING = np.array([1.45, 1.37, 1.25, 1.18, 1.20])  # full width at half maximum, arcsec
_STAMP, _FINE = 128, 3
_LIGHT_IN_HALF = {1: 1.678, 4: 7.669}  # b_n of the Sersic profile


def draw_seeing(rng: Generator) -> NDArray[np.float64]:
    """Return the sigma (5,) of a Gaussian PSF in u, g, r, i, z, pixels."""
    sigma: NDArray[np.float64] = _SEEING * rng.lognormal(0, 0.08) / 2.3548 / PIXEL
    return sigma


def profile(galaxy: Galaxy, sky: Image) -> Image:
    """Return the light of a galaxy (128, 128), centred on pixel 64, 64, with sum 1.

    Args:
        galaxy: what to draw.
        sky: (2, 2) matrix that takes (column, row) in pixels to (east, north) in arcsec.
    """
    fine = (np.arange(_STAMP * _FINE) + 0.5) / _FINE - _STAMP / 2 - 0.5
    columns, rows = np.meshgrid(fine, fine)
    east = sky[0, 0] * columns + sky[0, 1] * rows
    north = sky[1, 0] * columns + sky[1, 1] * rows
    light = _light(galaxy, east, north)
    if galaxy.morphology == "merger":
        away = galaxy.radius * 1.6
        light = light + 0.5 * _light(galaxy, 1.4 * (east - away), 1.4 * (north + 0.4 * away))
    binned = light.reshape(_STAMP, _FINE, _STAMP, _FINE).sum(axis=(1, 3))
    share: Image = binned / binned.sum()
    return share


def _light(galaxy: Galaxy, east: Image, north: Image) -> Image:
    turn = np.radians(galaxy.angle)
    major = east * np.sin(turn) + north * np.cos(turn)
    minor = (east * np.cos(turn) - north * np.sin(turn)) / galaxy.axis_ratio
    away = np.hypot(np.hypot(major, minor), 0.05) / galaxy.radius
    light: Image = np.exp(-_LIGHT_IN_HALF[galaxy.sersic] * away ** (1 / galaxy.sersic))
    if galaxy.arms:
        winding = np.arctan2(minor, major) - np.sign(galaxy.arms) * 3.2 * np.log(away + 0.2)
        light *= 1 + abs(galaxy.arms) * np.cos(2 * winding) * np.clip(away, 0, 1)
    edge = np.hypot(east, north) / (_STAMP / 2 * PIXEL)
    return light * np.clip(1 - edge**4, 0, 1)


def point() -> Image:
    """Return the light of a star (128, 128) on pixel 64, 64."""
    light = np.zeros((_STAMP, _STAMP))
    light[_STAMP // 2, _STAMP // 2] = 1
    return light


def add_source(
    image: Image, light: Image, flux: float, place: tuple[float, float], sigma: float
) -> None:
    """Add a source to an image in place.

    Args:
        image: (H, W), nanomaggies.
        light: of `profile` or `point`.
        flux: of all of it, nanomaggies.
        place: column and row of its centre, which may lie between pixels or outside.
        sigma: of the PSF, pixels.
    """
    column, row = (int(np.floor(value)) for value in place)
    stamp = flux * _blurred(light, place[0] - column, place[1] - row, sigma)
    top, left = row - _STAMP // 2, column - _STAMP // 2
    rows = slice(max(0, top), max(0, min(image.shape[0], top + _STAMP)))
    columns = slice(max(0, left), max(0, min(image.shape[1], left + _STAMP)))
    image[rows, columns] += stamp[
        rows.start - top : rows.stop - top, columns.start - left : columns.stop - left
    ]


def _blurred(light: Image, right: float, up: float, sigma: float) -> Image:
    """Shift by a part of a pixel and blur with a Gaussian, both exact in Fourier space."""
    u, v = np.fft.rfftfreq(_STAMP)[None, :], np.fft.fftfreq(_STAMP)[:, None]
    shift = np.exp(-2j * np.pi * (u * right + v * up))
    blur = np.exp(-2 * (np.pi * sigma) ** 2 * (u**2 + v**2))
    image: Image = np.fft.irfft2(np.fft.rfft2(light) * shift * blur, s=light.shape)
    return image


def add_noise(image: Image, band: int, rng: Generator) -> NDArray[np.float32]:
    """Return an image with the noise of photons, sky and electronics; the sky is subtracted."""
    counts = np.maximum(image + _SKY[band], 0) / NMGY[band]
    variance = counts / _GAIN[band] + _DARK[band]
    noise = rng.standard_normal(image.shape) * np.sqrt(variance) * NMGY[band]
    noisy: NDArray[np.float32] = (image + noise).astype(np.float32)
    return noisy
