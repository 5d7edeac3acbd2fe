import math

import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter

from skyloom.learn.augment import affine, blur, random_view, recolour
from skyloom.learn.draws import image_keys, uniforms
from skyloom.settings.encoder import ViewSettings

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


def test_images_of_one_batch_are_drawn_one_by_one():
    same = pictures(1).repeat(70, 1, 1, 1)
    views = view(same, KEYS, ViewSettings())
    assert len(torch.unique(views.flatten(1), dim=0)) == 70


def test_crops_have_the_area_and_aspect_asked_for_and_stay_inside():
    settings = ViewSettings(crop_area=(0.2, 0.6), crop_aspect=(0.5, 2.0))
    u = torch.from_numpy(uniforms(KEYS, 7, seed=0, epoch=0, view=0))
    theta = affine(u, settings)
    width, height = theta[:, 0, 0].abs(), theta[:, 1, 1].abs()
    area = width * height
    inside = (width < 1) & (height < 1)  # a long crop is cut at the border
    assert torch.allclose(area[inside], 0.2 + 0.4 * u[inside, 0], atol=1e-5)
    aspect = torch.exp(math.log(0.5) + u[inside, 1] * math.log(4))
    assert torch.allclose(width[inside] / height[inside], aspect, atol=1e-4)
    assert (theta[:, 0, 2].abs() + width <= 1 + 1e-6).all()
    assert (theta[:, 1, 2].abs() + height <= 1 + 1e-6).all()


def test_rotation_by_a_right_angle_is_exact():
    u = torch.tensor([[0.5, 0.5, 0.5, 0.5, 0.9, 0.9, 1.0]])
    settings = STILL.model_copy(update={"rotation": 90.0})
    image = pictures(1).float()
    grid = torch.nn.functional.affine_grid(affine(u, settings), [1, 1, 16, 16], align_corners=False)
    turned = torch.nn.functional.grid_sample(image, grid, align_corners=False)
    assert torch.allclose(turned, image.rot90(1, (2, 3)), atol=1e-2) or torch.allclose(
        turned, image.rot90(-1, (2, 3)), atol=1e-2
    )


def test_brightness_and_contrast_against_the_definition():
    settings = ViewSettings(jitter=1, saturation=0, hue=0, grey=0, brightness=0.4, contrast=0.4)
    images = torch.rand(5, 4, 8, 8)
    u = torch.rand(5, 6)
    for image, draw, found in zip(images, u, recolour(images, u, settings), strict=True):
        gain, contrast = 0.6 + 0.8 * draw[1], 0.6 + 0.8 * draw[2]
        expected = gain * (image.mean() + contrast * (image - image.mean()))
        assert torch.allclose(found, expected, atol=1e-5)


def test_hue_and_saturation_keep_luma_and_grey_has_no_colour():
    settings = ViewSettings(jitter=1, brightness=0, contrast=0, saturation=0.4, hue=0.5, grey=0)
    images, u = torch.rand(6, 3, 8, 8), torch.rand(6, 6)
    luma = torch.tensor([0.299, 0.587, 0.114])[None, :, None, None]
    coloured = recolour(images, u, settings)
    assert torch.allclose((coloured * luma).sum(1), (images * luma).sum(1), atol=1e-4)
    assert not torch.allclose(coloured, images, atol=0.05)
    grey = recolour(images, u, settings.model_copy(update={"grey": 1.0}))
    assert torch.allclose(grey[:, 0], grey[:, 1], atol=2e-3)
    assert torch.allclose(grey[:, 0], (images * luma).sum(1), atol=2e-3)


def test_blur_is_a_gaussian():
    settings = ViewSettings(blur=1, blur_sigma=(1.5, 1.5))
    images = torch.rand(3, 2, 20, 20)
    blurred = blur(images, torch.rand(3, 2), settings).numpy()
    expected = gaussian_filter(images.numpy(), (0, 0, 1.5, 1.5), mode="nearest", radius=3)
    assert np.allclose(blurred, expected, atol=1e-4)
    assert torch.equal(
        blur(images, torch.ones(3, 2), settings.model_copy(update={"blur": 0})), images
    )
