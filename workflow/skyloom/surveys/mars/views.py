"""Views of rover images: crops, mirror flips, colour jitter and blur."""

from skyloom.settings.views import ViewSettings

VIEWS = ViewSettings(
    crop_area=(0.2, 1.0),
    horizontal_flip=0.5,
    jitter=0.8,
    brightness=0.4,
    contrast=0.4,
    saturation=0.4,
    hue=0.1,
    grey=0.2,
    blur=0.3,
)
"""SimCLR's views, less colour: dust, shadow and camera differ in gain, Mars has few hues."""
