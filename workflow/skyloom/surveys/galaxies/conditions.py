"""How a simulated field was observed: seeing, sky and calibration of each band, and its dust."""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from skyloom.surveys.galaxies.views import PIXEL, SEEING

Curve = NDArray[np.float64]

_WIDTH_PER_SIGMA = 2.3548
_SKY_MAGNITUDES = np.array([22.15, 21.85, 20.86, 20.20, 19.00])  # an arcsec^2
_CALIBRATION = np.array([0.015, 0.008, 0.008, 0.008, 0.008])
"""Scatter of the zero points: Padmanabhan et al. 2008, ApJ 674, 1217."""
_MEDIAN_EBV, _EBV_SPREAD, _WAVES = 0.03, 0.8, 32
"""Median of E(B-V), spread of its logarithm, and plane waves that make up the map."""


@dataclass(frozen=True)
class Conditions:
    """How one field was observed, in u, g, r, i, z.

    Attributes:
        seeing: sigma (5,) of the PSF's core, pixels.
        sky: brightness (5,) of the subtracted sky, nanomaggies a pixel.
        calibration: measured over true flux (5,).
    """

    seeing: Curve
    sky: Curve
    calibration: Curve


def draw_conditions(rng: Generator) -> Conditions:
    """Draw what a field may have met: seeing and sky of the night, and each band's own part."""
    bands = len(SEEING)
    median = np.array(SEEING) / _WIDTH_PER_SIGMA / PIXEL
    seeing = median * rng.lognormal(0, 0.1) * rng.lognormal(0, 0.05, bands)
    sky = 10 ** ((22.5 - _SKY_MAGNITUDES) / 2.5) * PIXEL**2
    sky = sky * rng.lognormal(0, 0.08) * rng.lognormal(0, 0.08, bands)
    return Conditions(seeing, sky, 1 + _CALIBRATION * rng.standard_normal(bands))


def extinction_map(ra: float, dec: float, seed: int) -> float:
    """Return E(B-V) at a place (degrees), mag: lognormal over the sky, smooth over degrees."""
    declination, ascension = np.radians(dec), np.radians(ra)
    place = np.array(
        [
            np.cos(declination) * np.cos(ascension),
            np.cos(declination) * np.sin(ascension),
            np.sin(declination),
        ]
    )
    waves, phases = _dust_waves(seed)
    swing = np.sqrt(2 / _WAVES) * np.cos(waves @ place + phases).sum()
    return float(_MEDIAN_EBV * np.exp(_EBV_SPREAD * swing))


@cache
def _dust_waves(seed: int) -> tuple[Curve, Curve]:
    """Return wave vectors (N, 3) on the unit sphere and phases (N,): 4 to 60 degrees long."""
    rng = np.random.default_rng([seed, *b"dust"])
    ways = rng.standard_normal((_WAVES, 3))
    ways /= np.linalg.norm(ways, axis=1, keepdims=True)
    lengths = np.radians(np.geomspace(4, 60, _WAVES))
    return ways * (2 * np.pi / lengths)[:, None], rng.uniform(0, 2 * np.pi, _WAVES)
