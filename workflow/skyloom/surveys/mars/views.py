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
"""SimCLR's views with the weaker colour jitter of MoCo v2: dust, shadow and camera differ in gain,
Mars has few hues. A rover knows up from down, so there is no rotation. That blur is rarer than
theirs is chosen here: those of Ward et al. 2022 are not known.
"""
