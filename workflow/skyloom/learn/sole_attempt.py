"""One attempt at a training: alone in its folder, ended in time, its beginning and end noted."""

import math
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from types import FrameType
from typing import NoReturn

from skyloom.learn.attempts import FINISHED, Attempts, forget, remove_if_empty
from skyloom.learn.interruption import Interrupted
from skyloom.learn.lock import Lock, LockedError
from skyloom.learn.ranks import Ranks

MARGIN = 0.05
"""Share of a job's time limit that is kept for the last step and for saving."""

SHORTEST_MARGIN, LONGEST_MARGIN = 30.0, 600.0
"""Bounds of that margin in seconds."""


@contextmanager
def sole_attempt(folder: Path, ranks: Ranks, job: str | None) -> Iterator[Attempts]:
    """Hold the folder of a state, and note there how the attempt of all ranks ends.

    A SLURM job can outlive its Snakemake, whose next run then makes its outputs anew. What is in
    the folder therefore stays until the workflow has noted them; outside SLURM it goes at once.

    Raises:
        LockedError: another training lives there; every rank raises it.
        Interrupted: SIGTERM came before the training had begun.
    """
    attempts, lock = Attempts(folder), Lock(folder / "lock.json", job)
    _agree_on_lock(lock, ranks)
    signal.signal(signal.SIGTERM, _stop_early)
    if ranks.index > 0:
        yield attempts
        return
    attempts.begin(job)
    try:
        yield attempts
    except Interrupted as stop:
        attempts.end(f"stopped: {stop.cause}")
        raise
    except Exception as error:
        attempts.end(f"failed: {type(error).__name__}")
        raise
    else:
        attempts.end(FINISHED)
        if job is None:
            forget(folder)
    finally:
        lock.release()
        remove_if_empty(folder)


def deadline(minutes: float, started: datetime | None) -> float:
    """Return when a job must stop, by `time.monotonic()`: a margin before its time limit.

    Args:
        minutes: the limit; 0 = none.
        started: when the job began, in local time; None = now.
    """
    if not minutes:
        return math.inf
    limit = 60 * minutes
    margin = min(max(MARGIN * limit, SHORTEST_MARGIN), LONGEST_MARGIN)
    age = 0.0 if started is None else max(0.0, (datetime.now() - started).total_seconds())
    return time.monotonic() + limit - margin - age


def _agree_on_lock(lock: Lock, ranks: Ranks) -> None:
    refused: LockedError | None = None
    if ranks.index == 0:
        try:
            lock.acquire()
        except LockedError as error:
            refused = error
    if ranks.any(refused is not None):
        raise refused or LockedError("the first process was refused; see its log")


def _stop_early(number: int, frame: FrameType | None) -> NoReturn:
    name = signal.Signals(number).name
    raise Interrupted(f"asked to stop ({name}) before the first step", name)
