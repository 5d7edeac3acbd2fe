"""Groups of images that show the same, found by clustering the features that an encoder has now."""

import warnings
from collections.abc import Iterator, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.cluster import KMeans, MiniBatchKMeans
from sklearn.exceptions import ConvergenceWarning
from sklearn.preprocessing import normalize
from torch import Tensor
from torch.nn import functional

from skyloom.images import central_part
from skyloom.learn.domains import Domain, as_own
from skyloom.learn.norms import choose_domain
from skyloom.learn.ranks import Ranks
from skyloom.learn.source import Positions
from skyloom.learn.tower import Tower
from skyloom.learn.units import in_units

BATCH = 256
AGREEMENT_IMAGES = 2000
"""Labelled images of a domain whose nearest neighbours are looked at."""

EXACT_KMEANS = 50_000
"""Images up to which k-means takes them all at each iteration, not batches of them."""


def clusters_now(
    tower: Tower, domains: Sequence[Domain], clusters: int, seed: int, ranks: Ranks
) -> Tensor:
    """Return the cluster (N,) of every image of all domains, by the features of this moment."""
    features = np.concatenate(
        [
            features_now(tower, domain, number, np.arange(len(domain)), ranks)
            for number, domain in enumerate(domains)
        ]
    )
    found = torch.from_numpy(cluster_features(features, clusters, seed)).to(ranks.device)
    return ranks.from_first(found)


def agreement_now(tower: Tower, domain: Domain, number: int, ranks: Ranks) -> float:
    """Return the agreement of nearest neighbours among a domain's labelled images; NaN if few."""
    labelled = np.flatnonzero(domain.labels >= 0)
    if len(labelled) < 2:
        return float("nan")
    chosen = labelled[:: -(-len(labelled) // AGREEMENT_IMAGES)]
    features = features_now(tower, domain, number, chosen, ranks)
    return neighbour_agreement(features, domain.labels[chosen], domain.groups[chosen])


def cluster_features(features: NDArray[np.float32], clusters: int, seed: int) -> NDArray[np.int64]:
    """Return the cluster of each image (N,), by k-means on unit features (N, D).

    With fewer distinct images than `clusters`, some clusters stay empty and no number is given to
    them: numbers run from 0 without gaps.
    """
    unit = normalize(features)
    count = min(clusters, len(unit))
    large = len(unit) > EXACT_KMEANS
    model = (
        MiniBatchKMeans(count, n_init=1, random_state=seed, batch_size=4096)
        if large
        else KMeans(count, n_init=1, random_state=seed)
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # said of empty clusters
        found = model.fit_predict(unit)
    numbers: NDArray[np.int64] = np.unique(found, return_inverse=True)[1].astype(np.int64)
    return numbers


def features_now(
    tower: Tower, domain: Domain, number: int, positions: Positions, ranks: Ranks
) -> NDArray[np.float32]:
    """Return the features (M, D) of a domain's images at `positions`, without random views.

    Each rank computes a share of them; all return them all. The tower is left in evaluation mode.
    """
    share = -(-len(positions) // ranks.count)
    mine = positions[ranks.index * share : (ranks.index + 1) * share]
    padded = np.resize(mine if len(mine) else positions[:1], share)
    choose_domain(tower, number)
    tower.eval()
    with torch.inference_mode():
        parts = [tower(whole)[0] for whole in _whole_images(tower, domain, padded)]  # (B, D)
        features = ranks.gather(torch.cat(parts))[: len(positions)]
    choose_domain(tower, 0)
    return features.cpu().numpy()


def _whole_images(tower: Tower, domain: Domain, positions: Positions) -> Iterator[Tensor]:
    """Yield batches (B, C, S, S) of a domain's images as the encoder sees them without views."""
    card = tower.encoder.card
    starts = range(0, len(positions), BATCH)
    for pixels in domain.source.batches(positions[start : start + BATCH] for start in starts):
        central = pixels[:, *central_part(tuple(pixels.shape[1:]), domain.centre)]
        yield as_own(_scaled(in_units(central), card.network.input_size), domain, card)


def _scaled(images: Tensor, size: int) -> Tensor:
    if images.shape[-1] == size:
        return images
    return functional.interpolate(
        images, size=(size, size), mode="bilinear", antialias=True, align_corners=False
    )


def neighbour_agreement(
    features: NDArray[np.float32], labels: NDArray[np.int64], groups: NDArray[np.int64]
) -> float:
    """Return the share of images whose nearest neighbour from another group has their label.

    Args:
        features: (N, D); the nearest is that of the largest cosine.
        labels, groups: (N,).

    Returns:
        0 to 1; NaN where there is only one group.
    """
    if len(np.unique(groups)) < 2:
        return float("nan")
    unit = torch.from_numpy(normalize(features))
    similarity = unit @ unit.T  # (N, N)
    codes = torch.from_numpy(groups)
    similarity.masked_fill_(codes[:, None] == codes[None, :], -torch.inf)
    nearest = similarity.argmax(dim=1).numpy()
    return float(np.mean(labels[nearest] == labels))
