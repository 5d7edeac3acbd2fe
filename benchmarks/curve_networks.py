"""Small networks that are trained side by side, so that hundreds of trainings take minutes."""

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

HIDDEN, EPOCHS, BATCH = 64, 60, 64


def fit(
    curves: torch.Tensor, given: torch.Tensor, rows: list[NDArray[np.int64]], seeds: list[int]
) -> Callable[[torch.Tensor], torch.Tensor]:
    """Train networks side by side, each on its own rows; return what gives (M, N, 2) of curves.

    Every network sees as many batches as the one with the most rows; one with fewer draws again.
    """
    draws = [torch.Generator().manual_seed(seed) for seed in seeds]
    width, models = curves.shape[1], len(rows)

    def start(*shape: int, spread: float) -> torch.Tensor:
        drawn = [torch.randn(shape, generator=draw) * spread for draw in draws]
        return torch.stack(drawn).requires_grad_()

    first, second = start(width, HIDDEN, spread=width**-0.5), start(HIDDEN, 2, spread=HIDDEN**-0.5)
    offset, last = start(1, HIDDEN, spread=0), start(1, 2, spread=0)

    def network(inputs: torch.Tensor) -> torch.Tensor:
        return (inputs @ first + offset).relu() @ second + last

    optimizer = torch.optim.Adam([first, second, offset, last], 3e-3)
    longest = max(map(len, rows))
    for _ in range(EPOCHS):
        orders = [
            torch.from_numpy(own)[torch.randperm(longest, generator=draw) % len(own)]
            for own, draw in zip(rows, draws, strict=True)
        ]
        for part in torch.stack(orders).split(BATCH, dim=1):  # (M, B)
            optimizer.zero_grad()
            logits = network(curves[part])  # (M, B, 2)
            losses = nn.functional.cross_entropy(logits.flatten(0, 1), given[part].flatten())
            (losses * models).backward()
            optimizer.step()
    return network
