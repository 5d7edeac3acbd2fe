"""Contrastive objectives as pure functions, in float32 with log-sum-exp."""

from collections.abc import Callable, Mapping

import torch
from torch import Tensor
from torch.nn import functional

Objective = Callable[[Tensor, Tensor, float], Tensor]


def nt_xent(first: Tensor, second: Tensor, temperature: float) -> Tensor:
    """Return the NT-Xent loss (SimCLR, Chen et al. 2020, equation 1).

    Args:
        first, second: (N, d) projections of two views of the same N images; any dtype.
        temperature: positive; divides the cosine similarities.

    Returns:
        Scalar float32: the mean over all 2N anchors.
    """
    similarity, positive = _similarities(first, second, temperature)
    return (similarity.logsumexp(dim=1) - positive).mean()


def decoupled(first: Tensor, second: Tensor, temperature: float) -> Tensor:
    """Return the decoupled contrastive loss (DCL, Yeh et al. 2022, equation 6, L_DC).

    NT-Xent without the positive pair in the denominator. Arguments as for `nt_xent`.
    """
    similarity, positive = _similarities(first, second, temperature)
    count = len(first)
    rows = torch.arange(2 * count, device=similarity.device)
    negatives = similarity.clone()  # (2N, 2N)
    negatives[rows, (rows + count) % (2 * count)] = -torch.inf
    return (negatives.logsumexp(dim=1) - positive).mean()


def _similarities(first: Tensor, second: Tensor, temperature: float) -> tuple[Tensor, Tensor]:
    """Return cosine / temperature (2N, 2N) with -inf on the diagonal, and the positives (2N,)."""
    joined = torch.cat([first.float(), second.float()])
    joined = functional.normalize(joined, dim=1)  # (2N, d)
    similarity = joined @ joined.T / temperature  # (2N, 2N)
    count = len(first)
    pairs = similarity.diagonal(count)  # (N,)
    positive = torch.cat([pairs, pairs])  # (2N,)
    itself = torch.eye(2 * count, dtype=torch.bool, device=similarity.device)
    return similarity.masked_fill(itself, -torch.inf), positive


OBJECTIVES: Mapping[str, Objective] = {"simclr": nt_xent, "dcl": decoupled}
