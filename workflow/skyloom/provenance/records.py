"""All records and runs of a results folder, and which job wrote and read which file."""

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from skyloom.errors import SkyloomError
from skyloom.provenance.record import read_record
from skyloom.provenance.runs import FOLDER, Run, read_run

RECORDS = "provenance"
"""Folder of a survey's records."""


class NoRecordsError(SkyloomError):
    """There is nothing to audit."""


@dataclass(frozen=True)
class Entry:
    """One file as a record speaks of it.

    Attributes:
        path: relative to the folder in which the workflow ran.
        sha256: of its bytes; bytes: their number, None where nobody noted it.
        record: path of the record; stage: of the job.
    """

    path: str
    sha256: str
    bytes: int | None
    record: str
    stage: str


@dataclass
class Records:
    """Records of jobs by the path of their file, relative to `root`.

    Attributes:
        results: the folder that was read; root: the one that recorded paths are relative to.
        absolute: the paths of results were recorded from the root of the file system.
        jobs: the records.
        broken: files that are no record, with the reason.
        runs: records of runs, the oldest first.
        writer: by file, as the job that wrote it noted it; a record as the run noted it.
        readers: by file, as each job that read it noted it.
    """

    results: Path
    root: Path
    absolute: bool = False
    jobs: dict[str, dict[str, Any]] = field(default_factory=dict)
    broken: dict[str, str] = field(default_factory=dict)
    runs: list[Run] = field(default_factory=list)
    writer: dict[str, Entry] = field(default_factory=dict)
    readers: dict[str, list[Entry]] = field(default_factory=dict)

    def behind(self, paths: Iterable[str]) -> list[str]:
        """Return the records of all jobs that files come from, nearest first."""
        waiting, found = list(paths), dict[str, None]()
        while waiting:
            path = waiting.pop(0)
            writer = self.writer.get(path)
            name = path if path in self.jobs else writer.record if writer else None
            if name is None or name in found or name not in self.jobs:
                continue
            found[name] = None
            waiting += [entry["path"] for entry in self.jobs[name]["inputs"]]
        return list(found)

    def shown(self, path: Path) -> str:
        """Return a path as records write it."""
        absolute, root = full_path(path), full_path(self.root)
        if self.absolute:
            return absolute.as_posix()
        return (absolute.relative_to(root) if absolute.is_relative_to(root) else path).as_posix()


def read_records(results: Path) -> Records:
    """Read all records and runs below a folder.

    Raises:
        NoRecordsError: it is no folder.
    """
    if not results.is_dir():
        raise NoRecordsError(f"{results} is no folder. Run the workflow first.")
    found: dict[Path, dict[str, Any]] = {}
    broken: dict[Path, str] = {}
    seen: dict[str, Any] = {}
    for path in sorted(results.rglob(f"{RECORDS}/**/*.json")):
        try:
            found[path] = _sparing(read_record(path), seen)
        except ValueError as error:
            broken[path] = str(error)
    outputs = [entry["path"] for record in found.values() for entry in record["outputs"]]
    absolute = any(path.startswith("/") for path in outputs)
    records = Records(results, Path() if absolute else _root(results, outputs[:50]), absolute)
    records.jobs = {records.shown(path): record for path, record in found.items()}
    records.broken = {records.shown(path): reason for path, reason in broken.items()}
    runs = sorted(results.rglob(f"{FOLDER.as_posix()}/*.jsonl"), key=lambda path: path.name)
    records.runs = [read_run(path) for path in runs]
    _join(records)
    return records


def _sparing(record: dict[str, Any], seen: dict[str, Any]) -> dict[str, Any]:
    """Return a record whose largest parts are one object with those of equal records before.

    A study of thousands of shards has thousands of records with the same modules and versions.
    """
    for holder, key in ((record["code"], "modules"), (record, "versions")):
        holder[key] = seen.setdefault(json.dumps(holder[key], sort_keys=True), holder[key])
    return record


def study_folder(path: Path) -> Path:
    """Return the results folder of the study that a file or folder belongs to.

    Raises:
        NoRecordsError: there is no such file, or no records around it.
    """
    if not path.exists():
        raise NoRecordsError(f"{path} is not there. Run the workflow first.")
    if path.is_dir():
        return path
    around = list(path.absolute().parents)
    studies = [folder for folder in around if (folder / FOLDER).is_dir()]
    surveys = [folder.parent for folder in around if (folder / RECORDS).is_dir()]
    for folder in [*studies, *surveys]:
        here = Path.cwd()
        return folder.relative_to(here) if folder.is_relative_to(here) else folder
    raise NoRecordsError(f"{path} is in no results folder: there are no records around it.")


def _join(records: Records) -> None:
    for name, record in records.jobs.items():
        for entry in record["outputs"]:
            records.writer[entry["path"]] = _entry(entry, name, record)
        for entry in record["inputs"]:
            records.readers.setdefault(entry["path"], []).append(_entry(entry, name, record))
    for run in records.runs:
        for path, sha256 in run.records():
            stage = records.jobs[path]["stage"] if path in records.jobs else "a job"
            records.writer[path] = Entry(path, sha256, None, path, stage)


def _entry(said: dict[str, Any], name: str, record: dict[str, Any]) -> Entry:
    return Entry(said["path"], said["sha256"], said["bytes"], name, record["stage"])


def _root(results: Path, outputs: list[str]) -> Path:
    """Return the folder above the results in which recorded files lie inside them.

    A copy that is audited from the repository of the original is not taken for that.
    """
    home = full_path(results)
    for folder in home.parents:
        places = (full_path(folder / path) for path in outputs)
        if any(place.is_relative_to(home) and place.exists() for place in places):
            return Path() if folder == Path.cwd() else folder
    return Path()


def full_path(path: Path) -> Path:
    """Return a path from the root of the file system; links stay, as records name them."""
    return Path(os.path.abspath(path))  # noqa: PTH100 (resolve follows links)
