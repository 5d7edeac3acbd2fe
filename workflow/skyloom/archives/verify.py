"""Is a file the one that the archive spoke of?"""

from pathlib import Path

from skyloom.digest import digest_of_file
from skyloom.errors import SkyloomError
from skyloom.shards import ArchiveFile


class FetchError(SkyloomError):
    """A file could not be brought here; what stood at its place is untouched."""


def verify(path: Path, file: ArchiveFile) -> None:
    """Compare size, MD5 and SHA-256 with what is known; raise `FetchError` on a difference."""
    compare(file.url, "size in bytes", path.stat().st_size, file.bytes)
    for name, expected in (("md5", file.md5), ("sha256", file.sha256)):
        if expected is not None:
            compare(file.url, name, digest_of_file(path, name), expected)


def compare(url: str, what: str, found: object, expected: object | None) -> None:
    """Raise `FetchError` naming both values when something is expected and another is found."""
    if expected is not None and found != expected:
        raise FetchError(
            f"{url}: {what} is {found}, expected {expected}. The file is altered, or a newer "
            "version. Fetch again; if it stays so, compare with the archive's page and correct "
            "the shard sheet, or the line in its .sha256 file, which keeps what came first."
        )
