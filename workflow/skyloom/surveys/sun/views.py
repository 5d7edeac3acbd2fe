"""Views of magnetograms: polarity, north and south, a small shift, a span of time, noise."""

from skyloom.settings.views import ViewSettings

VIEWS = ViewSettings(
    crop_area=(0.6, 1.0),
    crop_aspect=(0.9, 1.1111),
    centre_shift=0.05,
    temporal_crop=(0.5, 1.0),
    horizontal_flip=0.0,
    vertical_flip=0.5,
    padding="border",
    polarity=0.5,
    jitter=0.0,
    grey=0.0,
    blur=0.2,
    blur_sigma=(0.1, 1.0),
    noise=(1.0, 2.0),
)
"""Videos of one region: their bands are moments. Polarities change from cycle to cycle and between
the hemispheres, and so does the sign that leads. No east-west flip, which would reverse the Sun's
rotation; no jitter: values are gauss. Chosen here."""
