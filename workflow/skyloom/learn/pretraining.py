"""From image stores and settings to an encoder: initial weights, standardisation, training."""

import math
from collections.abc import Sequence
from pathlib import Path

from skyloom.learn.checkpoint import Checkpoint
from skyloom.learn.choice import Images, band_statistics, domains_of, rows_of_splits, with_labels
from skyloom.learn.encoder_file import Encoder, EncoderCard
from skyloom.learn.encoders import build_encoder, seeded
from skyloom.learn.initialise import initialise, standardisation_of
from skyloom.learn.ranks import Ranks
from skyloom.learn.scalars import Scalars
from skyloom.learn.tally import History
from skyloom.learn.train import Training
from skyloom.settings.encoder import EncoderSettings
from skyloom.settings.pretrain import LABELLED


def make_encoder(
    own: Images,
    others: Sequence[Images],
    settings: EncoderSettings,
    seed: int,
    checkpoint: Checkpoint,
    ranks: Ranks,
    parent: Path | None = None,
    scalars: Scalars | None = None,
    deadline: float = math.inf,
) -> tuple[Encoder, History]:
    """Return the encoder that `settings` describe, and the history of its pretraining.

    Args:
        own: the survey's images.
        others: those of other domains, in the order of `settings.pretrain.domains`.
        settings: network, and pretraining if any.
        seed: of weights, order and views.
        checkpoint: where an interrupted training left its state.
        ranks: the processes that train together.
        parent: the encoder file that `init: encoder:...` means.
        scalars: where rows of the training go as they come.
        deadline: when the training must stop, by `time.monotonic()`.
    """
    seeded(seed)
    bands = own.store.shape[0]
    network = build_encoder(settings.network, bands)
    for remark in initialise(network, settings.network, parent=parent):
        print(f"init: {remark}")
    plan = settings.pretrain
    rows = rows_of_splits(own.store, own.splits)
    mean, std = standardisation_of(settings.network, bands, parent=parent) or band_statistics(
        own.store, rows
    )
    if plan is None:
        return Encoder(network, EncoderCard(settings.network, bands, mean, std)), History()
    if plan.objective in LABELLED:
        rows = rows[with_labels(own.store.index.iloc[rows], plan.label_fraction, seed)]
    card = EncoderCard(settings.network, bands, mean, std, own.splits, len(rows))
    encoder = Encoder(network, card)
    domains = domains_of(own, rows, others, card, plan, ranks)
    training = Training(encoder, domains, plan, seed, checkpoint, ranks, scalars)
    return encoder, training.run(deadline)
