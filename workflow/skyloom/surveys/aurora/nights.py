"""Simulated nights: what is drawn once a night at a station, and varies slowly through it."""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

Field = NDArray[np.float32]

SIDEREAL_RATE = 7.2921e-5  # rad/s
_TILE = 256


@dataclass(frozen=True)
class Waves:
    """Smooth noise along one axis that drifts in time: a sum of sines, about -1 to 1."""

    numbers: NDArray[np.float32]  # rad per unit of length
    rates: NDArray[np.float32]  # rad/s
    phases: NDArray[np.float32]

    @classmethod
    def draw(cls, rng: Generator, shortest: float, longest: float, period: float) -> "Waves":
        """Draw five sines of wavelengths between two lengths, whose shape lasts about `period`."""
        lengths = np.exp(rng.uniform(np.log(shortest), np.log(longest), 5))
        turns = rng.uniform(-1, 1, 5) * 2 * np.pi / period
        phases = rng.uniform(0, 2 * np.pi, 5)
        return cls(*(part.astype(np.float32) for part in (2 * np.pi / lengths, turns, phases)))

    def at(self, place: Field, seconds: float) -> Field:
        """Return the noise at places, at a time."""
        total = np.zeros_like(place)
        for number, rate, phase in zip(self.numbers, self.rates, self.phases, strict=True):
            total += np.sin(number * place + (rate * np.float32(seconds) + phase))
        return total / np.float32(2.5)


@dataclass(frozen=True)
class Texture:
    """Periodic fractal noise over the ground, mean 0 and deviation 1."""

    tile: Field

    @classmethod
    def draw(cls, rng: Generator, slope: float) -> "Texture":
        """Draw noise of power spectrum 1 / f^(2 slope)."""
        frequency = np.hypot(np.fft.fftfreq(_TILE)[:, None], np.fft.rfftfreq(_TILE)[None, :])
        frequency[0, 0] = np.inf
        spectrum = np.fft.rfft2(rng.standard_normal((_TILE, _TILE))) / frequency**slope
        raw = np.fft.irfft2(spectrum, s=(_TILE, _TILE))
        return cls(((raw - raw.mean()) / raw.std()).astype(np.float32))

    def at(self, x: Field, y: Field, scale: float) -> Field:
        """Return the noise at places; the tile repeats after `scale` units of x and y."""
        u, v = x * np.float32(_TILE / scale), y * np.float32(_TILE / scale)
        left, low = np.floor(u), np.floor(v)
        a, b = u - left, v - low
        i, j = left.astype(np.int32) % _TILE, low.astype(np.int32) % _TILE
        more_i, more_j = (i + 1) % _TILE, (j + 1) % _TILE
        below = self.tile[j, i] * (1 - a) + self.tile[j, more_i] * a
        above = self.tile[more_j, i] * (1 - a) + self.tile[more_j, more_i] * a
        value: Field = below * (1 - b) + above * b
        return value


@dataclass(frozen=True)
class Night:
    """One night at a station; all of it follows from the seed and the name.

    Attributes:
        name: station and date; names the night's random stream.
        seed: of the study.
    """

    name: str
    seed: int

    def stream(self, part: str) -> Generator:
        """Return the generator of one part of the night."""
        return np.random.default_rng([self.seed, *f"{self.name}/{part}".encode()])


@cache
def stars(seed: int) -> NDArray[np.float64]:
    """Return the simulated star catalogue, (N, 3): right ascension, declination, counts."""
    rng = np.random.default_rng([seed, *b"stars"])
    count = 700
    brightness = np.minimum(260 * rng.pareto(1.25, count) + 120, 30000)
    declination = np.arcsin(rng.uniform(-0.3, 1, count))
    return np.stack([rng.uniform(0, 2 * np.pi, count), declination, brightness], axis=1)
