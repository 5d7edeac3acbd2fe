"""How a person should see a stored solar image."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from skyloom.surveys.sun.scale import QUIET

_GAIN = 2.5
"""Saturation at 400 of 1000 gauss: the network around a region shows."""

_MOMENTS = (0.25, 0.5, 0.75)
"""Where in a video its three frames are taken."""


def thumbnail(pixels: NDArray[Any]) -> NDArray[np.uint8]:
    """Return (H, W, 3): grey, white = positive, north up; of a video three frames side by side.

    Args:
        pixels: (1, H, W) or (T, H, W), 0 to 1, row 0 in the south.
    """
    frames = [pixels[int(moment * len(pixels))] for moment in _MOMENTS]
    shown = frames if len(pixels) > 1 else frames[:1]
    row = np.concatenate([_stronger(np.asarray(frame, np.float32)) for frame in shown], axis=1)
    grey = np.round(np.clip(row[::-1], 0, 1) * 255).astype(np.uint8)
    return np.repeat(grey[:, :, None], 3, axis=2)


def _stronger(frame: NDArray[np.float32]) -> NDArray[np.float32]:
    """Raise the contrast of a magnetogram, whose middle is `QUIET`; leave other images."""
    if abs(float(np.median(frame)) - QUIET) > 0.05:
        return frame
    return QUIET + _GAIN * (frame - QUIET)
