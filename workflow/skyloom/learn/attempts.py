"""The attempts at a training: a line when one begins, a line when it ends and how.

The log of a job is lost when its job starts again; this file lies beside the state and tells a
killed attempt, for which lack of memory is the usual cause, from one that was stopped. It imports
no torch, because the workflow asks it how much memory a job should have.
"""

import json
import os
import resource
import socket
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from skyloom.atomic import sync

FINISHED = "finished"
STATE = "state.pt"
"""Name of the file of a training's state."""


class Attempts:
    """The file of attempts in the folder of a training's state."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "attempts.jsonl"

    def begin(self, job: str | None) -> None:
        """Note that an attempt begins, in a SLURM job or in none."""
        self._add({"began": _now(), "job": job, "host": socket.gethostname(), "pid": os.getpid()})

    def end(self, how: str) -> None:
        """Note how it ended, and the most memory that it took, in MB."""
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        self._add({"ended": _now(), "how": how, "peak_memory_mb": peak})

    def lines(self) -> list[dict[str, Any]]:
        """Return all lines; those that were cut short are left out."""
        try:
            text = self._path.read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            return []
        return [line for line in map(_parsed, text.splitlines()) if line is not None]

    def finished(self) -> bool:
        """Whether the last attempt reached the end of the training."""
        return [line.get("how") for line in self.lines()][-1:] == [FINISHED]

    def killed(self) -> int:
        """Return the number of SLURM jobs that ended without a word.

        A job that SLURM itself started again, after a preemption or the failure of its node, is
        none of them: one that took too much memory fails and is not started again.
        """
        lines = self.lines()
        begun = [number for number, line in enumerate(lines) if "began" in line]
        silent = 0
        for number in begun:
            after = lines[number + 1] if number + 1 < len(lines) else {}
            job = lines[number]["job"]
            silent += job is not None and "ended" not in after and after.get("job") != job
        return silent

    def _add(self, line: dict[str, Any]) -> None:
        """Add a line, apart from one before it that was cut short."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a+b") as file:
            file.seek(max(file.seek(0, os.SEEK_END) - 1, 0))
            torn = file.read(1) not in (b"", b"\n")
            file.write(b"\n" * torn + json.dumps(line).encode() + b"\n")
        sync(self._path)


def _parsed(line: str) -> dict[str, Any] | None:
    """Return a line; None where it is no whole one."""
    try:
        found = json.loads(line)
    except json.JSONDecodeError:
        return None
    return found if isinstance(found, dict) else None


def forget(folder: Path) -> None:
    """Delete the state of a training that has finished, and what is known of its attempts."""
    if not Attempts(folder).finished():
        return
    for name in (STATE, "attempts.jsonl"):
        (folder / name).unlink(missing_ok=True)
    remove_if_empty(folder)


def remove_if_empty(folder: Path) -> None:
    """Delete a folder in which nothing is."""
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
