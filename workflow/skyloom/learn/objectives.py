"""Contrastive objectives as pure functions, in float32 with log-sum-exp.

All contrastive ones are one contrast between anchors and candidates; they differ in which pairs
are positives, which are negatives, and whether positives stand in the denominator. A pair that is
neither takes no part: an image with itself, or an eliminated false negative.
"""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional


@dataclass(frozen=True)
class Pairs:
    """The roles of candidates for anchors.

    Attributes:
        positive, negative: (A, K) bool, disjoint. Each anchor has at least one positive.
    """

    positive: Tensor
    negative: Tensor


def view_pairs(count: int, device: torch.device | None = None) -> Pairs:
    """Return the pairs of two views of `count` images, joined to 2N anchors and 2N candidates."""
    itself = torch.eye(2 * count, dtype=torch.bool, device=device)
    positive = itself.roll(count, dims=1)
    return Pairs(positive, ~(itself | positive))


def eliminated(pairs: Pairs, alike: Tensor) -> Pairs:
    """Return `pairs` without the negatives that are `alike` (A, K) their anchor.

    False-negative elimination (Huynh et al. 2022, equation 3). Positives are never touched.
    """
    return Pairs(pairs.positive, pairs.negative & ~alike)


def attracted(pairs: Pairs, alike: Tensor) -> Pairs:
    """Return `pairs` with the negatives that are `alike` (A, K) their anchor made positives.

    False-negative attraction (Huynh et al. 2022, equation 4).
    """
    return Pairs(pairs.positive | (pairs.negative & alike), pairs.negative & ~alike)


def similarities(anchors: Tensor, candidates: Tensor, temperature: float) -> Tensor:
    """Return cosine / temperature, (A, K) float32, of anchors (A, d) and candidates (K, d)."""
    unit_anchors = functional.normalize(anchors.float(), dim=1)
    unit_candidates = functional.normalize(candidates.float(), dim=1)
    return unit_anchors @ unit_candidates.T / temperature


def info_nce(similarity: Tensor, pairs: Pairs) -> Tensor:
    """Return each anchor's loss (A,), positives in the denominator.

    With one positive an anchor it is NT-Xent (Chen et al. 2020, equation 1) and MoCo's InfoNCE (He
    et al. 2020, equation 1); with several, SupCon (Khosla et al. 2020, equation 2, L_out).
    """
    denominator = _logsumexp(similarity, pairs.positive | pairs.negative)  # (A,)
    return denominator - _mean(similarity, pairs.positive)


def decoupled(similarity: Tensor, pairs: Pairs) -> Tensor:
    """Return each anchor's decoupled loss (A,) (DCL, Yeh et al. 2022, equation 6, L_DC).

    As `info_nce`, with the negatives alone in the denominator. An anchor whose negatives were all
    eliminated has loss 0: nothing would hold its attraction in check.
    """
    alone = ~pairs.negative.any(dim=1)  # (A,)
    denominator = _logsumexp(similarity, pairs.negative | alone[:, None])  # (A,)
    return torch.where(alone, 0.0, denominator - _mean(similarity, pairs.positive))


def barlow_twins(first: Tensor, second: Tensor, redundancy: float = 0.005) -> Tensor:
    """Return the Barlow Twins loss (Zbontar et al. 2021, equations 1 and 2), divided by d.

    Args:
        first, second: (N, d) projections of two views of the same N images.
        redundancy: weight of the off-diagonal terms (the paper's lambda).

    Returns:
        Scalar float32. The division makes learning rates independent of the projector's width.
    """
    a, b = _standardised(first), _standardised(second)
    correlation = a.T @ b / len(a)  # (d, d)
    diagonal = correlation.diagonal()
    on = (1 - diagonal).pow(2).sum()
    off = correlation.pow(2).sum() - diagonal.pow(2).sum()
    return (on + redundancy * off) / first.shape[1]


def _logsumexp(similarity: Tensor, chosen: Tensor) -> Tensor:
    """Return log sum exp over the chosen candidates (A, K) of each anchor, (A,)."""
    return similarity.masked_fill(~chosen, -torch.inf).logsumexp(dim=1)


def _mean(similarity: Tensor, chosen: Tensor) -> Tensor:
    """Return the mean over the chosen candidates (A, K) of each anchor, (A,)."""
    return similarity.masked_fill(~chosen, 0.0).sum(dim=1) / chosen.sum(dim=1)


def _standardised(projections: Tensor) -> Tensor:
    """Return (N, d) float32 with mean 0 and variance 1 over the batch in each dimension."""
    std, mean = torch.std_mean(projections.float(), dim=0, correction=0)
    return (projections.float() - mean) / (std + 1e-5)
