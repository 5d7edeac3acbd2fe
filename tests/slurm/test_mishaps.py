"""Trainings that are cancelled, starved, limited, moved, preempted: the same bytes in the end."""

from pathlib import Path

import pytest
from cluster_files import can_contain
from study import Study, wait_for

pytestmark = pytest.mark.slurm


def starve(job: str) -> None:
    """Leave the training's step as little memory as it can stand still in, and let it go on."""
    (step,) = Path("/sys/fs/cgroup/memory").glob(f"slurm_node*/uid_0/job_{job}/step_1")
    low, high = 0, int((step / "memory.usage_in_bytes").read_text())
    for _ in range(10):
        middle = (low + high) // 2
        try:
            (step / "memory.limit_in_bytes").write_text(str(middle))
            high = middle
        except OSError:
            low = middle  # what is in use cannot be taken away


def how(lines: list[dict[str, object]]) -> list[object]:
    """How each attempt but the last ended; None = without a word."""
    begun = [number for number, line in enumerate(lines) if "began" in line]
    return [lines[number + 1].get("how") for number in begun[:-1]]


def memory(study: Study, encoder: str) -> list[str]:
    """What the jobs of an encoder asked for."""
    rows = study.accounted("Comment", "ReqMem", "JobID")
    asked = {number: mem for comment, mem, number in rows if comment.endswith(f"mars_{encoder}")}
    return list(asked.values())


@pytest.fixture(scope="module")
def cancelled(prepared: Study) -> Study:
    """A training whose job is cancelled in the middle, and which Snakemake submits again."""
    run = prepared.snakemake(prepared.file("cancelled"))
    job = wait_for("job", lambda: prepared.pause("cancelled"))
    prepared.cluster.run("scancel", job)
    run.succeeds()
    return prepared


def test_a_cancelled_training_ends_in_the_same_bytes(cancelled: Study):
    assert cancelled.sha256("cancelled") == cancelled.sha256("reference")
    attempts = cancelled.record("cancelled")["facts"]["attempts"]
    assert how(attempts) == ["stopped: SIGTERM"]
    assert len({line["job"] for line in attempts if "began" in line}) == 2
    assert memory(cancelled, "cancelled") == ["4000M", "4000M"]


def test_a_finished_training_leaves_no_state(cancelled: Study):
    assert not (cancelled.folder / cancelled.file("cancelled")).with_name("checkpoint").exists()


def test_another_time_limit_is_no_reason_to_train_again(cancelled: Study):
    options = ("-n", "--set-resources", "pretrain:runtime=999", "--set-threads", "pretrain=2")
    said = cancelled.snakemake(cancelled.file("cancelled"), options=options).succeeds()
    assert "Nothing to be done" in said


@pytest.fixture(scope="module")
def survivors(prepared: Study) -> Study:
    """Three trainings in one run, to each of which something else happens."""
    study, cluster = prepared, prepared.cluster
    names = ["limited", "moved"] + ["starved"] * can_contain()
    cluster.run("scontrol", "update", "NodeName=node2", "State=DRAIN", "Reason=test")
    run = study.snakemake(*(study.file(name) for name in names))
    jobs = {name: wait_for(f"job {name}", lambda n=name: study.pause(n)) for name in names}
    cluster.run("scontrol", "update", "NodeName=node2", "State=RESUME")
    cluster.run("scontrol", "update", "NodeName=node1", "State=DRAIN", "Reason=test")
    cluster.run("scontrol", "update", f"JobId={jobs['limited']}", "TimeLimit=1")
    if can_contain():
        starve(jobs["starved"])
        study.go_on("starved")
    wait_for("time-out", lambda: study.state(jobs["limited"]) == "TIMEOUT")
    cluster.run("scontrol", "update", "NodeName=node1", "State=DOWN", "Reason=test")
    study.start_again(jobs["moved"])
    wait_for("second run", lambda: study.state(jobs["moved"]) in ("RUNNING", "COMPLETED"))
    cluster.run("scontrol", "update", "NodeName=node1", "State=RESUME")
    run.succeeds()
    return study


@pytest.mark.study
@pytest.mark.parametrize(
    ("encoder", "ended", "memories"),
    [
        ("limited", ["stopped: SIGTERM"], ["4000M", "4000M"]),
        pytest.param(
            *("starved", [None], ["4000M", "6000M"]),
            marks=pytest.mark.skipif(not can_contain(), reason="no control groups here"),
        ),
        ("moved", None, ["4000M"]),
    ],
)
def test_a_disturbed_training_ends_in_the_same_bytes(survivors, encoder, ended, memories):
    assert survivors.sha256(encoder) == survivors.sha256("reference")
    attempts = survivors.record(encoder)["facts"]["attempts"]
    assert memory(survivors, encoder) == memories, "more for a starved one alone"
    if ended is not None:
        assert how(attempts) == ended
        return
    assert len({line["job"] for line in attempts if "began" in line}) == 1
    assert survivors.record(encoder)["slurm"]["SLURM_RESTART_COUNT"] == "1"
    assert survivors.record(encoder)["slurm"]["SLURM_JOB_NODELIST"] == "node2"


@pytest.mark.study
def test_preempted(study: Study):
    """SLURM starts it again under its number; no retry of Snakemake's is used up."""
    run = study.snakemake(study.file("preempted"), options=("--retries", "0"))
    job = wait_for("job", lambda: study.pause("preempted"))
    study.run_urgently_instead_of(job)
    study.start_again(job)
    run.succeeds()
    assert study.sha256("preempted") == study.sha256("reference")
    attempts = study.record("preempted")["facts"]["attempts"]
    assert [line["job"] for line in attempts if "began" in line] == [job, job]
    assert how(attempts)[0] in ("stopped: SIGTERM", None)
    assert study.record("preempted")["slurm"]["SLURM_RESTART_COUNT"] == "1"


@pytest.mark.study
def test_its_time_is_up(study: Study):
    """The training stops half a minute before its limit of three, and has its job queued again."""
    limit = ("--set-resources", "pretrain:runtime=3", "--retries", "0")
    run = study.snakemake(study.file("timed"), options=limit)
    job = wait_for("job", lambda: study.pause("timed"))
    wait_for("margin of the limit", lambda: study.seconds(job) > 152)
    study.go_on("timed")
    study.start_again(job)
    run.succeeds()
    assert study.sha256("timed") == study.sha256("reference")
    attempts = study.record("timed")["facts"]["attempts"]
    assert [line["job"] for line in attempts if "began" in line] == [job, job]
    assert how(attempts) == ["stopped: its time is up"]
    assert {row[1] for row in study.accounted("JobID", "State") if row[0] == job} >= {"REQUEUED"}
