"""How a person should see one stored galaxy: colour by the method of Lupton et al. 2004."""

import numpy as np
from astropy.visualization import make_lupton_rgb
from numpy.typing import NDArray

from skyloom.scaling import Pixels

UNITS = {
    **{"ra": "deg", "dec": "deg", "target": "redshift"},
    **dict.fromkeys(("ebv", "petro_r", *(f"mag_{band}" for band in "ugriz")), "mag"),
}
"""Of columns of the index whose names do not tell them."""

_RED_GREEN_BLUE = {5: (3, 2, 1), 4: (2, 1, 0), 3: (2, 1, 0), 2: (1, 0, 0), 1: (0, 0, 0)}
"""Bands shown by their number: i r g of ugriz, i r g of griz, z r g of grz."""
_BAND_GAIN = {5: (1.0, 1.4, 2.6), 4: (1.0, 1.4, 2.6), 3: (1.0, 1.4, 2.6)}
"""Galaxies are brighter in redder bands: gains that make a star of the Sun's colour white."""
_STRETCH = 14.0
"""Flux, in deviations of the noise, up to which brightness is linear."""
_SOFTENING = 8.0
"""Q of the asinh stretch: from here on brightness grows logarithmically."""


def thumbnail(pixels: Pixels) -> NDArray[np.uint8]:
    """Return (H, W, 3) of one image (C, H, W): flux with an asinh stretch, pictures as they are."""
    count = pixels.shape[0]
    if pixels.dtype == np.uint8:
        chosen = pixels if count == 3 else pixels[:1].repeat(3, axis=0)
        return np.ascontiguousarray(chosen.transpose(1, 2, 0))
    bands = _RED_GREEN_BLUE.get(count, (count - 1, count // 2, 0))
    gains = _BAND_GAIN.get(count, (1.0, 1.0, 1.0))
    red, green, blue = (
        _above_sky(pixels[band]) * gain for band, gain in zip(bands, gains, strict=True)
    )
    stretch = max(_STRETCH * _noise(green), 1e-6)
    rgb: NDArray[np.uint8] = make_lupton_rgb(red, green, blue, stretch=stretch, Q=_SOFTENING)
    return rgb


def _above_sky(band: Pixels) -> NDArray[np.float64]:
    """Return a band with its faint end, noise included, at zero."""
    flux = band.astype(np.float64)
    above: NDArray[np.float64] = flux - np.percentile(flux, 10)
    return above


def _noise(band: NDArray[np.float64]) -> float:
    """Return the deviation of neighbours, which a galaxy that fills the picture leaves alone."""
    return float(1.4826 / np.sqrt(2) * np.median(np.abs(np.diff(band, axis=1))))
