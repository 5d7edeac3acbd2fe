"""What a job asks for: memory, time, processes and GPUs, as functions of inputs and attempt.

Measured peaks (ResNet-18, CPU): prepare 0.55 GB whatever the shard, embed 1.2 GB, pretraining
1.5 GB beside its images, probes 0.8 GB beside their features.
"""

from skyloom.settings.encoder import LaunchSettings

Resources = dict[str, int | str | None]


def memory_mb(base: int, input_mb: float, factor: float, attempt: int) -> int:
    """Return megabytes: a base, a share of the inputs, and half as much again per attempt."""
    return round((base + factor * input_mb) * (1 + 0.5 * (attempt - 1)))


def runtime_min(minutes: int, attempt: int) -> int:
    """Return minutes of run time, growing by the first request with each attempt."""
    return minutes * attempt


def shard_runtime_min(base: int, input_mb: float, mb_per_minute: float, attempt: int) -> int:
    """Return minutes for the work on one shard: a base and its size at a slow machine's rate."""
    return runtime_min(base + round(input_mb / mb_per_minute), attempt)


def launch(settings: LaunchSettings, on_slurm: bool, threads: int) -> Resources:
    """Return what a training asks for, in the words of Snakemake's SLURM executor.

    Args:
        settings: processes, machines and GPUs.
        on_slurm: whether SLURM runs it; else all processes are on this machine.
        threads: of each process.

    Returns:
        `launcher`, the command before the training's own, and resources; None = not asked for.
    """
    gpus = settings.tasks if settings.gpus is None else settings.gpus
    if not on_slurm:
        return {"launcher": _torchrun(settings.tasks), "gpu": gpus}
    if settings.tasks == 1:
        return {"launcher": f"{_srun(settings, threads)} --overlap", "gpu": gpus}
    # Of several machines each gives its share: `gpu` would let SLURM divide them as it likes.
    shared = {"gpu": gpus} if settings.nodes == 1 else {"gres": f"gpu:{gpus // settings.nodes}"}
    return {
        **(shared if gpus else {}),
        "launcher": _srun(settings, threads),
        "mpi": "srun",
        "nodes": settings.nodes,
        "tasks": settings.tasks,
        "tasks_per_gpu": 0,  # else the executor asks for `tasks` processes on each GPU
    }


def _srun(settings: LaunchSettings, threads: int) -> str:
    """Return the command by which SLURM starts a training, which then gets SIGTERM from it."""
    return (
        f"srun --ntasks={settings.tasks} --nodes={settings.nodes} --cpus-per-task={threads} "
        "--kill-on-bad-exit=1"
    )


def _torchrun(tasks: int) -> str:
    if tasks == 1:
        return ""
    return f"torchrun --standalone --nproc-per-node={tasks} --no-python"
