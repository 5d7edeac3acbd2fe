"""The images of a file from outside the study, prepared exactly as the study's own."""

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from skyloom.commands.studied import Studied
from skyloom.errors import SkyloomError
from skyloom.images import ImageStore
from skyloom.prepare import prepare_shard
from skyloom.settings.prepare import PrepareSettings
from skyloom.surveys.registry import survey_part


class OutsideFileError(SkyloomError):
    """A file from outside holds no image that the survey can read."""


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


def _as_archive(file: Path, folder: Path) -> Path:
    if file.suffix.lower() == ".zip":
        return file
    raw = folder / "outside.zip"
    with zipfile.ZipFile(raw, "w") as packed:
        packed.write(file, file.name)
    return raw
