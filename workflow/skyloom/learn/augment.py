"""Random views of a batch, drawn per image, with one resampling of the pixels.

Draws come from `skyloom.learn.view_draws`, so a view is a function of (seed, epoch, image_id, view)
alone. In order: crop in time, polarity, reddening, crop with shift, flips and rotation, colour,
blur and seeing, noise, mask. What is linear in the pixels is joined where that gives the same.
"""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from skyloom.errors import SkyloomError
from skyloom.learn.frames import crop_in_time
from skyloom.learn.geometry import crop_maps, inside_disc, resample, sampling_grid
from skyloom.learn.noise import add_noise, band_noise
from skyloom.learn.photometry import recolour
from skyloom.learn.seeing import blur
from skyloom.learn.units import in_units
from skyloom.learn.view_draws import Draws, draw
from skyloom.settings.views import ViewSettings

__all__ = ["ViewError", "band_noise", "random_view"]

CHUNK = 2**20
"""Pixels of views made together on a CPU: few enough for its cache, many enough for few calls."""

LOADED = 2**18
"""Stored pixels resampled together on a CPU. A mirrored view reads its image against the order of
memory, which takes twice as long once the image has left the nearest cache.
"""


class ViewError(SkyloomError):
    """The settings of views do not fit the images."""


def random_view(
    images: Tensor,
    keys: NDArray[np.uint64],
    settings: ViewSettings,
    size: int,
    *,
    seed: int,
    epoch: int,
    view: int,
    noise: Tensor | None = None,
) -> Tensor:
    """Return one random view per image.

    Args:
        images: (N, C, H, W), as stored.
        keys: (N,) from `skyloom.learn.draws.image_keys`.
        settings: ranges and probabilities.
        size: side of the views, in pixels.
        seed, epoch, view: name the draw.
        noise: (C,) own noise of each band from `band_noise`; needed where `settings.noise` adds
            to it.

    Returns:
        (N, C, size, size) float32 in the units of `skyloom.learn.units.in_units`; unclipped.

    Raises:
        ViewError: settings or noise are for another number of bands, or noise is missing.
    """
    bands, device = images.shape[1], images.device
    own_noise = _checked_noise(settings, bands, noise).to(device)  # (C,)
    _check_bands(settings, bands)
    draws = draw(keys, bands, device, seed=seed, epoch=epoch, view=view)
    step = max(8, CHUNK // (bands * size**2)) if device.type == "cpu" else max(1, len(images))
    views = torch.empty(len(images), bands, size, size, device=device)
    for first in range(0, len(images), step):
        part = slice(first, first + step)
        chosen = draws.rows(first, first + step)
        views[part] = _view_of_chunk(images[part], chosen, settings, size, own_noise, seed)
    return views


def _view_of_chunk(
    images: Tensor, draws: Draws, settings: ViewSettings, size: int, noise: Tensor, seed: int
) -> Tensor:
    grid = sampling_grid(crop_maps(draws, settings), size)  # (N, S, S, 2)
    inside = inside_disc(grid) if settings.mask == "disc" else None  # (N, S, S)
    views = resampled_in_units(images, grid, settings.padding)  # (N, C, S, S)
    views = crop_in_time(views, draws, settings)
    views = recolour(views, draws, settings, inside)
    views = blur(views, draws, settings)
    views = add_noise(views, draws, settings, noise, seed)
    return views if inside is None else views.mul_(inside[:, None])


def resampled_in_units(images: Tensor, grid: Tensor, padding: str) -> Tensor:
    """Return images (N, C, H, W) at the places of a grid (N, S, S, 2), as (N, C, S, S) float32.

    Args:
        images: as stored; the result is in the units of `skyloom.learn.units.in_units`.
        grid, padding: as `skyloom.learn.geometry.resample` takes them.
    """
    if images.device.type != "cpu":
        return resample(in_units(images), grid, padding)
    few = max(1, LOADED // images[0].numel())
    parts = zip(torch.split(images, few), torch.split(grid, few), strict=True)
    # The copy reads memory in order, and leaves the images in the cache.
    return torch.cat([resample(in_units(some.clone()), places, padding) for some, places in parts])


def _checked_noise(settings: ViewSettings, bands: int, noise: Tensor | None) -> Tensor:
    """Return the noise (C,); 0 where none is needed and none was given."""
    if noise is None and settings.noise != (1.0, 1.0):
        raise ViewError(
            f"views.noise is {list(settings.noise)}, but the images' own noise was not given, "
            "expected one number per band from band_noise. Give it, or set views.noise to [1, 1]."
        )
    if noise is not None and len(noise) != bands:
        raise ViewError(
            f"noise has {len(noise)} number(s), but the images have {bands} band(s), expected one "
            "per band. Take it from these images with band_noise."
        )
    return torch.zeros(bands) if noise is None else noise.float()


def _check_bands(settings: ViewSettings, bands: int) -> None:
    for name in ("psf", "extinction"):
        count = len(getattr(settings, name))
        if count not in (0, bands):
            raise ViewError(
                f"views.{name} has {count} entries, but the images have {bands} band(s), expected "
                "one entry per band. Set pretrain.views for these images."
            )
