"""The files of a raw solar archive: members of a zip, tar or folder, or one FITS file."""

import csv
import io
import re
import warnings
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from astropy.io import fits
from astropy.utils.exceptions import AstropyWarning

from skyloom.surveys.contract import UnreadableArchiveError, UnreadableImageError
from skyloom.surveys.member_list import absent_members, member_rows
from skyloom.surveys.members import Members, NamedFiles, OneFile

_FITS = re.compile(r"\.(fits|fts|fit)(\.gz)?$", re.IGNORECASE)


def open_files(path: Path) -> NamedFiles:
    """Open a raw archive; raise `UnreadableArchiveError` where it is none."""
    return OneFile(path) if path.is_file() and is_fits(path.name) else Members(path)


def is_fits(name: str) -> bool:
    """Say whether a file is FITS by its name."""
    return _FITS.search(name) is not None


def stem(name: str) -> str:
    """Return a file name without folder and FITS ending."""
    return _FITS.sub("", PurePosixPath(name).name)


def read_text(files: NamedFiles, name: str) -> str:
    """Return a file as text; bytes that are not UTF-8 are replaced, a byte order mark dropped."""
    return files.read(name).decode("utf-8-sig", errors="replace")


def absence_remarks(files: NamedFiles) -> list[str]:
    """Return a remark when the list of members says that the archive lacks some, else nothing."""
    rows, absent = member_rows(files), absent_members(files)
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
    rows = csv.reader(text.splitlines(), delimiter=separator)
    try:
        return [[cell.strip() for cell in row] for row in rows if any(cell.strip() for cell in row)]
    except csv.Error as error:
        raise UnreadableArchiveError(f"a table of the archive cannot be read: {error}") from error
