"""Random views of galaxies: turns, mirrors and a little blur; flux and colour are physics."""

from skyloom.settings.encoder import ViewSettings

VIEWS = ViewSettings(
    crop_area=(0.6, 1.0),
    crop_aspect=(1.0, 1.0),
    horizontal_flip=0.5,
    vertical_flip=0.5,
    rotation=180,
    jitter=0,
    brightness=0,
    contrast=0,
    saturation=0,
    hue=0,
    grey=0,
    blur=0.3,
    blur_sigma=(0.1, 0.8),
)
