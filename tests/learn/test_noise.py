import numpy as np
import pytest
import torch

from skyloom.learn.draws import image_keys
from skyloom.learn.noise import BANK, add_noise, band_noise, noise_bank
from skyloom.learn.view_draws import draw
from skyloom.settings.views import ViewSettings

KEYS = image_keys([f"i{n}" for n in range(60)])
CPU = torch.device("cpu")
OWN = torch.tensor([0.5, 2.0])


def noisy(factors, rows=slice(None), view=0, seed=0, own=OWN):
    zeros = torch.zeros(len(KEYS[rows]), 2, 32, 32)
    drawn = draw(KEYS[rows], 2, CPU, seed=0, epoch=0, view=view)
    return add_noise(zeros, drawn, ViewSettings(noise=factors), own, seed)


def test_own_noise_against_the_definition():
    pixels = np.random.default_rng(0).normal(3, [[[[1.0]], [[7.0]]]], (4, 2, 9, 8))
    found = band_noise(pixels.astype(np.float32))
    for band in range(2):
        differences = np.abs(np.diff(pixels[:, band], axis=2))
        expected = 1.4826 * np.median(differences) / np.sqrt(2)
        assert float(found[band]) == pytest.approx(expected, rel=1e-5)


def test_own_noise_is_measured_under_a_sky_that_varies():
    rng = np.random.default_rng(0)
    slope = np.linspace(0, 20, 64)[None, None, :, None] + np.linspace(0, 3, 64)
    flux = (slope + rng.normal(0, 1, (20, 2, 64, 64)) * [[[[0.5]], [[2.0]]]]).astype(np.float32)
    flux[:, :, 20:24, 20:24] += 500  # sources do not matter
    assert band_noise(flux).tolist() == pytest.approx([0.5, 2.0], rel=0.03)


def test_own_noise_of_integers_is_in_their_units_and_skips_the_mask():
    rng = np.random.default_rng(0)
    values = rng.normal(30000, 600, (10, 1, 32, 32)).astype(np.uint16)
    plain = band_noise(values)
    assert float(plain) == pytest.approx(600 / 65535, rel=0.05)
    wide = np.pad(values, ((0, 0), (0, 0), (20, 20), (20, 20)))
    assert float(band_noise(wide)) == pytest.approx(float(plain), rel=0.1)
    assert float(band_noise(np.zeros((2, 1, 8, 8), dtype=np.uint8))) == 0


@pytest.mark.parametrize("factor", [1.5, 3.0])
def test_what_is_missing_is_added(factor):
    found = noisy((factor, factor))
    assert (found / OWN[:, None, None]).mean().abs() < 0.03
    expected = (OWN * (factor**2 - 1) ** 0.5).tolist()
    assert found.std(dim=(0, 2, 3)).tolist() == pytest.approx(expected, rel=0.03)
    values = found[:, 0].flatten() / expected[0]
    assert float((values.abs() < 1).float().mean()) == pytest.approx(0.683, abs=0.01)


def test_images_bands_views_and_seeds_have_noise_of_their_own():
    both = torch.cat([noisy((2.0, 2.0)), noisy((2.0, 2.0), view=1)])
    runs = (both / OWN[:, None, None]).flatten(0, 1).flatten(1)  # (240, 32 * 32)
    correlation = torch.corrcoef(runs) - torch.eye(len(runs))
    assert correlation.abs().max() < 0.2
    assert not torch.equal(noisy((2.0, 2.0)), noisy((2.0, 2.0), seed=1))


def test_noise_is_the_same_in_any_batch():
    whole = noisy((1.0, 2.0))
    assert torch.equal(whole[41:42], noisy((1.0, 2.0), slice(41, 42)))
    assert torch.equal(whole.flip(0), noisy((1.0, 2.0), slice(None, None, -1)))


def test_a_range_is_drawn_per_image():
    found = noisy((1.0, 3.0), own=torch.ones(2))
    factors = (found.std(dim=(1, 2, 3)) ** 2 + 1).sqrt()
    assert factors.min() < 1.3
    assert factors.max() > 2.7


def test_a_band_is_a_window_of_the_bank():
    bank = noise_bank(0, 32 * 32, CPU)
    assert len(bank) == BANK
    assert bank.std().item() == pytest.approx(1, abs=0.01)
    assert noise_bank(0, 32 * 32, CPU) is bank
    drawn = draw(KEYS, 2, CPU, seed=0, epoch=0, view=0)
    found = noisy((2.0, 2.0), own=torch.ones(2)) / 3**0.5
    for image, band in ((0, 0), (0, 1), (59, 1)):
        first = int(float(drawn.noise_place[image, band]) * (BANK - 32 * 32 + 1))
        window = bank[first : first + 32 * 32].view(32, 32)
        assert torch.allclose(found[image, band], window, atol=1e-5)


def test_large_planes_have_a_larger_bank():
    assert len(noise_bank(0, 2048**2, CPU)) == 4 * 2048**2
