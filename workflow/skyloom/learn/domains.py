"""Images of several sources in one batch, in fixed shares, each with its own views and scale."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from skyloom.learn.augment import random_view
from skyloom.learn.draws import shuffled
from skyloom.learn.encoder_file import EncoderCard
from skyloom.learn.encoders import standardise
from skyloom.learn.ranks import Ranks
from skyloom.learn.relations import Relations
from skyloom.learn.source import Positions, Source
from skyloom.learn.tower import Batch
from skyloom.settings.pretrain import PretrainSettings
from skyloom.settings.views import ViewSettings


@dataclass(frozen=True)
class Domain:
    """The images of one source, N of them.

    Attributes:
        name: of the survey or folder.
        source: their pixels.
        keys: (N,) from `skyloom.learn.draws.image_keys`.
        labels: (N,) int64 class, -1 where unknown; classes of different domains differ.
        groups: (N,) int64, what must not be split (a night, a sol, a field).
        alike: (N,) int64, groups of images that metadata hold for alike; -1 for none.
        views: random views of this domain.
        noise: (C,) noise of each band, in the units of `in_units`.
        mean, std: (C,) by which this domain's images are standardised.
        each: images of this domain in each batch, over all ranks.
        centre: share of an image's side, at its centre, that is looked at without views.
    """

    name: str
    source: Source
    keys: NDArray[np.uint64]
    labels: NDArray[np.int64]
    groups: NDArray[np.int64]
    alike: NDArray[np.int64]
    views: ViewSettings
    noise: Tensor
    mean: Tensor
    std: Tensor
    each: int
    centre: float = 1.0

    def __len__(self) -> int:
        return len(self.keys)

    @property
    def steps(self) -> int:
        """Steps of one pass over the images; what is left over waits for the next pass."""
        return len(self) // self.each


class Mixture:
    """Batches of several domains; the first is the survey's own, and its passes are epochs."""

    def __init__(
        self, domains: Sequence[Domain], card: EncoderCard, seed: int, ranks: Ranks, views: int
    ) -> None:
        self.domains = tuple(domains)
        self.steps = domains[0].steps
        self.first_rows = list(itertools.accumulate(map(len, domains), initial=0))[:-1]
        self._card, self._seed, self._ranks, self._views = card, seed, ranks, views
        # While files are read ahead, two passes of each domain are in use.
        self._order = lru_cache(maxsize=2 * len(domains))(self._order_of_pass)

    def batches(self, first: int, last: int) -> Iterator[Batch]:
        """Yield the batches of the steps from `first` up to `last`, counted from the beginning.

        A batch is a function of the seed and its step's number, whatever came before.
        """
        steps = range(first, last)
        streams = [
            domain.source.batches(map(partial(self._positions, number), steps))
            for number, domain in enumerate(self.domains)
        ]
        for step, *parts in zip(steps, *streams, strict=True):
            yield self._batch(step, parts)

    def _batch(self, step: int, parts: Sequence[Tensor]) -> Batch:
        views: list[list[Tensor]] = [[] for _ in range(self._views)]
        rows = []
        for number, pixels in enumerate(parts):
            positions = self._positions(number, step)
            rows.append(torch.from_numpy(self.first_rows[number] + positions))
            for view, made in enumerate(views):
                made.append(self._view(number, pixels, positions, step, view))
        second = views[1] if self._views == 2 else []
        return Batch(views[0], second, torch.cat(rows).to(parts[0].device))

    def _view(
        self, number: int, pixels: Tensor, positions: Positions, step: int, view: int
    ) -> Tensor:
        domain = self.domains[number]
        drawn = random_view(
            pixels,
            domain.keys[positions],
            domain.views,
            self._card.network.input_size,
            seed=self._seed,
            epoch=step // domain.steps,
            view=view,
            noise=domain.noise,
        )
        return as_own(drawn, domain, self._card)

    def _positions(self, number: int, step: int) -> Positions:
        """Return this rank's positions in a domain at a step."""
        domain = self.domains[number]
        epoch, place = divmod(step, domain.steps)
        chosen = self._order(number, epoch)[place * domain.each : (place + 1) * domain.each]
        return chosen[self._ranks.index :: self._ranks.count]

    def _order_of_pass(self, number: int, epoch: int) -> Positions:
        return shuffled(self.domains[number].keys, seed=self._seed, epoch=epoch)


def relations_of(
    domains: Sequence[Domain], settings: PretrainSettings, device: torch.device
) -> Relations:
    """Return what is known of all images, one domain after the other."""

    def joined(parts: Sequence[NDArray[np.int64]]) -> Tensor:
        """Return the parts as one tensor (N,) on the device."""
        return torch.from_numpy(np.concatenate(parts).astype(np.int64)).to(device)

    supervised = settings.objective == "supcon"
    return Relations(
        labels=joined([domain.labels for domain in domains]),
        domains=joined([np.full(len(part), number) for number, part in enumerate(domains)]),
        groups=joined([domain.alike for domain in domains]),
        correction="attract" if supervised else settings.false_negatives.correction,
        within=settings.domain_negatives == "within",
    )


def as_own(images: Tensor, domain: Domain, card: EncoderCard) -> Tensor:
    """Return a domain's images (N, C', S, S) as if they were the encoder's own (N, C, S, S).

    They are standardised as their domain is, and brought to the encoder's bands and scale, so that
    its own standardisation gives them mean 0 and deviation 1.
    """
    own_mean, own_std = torch.tensor(card.mean), torch.tensor(card.std)  # (C,) each
    if torch.equal(domain.mean, own_mean) and torch.equal(domain.std, own_std):
        return images
    own_mean, own_std = own_mean.to(images.device), own_std.to(images.device)
    scaled = standardise(images, domain.mean.to(images.device), domain.std.to(images.device))
    matrix = band_matrix(images.shape[1], len(card.mean)).to(images)  # (C, C')
    mixed = torch.einsum("dc,nchw->ndhw", matrix, scaled)
    return mixed * own_std[:, None, None] + own_mean[:, None, None]


def band_matrix(given: int, wanted: int) -> Tensor:
    """Return the matrix (wanted, given) that resamples bands linearly, from first to last.

    One band is repeated; to one band all are averaged.
    """
    if wanted == 1:
        return torch.full((1, given), 1 / given)
    return functional.interpolate(
        torch.eye(given)[None], size=wanted, mode="linear", align_corners=True
    )[0].T.contiguous()
