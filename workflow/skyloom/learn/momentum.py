"""MoCo v2: contrast against a queue of keys from an encoder that follows."""

import copy
from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional

from skyloom.learn import objectives
from skyloom.learn.methods import Method
from skyloom.learn.norms import separate_norms
from skyloom.learn.objectives import Pairs
from skyloom.learn.queue import KeyQueue, follow
from skyloom.learn.ranks import Ranks
from skyloom.learn.relations import Relations
from skyloom.learn.tower import Batch, Outcome, Tower
from skyloom.settings.pretrain import PretrainSettings


class Momentum(Method):
    """MoCo v2: queries against keys of a slowly following encoder, and a queue of older keys."""

    def __init__(self, tower: Tower, settings: PretrainSettings, ranks: Ranks, width: int) -> None:
        follower = copy.deepcopy(tower).requires_grad_(False)  # before norms are synchronised
        super().__init__(tower, settings, ranks)
        self.follower = follower
        if self._separate:
            separate_norms(follower, 1 + len(settings.domains))
        self.queue = KeyQueue(settings.moco.queue, width)
        self._fresh: tuple[Tensor, Tensor] | None = None

    @property
    def towers(self) -> list[Tower]:
        """The tower that learns and the one that follows."""
        return [self.tower, self.follower]

    def forward(self, batch: Batch, relations: Relations) -> Outcome:
        """Return the outcome of a batch; its keys enter the queue in `after_backward`."""
        features, outputs = self._through(self.tower, batch.first)
        queries = self._ranks.gather(outputs)  # (M, d)
        keys = self._ranks.gather(self._keys(batch.second))  # (M, d)
        rows = self._ranks.gather(batch.rows)  # (M,)
        candidates = torch.cat([keys, self.queue.keys])  # (M + K, d)
        pairs, counts = relations.corrected(
            queue_pairs(rows, self.queue.rows), rows, torch.cat([rows, self.queue.rows])
        )
        similarity = objectives.similarities(queries, candidates, self._settings.temperature)
        losses = objectives.info_nce(similarity, pairs)  # (M,)
        self._fresh = (functional.normalize(keys, dim=1), rows)
        return Outcome(losses.mean(), losses, rows, features, queries, keys, counts)

    def after_backward(self) -> None:
        """Put the batch's keys into the queue: the loss has been taken without them."""
        if self._fresh is not None:
            self.queue.enqueue(*self._fresh)
            self._fresh = None

    def after_step(self) -> None:
        """Let the key encoder follow."""
        follow(self.follower, self.tower, self._settings.moco.momentum)

    @torch.no_grad()
    def _keys(self, views: Sequence[Tensor]) -> Tensor:
        """Return the keys (B, d) of views, each part of the batch with statistics of its own.

        Image i belongs to part i modulo the number of parts, whatever the number of ranks. Were
        keys normalised with the batch that their queries were normalised with, the statistics
        would tell which key belongs to which query (He et al. 2020, section 3.3).
        """
        parts = max(1, self._settings.moco.parts // self._ranks.count)
        places = torch.arange(sum(map(len, views)), device=views[0].device)
        by_domain = torch.split(places, [len(images) for images in views])
        order, keys = [], []
        for part in range(parts):
            chosen = [images[part::parts] for images in views]
            if sum(map(len, chosen)):
                keys.append(self._through(self.follower, chosen)[1])
                order.append(torch.cat([mine[part::parts] for mine in by_domain]))
        return torch.cat(keys)[torch.cat(order).argsort()]


def queue_pairs(rows: Tensor, queued: Tensor) -> Pairs:
    """Return the pairs of queries (M,) with their keys and then the queue's (K,), by image.

    A query's positive is its own key; its negatives are the keys in the queue, but for older keys
    of its own image. Keys of the same batch are no negatives of each other (He et al. 2020,
    algorithm 1).
    """
    positive = torch.eye(len(rows), len(rows) + len(queued), dtype=torch.bool, device=rows.device)
    negative = torch.zeros_like(positive)
    negative[:, len(rows) :] = (queued[None, :] >= 0) & (queued[None, :] != rows[:, None])
    return Pairs(positive, negative)
