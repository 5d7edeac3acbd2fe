"""Simulated galaxies: what they are, before anything is drawn.

Absolute magnitudes, sizes and types follow the local luminosity function, the size-luminosity
relation and the morphological mix in outline only; each galaxy passes the cut of the Main Galaxy
Sample (r before dust at most 17.77).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from astropy.cosmology import Planck18
from numpy.random import Generator
from numpy.typing import NDArray

from skyloom.surveys.galaxies.spectra import galaxy_flux

_FAINTEST = 17.77
_BRIGHTEST = 14.0
_SHARES = {"elliptical": 0.35, "spiral": 0.40, "edge-on": 0.17, "merger": 0.08}
_KINDS: Mapping[str, tuple[str, ...]] = {
    "elliptical": ("elliptical",),
    "spiral": ("Sbc", "Scd"),
    "edge-on": ("Sbc", "Scd"),
    "merger": ("Scd",),
}
_AXIS_RATIOS: Mapping[str, tuple[float, float]] = {
    "elliptical": (0.6, 1.0),
    "spiral": (0.55, 1.0),
    "edge-on": (0.12, 0.24),
    "merger": (0.5, 0.9),
}
_REDSHIFTS = np.linspace(0.01, 0.4, 400)
_MODULI = Planck18.distmod(_REDSHIFTS).value
_KPC_PER_ARCSEC = Planck18.kpc_proper_per_arcmin(_REDSHIFTS).value / 60


@dataclass(frozen=True)
class Galaxy:
    """One simulated galaxy.

    Attributes:
        redshift: true, without the catalogue's error.
        morphology: elliptical, spiral, edge-on or merger.
        kind: name of its spectrum; see `skyloom.surveys.galaxies.spectra.TEMPLATES`.
        flux: in u, g, r, i, z before dust, nanomaggies.
        radius: half-light radius along the major axis, arcsec.
        sersic: Sersic index, 4 or 1.
        axis_ratio: minor over major axis.
        angle: of the major axis, degrees from north through east.
        arms: strength of spiral arms; the sign says which way they wind.
    """

    redshift: float
    morphology: str
    kind: str
    flux: NDArray[np.float64]
    radius: float
    sersic: int
    axis_ratio: float
    angle: float
    arms: float

    @property
    def magnitude(self) -> float:
        """Apparent magnitude in r before dust."""
        return float(22.5 - 2.5 * np.log10(self.flux[2]))


def draw_galaxy(rng: Generator) -> Galaxy:
    """Draw one galaxy that the Main Galaxy Sample would hold."""
    morphology = str(rng.choice(list(_SHARES), p=list(_SHARES.values())))
    kind = str(rng.choice(_KINDS[morphology]))
    redshift, absolute, flux = _draw_light(rng, kind)
    kpc = 4.5 * 10 ** (-0.2 * (absolute + 21.2)) * rng.lognormal(0, 0.2)
    return Galaxy(
        redshift=redshift,
        morphology=morphology,
        kind=kind,
        flux=flux,
        radius=float(kpc / np.interp(redshift, _REDSHIFTS, _KPC_PER_ARCSEC)),
        sersic=4 if morphology == "elliptical" else 1,
        axis_ratio=float(rng.uniform(*_AXIS_RATIOS[morphology])),
        angle=float(rng.uniform(0, 180)),
        arms=float(rng.uniform(0.5, 0.9) * rng.choice([-1, 1])) if morphology == "spiral" else 0.0,
    )


def _draw_light(rng: Generator, kind: str) -> tuple[float, float, NDArray[np.float64]]:
    """Draw redshift and absolute r until the galaxy is bright enough; return them with the flux."""
    faint = -21.3 if kind == "elliptical" else -20.8
    while True:
        redshift = float(0.32 * rng.uniform() ** 0.7 + 0.01)
        absolute = float(rng.normal(faint - 2.0 * redshift, 0.7))
        magnitude = absolute + float(np.interp(redshift, _REDSHIFTS, _MODULI))
        flux = 10 ** ((22.5 - magnitude) / 2.5) * galaxy_flux(kind, redshift)
        seen = 22.5 - 2.5 * np.log10(flux[2])
        if _BRIGHTEST <= seen <= _FAINTEST:
            return redshift, absolute, flux


def extinction_map(ra: float, dec: float, seed: int) -> float:
    """Return E(B-V) at a place (degrees): a smooth map between 0.01 and 0.2 mag."""
    rng = np.random.default_rng([seed, *b"dust"])
    waves, phases = rng.uniform(-0.12, 0.12, (4, 2)), rng.uniform(0, 2 * np.pi, 4)
    swing = np.sin(waves @ np.array([ra, dec]) + phases).mean()
    return float(0.01 + 0.19 * (0.5 + 0.5 * swing) ** 2)
