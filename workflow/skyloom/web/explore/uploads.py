"""Files that were dropped on a page: received, embedded, forgotten; their features stay a while."""

import hashlib
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from threading import Lock

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from starlette.concurrency import run_in_threadpool

from skyloom.web.explore.catalogue import ExplorerError

LARGEST = 256 * 1024**2
"""Bytes of a file that may be dropped on a page."""
LONGEST_NAME = 200
KEPT = 32
"""Files whose features are kept; the one that was asked for longest ago goes first."""


@dataclass(frozen=True)
class Upload:
    """The images of a file from outside the study.

    Attributes:
        name: of the file.
        rows: image_id, group and time of each image.
        picture: the first of them as a thumbnail, JPEG.
        vectors: features (n, D) by encoder; encoders: SHA-256 of each.
    """

    name: str
    rows: pd.DataFrame
    picture: bytes
    vectors: Mapping[str, NDArray[np.float32]]
    encoders: Mapping[str, str]

    def vectors_of(self, encoder: str, sha256: str) -> NDArray[np.float32]:
        """Return the features (n, D) of one encoder.

        Raises:
            ExplorerError: the study's images were embedded by another.
        """
        if self.encoders.get(encoder) != sha256:
            raise ExplorerError(
                f"{self.name} was embedded by another encoder than the study's images: "
                f"{self.encoders.get(encoder, 'none')[:12]}, expected {sha256[:12]}. "
                "Run: snakemake features, then drop the file again."
            )
        return self.vectors[encoder]


Embed = Callable[[Path], Upload]
"""Prepares a file and embeds its images as the study's own; raises `SkyloomError` in words."""


class Uploads:
    """Takes files in and keeps what a search needs of them, in memory alone.

    Args:
        embed: is called for one file at a time.
    """

    def __init__(self, embed: Embed) -> None:
        self._embed = embed
        self._kept: OrderedDict[str, Upload] = OrderedDict()
        self._turn, self._lock = Lock(), Lock()

    async def receive(self, name: str, chunks: AsyncIterator[bytes]) -> str:
        """Write a file as it comes, embed its images, delete it; return its token.

        Args:
            name: of the file; folders before it are left out.
            chunks: its content.

        Raises:
            ExplorerError: it is empty or too large; and what `embed` raises.
        """
        with TemporaryDirectory(prefix="skyloom-") as folder:
            path = Path(folder) / plain_name(name)
            digest, size = hashlib.sha256(), 0
            with path.open("wb") as file:
                async for chunk in chunks:
                    size += len(chunk)
                    if size > LARGEST:
                        raise ExplorerError(too_large(path.name))
                    digest.update(chunk)
                    file.write(chunk)
            if not size:
                raise ExplorerError(f"{path.name} is empty.")
            token = digest.hexdigest()[:16]
            upload = await run_in_threadpool(self._embedded, path)
        self._keep(token, upload)
        return token

    def __getitem__(self, token: str) -> Upload:
        """Return what is kept of a file.

        Raises:
            ExplorerError: nothing is, any more.
        """
        with self._lock:
            if token not in self._kept:
                raise ExplorerError(
                    "a file of this search is not known any more: files are kept for as long as "
                    "the server runs, and not on disk. Take it out, and drop it again."
                )
            self._kept.move_to_end(token)
            return self._kept[token]

    def _embedded(self, path: Path) -> Upload:
        with self._turn:  # each takes about a gigabyte for some seconds
            return self._embed(path)

    def _keep(self, token: str, upload: Upload) -> None:
        with self._lock:
            self._kept[token] = upload
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)


def plain_name(given: str) -> str:
    """Return the last part of a path as a name that a file can have; its ending is kept."""
    last = PurePosixPath(given.replace("\\", "/")).name
    shown = "".join(letter if letter.isprintable() else "_" for letter in last)
    while len(shown.encode()) > LONGEST_NAME:
        shown = shown[1:]
    return shown if shown.strip(". ") else "file"


def too_large(name: str) -> str:
    """Return why a file is not taken."""
    most = LARGEST // 1024**2
    return (
        f"{name} is larger than {most} MB, the most that a page takes. "
        "Search with: skyloom similar --file"
    )
