"""An encoder on disk: weights as safetensors, and in its metadata all that is needed to use it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from skyloom.atomic import atomic_path
from skyloom.learn.encoders import EncoderError, build_encoder, standardise
from skyloom.settings.encoder import NetworkSettings


@dataclass(frozen=True)
class EncoderCard:
    """What belongs to the weights.

    Attributes:
        network: architecture, stem, input size and origin of the initial weights.
        bands: number of bands of the images.
        mean, std: per band, in the units of `skyloom.learn.units.in_units`.
        trained_on: splits that pretraining saw; empty when it was not pretrained here.
        images_seen: number of distinct images that pretraining saw.
    """

    network: NetworkSettings
    bands: int
    mean: Sequence[float]
    std: Sequence[float]
    trained_on: Sequence[str] = ()
    images_seen: int = 0

    def as_json(self) -> dict[str, Any]:
        """Return what a file's metadata say of it."""
        return {**asdict(self), "network": self.network.model_dump(mode="json")}

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> "EncoderCard":
        """Return what `as_json` was made of."""
        return cls(**{**said, "network": NetworkSettings.model_validate(said["network"])})


class Encoder(nn.Module):
    """A network and its standardisation: images in, features out."""

    mean: Tensor
    std: Tensor

    def __init__(self, network: nn.Module, card: EncoderCard) -> None:
        super().__init__()
        self.network = network
        self.card = card
        self.register_buffer("mean", torch.tensor(card.mean), persistent=False)
        self.register_buffer("std", torch.tensor(card.std), persistent=False)

    @property
    def width(self) -> int:
        """Number of features."""
        return int(self.network.num_features)  # type: ignore[arg-type]

    def forward(self, images: Tensor) -> Tensor:
        """Return features (N, D) of images (N, C, S, S) in the units of `in_units`."""
        inputs = standardise(images, self.mean, self.std)
        features: Tensor = self.network(inputs.contiguous(memory_format=torch.channels_last))
        return features


def save_encoder(encoder: Encoder, path: Path) -> None:
    """Write an encoder, atomically; the same weights give the same bytes."""
    card = encoder.card.as_json()
    tensors = {name: value.contiguous() for name, value in encoder.network.state_dict().items()}
    if not tensors:  # safetensors cannot hold an encoder without weights
        tensors = {"no_weights": torch.zeros(1)}
    with atomic_path(path) as temporary:
        save_file(tensors, temporary, metadata={"skyloom": json.dumps(card, sort_keys=True)})


def load_encoder(path: Path) -> Encoder:
    """Read an encoder that `save_encoder` wrote."""
    with safe_open(path, framework="pt") as file:
        metadata = file.metadata() or {}
    if "skyloom" not in metadata:
        raise EncoderError(f"{path} is no encoder of skyloom: its metadata lack 'skyloom'")
    card = EncoderCard.from_json(json.loads(metadata["skyloom"]))
    network = build_encoder(card.network, card.bands)
    weights = load_file(path)
    weights.pop("no_weights", None)
    network.load_state_dict(weights)
    return Encoder(network, card)
