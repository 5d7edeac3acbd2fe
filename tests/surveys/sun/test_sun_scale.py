import numpy as np
import pytest

from skyloom.surveys.sun.display import film
from skyloom.surveys.sun.scale import fill_in_time, longest_gap, scale_field

NAN = np.nan


def test_field_maps_to_zero_half_and_one_and_is_clipped() -> None:
    field = np.array([-1000, 0, 1000, -3000, 2500, 500, NAN], np.float32)
    expected = [0, 0.5, 1, 0, 1, 0.75, NAN]
    assert np.array_equal(scale_field(field, 1000.0), np.float32(expected), equal_nan=True)


@pytest.mark.parametrize("saturation", [500.0, 1000.0, 2000.0])
def test_a_film_states_gauss_whatever_the_saturation(saturation: float) -> None:
    stored = scale_field(np.full((1, 2, 2), 200, np.float32), saturation)
    shown = film(stored, 400.0, {"saturation_gauss": saturation})
    assert shown.scale == "white +400 G, black \u2212400 G"
    assert np.unique(shown.frames) == [round(0.5 * 127.5 + 127.5)]


@pytest.mark.parametrize(
    ("series", "filled"),
    [
        ([NAN, 0.2, NAN, NAN, 0.8, NAN], [0.2, 0.2, 0.4, 0.6, 0.8, 0.8]),
        ([NAN, NAN, 0.7], [0.7, 0.7, 0.7]),
        ([NAN, NAN], [0.5, 0.5]),
        ([0.1, 0.9], [0.1, 0.9]),
    ],
)
def test_gaps_in_time_are_filled_per_pixel(series: list[float], filled: list[float]) -> None:
    video = np.full((len(series), 2, 1), 0.3, np.float16)
    video[:, 1, 0] = series
    result = fill_in_time(video)
    assert result[:, 1, 0] == pytest.approx(filled, abs=1e-3)
    assert result[:, 0, 0] == pytest.approx(0.3, abs=1e-3)


def test_the_longest_gap_lies_between_the_ends() -> None:
    present = np.array([0, 0, 0, 1, 0, 1, 0, 0, 1, 0, 0, 0, 0], bool)
    assert longest_gap(present) == 2
    assert longest_gap(np.array([0, 1, 0], bool)) == 0
