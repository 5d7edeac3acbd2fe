"""`skyloom audit --deep`: do drawn jobs, run again on the recorded inputs, give the same bytes?"""

import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from skyloom.digest import sha256_of_file
from skyloom.provenance.code import changed_modules
from skyloom.provenance.currency import file_of
from skyloom.provenance.findings import Finding
from skyloom.provenance.records import Records, full_path, read_records, study_folder
from skyloom.tables import read_table

MEASURED = ("seconds", "milliseconds", "images_per_second")
"""Columns of tables that say how long something took: no two runs agree on them."""


def rerun_some(target: Path, count: int, draw: int | None) -> list[Finding]:
    """Rerun `count` jobs behind a target in a scratch folder; return what came out otherwise.

    Args:
        target: folder of results, or one file.
        count: of jobs.
        draw: fixes the drawing; None draws anew each time.

    Left out are jobs that would ask an archive again, and those whose code has changed since.
    """
    records = read_records(study_folder(target))
    names = list(records.jobs) if target.is_dir() else records.behind([records.shown(target)])
    possible = sorted(name for name in names if _can_be_rerun(records.jobs[name]))
    seed = random.SystemRandom().randrange(10**6) if draw is None else draw
    drawn = random.Random(seed).sample(possible, min(count, len(possible)))
    print(
        f"--deep: {len(drawn)} of {len(possible)} jobs that can be rerun, --draw {seed}",
        file=sys.stderr,
    )
    found = []
    for name in drawn:
        print(f"--deep: {name}", file=sys.stderr, flush=True)
        found += list(rerun(records, name))
    return found


def rerun(records: Records, name: str) -> Iterator[Finding]:
    """Rerun one job in a scratch folder and compare what it writes with what it wrote."""
    record = records.jobs[name]
    with tempfile.TemporaryDirectory(prefix="skyloom-audit-") as scratch:
        moved = _moved(record, name, Path(scratch))
        command = [sys.executable, *(moved.get(word, word) for word in record["command"][1:])]
        library = str(Path(__file__).parents[2])
        paths = os.pathsep.join([library, os.environ.get("PYTHONPATH", "")]).strip(os.pathsep)
        environment = {**os.environ, **record.get("environment", {}), "PYTHONPATH": paths}
        done = subprocess.run(
            command, cwd=records.root, env=environment, capture_output=True, text=True, check=False
        )
        if done.returncode:
            said = (done.stderr or done.stdout).strip().splitlines()[-1:] or ["no message"]
            reason = f"{record['stage']} cannot be rerun: {said[0]}."
            remedy = "Mend what the message names, and audit again."
            yield Finding("rerun", file_of(name, record), reason, "", "", remedy)
            return
        for entry in record["outputs"]:
            yield from _compare(entry, records.root, Path(moved[entry["path"]]), record)


def _can_be_rerun(record: Mapping[str, Any]) -> bool:
    asks_archive = record["stage"] == "acquire" and not record["inputs"]
    return not asks_archive and not changed_modules(record["code"]["modules"])


def _moved(record: Mapping[str, Any], name: str, scratch: Path) -> dict[str, str]:
    """Return where what the job writes goes instead: outputs, record and working folders."""
    read = {entry["path"] for entry in record["inputs"]}
    written = {entry["path"] for entry in record["outputs"]}
    top = f"{name.partition('/provenance/')[0]}/"
    beside = {
        word for word in record["command"] if word.startswith((top, "logs/")) and word not in read
    }
    return {path: _inside(scratch, path) for path in {*written, *beside, name}}


def _inside(scratch: Path, path: str) -> str:
    """Return a place in the scratch folder, also for an absolute path and one that leads up."""
    return str(scratch / full_path(Path(path)).relative_to("/"))


def _compare(
    entry: dict[str, Any], root: Path, again: Path, record: Mapping[str, Any]
) -> Iterator[Finding]:
    digest = sha256_of_file(again)
    if digest == entry["sha256"]:
        return
    values = f"sha256 {entry['sha256'][:12]}", digest[:12]
    if differ_in_time_alone(root / entry["path"], again):
        reason = f"{record['stage']} run again differs in measured times alone."
        yield Finding("measured", entry["path"], reason, *values, "Nothing: times always differ.")
        return
    reason = f"{record['stage']} run again on the same inputs wrote other bytes."
    remedy = f"Compare the machines: it was made on {record['machine']['processor']}" + (
        f", {record['machine']['gpu']}. GPUs do not repeat bytes."
        if record["machine"]["gpu"]
        else "."
    )
    yield Finding("rerun", entry["path"], reason, *values, remedy)


def differ_in_time_alone(path: Path, again: Path) -> bool:
    """Whether two tables are equal but for the columns that say how long something took."""
    if path.suffix != ".parquet" or not path.is_file():
        return False
    tables = [
        read_table(one).drop(columns=list(MEASURED), errors="ignore") for one in (path, again)
    ]
    try:
        pd.testing.assert_frame_equal(*tables, check_exact=True)
    except AssertionError:
        return False
    return True
