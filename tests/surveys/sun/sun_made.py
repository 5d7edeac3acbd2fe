"""Full disks, archives of them and FITS files that the tests of the Sun's reader are made of."""

import io
import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from astropy.io import fits

from skyloom.surveys.sun.disk import coordinates
from skyloom.surveys.sun.mdi import (
    Observer,
    disk_header,
    encode_disk,
    observe_from,
)
from skyloom.surveys.sun.settings import ReaderSettings
from skyloom.surveys.sun.sky import view_disk
from skyloom.surveys.sun.times import central_longitude, to_tai

START = datetime(2001, 3, 10, tzinfo=UTC)
SMALL = ReaderSettings(frames=6, cadence_seconds=21600, degrees_per_pixel=0.5)
"""A day and a half at six hours; 30 x 30 pixels."""


def solar_disk(
    time: datetime = START,
    spot: tuple[float, float] | None = None,
    *,
    size: int = 256,
    roll: float = 0.0,
    background: float = 0.0,
    quality: int | None = None,
    compressed: bool = True,
    **cards: object,
) -> bytes:
    """A full disk with a Gaussian spot of 800 G, 1 degree wide, at (Carrington, latitude)."""
    seen = observe_from(time)
    observer = Observer(seen.longitude, seen.latitude, seen.metres, roll)
    header = disk_header(time, observer, size)
    view = view_disk(
        coordinates(header), size, observer.longitude, observer.latitude, observer.distance
    )
    field = np.full(len(view.longitudes), background)
    if spot is not None:
        away = ((view.longitudes - spot[0] + 180) % 360 - 180) * np.cos(np.radians(spot[1]))
        field += 800 * np.exp(-(away**2 + (view.latitudes - spot[1]) ** 2) / 2)
    image = np.full(view.on_disk.shape, np.nan, np.float32)
    image[view.on_disk] = field
    content = encode_disk(image, header, bad=False, compressed=compressed)
    changed = cards if quality is None else {**cards, "QUALITY": quality}
    return with_cards(content, changed) if changed else content


def with_cards(content: bytes, cards: Mapping[str, object]) -> bytes:
    """The same FITS file with other cards; None removes one."""
    with fits.open(io.BytesIO(content), disable_image_compression=True) as units:
        header = units[-1].header
        for key, value in cards.items():
            if value is None:
                header.remove(key)
            else:
                header[key] = value
        buffer = io.BytesIO()
        units.writeto(buffer)
    return buffer.getvalue()


def fits_bytes(data: np.ndarray, **cards: object) -> bytes:
    """A FITS file with one primary image."""
    buffer = io.BytesIO()
    fits.PrimaryHDU(data, fits.Header(list(cards.items()))).writeto(buffer)
    return buffer.getvalue()


def make_zip(path: Path, files: Mapping[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def catalogue(*rows: tuple[object, ...], label: bool = False) -> bytes:
    head = "region,first_seen,latitude,carrington_longitude" + (",label" if label else "")
    return "\n".join([head, *(",".join(map(str, row)) for row in rows)]).encode()


def middle_of_disk(time: datetime) -> float:
    """The Carrington longitude on the central meridian, rounded as catalogues have it."""
    return round(central_longitude(time), 3)


def file_name(time: datetime) -> str:
    """The name that JSOC gives to the frame of a slot; the slot is in atomic time."""
    return f"mdi.fd_M_96m_lev182.{to_tai(time):%Y%m%d_%H%M%S}_TAI.data.fits"


def disk_series(count: int, hours: float = 6, start: datetime = START, **options) -> dict:
    """Names and contents of disks, one every `hours`."""
    times = [start + timedelta(hours=hours * number) for number in range(count)]
    return {file_name(time): solar_disk(time, **options) for time in times}
