"""The part of a simulated archive that belongs to one shard, as a zip file.

A file's name in it is the path and query of its address, as a server is asked for it.
"""

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from skyloom.archives.faults import mild_faults
from skyloom.archives.loopback import LoopbackArchive, ZipFiles
from skyloom.archives.patience import Patience
from skyloom.archives.web import Web, request_target
from skyloom.atomic import atomic_path
from skyloom.errors import SkyloomError

_PATIENCE = Patience(first=0.05)
_SEED = 0


class SimulationError(SkyloomError):
    """A simulator gave what no archive could serve."""


def write_simulated(files: Iterator[tuple[str, bytes]], path: Path) -> int:
    """Write (address, content) pairs, one after the other; return their number.

    Raises:
        SimulationError: two addresses of the same path and query, or none at all.
    """
    names: set[str] = set()
    with atomic_path(path) as temporary, zipfile.ZipFile(temporary, "w") as archive:
        for url, content in files:
            name = request_target(url)
            if name in names:
                raise SimulationError(f"the simulator gave two files for /{name}")
            names.add(name)
            archive.writestr(zipfile.ZipInfo(name), content)
        if not names:
            raise SimulationError(f"the simulator gave no file for {path.name}")
    return len(names)


@contextmanager
def simulated_web(path: Path) -> Iterator[Web]:
    """Serve a simulated archive on loopback, with a few mild faults, and yield the way to it."""
    files = ZipFiles(path)
    with (
        TemporaryDirectory() as slots,
        LoopbackArchive(files, mild_faults(list(files), _SEED)) as server,
        Web(server.url, patience=_PATIENCE, slots=Path(slots)) as web,
    ):
        yield web
