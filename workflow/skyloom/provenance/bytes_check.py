"""Are the files what the jobs that wrote and read them noted?"""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from skyloom.provenance.digests import Digests
from skyloom.provenance.findings import Finding
from skyloom.provenance.records import Entry, Records
from skyloom.provenance.runs import FOLDER

_NO_RESULTS = {"README.md", "ro-crate-metadata.json", "ro-crate-preview.html", "study.yaml"}


def check_bytes(records: Records, jobs: Iterable[str], digests: Digests) -> Iterator[Finding]:
    """Compare every file that these jobs wrote or read, and their records, with what is there."""
    noted = _noted(records, list(jobs))
    digests.add([records.root / path for path in noted])
    for path, entries in noted.items():
        first = records.writer.get(path) or max(
            entries, key=lambda entry: str(records.jobs[entry.record]["started"])
        )
        found = digests.of(records.root / path)
        if found is None:
            yield _missing(first, path in records.writer)
        elif found != first.sha256:
            yield _changed(first, found, records)
        for entry in entries:
            if entry.sha256 != first.sha256:
                yield _stale(entry, first, records)


def check_unrecorded(records: Records, files: Iterable[str]) -> Iterator[Finding]:
    """Look for files that no record speaks of."""
    spoken_of = {*records.jobs, *records.broken, *records.writer}
    for name in files:
        if name not in spoken_of:
            yield Finding(
                "unrecorded",
                name,
                "no record says where it comes from.",
                "",
                "",
                "Rerun its stage if a job made it; otherwise delete it or move it elsewhere.",
            )


def result_files(records: Records, folder: Path) -> list[str]:
    """Return the files that must have a record, as records write them.

    These are all but hidden ones, READMEs, checkpoints, runs and descriptions of crates.
    """
    found = []
    for place, folders, names in os.walk(folder):  # pathlib takes ten times as long
        folders[:] = sorted(name for name in folders if name[0] != "." and name != "checkpoint")
        if place.endswith(str(FOLDER)):
            continue
        kept = (name for name in sorted(names) if name[0] != "." and name not in _NO_RESULTS)
        found += [f"{place}/{name}" for name in kept]
    start, shown = len(str(folder)), records.shown(folder)
    return [f"{shown}{path[start:]}" for path in found]


def _noted(records: Records, jobs: list[str]) -> dict[str, list[Entry]]:
    """Return every file of these jobs with what its readers among them noted."""
    noted: dict[str, list[Entry]] = {}
    for name in jobs:
        noted.setdefault(name, []) if name in records.writer else None
        for entry in records.jobs[name]["outputs"]:
            noted.setdefault(entry["path"], [])
    chosen = set(jobs)
    for path, entries in records.readers.items():
        mine = [entry for entry in entries if entry.record in chosen]
        if mine:
            noted.setdefault(path, []).extend(mine)
    return noted


def _missing(entry: Entry, is_written: bool) -> Finding:
    if is_written:
        remedy = "Rerun its stage, or restore it from a copy."
        return Finding("missing", entry.path, f"{_role(entry, True)}, not there.", "", "", remedy)
    remedy = "Restore it as it was; it is an input that the workflow cannot make."
    return Finding("missing", entry.path, f"{_role(entry, False)}, not there.", "", "", remedy)


def _changed(entry: Entry, found: str, records: Records) -> Finding:
    values = f"sha256 {entry.sha256[:12]}", found[:12]
    if entry.record == entry.path:
        reason = "was edited after the run noted it, or written outside of the workflow."
        remedy = f"Restore it, or delete it and rerun its stage ({entry.stage})."
        return Finding("record", entry.path, reason, *values, remedy)
    is_written = entry.path in records.writer
    remedy = (
        "Delete it and rerun its stage, or restore the recorded file."
        if is_written
        else "Restore the file that was read, or rerun the stage with the new one."
    )
    return Finding("changed", entry.path, f"{_role(entry, is_written)}.", *values, remedy)


def _stale(reader: Entry, writer: Entry, records: Records) -> Finding:
    outputs = records.jobs[reader.record]["outputs"]
    return Finding(
        "stale",
        outputs[0]["path"] if outputs else reader.record,
        f"made by {reader.stage} from another version of {reader.path}.",
        f"sha256 {writer.sha256[:12]}",
        reader.sha256[:12],
        "Rerun the workflow: an input is newer than this result.",
    )


def _role(entry: Entry, is_written: bool) -> str:
    return f"{'written' if is_written else 'read'} by {entry.stage} ({entry.record})"
