"""What every stage does around its work: arguments, threads, record."""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from skyloom.atomic import remove_partials
from skyloom.errors import SkyloomError
from skyloom.provenance.record import JobRecord
from skyloom.threads import pin_threads


class Job:
    """The arguments of a running stage.

    Attributes:
        settings: the stage's settings as parsed from JSON.
        facts: what the stage adds to its record.
        beside: files that it reads besides those that the command line names.
    """

    def __init__(
        self, paths: dict[str, list[Path]], settings: dict[str, Any], words: dict[str, str]
    ):
        self._paths = paths
        self._words = words
        self.settings = settings
        self.facts: dict[str, Any] = {}
        self.beside: list[Path] = []

    def path(self, name: str) -> Path:
        """Return the one path given as `--name`."""
        (path,) = self._paths[name]
        return path

    def paths(self, name: str) -> list[Path]:
        """Return all paths given as `--name`."""
        return self._paths[name]

    def word(self, name: str) -> str:
        """Return the text given as `--name`."""
        return self._words[name]


def run_stage(
    name: str,
    work: Callable[[Job], None],
    *,
    inputs: Sequence[str],
    outputs: Sequence[str],
    words: Sequence[str] = (),
    modules: Callable[[Job], Sequence[str]] = lambda job: (),
    arguments: Sequence[str] | None = None,
) -> None:
    """Run one stage as a command: parse, pin threads, do `work`, write the record.

    Args:
        name: the stage, also the name of its module under `skyloom.stages`.
        work: does the stage's work, given the job.
        inputs, outputs: options that take paths; all are required, inputs take several.
        words: options that take text, such as `--survey`.
        modules: library modules beyond the stage's own that the job imports by name.
        arguments: the command line; None reads `sys.argv`.

    Errors of the user's making end the command with their message and status 1.
    """
    parser = argparse.ArgumentParser(f"python -m skyloom.stages.{name}", description=work.__doc__)
    for option in inputs:
        parser.add_argument(f"--{option}", type=Path, nargs="*", required=True)
    for option in outputs:
        parser.add_argument(f"--{option}", type=Path, required=True)
    for option in words:
        parser.add_argument(f"--{option}", required=True)
    parser.add_argument("--settings", type=json.loads, default={}, help="JSON")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--record", type=Path, required=True, help="the job's provenance record")
    given = vars(parser.parse_args(arguments))
    pin_threads(given["threads"])
    paths = {option: given[option] for option in inputs}
    paths |= {option: [given[option]] for option in outputs}
    job = Job(paths, given["settings"], {option: given[option] for option in words})
    code = (f"skyloom.stages.{name}", *modules(job))
    record = JobRecord(name, code, job.settings, given["threads"], job.facts)
    try:
        work(job)
        read = [path for option in inputs for path in job.paths(option)] + job.beside
        written = [job.path(option) for option in outputs]
        record.write(given["record"], read, written)
    except (SkyloomError, OSError) as error:
        sys.exit(f"{name}: {type(error).__name__}: {error}")
    for path in (*written, given["record"]):  # no other job writes them
        remove_partials(path)
