"""How much memory and time a job asks for, as functions of its inputs and of the attempt.

Measured peaks (ResNet-18, CPU): prepare 0.55 GB whatever the shard, embed 1.2 GB, pretraining
1.5 GB beside its images, probes 0.8 GB beside their features.
"""


def memory_mb(base: int, input_mb: float, factor: float, attempt: int) -> int:
    """Return megabytes: a base, a share of the inputs, and half as much again per attempt."""
    return round((base + factor * input_mb) * (1 + 0.5 * (attempt - 1)))


def runtime_min(minutes: int, attempt: int) -> int:
    """Return minutes of run time, growing by the first request with each attempt."""
    return minutes * attempt
