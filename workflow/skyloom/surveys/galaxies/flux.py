"""What every cut-out goes through after it is read: crop, check, dust, magnitudes."""

import numpy as np
from numpy.typing import NDArray

from skyloom.scaling import Pixels
from skyloom.surveys.contract import Offer, Reading, UnreadableImageError
from skyloom.surveys.galaxies.dust import deredden
from skyloom.surveys.galaxies.photometry import MAGNITUDES, asinh_magnitudes, measure
from skyloom.surveys.galaxies.settings import ReaderSettings

_MOST_DUST = 5.0
"""E(B-V) above which nothing is seen of a galaxy in u."""


def crop_centre(pixels: Pixels, side: int | None) -> Pixels:
    """Return the central square of (C, H, W); pixels smaller than `side` stay as they are."""
    height, width = pixels.shape[1:]
    if side is None or (height <= side and width <= side):
        return pixels
    top, left = max(0, (height - side) // 2), max(0, (width - side) // 2)
    return np.ascontiguousarray(pixels[:, top : top + side, left : left + side])


def check_finite(pixels: Pixels) -> None:
    """Raise `UnreadableImageError` with the number of pixels that are no number."""
    bad = pixels.size - int(np.count_nonzero(np.isfinite(pixels)))
    if bad:
        raise UnreadableImageError(f"{bad} of {pixels.size} pixels are no number (NaN or infinite)")


def ugriz_reading(
    flux: NDArray[np.floating], digest: str, offer: Offer, settings: ReaderSettings
) -> Reading:
    """Return ugriz flux (5, H, W) cropped and, if the settings say so, without the dust.

    Unit and sign are kept: nanomaggies are neither scaled nor clipped. Covariates besides are
    `mag_u` to `mag_z`, measured on the cut-out and without the dust; none without an extinction.

    Args:
        flux: as it is in the raw file.
        digest: SHA-256 of what it came from.
        offer: the galaxy.
        settings: of the reader.

    Raises:
        UnreadableImageError: a pixel is no number, or the extinction is needed and not known.
    """
    flux = crop_centre(flux, settings.crop)
    check_finite(flux)
    ebv = offer.covariates["ebv"]
    if settings.deredden and not isinstance(ebv, float):
        raise UnreadableImageError(
            "its extinction is not in the catalogue, and reader.deredden is on"
        )
    if not isinstance(ebv, float):
        return Reading(flux.astype(np.float32), digest, dict.fromkeys(MAGNITUDES))
    if not 0 <= ebv <= _MOST_DUST:
        raise UnreadableImageError(
            f"E(B-V) is {ebv:g}, expected 0 to {_MOST_DUST:g} magnitudes: is it an extinction, or "
            "of another unit?"
        )
    bare = deredden(flux, ebv)
    magnitudes = asinh_magnitudes(measure(bare)).tolist()
    pixels = bare if settings.deredden else flux.astype(np.float32)
    return Reading(pixels, digest, dict(zip(MAGNITUDES, magnitudes, strict=True)))
