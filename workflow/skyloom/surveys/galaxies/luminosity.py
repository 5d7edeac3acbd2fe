"""How luminous and how far the galaxies of a magnitude-limited sample are, and how large.

A Schechter luminosity function for each of two types (slopes and magnitudes after Blanton et al.
2003, ApJ 592, 819, and the split by colour of Baldry et al. 2004, ApJ 600, 681), in the comoving
volume of the Planck 2018 cosmology, under the cut of the Main Galaxy Sample. Half-light radii have
the mean and the scatter of Shen et al. 2003, MNRAS 343, 978.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
from astropy.cosmology import Planck18
from numpy.random import Generator
from numpy.typing import NDArray

Curve = NDArray[np.float64]

FAINTEST, BRIGHTEST = 17.77, 14.0
"""Limits of r before the Milky Way's dust, magnitudes: Strauss et al. 2002, AJ 124, 1810."""
_EVOLUTION = 1.2
"""Magnitudes by which galaxies were brighter at redshift 1."""
_MARGIN = 0.15
"""Magnitudes below the limit that are proposed, for galaxies whose own spectrum lifts them."""
_REDSHIFTS: Curve = np.linspace(0.005, 0.4, 396)
_ABSOLUTE: Curve = np.arange(-24.5, -15.0, 0.02)


@dataclass(frozen=True)
class LuminosityFunction:
    """A Schechter function of absolute r magnitudes (h = 0.7).

    Attributes:
        knee: magnitude M*.
        slope: faint-end exponent alpha.
    """

    knee: float
    slope: float

    def density(self) -> Curve:
        """Return relative numbers a magnitude at the tabulated magnitudes."""
        light = 10 ** (0.4 * (self.knee - _ABSOLUTE))
        numbers: Curve = light ** (self.slope + 1) * np.exp(-light)
        return numbers


EARLY = LuminosityFunction(-21.5, -0.5)
LATE = LuminosityFunction(-21.25, -1.15)


def draw_place(rng: Generator, function: LuminosityFunction) -> tuple[float, float]:
    """Draw redshift and absolute r magnitude of a galaxy that may pass the cut of the sample.

    Neither dust nor the shift of the spectrum is known here; who does rejects what is too faint.
    """
    number = np.searchsorted(_redshift_shares(function), rng.uniform())
    redshift = float(_REDSHIFTS[number] + rng.uniform(-0.5, 0.5) * (_REDSHIFTS[1] - _REDSHIFTS[0]))
    cumulative = _cumulative(function)
    at_redshift = _ABSOLUTE + _EVOLUTION * redshift
    low, high = np.interp(_limits(redshift), at_redshift, cumulative)
    absolute = np.interp(rng.uniform(low, high), cumulative, _ABSOLUTE)
    return redshift, float(absolute) - _EVOLUTION * redshift


def distance_modulus(redshift: float) -> float:
    """Return apparent minus absolute magnitude, without the shift of the spectrum."""
    return float(np.interp(redshift, *_table("modulus")))


def kpc_per_arcsec(redshift: float) -> float:
    """Return the length that an arcsec spans at the angular diameter distance."""
    return float(np.interp(redshift, *_table("scale")))


def radius_kpc(absolute: float, early: bool) -> float:
    """Return the mean half-light radius in kpc of galaxies of an absolute r magnitude."""
    if early:
        return float(10 ** (-0.24 * absolute - 4.63))
    knee = np.log10(1 + 10 ** (-0.4 * (absolute + 20.91)))
    return float(10 ** (-0.4 * 0.26 * absolute + 0.25 * knee - 1.71))


def radius_scatter(absolute: float) -> float:
    """Return the scatter of ln radius about that mean; it shrinks with luminosity."""
    return float(0.25 + 0.23 / (1 + 10 ** (-0.8 * (absolute + 20.52))))


def _limits(redshift: float) -> Curve:
    modulus = distance_modulus(redshift)
    limits: Curve = np.array([BRIGHTEST - 0.8, FAINTEST + _MARGIN]) - modulus
    return limits


@cache
def _table(name: str) -> tuple[Curve, Curve]:
    redshifts = np.linspace(0.002, 0.42, 600)
    if name == "modulus":
        return redshifts, Planck18.distmod(redshifts).value
    return redshifts, Planck18.kpc_proper_per_arcmin(redshifts).value / 60


@cache
def _cumulative(function: LuminosityFunction) -> Curve:
    summed = np.cumsum(function.density())
    shares: Curve = summed / summed[-1]
    return shares


@cache
def _redshift_shares(function: LuminosityFunction) -> Curve:
    """Return the share of the proposals up to each redshift: volume times what is bright enough."""
    volume = Planck18.differential_comoving_volume(_REDSHIFTS).value
    cumulative = _cumulative(function)
    bright = [
        np.diff(np.interp(_limits(redshift), _ABSOLUTE + _EVOLUTION * redshift, cumulative))[0]
        for redshift in _REDSHIFTS
    ]
    summed = np.cumsum(volume * np.array(bright))
    shares: Curve = summed / summed[-1]
    return shares
