"""The method of each objective."""

import torch
from torch import nn

from skyloom.learn.encoder_file import Encoder
from skyloom.learn.encoders import Projector
from skyloom.learn.methods import Contrast, Method, Redundancy, Supervised
from skyloom.learn.momentum import Momentum
from skyloom.learn.ranks import Ranks
from skyloom.learn.tower import Tower
from skyloom.settings.pretrain import PretrainSettings


def make_method(
    encoder: Encoder, settings: PretrainSettings, ranks: Ranks, dtype: torch.dtype, classes: int
) -> Method:
    """Return the method of `settings.objective` around an encoder, its head freshly drawn."""
    if settings.objective == "supervised":
        return Supervised(Tower(encoder, nn.Linear(encoder.width, classes), dtype), settings, ranks)
    tower = Tower(encoder, Projector(encoder.width, *settings.projector), dtype)
    if settings.objective == "moco":
        return Momentum(tower, settings, ranks, settings.projector[1])
    if settings.objective == "barlow":
        return Redundancy(tower, settings, ranks)
    return Contrast(tower, settings, ranks)
