"""Reader of solar archives: tells the formats apart."""

import re
from collections.abc import Mapping
from pathlib import Path

from skyloom.surveys.contract import Archive, UnreadableArchiveError, UnreadableImageError
from skyloom.surveys.members import NamedFiles
from skyloom.surveys.sun.catalogue import REQUIRED, parse_catalogue, region_from_columns
from skyloom.surveys.sun.files import is_fits, open_files, read_header, read_text
from skyloom.surveys.sun.images import ImageArchive
from skyloom.surveys.sun.passages import PassageArchive
from skyloom.surveys.sun.settings import ReaderSettings
from skyloom.surveys.sun.sharps import SharpArchive
from skyloom.surveys.sun.videos import VideoArchive

_CATALOGUE = re.compile(r"(^|/)regions\.(csv|tsv)$", re.IGNORECASE)
_TIMES = re.compile(r"\.dt\.fits$", re.IGNORECASE)
_SHARP = re.compile(r"sharp_cea_720s\.\d+\.|sharp\w*\.bitmap\.fits$", re.IGNORECASE)


def open_archive(path: Path, settings: ReaderSettings, columns: Mapping[str, str]) -> Archive:
    """Open a raw file: a zip, tar, folder or single FITS file.

    `regions.csv` inside, or the sheet's columns region, first_seen, latitude and
    carrington_longitude: full disks, cut into videos of passages. `X.fits` beside `X.dt.fits`:
    ready videos. SHARP names, or headers with Carrington CEA axes: patches. Else: whole images.

    Raises:
        UnreadableArchiveError: no archive, no FITS file in it, or a catalogue that cannot be used.
    """
    files = open_files(path)
    names = [name for name in files.names if is_fits(name)]
    catalogues = [name for name in files.names if _CATALOGUE.search(name)]
    if not names:
        raise UnreadableArchiveError(
            f"{path} holds no FITS file; found {', '.join(files.names[:3]) or 'nothing'}. Expected "
            "full-disk magnetograms, SHARP patches or ready videos."
        )
    if catalogues:
        where = f"{path}: {catalogues[0]}"
        text = read_text(files, catalogues[0])
        regions = parse_catalogue(text, where, settings.catalogue_columns)
        return PassageArchive(files, regions, settings)
    if all(columns.get(name) for name in REQUIRED):
        return PassageArchive(files, [region_from_columns(columns)], settings)
    if any(_TIMES.search(name) for name in names):
        return VideoArchive(files, settings)
    if any(_SHARP.search(name) for name in names) or _is_patch(files, names[0]):
        return SharpArchive(files, settings)
    return ImageArchive(files, settings)


def _is_patch(files: NamedFiles, name: str) -> bool:
    try:
        header = read_header(files.read(name))
    except UnreadableImageError:
        return False
    return str(header.get("CTYPE1", "")).upper().startswith("CRLN")
