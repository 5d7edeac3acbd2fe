"""Single all-sky pictures from bytes: 16-bit PNG, colour PNG, FITS; as counts (H, W) uint16."""

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFile, UnidentifiedImageError

from skyloom.surveys.contract import UnreadableImageError
from skyloom.surveys.fits import read_fits

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_GREY, _COLOUR = 0, 2  # colour types in a PNG's header
_BYTES = ("RGB;16B", "RGB;16L")
"""Pillow reduces a 16-bit RGB PNG to 8 bits without a word, in each of these layouts to another
byte of a value: read as big-endian it keeps the high one, as little-endian the low one."""
_DAMAGE = (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError)


def png_depth(content: bytes) -> int:
    """Return the bits a band of a PNG; raise `UnreadableImageError` when it is none."""
    if not content.startswith(_SIGNATURE) or len(content) < 33 or content[12:16] != b"IHDR":
        raise UnreadableImageError(f"no PNG ({len(content)} bytes)")
    return content[24]


def decode_deep_png(content: bytes) -> NDArray[np.uint16]:
    """Return the counts (H, W) of a 16-bit PNG: its only band, or the green of three.

    Raises:
        UnreadableImageError: no PNG, damaged, with 8 bits a band, or with transparency.
    """
    depth = png_depth(content)
    if depth != 16:
        raise UnreadableImageError(
            f"a PNG of {depth} bits a band where 16 are expected: a copy that an image program "
            "reduced; fetch the archive's own file"
        )
    kind = content[25]
    if kind not in (_GREY, _COLOUR):
        raise UnreadableImageError(
            f"a PNG of colour type {kind}, expected {_GREY} (grey) or {_COLOUR} (RGB), without "
            "transparency: fetch the archive's own file"
        )
    if kind == _COLOUR:
        high, low = (_unpack(content, layout)[:, :, 1].astype(np.uint16) for layout in _BYTES)
        counts: NDArray[np.uint16] = high * np.uint16(256) + low
        return counts
    return _unpack(content, None).astype(np.uint16)


def decode_colour_png(content: bytes) -> NDArray[np.uint16]:
    """Return the green band (H, W) of an 8-bit colour PNG, scaled from 0..255 to 0..65535.

    Green holds the oxygen line at 557.7 nm, the brightest of the aurora.

    Raises:
        UnreadableImageError: no PNG, damaged, without colour, or with 16 bits a band.
    """
    depth = png_depth(content)
    pixels = _unpack(content, None)
    if depth != 8 or pixels.ndim != 3 or pixels.shape[2] < 3:
        raise UnreadableImageError(
            f"a PNG of {depth} bits a band and shape {pixels.shape}, expected 8 bits and colour"
        )
    scaled: NDArray[np.uint16] = pixels[:, :, 1].astype(np.uint16) * np.uint16(257)
    return scaled


def _unpack(content: bytes, layout: str | None) -> NDArray[np.generic]:
    """Return the pixels of a PNG, through Pillow; `layout` says how it reads a pixel's bytes."""
    try:
        with Image.open(io.BytesIO(content), formats=["PNG"]) as image:
            if layout is not None and isinstance(image, ImageFile.ImageFile):
                image.tile = [tile._replace(args=layout) for tile in image.tile]
            return np.asarray(image)
    except _DAMAGE as error:
        raise UnreadableImageError(f"damaged PNG ({len(content)} bytes): {error}") from error


def decode_fits(content: bytes) -> tuple[NDArray[np.uint16], float | None]:
    """Return the counts (H, W) of a FITS frame, and the station's longitude where it says it.

    Counts below 0, as bias subtraction leaves them, become 0.

    Raises:
        UnreadableImageError: no FITS image, or with counts that are not finite.
    """
    pixels, header = read_fits(content)
    if not np.isfinite(pixels).all():
        raise UnreadableImageError(f"{int((~np.isfinite(pixels)).sum())} pixels are not finite")
    longitude = header.get("GLON")
    counts = np.clip(np.rint(pixels), 0, 65535).astype(np.uint16)
    return counts, float(longitude) if isinstance(longitude, (int, float)) else None
