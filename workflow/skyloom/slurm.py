"""The SLURM job in which this process runs: what is known of it, and how to queue it again."""

import os
import re
import subprocess
from datetime import datetime

_FIELDS = {
    "SLURM_JOB_PARTITION": "Partition",
    "SLURM_JOB_NODELIST": "NodeList",
    "SLURM_RESTART_COUNT": "Restarts",
    "SLURM_JOB_GPUS": "GRES",
    "SLURM_JOB_START_TIME": "StartTime",
}


def job_id() -> str | None:
    """Return the number of the job, or None outside SLURM."""
    return os.environ.get("SLURM_JOB_ID")


def job_facts() -> dict[str, str]:
    """Return number, cluster, partition, nodes, GPUs, restarts and start of the job.

    Keys are the names of SLURM's own variables. Most of these do not reach the commands of rules,
    for the executor takes them away, so the controller is asked, once. Empty outside SLURM; with
    the number alone where the controller does not answer.
    """
    number = job_id()
    if number is None:
        return {}
    names = ("SLURM_JOB_ID", "SLURM_ARRAY_TASK_ID", "SLURM_CLUSTER_NAME")
    known = {name: os.environ[name] for name in names if name in os.environ}
    said = dict(re.findall(r"(\w+)=(\S+)", _scontrol("show", "job", "--detail", number) or ""))
    return known | {name: said[field] for name, field in _FIELDS.items() if field in said}


def job_start() -> datetime | None:
    """Return when the job began its present run, in local time, if that is known."""
    try:
        return datetime.fromisoformat(job_facts()["SLURM_JOB_START_TIME"])
    except (KeyError, ValueError):
        return None


def requeue() -> bool:
    """Put the job back into the queue, under its number; return whether SLURM agreed.

    SLURM ends the job's processes soon after.
    """
    number = job_id()
    return number is not None and _scontrol("requeue", number) is not None


def _scontrol(*words: str) -> str | None:
    """Return what `scontrol` says, or None where it fails."""
    try:
        done = subprocess.run(
            ["scontrol", *words], capture_output=True, text=True, check=True, timeout=60
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout
