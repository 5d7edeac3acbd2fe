"""What a person is shown, and the views that training draws."""

import numpy as np
import pytest

from skyloom.surveys.galaxies.display import thumbnail
from skyloom.surveys.galaxies.dust import R
from skyloom.surveys.galaxies.views import CROP, CUTOUT, PIXEL, SHIFT, VIEWS


@pytest.mark.parametrize("bands", [1, 2, 3, 4, 5, 7])
def test_flux_of_any_number_of_bands_is_shown_brighter_where_there_is_more(bands: int):
    flux = np.random.default_rng(0).normal(0, 0.03, (bands, 32, 32)).astype(np.float32)
    flux[:, 14:18, 14:18] += 2
    shown = thumbnail(flux)
    assert shown.shape == (32, 32, 3)
    assert shown.dtype == np.uint8
    assert shown[15, 15].min() > 4 * np.median(shown)


def test_a_red_galaxy_is_shown_red():
    flux = np.random.default_rng(0).normal(0, 0.03, (5, 32, 32)).astype(np.float32)
    flux[:, 14:18, 14:18] += np.array([0.0, 0.1, 0.5, 1.5, 2.0])[:, None, None]
    red, green, blue = thumbnail(flux)[15, 15]
    assert red > green > blue


def test_pictures_are_shown_as_they_are():
    picture = np.random.default_rng(0).integers(0, 255, (3, 8, 8), dtype=np.uint8)
    np.testing.assert_array_equal(thumbnail(picture), picture.transpose(1, 2, 0))


def test_views_leave_flux_and_colour_alone():
    assert (VIEWS.jitter, VIEWS.brightness, VIEWS.contrast, VIEWS.hue, VIEWS.grey) == (0,) * 5
    assert VIEWS.rotation == 180


def test_views_have_the_published_geometry_dust_and_noise():
    """64 of 107 pixels, centre within 7, any turn, E(B-V) from 0 to 0.5, noise 1 to 3 times."""
    assert (CUTOUT, CROP, SHIFT, PIXEL) == (107, 64, 7, 0.396)
    assert VIEWS.crop_area == ((64 / 107) ** 2,) * 2
    assert VIEWS.centre_shift == 7 / 107
    assert (VIEWS.reddening, VIEWS.noise) == ((0.0, 0.5), (1.0, 3.0))
    assert VIEWS.extinction == tuple(R)
