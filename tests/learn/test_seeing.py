from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter
from scipy.stats import lognorm

from skyloom.learn.draws import image_keys
from skyloom.learn.seeing import blur, blur_variance, gaussian, lognormal, reach, separable
from skyloom.learn.view_draws import draw
from skyloom.settings.views import ViewSettings

COUNT = 4000
KEYS = image_keys([f"i{n}" for n in range(COUNT)])
DRAWS = draw(KEYS, 2, torch.device("cpu"), seed=0, epoch=0, view=0)
PSF = ((0.2, 1.0, 1.3), (0.3, 1.2, 0.9))


def test_each_plane_is_convolved_with_its_own_gaussian():
    planes, sigma = torch.rand(6, 20, 20), torch.tensor([1.5, 0.7, 0.4, 2.0, 1.0, 1.0])
    found = separable(planes, gaussian(sigma, 6)).numpy()
    for plane, width, blurred in zip(planes.numpy(), sigma.tolist(), found, strict=True):
        expected = gaussian_filter(plane, width, mode="nearest", radius=6)
        assert np.allclose(blurred, expected, atol=1e-5)


def test_views_are_blurred_by_what_was_drawn():
    settings = ViewSettings(blur=0.5, blur_sigma=(0.5, 2.0))
    images = torch.rand(50, 2, 20, 20)
    draws = DRAWS.rows(0, 50)
    found = blur(images.clone(), draws, settings)
    for place in range(50):
        expected = images[place].numpy()
        if draws.blur[place] < 0.5:
            width = 0.5 + 1.5 * float(draws.blur_sigma[place])
            expected = gaussian_filter(expected, (0, width, width), mode="nearest", radius=4)
        assert np.allclose(found[place].numpy(), expected, atol=1e-5)


def test_seeing_alone_blurs_each_band_by_its_excess():
    settings = ViewSettings(blur=0, psf=PSF)
    images = torch.rand(30, 2, 16, 16)
    draws = DRAWS.rows(0, 30)
    found = blur(images.clone(), draws, settings)
    assert reach(settings) >= 8
    for place, band in np.ndindex(30, 2):
        true, final = (
            lognorm.ppf(float(u[place, band]), PSF[band][0], *PSF[band][1:])
            for u in (draws.true_seeing, draws.final_seeing)
        )
        width = max(0.0, final**2 - true**2) ** 0.5
        expected = images[place, band].numpy()
        if width > 0:
            expected = gaussian_filter(expected, width, mode="nearest", radius=reach(settings))
        assert np.allclose(found[place, band].numpy(), expected, atol=1e-4)


def test_nothing_chosen_nothing_changed():
    images = torch.rand(50, 2, 8, 8)
    draws = DRAWS.rows(0, 50)
    assert blur(images, draws, ViewSettings(blur=0)) is images
    never = replace(draws, blur=torch.ones(50))
    assert torch.equal(blur(images.clone(), never, ViewSettings()), images)
    some = blur(images.clone(), draws, ViewSettings(blur=0.5))
    same = [torch.equal(a, b) for a, b in zip(images, some, strict=True)]
    assert 0.25 < np.mean(same) < 0.75


def test_quantiles_of_the_lognormal():
    shares = torch.tensor([[0.001, 0.25], [0.5, 0.5], [0.9, 0.999]])
    found = lognormal(shares, PSF).numpy()
    for band, (shape, location, scale) in enumerate(PSF):
        expected = lognorm.ppf(shares[:, band].numpy(), shape, location, scale)
        assert np.allclose(found[:, band], expected, rtol=1e-4)


def test_the_smallest_and_the_largest_number_give_a_width():
    ends = torch.tensor([[0.0, 1 - 2.0**-24]])
    found = lognormal(ends, (PSF[0], PSF[0]))
    assert 1.0 < found[0, 0] < found[0, 1]
    assert 2 * found[0, 1] <= reach(ViewSettings(blur=0, psf=PSF[:1]))


def test_the_excess_is_what_the_worse_seeing_lacks():
    """Its distribution is that of two draws of the lognormal."""
    found = blur_variance(DRAWS, ViewSettings(blur=0, psf=PSF)).sqrt().numpy()
    rng = np.random.default_rng(0)
    for band, (shape, location, scale) in enumerate(PSF):
        first, second = lognorm.rvs(shape, location, scale, size=(2, 200_000), random_state=rng)
        expected = np.sqrt(np.maximum(0, second**2 - first**2))
        assert np.mean(found[:, band] == 0) == pytest.approx(0.5, abs=0.03)
        for share in (0.6, 0.75, 0.9):
            theirs = np.quantile(expected, share)
            assert np.quantile(found[:, band], share) == pytest.approx(theirs, rel=0.08, abs=0.05)
    assert np.corrcoef(found.T)[0, 1] < 0.05, "bands are drawn one by one"


def test_variances_of_both_blurs_add():
    both = ViewSettings(blur=1, blur_sigma=(2.0, 2.0), psf=PSF)
    excess = blur_variance(DRAWS, both.model_copy(update={"blur": 0.0}))
    assert torch.allclose(blur_variance(DRAWS, both), 4 + excess)
