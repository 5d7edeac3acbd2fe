"""Bring one file of an archive here: complete and verified, or not at all."""

import shutil
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import httpx
from tqdm import tqdm

from skyloom import __version__
from skyloom.atomic import atomic_path
from skyloom.digest import sha256_of_file
from skyloom.errors import SkyloomError

TIMEOUT = httpx.Timeout(30.0, connect=15.0)
_BLOCK = 2**20


class FetchError(SkyloomError):
    """A file could not be brought here; what stood at its place is untouched."""


@dataclass(frozen=True)
class Fetched:
    """What was brought: its origin, SHA-256, size, and how it came."""

    origin: str
    sha256: str
    bytes: int
    how: str


def fetch(
    origin: str | Path, destination: Path, sha256: str | None, size: int | None, kept: Path
) -> Fetched:
    """Bring `origin` to `destination`.

    Args:
        origin: https address, file, or folder (packed into a zip file that depends on the names
            and bytes in it alone).
        destination: path of the raw file.
        sha256, size: what the archive says of its file, or None. A folder is an unpacked copy of
            that file, so they cannot be compared with it.
        kept: a second name (hard link) of the file, by which it is found again when a workflow has
            removed `destination` before running the rule anew.

    Raises:
        FetchError: absent, cut short, or another size or SHA-256 than expected.
    """
    if sha256 is not None and kept.is_file() and sha256_of_file(kept) == sha256:
        _link(kept, destination)
        return Fetched(str(origin), sha256, destination.stat().st_size, "already here, verified")
    with atomic_path(destination) as temporary:
        how = _bring(origin, temporary)
        found = sha256_of_file(temporary)
        bytes_found = temporary.stat().st_size
        if how != "packed folder":
            _compare(str(origin), "size", bytes_found, size)
            _compare(str(origin), "sha256", found, sha256)
    _link(destination, kept)
    return Fetched(str(origin), found, bytes_found, how)


def _bring(origin: str | Path, target: Path) -> str:
    if isinstance(origin, str):
        _download(origin, target)
        return "downloaded"
    if origin.is_dir():
        pack_folder(origin, target)
        return "packed folder"
    if not origin.is_file():
        raise FetchError(f"{origin} is not there")
    shutil.copyfile(origin, target)
    return "copied"


def pack_folder(folder: Path, target: Path) -> None:
    """Pack a folder as an uncompressed zip file: sorted names, no times, so equal in, equal out."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    if not files:
        raise FetchError(f"{folder} is an empty folder")
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for path in tqdm(files, f"pack {folder.name}", mininterval=5, unit="file"):
            archive.writestr(
                zipfile.ZipInfo(path.relative_to(folder).as_posix()), path.read_bytes()
            )


def _download(url: str, target: Path) -> None:
    headers = {"User-Agent": f"skyloom/{__version__} (scientific workflow)"}
    try:
        with (
            httpx.stream(
                "GET", url, headers=headers, timeout=TIMEOUT, follow_redirects=True
            ) as response,
            target.open("wb") as file,
        ):
            response.raise_for_status()
            _copy_body(response, file)
    except httpx.HTTPStatusError as error:
        raise FetchError(
            f"{url}: the server answered {error.response.status_code} "
            f"{error.response.reason_phrase}. Check the address in the shard sheet."
        ) from error
    except httpx.HTTPError as error:
        raise FetchError(
            f"{url}: {type(error).__name__}: {error}. Check the network, or set archive_root to a "
            "local copy."
        ) from error


def _copy_body(response: httpx.Response, file: BinaryIO) -> None:
    said = response.headers.get("Content-Length")
    total = int(said) if said and said.isdigit() else None
    encoded = "Content-Encoding" in response.headers
    with tqdm(total=total, unit="B", unit_scale=True, mininterval=5) as bar:
        for block in response.iter_bytes(_BLOCK):
            file.write(block)
            bar.update(len(block))
    if total is not None and not encoded:
        _compare(str(response.url), "Content-Length", file.tell(), total)


def _compare(origin: str, what: str, found: object, expected: object | None) -> None:
    if expected is not None and found != expected:
        raise FetchError(
            f"{origin}: {what} is {found}, expected {expected}. The file is cut short, altered or "
            "a newer version: fetch again, and if it stays so, compare with the archive's page and "
            "correct the shard sheet."
        )


def _link(source: Path, target: Path) -> None:
    """Give a file a second name; where the file system cannot, it has only one."""
    target.parent.mkdir(parents=True, exist_ok=True)
    target.unlink(missing_ok=True)
    try:
        target.hardlink_to(source)
    except OSError:
        if source.parent.name.startswith("."):  # from the kept name to the raw file: needed
            shutil.copyfile(source, target)
