"""Members of a zip file, a tar file or a folder under one interface, with nothing ever extracted.

Nothing is written anywhere, so a member named `../x` can do no harm; it is refused all the same.
"""

import tarfile
import zipfile
import zlib
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import Protocol

from skyloom.surveys.contract import UnreadableArchiveError, UnreadableImageError

LARGEST_MEMBER = 512 * 2**20
"""Bytes above which a member is taken for a bomb rather than an image."""

_DAMAGE = (
    *(zipfile.BadZipFile, tarfile.TarError, zlib.error, OSError, EOFError),
    NotImplementedError,  # a packing that Python does not know
    RuntimeError,  # an encrypted zip file
)


class NamedFiles(Protocol):
    """Named contents of a raw file: `Members`, or `OneFile`."""

    @property
    def path(self) -> Path:
        """Return the path of the raw file."""
        ...

    @property
    def names(self) -> tuple[str, ...]:
        """Return the files' names, in the order in which they are read fastest."""
        ...

    def read(self, name: str) -> bytes:
        """Return the bytes of a file; raise `UnreadableImageError` when it is damaged."""
        ...


class OneFile:
    """A raw file that is itself the only one of its archive."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.names: tuple[str, ...] = (path.name,)

    def read(self, name: str) -> bytes:
        """Return its bytes."""
        return self.path.read_bytes()


class Members:
    """The files of an archive by their path inside it; system litter is left out.

    Attributes:
        names: paths; of a tar file in its own order, in which alone a compressed one reads fast,
            else sorted.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._zip: zipfile.ZipFile | None = None
        self._tar: tarfile.TarFile | None = None
        self._sizes = dict(self._list())
        for name in self._sizes:
            _refuse_escape(name, path)
        names = [name for name in self._sizes if not _is_litter(name)]
        self.names = tuple(names if self._tar is not None else sorted(names))

    def size(self, name: str) -> int:
        """Return the unpacked size of a member, in bytes."""
        return self._sizes[name]

    def read(self, name: str) -> bytes:
        """Return the bytes of a member; raise `UnreadableImageError` when it is damaged."""
        if self._sizes[name] > LARGEST_MEMBER:
            raise UnreadableImageError(
                f"{name} unpacks to {self._sizes[name]} bytes, more than {LARGEST_MEMBER}"
            )
        try:
            if self._zip is not None:
                return self._zip.read(name)
            if self._tar is not None:
                file = self._tar.extractfile(name)
                return b"" if file is None else file.read()
            return (self.path / name).read_bytes()
        except _DAMAGE as error:
            raise UnreadableImageError(f"{name} cannot be unpacked: {error}") from error

    def text(self, name: str) -> str:
        """Return a member as text; bytes that are not UTF-8 are replaced."""
        return self.read(name).decode("utf-8", errors="replace")

    def _list(self) -> Iterable[tuple[str, int]]:
        try:
            if self.path.is_dir():
                files = (file for file in self.path.rglob("*") if file.is_file())
                return [(f.relative_to(self.path).as_posix(), f.stat().st_size) for f in files]
            if zipfile.is_zipfile(self.path):
                self._zip = zipfile.ZipFile(self.path)
                listed = self._zip.infolist()
                return [(info.filename, info.file_size) for info in listed if not info.is_dir()]
            self._tar = tarfile.open(self.path)  # noqa: SIM115
            return [(info.name, info.size) for info in self._tar.getmembers() if info.isfile()]
        except _DAMAGE as error:
            raise UnreadableArchiveError(
                f"{self.path} is no readable zip or tar file ({error}). Delete it and run acquire "
                "again; if it comes back the same, the archive's file is damaged."
            ) from error


def _refuse_escape(name: str, path: Path) -> None:
    member = PurePosixPath(name)
    if member.is_absolute() or ".." in member.parts:
        raise UnreadableArchiveError(
            f"{path} holds a member named '{name}', which leads out of the archive. It is not what "
            "the archive's owner made: fetch it again from its address."
        )


def _is_litter(name: str) -> bool:
    parts = PurePosixPath(name).parts
    return "__MACOSX" in parts or any(part.startswith(".") for part in parts)
