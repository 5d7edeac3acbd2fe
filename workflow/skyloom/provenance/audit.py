"""Does everything under a results folder still fit the records of the jobs that made it?"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from skyloom.digest import sha256_of_json
from skyloom.provenance.bytes_check import check_bytes, check_unrecorded, result_files
from skyloom.provenance.currency import (
    Expected,
    check_code,
    check_settings,
    check_tree,
    check_versions,
)
from skyloom.provenance.digests import Digests
from skyloom.provenance.environment import versions
from skyloom.provenance.findings import Finding
from skyloom.provenance.human import check_seals, reviews_folders
from skyloom.provenance.records import NoRecordsError, Records, read_records, study_folder
from skyloom.provenance.runs import last_digest


@dataclass(frozen=True)
class AuditReport:
    """What an audit looked at and what it found.

    Attributes:
        files: results that were looked at; records: of jobs; runs: of Snakemake.
        read_bytes: that were hashed; the rest was as it had been.
        state: SHA-256 over the digests of all records. Written down elsewhere, it shows later that
            nobody changed results and records together.
    """

    files: int
    records: int
    runs: int
    read_bytes: int
    state: str
    findings: list[Finding]

    def as_json(self) -> dict[str, Any]:
        """Return the report for other programs."""
        return {**vars(self), "findings": [finding.as_json() for finding in self.findings]}


def audit(
    target: Path, digests: Digests | None = None, expected: Expected | None = None
) -> AuditReport:
    """Compare results with their records, and the records with the present code and libraries.

    Args:
        target: a folder of results; or one file, of which all that it comes from is looked at.
        digests: of files; None reads every file.
        expected: the settings of jobs today; None leaves them out.

    Raises:
        NoRecordsError: there are no results there.
    """
    digests = digests or Digests(None)
    records = read_records(study_folder(target))
    if not (records.jobs or records.runs or records.broken):
        raise NoRecordsError(f"there are no records in {target}. Run the workflow first.")
    is_folder, name = target.is_dir(), records.shown(target)
    jobs = list(records.jobs) if is_folder else records.behind([name])
    files = result_files(records, target) if is_folder else [name]
    findings = [
        *_damaged_records(records),
        *_damaged_runs(records),
        *check_bytes(records, jobs, digests),
        *check_unrecorded(records, files),
        *check_seals(reviews_folders(records)),
        *check_code(records, jobs),
        *(check_settings(records, jobs, expected) if expected else ()),
        *check_tree(records, jobs),
        *check_versions(records, jobs, versions()),
        *_unlogged(records, jobs),
    ]
    digests.save()
    return AuditReport(
        files=len(files),
        records=len(jobs),
        runs=len(records.runs),
        read_bytes=digests.read_bytes,
        state=sha256_of_json({name: digests.of(records.root / name) for name in sorted(jobs)}),
        findings=list(dict.fromkeys(findings)),
    )


def _damaged_records(records: Records) -> Iterator[Finding]:
    for name, reason in records.broken.items():
        remedy = "Delete it and rerun its stage."
        yield Finding("record", name, f"{reason.removeprefix(name).strip()}.", "", "", remedy)
    noted = {name for run in records.runs for name, _ in run.records()}
    lost = noted - {*records.jobs, *records.broken}
    for name, outputs in {n: o for run in records.runs for o in run.outputs() for n in o}.items():
        if name in lost and any((records.root / path).exists() for path in outputs):
            remedy = "Restore it from a copy, or delete its files and rerun the stage."
            yield Finding("missing", name, "a run noted this record, not there.", "", "", remedy)


def _damaged_runs(records: Records) -> Iterator[Finding]:
    for run in records.runs:
        if run.broken is not None:
            yield Finding(
                "run",
                records.shown(run.path),
                f"line {run.broken} does not follow the line before it: the file was edited.",
                "",
                "",
                "Restore it from a copy; what the run noted of its jobs can no longer be trusted.",
            )
    files = {run.path.name: run.path for run in records.runs}
    for run in records.runs:
        before = run.head.get("after")
        if not before:
            continue
        if before not in files:
            reason, path = "is missing; the run after it names it.", run.path.parent / before
        elif last_digest(files[before]) != run.head["previous"]:
            reason, path = "does not end as the run after it says.", files[before]
        else:
            continue
        yield Finding("run", records.shown(path), reason, "", "", "Restore it from a copy.")


def _unlogged(records: Records, jobs: list[str]) -> Iterator[Finding]:
    """Name jobs whose record no run has noted: it could have been edited unseen."""
    for name in jobs:
        if name not in records.writer:
            yield Finding(
                "unlogged",
                name,
                "no run of the workflow noted this record, so an edit of it would not be found.",
                "",
                "",
                "Normal for a stage that was run by hand; otherwise rerun it.",
            )
