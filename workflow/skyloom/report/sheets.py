"""Contact sheets: strips of thumbnails cut from the image store."""

import io
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from skyloom.images import ImageStore
from skyloom.report.style import as_jpeg
from skyloom.scaling import Pixels

THUMBNAIL = 83
"""Height of a thumbnail, in pixels."""

STRIP = 12
"""Images in a strip."""

_GAP = 2
_BOX = (np.inf, THUMBNAIL)

Thumbnail = Callable[[Pixels], NDArray[np.uint8]]
"""How a person should see an image: stored pixels (C, H, W) in, RGB (H, W', 3) out."""


def strip(store: ImageStore, positions: NDArray[np.int64], thumbnail: Thumbnail) -> str:
    """Return up to `STRIP` images side by side as one JPEG."""
    pictures = [fitted(thumbnail(image), _BOX) for image in store.batch(positions[:STRIP])]
    width = sum(picture.width + _GAP for picture in pictures) - _GAP
    sheet = Image.new("RGB", (max(width, 1), THUMBNAIL), "white")
    left = 0
    for picture in pictures:
        sheet.paste(picture, (left, 0))
        left += picture.width + _GAP
    buffer = io.BytesIO()
    sheet.save(buffer, "JPEG", quality=82)
    return as_jpeg(buffer.getvalue())


def fitted(pixels: NDArray[np.uint8], box: tuple[float, float]) -> Image.Image:
    """Return RGB pixels (H, W, 3) as large as a box of so many pixels across and down allows."""
    height, width = pixels.shape[:2]
    factor = min(box[0] / width, box[1] / height)
    wanted = (max(1, round(width * factor)), max(1, round(height * factor)))
    return Image.fromarray(pixels).resize(wanted, Image.Resampling.LANCZOS)


def spread_over(positions: NDArray[np.int64], count: int = STRIP) -> NDArray[np.int64]:
    """Return at most `count` of the positions, evenly spread over them."""
    if len(positions) <= count:
        return positions
    places = np.linspace(0, len(positions) - 1, count).round().astype(np.int64)
    return np.asarray(positions[places])
