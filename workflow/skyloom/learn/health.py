"""Is the representation alive? Measures that need no labels."""

import torch
from torch import Tensor
from torch.nn import functional


def feature_std(features: Tensor) -> float:
    """Return the mean over dimensions of the standard deviation of unit features (N, D).

    Times sqrt(D) it is 1 for directions spread evenly and 0 for a collapsed encoder; that product
    is what is returned.
    """
    unit = functional.normalize(features.float(), dim=1)
    return float(unit.std(dim=0).mean() * unit.shape[1] ** 0.5)


def rankme(features: Tensor) -> float:
    """Return the effective rank of features (N, D) (RankMe, Garrido et al. 2023, equation 1)."""
    values = torch.linalg.svdvals(features.double())
    share = values / values.sum().clamp(min=1e-12) + 1e-7
    return float(torch.exp(-(share * share.log()).sum()))


def alignment(first: Tensor, second: Tensor) -> float:
    """Return the mean squared distance of unit positives (Wang and Isola 2020), 0 to 4."""
    a, b = functional.normalize(first.float(), dim=1), functional.normalize(second.float(), dim=1)
    return float((a - b).pow(2).sum(dim=1).mean())


def uniformity(projections: Tensor) -> float:
    """Return log E exp(-2 |x - y|^2) over pairs of unit projections (N, d); lower is more even."""
    unit = functional.normalize(projections.float(), dim=1)
    return float(torch.pdist(unit).pow(2).mul(-2).exp().mean().log())
