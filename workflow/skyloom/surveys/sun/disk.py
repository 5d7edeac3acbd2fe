"""Full-disk magnetograms: pixels, coordinates and where the observer stood."""

import warnings
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from astropy.io import fits
from astropy.utils.exceptions import AstropyWarning
from astropy.wcs import WCS
from numpy.typing import NDArray

from skyloom.surveys.contract import UnreadableImageError
from skyloom.surveys.fits import read_fits
from skyloom.surveys.sun.settings import ReaderSettings
from skyloom.surveys.sun.times import parse_time

ASTRONOMICAL_UNIT = 149597870700.0  # metres
SOLAR_RADIUS = 695700000.0
"""Metres (IAU 2015 resolution B3), for headers without RSUN_REF."""

_TIME_KEYS = ("T_REC", "T_OBS", "DATE-OBS", "DATE_OBS")
_OBSERVERS = (("CRLN_OBS", "CRLT_OBS"), ("OBS_L0", "OBS_B0"))
_ROLLS = ("SOLAR_P", "P_ANGLE", "SOLAR_P0")
_FIELD_UNITS = {"", "gauss", "g", "mx/cm^2", "mx/cm2"}


@dataclass(frozen=True)
class Disk:
    """A full-disk magnetogram.

    Attributes:
        pixels: line-of-sight field (H, W) float32, gauss, NaN where there is none; row 0 is the
            first row of the file.
        wcs: helioprojective longitude and latitude (degrees) to pixels from 0.
        longitude: Carrington longitude of the disk's centre, degrees.
        latitude: heliographic latitude of the disk's centre, degrees.
        distance: from the observer to the Sun's centre, in solar radii.
    """

    pixels: NDArray[np.float32]
    wcs: WCS
    longitude: float
    latitude: float
    distance: float

    @property
    def radius(self) -> float:
        """Radius of the limb, in pixels."""
        scale = float(np.sqrt(np.abs(np.linalg.det(self.wcs.pixel_scale_matrix))))
        return float(np.degrees(np.arcsin(1 / self.distance))) / scale


def read_disk(content: bytes, settings: ReaderSettings) -> Disk:
    """Return a full-disk magnetogram; the image may stand in any HDU.

    Raises:
        UnreadableImageError: no readable image, a bad QUALITY, no field in gauss, no
            helioprojective WCS, no observer, or too much of the disk missing.
    """
    pixels, header = read_fits(content)
    check_quality(header, settings)
    check_unit(header)
    longitude, latitude = _observer(header)
    disk = Disk(pixels, coordinates(header), longitude, latitude, _distance(header))
    missing = _missing_share(disk)
    if missing > settings.largest_missing:
        raise UnreadableImageError(
            f"{missing:.0%} of the disk have no value, expected at most "
            f"{settings.largest_missing:.0%}"
        )
    return disk


def header_time(header: fits.Header) -> datetime | None:
    """Return the nominal time of a frame, UTC; JSOC's slot time T_REC before the others."""
    for key in _TIME_KEYS:
        try:
            return parse_time(str(header[key]))
        except (KeyError, ValueError):
            continue
    return None


def check_quality(header: fits.Header, settings: ReaderSettings) -> None:
    """Raise `UnreadableImageError` when QUALITY (a number, or text such as 0x00000200) is bad."""
    said = header.get("QUALITY", 0)
    try:
        quality = int(said, 0) if isinstance(said, str) else int(said)
    except (TypeError, ValueError):
        raise UnreadableImageError(f"QUALITY is '{said}', expected a number") from None
    bad = quality & 0xFFFFFFFF & ~settings.accepted_quality
    if bad:
        raise UnreadableImageError(f"QUALITY has the bits {bad:#x}, which a sound frame has not")


def check_unit(header: fits.Header) -> None:
    """Raise `UnreadableImageError` when BUNIT is no magnetic field; Mx/cm^2 is gauss."""
    unit = str(header.get("BUNIT", "") or "").strip()
    if unit.lower() not in _FIELD_UNITS:
        raise UnreadableImageError(f"BUNIT is '{unit}', expected Gauss or Mx/cm^2: no magnetogram")


def number(header: fits.Header, key: str) -> float | None:
    """Return a finite number of the header, or None."""
    value = header.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float) or not np.isfinite(value):
        return None
    return float(value)


def _observer(header: fits.Header) -> tuple[float, float]:
    """Return Carrington longitude and latitude of the observer, degrees."""
    for keys in _OBSERVERS:
        longitude, latitude = (number(header, key) for key in keys)
        if longitude is not None and latitude is not None:
            return longitude, latitude
    raise UnreadableImageError(
        "the header does not say where the observer stood; expected CRLN_OBS and CRLT_OBS, or "
        "OBS_L0 and OBS_B0"
    )


def _distance(header: fits.Header) -> float:
    """Return the observer's distance in solar radii.

    The apparent radius comes first: early MDI headers have one astronomical unit as DSUN_OBS
    whatever the date, which makes the disk up to 3 % too small.
    """
    apparent, units = number(header, "RSUN_OBS"), number(header, "OBS_DIST")
    metres, radius = number(header, "DSUN_OBS"), number(header, "RSUN_REF") or SOLAR_RADIUS
    if apparent:
        distance = float(1 / np.sin(np.radians(apparent / 3600)))
    elif units:
        distance = units * ASTRONOMICAL_UNIT / radius
    else:
        distance = (metres or 0.0) / radius
    if not 20 < distance < 1000:
        raise UnreadableImageError(
            f"the observer's distance is {distance:.1f} solar radii; expected RSUN_OBS (arcsec), "
            "OBS_DIST (AU) or DSUN_OBS (m) in the header"
        )
    return distance


def coordinates(header: fits.Header) -> WCS:
    """Return helioprojective degrees to pixels from 0; raise `UnreadableImageError` without."""
    card = fits.Header()
    for key in ("CRPIX1", "CRPIX2", "CDELT1", "CDELT2"):
        value = number(header, key)
        if value is None:
            raise UnreadableImageError(f"no WCS: the header lacks {key}")
        card[key] = value
    for axis, kind in ((1, "HPLN"), (2, "HPLT")):
        card[f"CTYPE{axis}"] = _axis_type(str(header.get(f"CTYPE{axis}", "")), kind)
        card[f"CUNIT{axis}"] = str(header.get(f"CUNIT{axis}", "arcsec")).strip() or "arcsec"
        card[f"CRVAL{axis}"] = number(header, f"CRVAL{axis}") or 0.0
    _copy_rotation(header, card)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", AstropyWarning)
        return WCS(card)


def _axis_type(said: str, kind: str) -> str:
    if said.upper().startswith(kind):
        return said
    if said.lower().startswith("solar"):  # solar-x, solar-y: the same before the standard
        return f"{kind}-TAN"
    raise UnreadableImageError(f"CTYPE is '{said}', expected {kind}-TAN: no full disk")


def _copy_rotation(header: fits.Header, card: fits.Header) -> None:
    """Copy PCi_j, or CROTA2, or the roll angle under which early MDI headers have it."""
    matrix = [f"PC{i}_{j}" for i in (1, 2) for j in (1, 2)]
    if any(key in header for key in matrix):
        for key in matrix:
            card[key] = header.get(key, 1.0 if key[2] == key[4] else 0.0)
        return
    rolls = (number(header, key) for key in ("CROTA2", *_ROLLS))
    card["CROTA2"] = next((roll for roll in rolls if roll is not None), 0.0)


def _missing_share(disk: Disk) -> float:
    """Return the share of pixels within 0.95 radii that have no value, from every fourth row."""
    x, y = (float(place) for place in disk.wcs.wcs_world2pix(0.0, 0.0, 0))
    rows = np.arange(0, disk.pixels.shape[0], 4)
    inside = np.hypot(rows[:, None] - y, np.arange(disk.pixels.shape[1]) - x) < 0.95 * disk.radius
    if not inside.any():
        raise UnreadableImageError("the Sun's disk lies outside the image")
    return float(np.isnan(disk.pixels[::4][inside]).mean())
