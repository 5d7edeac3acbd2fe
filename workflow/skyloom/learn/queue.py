"""MoCo's memory: a queue of keys, and an encoder that follows another."""

import torch
from torch import Tensor, nn


class KeyQueue(nn.Module):
    """The last `size` keys, oldest overwritten first; saved with the state of its method.

    Attributes:
        keys: (size, d) float32.
        rows: (size,) int64, the image of each key; -1 where no key was put yet.
        place: where the next key goes.
    """

    keys: Tensor
    rows: Tensor
    place: Tensor

    def __init__(self, size: int, width: int) -> None:
        super().__init__()
        self.register_buffer("keys", torch.zeros(size, width))
        self.register_buffer("rows", torch.full((size,), -1))
        self.register_buffer("place", torch.zeros((), dtype=torch.int64))

    @torch.no_grad()
    def enqueue(self, keys: Tensor, rows: Tensor) -> None:
        """Put in keys (B, d) of images `rows` (B,); of more than fit, the last are kept."""
        size = len(self.rows)
        skipped = max(0, len(rows) - size)
        places = self.place + torch.arange(skipped, len(rows), device=rows.device)
        self.keys[places % size] = keys[skipped:].to(self.keys)
        self.rows[places % size] = rows[skipped:]
        self.place.copy_((self.place + len(rows)) % size)


@torch.no_grad()
def follow(follower: nn.Module, leader: nn.Module, momentum: float) -> None:
    """Move the follower's parameters to momentum x own + (1 - momentum) x leader's.

    He et al. 2020, equation 2. Running statistics of batch norm are the follower's own.
    """
    mine: list[Tensor] = list(follower.parameters())
    theirs: list[Tensor] = list(leader.parameters())
    torch._foreach_lerp_(mine, theirs, 1 - momentum)
