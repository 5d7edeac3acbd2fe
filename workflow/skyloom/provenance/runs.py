"""The record of a run: one append-only file for each call of Snakemake that did something.

A line is JSON with the SHA-256 of the line before it; the first names the last line of the run
before. When a job has ended, the SHA-256 of its record is noted, so that a record which was edited
later no longer fits. One process writes a file, the one that people started, also under SLURM.
"""

import json
import logging
import os
import shlex
import socket
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from skyloom.atomic import append_lines, sync
from skyloom.digest import sha256_of_file, sha256_of_json, sha256_of_text
from skyloom.provenance.environment import git_state, variables, versions, without_secrets

FOLDER = Path("provenance", "runs")
"""Where the files of runs are, below the study's results."""


@dataclass
class _Job:
    rule: str
    record: Path | None
    before: int | None = field(init=False)

    def __post_init__(self) -> None:
        self.before = self.written()

    def written(self) -> int | None:
        """Return when the record was written, in ns; None where it is not there."""
        if self.record is None or not self.record.is_file():
            return None
        return self.record.stat().st_mtime_ns

    @property
    def is_done(self) -> bool:
        """Whether the record was written since the job began."""
        written = self.written()
        return written is not None and written != self.before


class RunLog(logging.Handler):
    """Writes what Snakemake logs about jobs: reasons, ends, failures, records."""

    def __init__(self, results: Path, config: Mapping[str, Any], files: list[str]) -> None:
        super().__init__()
        self._results = results
        # Relative to where the study runs: a record names no folder of its machine.
        self._config, self._files = config, [os.path.relpath(file) for file in files]
        self._said: dict[str, Any] = {}
        self._jobs: dict[int, _Job] = {}
        self._file: int | None = None
        self._previous = ""
        self._touches = not {"--touch", "-t"}.isdisjoint(sys.argv)

    def emit(self, record: logging.LogRecord) -> None:
        """Write a line for an event of the workflow; a failure to write stops no job."""
        event, said = str(getattr(record, "event", "")), vars(record)
        try:
            if event == "workflow_started":
                self._said = {"snakemake": said["snakemake_version"]}
            elif event == "job_info":
                self._begin_job(said)
            elif event == "job_finished":
                self._end_job(said["job_id"])
            elif event == "job_error":
                self._fail_job(said)
        except OSError as error:
            print(f"skyloom: the run's record cannot be written: {error}", file=sys.stderr)

    def close(self) -> None:
        """Note the jobs that have ended and that the run has."""
        try:
            if self._file is not None:
                self._settle()
                self._write({"event": "ended", "unfinished": self._unfinished()})
                os.close(self._file)
        except OSError as error:
            print(f"skyloom: the run's record cannot be written: {error}", file=sys.stderr)
        self._file = None
        super().close()

    def _begin_job(self, said: Mapping[str, Any]) -> None:
        if self._file is None:
            self._begin_run()
        self._settle()
        outputs = [str(path) for path in said["output"]]
        records = [path for path in outputs if "/provenance/" in path and path.endswith(".json")]
        record = Path(records[0]) if records else None
        self._jobs[said["jobid"]] = _Job(said["rule_name"], record)
        self._write(
            {
                "event": "job",
                "job": said["jobid"],
                "rule": said["rule_name"],
                "wildcards": dict(said["wildcards"] or {}),
                "reason": said["reason"],
                "outputs": outputs,
            }
        )

    def _settle(self) -> None:
        """Note jobs that have ended unannounced: a quiet Snakemake does not say so."""
        for number in [number for number, job in self._jobs.items() if job.is_done]:
            self._end_job(number)

    def _end_job(self, number: int) -> None:
        job = self._jobs.pop(number, None)
        if job is None:
            return
        noted = {}
        # --touch makes nothing: to note a record then would cover up an edit of it.
        if not self._touches and job.record is not None and job.record.is_file():
            noted = {"record": job.record.as_posix(), "sha256": sha256_of_file(job.record)}
        self._write({"event": "done", "job": number, "rule": job.rule, **noted})

    def _unfinished(self) -> list[str]:
        return [job.record.as_posix() for job in self._jobs.values() if job.record is not None]

    def _fail_job(self, said: Mapping[str, Any]) -> None:
        self._jobs.pop(said["jobid"], None)
        logs = [str(path) for path in said["log"]]
        self._write(
            {"event": "failed", "job": said["jobid"], "rule": said["rule_name"], "logs": logs}
        )

    def _begin_run(self) -> None:
        folder = self._results / FOLDER
        folder.mkdir(parents=True, exist_ok=True)
        before = run_files(self._results)
        now = datetime.now(UTC)
        path = folder / f"{now:%Y%m%dT%H%M%S.%f}Z-{os.getpid()}.jsonl"
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL
        self._previous = last_digest(before[-1]) if before else ""
        self._file = os.open(path, flags, 0o644)
        sync(folder)
        try:
            self._write(self._head(before[-1].name if before else None))
        except OSError:  # without its head the file says nothing: the next event begins another
            os.close(self._file)
            self._file = None
            path.unlink()
            raise

    def _head(self, after: str | None) -> dict[str, Any]:
        command = ["snakemake", *sys.argv[1:]]
        return {
            "event": "run",
            "format": 1,
            "after": after,
            "command": shlex.join(command),
            "profiles": profiles_of(command),
            "configfiles": self._files,
            "config": self._config,
            "config_sha256": sha256_of_json(self._config),
            "git": git_state(),
            "versions": versions(),
            "environment": variables(),
            "host": socket.gethostname(),
            **self._said,
        }

    def _write(self, said: Mapping[str, Any]) -> None:
        if self._file is None:
            return
        stamped = {**said, "at": datetime.now(UTC).isoformat(), "previous": self._previous}
        line = json.dumps(without_secrets(stamped), sort_keys=True)
        append_lines(self._file, [line], self._results / FOLDER)
        self._previous = sha256_of_text(line)


@dataclass(frozen=True)
class Run:
    """One run as its file tells it.

    Attributes:
        broken: number of the first line that does not follow the one before; None of a whole file.
    """

    path: Path
    lines: list[dict[str, Any]]
    broken: int | None

    @property
    def head(self) -> dict[str, Any]:
        """Return what the run said of itself at its start; empty where the line is lost."""
        return self.lines[0] if self.lines and self.lines[0].get("event") == "run" else {}

    def records(self) -> Iterator[tuple[str, str]]:
        """Yield the path and the SHA-256 of each record that was noted, in order."""
        for line in self.lines:
            if line.get("event") == "done" and "record" in line:
                yield line["record"], line["sha256"]

    def outputs(self) -> Iterator[list[str]]:
        """Yield the files that each job was to write, its record among them."""
        for line in self.lines:
            if line.get("event") == "job":
                yield line["outputs"]


def run_files(results: Path) -> list[Path]:
    """Return the files of the runs of a study, the oldest first."""
    return sorted((results / FOLDER).glob("*.jsonl"))


def read_run(path: Path) -> Run:
    """Read the file of a run up to the first line that is damaged; a torn last line is left out."""
    lines: list[dict[str, Any]] = []
    previous: str | None = None
    for number, line in enumerate(path.read_bytes().split(b"\n")[:-1], start=1):
        try:
            said = json.loads(line)
            follows = previous is None or said["previous"] == previous
        except (ValueError, KeyError, TypeError):
            follows = False
        if not follows:
            return Run(path, lines, number)
        previous = sha256_of_text(line.decode())
        lines.append(said)
    return Run(path, lines, None)


def last_digest(path: Path) -> str:
    """Return the SHA-256 of the last whole line of a run's file."""
    lines = path.read_bytes().split(b"\n")[:-1]
    return sha256_of_text(lines[-1].decode(errors="replace")) if lines else ""


def profiles_of(command: list[str]) -> list[str]:
    """Return the profiles that a command line of Snakemake names."""
    found = []
    for word, following in zip(command, [*command[1:], ""], strict=True):
        name, _, value = word.partition("=")
        if name in ("--profile", "--workflow-profile"):
            found.append(value or following)
    return found
