"""Views of magnetograms: polarity, north and south, slight crops in space and time, noise."""

from skyloom.settings.views import ViewSettings

VIEWS = ViewSettings(
    crop_area=(0.64, 1.0),
    crop_aspect=(1.0, 1.0),
    centre_shift=0.05,
    temporal_crop=(0.5, 1.0),
    horizontal_flip=0.0,
    vertical_flip=0.5,
    polarity=0.5,
    zero=0.5,
    jitter=0.0,
    brightness=0.0,
    contrast=0.0,
    saturation=0.0,
    hue=0.0,
    grey=0.0,
    blur=0.2,
    blur_sigma=(0.1, 1.0),
    noise=(1.0, 2.0),
)
"""The change of polarity and the flip in latitude are those of the public notebooks of Chatterjee
et al. 2022: X, 1 - X, and both flipped; 0 gauss is stored as 0.5. There is no east-west
flip, which would reverse the Sun's rotation, no rotation, which would change the tilt of bipoles,
and no jitter: values are gauss. Shift, crops, blur and noise are chosen here. Of a video a view
spans at least half; a patch of one frame stays as it is in time.
"""
