"""Squares cut from a frame on the sky: north up, east left, centred on a galaxy."""

import hashlib
from dataclasses import dataclass

import numpy as np
from astropy.io import fits
from astropy.wcs import WCS
from numpy.typing import NDArray
from scipy import ndimage

from skyloom.surveys.contract import UnreadableImageError

_MARGIN = 12
"""Pixels read around the square, where the spline's memory of the border has died away."""


@dataclass(frozen=True)
class Frame:
    """One band of a field.

    Attributes:
        pixels: flux (H, W), float32.
        wcs: its world coordinates.
    """

    pixels: NDArray[np.float32]
    wcs: WCS


def frame_from(pixels: NDArray[np.float32], header: fits.Header) -> Frame:
    """Return a frame; raise `UnreadableImageError` when its header gives no place on the sky."""
    wcs = WCS(header, naxis=2)
    if not wcs.has_celestial:
        found = header.get("CTYPE1", "nothing")
        raise UnreadableImageError(
            f"no celestial WCS: CTYPE1 is {found!r}, expected 'RA---TAN' or another sky projection"
        )
    return Frame(pixels, wcs)


def cut(
    frame: Frame, ra: float, dec: float, side: int, scale: float
) -> tuple[NDArray[np.float32], bytes]:
    """Return a square (side, side) resampled around a place, and the SHA-256 of what it came from.

    The grid is a tangential projection (TAN) at the place. Over a minute of arc it is an affine
    image of any other to 1e-4 pixels, so three places fix it. Cubic splines interpolate; the flux
    of a pixel is scaled with its area, so that a source keeps its total.

    Args:
        frame: one band.
        ra: of the centre, degrees.
        dec: of the centre, degrees.
        side: of the square, pixels.
        scale: side of a pixel, arcsec.

    Raises:
        UnreadableImageError: part of the square lies outside the frame or has no number.
    """
    matrix, centre = _affine(frame.wcs, ra, dec, scale)
    half = (side - 1) / 2
    offset = centre - matrix @ np.array([half, half])
    low, high = _window(frame.pixels.shape, matrix, centre, half)
    _refuse_missing(frame.pixels, matrix, offset, side)
    window = frame.pixels[low[0] : high[0], low[1] : high[1]]
    resampled = ndimage.affine_transform(
        np.nan_to_num(window, posinf=0, neginf=0),
        matrix,
        offset - low,
        output_shape=(side, side),
        output=np.float32,
        order=3,
        mode="mirror",
    )
    area = abs(float(np.linalg.det(matrix)))
    return resampled * np.float32(area), hashlib.sha256(window.tobytes()).digest()


def _affine(
    wcs: WCS, ra: float, dec: float, scale: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return (2, 2) and (2,): frame row, column = matrix @ (square's row, column) + centre."""
    reach = 30.0  # arcsec between the places; long enough for rounding, short enough for the sky
    grid = WCS(naxis=2)
    grid.wcs.ctype, grid.wcs.crval = ["RA---TAN", "DEC--TAN"], [ra, dec]
    grid.wcs.cdelt, grid.wcs.crpix = [-scale / 3600, scale / 3600], [1.0, 1.0]
    step = reach / scale
    places = np.array([[0, 0], [step, 0], [-step, 0], [0, step], [0, -step]])  # x, y
    try:
        found = wcs.celestial.all_world2pix(grid.all_pix2world(places, 0), 0)[:, ::-1]
    except ValueError as error:
        raise UnreadableImageError(f"its place cannot be found in the frame: {error}") from error
    along_x, along_y = (found[1] - found[2]) / (2 * step), (found[3] - found[4]) / (2 * step)
    return np.stack([along_y, along_x], axis=1), found[0]


def _window(
    shape: tuple[int, ...], matrix: NDArray[np.float64], centre: NDArray[np.float64], half: float
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return first and past-the-last row and column of the frame's part that is needed."""
    reach = np.abs(matrix).sum(axis=1) * half + _MARGIN
    bounds = np.nan_to_num(np.stack([centre - reach, centre + reach + 1]))
    low, high = np.clip(np.floor(bounds), 0, np.array(shape)).astype(np.int64)
    return low, high


def _refuse_missing(
    pixels: NDArray[np.float32], matrix: NDArray[np.float64], offset: NDArray[np.float64], side: int
) -> None:
    grid = np.indices((side, side)).reshape(2, -1)
    nearest = np.rint(matrix @ grid + offset[:, None])
    limits = np.array(pixels.shape)[:, None]
    inside = ((nearest >= 0) & (nearest < limits)).all(axis=0)
    missing = side * side - int(inside.sum())
    rows, columns = nearest[:, inside].astype(np.int64)
    missing += int(np.count_nonzero(~np.isfinite(pixels[rows, columns])))
    if missing:
        raise UnreadableImageError(
            f"{missing} of the {side * side} pixels around it lie outside the frame or have no "
            "number"
        )
