"""Fainter galaxies and stars around the galaxies of a simulated catalogue, at other distances."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from skyloom.surveys.galaxies.luminosity import FAINTEST
from skyloom.surveys.galaxies.population import Part
from skyloom.surveys.galaxies.spectra import Spectrum, galaxy_flux, star_flux

_DEEPEST = 21.5
_SLOPE = 0.4
"""Decades by which numbers rise with a magnitude."""
_STARS = 0.3
"""Share of stars."""


@dataclass(frozen=True)
class Faint:
    """A source of the backdrop.

    Attributes:
        flux: in u, g, r, i, z before the Milky Way's dust, nanomaggies.
        part: what it looks like; a star has none.
    """

    flux: NDArray[np.float64]
    part: Part | None


def draw_faint(rng: Generator) -> Faint:
    """Draw a star, or a galaxy fainter than the sample's cut, at the redshifts of its magnitude."""
    magnitude = _magnitude(rng)
    if rng.uniform() < _STARS:
        return Faint(_scaled(star_flux(rng.uniform(3600, 8000)), magnitude), None)
    redshift = float(np.clip((0.12 + 0.07 * (magnitude - 18)) * rng.lognormal(0, 0.35), 0.02, 0.6))
    young = float(np.clip(rng.normal(0.25, 0.2), 0, 0.8))
    spectrum = Spectrum(min(0.2, 1 - young), young, extinction=rng.uniform(0, 0.6))
    flux = _scaled(galaxy_flux(spectrum, redshift), magnitude)
    radius = float(1.6 * 10 ** (-0.1 * (magnitude - 18)) * rng.lognormal(0, 0.3))
    ratio, angle = float(rng.uniform(0.3, 1)), float(rng.uniform(0, 180))
    return Faint(flux, Part(flux, radius, 1.0, ratio, angle))


def draw_star(rng: Generator) -> NDArray[np.float64]:
    """Return ugriz flux (5,) of a field star, nanomaggies."""
    magnitude = 21.5 - 5.5 * rng.uniform() ** 2
    return _scaled(star_flux(rng.uniform(3600, 8500)), magnitude)


def _magnitude(rng: Generator) -> float:
    low, high = 10 ** (_SLOPE * np.array([FAINTEST, _DEEPEST]))
    return float(np.log10(rng.uniform(low, high)) / _SLOPE)


def _scaled(flux: NDArray[np.float64], magnitude: float) -> NDArray[np.float64]:
    """Return flux of a colour with an r magnitude."""
    scaled: NDArray[np.float64] = flux / flux[2] * 10 ** ((22.5 - magnitude) / 2.5)
    return scaled
