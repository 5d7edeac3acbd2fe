"""Files as JSOC exports `mdi.fd_M_96m_lev182`: keywords, compression."""

import io
import math
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from astropy.io import fits
from numpy.typing import NDArray

from skyloom.surveys.sun.disk import ASTRONOMICAL_UNIT
from skyloom.surveys.sun.times import (
    central_latitude,
    central_longitude,
    rotation_number,
    to_tai,
)

_RADIUS = 696000000.0  # metres, RSUN_REF of the real files
_STEP = 0.5
"""Gauss between two stored numbers."""

_BLANK = -32768
_SCALE_1024 = 1.986  # arcsec a pixel of the real 1024 pixel disks
_GOOD, _BAD = 0x200, 0x80000200
_KEYHOLE = datetime(2003, 7, 1, tzinfo=UTC)
"""SOHO has turned over every three months since its antenna stuck."""


@dataclass(frozen=True)
class Observer:
    """Where SOHO stands: Carrington longitude and latitude (degrees), distance (m), roll (deg)."""

    longitude: float
    latitude: float
    metres: float
    roll: float

    @property
    def distance(self) -> float:
        """Distance in solar radii."""
        return self.metres / _RADIUS


def observe_from(time: datetime) -> Observer:
    """Return SOHO's place at a time: at L1, a hundredth nearer to the Sun than the Earth."""
    days = (time - datetime(2000, 1, 1, 12, tzinfo=UTC)).total_seconds() / 86400
    anomaly = math.radians(357.529 + 0.98560028 * days)
    units = 0.99 * (1.00014 - 0.01671 * math.cos(anomaly) - 0.00014 * math.cos(2 * anomaly))
    turned = time > _KEYHOLE and (time.month - 1) // 3 % 2 == 1
    return Observer(
        longitude=central_longitude(time),
        latitude=central_latitude(time),
        metres=units * ASTRONOMICAL_UNIT,
        roll=180.0 if turned else 0.0,
    )


def disk_header(time: datetime, observer: Observer, size: int) -> fits.Header:
    """Return the keywords that place a frame in time and space."""
    slot = f"{to_tai(time):%Y.%m.%d_%H:%M:%S}.000_TAI"
    apparent = math.degrees(math.asin(1 / observer.distance)) * 3600
    scale = _SCALE_1024 * 1024 / size
    cards = {
        "T_REC": slot,
        "T_OBS": slot,
        "DATE-OBS": time.strftime("%Y-%m-%dT%H:%M:%S.000"),
        "CDELT1": scale,
        "CDELT2": scale,
        "CRPIX1": size / 2 + 0.5771,
        "CRPIX2": size / 2 + 0.1713,
        "CROTA2": observer.roll,
        "CAR_ROT": rotation_number(time),
        "CRLN_OBS": observer.longitude,
        "CRLT_OBS": observer.latitude,
        "DSUN_OBS": observer.metres,
        "RSUN_OBS": apparent,
        "R_SUN": apparent / scale,
        "RSUN_REF": _RADIUS,
        "CRVAL1": 0.0,
        "CRVAL2": 0.0,
        "CTYPE1": "HPLN-TAN",
        "CTYPE2": "HPLT-TAN",
        "CUNIT1": "arcsec",
        "CUNIT2": "arcsec",
        "WCSNAME": "Helioprojective-cartesian",
        "BUNIT": "Gauss",
        "CADENCE": 5760.0,
        "INTERVAL": 300.0,
        "CAMERA": "MDI",
        "TELESCOP": "SOHO",
        "WAVELNTH": 6768,
        "CONTENT": "MDI Full Disk 96m Magnetogram",
    }
    return fits.Header(list(cards.items()))


def encode_disk(
    gauss: NDArray[np.float32], header: fits.Header, bad: bool, compressed: bool
) -> bytes:
    """Return the FITS file of one frame; scaled whole numbers, as the archive's, NaN as BLANK."""
    seen = np.isfinite(gauss)
    stored = np.where(seen, np.clip(np.round(np.nan_to_num(gauss) / _STEP), -32767, 32767), _BLANK)
    cards = header.copy()
    cards["QUALITY"] = _BAD if bad else _GOOD
    cards["DATAVALS"] = int(seen.sum())
    cards["MISSVALS"] = _missing(seen, header)
    unit = (fits.CompImageHDU if compressed else fits.ImageHDU)(stored.astype(np.int16))
    unit.header.update({"BSCALE": _STEP, "BZERO": 0.0, "BLANK": _BLANK})
    unit.header.extend(cards, update=True)
    buffer = io.BytesIO()
    with np.errstate(invalid="ignore"):
        fits.HDUList([fits.PrimaryHDU(), unit]).writeto(buffer)
    return buffer.getvalue()


def _missing(seen: NDArray[np.bool_], header: fits.Header) -> int:
    """Return how many pixels of the disk have no value."""
    rows, columns = np.indices(seen.shape)
    from_centre = np.hypot(columns + 1 - header["CRPIX1"], rows + 1 - header["CRPIX2"])
    return int((~seen & (from_centre < header["R_SUN"] - 1)).sum())
