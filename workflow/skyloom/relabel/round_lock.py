"""A round is closed while nobody writes to it, and nobody writes to it once it is closed.

The lock is a file of its own, `.lock` beside the logs of the round: logs are read while it is held.
"""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from skyloom.relabel.append_log import opened_for_rows
from skyloom.relabel.sealed import log_folder, sealed_file
from skyloom.relabel.verdicts import RefusedError


@contextmanager
def while_open(reviews: Path, number: int) -> Iterator[None]:
    """Keep others from closing a round meanwhile; several may write to it.

    Args:
        reviews: the survey's folder of reviews.
        number: of the round.

    Raises:
        RefusedError: it is closed.
    """
    with _locked(reviews, number, fcntl.LOCK_SH):
        if sealed_file(reviews, number).exists():
            raise RefusedError(f"round {number} is closed; nothing was written")
        yield


@contextmanager
def while_closing(reviews: Path, number: int) -> Iterator[None]:
    """Keep others from writing to a round, and from closing it, meanwhile."""
    with _locked(reviews, number, fcntl.LOCK_EX):
        yield


@contextmanager
def _locked(reviews: Path, number: int, lock: int) -> Iterator[None]:
    with opened_for_rows(log_folder(reviews, number) / ".lock", lock):
        yield
