"""Embeds the images of a file from outside with encoders of a study, in a process of its own.

    python -m skyloom.commands.embed_outside FILE --results DIR --survey NAME --encoders NAME ...
        --output DIR

writes `rows.parquet`, `first.jpg` and for each encoder `<encoder>.npy`; of a file that cannot be
used it writes `refused.txt`, which says why.
"""

import argparse
from pathlib import Path

import numpy as np

from skyloom.commands.outside_images import prepared_outside
from skyloom.commands.outside_process import FIRST, REFUSED, ROWS
from skyloom.commands.studied import find_studied
from skyloom.digest import sha256_of_file
from skyloom.errors import SkyloomError
from skyloom.surveys.registry import survey_part
from skyloom.tables import write_table
from skyloom.thumbnails import HEIGHT, jpeg_of


def main() -> None:
    """Do it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--results", type=Path, required=True)
    parser.add_argument("--survey", required=True)
    parser.add_argument("--encoders", nargs="+", required=True)
    parser.add_argument("--output", type=Path, required=True)
    given = parser.parse_args()
    try:
        embed_outside(given.file, given.results, given.survey, given.encoders, given.output)
    except SkyloomError as error:
        (given.output / REFUSED).write_text(str(error), encoding="utf-8")


def embed_outside(
    file: Path, results: Path, survey: str, encoders: list[str], output: Path
) -> None:
    """Write the rows, the first picture and the features of a file's images.

    Raises:
        SkyloomError: the file cannot be used, or the study has not such an encoder.
    """
    studies = {name: find_studied(results, survey, name) for name in encoders}
    with prepared_outside(file, next(iter(studies.values()))) as store:
        from skyloom.commands.outside import vectors_of  # here: what is refused needs no network

        shown = survey_part(survey, "display").thumbnail(store.batch(np.array([0]))[0])
        (output / FIRST).write_bytes(jpeg_of(shown, HEIGHT)[0])
        shas = {}
        for name, studied in studies.items():
            np.save(output / f"{name}.npy", vectors_of(store, studied))
            shas[name] = sha256_of_file(studied.encoder)
        write_table(output / ROWS, store.index[["image_id", "group", "time"]], shas)


if __name__ == "__main__":
    main()
