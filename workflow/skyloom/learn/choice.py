"""Which images a training sees, in which shares, and what is known of them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch

from skyloom.images import ImageStore
from skyloom.label_draws import draw_originals
from skyloom.learn.augment import band_noise
from skyloom.learn.domains import Domain
from skyloom.learn.draws import image_keys
from skyloom.learn.encoder_file import EncoderCard
from skyloom.learn.ranks import Ranks
from skyloom.learn.source import Positions, open_source
from skyloom.learn.units import in_units
from skyloom.learn.watch import TrainingError
from skyloom.settings.pretrain import PretrainSettings
from skyloom.settings.views import ViewSettings

SAMPLE = 2000
"""Training images from which mean, deviation and noise of each band are taken, at most."""

SAMPLE_BYTES = 2**28
"""Bytes that they may take as float32: of long videos fewer are enough."""


@dataclass(frozen=True)
class Images:
    """Images that pretraining may choose from, and how they are seen.

    Attributes:
        name: of the survey or folder.
        store: all of them.
        views: their random views.
        splits: those that may be seen.
        share: of each batch; None for the survey's own, which fill what others leave.
    """

    name: str
    store: ImageStore
    views: ViewSettings
    splits: tuple[str, ...]
    share: float | None = None


def rows_of_splits(store: ImageStore, splits: tuple[str, ...]) -> Positions:
    """Return the positions of the images of some splits; raise when there are none."""
    rows = np.flatnonzero(store.index["split"].isin(splits).to_numpy())
    if len(rows) == 0:
        found = store.index["split"].value_counts().to_dict()
        raise TrainingError(
            f"no image is in the split(s) {', '.join(splits)}; the images are in {found}. "
            "Change pretrain.splits."
        )
    return rows


def with_labels(index: pd.DataFrame, fraction: float, seed: int) -> Positions:
    """Return the positions of the labelled images whose labels supervised training sees.

    They are those of the probe's first draw of this fraction.
    """
    labelled = np.flatnonzero(index["label"].notna().to_numpy())
    if len(labelled) == 0:
        raise TrainingError(
            "pretraining with labels was asked for, but no image of its splits has a label. Choose "
            "another pretrain.objective or other pretrain.splits."
        )
    originals = index["original"].astype(str).to_numpy()[labelled]
    labels = index["label"].astype(str).to_numpy()[labelled]
    chosen: Positions = labelled[draw_originals(originals, labels, fraction, seed)]
    return chosen


def domains_of(
    own: Images,
    rows: Positions,
    others: Sequence[Images],
    card: EncoderCard,
    plan: PretrainSettings,
    ranks: Ranks,
) -> list[Domain]:
    """Return the survey's own domain and the others, with disjoint classes."""
    chosen = [rows, *(rows_of_splits(other.store, other.splits) for other in others)]
    counts = batch_shares(plan.batch_size, [len(part) for part in chosen], others, ranks.count)
    domains: list[Domain] = []
    for images, positions, each in zip([own, *others], chosen, counts, strict=True):
        side = load_size(plan, images.views, card.network.input_size, images.store.shape[-1])
        sample = images.store.resized(sample_of(positions, images.store.shape[0], side), side)
        mean, std = (
            (card.mean, card.std) if images is own else band_statistics(images.store, positions)
        )
        index = images.store.index.iloc[positions]
        first_class = max((int(domain.labels.max()) + 1 for domain in domains), default=0)
        first_group = max((int(domain.alike.max()) + 1 for domain in domains), default=0)
        labels, alike = _codes(index["label"]), _alike(index, plan)
        domains.append(
            Domain(
                name=images.name,
                source=open_source(
                    images.store, positions, side, ranks.device, plan.data, plan.workers
                ),
                keys=image_keys(tuple(index["image_id"])),
                labels=np.where(labels < 0, -1, labels + first_class),
                groups=_codes(index["group"]),
                alike=np.where(alike < 0, -1, alike + first_group),
                views=images.views,
                noise=band_noise(sample),
                mean=torch.tensor(mean),
                std=torch.tensor(std),
                each=each,
                centre=card.network.centre if images is own else 1.0,
            )
        )
    return domains


def _alike(index: pd.DataFrame, plan: PretrainSettings) -> Positions:
    """Return the groups (N,) that are known before training; -1 for none."""
    if plan.objective == "supcon":
        return _codes(index["label"])
    rule = plan.false_negatives
    if rule.correction == "none" or rule.groups == "clusters":
        return np.full(len(index), -1)
    if rule.groups not in index:
        raise TrainingError(
            f"false_negatives.groups is '{rule.groups}', which is no column of the index. Columns: "
            f"{', '.join(index.columns)}; or write clusters."
        )
    return _codes(index[rule.groups])


def _codes(column: pd.Series) -> Positions:
    """Return a number for each value, from 0; -1 where there is none."""
    return np.asarray(pd.factorize(column, sort=True)[0], dtype=np.int64)


def batch_shares(
    batch_size: int, images: Sequence[int], others: Sequence[Images], ranks: int
) -> list[int]:
    """Return how many images of each domain are in each batch, in multiples of the ranks.

    Args:
        batch_size: images a batch, over all domains and ranks.
        images: number of images of each domain, the survey's own first.
        others: the domains after it, with their shares.
        ranks: number of processes.
    """
    if images[0] < 4:
        raise TrainingError(
            f"pretraining has {images[0]} image(s) to see, expected at least 4. Look at "
            "pretrain.splits and at the rejected rows of the index."
        )
    counts = [round(batch_size * (other.share or 0)) for other in others]
    counts = [batch_size - sum(counts), *counts]
    names = ["the survey", *(other.name for other in others)]
    for place, (name, count, available) in enumerate(zip(names, counts, images, strict=True)):
        if count > available:
            print(f"a batch wants {count} images of {name}, which has {available}: using all")
        counts[place] = min(count, available) // ranks * ranks
        if counts[place] == 0:
            raise TrainingError(
                f"a batch of {batch_size} has no image of {name} for each of {ranks} process(es). "
                "Raise pretrain.batch_size or the share of the domain."
            )
    return counts


def load_size(settings: PretrainSettings, views: ViewSettings, input_size: int, stored: int) -> int:
    """Return the side to which images are reduced before views are cut from them.

    Views magnify crops, so 1.5 times the input keeps their detail, and reducing once with
    antialiasing spares each view the aliasing of a large step. Where even the largest crop is a
    small part of the image, its pixels are kept.
    """
    magnified = max(1.5, views.crop_area[1] ** -0.5)
    return min(stored, settings.load_size or round(magnified * input_size))


def band_statistics(store: ImageStore, rows: Positions) -> tuple[list[float], list[float]]:
    """Return mean and standard deviation per band, in the units of `in_units`."""
    side = min(64, *store.shape[1:])
    sample = torch.from_numpy(store.resized(sample_of(rows, store.shape[0], side), side))
    std, mean = torch.std_mean(in_units(sample), dim=(0, 2, 3), correction=0)  # (C,) each
    floor = 1e-3 * float(std.max()) or 1.0  # a band without content is not blown up
    return mean.tolist(), std.clamp(min=floor).tolist()


def sample_of(rows: Positions, bands: int, side: int) -> Positions:
    """Return some of the positions, evenly spread: as many as stay within both limits."""
    count = min(SAMPLE, max(1, SAMPLE_BYTES // (4 * bands * side**2)))
    return rows[:: -(-len(rows) // count)]
