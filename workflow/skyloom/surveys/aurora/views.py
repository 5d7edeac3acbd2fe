"""Views of all-sky frames: free rotation, flips, crops, brightness, contrast and blur."""

from skyloom.settings.encoder import ViewSettings

VIEWS = ViewSettings(
    crop_area=(0.3, 1.0),
    horizontal_flip=0.5,
    vertical_flip=0.5,
    rotation=180,
    jitter=0.8,
    brightness=0.4,
    contrast=0.4,
    saturation=0.0,
    hue=0.0,
    grey=0.0,
    blur=0.5,
)
"""An all-sky picture has no up, and one band: any rotation and flip, no change of colour. The sky
is a disc, so that a rotation brings in no corners. Chosen here: those of the 2021 paper are not
known."""
