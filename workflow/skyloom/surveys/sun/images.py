"""Whole solar images of any instrument: one image a file, scaled between percentiles."""

import hashlib
from collections.abc import Sequence
from datetime import datetime

import numpy as np
from astropy.io import fits
from numpy.typing import NDArray

from skyloom.surveys.contract import Covariate, Offer, Reading, UnreadableImageError
from skyloom.surveys.fits import read_fits
from skyloom.surveys.members import NamedFiles
from skyloom.surveys.sun.disk import check_quality, header_time, number
from skyloom.surveys.sun.files import absence_remarks, is_fits, read_header, stem
from skyloom.surveys.sun.scale import QUIET, scale_field
from skyloom.surveys.sun.settings import ReaderSettings
from skyloom.surveys.sun.splits import split_of
from skyloom.surveys.sun.times import rotation_number, time_in_name

_PERCENTILES = (1.0, 99.5)
_GAUSS = {"gauss", "g", "mx/cm^2"}


class ImageArchive:
    """Solar FITS images, opened; see `skyloom.surveys.contract.Archive`."""

    def __init__(self, files: NamedFiles, settings: ReaderSettings) -> None:
        self._files, self._settings = files, settings
        self.remarks: list[str] = absence_remarks(files)
        self.offers: Sequence[Offer] = self._offers()

    def read(self, offer: Offer) -> Reading:
        """Return the image (1, H, W) float16, 0 to 1.

        Magnetograms: clipped and scaled as the videos are. Others: percentiles 1 and 99.5 become
        0 and 1. Pixels without value become 0.5 in magnetograms, 0 in others.

        Raises:
            UnreadableImageError: no readable image of two axes, or a bad QUALITY.
        """
        content = self._files.read(offer.source)
        pixels, header = read_fits(content)
        check_quality(header, self._settings)
        magnetic = str(header.get("BUNIT", "")).strip().lower() in _GAUSS
        if magnetic:
            scaled = scale_field(pixels, self._settings.saturation_gauss)
        else:
            scaled = stretch(pixels)
        filled = np.nan_to_num(scaled, nan=QUIET if magnetic else 0.0)
        return Reading(
            image=filled[None].astype(np.float16),
            sha256=hashlib.sha256(content).hexdigest(),
            covariates=_covariates(header),
        )

    def _offers(self) -> list[Offer]:
        seen: dict[str, str] = {}
        offers = []
        for name in self._files.names:
            if is_fits(name):
                first = seen.setdefault(stem(name), name)
                offers.append(self._offer(name, None if first == name else f"same name as {first}"))
        return offers

    def _offer(self, name: str, twin: str | None) -> Offer:
        time = time_in_name(name) or self._time_inside(name)
        return Offer(
            image_id=name if twin else stem(name),
            source=name,
            group=stem(name) if time is None else f"CR{rotation_number(time)}",
            original=stem(name),
            split=split_of(time, self._settings),
            time=time,
            rejected=twin,
        )

    def _time_inside(self, name: str) -> datetime | None:
        try:
            return header_time(read_header(self._files.read(name)))
        except UnreadableImageError:
            return None


def stretch(pixels: NDArray[np.float32]) -> NDArray[np.float32]:
    """Map the 1st and 99.5th percentile to 0 and 1 and clip; a constant image becomes 0."""
    low, high = np.nanpercentile(pixels, _PERCENTILES)
    span = max(float(high - low), np.finfo(np.float32).tiny)
    return np.asarray(np.clip((pixels - low) / span, 0, 1), dtype=np.float32)


def _covariates(header: fits.Header) -> dict[str, Covariate]:
    telescope = header.get("TELESCOP") or header.get("INSTRUME")
    return {
        "telescope": None if telescope is None else str(telescope),
        "content": str(header.get("CONTENT") or "") or None,
        "wavelength": number(header, "WAVELNTH"),
        "width": header.get("NAXIS1"),
        "height": header.get("NAXIS2"),
    }
