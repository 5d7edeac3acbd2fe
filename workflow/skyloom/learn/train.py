"""The pretraining loop: plain torch, resumable, the same bytes however often it was interrupted."""

import math
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from tqdm import tqdm

from skyloom.errors import SkyloomError
from skyloom.learn import health
from skyloom.learn.augment import random_view
from skyloom.learn.checkpoint import Checkpoint
from skyloom.learn.draws import image_keys, shuffled
from skyloom.learn.encoder_file import Encoder
from skyloom.learn.encoders import Projector, seeded
from skyloom.learn.objectives import OBJECTIVES
from skyloom.learn.precision import default_device, resolve_precision
from skyloom.scaling import Pixels
from skyloom.settings.encoder import PretrainSettings, ViewSettings

HEALTH_IMAGES = 512
"""Images of an epoch's last steps on which its health is measured."""


class TrainingError(SkyloomError):
    """Pretraining cannot start, or has diverged."""


@dataclass(frozen=True)
class TrainingImages:
    """What pretraining sees: images (N, C, L, L) as stored, and their image_id."""

    pixels: Pixels
    image_ids: tuple[str, ...]


@dataclass(frozen=True)
class Epoch:
    """One row of `training.parquet`; `images_per_second` counts source images, two views each."""

    epoch: int
    loss: float
    learning_rate: float
    images_per_second: float
    feature_std: float
    rankme: float
    alignment: float
    uniformity: float


@dataclass
class _Recent:
    """Features and projections of the last steps of an epoch."""

    features: list[Tensor] = field(default_factory=list)
    first: list[Tensor] = field(default_factory=list)
    second: list[Tensor] = field(default_factory=list)

    def add(self, features: Tensor, first: Tensor, second: Tensor) -> None:
        """Take in a step: features (B, D), projections (B, d) of both views; forget old ones."""
        for store, value in ((self.features, features), (self.first, first), (self.second, second)):
            store.append(value.detach().float())
            while len(store) > 1 and sum(map(len, store[1:])) >= HEALTH_IMAGES:
                store.pop(0)

    def measures(self) -> dict[str, float]:
        """Return the health columns of an `Epoch`."""
        features, first, second = map(torch.cat, (self.features, self.first, self.second))
        return {
            "feature_std": health.feature_std(features),
            "rankme": health.rankme(features),
            "alignment": health.alignment(first, second),
            "uniformity": health.uniformity(first),
        }


def pretrain(
    encoder: Encoder,
    images: TrainingImages,
    settings: PretrainSettings,
    views: ViewSettings,
    seed: int,
    checkpoint: Checkpoint,
) -> list[Epoch]:
    """Train `encoder` in place and return one `Epoch` per pass over the images.

    A state left by an interrupted call with the same fingerprint is taken up; on one kind of
    processor with the same number of threads the result is the same to the byte.

    Raises:
        TrainingError: fewer than four images, or the loss is no longer finite.
    """
    device = default_device()
    size = encoder.card.network.input_size
    dtype = resolve_precision(settings.precision, device, size)
    objective = OBJECTIVES[settings.objective]
    keys = image_keys(images.image_ids)
    batch_size = _batch_size(settings.batch_size, len(keys))
    steps = len(keys) // batch_size
    seeded(seed + 1)  # the encoder was drawn from `seed`
    projector = Projector(encoder.width, *settings.projector).to(device)
    encoder.to(device).to(memory_format=torch.channels_last).train()
    optimizer = _optimizer(encoder, projector, settings)
    history = _resume(checkpoint, encoder, projector, optimizer)
    pixels = torch.from_numpy(images.pixels).to(device)  # (N, C, L, L)
    print(f"{len(keys)} images, {steps} steps of {batch_size} an epoch, {dtype} on {device}")

    for epoch in range(len(history), settings.epochs):
        order = shuffled(keys, seed=seed, epoch=epoch)
        losses, recent, started = [], _Recent(), time.monotonic()
        for step in _progress(range(steps), epoch, settings.epochs):
            rate = _learning_rate(settings, epoch + step / steps)
            _set_rate(optimizer, rate)
            rows = order[step * batch_size : (step + 1) * batch_size]
            batch = pixels[torch.from_numpy(rows).to(device)]  # (B, C, L, L)
            two = [
                random_view(batch, keys[rows], views, size, seed=seed, epoch=epoch, view=view)
                for view in (0, 1)
            ]
            with torch.autocast(device.type, dtype, enabled=dtype != torch.float32):
                # One forward pass for both views, so that batch norm cannot tell them apart.
                features = encoder(torch.cat(two))  # (2B, D)
                projections = projector(features)  # (2B, d)
            first, second = projections.float().chunk(2)  # (B, d) each
            loss = objective(first, second, settings.temperature)
            losses.append(_finite(loss, epoch, step, rate, batch))
            optimizer.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            recent.add(features[:batch_size], first, second)
        seconds = time.monotonic() - started
        row = Epoch(
            epoch, float(np.mean(losses)), rate, steps * batch_size / seconds, **recent.measures()
        )
        history.append(row)
        print(_sentence(row, settings.epochs, seconds), flush=True)
        _save(checkpoint, encoder, projector, optimizer, history)
    encoder.eval().cpu()
    return history


def _batch_size(wanted: int, images: int) -> int:
    if images < 4:
        raise TrainingError(
            f"pretraining has {images} image(s) to see, expected at least 4. Look at "
            "pretrain.splits and at the rejected rows of the index."
        )
    if images < wanted:
        print(f"batch_size is {wanted} but there are {images} images: using {images}")
    return min(wanted, images)


def _optimizer(encoder: nn.Module, projector: nn.Module, settings: PretrainSettings) -> Any:
    groups = [
        {"params": list(encoder.parameters()), "scale": settings.backbone_rate},
        {"params": list(projector.parameters()), "scale": 1.0},
    ]
    return torch.optim.AdamW(
        groups, lr=settings.learning_rate, weight_decay=settings.weight_decay, fused=True
    )


def _save(
    checkpoint: Checkpoint,
    encoder: Encoder,
    projector: nn.Module,
    optimizer: Any,
    history: list[Epoch],
) -> None:
    checkpoint.save(
        {
            "encoder": encoder.network.state_dict(),
            "projector": projector.state_dict(),
            "optimizer": optimizer.state_dict(),
            "history": [asdict(past) for past in history],
        }
    )


def _resume(
    checkpoint: Checkpoint, encoder: Encoder, projector: nn.Module, optimizer: Any
) -> list[Epoch]:
    state = checkpoint.load()
    if state is None:
        return []
    encoder.network.load_state_dict(state["encoder"])
    projector.load_state_dict(state["projector"])
    optimizer.load_state_dict(state["optimizer"])
    print(f"resuming after epoch {len(state['history'])} from {checkpoint.path}")
    return [Epoch(**row) for row in state["history"]]


def _learning_rate(settings: PretrainSettings, epoch: float) -> float:
    """Return the rate at a fractional epoch: linear warm-up, then half a cosine to zero."""
    warmup = min(settings.warmup_epochs, settings.epochs / 2)
    if epoch < warmup:
        return settings.learning_rate * (epoch + 0.1) / (warmup + 0.1)
    progress = (epoch - warmup) / (settings.epochs - warmup)
    return settings.learning_rate * 0.5 * (1 + math.cos(math.pi * progress))


def _set_rate(optimizer: Any, rate: float) -> None:
    for group in optimizer.param_groups:
        group["lr"] = rate * group["scale"]


def _finite(loss: Tensor, epoch: int, step: int, rate: float, batch: Tensor) -> float:
    value = float(loss.detach())
    if math.isfinite(value):
        return value
    cause = (
        "the batch holds one constant image"
        if int(batch.min()) == int(batch.max())
        else f"the learning rate ({rate:.2g}) is too high, or precision bf16 is too coarse"
    )
    raise TrainingError(
        f"the loss is {value} at epoch {epoch + 1}, step {step + 1}. Likely cause: {cause}. "
        "Lower pretrain.learning_rate, or set pretrain.precision to fp32."
    )


def _progress(steps: range, epoch: int, epochs: int) -> Iterator[int]:
    interval = 0.5 if sys.stderr.isatty() else 20
    bar: Iterator[int] = tqdm(
        steps, f"epoch {epoch + 1}/{epochs}", leave=False, mininterval=interval, unit="step"
    )
    return bar


def _sentence(row: Epoch, epochs: int, seconds: float) -> str:
    left = (epochs - row.epoch - 1) * seconds / 60
    return (
        f"epoch {row.epoch + 1}/{epochs}: loss {row.loss:.4f}, "
        f"{row.images_per_second:.0f} images/s, feature std {row.feature_std:.2f}, "
        f"RankMe {row.rankme:.0f}, {left:.1f} min left"
    )
