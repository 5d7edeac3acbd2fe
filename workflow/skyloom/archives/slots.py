"""At most so many connections to a host at once, over all processes of a user on this machine.

A slot is a lock on a small file, which the system lets go when its holder ends, however it ends.
"""

import fcntl
import os
import re
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

CONNECTIONS_PER_HOST = 4
_POLL = 0.1  # seconds between looks for a free slot


def default_folder() -> Path:
    """Return the folder of this user's slots on this machine."""
    return Path(tempfile.gettempdir()) / f"skyloom-{os.getuid()}" / "slots"


@contextmanager
def connection_slot(
    host: str, folder: Path | None = None, count: int = CONNECTIONS_PER_HOST
) -> Iterator[int]:
    """Hold one of `count` slots of a host, waiting until one is free.

    Args:
        host: host name, with its port where it has one.
        folder: where the lock files are; None takes the user's own.
        count: slots of a host.

    Yields:
        The number of the slot, from 0.
    """
    places = default_folder() if folder is None else folder
    places.mkdir(mode=0o700, parents=True, exist_ok=True)
    safe = re.sub(r"[^A-Za-z0-9.-]", "_", host)
    with ExitStack() as held:
        while (slot := _take_any(places, safe, count, held)) is None:
            time.sleep(_POLL)
        yield slot


def _take_any(folder: Path, host: str, count: int, held: ExitStack) -> int | None:
    for number in range(count):
        file = (folder / f"{host}.{number}").open("a")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            continue
        held.enter_context(file)  # closing the file lets the lock go
        return number
    return None
