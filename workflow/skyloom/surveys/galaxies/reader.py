"""Reader of the galaxies' raw files: finds out which format a file has, and opens it."""

import zipfile
from collections.abc import Mapping
from pathlib import Path

import h5py

from skyloom.surveys.contract import Archive
from skyloom.surveys.galaxies.frames import FRAME, FramesArchive
from skyloom.surveys.galaxies.hdf5 import Hdf5Archive
from skyloom.surveys.galaxies.npz import MEMBERS as NPZ_MEMBERS
from skyloom.surveys.galaxies.npz import NpzArchive
from skyloom.surveys.galaxies.pictures import PicturesArchive
from skyloom.surveys.galaxies.settings import ReaderSettings
from skyloom.surveys.galaxies.stack import StackArchive
from skyloom.surveys.members import Members


def open_archive(path: Path, settings: ReaderSettings, columns: Mapping[str, str]) -> Archive:
    """Open a raw file of galaxies.

    By content: an HDF5 file; a zip file or folder with SDSS frames; a zip file with the arrays
    `cube` or `labels` (`sdss.npz`); one with another `.npy` array and a table; else pictures.

    Raises:
        UnreadableArchiveError: the file as a whole is none of these, or damaged.
    """
    if path.is_file() and (path.suffix in (".h5", ".hdf5") or h5py.is_hdf5(path)):
        return Hdf5Archive(path, settings)
    if path.is_file() and (path.suffix == ".npz" or _is_npz(path)):
        return NpzArchive(path, settings)
    names = Members(path).names
    if any(FRAME.search(name) for name in names):
        return FramesArchive(path, settings)
    if any(name.endswith(".npy") for name in names):
        return StackArchive(path, settings)
    return PicturesArchive(path, settings)


def _is_npz(path: Path) -> bool:
    if not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as archive:
        return bool(set(NPZ_MEMBERS) & set(archive.namelist()))
