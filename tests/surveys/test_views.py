"""The views of each survey, on images of the kind that its reader stores."""

import numpy as np
import pytest
import torch

from skyloom.learn.augment import ViewError, random_view
from skyloom.learn.draws import image_keys
from skyloom.learn.seeing import blur_variance
from skyloom.learn.view_draws import draw
from skyloom.surveys.registry import survey_part

KEYS = image_keys([f"i{n}" for n in range(400)])


def views_of(survey):
    return survey_part(survey, "views").VIEWS


def made(survey, images, size, **which):
    noise = torch.full((images.shape[1],), which.pop("noise", 0.0))
    keys = KEYS[: len(images)]
    return random_view(images, keys, views_of(survey), size, seed=0, epoch=0, view=0, noise=noise)


def test_aurora_has_no_light_outside_the_sky():
    views = made("aurora", torch.full((400, 1, 48, 48), 60000, dtype=torch.uint16), 32, noise=0.02)
    whole = views_of("aurora").model_copy(update={"crop_area": (1, 1), "crop_aspect": (1, 1)})
    sky = random_view(
        torch.ones(4, 1, 48, 48), KEYS[:4], whole, 32, seed=0, epoch=0, view=0, noise=torch.ones(1)
    )
    assert (sky[:, :, 0, 0] == 0).all()
    assert views.min() > -0.2
    assert (views > 0.3).float().mean() > 0.6


def test_sun_keeps_0_gauss_where_it_is_and_never_flips_east_and_west():
    ramp = torch.linspace(-0.4, 0.4, 30)  # the field rises from east to west
    gauss = ramp.expand(400, 1, 30, 30)
    found = made("sun", gauss + 0.5, 20) - 0.5
    slope = found[:, 0, 10, 15] - found[:, 0, 10, 5]
    reversed_ = draw(KEYS, 1, torch.device("cpu"), seed=0, epoch=0, view=0).polarity < 0.5
    assert torch.equal(slope < 0, reversed_)
    assert 0.4 < reversed_.float().mean() < 0.6
    assert float(found.mean()) == pytest.approx(0, abs=0.01)


def test_sun_spans_at_least_half_of_a_video_and_time_runs_forward():
    video = torch.linspace(0, 1, 21)[None, :, None, None].expand(400, 21, 12, 12)
    views = views_of("sun").model_copy(update={"polarity": 0.0})
    noise = torch.zeros(21)
    found = random_view(video, KEYS, views, 12, seed=0, epoch=0, view=0, noise=noise)
    span = found[:, -1, 6, 6] - found[:, 0, 6, 6]
    assert span.min() >= 0.5 - 1e-4
    assert span.max() > 0.95


def test_galaxies_stay_in_the_view_and_flux_keeps_its_sign():
    images = torch.full((400, 5, 107, 107), -1.0)
    images[:, :, 53, 53] = 1000.0
    found = made("galaxies", images, 64)
    assert (found.amax(dim=(2, 3)) > 2).all()
    assert found.min() < -0.2
    place = found[:, 2].flatten(1).argmax(dim=1)
    row, column = place // 64 - 31.5, place % 64 - 31.5
    assert torch.maximum(row.abs(), column.abs()).max() <= 7 * 2**0.5 + 1


def test_galaxies_dim_blue_light_most():
    ones = torch.ones(400, 5, 107, 107)
    dimmed = -2.5 * torch.log10(made("galaxies", ones, 64).mean(dim=(2, 3)))
    ebv = dimmed / torch.tensor([4.239, 3.303, 2.285, 1.698, 1.263])
    assert torch.allclose(ebv, ebv[:, :1].expand(-1, 5), atol=1e-4)
    assert ebv.min() >= -1e-4
    assert 0.48 < ebv.max() <= 0.5001


def test_galaxies_have_the_seeing_of_the_survey():
    views = views_of("galaxies")
    medians = np.array([scale for _, _, scale in views.psf]) * 2.3548 * 0.396
    assert np.allclose(medians, [1.53, 1.44, 1.32, 1.26, 1.29], atol=1e-3)
    drawn = draw(KEYS, 5, torch.device("cpu"), seed=0, epoch=0, view=0)
    added = blur_variance(drawn, views).sqrt()
    assert 0.4 < (added > 0).float().mean() < 0.6


def test_galaxies_in_other_bands_need_views_of_their_own():
    with pytest.raises(ViewError, match=r"5 entries.*3 band.*pretrain.views"):
        made("galaxies", torch.ones(2, 3, 107, 107), 64)


def test_mars_is_not_turned():
    views = views_of("mars")
    assert (views.rotation, views.vertical_flip, views.noise) == (0, 0, (1, 1))
