"""Threads of every library, pinned to what the workflow's rule asks for."""

import os
import sys

from threadpoolctl import threadpool_limits

_POOLS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")


def pin_threads(count: int) -> None:
    """Let BLAS, OpenMP, numba and torch use `count` threads each from now on.

    Oversubscribed pools spin instead of working: 15 times the CPU time was measured for one
    probe. Call it before the work starts; it reaches libraries already imported and those to come.
    """
    if count < 1:
        raise ValueError(f"threads is {count}, expected at least 1")
    for variable in _POOLS:
        os.environ[variable] = str(count)
    threadpool_limits(count)
    if "torch" in sys.modules:
        import torch

        torch.set_num_threads(count)
