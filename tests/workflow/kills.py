"""A campaign of kill -9 against the stages of a finished study.

    python tests/workflow/kills.py --kills 135 --table kills.tsv

A tiny study is run to its end; its records then name every command and the SHA-256 of what it
wrote. A kill takes one of the jobs, deletes its outputs, starts its command again and ends it with
SIGKILL at a random moment; no output may then be there that is not whole. The command runs once
more, undisturbed, and must write the same bytes. The table has one row a kill; a campaign goes on
where its table ends.
"""

import argparse
import csv
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).resolve().parent
sys.path += [str(HERE), str(HERE.parent)]

from repository import Repository  # noqa: E402

from skyloom.digest import sha256_of_file, sha256_of_text  # noqa: E402
from skyloom.tables import read_table  # noqa: E402

RELABEL = """
  relabel: {wrong: 0.2, folds: 3, seeds: 1, batch: 0.3, target: 0.1, audit_below: 0.2}
"""
MEASURED = {"images_per_second", "milliseconds"}
"""Columns that tell how fast a job ran; no two runs agree in them."""
START_SECONDS = 1.5
"""Longest time that importing takes before the work begins, on a quiet machine."""


@dataclass(frozen=True)
class Kill:
    """What one kill came to.

    Attributes:
        seed: of its choices.
        stage, record: which job.
        after: seconds from start to kill.
        ended: the command was through before the kill came.
        torn: outputs that were there and not whole.
        differing: outputs that the next run wrote otherwise.
        left: temporary files that the kill left.
    """

    seed: int
    stage: str
    record: str
    after: float
    ended: bool
    torn: int
    differing: int
    left: int


def finished_study(folder: Path) -> Repository:
    """Run a tiny study with review rounds to its end."""
    repository = Repository(folder)
    config = repository.folder / "tiny.yaml"
    config.write_text(config.read_text() + RELABEL)
    done = repository.snakemake("all", "clusters", "rounds")
    if done.returncode != 0:
        raise RuntimeError(done.stdout[-2000:] + done.stderr[-2000:])
    return repository


def jobs_of(repository: Repository) -> dict[str, list[dict[str, Any]]]:
    """Return the records of all jobs by stage, those of one stage in a fixed order."""
    jobs: dict[str, list[dict[str, Any]]] = {}
    for path in sorted(repository.folder.glob("results/tiny/*/provenance/**/*.json")):
        record = json.loads(path.read_text())
        record["path"] = path.relative_to(repository.folder).as_posix()
        if "command" in record and record.get("outputs"):
            jobs.setdefault(record["stage"], []).append(record)
    return jobs


def kill_once(repository: Repository, jobs: dict[str, list[dict[str, Any]]], seed: int) -> Kill:
    """Kill the job that a seed chooses, run it again, and compare."""
    rng = np.random.default_rng(seed)
    stage = sorted(jobs)[seed % len(jobs)]
    record = jobs[stage][int(rng.integers(len(jobs[stage])))]
    outputs = {path: content_of(path) for path in outputs_of(repository, record)}
    told = (repository.folder / record["path"]).read_bytes()
    for path in outputs:
        path.unlink()
    after = float(rng.uniform(0.2, START_SECONDS + 1.1 * record["seconds"]))
    process = start(repository, record)
    ended = True
    try:
        process.wait(after)
    except subprocess.TimeoutExpired:
        ended = False
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    there = {path: content for path, content in outputs.items() if path.exists()}
    torn = [path for path, content in there.items() if content_of(path) != content]
    left = [
        path for folder in {path.parent for path in outputs} for path in folder.glob(".*.partial")
    ]
    again = start(repository, record)
    status = again.wait(900)
    differing = [
        path
        for path, content in outputs.items()
        if status != 0 or not path.exists() or content_of(path) != content
    ]
    # Pages about records would differ by the time of this run.
    (repository.folder / record["path"]).write_bytes(told)
    return Kill(
        seed=seed,
        stage=stage,
        record=record["path"],
        after=round(after, 3),
        ended=ended,
        torn=len(torn),
        differing=len(differing),
        left=len(left),
    )


def outputs_of(repository: Repository, record: dict[str, Any]) -> list[Path]:
    """Return the files that a job wrote."""
    return [repository.folder / each["path"] for each in record["outputs"]]


def content_of(path: Path) -> str:
    """Return a digest of a file: of its bytes, or of a table without what was measured."""
    if path.suffix != ".parquet":
        return sha256_of_file(path)
    try:
        table = read_table(path)
    except (OSError, ValueError) as error:
        return f"not whole: {error}"
    if not MEASURED & set(table.columns):
        return sha256_of_file(path)
    return sha256_of_text(table.drop(columns=list(MEASURED & set(table.columns))).to_json())


def start(repository: Repository, record: dict[str, Any]) -> "subprocess.Popen[bytes]":
    """Start the command of a record in a group of processes of its own."""
    words = [sys.executable, *record["command"][1:]]
    with (repository.folder / "killed.log").open("ab") as log:
        return subprocess.Popen(
            words,
            cwd=repository.folder,
            env={**repository.environment, **record["environment"]},
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


def campaign(repository: Repository, kills: range) -> Iterator[Kill]:
    """Yield what each kill came to."""
    jobs = jobs_of(repository)
    for seed in kills:
        yield kill_once(repository, jobs, seed)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=120)
    parser.add_argument("--table", type=Path, required=True, help="TSV, appended to")
    given = parser.parse_args()
    done = sum(1 for _ in given.table.open()) - 1 if given.table.exists() else 0
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder, given.table.open("a", newline="") as file:
        writer = csv.DictWriter(file, [field.name for field in fields(Kill)], delimiter="\t")
        if done <= 0:
            writer.writeheader()
        for kill in campaign(finished_study(Path(folder)), range(max(done, 0), given.kills)):
            writer.writerow(asdict(kill))
            file.flush()
            print(f"{time.monotonic() - started:6.0f} s", kill, flush=True)


if __name__ == "__main__":
    main()
