"""Images as arrays of one size, from arrays or from decoded pictures."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Pixels = NDArray[Any]
"""One image (C, H, W) or one video (T, H, W): uint8, uint16, float16 or float32."""


def as_pixels(image: Pixels | Image.Image) -> Pixels:
    """Return an array as it is, and a picture of mode RGB as (3, H, W) uint8."""
    if isinstance(image, Image.Image):
        return np.ascontiguousarray(np.asarray(image).transpose(2, 0, 1))
    return image


def resize(image: Pixels | Image.Image, size: int) -> Pixels:
    """Scale an image to (C, size, size), antialiased, in the type it has.

    Values are interpolated (triangle filter): of fluxes per pixel the surface brightness is kept,
    not the sum. The aspect ratio is not kept.
    """
    if isinstance(image, Image.Image):
        return as_pixels(image.resize((size, size), Image.Resampling.BILINEAR))
    bands, height, width = image.shape
    if (height, width) == (size, size):
        return image
    if image.dtype == np.uint8 and bands == 3:
        return resize(Image.fromarray(np.ascontiguousarray(image.transpose(1, 2, 0))), size)
    planes = [
        np.asarray(Image.fromarray(band).resize((size, size), Image.Resampling.BILINEAR))
        for band in image.astype(np.float32)
    ]
    scaled = np.stack(planes)  # (C, size, size) float32
    return (scaled if image.dtype.kind == "f" else scaled.round()).astype(image.dtype)
