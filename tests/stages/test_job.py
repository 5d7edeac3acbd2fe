"""What every stage does around its work: here, the rest that a killed attempt left."""

from pathlib import Path

import pytest

from skyloom.atomic import write_text
from skyloom.stages.job import Job, run_stage


def write(job: Job) -> None:
    write_text(job.path("table"), "whole")


def run(folder: Path, work=write) -> None:
    arguments = ["--table", str(folder / "table.txt"), "--record", str(folder / "job.json")]
    run_stage("cluster", work, inputs=[], outputs=["table"], arguments=arguments)


def test_a_job_removes_what_killed_ones_left_of_its_outputs(tmp_path: Path) -> None:
    for name in (".table.txt.a1.partial", ".job.json.b2.partial", ".table.parquet.c3.partial"):
        (tmp_path / name).write_text("half")
    run(tmp_path)
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {"table.txt", "job.json", ".table.parquet.c3.partial"}  # another's stays
    assert (tmp_path / "table.txt").read_text() == "whole"


def test_a_failed_job_says_why_and_writes_no_record(tmp_path: Path) -> None:
    def fail(job: Job) -> None:
        raise OSError("the disk is full")

    with pytest.raises(SystemExit, match="cluster: OSError: the disk is full"):
        run(tmp_path, fail)
    assert list(tmp_path.iterdir()) == []
