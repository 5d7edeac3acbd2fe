"""`skyloom adopt`: results that were copied here count as made here, once they are verified."""

import shlex
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from skyloom.commands.expected import expected_settings
from skyloom.errors import SkyloomError
from skyloom.provenance.audit import audit
from skyloom.provenance.digests import Digests, memory_file
from skyloom.provenance.findings import exit_status, tell
from skyloom.provenance.records import Records, read_records
from skyloom.provenance.runs import Run

REFUSED = ("error", "warning")
TOLERATED = ("dirty", "versions")
"""Warnings that say how a result was made, not that it is another one than asked for."""


class AdoptError(SkyloomError):
    """The results cannot be taken over."""


def adopt(results: Path) -> int:
    """Verify results, then let Snakemake note them as they are; return the exit status.

    A copy has new times, and Snakemake's own notes of settings and code stay behind, so that it
    would make everything anew. Nothing is noted of results that do not fit records, settings and
    code: it would hide that from Snakemake.

    Raises:
        AdoptError: no run says which configuration they are of, or Snakemake fails.
    """
    records = read_records(results)
    runs = [run for run in records.runs if run.head]
    if not runs:
        raise AdoptError(f"no run of the workflow is recorded in {results}.")
    expected, remarks = expected_settings(records.runs, None)
    report = audit(results, Digests(memory_file(results)), expected)
    refused = [f for f in report.findings if f.severity in REFUSED and f.kind not in TOLERATED]
    if refused or remarks:
        print("\n".join([*tell(refused), *remarks]))
        print(f"{len(refused)} findings: nothing was taken over. Mend or delete these first.")
        return exit_status(refused) or 1
    command = _command(runs[-1], records)
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise AdoptError(f"{shlex.join(command)} failed:\n{done.stderr[-2000:]}")
    print(f"{report.files} files of {report.records} jobs are taken over.")
    return 0


def _command(run: Run, records: Records) -> list[str]:
    """Return the call that marks the last files of each line of jobs as made."""
    return [
        *(sys.executable, "-m", "snakemake", "--touch", "--cores", "1"),
        *("--configfile", *run.head["configfiles"]),
        *_overrides(shlex.split(run.head["command"])),
        *("--", *_last_files(records)),
    ]


def _overrides(command: Sequence[str]) -> list[str]:
    """Return `--config` with its words as a run had them."""
    if "--config" not in command:
        return []
    words = list(command[command.index("--config") + 1 :])
    ends = [place for place, word in enumerate(words) if word.startswith("-")] or [len(words)]
    return ["--config", *words[: ends[0]]]


def _last_files(records: Records) -> list[str]:
    """Return one output of every job whose files no other job reads."""
    read = set(records.readers)
    found = []
    for name, record in records.jobs.items():
        written = [entry["path"] for entry in record["outputs"]]
        if written and not read.intersection([*written, name]):
            found.append(written[0])
    return found
