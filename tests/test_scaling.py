import numpy as np
import pytest
import torch
from PIL import Image

from skyloom.scaling import as_pixels, resize


@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.float16, np.float32])
@pytest.mark.parametrize("bands", [1, 3])
def test_resize_averages_as_torch_does(kind, bands):
    rng = np.random.default_rng(5)
    fine = np.kron(rng.integers(0, 2, (bands, 32, 32)), np.ones((1, 3, 3))) * 255
    theirs = torch.nn.functional.interpolate(
        torch.from_numpy(fine)[None], size=(24, 24), mode="bilinear", antialias=True
    )[0]
    ours = resize(fine.astype(kind), 24)
    assert ours.dtype == kind
    assert np.abs(ours.astype(float) - theirs.numpy()).max() <= (1 if kind != np.float32 else 1e-3)


def test_resize_keeps_images_of_the_right_size():
    image = np.zeros((3, 5, 5), dtype=np.uint8)
    assert resize(image, 5) is image


def test_a_picture_scales_as_its_pixels_do():
    pixels = np.random.default_rng(0).integers(0, 256, (20, 30, 3), dtype=np.uint8)
    picture = Image.fromarray(pixels)
    assert (as_pixels(picture) == pixels.transpose(2, 0, 1)).all()
    assert (resize(picture, 8) == resize(as_pixels(picture), 8)).all()
