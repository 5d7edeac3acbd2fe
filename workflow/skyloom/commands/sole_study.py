"""One run of a study at a time in a folder, however the last one ended."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from skyloom.commands.study_config import StudyError


@contextmanager
def sole_study(root: Path, name: str) -> Iterator[int]:
    """Hold a study's results in `root`; yield the lock's descriptor, to be handed to every child.

    The kernel lets go of the lock when the last process that has the descriptor ends. So a run that
    was killed leaves nothing to unlock, and one whose workflow lives on is still in the way.

    Raises:
        StudyError: another run holds it.
    """
    root.mkdir(parents=True, exist_ok=True)
    path = root / f"{name}.lock"
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise StudyError(
            f"another run of study {name}, or a workflow that it started, is at work in {root} "
            f"(who: fuser {path}). Wait for it or end it, or give --root another folder."
        ) from None
    try:
        yield descriptor
    finally:
        os.close(descriptor)
