"""Does everything under a results folder still fit the records of the jobs that made it?"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from skyloom.digest import sha256_of_file
from skyloom.provenance.record import read_record

RECORDS = "provenance"
"""Folder of a survey's records."""


@dataclass(frozen=True)
class Finding:
    """One thing that does not fit: which file, what is wrong, and what to do."""

    kind: str
    path: str
    reason: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.kind.upper():<10} {self.path}: {self.reason} {self.remedy}"


@dataclass(frozen=True)
class AuditReport:
    """What an audit looked at and what it found."""

    files: int
    records: int
    findings: list[Finding]


def audit(results: Path) -> AuditReport:
    """Compare every file under `results` with the records there.

    Found are: a record that cannot be read; an output or input whose bytes have changed or that is
    missing; a file that no record speaks of. Hidden files, README.md and the checkpoints of
    unfinished trainings are not results.
    """
    findings: list[Finding] = []
    paths = sorted(results.rglob(f"{RECORDS}/**/*.json"))
    records = dict(_readable(paths, findings))
    digests = _Digests()
    spoken_of = {path.resolve() for path in paths}
    for path, record in records.items():
        for entry in record["outputs"]:
            spoken_of.add(Path(entry["path"]).resolve())
            findings += _compare(entry, f"written by {record['stage']}", path, digests)
        for entry in record["inputs"]:
            findings += _compare(entry, f"read by {record['stage']}", path, digests)
    files = [path for path in sorted(results.rglob("*")) if _is_result(path, results)]
    findings += [_unrecorded(path) for path in files if path.resolve() not in spoken_of]
    return AuditReport(len(files), len(records), list(dict.fromkeys(findings)))


class _Digests:
    """SHA-256 of files, each computed once."""

    def __init__(self) -> None:
        self._known: dict[Path, str] = {}

    def __call__(self, path: Path) -> str:
        if path not in self._known:
            self._known[path] = sha256_of_file(path)
        return self._known[path]


def _readable(paths: list[Path], findings: list[Finding]) -> Iterator[tuple[Path, dict[str, Any]]]:
    for path in paths:
        try:
            yield path, read_record(path)
        except ValueError as error:
            findings.append(
                Finding("record", str(path), f"{error}.", "Delete it and rerun its stage.")
            )


def _compare(entry: dict[str, Any], role: str, record: Path, digests: _Digests) -> list[Finding]:
    path = Path(entry["path"])
    if not path.is_file():
        return [Finding("missing", str(path), f"{role} ({record}), not there.", "Rerun the stage.")]
    size = path.stat().st_size
    if size != entry["bytes"]:
        reason = f"{role}, {size} bytes, recorded {entry['bytes']} ({record})."
    elif digests(path) != entry["sha256"]:
        reason = f"{role}, sha256 {digests(path)[:12]}, recorded {entry['sha256'][:12]} ({record})."
    else:
        return []
    return [
        Finding("changed", str(path), reason, "Delete it and rerun, or restore the recorded file.")
    ]


def _is_result(path: Path, results: Path) -> bool:
    inside = path.relative_to(results)
    hidden = any(part.startswith(".") for part in inside.parts)
    return (
        path.is_file()
        and not hidden
        and path.name != "README.md"
        and inside.parent.name != "checkpoint"
    )


def _unrecorded(path: Path) -> Finding:
    return Finding(
        "unrecorded",
        str(path),
        "no record says where it comes from.",
        "Delete it, or move it out of the results.",
    )
