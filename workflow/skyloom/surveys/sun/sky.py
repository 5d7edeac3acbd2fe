"""Simulated full disks: what a magnetograph at L1 sees of fragments, network and noise."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
from astropy.wcs import WCS
from numpy.random import Generator
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from skyloom.surveys.sun.bipoles import Fragments

Field = NDArray[np.float64]

_CELLS = 2
"""Cells of the network map a degree."""

_TURN_DAYS = 12.0
"""Period in which the two network maps take turns: the pattern is new after a quarter of it."""


@dataclass(frozen=True)
class View:
    """Where every pixel of the visible disk lies on the Sun.

    Attributes:
        on_disk: (H, W), which pixels the arrays below belong to.
        longitudes, latitudes: (N,), Carrington, degrees.
        cosines: (N,), of the angle between the line of sight and the vertical.
    """

    on_disk: NDArray[np.bool_]
    longitudes: Field
    latitudes: Field
    cosines: Field


def view_disk(wcs: WCS, size: int, longitude: float, latitude: float, distance: float) -> View:
    """Return where each pixel's line of sight meets the Sun (angles in degrees, radii)."""
    rows, columns = np.mgrid[0:size, 0:size]
    east_west, south_north = wcs.wcs_pix2world(columns.ravel(), rows.ravel(), 0)
    tx, ty = np.radians((east_west + 180) % 360 - 180), np.radians(south_north)
    sight = np.array([np.cos(ty) * np.sin(tx), np.sin(ty), -np.cos(ty) * np.cos(tx)])
    root = (distance * sight[2]) ** 2 - distance**2 + 1
    hit = root > 0
    far = -distance * sight[2][hit] - np.sqrt(root[hit])
    x, y, z = far * sight[:, hit] + np.array([[0], [0], [distance]])
    tilt = np.radians(latitude)
    north = y * np.cos(tilt) + z * np.sin(tilt)
    depth = z * np.cos(tilt) - y * np.sin(tilt)
    return View(
        on_disk=hit.reshape(size, size),
        longitudes=longitude + np.degrees(np.arctan2(x, depth)),
        latitudes=np.degrees(np.arcsin(np.clip(north, -1, 1))),
        cosines=-(sight[:, hit] * np.array([x, y, z])).sum(axis=0),
    )


class Network:
    """The quiet Sun's mixed polarities, which move with it and change over days."""

    def __init__(self, rng: Generator, gauss: float) -> None:
        self._maps = [self._draw(rng) * gauss for _ in range(2)]

    def at(self, view: View, time: datetime) -> Field:
        """Return the radial field (N,) at the places of a view, gauss."""
        rows = np.clip((view.latitudes + 90) * _CELLS, 0, 180 * _CELLS - 1).astype(int)
        columns = (view.longitudes * _CELLS).astype(int) % (360 * _CELLS)
        phase = 2 * np.pi * time.timestamp() / 86400 / _TURN_DAYS
        old, new = (chart[rows, columns] for chart in self._maps)
        field: Field = old * np.cos(phase) + new * np.sin(phase)
        return field

    def _draw(self, rng: Generator) -> Field:
        white = rng.standard_normal((180 * _CELLS, 360 * _CELLS))
        smooth = gaussian_filter(white, 1.2, mode="wrap")
        peaked = np.sign(smooth) * np.abs(smooth) ** 1.8  # few strong knots, as in the real network
        chart: Field = peaked / peaked.std()
        return chart


def active_field(view: View, pieces: Fragments) -> Field:
    """Return the radial field (N,) of one region's fragments, gauss."""
    field = np.zeros(len(view.longitudes))
    middle = float(np.mean(pieces.longitudes))
    away = (view.longitudes - middle + 180) % 360 - 180
    near = np.flatnonzero(
        (np.abs(away) < 12) & (np.abs(view.latitudes - np.mean(pieces.latitudes)) < 10)
    )
    squeeze = np.cos(np.radians(view.latitudes[near]))
    for longitude, latitude, peak in zip(
        pieces.longitudes - middle, pieces.latitudes, pieces.peaks, strict=True
    ):
        apart = ((away[near] - longitude) * squeeze) ** 2 + (view.latitudes[near] - latitude) ** 2
        field[near] += peak * np.exp(-apart / (2 * pieces.size**2))
    return field


def expose(view: View, radial: Field, rng: Generator, noise: float) -> NDArray[np.float32]:
    """Return the line-of-sight image (H, W), gauss, NaN off the disk; noise grows at the limb."""
    seen = radial * view.cosines + rng.normal(0, noise, len(radial)) * (2 - view.cosines)
    image = np.full(view.on_disk.shape, np.nan, dtype=np.float32)
    image[view.on_disk] = seen
    return image
