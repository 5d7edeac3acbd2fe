"""All cut-outs of a set in one `.npy` array, with a catalogue of as many rows (CSV or FITS)."""

import hashlib
import io
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import pandas as pd
from astropy.table import Table
from numpy.typing import NDArray

from skyloom.surveys.contract import Offer, Reading, UnreadableArchiveError
from skyloom.surveys.galaxies.catalogue import normalised, read_csv
from skyloom.surveys.galaxies.flux import check_finite, crop_centre
from skyloom.surveys.galaxies.offers import Offers, in_redshift_range
from skyloom.surveys.galaxies.settings import ReaderSettings
from skyloom.surveys.members import Members

_LARGEST = 256 * 2**20
"""Bytes above which a stack does not fit beside the job's other memory."""


class StackArchive:
    """The cut-outs of one array; see `skyloom.surveys.contract.Archive`.

    The array is (N, C, H, W) or (C, N, H, W), whichever fits the catalogue's N rows.
    """

    def __init__(self, path: Path, settings: ReaderSettings) -> None:
        self._settings = settings
        members = Members(path)
        stack = _choose(path, members, settings.stack)
        form = _catalogue(path, members, settings)
        self._images = _by_galaxy(_load(path, members, stack), len(form), f"{path}: {stack}")
        form["source"] = [f"{stack}/{number}" for number in range(len(form))]
        form, self.remarks = in_redshift_range(form, settings)
        self.offers: Sequence[Offer] = Offers(form, settings)

    def read(self, offer: Offer) -> Reading:
        """Return the flux (C, H, W), float32, as it stands in the stack."""
        image = np.ascontiguousarray(self._images[int(offer.source.rsplit("/", 1)[1])])
        flux = crop_centre(image.astype(np.float32), self._settings.crop)
        check_finite(flux)
        return Reading(flux, hashlib.sha256(image.tobytes()).hexdigest())


def _choose(path: Path, members: Members, named: str | None) -> str:
    stacks = [name for name in members.names if name.endswith(".npy")]
    chosen = [name for name in stacks if named in (None, name, PurePosixPath(name).name)]
    if len(chosen) != 1:
        raise UnreadableArchiveError(
            f"{path} holds {len(stacks)} .npy arrays ({', '.join(stacks)}), reader.stack is "
            f"{named!r}. Name the one with the images."
        )
    return chosen[0]


def _load(path: Path, members: Members, name: str) -> NDArray[Any]:
    if members.size(name) > _LARGEST:
        raise UnreadableArchiveError(
            f"{path}: {name} has {members.size(name)} bytes, more than {_LARGEST}. Split it into "
            "several shards, or store it as an .npz with cube and labels, which is read in parts."
        )
    try:
        array: NDArray[Any] = np.load(io.BytesIO(members.read(name)), allow_pickle=False)
    except ValueError as error:
        raise UnreadableArchiveError(
            f"{path}: {name} is no readable array of numbers: {error}"
        ) from error
    return array


def _by_galaxy(array: NDArray[Any], count: int, name: str) -> NDArray[Any]:
    if array.ndim == 4 and array.dtype.kind == "f" and array.shape[0] == count:
        return array
    if array.ndim == 4 and array.dtype.kind == "f" and array.shape[1] == count:
        return array.transpose(1, 0, 2, 3)
    raise UnreadableArchiveError(
        f"{name} is {array.shape} {array.dtype}, expected floats (N, C, H, W) or (C, N, H, W) with "
        f"N = {count}, the rows of the catalogue"
    )


def _catalogue(path: Path, members: Members, settings: ReaderSettings) -> pd.DataFrame:
    tables = [name for name in members.names if name.lower().endswith((".csv", ".fits", ".fit"))]
    if len(tables) != 1:
        raise UnreadableArchiveError(
            f"{path} holds {len(tables)} tables ({', '.join(tables)}) beside its .npy array: "
            "expected one, with a row for each image"
        )
    name = tables[0]
    table = (
        read_csv(members.text(name), name)
        if name.lower().endswith(".csv")
        else _fits_table(path, members.read(name), name)
    )
    return normalised(table, settings, name).drop(columns="file")


def _fits_table(path: Path, content: bytes, name: str) -> pd.DataFrame:
    try:
        table = Table.read(io.BytesIO(content), format="fits")
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise UnreadableArchiveError(
            f"{path}: {name} is no readable FITS table: {error}"
        ) from error
    flat = [column for column in table.colnames if table[column].ndim == 1]
    return pd.DataFrame({column: np.asarray(table[column]).tolist() for column in flat})
