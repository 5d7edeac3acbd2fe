"""A simulated all-sky camera: where its pixels look, and how light becomes counts."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

Field = NDArray[np.float32]  # (S, S)

EARTH_RADIUS = 6371.0
BIAS, GAIN, READ_NOISE, FULL = 2300.0, 2.0, 20.0, 65535
"""Counts of no light, counts per electron, read noise in counts, count of saturation.

Gain and noise are of the order seen in THEMIS frames of Gillam and Gakona.
"""


@dataclass(frozen=True)
class Camera:
    """A fish-eye camera that looks at the zenith, north up and east right.

    Attributes:
        size: side of its frames, in pixels.
    """

    size: int

    @cached_property
    def zenith_angle(self) -> Field:
        """Angle from the zenith in radians, proportional to the distance from the centre."""
        x, y = self._axes
        return (np.hypot(x, y) * (np.pi / 2)).astype(np.float32)

    @cached_property
    def azimuth(self) -> Field:
        """Angle from north over east, in radians."""
        x, y = self._axes
        return np.arctan2(x, y).astype(np.float32)

    @cached_property
    def _axes(self) -> tuple[Field, Field]:
        radius = 0.98 * self.size / 2
        axis = ((np.arange(self.size) - (self.size - 1) / 2) / radius).astype(np.float32)
        x, y = np.meshgrid(axis, -axis)
        return x, y

    @cached_property
    def sky(self) -> NDArray[np.bool_]:
        """Whether a pixel looks above the horizon."""
        above: NDArray[np.bool_] = self.zenith_angle < np.pi / 2
        return above

    def ground(self, height: float) -> tuple[Field, Field]:
        """Return x (east) and y (north) in km of where each pixel's ray passes `height` km."""
        elevation = np.maximum(np.pi / 2 - self.zenith_angle, 0)
        ratio = EARTH_RADIUS / (EARTH_RADIUS + height)
        distance = EARTH_RADIUS * (np.arccos(ratio * np.cos(elevation)) - elevation)
        return distance * np.sin(self.azimuth), distance * np.cos(self.azimuth)

    def van_rhijn(self, height: float) -> Field:
        """Return how much longer than at the zenith the path through a thin layer is."""
        sine = np.sin(np.minimum(self.zenith_angle, np.pi / 2))
        ratio = EARTH_RADIUS / (EARTH_RADIUS + height)
        return (1 / np.sqrt(1 - (ratio * sine) ** 2)).astype(np.float32)

    def expose(self, light: Field, rng: Generator) -> NDArray[np.uint16]:
        """Return the counts of a frame: vignetting, photon noise, read noise, bias, saturation.

        Args:
            light: counts above bias that a perfect lens would give, (S, S).
            rng: draws the noise.
        """
        vignetting = 1 - 0.45 * (self.zenith_angle / (np.pi / 2)) ** 2
        seen = np.where(self.sky, np.maximum(light, 0) * vignetting, 0).astype(np.float32)
        noise = rng.standard_normal(seen.shape, dtype=np.float32)
        counts = BIAS + seen + noise * np.sqrt(GAIN * seen + READ_NOISE**2)
        return np.asarray(np.clip(np.rint(counts), 0, FULL), dtype=np.uint16)
