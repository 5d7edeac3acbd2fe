"""Reader of the aurora survey: tells a raw file's format and opens it."""

from collections.abc import Mapping
from pathlib import Path

from skyloom.surveys.aurora.cdf import CdfArchive
from skyloom.surveys.aurora.files import FilesArchive, is_frame_file
from skyloom.surveys.aurora.oath import LABELS, OathArchive
from skyloom.surveys.aurora.settings import ReaderSettings
from skyloom.surveys.contract import Archive, UnreadableArchiveError
from skyloom.surveys.members import Members

_CDF = (b"\xcd\xf3\x00\x01", b"\xcd\xf2\x60\x02", b"\x00\x00\xff\xff")


def open_archive(path: Path, settings: ReaderSettings, columns: Mapping[str, str]) -> Archive:
    """Open a raw file: an OATH tarball, a THEMIS CDF file, or frame files.

    Raises:
        UnreadableArchiveError: missing, empty, or in none of these formats.
    """
    if not path.is_dir():
        _refuse_empty(path)
        if _starts_with(path, _CDF):
            return CdfArchive(path, settings)
        if is_frame_file(path):
            return FilesArchive.of_file(path, settings)
    members = Members(path)
    if any(LABELS.search(name) for name in members.names):
        return OathArchive(members, settings)
    return FilesArchive(members, settings)


def _refuse_empty(path: Path) -> None:
    if not path.is_file() or path.stat().st_size == 0:
        raise UnreadableArchiveError(f"{path} is missing or empty. Run acquire again.")


def _starts_with(path: Path, magics: tuple[bytes, ...]) -> bool:
    with path.open("rb") as file:
        return file.read(4) in magics
