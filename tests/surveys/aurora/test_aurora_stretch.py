import numpy as np
import pytest
from aurora_files import sky

from skyloom.surveys.aurora.frames import develop
from skyloom.surveys.aurora.settings import ReaderSettings
from skyloom.surveys.aurora.stretch import horizon_mask, relief, stretch
from skyloom.surveys.contract import UnreadableImageError


def plain(frame, mask):
    x = frame.astype(np.float64)
    x = x - np.percentile(x[mask], 1)
    x = x / np.percentile(x[mask], 99)
    x = np.clip(x, 0, 1)
    x[~mask] = 0
    return np.round(x * 65535)


FRAMES = {
    "sky": sky(1, 256),
    "uniform noise": np.random.default_rng(0).integers(0, 65536, (256, 256)).astype(np.uint16),
    "sorted, so that a sample of it is as bad as can be": np.arange(65536, dtype=np.uint16).reshape(
        256, 256
    ),
    "mostly saturated": np.where(sky(2, 256) > 4000, 65535, sky(2, 256)).astype(np.uint16),
    "two values": np.random.default_rng(1).choice([7, 9], (256, 256)).astype(np.uint16),
    "thumbnail": sky(3, 32),
    "odd size": sky(4, 45),
}


@pytest.mark.parametrize("name", FRAMES)
def test_stretch_equals_the_plain_loop_to_the_last_bit(name):
    frame = FRAMES[name]
    mask = horizon_mask(*frame.shape, 0.85)
    picture, found = stretch(frame, mask)
    assert [found.low, found.high] == np.percentile(frame[mask].astype(float), [1, 99]).tolist()
    assert np.array_equal(picture, plain(frame, mask))


def test_a_sample_that_misjudges_the_tails_changes_nothing():
    # Every 32nd pixel inside the horizon, the only ones looked at first, is dark.
    mask = np.ones((128, 128), dtype=bool)
    frame = sky(5, 128)
    frame.reshape(-1)[::32] = 0
    assert np.array_equal(stretch(frame, mask)[0], plain(frame, mask))


@pytest.mark.parametrize("value", [0, 1, 3000, 65535])
def test_constant_frames_become_zeros_and_never_nan(value):
    frame = np.full((64, 64), value, dtype=np.uint16)
    picture, _ = stretch(frame, horizon_mask(64, 64, 0.85))
    assert not picture.any()
    with pytest.raises(UnreadableImageError, match="constant frame: counts"):
        develop(frame, ReaderSettings())


def test_nearly_constant_frame_keeps_its_bright_pixels():
    frame = np.full((64, 64), 500, dtype=np.uint16)
    frame[32, 32] = 900
    picture, _ = stretch(frame, horizon_mask(64, 64, 0.85))
    assert picture[32, 32] == 65535
    assert picture.sum() == 65535


def test_horizon_is_a_circle_of_its_share_of_the_shorter_side():
    mask = horizon_mask(256, 256, 0.85)
    assert mask.sum() == pytest.approx(np.pi * 108.8**2, rel=2e-3)
    assert np.array_equal(mask, mask[::-1, ::-1])
    assert mask[127, 127 - 108]
    assert not mask[127, 127 - 109]


def test_relief_of_white_noise_is_one_and_of_a_sky_far_above():
    mask = horizon_mask(256, 256, 0.85)
    noise = np.random.default_rng(0).normal(3000, 40, (256, 256)).round().astype(np.uint16)
    _, found = stretch(noise, mask)
    assert relief(noise, mask, found.high - found.low) == pytest.approx(1, abs=0.05)
    lit = sky(1, 256)
    _, found = stretch(lit, mask)
    assert relief(lit, mask, found.high - found.low) > 10


def test_dark_and_saturated_frames_are_rejected_with_their_numbers():
    noise = np.random.default_rng(0).normal(3000, 40, (256, 256)).round().astype(np.uint16)
    with pytest.raises(UnreadableImageError, match=r"dark frame: counts 2906 .* are \S+ times the"):
        develop(noise, ReaderSettings())
    assert develop(noise, ReaderSettings(least_relief=0))[0].shape == (1, 256, 256)
    bright = sky(1, 256)
    bright[:, :200] = 65535
    with pytest.raises(UnreadableImageError, match=r"saturated frame: 0\.[78]\d of the sky"):
        develop(bright, ReaderSettings())


def test_covariates_tell_saturation_and_levels():
    frame = sky(1, 256)
    frame[100:110, 100:110] = 65535
    _, covariates = develop(frame, ReaderSettings())
    assert covariates["saturated"] == pytest.approx(100 / horizon_mask(256, 256, 0.85).sum())
    assert covariates["count_p1"] < covariates["count_p99"] < 65535


def test_frames_that_are_not_square_lose_their_ends():
    wide = np.pad(sky(1, 64), ((0, 0), (10, 10)))
    picture, _ = develop(wide, ReaderSettings())
    assert np.array_equal(picture, develop(sky(1, 64), ReaderSettings())[0])
