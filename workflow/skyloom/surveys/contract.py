"""What a survey's reader gives to the stage that prepares images."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from skyloom.errors import SkyloomError

UNLISTED = "unlisted"
"""Split of an image that no split list names."""


class UnreadableArchiveError(SkyloomError):
    """A raw file as a whole cannot be read; the message says what to do."""


class UnreadableImageError(SkyloomError):
    """One image cannot be read; its message becomes the `rejected` reason of its index row."""


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
    covariates: dict[str, str | float | int | None] = field(default_factory=dict)
    rejected: str | None = None


class Archive(Protocol):
    """A raw file, opened."""

    @property
    def offers(self) -> Sequence[Offer]:
        """Return what the file offers, in a fixed order."""
        ...

    @property
    def remarks(self) -> Sequence[str]:
        """Return what the user should know: a missing list, an unknown name."""
        ...

    def read(self, offer: Offer) -> bytes:
        """Return the bytes of one image."""
        ...

    def decode(self, offer: Offer, content: bytes) -> NDArray[np.uint8]:
        """Return the pixels (C, H, W) of one image; raise `UnreadableImageError`."""
        ...


class Reader(Protocol):
    """The `reader` part of a survey."""

    def open_archive(self, path: Path) -> Archive:
        """Open a raw file; raise `UnreadableArchiveError`."""
        ...
