"""A trained network that tells redshifts: an encoder and its head of bins, in use and on disk."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from skyloom.atomic import atomic_path
from skyloom.bins import Bins
from skyloom.learn.encoder_file import Encoder, EncoderCard
from skyloom.learn.encoders import EncoderError, build_encoder


@dataclass(frozen=True)
class RedshiftNetwork:
    """An encoder (images -> D) and a head (D -> K), in evaluation mode.

    Attributes:
        encoder: its card says which images it takes.
        head: gives logits of the bins.
        bins: of redshift.
    """

    encoder: Encoder
    head: nn.Linear
    bins: Bins

    def probabilities(self, images: Tensor) -> NDArray[np.float32]:
        """Return the probabilities (N, K) of images (N, C, S, S) in the units of `in_units`."""
        with torch.inference_mode():
            logits = self.head(self.encoder(images))
        found: NDArray[np.float32] = logits.double().softmax(dim=1).float().cpu().numpy()
        return found

    def save(self, path: Path) -> None:
        """Write weights and card as safetensors, atomically."""
        tensors = {
            f"{name}.{key}": value.contiguous()
            for name, part in self._parts().items()
            for key, value in part.state_dict().items()
        }
        said = {"encoder": self.encoder.card.as_json(), "bins": asdict(self.bins)}
        with atomic_path(path) as temporary:
            save_file(tensors, temporary, metadata={"skyloom": json.dumps(said, sort_keys=True)})

    @classmethod
    def load(cls, path: Path) -> "RedshiftNetwork":
        """Read a network that `save` wrote."""
        with safe_open(path, framework="pt") as file:
            said = json.loads((file.metadata() or {}).get("skyloom", "{}"))
        if "bins" not in said:
            raise EncoderError(f"{path} is no network of redshifts: its metadata name no bins")
        card, bins = EncoderCard.from_json(said["encoder"]), Bins(**said["bins"])
        encoder = Encoder(build_encoder(card.network, card.bands), card).eval()
        network = cls(encoder, nn.Linear(encoder.width, bins.count), bins)
        tensors = load_file(path)
        for name, part in network._parts().items():
            start = f"{name}."
            mine = {key: value for key, value in tensors.items() if key.startswith(start)}
            part.load_state_dict({key.removeprefix(start): mine[key] for key in mine})
        return network

    def _parts(self) -> dict[str, nn.Module]:
        return {"encoder": self.encoder.network, "head": self.head}
