"""What a network learns redshifts by: bins from labelled images, photometry from all."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from skyloom.learn.encoder_file import Encoder
from skyloom.learn.methods import Method
from skyloom.learn.ranks import Ranks
from skyloom.learn.relations import Relations
from skyloom.learn.tower import Batch, Outcome, Tower
from skyloom.settings.pretrain import PretrainSettings


@dataclass(frozen=True)
class RedshiftTask:
    """What is to be told of the N images of a training.

    Attributes:
        bins: number of redshift bins K; the bin of each image is its label in `Relations`.
        photometry: (N, P) standardised magnitudes and colours, NaN where unknown; P may be 0.
        weight: of the photometry in the loss.
    """

    bins: int
    photometry: Tensor
    weight: float

    def method(
        self,
        encoder: Encoder,
        settings: PretrainSettings,
        ranks: Ranks,
        dtype: torch.dtype,
        classes: int,
    ) -> Method:
        """Return the method around an encoder; its head gives K logits and P values."""
        head = nn.Linear(encoder.width, self.bins + self.photometry.shape[1])
        return RedshiftMethod(Tower(encoder, head, dtype), settings, ranks, self)


class RedshiftMethod(Method):
    """Cross-entropy of the bins where the redshift is known, Huber loss of the photometry.

    Of the M images of a batch those with a label give the first term, those with photometry the
    second; both are means. With weight 0 it is the published objective (Hayat et al. 2021).
    """

    views = 1
    _photometry: Tensor

    def __init__(
        self, tower: Tower, settings: PretrainSettings, ranks: Ranks, task: RedshiftTask
    ) -> None:
        super().__init__(tower, settings, ranks)
        self._bins, self._weight = task.bins, task.weight
        self.register_buffer("_photometry", task.photometry, persistent=False)

    def forward(self, batch: Batch, relations: Relations) -> Outcome:
        """Return the outcome of a batch; at least one of its images has a redshift."""
        features, outputs = self._through(self.tower, batch.first)  # (B, D), (B, K + P)
        joined, rows = self._ranks.gather(outputs), self._ranks.gather(batch.rows)
        logits, told = joined[:, : self._bins], joined[:, self._bins :]
        losses = redshift_losses(logits, relations.labels[rows])  # (M,)
        if self._weight:
            losses = losses + self._weight * photometry_losses(told, self._photometry[rows])
        return Outcome(losses.mean(), losses, rows, features, logits, logits)


def redshift_losses(logits: Tensor, labels: Tensor) -> Tensor:
    """Return each image's share (M,) of the loss, whose mean is that of the labelled ones.

    Args:
        logits: (M, K) of the bins.
        labels: (M,) int64 bin, -1 where the redshift is unknown.
    """
    known = labels >= 0  # (M,)
    losses = functional.cross_entropy(logits, labels.clamp(min=0), reduction="none")
    return losses * known * (len(labels) / known.sum().clamp(min=1))


def photometry_losses(told: Tensor, true: Tensor) -> Tensor:
    """Return each image's share (M,) of the Huber loss of values (M, P), over those known."""
    known = ~torch.isnan(true)  # (M, P)
    errors = functional.smooth_l1_loss(told, torch.where(known, true, told), reduction="none")
    return errors.sum(dim=1) * (len(told) / known.sum().clamp(min=1))
