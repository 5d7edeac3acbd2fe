"""From an image store and settings to an encoder: choose images, standardise, train."""

import numpy as np
import torch
from numpy.typing import NDArray

from skyloom.images import ImageStore
from skyloom.learn.checkpoint import Checkpoint
from skyloom.learn.encoder_file import Encoder, EncoderCard
from skyloom.learn.encoders import build_encoder, seeded
from skyloom.learn.initialise import initialise, standardisation_of
from skyloom.learn.train import Epoch, TrainingError, TrainingImages, pretrain
from skyloom.learn.units import in_units
from skyloom.settings.encoder import EncoderSettings, PretrainSettings, ViewSettings

STANDARDISED_ON = 2000
"""Training images whose mean and deviation standardise the inputs of a fresh encoder."""


def make_encoder(
    store: ImageStore,
    settings: EncoderSettings,
    views: ViewSettings,
    seed: int,
    checkpoint: Checkpoint,
) -> tuple[Encoder, list[Epoch]]:
    """Return the encoder that `settings` describe, and the history of its pretraining.

    Args:
        store: all images of the survey.
        settings: network, and pretraining if any.
        views: the survey's views, used unless the settings have their own.
        seed: of weights, order and views.
        checkpoint: where an interrupted training left its state.
    """
    seeded(seed)
    bands = store.shape[0]
    network = build_encoder(settings.network, bands)
    for remark in initialise(network, settings.network):
        print(f"init: {remark}")
    plan = settings.pretrain
    splits = plan.splits if plan else ("train",)
    rows = rows_of_splits(store, splits)
    mean, std = standardisation_of(settings.network, bands) or band_statistics(store, rows)
    card = EncoderCard(settings.network, bands, mean, std)
    if plan is None:
        return Encoder(network, card), []
    card = EncoderCard(settings.network, bands, mean, std, splits, len(rows))
    pixels = store.resized(rows, load_size(plan, settings.network.input_size, store.shape[-1]))
    ids = tuple(store.index["image_id"].iloc[rows])
    encoder = Encoder(network, card)
    images = TrainingImages(pixels, ids)
    history = pretrain(encoder, images, plan, plan.views or views, seed, checkpoint)
    return encoder, history


def rows_of_splits(store: ImageStore, splits: tuple[str, ...]) -> NDArray[np.int64]:
    """Return the positions of the images of some splits; raise when there are none."""
    rows = np.flatnonzero(store.index["split"].isin(splits).to_numpy())
    if len(rows) == 0:
        found = store.index["split"].value_counts().to_dict()
        raise TrainingError(
            f"no image is in the split(s) {', '.join(splits)}; the images are in {found}. "
            "Change pretrain.splits."
        )
    return rows


def load_size(settings: PretrainSettings, input_size: int, stored: int) -> int:
    """Return the side to which images are reduced before views are cut from them.

    Views magnify crops, so 1.5 times the input keeps their detail, and reducing once with
    antialiasing spares each view the aliasing of a large step.
    """
    return min(stored, settings.load_size or round(1.5 * input_size))


def band_statistics(store: ImageStore, rows: NDArray[np.int64]) -> tuple[list[float], list[float]]:
    """Return mean and standard deviation per band, in the units of `in_units`."""
    step = -(-len(rows) // STANDARDISED_ON)
    sample = torch.from_numpy(store.resized(rows[::step], min(64, *store.shape[1:])))
    std, mean = torch.std_mean(in_units(sample), dim=(0, 2, 3), correction=0)  # (C,) each
    floor = 1e-3 * float(std.max()) or 1.0  # a band without content is not blown up
    return mean.tolist(), std.clamp(min=floor).tolist()
