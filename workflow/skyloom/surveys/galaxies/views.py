"""Random views of galaxies: turns, mirrors, shifts, dust, seeing and noise, never colour jitter.

Rotation, shifts of +-7 pixels, the crop of 64 in 107 and new dust with E(B-V) from 0 to 0.5 are
those of the public code of Hayat et al. 2021 (MustafaMustafa/ssl-sky-surveys). That seeing and
noise are varied too is said there; their numbers, and the mirrors, are chosen here.
"""

import numpy as np

from skyloom.settings.views import LogNormal, ViewSettings
from skyloom.surveys.galaxies.dust import R

CUTOUT, CROP, SHIFT = 107, 64, 7
"""Sides of cut-out and crop, and largest shift of the crop's centre, in pixels."""

PIXEL = 0.396
"""Side of a pixel, arcsec."""

SEEING = (1.53, 1.44, 1.32, 1.26, 1.29)
"""Median full width at half maximum of SDSS's seeing in u, g, r, i, z, arcsec."""

SPREAD = 0.15
"""Shape of the seeing's lognormal distribution; chosen here."""

_WIDTH_PER_SIGMA = float(2 * np.sqrt(2 * np.log(2)))


def seeing_of(width: float) -> LogNormal:
    """Return the lognormal of the seeing's sigma in pixels, for a median width in arcsec."""
    return SPREAD, 0.0, width / _WIDTH_PER_SIGMA / PIXEL


VIEWS = ViewSettings(
    crop_area=((CROP / CUTOUT) ** 2, (CROP / CUTOUT) ** 2),
    crop_aspect=(1.0, 1.0),
    centre_shift=SHIFT / CUTOUT,
    horizontal_flip=0.5,
    vertical_flip=0.5,
    rotation=180,
    reddening=(0.0, 0.5),
    extinction=tuple(map(float, R)),
    jitter=0,
    brightness=0,
    contrast=0,
    saturation=0,
    hue=0,
    grey=0,
    blur=0,
    psf=tuple(map(seeing_of, SEEING)),
    noise=(1.0, 3.0),
)
"""For ugriz cut-outs of 107 pixels seen by a network of input_size 64, so that a pixel stays a
pixel. Cut-outs of another size are cropped to the same share of their side; then `psf`, in pixels
of the view, no longer fits exactly. Other bands need views of their own: `extinction` and `psf` are
per band.
"""
