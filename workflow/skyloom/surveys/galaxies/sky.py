"""Places on the sky: SDSS fields, sky cells and names from coordinates."""

import math
import re
from dataclasses import dataclass

BANDS = "ugriz"
"""Bands of SDSS, in the order of wavelength and of all arrays here."""

_LARGEST = 2**63 - 1
_IN_NAME = re.compile(r"(?<!\d)(\d{6})-([1-6])-(\d{4})(?!\d)")


@dataclass(frozen=True, order=True)
class SkyField:
    """A field of the SDSS imaging: one frame in each of five bands.

    Attributes:
        run: number of the scan.
        camcol: column of the camera, 1 to 6.
        number: place along the scan.
    """

    run: int
    camcol: int
    number: int

    @property
    def name(self) -> str:
        """Run, camcol and field as in the names of frame files."""
        return f"{self.run:06d}-{self.camcol}-{self.number:04d}"


def field_in_name(name: str) -> SkyField | None:
    """Return the field that a file name such as `frame-r-000094-1-0011.fits.bz2` says."""
    found = _IN_NAME.search(name)
    return None if found is None else SkyField(*(int(part) for part in found.groups()))


def field_of_objid(objid: str) -> SkyField | None:
    """Return the field that an SDSS objID encodes, or None when `objid` is none.

    Bits of an objID: 59-62 sky version, 48-58 rerun, 32-47 run, 29-31 camcol, 28 first field,
    16-27 field, 0-15 object.
    """
    if not objid.isdigit() or not 2**59 <= int(objid) <= _LARGEST:
        return None
    number = int(objid)
    camcol = (number >> 29) & 0x7
    if (number >> 59) not in (1, 2) or not 1 <= camcol <= 6:
        return None
    return SkyField((number >> 32) & 0xFFFF, camcol, (number >> 16) & 0xFFF)


def objid_of(place: SkyField, number: int) -> int:
    """Return the objID of an object of a field, sky version 2 and rerun 301; see above."""
    field = place.run << 32 | place.camcol << 29 | place.number << 16
    return 2 << 59 | 301 << 48 | field | number


def sky_cell(ra: float, dec: float, side: float) -> str:
    """Return the name of the cell of the sky that a place (degrees) lies in.

    Bands of declination `side` degrees high, each divided into cells about `side` degrees wide, so
    that all cells away from the poles have nearly the same area.
    """
    bands = max(1, round(180 / side))
    band = min(int((dec + 90) / 180 * bands), bands - 1)
    middle = math.radians((band + 0.5) * 180 / bands - 90)
    cells = max(1, round(360 * math.cos(middle) / side))
    cell = int((ra % 360) / 360 * cells)
    return f"cell-{side:g}-{band}-{cell}"


def position_name(ra: float, dec: float) -> str:
    """Return the IAU-style name `JHHMMSS.ss+DDMMSS.s` of a place (degrees), truncated."""
    centiseconds = math.floor((ra % 360) / 15 * 360_000)
    tenths = math.floor(abs(dec) * 36_000)
    hours, minutes = divmod(centiseconds // 6000, 60)
    degrees, arcmin = divmod(tenths // 600, 60)
    sign = "-" if dec < 0 else "+"
    seconds, arcsec = centiseconds % 6000 / 100, tenths % 600 / 10
    return f"J{hours:02d}{minutes:02d}{seconds:05.2f}{sign}{degrees:02d}{arcmin:02d}{arcsec:04.1f}"
