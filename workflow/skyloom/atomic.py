"""Files, and lines of logs, that are either complete or absent."""

import glob
import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

SUFFIX = ".partial"
"""Of a file that is being written; hidden, beside the one that it will be."""


@contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`; on success it is synced and renamed to `path`.

    When the block raises, the temporary file is removed and what stood at `path` is untouched.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=SUFFIX, dir=path.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        temporary.chmod(0o666 & ~_umask())
        move(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write `text` (UTF-8) to `path`, atomically."""
    with atomic_path(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def move(complete: Path, path: Path) -> None:
    """Rename a complete file to `path` on the same file system, its bytes on the disk first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    sync(complete)
    complete.replace(path)
    sync(path.parent)


def append_lines(descriptor: int, lines: Sequence[str], path: Path) -> None:
    """Write lines to a file open for appending and wait until they are on the disk.

    Where that fails, for example on a full disk, the file ends as it did: the next line must not
    begin within what is left of this one.
    """
    content = "".join(f"{line}\n" for line in lines).encode()
    if not content:
        return
    size = os.fstat(descriptor).st_size
    try:
        written = os.write(descriptor, content)
        if written != len(content):
            raise OSError(f"{path}: {written} of {len(content)} bytes written. Is the disk full?")
        os.fsync(descriptor)
    except OSError:
        os.ftruncate(descriptor, size)
        raise


def remove_partials(path: Path) -> None:
    """Remove what killed processes left of `path`; none may be writing it at this moment."""
    for left in path.parent.glob(f".{glob.escape(path.name)}.*{SUFFIX}"):
        left.unlink(missing_ok=True)


def sync(path: Path) -> None:
    """Wait until the bytes of a file, or the names in a folder, are on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
