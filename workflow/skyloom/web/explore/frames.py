"""Frames of an image as a page's player reads them."""

from skyloom.surveys.film import Film
from skyloom.web.explore.columns import pack


def packed_film(film: Film) -> bytes:
    """Return all frames (T, H, W, 1 or 3) with their scale and the limits that may be asked for."""
    frames = film.frames if film.frames.ndim == 4 else film.frames[..., None]
    return pack({"scale": film.scale, "limits": list(film.limits)}, frames)
