"""Simulated active regions: bipoles that emerge, spread, turn with the Sun and decay."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from skyloom.surveys.sun.catalogue import EMERGENCE, NON_EMERGENCE
from skyloom.surveys.sun.times import SYNODIC_DAYS, central_longitude

Places = NDArray[np.float64]

_LIMB_DAYS = SYNODIC_DAYS / 4
"""From the east limb to the central meridian."""

_MARGIN_DAYS = 7.0
"""Passages whose middle is nearer to the ends of a season would be cut short."""

_APART = 16.0
"""Degrees of longitude between regions of one hemisphere, so that patches hold one each."""

_ANTI_HALE = 0.05
_FRAGMENTS = 7


@dataclass(frozen=True)
class Bipole:
    """One active region.

    Attributes:
        emergence: UTC of its first flux.
        passage: UTC when its place crosses the central meridian.
        latitude, longitude: of its middle at the passage (Carrington), degrees.
        peak: largest field of a fragment, gauss.
        size: deviation of a fragment, degrees.
        separation: of the poles when full-grown, degrees.
        tilt: of the axis to the parallel, degrees; positive = leading pole nearer to the equator.
        leading: polarity of the western pole, 1 or -1.
        growth_days, decay_days: rise to the full flux, and e-folding time after it.
        scatter: (2, fragments, 2) offsets of the poles' fragments, degrees; the following pole,
            the second, is the more dispersed.
        weights: (2, fragments), peaks of the fragments as shares of `peak`.
    """

    name: str
    kind: str
    emergence: datetime
    passage: datetime
    latitude: float
    longitude: float
    peak: float
    size: float
    separation: float
    tilt: float
    leading: int
    growth_days: float
    decay_days: float
    scatter: Places
    weights: Places


@dataclass(frozen=True)
class Fragments:
    """Gaussian pieces of flux at one time: places in degrees, signed peaks in gauss."""

    longitudes: Places
    latitudes: Places
    peaks: Places
    size: float


def draw_bipoles(
    rng: Generator, first: datetime, last: datetime, count: int, emerging: float, prefix: str
) -> list[Bipole]:
    """Draw the regions of a season of frames, apart from each other, in order of their passage."""
    passages = _draw_passages(rng, first, last, count)
    return [
        _draw_bipole(rng, f"{prefix}{number:02d}", passage, north, rng.uniform() < emerging)
        for number, (passage, north) in enumerate(passages, start=1)
    ]


def growth(bipole: Bipole, time: datetime) -> float:
    """Return the flux at a time, as a share of the full flux: smooth rise, slow decay."""
    age = (time - bipole.emergence).total_seconds() / 86400
    rise = float(np.clip(age / bipole.growth_days, 0, 1))
    decay = float(np.exp(-max(age - bipole.growth_days, 0) / bipole.decay_days))
    return rise**2 * (3 - 2 * rise) * decay


def fragments(bipole: Bipole, time: datetime) -> Fragments:
    """Return the pieces of a region's flux at a time, carried by differential rotation."""
    share = growth(bipole, time)
    age = max((time - bipole.emergence).total_seconds() / 86400, 0.0)
    apart = bipole.separation * min(1.0, 0.25 + 0.75 * (age / bipole.growth_days) ** 0.5)
    tilt = np.radians(bipole.tilt)
    west = np.array([0.5, -0.5]) * apart * np.cos(tilt)  # leading, following
    pole = np.array([-0.5, 0.5]) * apart * np.sin(tilt) * np.sign(bipole.latitude)
    spread = 1 + 0.02 * age
    north = bipole.latitude + pole[:, None] + bipole.scatter[:, :, 1] * spread
    stretch = np.cos(np.radians(bipole.latitude))
    east_west = (west[:, None] + bipole.scatter[:, :, 0] * spread) / stretch
    days = (time - bipole.passage).total_seconds() / 86400
    drift = (sidereal_rate(bipole.latitude) - 360 / 25.38) * days
    signs = np.array([bipole.leading, -bipole.leading])[:, None]
    return Fragments(
        longitudes=(bipole.longitude + drift + east_west).ravel(),
        latitudes=north.ravel(),
        peaks=(signs * bipole.weights * bipole.peak * share).ravel(),
        size=bipole.size,
    )


def sidereal_rate(latitude: float) -> float:
    """Return the rotation of magnetic features, degrees a day (Snodgrass 1983, ApJ 270, 288)."""
    sine = np.sin(np.radians(latitude)) ** 2
    return float(14.366 - 2.297 * sine - 1.624 * sine**2)


def _draw_passages(
    rng: Generator, first: datetime, last: datetime, count: int
) -> Sequence[tuple[datetime, bool]]:
    """Return times of meridian passage and hemispheres (north or not), in time."""
    margin = timedelta(days=_MARGIN_DAYS)
    span = (last - first - 2 * margin).total_seconds() / 86400
    least = _APART * SYNODIC_DAYS / 360
    taken: dict[bool, list[float]] = {True: [], False: []}
    for _ in range(200 * count):
        north, day = bool(rng.uniform() < 0.5), float(rng.uniform(0, max(span, 0.0)))
        if all(abs(day - other) > least for other in taken[north]):
            taken[north].append(day)
        if sum(map(len, taken.values())) == count:
            break
    places = sorted((day, north) for north, days in taken.items() for day in days)
    return [(first + margin + timedelta(days=day), north) for day, north in places]


def _draw_bipole(
    rng: Generator, name: str, passage: datetime, north: bool, emerges: bool
) -> Bipole:
    latitude = float(np.clip(rng.normal(17, 6), 6, 32)) * (1 if north else -1)
    days = rng.uniform(-6.3, 4.0) if emerges else -_LIMB_DAYS - rng.uniform(1.5, 6.0)
    hale = 1 if north else -1  # odd cycles such as 23: leading positive in the north
    leading = -hale if rng.uniform() < _ANTI_HALE else hale
    joy = 32.1 * np.sin(np.radians(abs(latitude)))  # Stenflo and Kosovichev 2012, ApJ 745, 129
    strength = float(rng.lognormal(0, 0.45))
    return Bipole(
        name=name,
        kind=EMERGENCE if emerges else NON_EMERGENCE,
        emergence=passage + timedelta(days=float(days)),
        passage=passage,
        latitude=latitude,
        longitude=central_longitude(passage),
        peak=650 * strength**0.5,
        size=0.6 * strength**0.25,
        separation=float(rng.uniform(3.5, 6.0)) * strength**0.4,
        tilt=float(rng.normal(joy, 15)),
        leading=leading,
        growth_days=float(rng.uniform(1.2, 3.0)),
        decay_days=float(rng.uniform(8, 20)),
        scatter=rng.normal(0, 1, (2, _FRAGMENTS, 2)) * np.array([0.7, 1.3])[:, None, None],
        weights=rng.uniform(0.15, 1.0, (2, _FRAGMENTS)) * np.array([1.0, 0.75])[:, None],
    )
