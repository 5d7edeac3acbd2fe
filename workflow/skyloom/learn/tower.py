"""An encoder with the head that an objective acts on; what goes in, and what comes out."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from skyloom.learn.encoder_file import Encoder
from skyloom.learn.relations import FalseNegatives


@dataclass(frozen=True)
class Batch:
    """Views of the B images of a step on this rank, domain after domain.

    Attributes:
        first, second: per domain (n, C, S, S) float32; `second` is empty where one view is made.
        rows: (B,) int64, the positions of the images.
    """

    first: Sequence[Tensor]
    second: Sequence[Tensor]
    rows: Tensor


@dataclass(frozen=True)
class Outcome:
    """What came of a batch; M images of all ranks.

    Attributes:
        loss: scalar of the joined batch.
        losses: (M,) of each image; None where the objective is of the batch as a whole.
        rows: (M,) positions of the images.
        features: (B, D) of the first views on this rank.
        first, second: (M, d) outputs of both views; the same tensor where one view is made.
        false_negatives: counts, where there are negatives.
    """

    loss: Tensor
    losses: Tensor | None
    rows: Tensor
    features: Tensor
    first: Tensor
    second: Tensor
    false_negatives: FalseNegatives | None = None


class Tower(nn.Module):
    """An encoder and the head on which the objective acts."""

    def __init__(self, encoder: Encoder, head: nn.Module, dtype: torch.dtype) -> None:
        super().__init__()
        self.encoder = encoder
        self.head = head
        self._dtype = dtype

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Return features (B, D) and outputs (B, d), float32, of images (B, C, S, S)."""
        enabled = self._dtype != torch.float32
        with torch.autocast(images.device.type, self._dtype, enabled=enabled):
            features = self.encoder(images)
            outputs = self.head(features)
        return features.float(), outputs.float()
