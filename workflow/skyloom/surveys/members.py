"""Members of a zip file or a folder under one interface, with nothing ever extracted."""

import zipfile
from pathlib import Path, PurePosixPath

from skyloom.surveys.contract import UnreadableArchiveError, UnreadableImageError

LARGEST_MEMBER = 256 * 2**20
"""Bytes above which a member is taken for a bomb rather than an image."""


class Members:
    """The files of an archive by their path inside it; system litter is left out."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._zip: zipfile.ZipFile | None = None
        if path.is_dir():
            names = [p.relative_to(path).as_posix() for p in path.rglob("*") if p.is_file()]
        else:
            self._zip = _open_zip(path)
            names = [info.filename for info in self._zip.infolist() if not info.is_dir()]
        self.names = tuple(sorted(name for name in names if not _is_litter(name)))

    def read(self, name: str) -> bytes:
        """Return the bytes of a member; raise `UnreadableImageError` when it is damaged."""
        try:
            if self._zip is None:
                return (self._path / name).read_bytes()
            size = self._zip.getinfo(name).file_size
            if size > LARGEST_MEMBER:
                raise UnreadableImageError(f"unpacks to {size} bytes, more than {LARGEST_MEMBER}")
            return self._zip.read(name)
        except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError) as error:
            raise UnreadableImageError(f"cannot be unpacked: {error}") from error

    def text(self, name: str) -> str:
        """Return a member as text; bytes that are not UTF-8 are replaced."""
        return self.read(name).decode("utf-8", errors="replace")


def _open_zip(path: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError) as error:
        raise UnreadableArchiveError(
            f"{path} is no readable zip file ({error}). Delete it and run acquire again; if it "
            "comes back the same, the archive's file is damaged."
        ) from error


def _is_litter(name: str) -> bool:
    parts = PurePosixPath(name).parts
    return "__MACOSX" in parts or any(part.startswith(".") for part in parts)
