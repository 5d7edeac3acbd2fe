"""HMI SHARP patches on CEA grids: one image a record, at the videos' scale."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath

import numpy as np
from astropy.io import fits
from numpy.typing import NDArray

from skyloom.surveys.contract import Covariate, Offer, Reading, UnreadableImageError
from skyloom.surveys.fits import read_fits
from skyloom.surveys.members import NamedFiles
from skyloom.surveys.sun.disk import check_quality, check_unit, header_time, number
from skyloom.surveys.sun.files import absence_remarks, is_fits, read_header
from skyloom.surveys.sun.resample import resample_centred
from skyloom.surveys.sun.scale import QUIET, scale_field
from skyloom.surveys.sun.settings import ReaderSettings
from skyloom.surveys.sun.splits import split_of
from skyloom.surveys.sun.times import time_in_name, to_tai

_INSIDE = 32
"""Bit of the bitmap: the pixel belongs to the region (Bobra et al. 2014, Solar Physics 289, 3549);
added to 1 = quiet, 2 = strong field."""

_NAME = re.compile(r"^(?P<record>.+?)\.(?P<segment>\w+)\.fits$", re.IGNORECASE)
_HARP = re.compile(r"sharp_cea_720s(?:_nrt)?\.(\d+)\.")


@dataclass(frozen=True)
class _Record:
    """What names, or else headers, tell of a record."""

    harp: int | None
    time: datetime | None


class SharpArchive:
    """SHARP segments, opened; see `skyloom.surveys.contract.Archive`.

    The group is the HARP number, which names one region during one rotation.
    """

    def __init__(self, files: NamedFiles, settings: ReaderSettings) -> None:
        self._files, self._settings = files, settings
        self.remarks: list[str] = absence_remarks(files)
        self._bitmaps = {
            _record_name(name): name for name in files.names if _segment(name) == "bitmap"
        }
        wanted = [n for n in files.names if is_fits(n) and _segment(n) == settings.segment]
        if not wanted:
            self.remarks.append(f"no file of the segment {settings.segment}")
        self.offers: Sequence[Offer] = [self._offer(name) for name in wanted]

    def read(self, offer: Offer) -> Reading:
        """Return the patch (1, H, W) float16, 0 to 1, centred, cut or padded to the patch's side.

        Raises:
            UnreadableImageError: no readable CEA patch in gauss, or a bad QUALITY.
        """
        content = self._files.read(offer.source)
        pixels, header = read_fits(content)
        check_quality(header, self._settings)
        check_unit(header)
        scale = _degrees_per_pixel(header) / self._settings.degrees_per_pixel
        small = resample_centred(pixels, scale, self._settings.side)
        values = scale_field(small, self._settings.saturation_gauss)
        return Reading(
            image=np.nan_to_num(values, nan=QUIET)[None].astype(np.float16),
            sha256=hashlib.sha256(content).hexdigest(),
            covariates={**_header_covariates(header), **self._active(offer.source, pixels)},
        )

    def _offer(self, name: str) -> Offer:
        record = self._record(name)
        harp = "unknown" if record.harp is None else f"{record.harp:05d}"
        image_id = _record_name(name) if record.time is None else f"HARP{harp}_{_stamp(record)}"
        return Offer(
            image_id=image_id,
            source=name,
            group=_record_name(name) if record.harp is None else f"HARP{harp}",
            original=image_id,
            split=split_of(record.time, self._settings),
            time=record.time,
            covariates={"harp": record.harp},
        )

    def _record(self, name: str) -> _Record:
        found, time = _HARP.search(name), time_in_name(name)
        if found and time:
            return _Record(int(found[1]), time)
        try:
            header = read_header(self._files.read(name))
        except UnreadableImageError:
            return _Record(None, time)
        harp = number(header, "HARPNUM")
        return _Record(None if harp is None else int(harp), time or header_time(header))

    def _active(self, name: str, pixels: NDArray[np.float32]) -> dict[str, Covariate]:
        """Return the share of pixels inside the region, and their mean unsigned field."""
        nothing: dict[str, Covariate] = {"active_share": None, "active_mean_gauss": None}
        bitmap = self._bitmaps.get(_record_name(name))
        if bitmap is None:
            return nothing
        try:
            bits, _ = read_fits(self._files.read(bitmap))
        except UnreadableImageError as error:
            self.remarks.append(f"{bitmap}: {error}")
            return nothing
        inside = (np.nan_to_num(bits).astype(int) & _INSIDE) > 0
        if bits.shape != pixels.shape or not inside.any():
            self.remarks.append(f"{bitmap} marks no pixel of its patch")
            return nothing
        return {
            "active_share": float(inside.mean()),
            "active_mean_gauss": float(np.nanmean(np.abs(pixels[inside]))),
        }


def _segment(name: str) -> str | None:
    found = _NAME.match(PurePosixPath(name).name)
    return found["segment"] if found else None


def _record_name(name: str) -> str:
    found = _NAME.match(PurePosixPath(name).name)
    return found["record"] if found else PurePosixPath(name).stem


def _stamp(record: _Record) -> str:
    """Return the record's slot, in atomic time as in JSOC's file names."""
    return "" if record.time is None else f"{to_tai(record.time):%Y%m%d_%H%M%S}"


def _degrees_per_pixel(header: fits.Header) -> float:
    axis, step = str(header.get("CTYPE1", "")), number(header, "CDELT1")
    if not axis.upper().startswith("CRLN-CEA") or not step:
        raise UnreadableImageError(
            f"CTYPE1 is '{axis}', expected CRLN-CEA with CDELT1 in degrees: no SHARP CEA patch"
        )
    return step


def _header_covariates(header: fits.Header) -> dict[str, Covariate]:
    return {
        "noaa": str(header.get("NOAA_ARS") or header.get("NOAA_AR") or "") or None,
        "latitude": number(header, "CRVAL2"),
        "carrington_longitude": number(header, "CRVAL1"),
        "carrington_rotation": header.get("CAR_ROT"),
        "width": header.get("NAXIS1"),
        "height": header.get("NAXIS2"),
    }
