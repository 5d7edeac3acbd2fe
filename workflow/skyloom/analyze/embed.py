"""Features of images: the backbone's output in evaluation mode."""

import sys
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from tqdm import tqdm

from skyloom.analyze.features import FeatureError
from skyloom.images import ImageStore
from skyloom.learn.encoder_file import Encoder
from skyloom.learn.precision import default_device, resolve_precision
from skyloom.learn.units import in_units
from skyloom.settings.encoder import EmbedSettings


def embed(encoder: Encoder, store: ImageStore, settings: EmbedSettings) -> NDArray[np.float32]:
    """Return the features (len(store), D) of all images, in the order of the store's index."""
    device = default_device()
    size = encoder.card.network.input_size
    dtype = resolve_precision(settings.precision, device, size)
    encoder.eval().to(device).to(memory_format=torch.channels_last)
    features = np.empty((len(store), encoder.width), dtype=np.float32)
    starts = range(0, len(store), settings.batch_size)
    quiet = 0.5 if sys.stderr.isatty() else 20
    for start in tqdm(starts, "embed", mininterval=quiet, unit="batch"):
        rows = np.arange(start, min(start + settings.batch_size, len(store)))
        pixels = store.resized(rows, size, encoder.card.network.centre)  # (B, C, S, S)
        batch = in_units(torch.from_numpy(pixels).to(device))
        with (
            torch.inference_mode(),
            torch.autocast(device.type, dtype, enabled=dtype != torch.float32),
        ):
            features[rows] = encoder(batch).float().cpu().numpy()  # (B, D)
    return features


def stored(vectors: NDArray[np.float32], kind: str) -> NDArray[np.floating[Any]]:
    """Return features as the type in which they are stored, `float32` or `float16`.

    Raises:
        FeatureError: a feature is too large for float16.
    """
    with np.errstate(over="ignore"):
        narrow = vectors.astype(kind)
    if np.isfinite(vectors).all() and not np.isfinite(narrow).all():
        raise FeatureError(
            f"embed.store {kind}: a feature is {np.abs(vectors).max():g}, expected at most "
            f"{np.finfo(narrow.dtype).max:g}. Set embed.store to float32."
        )
    return narrow
