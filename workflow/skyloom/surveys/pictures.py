"""JPEG and 8-bit PNG pictures."""

import hashlib
import io

from PIL import Image, UnidentifiedImageError

from skyloom.surveys.contract import UnreadableImageError

LARGEST_PICTURE = 40_000_000
"""Pixels above which a picture is taken for a bomb: twice a full frame of the largest camera."""

_DAMAGE = (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError)


def decode_picture(content: bytes) -> Image.Image:
    """Return a JPEG or PNG as a picture of mode RGB; grey ones become three equal bands.

    Raises:
        UnreadableImageError: no picture, cut short, too large, or with more than 8 bits a band,
            which Pillow would drop without a word. It carries the SHA-256 of the content.
    """
    try:
        image = Image.open(io.BytesIO(content))
        _refuse_large(content, image)
        _refuse_deep(content, image)
        image.load()
        return image if image.mode == "RGB" else image.convert("RGB")
    except _DAMAGE as error:
        reason = f"no readable image ({len(content)} bytes): {error}"
        raise UnreadableImageError(reason, _sha256(content)) from error


def _refuse_large(content: bytes, image: Image.Image) -> None:
    width, height = image.size
    if width * height > LARGEST_PICTURE:
        reason = f"{width} x {height} pixels, where at most {LARGEST_PICTURE} are expected"
        raise UnreadableImageError(reason, _sha256(content))


def _refuse_deep(content: bytes, image: Image.Image) -> None:
    bits = content[24] if image.format == "PNG" else 8  # the bit depth stands in IHDR
    if bits > 8:
        reason = f"a PNG of {bits} bits a band where 8 are expected"
        raise UnreadableImageError(reason, _sha256(content))


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
