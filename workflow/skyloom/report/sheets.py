"""Contact sheets: strips of thumbnails cut from the image store."""

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from skyloom.images import ImageStore
from skyloom.report.style import as_jpeg

THUMBNAIL = 83
STRIP = 12
"""Images in a strip."""


def strip(store: ImageStore, positions: NDArray[np.int64]) -> str:
    """Return up to `STRIP` images side by side as one JPEG; other than three bands become grey."""
    chosen = positions[:STRIP]
    pixels = store.resized(chosen, THUMBNAIL)  # (M, C, T, T)
    if pixels.shape[1] != 3:
        pixels = np.repeat(pixels.mean(axis=1, keepdims=True).astype(np.uint8), 3, axis=1)
    gap = 2
    sheet = np.full((THUMBNAIL, len(chosen) * (THUMBNAIL + gap) - gap, 3), 255, dtype=np.uint8)
    for place, image in enumerate(pixels):
        left = place * (THUMBNAIL + gap)
        sheet[:, left : left + THUMBNAIL] = image.transpose(1, 2, 0)
    buffer = io.BytesIO()
    Image.fromarray(sheet).save(buffer, "JPEG", quality=82)
    return as_jpeg(buffer.getvalue())


def spread_over(positions: NDArray[np.int64], count: int = STRIP) -> NDArray[np.int64]:
    """Return at most `count` of the positions, evenly spread over them."""
    if len(positions) <= count:
        return positions
    places = np.linspace(0, len(positions) - 1, count).round().astype(np.int64)
    return np.asarray(positions[places])
