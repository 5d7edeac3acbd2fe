"""Several processes that train one encoder: what they exchange.

Every rank computes the loss of the joined batch from gathered projections, of which its own carry
the gradient. The gradient of a parameter is therefore the sum over ranks, and objectives, queue and
corrections need not know of ranks at all.
"""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import torch
from torch import Tensor, distributed, nn

from skyloom.errors import SkyloomError
from skyloom.learn.devices import default_device

TIMEOUT = timedelta(minutes=30)


class RanksError(SkyloomError):
    """Processes that should train together cannot."""


@dataclass(frozen=True)
class Ranks:
    """One process among those that train together.

    Attributes:
        index: 0 for the one that writes results.
        count: number of processes; 1 without a launcher.
        device: where this one computes.
    """

    index: int
    count: int
    device: torch.device

    def gather(self, mine: Tensor) -> Tensor:
        """Return the rows of all ranks (count * B, ...), those of `mine` (B, ...) with gradient."""
        if self.count == 1:
            return mine
        parts = [torch.empty_like(mine) for _ in range(self.count)]
        distributed.all_gather(parts, mine.detach().contiguous())
        parts[self.index] = mine
        return torch.cat(parts)

    def sum_gradients(self, parameters: Iterable[nn.Parameter]) -> None:
        """Add up each gradient over the ranks, in one exchange."""
        if self.count == 1:
            return
        gradients = [parameter.grad for parameter in parameters if parameter.grad is not None]
        flat = torch.cat([gradient.flatten() for gradient in gradients])
        distributed.all_reduce(flat)
        sizes = [gradient.numel() for gradient in gradients]
        for gradient, part in zip(gradients, torch.split(flat, sizes), strict=True):
            gradient.copy_(part.view_as(gradient))

    def from_first(self, tensor: Tensor) -> Tensor:
        """Return rank 0's `tensor` on every rank; all give one of the same shape and type."""
        if self.count > 1:
            distributed.broadcast(tensor, src=0)
        return tensor

    def any(self, mine: bool) -> bool:
        """Return whether it is so on any rank."""
        if self.count == 1:
            return mine
        flag = torch.tensor(int(mine), device=self.device)
        distributed.all_reduce(flag, distributed.ReduceOp.MAX)
        return bool(flag)


@contextmanager
def joined_ranks() -> Iterator[Ranks]:
    """Join the processes that `torchrun`, or `srun` with several tasks, has started.

    Raises:
        RanksError: the launcher says how many there are but not where they meet.
    """
    index, count, local = launched()
    if torch.cuda.is_available():
        torch.cuda.set_device(local % torch.cuda.device_count())
    device = default_device()
    if count == 1:
        yield Ranks(0, 1, device)
        return
    distributed.init_process_group(
        "nccl" if device.type == "cuda" else "gloo", rank=index, world_size=count, timeout=TIMEOUT
    )
    try:
        yield Ranks(index, count, device)
    finally:
        distributed.destroy_process_group()


def launched() -> tuple[int, int, int]:
    """Return rank, number of ranks, and rank on this host, as the launcher's variables say.

    torchrun sets `RANK`; SLURM's `srun` sets `SLURM_PROCID`, and then the first host of the job and
    a port that follows from its number are where the ranks meet.
    """
    said = os.environ
    if "RANK" in said:
        return int(said["RANK"]), int(said["WORLD_SIZE"]), int(said.get("LOCAL_RANK", 0))
    count = int(said.get("SLURM_STEP_NUM_TASKS", 1))
    if count == 1:
        return 0, 1, 0
    if "MASTER_ADDR" not in said:
        if "SLURM_LAUNCH_NODE_IPADDR" not in said:
            raise RanksError(
                f"srun started {count} tasks, but neither MASTER_ADDR nor SLURM_LAUNCH_NODE_IPADDR "
                "says where they meet. Set MASTER_ADDR to the first host of the job."
            )
        said["MASTER_ADDR"] = said["SLURM_LAUNCH_NODE_IPADDR"]
    said.setdefault("MASTER_PORT", str(20000 + int(said.get("SLURM_JOB_ID", 0)) % 20000))
    return int(said["SLURM_PROCID"]), count, int(said["SLURM_LOCALID"])


def speak_into(path: Path) -> None:
    """Let all that this process prints go into a file: each rank but the first has its own."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    os.close(descriptor)
