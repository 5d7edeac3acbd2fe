"""What is known about the images of a training: who shows what, and which pairs that changes."""

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from skyloom.learn.objectives import Pairs, attracted, eliminated


@dataclass
class Relations:
    """Properties of all N images, by position.

    Attributes:
        labels: (N,) int64 class, -1 where unknown; used to count false negatives, and by
            objectives that are supervised.
        domains: (N,) int64 domain.
        groups: (N,) int64 group of images held for alike, -1 for none.
        correction: what is done to negatives of the anchor's group.
        within: whether images of other domains are left out of the negatives.
    """

    labels: Tensor
    domains: Tensor
    groups: Tensor
    correction: Literal["none", "eliminate", "attract"]
    within: bool

    def corrected(
        self, pairs: Pairs, anchors: Tensor, candidates: Tensor
    ) -> tuple[Pairs, "FalseNegatives"]:
        """Return `pairs` after correction, and how many negatives were and are false.

        Args:
            pairs: (A, K), before correction.
            anchors, candidates: positions (A,) and (K,) of their images.
        """
        before = pairs.negative
        if self.within:
            strangers = self.domains[anchors][:, None] != self.domains[candidates][None, :]
            pairs = eliminated(pairs, strangers)
        if self.correction != "none":
            alike = same_group(self.groups[anchors], self.groups[candidates])
            correct = eliminated if self.correction == "eliminate" else attracted
            pairs = correct(pairs, alike)
        count = FalseNegatives.count
        anchor_labels, candidate_labels = self.labels[anchors], self.labels[candidates]
        return pairs, FalseNegatives(
            count(before, anchor_labels, candidate_labels),
            count(pairs.negative, anchor_labels, candidate_labels),
        )


@dataclass(frozen=True)
class FalseNegatives:
    """Counts (2,) of false and of all labelled negatives, before and after correction."""

    before: Tensor
    after: Tensor

    @staticmethod
    def count(negative: Tensor, anchors: Tensor, candidates: Tensor) -> Tensor:
        """Return how many negatives (A, K) of known labels have one label, and how many there are.

        `anchors` and `candidates` are labels (A,) and (K,), -1 where unknown.
        """
        known = negative & (anchors >= 0)[:, None] & (candidates >= 0)[None, :]
        false = known & (anchors[:, None] == candidates[None, :])
        return torch.stack([false.sum(), known.sum()])


def same_group(anchors: Tensor, candidates: Tensor) -> Tensor:
    """Return which pairs (A, K) are of one group, of groups (A,) and (K,); -1 is like none."""
    return (anchors[:, None] == candidates[None, :]) & (anchors >= 0)[:, None]
