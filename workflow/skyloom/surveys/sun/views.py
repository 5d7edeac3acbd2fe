"""Views of magnetograms: slight crops and flips of north and south."""

from skyloom.settings.encoder import ViewSettings

VIEWS = ViewSettings(
    crop_area=(0.5, 1.0),
    horizontal_flip=0.0,
    vertical_flip=0.5,
    jitter=0.0,
    grey=0.0,
    blur=0.2,
    blur_sigma=(0.1, 1.0),
)
"""No east-west flip, which would reverse the Sun's rotation; no jitter: values are gauss."""
