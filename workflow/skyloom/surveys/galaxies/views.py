"""Views of galaxies: turns, shifts, dust, seeing and noise; flux and colour are physics."""

from skyloom.settings.views import ViewSettings
from skyloom.surveys.galaxies.dust import R

CUTOUT, CROP, SHIFT = 107, 64, 7
"""Pixels of a stored cut-out, of a view's window in it, and by how much its centre may be off
(Hayat et al. 2021, the published loader)."""

PIXEL = 0.396
"""Arcseconds in a pixel of SDSS."""

SEEING = (1.53, 1.44, 1.32, 1.26, 1.29)
"""Median seeing of SDSS in ugriz, full width at half maximum in arcseconds."""

SEEING_SPREAD = 0.15
"""Standard deviation of the logarithm of the seeing; chosen here."""

VIEWS = ViewSettings(
    crop_area=((CROP / CUTOUT) ** 2,) * 2,
    crop_aspect=(1.0, 1.0),
    centre_shift=SHIFT / CUTOUT,
    horizontal_flip=0.5,
    vertical_flip=0.5,
    rotation=180,
    padding="border",
    reddening=(0.0, 0.5),
    extinction=tuple(R.tolist()),
    jitter=0,
    brightness=0,
    contrast=0,
    saturation=0,
    hue=0,
    grey=0,
    blur=0,
    psf=tuple((SEEING_SPREAD, 0.0, width / 2.3548 / PIXEL) for width in SEEING),
    noise=(1.0, 3.0),
)
"""E(B-V) and noise in the ranges of the paper, with its coefficients of extinction. That two
seeings are drawn and only the excess is added follows the authors' later code. With cut-outs of 107
pixels and input_size 64 a pixel of a view is one of the image."""
