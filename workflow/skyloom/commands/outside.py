"""A file from outside the study, prepared and embedded exactly as the study's own images."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from skyloom.analyze.embed import embed
from skyloom.commands.outside_images import prepared_outside
from skyloom.commands.studied import Studied
from skyloom.images import ImageStore
from skyloom.learn.encoder_file import load_encoder
from skyloom.settings.encoder import EmbedSettings


@dataclass(frozen=True)
class Outside:
    """The images of a file, and their features (n, D)."""

    store: ImageStore
    vectors: NDArray[np.float32]


@contextmanager
def read_outside(file: Path, studied: Studied) -> Iterator[Outside]:
    """Give the images of a file, and their features, as long as the context lasts.

    Raises:
        OutsideFileError: there is no such file, or no image in it can be read.
    """
    with prepared_outside(file, studied) as store:
        yield Outside(store, vectors_of(store, studied))


def vectors_of(store: ImageStore, studied: Studied) -> NDArray[np.float32]:
    """Return features (n, D) of prepared images, as the study's encoder embedded its own."""
    return embed(
        load_encoder(studied.encoder), store, EmbedSettings.model_validate(studied.embedded)
    )
