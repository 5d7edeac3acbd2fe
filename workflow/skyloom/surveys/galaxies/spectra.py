"""Spectra of simulated galaxies and stars, and their flux through ugriz.

Everything here is an analytic likeness, not a measurement: smooth continua through a few points for
an old, an intermediate and a young population, after the published means of elliptical, A-star and
irregular spectra (Coleman, Wu & Weedman 1980, ApJS 43, 393; Kinney et al. 1996, ApJ 467, 38), with
Gaussian emission lines; bandpasses with the centres and widths of the SDSS filters (Fukugita et al.
1996, AJ 111, 1748) and soft edges. A galaxy mixes the three, so types form a continuous sequence.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator

Curve = NDArray[np.float64]

_WAVELENGTH: Curve = np.arange(2800.0, 11200.0, 20.0)  # Angstrom, observed
_CENTRES = (3551.0, 4686.0, 6166.0, 7480.0, 8932.0)
_WIDTHS = (599.0, 1379.0, 1382.0, 1535.0, 1370.0)  # full width at half maximum
_R_BAND = 2
_PLANCK_KELVIN = 1.43878e8  # h c / k in Angstrom Kelvin
_PIVOT = 5500.0  # Angstrom, at rest

CONTINUA: Mapping[str, Mapping[float, float]] = {
    "old": {
        2000: 0.03, 2600: 0.07, 3000: 0.15, 3300: 0.23, 3600: 0.29, 3800: 0.32, 3920: 0.38,
        4060: 0.60, 4300: 0.69, 4600: 0.87, 5000: 0.95, 5500: 1.0, 6000: 1.03, 6500: 1.04,
        7000: 1.04, 7500: 1.03, 8200: 1.00, 9000: 0.94, 10000: 0.87, 11300: 0.77,
    },
    "middle": {
        2000: 0.35, 2600: 0.60, 3000: 0.75, 3600: 0.80, 3800: 1.05, 4000: 1.55, 4300: 1.52,
        4700: 1.32, 5000: 1.17, 5500: 1.0, 6200: 0.84, 7000: 0.70, 8000: 0.58, 9000: 0.47,
        10000: 0.39, 11300: 0.31,
    },
    "young": {
        2000: 3.6, 2600: 2.45, 3000: 1.95, 3500: 1.62, 3700: 1.60, 4000: 1.62, 4500: 1.38,
        5000: 1.17, 5500: 1.0, 6200: 0.80, 7000: 0.64, 8000: 0.50, 9000: 0.40, 10000: 0.33,
        11300: 0.26,
    },
}  # fmt: skip
"""Flux per wavelength at rest, relative to that at 5500 A, at wavelengths in Angstrom."""

LINES: Mapping[float, float] = {3727: 55, 4861: 11, 4959: 8, 5007: 24, 6563: 75, 6725: 25}
"""Equivalent widths in Angstrom, of the flux at 5500 A, of a wholly young population."""


@dataclass(frozen=True)
class Spectrum:
    """The light of a galaxy or of a part of it, at rest.

    Attributes:
        middle: share of the light at 5500 A from stars of about 1 Gyr.
        young: share from young stars; the rest is old.
        tilt: exponent of wavelength by which old light is redder (above 0) than its mean: metals.
        break_depth: by how much the 4000 A break of old light is deeper than its mean: age.
        lines: strength of the emission lines over that of their mean.
        extinction: in V by the galaxy's own dust, magnitudes.
        dust_slope: exponent of that extinction with wavelength. Stars lie in the dust, so it is
            greyer than before a single star.
    """

    middle: float = 0.0
    young: float = 0.0
    tilt: float = 0.0
    break_depth: float = 0.0
    lines: float = 1.0
    extinction: float = 0.0
    dust_slope: float = -0.9

    def at(self, wavelength: Curve) -> Curve:
        """Return the flux per wavelength at rest wavelengths in Angstrom, before its own dust."""
        position = np.log(wavelength / _PIVOT)
        below = 1 / (1 + np.exp((wavelength - 3980) / 45))
        old = np.exp(_continuum("old")(position) + self.tilt * position)
        flux: Curve = (1 - self.middle - self.young) * old * (1 - self.break_depth * below)
        flux = flux + self.middle * np.exp(_continuum("middle")(position))
        flux = flux + self.young * np.exp(_continuum("young")(position))
        for place, width in LINES.items():
            sigma = 25.0
            line = np.exp(-0.5 * ((wavelength - place) / sigma) ** 2) / (sigma * np.sqrt(2 * np.pi))
            flux = flux + self.young * self.lines * width * line
        return flux

    def dust(self, wavelength: Curve) -> Curve:
        """Return the share of the light at rest wavelengths that leaves the galaxy."""
        share: Curve = 10 ** (-0.4 * self.extinction * (wavelength / _PIVOT) ** self.dust_slope)
        return share


def galaxy_flux(spectrum: Spectrum, redshift: float) -> Curve:
    """Return relative ugriz flux (5,) per frequency of a galaxy, 1 in rest-frame r without dust.

    The dimming that redshift brings besides distance (1 + z, band against band) is in it.
    """
    emitted = _WAVELENGTH / (1 + redshift)
    seen = _through(spectrum.at(emitted) * spectrum.dust(emitted) / (1 + redshift))
    rest: Curve = _through(spectrum.at(_WAVELENGTH))
    flux: Curve = seen / rest[_R_BAND]
    return flux


def star_flux(temperature: float) -> Curve:
    """Return relative ugriz flux (5,) per frequency of a black body, 1 in r."""
    radiance = _WAVELENGTH**-5 / np.expm1(_PLANCK_KELVIN / (_WAVELENGTH * temperature))
    flux = _through(radiance)
    relative: Curve = flux / flux[_R_BAND]
    return relative


def _through(flux: Curve) -> Curve:
    """Return the mean flux per frequency (5,) in each band, as a photon counter weighs it."""
    mean: Curve = _weights() @ flux
    return mean


@cache
def _weights() -> Curve:
    """Return what each wavelength adds to the mean flux per frequency of each band."""
    bands = _bandpasses()
    weights: Curve = bands * _WAVELENGTH / (bands / _WAVELENGTH).sum(axis=1, keepdims=True)
    return weights


@cache
def _bandpasses() -> Curve:
    """Return transmissions (5, wavelengths): 1 within the width, with edges 60 A soft."""
    centres, widths = np.array(_CENTRES)[:, None], np.array(_WIDTHS)[:, None]
    beyond = np.abs(_WAVELENGTH - centres) - widths / 2
    transmission: Curve = 1 / (1 + np.exp(np.clip(beyond / 60, -50, 50)))
    return transmission


@cache
def _continuum(name: str) -> PchipInterpolator:
    """Return the logarithm of a population's flux over that of wavelength / 5500 A."""
    points = CONTINUA[name]
    return PchipInterpolator(np.log(np.array(list(points)) / _PIVOT), np.log(list(points.values())))
