import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from skyloom.learn.augment import random_view
from skyloom.learn.draws import image_keys
from skyloom.learn.geometry import crop_maps, inside_disc, resample, sampling_grid
from skyloom.learn.view_draws import draw
from skyloom.settings.views import ViewSettings

STILL = ViewSettings(
    crop_area=(1, 1), crop_aspect=(1, 1), horizontal_flip=0, jitter=0, grey=0, blur=0
)
KEYS = image_keys([f"i{n}" for n in range(200)])
DRAWS = draw(KEYS, 3, torch.device("cpu"), seed=0, epoch=0, view=0)


def changed(**how):
    return STILL.model_copy(update=how)


def test_crops_have_the_area_and_aspect_asked_for_and_stay_inside():
    settings = changed(crop_area=(0.2, 0.6), crop_aspect=(0.5, 2.0))
    maps = crop_maps(DRAWS, settings)
    width, height = maps[:, 0, 0].abs(), maps[:, 1, 1].abs()
    inside = (width < 1) & (height < 1)  # a long crop is cut at the border
    assert inside.sum() > 100
    area = 0.2 + 0.4 * DRAWS.area
    assert torch.allclose((width * height)[inside], area[inside], atol=1e-5)
    aspect = torch.exp(math.log(0.5) + DRAWS.aspect * math.log(4))
    assert torch.allclose((width / height)[inside], aspect[inside], atol=1e-4)
    assert (maps[:, 0, 2].abs() + width <= 1 + 1e-6).all()
    assert (maps[:, 1, 2].abs() + height <= 1 + 1e-6).all()


def test_a_shift_is_a_share_of_the_side():
    settings = changed(crop_area=((64 / 107) ** 2,) * 2, centre_shift=7 / 107)
    centres = crop_maps(DRAWS, settings)[:, :, 2] / 2 * 107  # pixels from the image's centre
    assert centres.abs().max() <= 7
    assert centres.abs().max() > 6.5
    assert centres.mean().abs() < 1


def test_a_window_of_64_of_107_has_the_pixels_of_the_image():
    settings = changed(crop_area=((64 / 107) ** 2,) * 2, centre_shift=0.0)
    images = torch.rand(2, 5, 107, 107)
    views = random_view(images, KEYS[:2], settings, 64, seed=0, epoch=0, view=0)
    corners = [images[:, :, y : y + 64, x : x + 64] for y in (21, 22) for x in (21, 22)]
    expected = sum(corners) / 4  # 43 pixels are left over: the centre lies between two
    assert torch.allclose(views, expected, atol=1e-4)


def test_each_pixel_is_the_bilinear_mean_of_its_neighbours():
    settings = changed(rotation=180.0, crop_area=(0.3, 0.9), vertical_flip=0.5)
    image = np.random.default_rng(0).normal(size=(9, 9))
    maps = crop_maps(DRAWS.rows(0, 20), settings).numpy()
    images = torch.from_numpy(image).float().expand(20, 1, 9, 9)
    views = resample(images, sampling_grid(torch.from_numpy(maps), 5), "zeros")
    padded = np.pad(image, 3)
    for number, row, column in np.ndindex(20, 5, 5):
        place = np.array([(2 * column + 1) / 5 - 1, (2 * row + 1) / 5 - 1, 1])
        x, y = ((maps[number] @ place + 1) * 9 - 1) / 2 + 3
        x0, y0 = math.floor(x), math.floor(y)
        x0, y0 = min(max(x0, 0), 13), min(max(y0, 0), 13)
        right, down = x - x0, y - y0
        top = (1 - right) * padded[y0, x0] + right * padded[y0, x0 + 1]
        bottom = (1 - right) * padded[y0 + 1, x0] + right * padded[y0 + 1, x0 + 1]
        expected = (1 - down) * top + down * bottom
        assert float(views[number, 0, row, column]) == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize(("number", "quarters"), [(0.0, 2), (0.25, 1), (0.75, -1)])
def test_rotation_by_right_angles_is_exact(number, quarters):
    drawn = replace(DRAWS.rows(0, 1), angle=torch.tensor([number]))
    image = torch.rand(1, 3, 16, 16)
    grid = sampling_grid(crop_maps(drawn, changed(rotation=180.0)), 16)
    turned = resample(image, grid, "zeros")
    assert torch.allclose(turned, image.rot90(-quarters, (2, 3)), atol=1e-4)


@pytest.mark.parametrize("size", [1, 7, 32])
def test_the_grid_is_that_of_torch(size):
    maps = crop_maps(DRAWS, changed(rotation=180.0, crop_area=(0.2, 0.9)))
    theirs = torch.nn.functional.affine_grid(maps, [200, 1, size, size], align_corners=False)
    assert torch.allclose(sampling_grid(maps, size), theirs, atol=1e-6)


def test_the_disc_turns_and_crops_with_the_image():
    settings = changed(rotation=180.0, crop_area=(0.3, 0.9), mask="disc", padding="zeros")
    views = random_view(torch.ones(200, 1, 40, 40), KEYS, settings, 20, seed=0, epoch=0, view=0)
    grid = sampling_grid(crop_maps(DRAWS, settings), 20)
    inside = inside_disc(grid).bool()
    assert torch.equal(inside, grid[..., 0] ** 2 + grid[..., 1] ** 2 <= 1)
    assert (views[:, 0][~inside] == 0).all()
    assert (views[:, 0][inside] > 0.99).float().mean() > 0.98  # its rim touches the border
    assert (~inside).any(dim=(1, 2)).sum() > 20, "some crops meet the border of the sky"


def test_zeros_lie_outside_and_not_mirrored_sky():
    settings = changed(rotation=180.0, padding="zeros")
    views = random_view(torch.ones(200, 1, 16, 16), KEYS, settings, 16, seed=0, epoch=0, view=0)
    assert (views.amin(dim=(1, 2, 3)) < 0.5).float().mean() > 0.8
