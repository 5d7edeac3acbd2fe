"""`skyloom replay`: run again what a crate describes, and compare the bytes."""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from skyloom.digest import sha256_of_file
from skyloom.errors import SkyloomError
from skyloom.provenance.deep import differ_in_time_alone
from skyloom.provenance.environment import versions
from skyloom.provenance.records import Records, read_records

METADATA = "ro-crate-metadata.json"
CRATE, CODE = "crate", "repository"
"""Folders of a replay: what was unpacked, and where the workflow runs."""


class ReplayError(SkyloomError):
    """A crate cannot be replayed."""


@dataclass
class Replayed:
    """What came of it: paths of results that are the same, and that are not.

    Attributes:
        same: bytes are equal.
        measured: equal but for columns that say how long something took.
        different, missing: neither.
        telling: pages and cards that tell times and machines of their own run; not compared.
    """

    same: list[str] = field(default_factory=list)
    measured: list[str] = field(default_factory=list)
    different: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    telling: list[str] = field(default_factory=list)


def replay(
    crate: Path,
    folder: Path,
    repository: Path,
    options: Sequence[str],
    targets: Sequence[str] = (),
) -> Replayed:
    """Check out the code of a crate, run its study in a new folder, compare the results.

    Args:
        crate: zip file or folder.
        folder: where to do it; must be empty or absent.
        repository: clone of the workflow's repository, or its address.
        options: for Snakemake.
        targets: files or rules to make; all where none are named. Only files that are made are
            compared.

    Raises:
        ReplayError: there is no such crate or commit, or the workflow fails.
    """
    packed = _unpack(crate, folder)
    records = _records(packed)
    code = folder / CODE
    _check_out(records, packed, repository, code)
    python = _python(records, code)
    config = _bring_inputs(packed, code)
    _run(python, code, config, options, targets)
    return compare(records, code, whole=not targets)


def compare(records: Records, code: Path, whole: bool) -> Replayed:
    """Compare the results in a folder with those that records speak of."""
    found = Replayed()
    for record in records.jobs.values():
        if record["stage"] == "crate":
            continue
        tells = any(entry["path"] in records.jobs for entry in record["inputs"])
        for entry in record["outputs"]:
            path, again = entry["path"], code / entry["path"]
            if not again.is_file():
                if whole:
                    found.missing.append(path)
            elif tells:
                found.telling.append(path)
            elif sha256_of_file(again) == entry["sha256"]:
                found.same.append(path)
            elif differ_in_time_alone(records.root / path, again):
                found.measured.append(path)
            else:
                found.different.append(path)
    return found


def _unpack(crate: Path, folder: Path) -> Path:
    if folder.exists() and any(folder.iterdir()):
        raise ReplayError(f"{folder} is not empty. Name a new folder with --folder.")
    if crate.is_dir():
        packed = crate
    elif zipfile.is_zipfile(crate):
        packed = folder / CRATE
        with zipfile.ZipFile(crate) as file:
            file.extractall(packed)
    else:
        raise ReplayError(f"{crate} is neither a folder nor a zip file.")
    if not (packed / METADATA).is_file():
        raise ReplayError(f"{crate} is no crate: it has no {METADATA}.")
    return packed.absolute()


def _metadata(packed: Path) -> dict[str, dict[str, Any]]:
    """Return the entities of a crate by identifier."""
    graph = json.loads((packed / METADATA).read_text(encoding="utf-8"))["@graph"]
    return {entity["@id"]: entity for entity in graph}


def _config_file(packed: Path) -> str:
    for identifier, entity in _metadata(packed).items():
        if entity.get("exampleOfWork") == {"@id": "#parameter-config"}:
            return unquote(identifier)
    raise ReplayError(f"{packed} names no configuration. Was it made by skyloom?")


def _records(packed: Path) -> Records:
    records = read_records(packed / Path(_config_file(packed)).parent)
    if not records.jobs:
        raise ReplayError(f"{packed} holds no records of jobs. Was it made by skyloom?")
    records.root = packed
    return records


def _check_out(records: Records, packed: Path, repository: Path, code: Path) -> None:
    """Bring the code of the crate: by its commit, or where it had none the crate's own copy."""
    states = {json.dumps(job["git"], sort_keys=True): job["git"] for job in records.jobs.values()}
    commits = {git["commit"] for git in states.values() if git}
    if len(commits) > 1:
        raise ReplayError(
            f"its jobs come from {len(commits)} commits: {', '.join(sorted(commits))}. "
            "Only results of one commit can be replayed."
        )
    if not commits or any(git and git["dirty"] for git in states.values()):
        why = "with changes that no commit holds" if commits else "outside git"
        print(f"replay: the study ran {why}: the code in the crate is used", flush=True)
        for name in ("Snakefile", "pyproject.toml", "CITATION.cff", "README.md", "LICENSE"):
            if (packed / name).is_file():
                code.mkdir(parents=True, exist_ok=True)
                shutil.copy(packed / name, code / name)
        for name in ("workflow", "envs"):
            shutil.copytree(packed / name, code / name)
        return
    (commit,) = commits
    print(f"replay: commit {commit} of {repository}", flush=True)
    code.parent.mkdir(parents=True, exist_ok=True)
    _git(["clone", "--quiet", "--no-checkout", str(repository), str(code)], repository)
    _git(["-C", str(code), "checkout", "--quiet", "--detach", commit], repository)


def _git(words: Sequence[str], repository: Path) -> None:
    done = subprocess.run(["git", *words], capture_output=True, text=True, check=False)
    if done.returncode:
        said = done.stderr.strip().splitlines()[-1:] or ["no message"]
        raise ReplayError(
            f"{repository}: {said[0]}. Name a clone that has the commit with --repository."
        )


def _python(records: Records, code: Path) -> str:
    """Return the Python to use: this one where its libraries are those recorded, else a new one."""
    theirs = next(iter(records.jobs.values()))["versions"]
    here = versions()
    other = {name: theirs[name] for name in theirs if here.get(name) != theirs[name]}
    if not other:
        print("replay: the libraries here are those that were recorded: they are used", flush=True)
        return sys.executable
    listed = ", ".join(f"{name} {here.get(name, 'absent')} -> {v}" for name, v in other.items())
    print(f"replay: building the locked environment, as versions differ: {listed}", flush=True)
    done = subprocess.run(["make", ".venv/installed"], cwd=code, check=False)
    if done.returncode:
        raise ReplayError(f"{code}: make .venv/installed failed. Its output says why.")
    return str((code / ".venv" / "bin" / "python").absolute())


def _bring_inputs(packed: Path, code: Path) -> str:
    """Copy the configuration, shard sheets and what people gave; return the configuration."""
    config = _config_file(packed)
    entities = _metadata(packed)
    made = {
        one["@id"]
        for entity in entities.values()
        if entity["@type"] == "CreateAction" and entity["@id"].startswith("#job-")
        for one in _listed(entity.get("result"))
    }
    for identifier in entities:
        path = unquote(identifier)
        source = packed / path
        if Path(path).is_absolute() or ".." in Path(path).parts:
            raise ReplayError(f"{packed} names a file outside of itself: {path}")
        if identifier in made or not source.is_file() or (code / path).exists() or path == METADATA:
            continue
        if path != config and path.startswith(f"{Path(config).parent}/"):
            continue
        (code / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, code / path)
    return config


def _listed(value: Any) -> list[Mapping[str, str]]:
    return value if isinstance(value, list) else [value] if value else []


def _run(
    python: str, code: Path, config: str, options: Sequence[str], targets: Sequence[str]
) -> None:
    command = [
        *(python, "-m", "snakemake", "--configfile", config),
        *(options or ("--cores", "all", "--resources", "gpu=1")),
        *("--", *(targets or ("all",))),
    ]
    environment = {**os.environ, "PYTHONPATH": str((code / "workflow").absolute())}
    done = subprocess.run(command, cwd=code, env=environment, check=False)
    if done.returncode:
        raise ReplayError(f"the workflow failed in {code}. Its output says why.")
