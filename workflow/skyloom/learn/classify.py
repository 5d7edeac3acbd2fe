"""Training of a classifier of videos, as Chatterjee et al. 2022 train theirs."""

import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from skyloom.learn.draws import shuffled, stream
from skyloom.learn.encoders import seeded
from skyloom.learn.source import Source
from skyloom.learn.symmetries import changed
from skyloom.learn.units import in_units
from skyloom.settings.relabel import ClassifierSettings

AT_ONCE = 32
"""Videos that pass through a network at once when nothing is learnt."""

Positions = NDArray[np.int64]


@dataclass(frozen=True)
class Examples:
    """Labelled videos, and where their pixels come from.

    Attributes:
        source: gives the videos (B, T, H, W) at positions.
        keys: one 64-bit number per video of the source; the order of training hangs on them.
        labels: class numbers of all videos; of those not trained or checked on they are not read.
        train, check: positions of the videos to train on and to stop by.
    """

    source: Source
    keys: NDArray[np.uint64]
    labels: NDArray[np.int64]
    train: Positions
    check: Positions


@dataclass(frozen=True)
class EpochScore:
    """One epoch: number from 1, mean training loss, accuracy and loss on the checked videos."""

    epoch: int
    train_loss: float
    accuracy: float
    loss: float


def train_classifier(
    network: nn.Module,
    examples: Examples,
    settings: ClassifierSettings,
    seed: int,
    dtype: torch.dtype = torch.float32,
) -> list[EpochScore]:
    """Train until the accuracy on the checked videos stops rising; keep the best weights.

    Every epoch sees each video once in every combination of the symmetries, shuffled; the checked
    videos are whole and unchanged. Of equal accuracies the one with the smaller loss is better.
    Steps of training compute in `dtype`, everything else in float32.
    """
    device = next(network.parameters()).device
    optimizer = torch.optim.SGD(
        network.parameters(), lr=settings.learning_rate, momentum=0.9, nesterov=True
    )
    labels = torch.from_numpy(examples.labels).to(device)
    scores: list[EpochScore] = []
    best, weights = (-1.0, 0.0), network.state_dict()
    for epoch in range(1, settings.epochs + 1):
        network.train()
        seeded(stream("classify", seed, epoch))
        losses = []
        for videos, places in _epoch(examples, settings, seed, epoch, device):
            with torch.autocast(device.type, dtype, enabled=dtype != torch.float32):
                logits = network(videos)  # (B, K)
            loss = functional.cross_entropy(logits.float(), labels[places])
            optimizer.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            losses.append(loss.detach())
        scores.append(_score(network, examples, epoch, float(torch.stack(losses).mean())))
        now = (scores[-1].accuracy, -scores[-1].loss)
        if now > best:
            best, best_epoch, weights = now, epoch, copy.deepcopy(network.state_dict())
        print(scores[-1], flush=True)
        if epoch - best_epoch >= settings.patience:
            break
    network.load_state_dict(weights)
    return scores


def probabilities_of(network: nn.Module, source: Source, positions: Positions) -> Tensor:
    """Return the probabilities (M, K) of the classes of videos at positions, on the CPU."""
    network.eval()
    parts = [positions[start : start + AT_ONCE] for start in range(0, len(positions), AT_ONCE)]
    with torch.inference_mode():
        found = [network(in_units(videos)).softmax(dim=1).cpu() for videos in source.batches(parts)]
    return torch.cat(found)


def _epoch(
    examples: Examples, settings: ClassifierSettings, seed: int, epoch: int, device: torch.device
) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield videos (B, T, H, W) and their positions (B,); the last batch may be a smaller one."""
    variants = 2 ** len(settings.symmetries)
    copies = np.arange(len(examples.train) * variants)  # video x variant
    keys = examples.keys[examples.train][copies // variants] + copies.astype(np.uint64) % variants
    order = copies[shuffled(keys, seed=seed, epoch=epoch)]
    size = settings.batch_size
    batches = [order[start : start + size] for start in range(0, len(order), size)]
    if len(batches) > 1 and len(batches[-1]) == 1:
        batches.pop()  # batch norm cannot learn from one
    wanted = [examples.train[batch // variants] for batch in batches]
    for videos, batch, places in zip(examples.source.batches(wanted), batches, wanted, strict=True):
        variant = torch.from_numpy(batch % variants).to(device)
        shown = changed(in_units(videos), variant, settings.symmetries)
        yield shown, torch.from_numpy(places).to(device)


def _score(network: nn.Module, examples: Examples, epoch: int, loss: float) -> EpochScore:
    probabilities = probabilities_of(network, examples.source, examples.check)  # (M, K)
    labels = torch.from_numpy(examples.labels[examples.check])
    hits = (probabilities.argmax(dim=1) == labels).float().mean()
    misfit = functional.nll_loss(probabilities.clamp(min=1e-12).log(), labels)
    return EpochScore(epoch, loss, float(hits), float(misfit))


def check_classes(labels: NDArray[np.int64], names: Sequence[str]) -> None:
    """Raise where labels of a training are all of one class."""
    present = np.unique(labels)
    if len(present) < 2:
        said = names[int(present[0])] if len(present) else "none"
        raise ValueError(f"all training labels are '{said}', expected at least two classes")
