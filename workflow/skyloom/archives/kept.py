"""The second name of a raw file, by which it is found again.

A workflow removes an output before it runs its rule anew; what is still right need not be fetched
again then.
"""

import shutil
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path

from skyloom.digest import sha256_of_file

_DAMAGE = (
    *(zipfile.BadZipFile, zlib.error, EOFError, OSError),
    RuntimeError,  # a flipped bit can say that a member is encrypted, or packed in another way
    ValueError,  # a name that is no text
)


def kept_path(raw: Path) -> Path:
    """Return the second name of a raw file."""
    return raw.parent / ".kept" / raw.name


def keep(raw: Path) -> None:
    """Give a raw file its second name; where the file system has no hard links, it gets none."""
    kept = kept_path(raw)
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.unlink(missing_ok=True)
    try:
        kept.hardlink_to(raw)
    except OSError:
        return


def restore(raw: Path, sha256: str | None) -> bool:
    """Put the kept file back when it has the SHA-256 that is known; say whether it was."""
    kept = kept_path(raw)
    if sha256 is None or not kept.is_file() or sha256_of_file(kept) != sha256:
        return False
    raw.unlink(missing_ok=True)
    raw.hardlink_to(kept)
    return True


def restore_members(raw: Path, known: Mapping[str, str], folder: Path) -> None:
    """Unpack those members of a kept raw file whose SHA-256 is known into a folder.

    They are verified there like files of an interrupted fetch. What cannot be read is left out, and
    so fetched again: the kept file is the raw file under another name and shares its damage.
    """
    try:
        with zipfile.ZipFile(kept_path(raw)) as archive:
            for name in set(archive.namelist()) & set(known):
                _unpack(archive, name, folder / name)
    except _DAMAGE:
        return


def _unpack(archive: zipfile.ZipFile, name: str, target: Path) -> None:
    """Unpack one member, or leave nothing of it when it is damaged."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with archive.open(name) as source, target.open("wb") as file:
            shutil.copyfileobj(source, file, 2**20)
    except _DAMAGE:
        target.unlink(missing_ok=True)
