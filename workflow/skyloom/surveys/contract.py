"""What a survey's reader gives to the stage that prepares images."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from PIL.Image import Image

from skyloom.errors import SkyloomError
from skyloom.scaling import Pixels, as_pixels

UNLISTED = "unlisted"
"""Split of an image that no split list names."""

Covariate = str | float | int | bool | None


class UnreadableArchiveError(SkyloomError):
    """A raw file as a whole cannot be read; the message says what to do."""


class UnreadableImageError(SkyloomError):
    """One image cannot be used; its message becomes the `rejected` reason of its index row.

    Attributes:
        sha256: of the bytes that could not be used, where there were any.
    """

    def __init__(self, reason: str, sha256: str | None = None) -> None:
        super().__init__(reason)
        self.sha256 = sha256


@dataclass(frozen=True)
class Offer:
    """One image that a raw file offers, before its pixels are read.

    Attributes:
        image_id: content- or catalogue-derived name, never a row number.
        source: name of the image inside the raw file.
        group: what must not be split between train and test.
        original: the picture that copies and other products of it share.
        split: train, val, test or unlisted.
        time: start of the exposure or the best bound on it, UTC.
        label: class name, or None.
        target: number to predict (a redshift), or None.
        covariates: the survey's own columns.
        rejected: reason why the image cannot be used, when that is known without reading it.
    """

    image_id: str
    source: str
    group: str
    original: str
    split: str = UNLISTED
    time: datetime | None = None
    label: str | None = None
    target: float | None = None
    covariates: Mapping[str, Covariate] = field(default_factory=dict)
    rejected: str | None = None


@dataclass(frozen=True)
class Reading:
    """One image, read.

    Attributes:
        image: (C, H, W), or (T, H, W) for a video; or a decoded picture of mode RGB, which is
            scaled best before it becomes an array.
        sha256: of the bytes in the raw file that the pixels were made from.
        covariates: what only reading could tell; joins those of the offer.
    """

    image: Pixels | Image
    sha256: str
    covariates: Mapping[str, Covariate] = field(default_factory=dict)

    @property
    def pixels(self) -> Pixels:
        """Return the image as an array, in its own size."""
        return as_pixels(self.image)


class Archive(Protocol):
    """A raw file, opened."""

    @property
    def offers(self) -> Sequence[Offer]:
        """Return what the file offers, in a fixed order; reading in this order is fastest."""
        ...

    @property
    def remarks(self) -> Sequence[str]:
        """Return what the user should know: a missing list, an unknown name."""
        ...

    def read(self, offer: Offer) -> Reading:
        """Return the pixels of one image; raise `UnreadableImageError`."""
        ...


class Reader(Protocol):
    """The `reader` part of a survey."""

    def open_archive(self, path: Path, settings: Any, columns: Mapping[str, str]) -> Archive:
        """Open a raw file; raise `UnreadableArchiveError`.

        Args:
            path: the raw file.
            settings: the survey's `ReaderSettings`.
            columns: the shard's own columns of the shard sheet.
        """
        ...
