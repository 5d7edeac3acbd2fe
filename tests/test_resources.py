import pytest

from skyloom.resources import launch, memory_mb, runtime_min, shard_runtime_min
from skyloom.settings.encoder import LaunchSettings


def test_memory_and_time_grow_with_attempts():
    assert [memory_mb(1000, 200, 2.0, attempt) for attempt in (1, 2, 3)] == [1400, 2100, 2800]
    assert [runtime_min(60, attempt) for attempt in (1, 2, 3)] == [60, 120, 180]
    assert [shard_runtime_min(5, mb, 20, 1) for mb in (0.1, 400)] == [5, 25]
    assert shard_runtime_min(5, 400, 20, 2) == 50


@pytest.mark.parametrize(
    ("settings", "asked"),
    [
        ({}, {"launcher": "", "gpu": 1}),
        ({"gpus": 0}, {"launcher": "", "gpu": 0}),
        (
            {"tasks": 4, "nodes": 2},
            {"launcher": "torchrun --standalone --nproc-per-node=4 --no-python", "gpu": 4},
        ),
    ],
)
def test_on_one_machine(settings, asked):
    assert launch(LaunchSettings(**settings), on_slurm=False, threads=8) == asked


@pytest.mark.parametrize(
    ("settings", "asked"),
    [
        ({}, {"gpu": 1}),
        ({"tasks": 4}, {"gpu": 4, "mpi": "srun", "nodes": 1, "tasks": 4}),
        ({"tasks": 4, "nodes": 2}, {"gres": "gpu:2", "mpi": "srun", "nodes": 2, "tasks": 4}),
        ({"tasks": 2, "gpus": 0}, {"mpi": "srun", "nodes": 1, "tasks": 2}),
    ],
)
def test_on_slurm(settings, asked):
    found = launch(LaunchSettings(**settings), on_slurm=True, threads=8)
    words = found.pop("launcher").split()
    tasks = settings.get("tasks", 1)
    assert words[:2] == ["srun", f"--ntasks={tasks}"]
    assert "--cpus-per-task=8" in words
    assert ("--overlap" in words) == (tasks == 1), "inside the step of the in-job Snakemake"
    assert found.pop("tasks_per_gpu", None) == (0 if tasks > 1 else None)
    assert found == asked


@pytest.mark.parametrize("wrong", [{"tasks": 3, "nodes": 2}, {"tasks": 2, "nodes": 2, "gpus": 3}])
def test_nodes_share_evenly(wrong):
    with pytest.raises(ValueError, match=r"is 3, expected a multiple of nodes \(2\)"):
        LaunchSettings(**wrong)
