"""Features of images: the backbone's output in evaluation mode."""

import sys
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from tqdm import tqdm

from skyloom.analyze.features import FeatureError
from skyloom.images import ImageStore
from skyloom.learn.devices import default_device
from skyloom.learn.encoder_file import Encoder, EncoderCard
from skyloom.learn.precision import resolve_precision
from skyloom.learn.source import Positions, Streamed
from skyloom.learn.units import in_units
from skyloom.settings.encoder import EmbedSettings


def embed(
    encoder: Encoder,
    store: ImageStore,
    settings: EmbedSettings,
    rows: Positions | None = None,
    gain: Sequence[float] = (),
) -> NDArray[np.float32]:
    """Return the features (N, D) of images, in the order of the store's index.

    Args:
        encoder: is put into evaluation mode.
        store: the images.
        settings: how many at a time, how exactly.
        rows: (N,) positions of the images; None = all.
        gain: by which each band is multiplied, such as the transmission of dust; empty = none.
    """
    device = default_device()
    dtype = resolve_precision(settings.precision, device, encoder.card.network.input_size)
    encoder.eval().to(device).to(memory_format=torch.channels_last)
    rows = np.arange(len(store)) if rows is None else rows
    features = np.empty((len(rows), encoder.width), dtype=np.float32)
    for part, images in centres(encoder.card, store, rows, settings.batch_size, gain):
        with (
            torch.inference_mode(),
            torch.autocast(device.type, dtype, enabled=dtype != torch.float32),
        ):
            features[part] = encoder(images).float().cpu().numpy()  # (B, D)
    return features


def centres(
    card: EncoderCard,
    store: ImageStore,
    rows: Positions,
    batch_size: int,
    gain: Sequence[float] = (),
) -> Iterator[tuple[slice, Tensor]]:
    """Yield the centres (B, C, S, S) of images at `rows` as an encoder sees them, and which.

    They are on the default device, in the units of `in_units`, each band times its `gain`.
    """
    device, network = default_device(), card.network
    starts = range(0, len(rows), batch_size)
    parts = [slice(start, min(start + batch_size, len(rows))) for start in starts]

    # A GPU is done with a batch long before the next one is scaled.
    ahead = torch.get_num_threads() if device.type == "cuda" else 0
    source = Streamed(
        lambda chosen: store.resized(chosen, network.input_size, network.centre), device, ahead
    )
    batches = source.batches(rows[part] for part in parts)
    quiet = 0.5 if sys.stderr.isatty() else 20
    bar = tqdm(batches, "embed", total=len(parts), mininterval=quiet, unit="batch")
    for part, pixels in zip(parts, bar, strict=True):
        images = in_units(pixels)
        yield part, images * torch.tensor(gain, device=device)[:, None, None] if gain else images


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
