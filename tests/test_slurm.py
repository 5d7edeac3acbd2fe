"""What is known of the SLURM job, with a `scontrol` of the test's own."""

import os
from datetime import datetime

import pytest

from skyloom import slurm

SAID = (
    "JobId=7 JobName=x Partition=gpu Restarts=2 StartTime=2026-11-25T16:03:46 NodeList=node[1-2]\n"
    "  Nodes=node1 CPU_IDs=0 Mem=600 GRES=gpu:a100:2(IDX:0-1)\n"
)


@pytest.fixture
def controller(tmp_path, monkeypatch):
    def answers(text, status=0):
        program = tmp_path / "scontrol"
        program.write_text(
            f"#!/bin/sh\necho \"$@\" >>{tmp_path}/asked\ncat <<'E'\n{text}E\nexit {status}\n"
        )
        program.chmod(0o755)

    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    for name in [name for name in os.environ if name.startswith("SLURM_")]:
        monkeypatch.delenv(name)
    answers(SAID)
    return answers


def test_outside_slurm_nobody_is_asked(controller, tmp_path):
    assert slurm.job_id() is None
    assert slurm.job_facts() == {}
    assert slurm.job_start() is None
    assert not slurm.requeue()
    assert not (tmp_path / "asked").exists()


def test_inside_a_job(controller, tmp_path, monkeypatch):
    monkeypatch.setenv("SLURM_JOB_ID", "7")
    monkeypatch.setenv("SLURM_CLUSTER_NAME", "big")
    assert slurm.job_facts() == {
        "SLURM_JOB_ID": "7",
        "SLURM_CLUSTER_NAME": "big",
        "SLURM_JOB_PARTITION": "gpu",
        "SLURM_JOB_NODELIST": "node[1-2]",
        "SLURM_RESTART_COUNT": "2",
        "SLURM_JOB_GPUS": "gpu:a100:2(IDX:0-1)",
        "SLURM_JOB_START_TIME": "2026-11-25T16:03:46",
    }
    assert slurm.job_start() == datetime(2026, 11, 25, 16, 3, 46)
    assert slurm.requeue()
    assert (tmp_path / "asked").read_text().splitlines()[-1] == "requeue 7"


def test_a_controller_that_does_not_answer(controller, monkeypatch):
    monkeypatch.setenv("SLURM_JOB_ID", "7")
    controller("", status=1)
    assert slurm.job_facts() == {"SLURM_JOB_ID": "7"}
    assert slurm.job_start() is None
    assert not slurm.requeue()
