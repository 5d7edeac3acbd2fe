import pytest
from pydantic import ValidationError

from skyloom.settings.views import ViewSettings


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"reddening": (0.0, 0.5)}, "extinction has no entry"),
        ({"reddening": (0.5, 0.1), "extinction": (1.0,)}, "from 0 up, the smaller first"),
        ({"noise": (0.5, 2.0)}, "from 1 up, the smaller first"),
        ({"psf": ((0.2, 0.0, 0.0),)}, "a positive scale"),
        ({"psf": ((-0.2, 0.0, 1.0),)}, "from 0 up"),
        ({"temporal_crop": (0.5, 1.5)}, "at most 1"),
        ({"temporal_crop": (0.0, 0.5)}, "two positive numbers"),
        ({"centre_shift": -0.1}, "centre_shift"),
    ],
)
def test_what_makes_no_sense_is_refused(given, said):
    with pytest.raises(ValidationError, match=said):
        ViewSettings(**given)


def test_dust_needs_one_law_and_no_dust_none():
    assert ViewSettings(reddening=(0.0, 0.5), extinction=(3.1,)).reddening == (0.0, 0.5)
    assert ViewSettings(extinction=(3.1,)).reddening == (0.0, 0.0)
