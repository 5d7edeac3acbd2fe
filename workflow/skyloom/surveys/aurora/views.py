"""Views of all-sky frames: turns and crops inside the disc of the sky, gain, blur and noise."""

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
"""An all-sky picture has no up, and one band: any rotation and flip, no change of colour. Outside
the disc of the sky there is nothing, in a view as in the frame. Chosen here: those of the 2021
paper are not known."""
