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
from skyloom.surveys.galaxies.band_order import SAMPLE, check_band_order
from skyloom.surveys.galaxies.catalogue import normalised, text
from skyloom.surveys.galaxies.dust import R_DR12, ebv_from_extinction
from skyloom.surveys.galaxies.flux import ugriz_reading
from skyloom.surveys.galaxies.offers import Offers, in_redshift_range
from skyloom.surveys.galaxies.settings import ReaderSettings

KEYS = ("ObjID", "ra", "dec", "e_bv", "images", "specz_redshift")
_RATIO_ERROR = 0.15
"""Largest relative error of the extinctions' ratios; between published coefficients it is 0.05."""
_DAMAGE = (OSError, RuntimeError, KeyError, ValueError, TypeError, AttributeError)
"""What h5py raises for a file that is damaged inside."""
_BLOCK_BYTES = 48 * 2**20
"""Bytes of images read at a time."""


class Hdf5Archive:
    """The galaxies of an HDF5 file; see `skyloom.surveys.contract.Archive`."""

    def __init__(self, path: Path, settings: ReaderSettings) -> None:
        self._settings = settings
        self._file = _open(path)
        try:
            self._images = self._file["images"]
            self._check_images(path)
            self._first, self._block = 0, self._images[:0]
            extinction = _extinction(path, self._file["e_bv"][:])
            catalogue = self._catalogue(extinction)
        except _DAMAGE as error:
            raise UnreadableArchiveError(
                f"{path} is damaged: its arrays cannot be read ({error}). Fetch it again."
            ) from error
        form, left_out = in_redshift_range(catalogue, settings)
        single = ["e_bv holds one number a galaxy, not five: taken as E(B-V)"]
        self.remarks = left_out + (single if extinction.ndim == 1 else [])
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
                f"{_channel_last(shape)}"
            )
        for key in KEYS:
            if self._file[key].shape[0] != shape[0]:
                raise UnreadableArchiveError(
                    f"{path}: images has {shape[0]} rows, {key} {self._file[key].shape[0]}. "
                    "They must agree: fetch the file again."
                )
        check_band_order(self._images[:SAMPLE], f"{path}: images")

    def _catalogue(self, extinction: NDArray[np.float64]) -> pd.DataFrame:
        columns = {
            key: self._file[key][:]
            for key in (*KEYS, "specz_redshift_err")
            if key in self._file and self._file[key].ndim == 1
        }
        table = pd.DataFrame({**columns, "ObjID": [text(value) for value in columns["ObjID"]]})
        if extinction.ndim == 2:
            table["e_bv"] = ebv_from_extinction(extinction)
        form = normalised(table, self._settings, "the HDF5 file").drop(columns="file")
        form["source"] = [f"images/{row}" for row in range(len(form))]
        return form


def _extinction(path: Path, values: NDArray[Any]) -> NDArray[np.float64]:
    """Return `e_bv`: five extinctions a galaxy (N, 5), or E(B-V) itself (N,).

    Raises:
        UnreadableArchiveError: another shape, or five numbers that are no extinctions in u g r i z.
    """
    if values.ndim != 1 and values.shape[1:] != (len(R_DR12),):
        raise UnreadableArchiveError(
            f"{path}: e_bv is {values.shape}, expected (N, 5), the catalogue's extinctions in "
            "u g r i z, or (N,), E(B-V) itself"
        )
    if values.ndim == 2:
        _check_ratios(path, values)
    return values.astype(np.float64)


def _check_ratios(path: Path, extinctions: NDArray[Any]) -> None:
    known = extinctions[(extinctions > 0).all(axis=1)]  # False for NaN
    if not len(known):
        return
    ratios, expected = np.median(known / known[:, 2:3], axis=0), R_DR12 / R_DR12[2]
    if (np.abs(ratios / expected - 1) > _RATIO_ERROR).any():
        raise UnreadableArchiveError(
            f"{path}: the five numbers of e_bv stand as {_said(ratios)} to each other, extinctions "
            f"in u g r i z as {_said(expected)}. If each is E(B-V), write it once a galaxy, (N,); "
            "if the bands have another order, write them as u g r i z."
        )


def _said(ratios: NDArray[np.float64]) -> str:
    return " : ".join(f"{ratio:.2f}" for ratio in ratios)


def _channel_last(shape: tuple[int, ...]) -> str:
    """Return what to do with an array whose bands come last, or the empty text."""
    if len(shape) != 4 or shape[3] != 5:
        return ""
    return ". Its bands come last: write numpy.ascontiguousarray(images.transpose(0, 3, 1, 2))"


def _open(path: Path) -> h5py.File:
    try:
        file = h5py.File(path, "r")
        missing = [key for key in KEYS if key not in file]
    except (OSError, RuntimeError) as error:
        raise UnreadableArchiveError(
            f"{path} is no readable HDF5 file ({error}). Fetch it again."
        ) from error
    if missing:
        raise UnreadableArchiveError(
            f"{path} has no {', '.join(missing)}; found {', '.join(file) or 'nothing'}. Expected "
            f"the keys {', '.join(KEYS)}."
        )
    return file
