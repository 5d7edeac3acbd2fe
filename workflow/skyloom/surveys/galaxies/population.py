"""Simulated galaxies: what they are, before anything is drawn.

A galaxy is a bulge of old stars, a disk of mixed ones, or both. What sets its colour at a redshift
shows in its form too, as in real ones: early types are rounder, steeper and redder; redder disks
hold larger bulges; a disk seen from the edge is reddened by its own dust; at one luminosity compact
ellipticals are redder. So colours alone confuse type, inclination and redshift, and images help.
Each galaxy passes the cut of the Main Galaxy Sample (r before the Milky Way's dust at most 17.77).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from skyloom.surveys.galaxies.luminosity import (
    BRIGHTEST,
    EARLY,
    FAINTEST,
    LATE,
    distance_modulus,
    draw_place,
    kpc_per_arcsec,
    radius_kpc,
    radius_scatter,
)
from skyloom.surveys.galaxies.spectra import Spectrum, galaxy_flux

_EARLY_SHARE, _MERGER_SHARE = 0.42, 0.07
"""Shares of early types and of mergers among the galaxies proposed."""
_THICKNESS = 0.16
"""Axis ratio of a disk seen from the edge."""
_EDGE_ON = 0.33
"""Axis ratio below which people call a disk edge-on."""


@dataclass(frozen=True)
class Part:
    """The bulge, the disk or the companion of a galaxy.

    Attributes:
        flux: in u, g, r, i, z before the Milky Way's dust, nanomaggies.
        radius: half-light radius along the major axis, arcsec.
        sersic: Sersic index.
        axis_ratio: minor over major axis.
        angle: of the major axis, degrees from north through east.
        arms: strength of spiral arms; the sign says which way they wind.
        place: of its centre from the galaxy's, arcsec to east and north.
    """

    flux: NDArray[np.float64]
    radius: float
    sersic: float
    axis_ratio: float
    angle: float
    arms: float = 0.0
    place: tuple[float, float] = (0.0, 0.0)


@dataclass(frozen=True)
class Galaxy:
    """One simulated galaxy.

    Attributes:
        redshift: true, without the catalogue's error.
        morphology: elliptical, spiral, edge-on or merger.
        absolute: magnitude in r at rest, before its own dust.
        young: share of the light from young stars.
        extinction: in V by its own dust, magnitudes.
        parts: the largest first.
    """

    redshift: float
    morphology: str
    absolute: float
    young: float
    extinction: float
    parts: Sequence[Part]

    @property
    def flux(self) -> NDArray[np.float64]:
        """Flux of all parts in u, g, r, i, z before the Milky Way's dust, nanomaggies."""
        total: NDArray[np.float64] = np.sum([part.flux for part in self.parts], axis=0)
        return total

    @property
    def magnitude(self) -> float:
        """Apparent magnitude in r before the Milky Way's dust."""
        return float(22.5 - 2.5 * np.log10(self.flux[2]))

    @property
    def bulge_share(self) -> float:
        """Share of the bulge in the r flux: 1 for an elliptical."""
        bulge = sum(part.flux[2] for part in self.parts if part.sersic > 1)
        return float(bulge / self.flux[2])


def draw_galaxy(rng: Generator) -> Galaxy:
    """Draw one galaxy that the Main Galaxy Sample would hold."""
    while True:
        early = rng.uniform() < _EARLY_SHARE
        redshift, absolute = draw_place(rng, EARLY if early else LATE)
        galaxy = (_early if early else _late)(rng, redshift, absolute)
        if BRIGHTEST <= galaxy.magnitude <= FAINTEST:
            return galaxy


def _early(rng: Generator, redshift: float, absolute: float) -> Galaxy:
    """Return an elliptical on the red sequence: redder when luminous, and when compact."""
    size = float(rng.normal(0, radius_scatter(absolute)))  # ln of the radius over its mean
    young = float(min(rng.exponential(0.012), 0.15))
    metals = -0.07 * (absolute + 21) - 0.15 * size + rng.normal(0, 0.08)
    age = -0.01 * (absolute + 21) - 0.04 * size + rng.normal(0, 0.05)
    dust = float(min(rng.exponential(0.06), 0.5))
    middle = float(min(rng.exponential(0.04) + young, 0.4))
    spectrum = Spectrum(middle, young, metals, age, 1, dust)
    sersic = np.clip(3.9 - 0.5 * (absolute + 21) - 6 * young + rng.normal(0, 0.6), 2, 7)
    ratio = float(np.clip(1 - abs(rng.normal(0, 0.27)), 0.4, 1))
    kpc = radius_kpc(absolute, early=True) * np.exp(size)
    flux = _flux(spectrum, redshift, absolute)
    part = _part(flux, kpc / np.sqrt(ratio), redshift, float(sersic), ratio, _angle(rng))
    return Galaxy(redshift, "elliptical", absolute, young, dust, [part])


def _late(rng: Generator, redshift: float, absolute: float) -> Galaxy:
    """Return a disk with a bulge: luminous ones are redder, dustier and hold larger bulges."""
    merger = rng.uniform() < _MERGER_SHARE / (1 - _EARLY_SHARE)
    lateness = float(np.clip(0.48 + 0.11 * (absolute + 20.8) + rng.normal(0, 0.2), 0, 1))
    share = float(np.clip(0.55 * (1 - lateness) ** 1.5 + rng.normal(0, 0.06), 0.01, 0.75))
    cosine = rng.uniform()
    ratio = float(np.sqrt(cosine**2 * (1 - _THICKNESS**2) + _THICKNESS**2))
    dust = _own_dust(rng, absolute, lateness, ratio)
    disk = _disk_light(rng, lateness + 0.25 * merger, dust)
    old = Spectrum(0.05, 0.0, rng.normal(0, 0.09), rng.normal(0, 0.05), 1, 0.5 * dust)
    dimmed = [absolute - 2.5 * np.log10(part) for part in (1 - share, share)]
    fluxes = [_flux(disk, redshift, dimmed[0]), _flux(old, redshift, dimmed[1])]
    kpc = 1.15 * radius_kpc(absolute, early=False) * rng.lognormal(0, radius_scatter(absolute))
    angle = _angle(rng)
    kind = "merger" if merger else "edge-on" if ratio < _EDGE_ON else "spiral"
    arms = _arms(rng, ratio, lateness) if kind == "spiral" else 0.0
    disk_part = _part(fluxes[0], kpc, redshift, 1.0, ratio, angle, arms)
    bulge_kpc, rounder = kpc * rng.uniform(0.12, 0.3), max(ratio, float(rng.uniform(0.55, 0.9)))
    bulge = _part(fluxes[1], bulge_kpc, redshift, float(rng.uniform(1.8, 4)), rounder, angle)
    parts = [disk_part, bulge, *([_companion(rng, disk_part)] if merger else [])]
    return Galaxy(redshift, kind, absolute, disk.young * (1 - share), dust, parts)


def _own_dust(rng: Generator, absolute: float, lateness: float, ratio: float) -> float:
    """Return extinction in V: more in luminous and middle types, and along a disk's plane."""
    amount = np.clip(1 - 0.25 * (absolute + 20.8), 0.3, 1.6) * (1 - 0.7 * lateness**2)
    face_on, slope = 0.22 * rng.lognormal(0, 0.5), 0.95 * rng.lognormal(0, 0.2)
    return float(amount * (face_on - slope * np.log10(ratio)))


def _disk_light(rng: Generator, lateness: float, dust: float) -> Spectrum:
    young = float(np.clip(0.05 + 0.5 * lateness * rng.lognormal(0, 0.25), 0.02, 0.75))
    middle = float(np.clip(rng.normal(0.22, 0.07), 0, 0.95 - young))
    metals, age = rng.normal(-0.1, 0.12), rng.normal(0, 0.05)
    lines, slope = float(rng.lognormal(0, 0.4)), float(rng.normal(-0.9, 0.2))
    return Spectrum(middle, young, metals, age, lines, dust, slope)


def _arms(rng: Generator, ratio: float, lateness: float) -> float:
    strength = rng.uniform(0.3, 0.9) * min(1.0, 0.5 + lateness) * min(1.0, ratio / 0.5)
    return float(strength * rng.choice([-1, 1]))


def _companion(rng: Generator, disk: Part) -> Part:
    """Return a second galaxy at the same distance, which the catalogue counts with the first."""
    share, away = rng.uniform(0.2, 0.7), disk.radius * rng.uniform(1.2, 2)
    turn = rng.uniform(0, 2 * np.pi)
    return Part(
        flux=share * disk.flux,
        radius=disk.radius * rng.uniform(0.4, 0.8),
        sersic=1.0,
        axis_ratio=float(rng.uniform(0.5, 1)),
        angle=_angle(rng),
        place=(float(away * np.sin(turn)), float(away * np.cos(turn))),
    )


def _part(
    flux: NDArray[np.float64],
    kpc: float,
    redshift: float,
    sersic: float,
    axis_ratio: float,
    angle: float,
    arms: float = 0.0,
) -> Part:
    return Part(flux, float(kpc / kpc_per_arcsec(redshift)), sersic, axis_ratio, angle, arms)


def _angle(rng: Generator) -> float:
    return float(rng.uniform(0, 180))


def _flux(spectrum: Spectrum, redshift: float, absolute: float) -> NDArray[np.float64]:
    """Return ugriz flux in nanomaggies of light of an absolute r magnitude at a redshift."""
    magnitude = absolute + distance_modulus(redshift)
    flux: NDArray[np.float64] = 10 ** ((22.5 - magnitude) / 2.5) * galaxy_flux(spectrum, redshift)
    return flux
