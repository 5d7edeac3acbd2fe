"""A training as a job: alone in its folder, ended in time, one log for each process."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

from skyloom import slurm
from skyloom.digest import sha256_of_file, sha256_of_json
from skyloom.learn.attempts import STATE
from skyloom.learn.checkpoint import Checkpoint
from skyloom.learn.interruption import EXIT_STATUS, OUT_OF_TIME, Interrupted
from skyloom.learn.ranks import Ranks, joined_ranks, speak_into
from skyloom.learn.sole_attempt import deadline, sole_attempt
from skyloom.provenance.code import code_digest
from skyloom.stages.job import Job


@contextmanager
def training_attempt(job: Job) -> Iterator[Ranks]:
    """Join the processes of a training and hold the folder of its state; use around all of it.

    The job's words are `checkpoint`, the folder, and `messages`, the log of the first process. A
    training that was told to stop ends the command with a status of its own; so do all processes
    but the first, which writes the files and the record.
    """
    folder = Path(job.word("checkpoint"))
    try:
        with joined_ranks() as ranks, sole_attempt(folder, ranks, slurm.job_id()) as attempts:
            if ranks.index > 0:
                speak_into(Path(f"{job.word('messages')}.rank-{ranks.index}"))
            job.facts["attempts"] = attempts.lines()
            yield ranks
    except Interrupted as stop:
        _end(stop)
    if ranks.index > 0:
        sys.exit(0)


def checkpoint_of(
    job: Job, decisive: Any, read: Sequence[Path], module: str, parts: Sequence[str]
) -> Checkpoint:
    """Return the state of a job's training, which no other training takes up.

    Args:
        job: whose word `checkpoint` is the folder of the state.
        decisive: the settings that decide what comes of the training, as JSON has them. How it
            runs and what is told of it afterwards is left out, so that an unfinished training
            goes on when such a setting changes.
        read: the files that it learns from.
        module: of the stage; parts: modules that the stage imports by name.
    """
    digests = [sha256_of_file(path) for path in read]
    fingerprint = sha256_of_json([decisive, digests, code_digest(module, *parts)])
    return Checkpoint(Path(job.word("checkpoint")) / STATE, fingerprint)


def deadline_of(job: Job) -> float:
    """Return when to stop; time limits are SLURM's, other executors end nothing."""
    minutes = float(job.word("minutes")) if slurm.job_id() else 0.0
    return deadline(minutes, slurm.job_start())


def _end(stop: Interrupted) -> NoReturn:
    """End with a status of its own; a job whose time is up first asks to be queued again."""
    print(f"training: {stop}", file=sys.stderr, flush=True)
    if stop.cause == OUT_OF_TIME and slurm.requeue():
        print("training: SLURM starts this job again", file=sys.stderr, flush=True)
    sys.exit(EXIT_STATUS)
