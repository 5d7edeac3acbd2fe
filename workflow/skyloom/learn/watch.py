"""What a training says of itself, and when it must not go on."""

import math

import torch

from skyloom.errors import SkyloomError
from skyloom.learn.domains import Mixture
from skyloom.learn.ranks import Ranks
from skyloom.learn.state import Progress
from skyloom.learn.tally import Epoch
from skyloom.settings.pretrain import PretrainSettings

COLLAPSED = 0.01
"""Spread of unit features, as a share of an even one, below which an encoder has collapsed."""


class TrainingError(SkyloomError):
    """Pretraining cannot start, or must not go on."""


def refuse_empty_epochs(batches: int, settings: PretrainSettings) -> None:
    """Raise when an epoch has too few batches for one step."""
    if batches < settings.accumulate:
        raise TrainingError(
            f"an epoch has {batches} batch(es), and pretrain.accumulate wants "
            f"{settings.accumulate} for a step. Lower it, or lower pretrain.batch_size."
        )


def refuse_divergence(now: Progress, settings: PretrainSettings) -> None:
    """Raise when a loss of this epoch is not finite; name the first such step."""
    bad = now.tally.first_bad_step()
    if bad is None:
        return
    raise TrainingError(
        f"the loss is {float(now.tally.losses[bad])} at epoch {now.epoch + 1}, step {bad + 1}. "
        f"Likely cause: the learning rate (up to {settings.learning_rate:.2g}) is too high, or "
        "precision bf16 is too coarse. Lower pretrain.learning_rate, or set pretrain.precision to "
        "fp32."
    )


def refuse_collapse(row: Epoch, settings: PretrainSettings) -> None:
    """Raise when, after the warm-up, all images have nearly the same features."""
    if row.epoch < settings.warmup_epochs or row.feature_std >= COLLAPSED:
        return
    raise TrainingError(
        f"the features have collapsed: after epoch {row.epoch + 1} their spread is "
        f"{row.feature_std:.2g} of an even one, expected more than {COLLAPSED}. All images look "
        "the same to the encoder. Lower pretrain.learning_rate, raise pretrain.warmup_epochs, and "
        "see whether the prepared images differ at all."
    )


def start_sentence(
    mixture: Mixture, settings: PretrainSettings, steps: int, dtype: torch.dtype, ranks: Ranks
) -> str:
    """Return what will be trained, on what."""
    sources = ", ".join(
        f"{len(domain)} images of {domain.name} ({domain.each} a batch)"
        for domain in mixture.domains
    )
    processes = f", {ranks.count} processes" if ranks.count > 1 else ""
    kind = str(dtype).removeprefix("torch.")
    return (
        f"{settings.objective}: {sources}; {steps} steps an epoch, {kind} on {ranks.device}"
        f"{processes}"
    )


def epoch_sentence(row: Epoch, epochs: int, seconds: float) -> str:
    """Return an epoch in a line, with the time that the others will take."""
    left = (epochs - row.epoch - 1) * seconds / 60
    false = ""
    if not math.isnan(row.false_negatives_before):
        false = f"{row.false_negatives_before:.1%}"
        if row.false_negatives_after != row.false_negatives_before:
            false += f" -> {row.false_negatives_after:.1%}"
        false = f"false negatives {false}, "
    groups = f"{row.groups} groups, " if row.groups else ""
    return (
        f"epoch {row.epoch + 1}/{epochs}: loss {row.loss:.4f}, {groups}{false}"
        f"{row.images_per_second:.0f} images/s, feature std {row.feature_std:.2f}, "
        f"RankMe {row.rankme:.0f}, {left:.1f} min left"
    )
