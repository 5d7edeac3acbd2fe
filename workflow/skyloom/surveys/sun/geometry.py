"""Carrington patches: from heliographic places straight to the pixels of a full disk.

One vectorised map per patch and disk takes milliseconds where a generic reprojection of two frames
takes a second; the tests prove that both give the same numbers. Thompson 2006 (A&A 449, 791) has
the equations.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import map_coordinates

from skyloom.surveys.sun.disk import Disk
from skyloom.surveys.sun.settings import ReaderSettings

Grid = NDArray[np.float64]

_LIMB_PIXELS = 1.5
"""Pixels inside the limb that count as off the disk: interpolation would touch what lies beyond."""


@dataclass(frozen=True)
class Patch:
    """A window of a Carrington map; row 0 is the southernmost, column 0 the easternmost.

    Attributes:
        longitudes: of the columns (W,), degrees; not wrapped at 360.
        latitudes: of the rows (H,), degrees.
    """

    longitudes: Grid
    latitudes: Grid


def patch_at(latitude: float, longitude: float, settings: ReaderSettings) -> Patch:
    """Return the patch around a place.

    CAR: equal steps of latitude. CEA: equal steps of the sine of latitude, as large at the equator.
    """
    places = np.arange(settings.side, dtype=np.float64) - (settings.side - 1) / 2
    steps: Grid = places * settings.degrees_per_pixel
    rows: Grid = latitude + steps
    if settings.projection == "CEA":
        rows = np.degrees(np.arcsin(np.sin(np.radians(latitude)) + np.radians(steps)))
    columns: Grid = longitude + steps
    return Patch(columns, rows)


def reduce_disk(disk: Disk, settings: ReaderSettings) -> Disk:
    """Average blocks of pixels where a disk is much finer than the patch, as HMI's are.

    Sampled as they are, 15 of 16 HMI pixels would be thrown away and their noise kept.
    """
    step = disk.radius * np.radians(settings.degrees_per_pixel)  # disk pixels a patch pixel
    height, width = disk.pixels.shape
    fits = [n for n in range(1, int(step) + 1) if height % n == 0 and width % n == 0]
    block = max(fits, default=1)
    if block == 1:
        return disk
    blocks = disk.pixels.reshape(height // block, block, width // block, block)
    coordinates = disk.wcs.deepcopy()
    coordinates.wcs.crpix = (coordinates.wcs.crpix - 0.5) / block + 0.5
    coordinates.wcs.cdelt = coordinates.wcs.cdelt * block
    return replace(disk, pixels=blocks.mean(axis=(1, 3)), wcs=coordinates)


def cut_patch(disk: Disk, patch: Patch) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Return the field of a patch (H, W) in gauss, bilinear, and where it lies on the disk.

    Off the disk the field is NaN; on the disk NaN means that the frame has no value there.
    """
    x, y, z = _heliocentric(patch, disk.longitude, disk.latitude)
    on_disk = z > 1 / disk.distance  # nearer than the tangent point, where cos(rho) = R / D
    field = np.full(z.shape, np.nan, dtype=np.float32)
    if not on_disk.any():
        return field, on_disk
    depth = disk.distance - z[on_disk]
    east_west = np.degrees(np.arctan2(x[on_disk], depth))
    south_north = np.degrees(np.arctan2(y[on_disk], np.hypot(x[on_disk], depth)))
    columns, rows = disk.wcs.wcs_world2pix(east_west, south_north, 0)
    centre_x, centre_y = disk.wcs.wcs_world2pix(0.0, 0.0, 0)
    inside = np.hypot(columns - centre_x, rows - centre_y) < disk.radius - _LIMB_PIXELS
    on_disk[on_disk] = inside
    field[on_disk] = map_coordinates(
        disk.pixels, [rows[inside], columns[inside]], order=1, cval=np.nan
    )
    return field, on_disk


def _heliocentric(patch: Patch, longitude: float, latitude: float) -> tuple[Grid, Grid, Grid]:
    """Return x west, y north, z toward the observer (H, W), in solar radii."""
    away = np.radians(patch.longitudes - longitude)[None, :]
    north = np.radians(patch.latitudes)[:, None]
    tilt = np.radians(latitude)
    x = np.cos(north) * np.sin(away)
    y = np.sin(north) * np.cos(tilt) - np.cos(north) * np.cos(away) * np.sin(tilt)
    z = np.sin(north) * np.sin(tilt) + np.cos(north) * np.cos(away) * np.cos(tilt)
    return x, y, z
