"""A file from outside the study, prepared and embedded exactly as the study's own images."""

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from skyloom.analyze.embed import embed
from skyloom.commands.studied import Studied
from skyloom.errors import SkyloomError
from skyloom.images import ImageStore
from skyloom.learn.encoder_file import load_encoder
from skyloom.prepare import prepare_shard
from skyloom.settings.encoder import EmbedSettings
from skyloom.settings.prepare import PrepareSettings
from skyloom.surveys.registry import survey_part


class OutsideFileError(SkyloomError):
    """A file from outside holds no image that the survey can read."""


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


@contextmanager
def prepared_outside(file: Path, studied: Studied) -> Iterator[ImageStore]:
    """Give the images of a file as long as the context lasts.

    The survey's own reader reads it, with the settings that the study's records name: a zip file
    as a raw file of the archive, any other as the only member of one.

    Raises:
        OutsideFileError: there is no such file, or no image in it can be read.
    """
    if not file.is_file():
        raise OutsideFileError(f"{file} is no file.")
    with TemporaryDirectory() as folder:
        raw = _as_archive(file, Path(folder))
        said = studied.prepared
        reading = survey_part(studied.survey, "settings").ReaderSettings.model_validate(
            said["reader"]
        )
        reader = survey_part(studied.survey, "reader")
        settings = PrepareSettings.model_validate({**said["prepare"], "max_rejected": 1.0})
        images, index = Path(folder) / "outside.npy", Path(folder) / "outside.parquet"
        try:
            archive = reader.open_archive(raw, reading, said["columns"])
            table = prepare_shard(archive, "outside", settings, images, index)
        except SkyloomError as error:
            reason = str(error).replace(str(raw), file.name)
            raise OutsideFileError(f"{file.name} cannot be used: {reason}") from error
        if table["rejected"].notna().all():
            reasons = "; ".join(table["rejected"].unique()) or "it offers no image"
            raise OutsideFileError(f"{file.name} cannot be used: {reasons}.")
        yield ImageStore.open([images], [index])


def vectors_of(store: ImageStore, studied: Studied) -> NDArray[np.float32]:
    """Return features (n, D) of prepared images, as the study's encoder embedded its own."""
    return embed(
        load_encoder(studied.encoder), store, EmbedSettings.model_validate(studied.embedded)
    )


def _as_archive(file: Path, folder: Path) -> Path:
    if file.suffix.lower() == ".zip":
        return file
    raw = folder / "outside.zip"
    with zipfile.ZipFile(raw, "w") as packed:
        packed.write(file, file.name)
    return raw
