"""FITS images from bytes, with messages that say what was expected."""

import io
import math
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
from astropy.io import fits
from astropy.utils.exceptions import AstropyWarning
from numpy.typing import NDArray

from skyloom.surveys.contract import UnreadableImageError
from skyloom.surveys.gzipped import unpack

_PIXELS = {8: "u1", 16: ">i2", 32: ">i4", 64: ">i8", -32: ">f4", -64: ">f8"}
"""Types of pixels by BITPIX (FITS standard 4.0, table 8)."""
_TOLD = ("BSCALE", "BZERO", "BLANK", "GROUPS", "DATASUM")
"""Keywords that give stored numbers another meaning, or their checksum."""
_DAMAGED = "Datasum verification failed"
"""Begins astropy's warning of a DATASUM that differs. CHECKSUM covers the header too, is often left
as it was when a header is edited, and is not asked."""


def read_fits(content: bytes, dimensions: int = 2) -> tuple[NDArray[np.float32], fits.Header]:
    """Return the first image of a FITS file that has `dimensions` axes, and its header.

    The image may stand in the primary HDU or, as compressed images do, in a later one; BSCALE,
    BZERO and BLANK are applied. The header is that of the image's own HDU. The file may be packed
    with gzip.

    Raises:
        UnreadableImageError: no FITS file, cut short, damaged gzip data, another DATASUM than its
            header says, no such image in any HDU, or no finite pixel.
    """
    content, fault = unpack(content)
    if fault is not None:
        raise UnreadableImageError(fault)
    found = _plain_primary(content, dimensions) or _any_unit(content, dimensions)
    if not np.isfinite(found[0]).any():
        raise UnreadableImageError("no finite pixel: the whole image is NaN")
    return found


def _plain_primary(
    content: bytes, dimensions: int
) -> tuple[NDArray[np.float32], fits.Header] | None:
    """Return the primary image when it is whole, not scaled, blanked or summed, else None.

    Most images are, and need no list of units: this halves the time of a small one.
    """
    if not content.startswith(b"SIMPLE  ="):
        return None
    try:
        file = io.BytesIO(content)
        header = fits.Header.fromfile(file)
        bits = int(header["BITPIX"])
        shape = [int(header[f"NAXIS{axis}"]) for axis in range(int(header["NAXIS"]), 0, -1)]
    except (OSError, ValueError, KeyError, TypeError, EOFError, fits.VerifyError):
        return None
    if len(shape) != dimensions or bits not in _PIXELS or any(key in header for key in _TOLD):
        return None
    start, count = file.tell(), math.prod(shape)
    if len(content) < start + count * abs(bits) // 8:
        return None
    pixels = np.frombuffer(content, _PIXELS[bits], count, start).reshape(shape)
    return pixels.astype(np.float32), header


def _any_unit(content: bytes, dimensions: int) -> tuple[NDArray[np.float32], fits.Header]:
    """Return the first image of `dimensions` axes in any unit, with all that astropy can do."""
    try:
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always", AstropyWarning)
            with fits.open(io.BytesIO(content), memmap=False, checksum=True) as units:
                found = _first_image(units, dimensions)
                _refuse_damaged(said)
                if found is None:
                    raise UnreadableImageError(_nothing_found(units, dimensions))
                return _pixels_of(found), found.header
    except (OSError, ValueError, TypeError, KeyError, EOFError, fits.VerifyError) as error:
        raise UnreadableImageError(
            f"no readable FITS file ({len(content)} bytes): {error}"
        ) from error


def _refuse_damaged(said: Sequence[warnings.WarningMessage]) -> None:
    for warning in said:
        if str(warning.message).startswith(_DAMAGED):
            raise UnreadableImageError(
                "its data have another checksum than DATASUM in its header: the file is damaged. "
                "Fetch it again."
            )


def _pixels_of(unit: Any) -> NDArray[np.float32]:
    try:
        return np.array(unit.data, dtype=np.float32)
    except Exception as error:  # astropy's decompression raises a class that is not public
        raise ValueError(str(error)) from error


def _first_image(units: fits.HDUList, dimensions: int) -> Any:
    images = (fits.PrimaryHDU, fits.ImageHDU, fits.CompImageHDU)
    for unit in units:
        if isinstance(unit, images) and unit.header.get("NAXIS", 0) == dimensions:
            return unit
    return None


def _nothing_found(units: fits.HDUList, dimensions: int) -> str:
    said = ", ".join(
        f"HDU {number} {type(unit).__name__} of {unit.header.get('NAXIS', 0)} axes"
        for number, unit in enumerate(units)
    )
    return f"no image with {dimensions} axes in any HDU; found {said}"
