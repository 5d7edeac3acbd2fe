"""Full disks, folders that cannot be written, clocks that jump, two workflows in one folder."""

import ctypes
import json
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from repository import Repository

from skyloom.digest import sha256_of_file

STAGES = ("prepare", "embed", "cluster", "search", "report", "thumbnails")


@pytest.fixture
def copied(finished: Repository, tmp_path: Path) -> Repository:
    return finished.copy(tmp_path / "repository")


def record_of(repository: Repository, stage: str) -> dict[str, Any]:
    """Return the record of one job of a stage."""
    paths = sorted(repository.folder.glob("results/tiny/mars/provenance/**/*.json"))
    records = [json.loads(path.read_text()) for path in paths]
    return next(each for each in records if each.get("stage") == stage)


def without_the_rights_of_root() -> None:
    """Let permissions hold for root as for everybody else; others have nothing to lose."""
    if os.geteuid() == 0:
        drop_from_bounding_set, dac_override = 24, 1  # linux/prctl.h, linux/capability.h
        assert ctypes.CDLL(None).prctl(drop_from_bounding_set, dac_override, 0, 0, 0) == 0


def run(repository: Repository, record: dict[str, Any], **options: Any):
    return subprocess.run(
        [sys.executable, *record["command"][1:]],
        cwd=repository.folder,
        env={**repository.environment, **record["environment"]},
        capture_output=True,
        text=True,
        timeout=600,
        **options,
    )


@pytest.mark.parametrize("stage", STAGES)
def test_a_full_disk_leaves_what_was_there(copied: Repository, stage: str) -> None:
    """The kernel refuses to write beyond half of the largest output, as a full quota does."""
    record = record_of(copied, stage)
    outputs = {copied.folder / each["path"]: each["sha256"] for each in record["outputs"]}
    most = max(path.stat().st_size for path in outputs) // 2

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))

    done = run(copied, record, preexec_fn=limited)
    assert done.returncode != 0
    assert "too large" in done.stderr.lower(), done.stderr[-2000:]
    for path, sha256 in outputs.items():
        assert sha256_of_file(path) == sha256
        assert not list(path.parent.glob(f".{path.name}.*"))
    assert run(copied, record).returncode == 0


def test_a_folder_that_cannot_be_written_is_named(copied: Repository) -> None:
    record = record_of(copied, "cluster")
    folder = copied.folder / "results/tiny/mars/simclr/clusters"
    before = {path: sha256_of_file(path) for path in folder.iterdir()}
    folder.chmod(0o555)
    try:
        done = run(copied, record, preexec_fn=without_the_rights_of_root)
    finally:
        folder.chmod(0o755)
    assert done.returncode != 0
    assert "Permission denied" in done.stderr
    assert "clusters" in done.stderr
    assert {path: sha256_of_file(path) for path in folder.iterdir()} == before


@pytest.mark.parametrize("years", [-20, 20])
def test_a_clock_that_jumped_changes_no_result(copied: Repository, years: int) -> None:
    """Raw files that seem to come from the past or the future: the same bytes, and it ends."""
    raw = sorted((copied.folder / "results/tiny/mars/raw").iterdir())
    encoder = copied.folder / "results/tiny/mars/simclr/encoder.safetensors"
    before = sha256_of_file(encoder)
    moment = time.time() + years * 365 * 86400
    for path in raw:
        os.utime(path, (moment, moment))
    assert copied.snakemake("all").returncode == 0
    assert sha256_of_file(encoder) == before
    assert copied.skyloom("audit").returncode == 0


def test_a_second_workflow_in_the_same_folder_is_told_of_the_first(fresh: Repository) -> None:
    first = subprocess.Popen(
        fresh.command("all"),
        cwd=fresh.folder,
        env=fresh.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        end = time.monotonic() + 120
        locks = fresh.folder / ".snakemake" / "locks"
        while not (locks.is_dir() and any(locks.iterdir())) and time.monotonic() < end:
            time.sleep(0.05)
        second = fresh.snakemake("all")
    finally:
        os.killpg(first.pid, signal.SIGKILL)
        first.wait()
    assert second.returncode != 0
    assert "Directory cannot be locked" in second.stderr
    assert not (fresh.folder / "results/tiny/mars/report.html").exists()
