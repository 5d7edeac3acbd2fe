"""Training of a network that tells redshifts, by the same engine as pretraining."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from skyloom.images import ImageStore
from skyloom.learn.checkpoint import Checkpoint
from skyloom.learn.choice import Images, domains_of
from skyloom.learn.domains import Domain
from skyloom.learn.encoder_file import Encoder
from skyloom.learn.ranks import Ranks
from skyloom.learn.redshift import RedshiftTask
from skyloom.learn.source import Positions
from skyloom.learn.tally import History
from skyloom.learn.train import Training
from skyloom.learn.watch import TrainingError
from skyloom.settings.pretrain import PretrainSettings
from skyloom.settings.redshift import Change, FitSettings, NetworkModel
from skyloom.settings.views import ViewSettings

FEWEST = 4
"""Labelled images that a network needs: batch norm cannot learn from fewer."""


@dataclass(frozen=True)
class Lesson:
    """What a network learns from; N images in the store.

    Attributes:
        store: the images.
        labelled: (L,) positions of those whose redshift may be used.
        bins: (L,) their bins.
        count: number of bins K.
        pool: positions of all that may be seen, for the photometry.
        photometry: (N, P) standardised, NaN where unknown; without columns where it is not told.
    """

    store: ImageStore
    labelled: Positions
    bins: NDArray[np.int64]
    count: int
    pool: Positions
    photometry: NDArray[np.float32]


def fit_network(
    encoder: Encoder,
    lesson: Lesson,
    model: NetworkModel,
    views: ViewSettings,
    seed: int,
    checkpoint: Checkpoint,
    ranks: Ranks,
    deadline: float = math.inf,
) -> tuple[nn.Linear, History]:
    """Train `encoder` in place, and a head on it; return the head (D -> K) and the epochs.

    A semi-supervised model fills a share of each batch with images of the pool. The training stops
    at `deadline`, by `time.monotonic()`.

    Raises:
        TrainingError: too few labelled images.
        Interrupted: a signal asked to stop, or its time is up; the state is saved.
    """
    if len(lesson.labelled) < FEWEST:
        raise TrainingError(
            f"a network is to learn redshifts from {len(lesson.labelled)} image(s), expected at "
            f"least {FEWEST}. Raise redshift.fractions, or use model kind neighbours."
        )
    plan = plan_of(model.fit, len(lesson.labelled), _of_pool(model))
    images = Images("labelled", lesson.store, with_changes(views, model.changes), ())
    domains = [_labelled(images, lesson, encoder, plan, ranks, model)]
    photometry = lesson.photometry[lesson.labelled]
    if model.photometry_weight:
        domains.append(_unlabelled(images, lesson, encoder, plan, ranks, model))
        photometry = np.concatenate([photometry, lesson.photometry[lesson.pool]])
    task = RedshiftTask(lesson.count, torch.from_numpy(photometry), model.photometry_weight)
    training = Training(encoder, domains, plan, seed, checkpoint, ranks, make=task.method)
    history = training.run(deadline)
    return _first_outputs(training.method.tower.head.cpu(), lesson.count), history


def plan_of(fit: FitSettings, labelled: int, of_pool: float) -> PretrainSettings:
    """Return the settings of a training on so many labelled images.

    Epochs are added until there are `fit.min_steps` steps.

    Args:
        fit: the model's settings.
        labelled: number of labelled images.
        of_pool: share of a batch that others fill.
    """
    each = min(labelled, fit.batch_size - round(fit.batch_size * of_pool))
    steps = max(1, labelled // each // fit.accumulate)
    epochs = max(fit.epochs, math.ceil(fit.min_steps / steps))
    said: dict[str, Any] = fit.model_dump(exclude={"min_steps"}) | {"epochs": epochs}
    return PretrainSettings(objective="supervised", neighbour_epochs=0, **said)


def with_changes(views: ViewSettings, changes: Sequence[Change]) -> ViewSettings:
    """Return the turns, mirrors, shifts and crops of `views`, and of the rest what is named."""
    plain: dict[Change, dict[str, Any]] = {
        "reddening": {"reddening": (0.0, 0.0)},
        "seeing": {"psf": (), "blur": 0.0},
        "noise": {"noise": (1.0, 1.0)},
    }
    left_out = {
        key: value
        for change in plain
        if change not in changes
        for key, value in plain[change].items()
    }
    return views.model_copy(update={**left_out, "jitter": 0.0, "grey": 0.0, "polarity": 0.0})


def _of_pool(model: NetworkModel) -> float:
    return model.unlabelled if model.photometry_weight else 0.0


def _labelled(
    images: Images,
    lesson: Lesson,
    encoder: Encoder,
    plan: PretrainSettings,
    ranks: Ranks,
    model: NetworkModel,
) -> Domain:
    mine = plan.batch_size - round(plan.batch_size * _of_pool(model))
    sized = plan.model_copy(update={"batch_size": mine})
    (domain,) = domains_of(images, lesson.labelled, (), encoder.card, sized, ranks)
    return replace(domain, labels=lesson.bins)


def _unlabelled(
    images: Images,
    lesson: Lesson,
    encoder: Encoder,
    plan: PretrainSettings,
    ranks: Ranks,
    model: NetworkModel,
) -> Domain:
    sized = plan.model_copy(update={"batch_size": round(plan.batch_size * model.unlabelled)})
    pool = replace(images, name="all")
    (domain,) = domains_of(pool, lesson.pool, (), encoder.card, sized, ranks)
    return replace(domain, labels=np.full(len(domain), -1))


def _first_outputs(head: nn.Module, count: int) -> nn.Linear:
    """Return a head that gives only the first outputs of `head`."""
    kept = nn.Linear(head.in_features, count)  # type: ignore[arg-type]
    with torch.no_grad():
        kept.weight.copy_(head.weight[:count])  # type: ignore[index]
        kept.bias.copy_(head.bias[:count])  # type: ignore[index]
    return kept
