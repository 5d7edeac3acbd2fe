"""SDSS fields: frames in five bands and a catalogue, from which galaxies are cut.

A zip file or folder with, for each field, `frame-{u,g,r,i,z}-RRRRRR-C-FFFF.fits.bz2` (or `.fits`)
and tables `catalogue*.csv`, answers of SkyServer, of one field each or of all.
"""

import bz2
import hashlib
import re
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath

import numpy as np
import pandas as pd
from astropy.io import fits
from numpy.typing import NDArray

from skyloom.surveys.contract import (
    Offer,
    Reading,
    UnreadableArchiveError,
    UnreadableImageError,
)
from skyloom.surveys.fits import read_fits
from skyloom.surveys.galaxies.catalogue import normalised, read_csv
from skyloom.surveys.galaxies.cutouts import Frame, cut, frame_from
from skyloom.surveys.galaxies.flux import ugriz_reading
from skyloom.surveys.galaxies.offers import Offers, in_redshift_range
from skyloom.surveys.galaxies.settings import ReaderSettings
from skyloom.surveys.galaxies.sky import BANDS
from skyloom.surveys.member_list import absent_members
from skyloom.surveys.members import Members

LARGEST_FRAME = 128 * 2**20
"""Bytes above which an unpacked frame is a bomb; those of SDSS have 13 million."""
FRAME = re.compile(r"frame-([ugriz])-(\d{6}-\d-\d{4})\.fits(\.bz2)?$")
_CATALOGUE = re.compile(r"catalogue[^/]*\.csv$", re.IGNORECASE)


class FramesArchive:
    """Galaxies cut from SDSS frames; see `skyloom.surveys.contract.Archive`."""

    def __init__(self, path: Path, settings: ReaderSettings) -> None:
        self._members, self._settings = Members(path), settings
        self._frames = _frames(self._members.names)
        self._absent = [PurePosixPath(name).name for name in absent_members(self._members)]
        self._field = ""
        self._bands: Sequence[Frame] | UnreadableImageError = []
        self.remarks = [f"the archive lacks {name}" for name in self._absent]
        form = self._catalogue(path)
        self.remarks += self._without_galaxies(set(form["group"]))
        form["rejected"] = [self._incomplete(field) for field in form["group"]]
        form["source"] = form["group"].astype("string") + "/" + form["id"].astype("string")
        form = form.sort_values("group", kind="stable")
        form, left_out = in_redshift_range(form, settings)
        self.remarks += left_out
        self.offers: Sequence[Offer] = Offers(form, settings)

    def read(self, offer: Offer) -> Reading:
        """Return the flux (5, cutout, cutout) in nanomaggies, float32, bands u g r i z."""
        ra, dec = offer.covariates["ra"], offer.covariates["dec"]
        if not isinstance(ra, float) or not isinstance(dec, float):
            raise UnreadableImageError("the catalogue gives no ra and dec for it")
        side, scale = self._settings.cutout, self._settings.pixel_scale
        flux = np.empty((len(BANDS), side, side), dtype=np.float32)
        digest = hashlib.sha256()
        for number, frame in enumerate(self._open_field(offer.group)):
            flux[number], part = _cut_band(frame, BANDS[number], ra, dec, side, scale)
            digest.update(part)
        return ugriz_reading(flux, digest.hexdigest(), offer, self._settings)

    def _catalogue(self, path: Path) -> pd.DataFrame:
        names = [name for name in self._members.names if _CATALOGUE.search(name)]
        if not names:
            raise UnreadableArchiveError(
                f"{path} holds frames but no catalogue*.csv with the galaxies to cut. Write one "
                "with the columns objID, ra, dec, z and extinction_u ... extinction_z, or list the "
                "shards again with `skyloom list-shards galaxies sdss-frames`."
            )
        tables = [
            normalised(read_csv(self._members.text(name), name), self._settings, name)
            for name in names
        ]
        return pd.concat(tables, ignore_index=True)

    def _without_galaxies(self, fields: set[str]) -> list[str]:
        """Return a remark on frames of fields that no catalogue has galaxies in, if there are."""
        alone = sorted({field for field, _ in self._frames} - fields)
        if not alone:
            return []
        return [f"{len(alone)} fields have frames but no row in a catalogue: {', '.join(alone)}"]

    def _incomplete(self, field: str) -> str:
        """Return why galaxies of a field cannot be cut, or the empty text."""
        lacking = [band for band in BANDS if (field, band) not in self._frames]
        if not lacking:
            return ""
        names = [f"frame-{band}-{field}.fits" for band in lacking]
        gone = any(absent.startswith(name) for absent in self._absent for name in names)
        where = "the archive has none (404)" if gone else "not in the raw file"
        return f"no frame of field {field} in band {', '.join(lacking)}: {where}"

    def _open_field(self, field: str) -> Sequence[Frame]:
        """Return the five frames of a field, unpacked once for all galaxies that follow."""
        if field != self._field:
            self._field, self._bands = field, []
            try:
                self._bands = [self._open(self._frames[field, band], band) for band in BANDS]
            except UnreadableImageError as error:
                self._bands = error
        if isinstance(self._bands, UnreadableImageError):
            raise self._bands
        return self._bands

    def _open(self, name: str, band: str) -> Frame:
        try:
            content = self._members.read(name)
            if name.endswith(".bz2"):
                content = _unpacked(content)
            pixels, header = read_fits(content)
            _check_filter(header, band)
            return frame_from(pixels, header)
        except UnreadableImageError as error:
            raise UnreadableImageError(f"{PurePosixPath(name).name}: {error}") from error


def _check_filter(header: fits.Header, band: str) -> None:
    """Raise `UnreadableImageError` when the header names another band than the file's name."""
    found = str(header.get("FILTER", band)).strip()
    if found != band:
        raise UnreadableImageError(f"FILTER is {found!r} in its header, {band!r} in its name")


def _cut_band(
    frame: Frame, band: str, ra: float, dec: float, side: int, scale: float
) -> tuple[NDArray[np.float32], bytes]:
    try:
        return cut(frame, ra, dec, side, scale)
    except UnreadableImageError as error:
        raise UnreadableImageError(f"band {band}: {error}") from error


def _frames(names: Sequence[str]) -> Mapping[tuple[str, str], str]:
    """Return the member of each (field, band)."""
    found = {}
    for name in names:
        match = FRAME.search(name)
        if match is not None:
            found[match[2], match[1]] = name
    return found


def _unpacked(content: bytes) -> bytes:
    decompressor = bz2.BZ2Decompressor()
    try:
        unpacked = decompressor.decompress(content, LARGEST_FRAME)
    except (OSError, EOFError, ValueError) as error:
        raise UnreadableImageError(f"no readable bzip2 file: {error}") from error
    if not decompressor.eof:
        raise UnreadableImageError(
            f"cut short or too large: {len(content)} bytes of bzip2 unpack to {len(unpacked)} "
            "bytes without an end"
        )
    return unpacked
