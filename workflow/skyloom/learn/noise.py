"""Noise: how much of it images have, and views with more."""

from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from skyloom.learn.draws import stream
from skyloom.learn.units import in_units
from skyloom.learn.view_draws import Draws, between
from skyloom.scaling import Pixels
from skyloom.settings.views import ViewSettings

BANK = 2**20
"""Normal numbers from which the noise of all views is cut: 4 MB, which fit in a cache."""

_MAD = 1.4826
"""Standard deviation of a normal distribution in units of its median absolute value."""


def band_noise(pixels: Pixels) -> Tensor:
    """Return the noise (C,) of each band of images (N, C, H, W), in the units of `in_units`.

    1.4826 times the median absolute difference of horizontal neighbours, over sqrt(2): a robust
    standard deviation of white noise, to which smooth structure adds little. Pairs of two zeros
    are left out, for there nothing was recorded: around the sky's disc, for example.
    """
    return torch.tensor([_noise_of(pixels[:, band]) for band in range(pixels.shape[1])])


def _noise_of(planes: Pixels) -> float:
    values = in_units(torch.from_numpy(np.ascontiguousarray(planes))).numpy()  # (N, H, W)
    left, right = values[:, :, :-1], values[:, :, 1:]
    recorded = (left != 0) | (right != 0)
    differences = np.abs(left - right)[recorded]
    return _MAD * float(np.median(differences)) / 2**0.5 if differences.size else 0.0


def add_noise(
    views: Tensor, draws: Draws, settings: ViewSettings, noise: Tensor, seed: int
) -> Tensor:
    """Add noise to views (N, C, H, W) in place, up to a random multiple of their own; return them.

    Images with noise sigma have noise s sigma after sigma sqrt(s^2 - 1) is added; s is drawn per
    image. A band's noise is a window of the bank that begins at a random place, far cheaper than
    drawing it anew. Windows of two bands or images may overlap, hardly ever at the same place.

    Args:
        views: float32, contiguous.
        draws: the numbers of these images.
        settings: the range of s.
        noise: (C,) own noise of each band.
        seed: of the bank.
    """
    if settings.noise == (1.0, 1.0):
        return views
    pixels = views.shape[2] * views.shape[3]
    bank = noise_bank(seed, pixels, views.device)
    multiple = between(draws.noise, *settings.noise)  # (N,)
    missing = torch.sqrt((multiple**2 - 1).clamp(min=0))[:, None] * noise  # (N, C)
    places = (draws.noise_place.double() * (len(bank) - pixels + 1)).long()  # (N, C)
    windows = bank.unfold(0, pixels, 1).index_select(0, places.flatten())  # (N * C, H * W)
    views.view_as(windows).addcmul_(windows, missing.view(-1, 1))
    return views


@lru_cache(maxsize=2)
def noise_bank(seed: int, pixels: int, device: torch.device) -> Tensor:
    """Return the normal numbers (B,) of a seed, for planes of so many pixels."""
    generator = np.random.default_rng(stream("noise", seed))
    count = max(BANK, 4 * pixels)
    return torch.from_numpy(generator.standard_normal(count, dtype=np.float32)).to(device)
