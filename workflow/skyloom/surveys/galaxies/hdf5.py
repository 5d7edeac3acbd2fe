"""HDF5 files of the companion code: 107 x 107 cut-outs in ugriz with spectroscopic redshifts.

`e_bv` holds five numbers a galaxy: not E(B-V), but the DR12 catalogue's extinction in each band.
"""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from skyloom.surveys.contract import Offer, Reading, UnreadableArchiveError, UnreadableImageError
from skyloom.surveys.galaxies.catalogue import normalised, text
from skyloom.surveys.galaxies.dust import ebv_from_extinction
from skyloom.surveys.galaxies.flux import ugriz_reading
from skyloom.surveys.galaxies.offers import Offers, in_redshift_range
from skyloom.surveys.galaxies.settings import ReaderSettings

KEYS = ("ObjID", "ra", "dec", "e_bv", "images", "specz_redshift")
_BLOCK_BYTES = 48 * 2**20
"""Bytes of images read at a time."""


class Hdf5Archive:
    """The galaxies of an HDF5 file; see `skyloom.surveys.contract.Archive`."""

    def __init__(self, path: Path, settings: ReaderSettings) -> None:
        self._settings = settings
        self._file = _open(path)
        self._images = self._file["images"]
        self._check_images(path)
        self._first, self._block = 0, self._images[:0]
        form, self.remarks = in_redshift_range(self._catalogue(), settings)
        self.offers: Sequence[Offer] = Offers(form, settings)

    def read(self, offer: Offer) -> Reading:
        """Return the flux (5, H, W) in nanomaggies, float32, bands u g r i z."""
        image = self._row(int(offer.source.removeprefix("images/")))
        digest = hashlib.sha256(np.ascontiguousarray(image).tobytes()).hexdigest()
        flux = np.asarray(image, dtype=np.float32)
        return ugriz_reading(flux, digest, offer, self._settings)

    def _row(self, row: int) -> NDArray[Any]:
        """Return one image, out of the block of rows that was read last if it is there."""
        if not self._first <= row < self._first + len(self._block):
            step = self._block_rows()
            self._first = row // step * step
            try:
                self._block = self._images[self._first : self._first + step]
            except (OSError, RuntimeError) as error:
                self._block = self._images[:0]
                raise UnreadableImageError(f"images/{row} is damaged: {error}") from error
        image: NDArray[Any] = self._block[row - self._first]
        return image

    def _block_rows(self) -> int:
        """Return how many rows to read at a time: whole chunks, as far as memory allows."""
        row_bytes = self._images.dtype.itemsize * int(np.prod(self._images.shape[1:]))
        most = max(1, _BLOCK_BYTES // row_bytes)
        chunk = self._images.chunks[0] if self._images.chunks else 1
        return int(max(1, most // chunk) * chunk)

    def _check_images(self, path: Path) -> None:
        shape, dtype = self._images.shape, self._images.dtype
        if len(shape) != 4 or shape[1] != 5 or dtype.kind != "f":
            raise UnreadableArchiveError(
                f"{path}: images is {shape} {dtype}, expected floats (N, 5, H, W), bands u g r i z"
            )
        for key in KEYS:
            if self._file[key].shape[0] != shape[0]:
                raise UnreadableArchiveError(
                    f"{path}: images has {shape[0]} rows, {key} {self._file[key].shape[0]}. "
                    "They must agree: fetch the file again."
                )

    def _catalogue(self) -> pd.DataFrame:
        columns = {
            key: self._file[key][:]
            for key in (*KEYS, "specz_redshift_err")
            if key in self._file and self._file[key].ndim == 1
        }
        table = pd.DataFrame({**columns, "ObjID": [text(value) for value in columns["ObjID"]]})
        if self._file["e_bv"].ndim == 2:
            table["e_bv"] = ebv_from_extinction(self._file["e_bv"][:])
        form = normalised(table, self._settings, "the HDF5 file").drop(columns="file")
        form["source"] = [f"images/{row}" for row in range(len(form))]
        return form


def _open(path: Path) -> h5py.File:
    try:
        file = h5py.File(path, "r")
    except OSError as error:
        raise UnreadableArchiveError(
            f"{path} is no readable HDF5 file ({error}). Fetch it again."
        ) from error
    missing = [key for key in KEYS if key not in file]
    if missing:
        raise UnreadableArchiveError(
            f"{path} has no {', '.join(missing)}; found {', '.join(file) or 'nothing'}. Expected "
            f"the keys {', '.join(KEYS)}."
        )
    return file
