"""Files that are dropped on a page: a process of its own embeds them, and ends.

It takes the networks' library, which is several times as large as the server and needed for seconds
only, and a file that breaks a reader breaks this process alone.
"""

import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from skyloom.errors import SkyloomError
from skyloom.tables import read_metadata, read_table
from skyloom.web.explore.uploads import Upload

MOST_SECONDS = 600
ROWS, FIRST, REFUSED = "rows.parquet", "first.jpg", "refused.txt"
"""What the process writes, beside the features of each encoder."""


class OutsideProcessError(SkyloomError):
    """A file from outside could not be embedded."""


def embed_apart(file: Path, results: Path, survey: str, encoders: list[str]) -> Upload:
    """Return the images of a file as the study's encoders see them.

    Args:
        file: a picture, or a raw file of the survey's archive.
        results: folder of the study's results.
        survey: whose reader reads it.
        encoders: of the study.

    Raises:
        OutsideProcessError: the file cannot be used, or takes too long.
    """
    with TemporaryDirectory(prefix="skyloom-") as folder:
        output = Path(folder)
        words = ["--results", str(results), "--survey", survey, "--output", folder]
        command = [sys.executable, "-m", "skyloom.commands.embed_outside", str(file), *words]
        _run([*command, "--encoders", *encoders], file.name)
        refused, rows = output / REFUSED, output / ROWS
        if refused.exists():
            raise OutsideProcessError(refused.read_text(encoding="utf-8"))
        return Upload(
            name=file.name,
            rows=read_table(rows),
            picture=(output / FIRST).read_bytes(),
            vectors={name: np.load(output / f"{name}.npy") for name in encoders},
            encoders=read_metadata(rows),
        )


def _run(command: list[str], name: str) -> None:
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=MOST_SECONDS
        )
    except subprocess.TimeoutExpired:
        raise OutsideProcessError(
            f"{name} was not embedded within {MOST_SECONDS} s. Search with: skyloom similar --file"
        ) from None
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise OutsideProcessError(
            f"{name} cannot be used: its process ended with status {done.returncode}"
            + "".join(f", {line[:300]}" for line in said[-1:])
        )
