"""Where a process computes, and that a GPU gives the same bytes at each run."""

import os

import torch


def default_device() -> torch.device:
    """Return the GPU of this process, the first unless it has chosen; the CPU where there is none.

    From then on the GPU repeats itself to the byte. Operations that have no such form say so in a
    warning (https://docs.pytorch.org/docs/stable/notes/randomness.html).
    """
    if not torch.cuda.is_available():
        return torch.device("cpu")
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.use_deterministic_algorithms(True, warn_only=True)
    # Memory is written before it is read: filling it as well would only take time.
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
    return torch.device("cuda", torch.cuda.current_device())
