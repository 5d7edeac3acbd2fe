from dataclasses import replace

import numpy as np
import pytest
import torch

from skyloom.learn.draws import image_keys
from skyloom.learn.photometry import recolour
from skyloom.learn.view_draws import draw
from skyloom.settings.views import ViewSettings
from skyloom.surveys.galaxies.dust import R, deredden

COUNT = 300
KEYS = image_keys([f"i{n}" for n in range(COUNT)])
DRAWS = draw(KEYS, 5, torch.device("cpu"), seed=0, epoch=0, view=0)
PLAIN = ViewSettings(jitter=0, grey=0)


def recoloured(images, settings, inside=None, draws=DRAWS):
    return recolour(images.clone(), draws, settings, inside)


def test_brightness_and_contrast_against_the_definition():
    settings = ViewSettings(jitter=1, grey=0)
    images = torch.rand(COUNT, 4, 8, 8)
    found = recoloured(images, settings)
    for place, image in enumerate(images):
        gain, contrast = (0.6 + 0.8 * u[place] for u in (DRAWS.gain, DRAWS.contrast))
        expected = gain * (image.mean() + contrast * (image - image.mean()))
        assert torch.allclose(found[place], expected, atol=1e-5)


def test_contrast_is_about_the_mean_inside_the_mask():
    settings = ViewSettings(jitter=1, brightness=0, grey=0)
    inside = torch.zeros(COUNT, 8, 8)
    inside[:, 2:6, 2:6] = 1
    inside[7] = 0  # a crop that the sky's disc does not meet
    images = torch.rand(COUNT, 2, 8, 8)
    found = recoloured(images, settings, inside)
    assert found.isfinite().all()
    for place in (3, 90, 201):
        level = images[place, :, 2:6, 2:6].mean()
        contrast = 0.6 + 0.8 * DRAWS.contrast[place]
        expected = level + contrast * (images[place] - level)
        assert torch.allclose(found[place], expected, atol=1e-5)


def test_a_share_of_the_views_is_jittered():
    images = torch.rand(COUNT, 3, 4, 4)
    found = recoloured(images, ViewSettings(jitter=0.3, grey=0))
    same = [torch.allclose(a, b, atol=1e-5) for a, b in zip(images, found, strict=True)]
    assert 0.62 < np.mean(same) < 0.78


def test_hue_and_saturation_keep_luma_and_grey_has_no_colour():
    settings = ViewSettings(jitter=1, brightness=0, contrast=0, saturation=0.4, hue=0.5, grey=0)
    images = torch.rand(COUNT, 3, 8, 8)
    luma = torch.tensor([0.299, 0.587, 0.114])[None, :, None, None]
    coloured = recoloured(images, settings)
    assert torch.allclose((coloured * luma).sum(1), (images * luma).sum(1), atol=1e-4)
    assert not torch.allclose(coloured, images, atol=0.05)
    grey = recoloured(images, settings.model_copy(update={"grey": 1.0}))
    assert torch.allclose(grey[:, 0], grey[:, 1], atol=2e-3)
    assert torch.allclose(grey[:, 0], (images * luma).sum(1), atol=2e-3)


def test_saturation_scales_what_differs_from_luma():
    settings = ViewSettings(jitter=1, brightness=0, contrast=0, saturation=0.4, hue=0, grey=0)
    images = torch.rand(COUNT, 3, 8, 8)
    luma = (images * torch.tensor([0.299, 0.587, 0.114])[:, None, None]).sum(1, keepdim=True)
    factor = (0.6 + 0.8 * DRAWS.saturation)[:, None, None, None]
    expected = luma + factor * (images - luma)
    assert torch.allclose(recoloured(images, settings), expected, atol=5e-3)


@pytest.mark.parametrize("zero", [0.0, 0.5])
def test_polarity_changes_the_sign_of_half_of_the_views(zero):
    images = torch.randn(COUNT, 2, 4, 4) + zero
    found = recoloured(images, PLAIN.model_copy(update={"polarity": 0.5, "zero": zero}))
    reversed_ = DRAWS.polarity < 0.5
    assert 0.4 < reversed_.float().mean() < 0.6
    assert torch.allclose(found[reversed_], 2 * zero - images[reversed_], atol=1e-6)
    assert torch.equal(found[~reversed_], images[~reversed_])


def test_dust_has_the_published_factors():
    settings = PLAIN.model_copy(update={"reddening": (0.5, 0.5), "extinction": tuple(R)})
    factors = recoloured(torch.ones(COUNT, 5, 1, 1), settings)[0].flatten()
    assert np.allclose(factors, [0.142, 0.218, 0.349, 0.458, 0.559], atol=1e-3)


def test_redden_after_deredden_is_the_identity():
    flux = np.random.default_rng(0).normal(1, 3, (5, 6, 6)).astype(np.float32)
    bare = torch.from_numpy(deredden(flux, 0.3)).repeat(COUNT, 1, 1, 1)
    settings = PLAIN.model_copy(update={"reddening": (0.3, 0.3), "extinction": tuple(R)})
    assert np.allclose(recoloured(bare, settings), flux, rtol=1e-5, atol=1e-6)


def test_dust_is_uniform_over_its_range():
    settings = PLAIN.model_copy(update={"reddening": (0.1, 0.5), "extinction": (2.5,)})
    found = -torch.log10(recoloured(torch.ones(COUNT, 1, 1, 1), settings)).flatten()
    assert 0.1 <= found.min() < 0.12
    assert 0.48 < found.max() <= 0.5
    assert abs(float(found.mean()) - 0.3) < 0.03


@pytest.mark.parametrize("bands", [2, 3])
def test_all_at_once_is_one_after_the_other(bands):
    """Sign, dust, colour, brightness and contrast, in this order, about the level of the last."""
    how = {"reddening": (0.2, 0.4), "extinction": (1.0, 2.0, 3.0)[:bands], "polarity": 0.5}
    settings = ViewSettings(jitter=1, grey=0, zero=0.3, **how)
    images = torch.rand(COUNT, bands, 6, 6)
    sign = torch.where(DRAWS.polarity < 0.5, -1.0, 1.0)[:, None, None, None]
    dust = (0.2 + 0.2 * DRAWS.reddening)[:, None] * torch.tensor(how["extinction"])
    seen = (sign * (images - 0.3) + 0.3) * 10 ** (-0.4 * dust[:, :, None, None])
    colour = {"jitter": 1, "brightness": 0, "contrast": 0, "grey": 0}
    last = recoloured(seen, ViewSettings(**colour))
    level = seen.mean(dim=(1, 2, 3), keepdim=True)
    gain, contrast = ((0.6 + 0.8 * u)[:, None, None, None] for u in (DRAWS.gain, DRAWS.contrast))
    expected = gain * (level + contrast * (last - level))
    assert torch.allclose(recoloured(images, settings), expected, atol=5e-3)


def test_nothing_chosen_nothing_changed():
    images = torch.rand(COUNT, 3, 4, 4)
    assert recolour(images, DRAWS, PLAIN, None) is images
    never = replace(DRAWS, jitter=torch.ones(COUNT), grey=torch.ones(COUNT))
    assert torch.allclose(recoloured(images, ViewSettings(), draws=never), images, atol=1e-5)
