"""Tar files among the members of a raw file, read as far as they are whole."""

import io
import tarfile
import zlib

from skyloom.surveys.contract import UnreadableImageError

_DAMAGE = (tarfile.TarError, zlib.error, OSError, EOFError)
_END = bytes(tarfile.BLOCKSIZE)
"""The block that stands behind the last file (POSIX has two of them)."""


def list_tar(content: bytes) -> tuple[list[str], str | None]:
    """Return the names of a tar file's files, and what is wrong with its end, if anything is.

    A file that a cut goes through is listed: its own bytes tell how much of it is there.
    """
    names: list[str] = []
    try:
        with tarfile.open(fileobj=io.BytesIO(content)) as archive:
            names += (info.name for info in archive if info.isfile())
            whole = _bytes_at(archive, archive.offset, len(_END)) == _END
    except _DAMAGE as error:
        return names, f"a tar file that is cut short or damaged after {len(names)} files: {error}"
    if not whole:
        return names, f"a tar file that ends after {len(names)} files without its end mark"
    return names, None


def read_from_tar(content: bytes, name: str) -> bytes:
    """Return a file of a tar file, or of one that a cut goes through what is there.

    Raises:
        UnreadableImageError: the tar file is damaged before it.
    """
    try:
        with tarfile.open(fileobj=io.BytesIO(content)) as archive:
            for info in archive:
                if info.name == name and info.isfile():
                    return _bytes_at(archive, info.offset_data, info.size)
    except _DAMAGE as error:
        raise UnreadableImageError(f"{name} cannot be unpacked: {error}") from error
    raise UnreadableImageError(f"{name} is no longer in its tar file")


def _bytes_at(archive: tarfile.TarFile, start: int, size: int) -> bytes:
    file = archive.fileobj
    if file is None:
        raise tarfile.ReadError("the tar file is closed")
    file.seek(start)
    return bytes(file.read(size))
