"""`sdss.npz` of Pasquet et al. 2019 (A&A 621, A26): 659,857 cut-outs 64 x 64 in ugriz with labels.

`cube` is (N, 64, 64, 5) float, nanomaggies; `labels` a record array with z, dered_petro_r,
primtarget, ra, dec, specObjID, EBV and more. Neither is ever held whole.
"""

import hashlib
import zipfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from skyloom.surveys.contract import Offer, Reading, UnreadableArchiveError
from skyloom.surveys.galaxies.band_order import SAMPLE, check_band_order
from skyloom.surveys.galaxies.catalogue import normalised
from skyloom.surveys.galaxies.flux import ugriz_reading
from skyloom.surveys.galaxies.npy_member import NpyMember
from skyloom.surveys.galaxies.offers import Offers, in_redshift_range
from skyloom.surveys.galaxies.settings import ReaderSettings
from skyloom.surveys.galaxies.sky import position_name

MEMBERS = ("cube.npy", "labels.npy")
_LABEL_ROWS = 20_000
"""Rows of the label table unpacked at a time."""
_FAINTEST, _FARTHEST, _GALAXY_BIT = 17.8, 0.4, 64
"""Cut of the Main Galaxy Sample: dereddened Petrosian r, redshift, bit of primtarget."""


class NpzArchive:
    """The galaxies of `sdss.npz`; see `skyloom.surveys.contract.Archive`."""

    def __init__(self, path: Path, settings: ReaderSettings) -> None:
        self._settings = settings
        self._zip = _open_zip(path)
        self._cube = NpyMember(path, self._zip, "cube")
        self._check_cube(path)
        labels = _read_labels(path, NpyMember(path, self._zip, "labels"), settings)
        if len(labels) != self._cube.shape[0]:
            raise UnreadableArchiveError(
                f"{path}: cube has {self._cube.shape[0]} galaxies, labels {len(labels)}. They must "
                "agree: fetch the file again."
            )
        if settings.main_sample != "all":
            _refuse_uncut(labels, settings.main_sample, path)
        chosen = labels[_in_main_sample(labels, settings.main_sample)]
        cut = len(labels) - len(chosen)
        self.remarks = [f"{cut} galaxies left out: not in the main sample"] if cut else []
        chosen = chosen.drop(columns="primtarget", errors="ignore")
        chosen, left_out = in_redshift_range(chosen, settings)
        self.remarks += left_out
        self.offers: Sequence[Offer] = Offers(chosen, settings)

    def read(self, offer: Offer) -> Reading:
        """Return the flux (5, H, W) in nanomaggies, float32, bands u g r i z."""
        row = self._cube.rows(int(offer.source.removeprefix("cube/")), 1)[0]  # (H, W, 5)
        flux = np.ascontiguousarray(row.transpose(2, 0, 1), dtype=np.float32)
        digest = hashlib.sha256(row.tobytes()).hexdigest()
        return ugriz_reading(flux, digest, offer, self._settings)

    def _check_cube(self, path: Path) -> None:
        shape, dtype = self._cube.shape, self._cube.dtype
        if len(shape) != 4 or shape[3] != 5 or dtype.kind != "f":
            raise UnreadableArchiveError(
                f"{path}: cube is {shape} {dtype}, expected floats (N, H, W, 5), bands u g r i z"
                f"{_channel_first(shape)}"
            )
        first = self._cube.rows(0, min(SAMPLE, shape[0])).transpose(0, 3, 1, 2)
        check_band_order(first, f"{path}: cube")


def _channel_first(shape: tuple[int, ...]) -> str:
    """Return what to do with an array whose bands come first, or the empty text."""
    if len(shape) != 4 or shape[1] != 5:
        return ""
    return ". Its bands come first: write numpy.ascontiguousarray(cube.transpose(0, 2, 3, 1))"


def _open_zip(path: Path) -> zipfile.ZipFile:
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError) as error:
        raise UnreadableArchiveError(
            f"{path} is no readable .npz file ({error}): cut short, or something else. Fetch it "
            "again."
        ) from error
    missing = [name for name in MEMBERS if name not in archive.namelist()]
    if missing:
        raise UnreadableArchiveError(
            f"{path} has no {', '.join(missing)}; found {', '.join(archive.namelist()) or 'none'}. "
            "Expected an .npz file with the arrays cube and labels."
        )
    return archive


def _read_labels(path: Path, member: NpyMember, settings: ReaderSettings) -> pd.DataFrame:
    """Return the labels in the catalogue's form, with primtarget besides where it is there."""
    names = member.dtype.names or ()
    missing = [name for name in ("z", "ra", "dec") if name not in names]
    if missing:
        raise UnreadableArchiveError(
            f"{path}: labels has no column {', '.join(missing)}; found {', '.join(names) or 'none'}"
        )
    _refuse_several(path, member)
    total = member.shape[0]
    parts = [
        _labels_part(member, first, min(_LABEL_ROWS, total - first), settings)
        for first in range(0, total, _LABEL_ROWS)
    ]
    return pd.concat(parts, ignore_index=True)


def _refuse_several(path: Path, member: NpyMember) -> None:
    """Raise `UnreadableArchiveError` when a column holds several numbers a galaxy."""
    for name in member.dtype.names or ():
        shape = member.dtype[name].shape
        if shape:
            raise UnreadableArchiveError(
                f"{path}: labels has {shape} numbers a galaxy in its column {name}, expected one. "
                "EBV is E(B-V), not the five extinctions; write extinction_u to extinction_z as "
                "five columns."
            )


def _labels_part(
    member: NpyMember, first: int, count: int, settings: ReaderSettings
) -> pd.DataFrame:
    rows = member.rows(first, count)
    table = pd.DataFrame({name: _native(rows[name]) for name in member.dtype.names or ()})
    table["objid"] = _ids(table)
    form = normalised(table, settings, "labels").drop(columns="file")
    form["source"] = [f"cube/{number}" for number in range(first, first + count)]
    if "primtarget" in table:
        form["primtarget"] = table["primtarget"].to_numpy()
    return form


def _native(column: NDArray[np.generic]) -> list[str] | NDArray[np.generic]:
    """Return a column in this machine's byte order; text as text."""
    if column.dtype.kind in "SU":
        return [
            value.decode("ascii", "replace") if isinstance(value, bytes) else str(value)
            for value in column.tolist()
        ]
    return column.astype(column.dtype.newbyteorder("="))


def _ids(table: pd.DataFrame) -> list[str]:
    """Return names: specObjID, or the place when it is missing or a float, which drops digits."""
    if "specObjID" in table and table["specObjID"].dtype.kind != "f":
        return [str(value).strip() for value in table["specObjID"]]
    return [position_name(ra, dec) for ra, dec in zip(table["ra"], table["dec"], strict=True)]


def _refuse_uncut(labels: pd.DataFrame, cut: str, path: Path) -> None:
    """Raise `UnreadableArchiveError` when the columns that the cut asks are not there."""
    lacking = [] if "primtarget" in labels else ["primtarget"]
    if labels["petro_r"].isna().all():
        lacking.append("dered_petro_r")
    if lacking:
        raise UnreadableArchiveError(
            f"{path}: labels has no values of {' and '.join(lacking)}, which the cut "
            f"reader.main_sample: {cut} asks for. Set main_sample: all to take every galaxy; "
            "reader.columns can name another header for petro_r."
        )


def _in_main_sample(labels: pd.DataFrame, cut: str) -> NDArray[np.bool_]:
    """Return which galaxies the cut of `ReaderSettings.main_sample` keeps."""
    if cut == "all":
        return np.ones(len(labels), dtype=bool)
    target = labels["primtarget"].to_numpy(dtype=np.int64)
    is_target = target >= _GALAXY_BIT if cut == "published" else (target & _GALAXY_BIT) > 0
    bright = labels["petro_r"].to_numpy() <= _FAINTEST
    near = labels["redshift"].to_numpy() <= _FARTHEST
    kept: NDArray[np.bool_] = is_target & bright & near
    return kept
