"""How long does an audit take: of files that it has seen, and of files that it has to read?

Writes a results folder of many files in jobs of ten, with records and the record of a run, and
audits it three times: new (everything is read), again (digests are remembered), and with one file
changed. Beside them stands `sha256sum` on the same files, one process a core, A B A B.

    python benchmarks/audit_speed.py FOLDER [--files 10000] [--megabytes 2000] [--sparse] [--keep]

`--sparse` writes files that take no room on the disk: then reading costs no disk, and the times are
those of hashing and of bookkeeping alone.
"""

import argparse
import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from unittest import mock

import numpy as np

from skyloom.digest import sha256_of_file, sha256_of_text
from skyloom.provenance import record
from skyloom.provenance.audit import audit
from skyloom.provenance.digests import Digests
from skyloom.provenance.record import JobRecord
from skyloom.provenance.runs import FOLDER

PER_JOB = 10


def write_files(folder: Path, count: int, size: int, sparse: bool) -> list[Path]:
    block = np.random.default_rng(0).bytes(1 << 20)
    paths = [folder / "mars" / "features" / f"{number:05d}.bin" for number in range(count)]
    paths[0].parent.mkdir(parents=True)
    for number, path in enumerate(paths):
        with path.open("wb") as file:
            file.write(number.to_bytes(8, "little"))
            if sparse:
                file.truncate(size)
                continue
            for start in range(8, size, len(block)):
                file.write(block[: min(len(block), size - start)])
    return paths


def write_records(results: Path, paths: list[Path]) -> None:
    """Write a record per ten files, each job reading what the one before wrote, and a run."""
    template = results / "template.json"
    JobRecord("embed", ["skyloom.stages.embed"], {"batch_size": 64}, 1).write(template, [], [])
    document = json.loads(template.read_text())
    template.unlink()
    folder = results / "mars" / "provenance" / "embed"
    folder.mkdir(parents=True)
    before: list[dict[str, object]] = []
    lines: list[dict[str, object]] = [{"event": "run", "after": None, "previous": ""}]
    for place in range(0, len(paths), PER_JOB):
        written = [
            {"path": str(path), "sha256": sha256_of_file(path), "bytes": path.stat().st_size}
            for path in paths[place : place + PER_JOB]
        ]
        path = folder / f"{place}.json"
        path.write_text(json.dumps({**document, "inputs": before, "outputs": written}, indent=1))
        lines.append({"event": "done", "record": str(path), "sha256": sha256_of_file(path)})
        before = written
    write_run(results / FOLDER / "run.jsonl", lines)


def write_run(path: Path, lines: list[dict[str, object]]) -> None:
    path.parent.mkdir(parents=True)
    previous = ""
    with path.open("w") as file:
        for line in lines:
            text = json.dumps({**line, "previous": previous}, sort_keys=True)
            file.write(f"{text}\n")
            previous = sha256_of_text(text)


def timed(name: str, work: Callable[[], object], size: float) -> float:
    start, processor = time.perf_counter(), time.process_time()
    said = work()
    seconds, processor = time.perf_counter() - start, time.process_time() - processor
    rate = f"{size / seconds / 1e6:8.0f} MB/s"
    print(f"{name:<26} {seconds:7.2f} s ({processor:6.2f} s CPU) {rate}  {said}", flush=True)
    return seconds


def run_audit(results: Path, memory: Path | None) -> str:
    report = audit(results, Digests(memory))
    kinds = sorted({finding.kind for finding in report.findings})
    return (
        f"{report.files} files, {report.read_bytes / 1e6:.0f} MB read, findings: {kinds or 'none'}"
    )


def run_sha256sum(paths: list[Path]) -> str:
    names = "\0".join(map(str, paths)).encode()
    command = ["xargs", "-0", "-n", "50", "-P", str(os.cpu_count()), "sha256sum"]
    subprocess.run(command, input=names, stdout=subprocess.DEVNULL, check=True)
    return f"{len(paths)} files, {os.cpu_count()} processes"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--megabytes", type=float, default=2000)
    parser.add_argument("--sparse", action="store_true")
    parser.add_argument("--keep", action="store_true")
    given = parser.parse_args()
    given.folder.mkdir(parents=True)
    os.chdir(given.folder)
    results = Path("results")
    total = given.megabytes * 1e6
    state = {"commit": "0" * 40, "dirty": False}
    mock.patch.object(record, "git_state", return_value=state).start()
    paths = write_files(results, given.files, int(total / given.files), given.sparse)
    write_records(results, paths)
    time.sleep(2.5)  # what was touched a moment ago is not remembered
    print(f"{given.files} files, {total / 1e9:.1f} GB, {given.files // PER_JOB} records")
    memory = Path("digests.json")
    for turn in (1, 2):
        memory.unlink(missing_ok=True)
        new = timed(f"audit, all read ({turn})", lambda: run_audit(results, memory), total)
        plain = timed(f"sha256sum ({turn})", lambda: run_sha256sum(paths), total)
        again = timed(f"audit, remembered ({turn})", lambda: run_audit(results, memory), total)
        print(f"all read / sha256sum {new / plain:.2f}; remembered / all read {again / new:.3f}")
    with paths[7].open("r+b") as file:
        file.write(b"changed!")
    timed("audit, one file changed", lambda: run_audit(results, memory), total)
    if not given.keep:
        shutil.rmtree(Path.cwd())


if __name__ == "__main__":
    main()
