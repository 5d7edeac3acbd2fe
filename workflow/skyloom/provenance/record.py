"""The record of a job: what it read, what it wrote, with which code, where and when."""

import json
import resource
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from skyloom.atomic import write_text
from skyloom.digest import sha256_of_file
from skyloom.provenance.code import code_digest, module_digests
from skyloom.provenance.environment import (
    git_state,
    installed_digest,
    machine,
    variables,
    versions,
    without_secrets,
)
from skyloom.slurm import job_facts

FORMAT = 1


@dataclass
class JobRecord:
    """Collects a job's facts from its start and writes them at its end.

    Attributes:
        stage: name of the stage.
        modules: library modules whose imports make up the code of the job.
        settings: what the stage was told.
        threads: threads that the job may use.
        facts: what the stage itself adds: addresses, counts, seeds.
    """

    stage: str
    modules: Sequence[str]
    settings: Mapping[str, Any]
    threads: int
    facts: dict[str, Any] = field(default_factory=dict)
    started: datetime = field(default_factory=lambda: datetime.now(UTC))

    def write(self, path: Path, inputs: Sequence[Path], outputs: Sequence[Path]) -> None:
        """Write the record as JSON, atomically; paths in it are relative to the working folder.

        It names no user, and of the environment only what `environment.VARIABLES` lists.
        """
        ended = datetime.now(UTC)
        document = {
            "format": FORMAT,
            "stage": self.stage,
            "command": ["python", "-m", f"skyloom.stages.{self.stage}", *sys.argv[1:]],
            "settings": self.settings,
            "facts": self.facts,
            "inputs": [_file(path) for path in inputs],
            "outputs": [_file(path) for path in outputs],
            "code": {
                "digest": code_digest(*self.modules),
                "modules": module_digests(*self.modules),
                "roots": list(self.modules),
            },
            "git": git_state(),
            "versions": versions(),
            "installed_sha256": installed_digest(),
            "environment": variables(),
            "machine": machine(self.threads),
            "slurm": job_facts(),
            "started": self.started.isoformat(),
            "ended": ended.isoformat(),
            "seconds": round((ended - self.started).total_seconds(), 3),
            "peak_memory_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
        }
        said = without_secrets(document)
        write_text(path, json.dumps(said, indent=1, sort_keys=True) + "\n")


def read_record(path: Path) -> dict[str, Any]:
    """Read a record; raise `ValueError` when the file is no record."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} is no JSON: {error}") from error
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise ValueError(f"{path} is no record of format {FORMAT}")
    return document


def _file(path: Path) -> dict[str, Any]:
    return {
        "path": path.as_posix(),
        "sha256": sha256_of_file(path),
        "bytes": path.stat().st_size,
    }
