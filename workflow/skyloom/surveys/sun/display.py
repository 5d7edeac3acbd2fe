"""How a person should see a stored solar image."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skyloom.surveys.film import Film
from skyloom.surveys.sun.scale import QUIET

_GAIN = 2.5
"""Saturation at 400 of 1000 gauss: the network around a region shows."""

SATURATION = 1000.0
"""Gauss that are stored as 1, unless the reader's `saturation_gauss` says otherwise."""
LIMITS = (400.0, 100.0, 1000.0)
"""Gauss at which a film is white; the first one unless another is asked for."""
FACTS = ("latitude", "carrington_longitude", "carrington_rotation", "frames_present", "longest_gap")
"""Columns of the index that a reviewer may see: none tells the crude label."""
UNITS = {
    **dict.fromkeys(("latitude", "carrington_longitude", "first_meridian_distance"), "deg"),
    **{"longest_gap": "frames"},
}
"""Of columns of the index whose names do not tell them."""

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


def film(
    pixels: NDArray[Any], limit: float = LIMITS[0], reader: Mapping[str, Any] | None = None
) -> Film:
    """Return all frames with fixed limits: black = minus the limit, white = plus, north up.

    Args:
        pixels: (T, H, W), 0 to 1, where 0.5 is no field and 1 the saturation.
        limit: gauss.
        reader: options of the reader that scaled the pixels; None = its own defaults.
    """
    saturation = float((reader or {}).get("saturation_gauss", SATURATION))
    gauss = (np.asarray(pixels, np.float32) - QUIET) * 2 * saturation
    grey = np.round(np.clip(gauss / limit, -1, 1) * 127.5 + 127.5).astype(np.uint8)
    scale = f"white +{limit:g} G, black \u2212{limit:g} G"
    return Film(np.ascontiguousarray(grey[:, ::-1]), scale, LIMITS)


def _stronger(frame: NDArray[np.float32]) -> NDArray[np.float32]:
    """Raise the contrast of a magnetogram, whose middle is `QUIET`; leave other images."""
    if abs(float(np.median(frame)) - QUIET) > 0.05:
        return frame
    return QUIET + _GAIN * (frame - QUIET)
