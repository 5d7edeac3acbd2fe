import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter

from skyloom.learn import augment
from skyloom.learn.augment import ViewError, random_view
from skyloom.learn.draws import image_keys
from skyloom.settings.views import ViewSettings

STILL = ViewSettings(
    crop_area=(1, 1), crop_aspect=(1, 1), horizontal_flip=0, jitter=0, grey=0, blur=0
)
KEYS = image_keys([f"i{n}" for n in range(70)])


def pictures(count=70, bands=3, size=16, seed=0):
    rng = np.random.default_rng(seed)
    smooth = gaussian_filter(rng.uniform(0, 255, (count, bands, size, size)), (0, 0, 1, 1))
    return torch.from_numpy(smooth.astype(np.uint8))


def view(images, keys, settings, size=16, **which):
    return random_view(images, keys, settings, size, **{"seed": 0, "epoch": 0, "view": 0, **which})


def test_nothing_switched_on_is_the_identity():
    images = pictures()
    assert torch.allclose(view(images, KEYS, STILL), images.float() / 255, atol=1e-5)


def test_flips():
    images = pictures().float() / 255
    raw = pictures()
    mirrored = view(raw, KEYS, STILL.model_copy(update={"horizontal_flip": 1.0}))
    assert torch.allclose(mirrored, images.flip(3), atol=1e-5)
    upside = view(raw, KEYS, STILL.model_copy(update={"vertical_flip": 1.0}))
    assert torch.allclose(upside, images.flip(2), atol=1e-5)


@pytest.mark.parametrize("bands", [1, 3, 5])
def test_a_view_does_not_depend_on_its_batch(bands):
    images, settings = pictures(bands=bands), ViewSettings(rotation=90)
    whole = view(images, KEYS, settings, size=12)
    rows = [65, 3, 31]
    alone = view(images[rows], KEYS[rows], settings, size=12)
    assert torch.allclose(alone, whole[rows], atol=1e-6)  # sums over pixels round by batch size
    assert not torch.equal(view(images, KEYS, settings, size=12, view=1), whole)
    assert not torch.equal(view(images, KEYS, settings, size=12, epoch=1), whole)


FULL = ViewSettings(
    rotation=180,
    padding="zeros",
    mask="disc",
    temporal_crop=(0.5, 1.0),
    polarity=0.5,
    reddening=(0.0, 0.5),
    extinction=(4.0, 3.0, 2.0, 1.0),
    psf=((0.15, 0.0, 1.5),) * 4,
    noise=(1.0, 3.0),
)


def test_with_everything_on_a_view_is_that_of_its_image_in_any_order():
    images, noise = pictures(bands=4), torch.tensor([0.01, 0.02, 0.03, 0.04])
    whole = view(images, KEYS, FULL, noise=noise)
    order = np.random.default_rng(0).permutation(70)
    assert torch.allclose(view(images[order], KEYS[order], FULL, noise=noise), whole[order])
    parts = [view(images[i : i + 1], KEYS[i : i + 1], FULL, noise=noise) for i in range(70)]
    assert torch.allclose(torch.cat(parts), whole, atol=1e-6)
    assert whole.isfinite().all()


@pytest.mark.parametrize("kind", [torch.uint8, torch.float32])
def test_a_batch_larger_than_the_cache_has_the_same_views(kind, monkeypatch):
    images, noise = pictures(bands=4).to(kind), torch.tensor([0.01, 0.02, 0.03, 0.04])
    whole = view(images, KEYS, FULL, noise=noise)
    monkeypatch.setattr(augment, "CHUNK", 9 * 4 * 16 * 16)  # 9 of 70 images at a time
    monkeypatch.setattr(augment, "LOADED", 2 * 4 * 16 * 16)
    assert torch.allclose(view(images, KEYS, FULL, noise=noise), whole, rtol=1e-5, atol=1e-6)


def test_images_are_left_as_they_were():
    images = torch.rand(70, 4, 16, 16)
    before = images.clone()
    view(images, KEYS, FULL, noise=torch.ones(4))
    assert torch.equal(images, before)


def test_the_mask_comes_last():
    settings = STILL.model_copy(update={"mask": "disc", "noise": (2.0, 2.0), "rotation": 180.0})
    views = view(torch.zeros(70, 1, 16, 16), KEYS, settings, noise=torch.ones(1))
    assert (views[:, :, 0, 0] == 0).all()
    assert (views[:, :, 8, 8] != 0).all()


def test_no_image_has_no_view():
    assert view(torch.zeros(0, 2, 16, 16), KEYS[:0], STILL).shape == (0, 2, 16, 16)


def test_images_of_one_batch_are_drawn_one_by_one():
    same = pictures(1).repeat(70, 1, 1, 1)
    views = view(same, KEYS, ViewSettings())
    assert len(torch.unique(views.flatten(1), dim=0)) == 70


def test_flux_and_gauss_are_never_clipped():
    images = torch.from_numpy(np.random.default_rng(0).normal(0, 900, (70, 2, 16, 16)))
    views = view(images.float(), KEYS, ViewSettings(jitter=1, brightness=0.9, blur=0))
    assert views.max() > 2000
    assert views.min() < -2000


@pytest.mark.parametrize("kind", ["uint8", "uint16", "float16", "float32"])
def test_every_stored_type_is_seen_in_its_units(kind):
    values = np.random.default_rng(1).uniform(0, 200, (70, 2, 16, 16)).astype(kind)
    expected = values.astype(np.float32)
    if values.dtype.kind == "u":
        expected /= np.iinfo(kind).max
    assert np.allclose(view(torch.from_numpy(values), KEYS, STILL), expected, atol=2e-4)


def test_a_new_draw_leaves_the_others_as_they_are():
    """Settings that need more numbers do not change what the others draw."""
    images = pictures(bands=2)
    plain = STILL.model_copy(update={"crop_area": (0.3, 0.8)})
    signed = plain.model_copy(update={"polarity": 1.0})
    assert torch.equal(view(images, KEYS, signed), -view(images, KEYS, plain))


def test_what_does_not_fit_is_refused():
    images = pictures(bands=2)
    for name, given in (("extinction", (1.0, 2.0, 3.0)), ("psf", ((0.1, 0.0, 1.0),))):
        with pytest.raises(ViewError, match=rf"views.{name} has {len(given)} entries.*2 band"):
            view(images, KEYS, STILL.model_copy(update={name: given}))
    noisy = STILL.model_copy(update={"noise": (1.0, 2.0)})
    with pytest.raises(ViewError, match=r"views.noise.*band_noise"):
        view(images, KEYS, noisy)
    with pytest.raises(ViewError, match=r"noise has 3 number.*2 band"):
        view(images, KEYS, noisy, noise=torch.ones(3))
