"""Spectra of simulated galaxies and stars, and their flux through ugriz.

Everything here is an analytic likeness, not a measurement: templates of three power laws with the
4000 A break between two of them and Gaussian emission lines; bandpasses with the centres and widths
of the SDSS filters (Fukugita et al. 1996, AJ 111, 1748) and soft edges. Ellipticals redden with
redshift as the break moves through u, g and r, star-forming types less so; the demo needs no more.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

Curve = NDArray[np.float64]

_WAVELENGTH: Curve = np.arange(2800.0, 11200.0, 20.0)  # Angstrom, observed
_CENTRES = (3551.0, 4686.0, 6166.0, 7480.0, 8932.0)
_WIDTHS = (599.0, 1379.0, 1382.0, 1535.0, 1370.0)  # full width at half maximum
_R_BAND = 2
_PLANCK_KELVIN = 1.43878e8  # h c / k in Angstrom Kelvin


@dataclass(frozen=True)
class Template:
    """A spectrum at rest: flux per wavelength, relative to that at 5800 A.

    Attributes:
        ultraviolet: exponent of wavelength below 4000 A.
        optical: exponent between it and 5800 A.
        red: exponent above 5800 A.
        step: flux just below the break over that just above.
        lines: equivalent widths (of the flux at 5800 A) in Angstrom by wavelength.
    """

    ultraviolet: float
    optical: float
    red: float
    step: float
    lines: Mapping[float, float]

    def at(self, wavelength: Curve) -> Curve:
        """Return the flux at rest wavelengths in Angstrom."""
        above = (wavelength / 5800) ** np.where(wavelength < 5800, self.optical, self.red)
        below = self.step * (4000 / 5800) ** self.optical * (wavelength / 4000) ** self.ultraviolet
        rise = 1 / (1 + np.exp(-(wavelength - 3980) / 45))
        flux: Curve = below * (1 - rise) + above * rise
        for place, width in self.lines.items():
            sigma = 25.0
            line = np.exp(-0.5 * ((wavelength - place) / sigma) ** 2) / (sigma * np.sqrt(2 * np.pi))
            flux = flux + width * line
        return flux


TEMPLATES: Mapping[str, Template] = {
    "elliptical": Template(2.6, 0.75, -0.5, 0.52, {}),
    "Sbc": Template(1.0, 0.1, -0.8, 0.58, {3727: 12, 4861: 3, 5007: 3, 6563: 25}),
    "Scd": Template(-0.4, -0.7, -1.3, 0.64, {3727: 30, 4861: 9, 5007: 15, 6563: 60}),
}
"""Spectral types by the name of the galaxies they resemble."""


def galaxy_flux(kind: str, redshift: float) -> Curve:
    """Return relative ugriz flux (5,) per frequency of a galaxy, 1 in rest-frame r.

    The dimming that redshift brings besides distance (1 + z, band against band) is in it.
    """
    template = TEMPLATES[kind]
    seen = _through(template.at(_WAVELENGTH / (1 + redshift)) / (1 + redshift))
    rest: Curve = _through(template.at(_WAVELENGTH))
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
    bands = _bandpasses()
    photons = (bands * flux * _WAVELENGTH).sum(axis=1)
    flat: Curve = (bands / _WAVELENGTH).sum(axis=1)
    mean: Curve = photons / flat
    return mean


@cache
def _bandpasses() -> Curve:
    """Return transmissions (5, wavelengths): 1 within the width, with edges 60 A soft."""
    centres, widths = np.array(_CENTRES)[:, None], np.array(_WIDTHS)[:, None]
    beyond = np.abs(_WAVELENGTH - centres) - widths / 2
    transmission: Curve = 1 / (1 + np.exp(np.clip(beyond / 60, -50, 50)))
    return transmission
