"""The files of a raw solar archive: members of a zip, tar or folder, or one FITS file."""

import csv
import io
import re
import warnings
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Protocol

from astropy.io import fits
from astropy.utils.exceptions import AstropyWarning

from skyloom.shards import MEMBERS_FILE
from skyloom.surveys.contract import UnreadableImageError
from skyloom.surveys.members import Members

_FITS = re.compile(r"\.(fits|fts|fit)(\.gz)?$", re.IGNORECASE)


class Files(Protocol):
    """Named contents; `skyloom.surveys.members.Members` is one."""

    path: Path
    names: tuple[str, ...]

    def read(self, name: str) -> bytes:
        """Return the bytes of a file; raise `UnreadableImageError`."""
        ...


class OneFile:
    """A raw archive that is a single FITS file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.names: tuple[str, ...] = (path.name,)

    def read(self, name: str) -> bytes:
        """Return the bytes of the file."""
        return self.path.read_bytes()


def open_files(path: Path) -> Files:
    """Open a raw archive; raise `UnreadableArchiveError` where it is none."""
    return OneFile(path) if path.is_file() and is_fits(path.name) else Members(path)


def is_fits(name: str) -> bool:
    """Say whether a file is FITS by its name."""
    return _FITS.search(name) is not None


def stem(name: str) -> str:
    """Return a file name without folder and FITS ending."""
    return _FITS.sub("", PurePosixPath(name).name)


def read_text(files: Files, name: str) -> str:
    """Return a file as text; bytes that are not UTF-8 are replaced, a byte order mark dropped."""
    return files.read(name).decode("utf-8-sig", errors="replace")


def absence_remarks(files: Files) -> list[str]:
    """Return a remark when the list of members says that the archive lacks some, else nothing."""
    if MEMBERS_FILE not in files.names:
        return []
    header, *rows = read_rows(read_text(files, MEMBERS_FILE)) or [[]]
    place = {name: number for number, name in enumerate(header)}
    if not {"name", "state"} <= set(place):
        return []
    absent = [row[place["name"]] for row in rows if row[place["state"] :][:1] == ["absent"]]
    if not absent:
        return []
    return [f"{len(absent)} of {len(rows)} files are not in the archive, the first {absent[0]}"]


def read_header(content: bytes) -> fits.Header:
    """Return the header of a file's first image without unpacking its pixels.

    Raises:
        UnreadableImageError: no FITS file, or none of its HDUs is an image.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", AstropyWarning)
            with fits.open(io.BytesIO(content), memmap=False) as units:
                for unit in units:
                    if unit.header.get("NAXIS", 0) >= 2 and not isinstance(unit, fits.BinTableHDU):
                        return unit.header.copy()
                    if isinstance(unit, fits.CompImageHDU):
                        return unit.header.copy()
    except (OSError, ValueError, TypeError, KeyError, EOFError, fits.VerifyError) as error:
        raise UnreadableImageError(
            f"no readable FITS file ({len(content)} bytes): {error}"
        ) from error
    raise UnreadableImageError("no image in any HDU")


def read_rows(text: str) -> Sequence[Sequence[str]]:
    """Return the rows of a table whose first line tells its separator; blank lines are dropped."""
    first = next(iter(text.splitlines()), "")
    separator = max(",\t;|", key=first.count)
    rows = csv.reader(io.StringIO(text), delimiter=separator)
    return [[cell.strip() for cell in row] for row in rows if any(cell.strip() for cell in row)]
