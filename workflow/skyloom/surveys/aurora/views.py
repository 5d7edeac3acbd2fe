"""Views of all-sky frames: free turns and flips of the sky's disc, gain, contrast, blur, noise."""

from skyloom.settings.views import ViewSettings

VIEWS = ViewSettings(
    crop_area=(0.3, 1.0),
    horizontal_flip=0.5,
    vertical_flip=0.5,
    rotation=180,
    padding="zeros",
    mask="disc",
    jitter=0.8,
    brightness=0.4,
    contrast=0.4,
    saturation=0.0,
    hue=0.0,
    grey=0.0,
    blur=0.5,
    noise=(1.0, 2.0),
)
"""An all-sky picture has no up, and one band: any rotation and flip, no change of colour. The sky
is a disc, so that a rotation brings in no corners. All numbers are chosen here, since those of
Johnson et al. 2021 are not known; the smallest crop is that of a public training on OATH,
SmithAndy005/SpaceSSL.
"""
