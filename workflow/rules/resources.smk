"""How much memory and time jobs ask for, and on what trainings are started."""

from skyloom.resources import launch, memory_mb, runtime_min, shard_runtime_min
from skyloom.settings.encoder import LaunchSettings
from skyloom.slurm import job_id


def memory(base, factor=0.0):
    """Return the function that gives a job's memory in MB."""
    # Asking for the size of the inputs takes half a minute in a study of thousands of shards.
    return lambda wildcards, input, attempt: memory_mb(
        base, factor and input.size_mb, factor, attempt
    )


def minutes(count):
    """Return the function that gives a job's run time in minutes."""
    return lambda wildcards, attempt: runtime_min(count, attempt)


def shard_minutes(base, mb_per_minute):
    """Return the function that gives the run time of the work on one shard in minutes."""
    return lambda wildcards, input, attempt: shard_runtime_min(
        base, input.size_mb, mb_per_minute, attempt
    )


def training_memory(base, factor):
    """Return the function that gives a training's memory, which grows only where it was killed."""
    return lambda wildcards, input: memory_mb(
        base,
        input.size_mb,
        factor,
        attempt=1 + plan.killed_trainings(wildcards.survey, wildcards.encoder),
    )


def on_slurm():
    """Return whether SLURM runs the jobs of this call, or runs this call as a job."""
    executor = workflow.executor_plugin
    submits = executor is not None and executor.name == "slurm"
    return submits or (workflow.remote_exec and job_id() is not None)


def launched(resource):
    """Return the function that gives one of the resources with which a training is started."""

    def value(wildcards, threads):
        settings = plan.launch(wildcards.survey, wildcards.encoder)
        return launch(settings, on_slurm(), threads).get(resource)

    return value


def launched_network(resource):
    """Return the function that gives one of the resources of a network of redshifts: one GPU."""
    return lambda wildcards, threads: launch(LaunchSettings(), on_slurm(), threads).get(
        resource
    )
