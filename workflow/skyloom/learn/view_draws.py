"""Which random number of an image decides what in its view."""

from dataclasses import dataclass, fields

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from skyloom.learn.draws import uniforms

FIRST_OF_BANDS = 32
"""Columns before this one are the image's; from here on each band has `_PER_BAND` of its own."""

_PER_BAND = 3


@dataclass(frozen=True)
class Draws:
    """Uniform numbers in [0, 1) for a view of N images of C bands, float32.

    The order of the fields is the order of the columns of `skyloom.learn.draws.uniforms`: first
    those of the image, then those of each band. A new decision goes to the end of its part, so that
    the others keep their numbers.

    Attributes:
        area, aspect, centre_x, centre_y: (N,) of the crop.
        mirror_x, mirror_y: (N,) whether it is flipped.
        angle: (N,) of its rotation.
        jitter: (N,) whether the four that follow are applied.
        gain, contrast, saturation, hue: (N,) of the change of colour.
        grey: (N,) whether colour is dropped.
        blur, blur_sigma: (N,) whether all bands are blurred, and how widely.
        polarity: (N,) whether signs change.
        reddening: (N,) of E(B-V).
        span, begin: (N,) length and beginning of the crop in time.
        noise: (N,) of the noise's multiple.
        true_seeing, final_seeing: (N, C) of the two seeings of each band.
        noise_place: (N, C) where a band's noise begins in the bank.
    """

    area: Tensor
    aspect: Tensor
    centre_x: Tensor
    centre_y: Tensor
    mirror_x: Tensor
    mirror_y: Tensor
    angle: Tensor
    jitter: Tensor
    gain: Tensor
    contrast: Tensor
    saturation: Tensor
    hue: Tensor
    grey: Tensor
    blur: Tensor
    blur_sigma: Tensor
    polarity: Tensor
    reddening: Tensor
    span: Tensor
    begin: Tensor
    noise: Tensor
    true_seeing: Tensor
    final_seeing: Tensor
    noise_place: Tensor

    def rows(self, first: int, last: int) -> "Draws":
        """Return the numbers of the images from `first` up to `last`."""
        return Draws(*(getattr(self, field.name)[first:last] for field in fields(self)))


def draw(
    keys: NDArray[np.uint64], bands: int, device: torch.device, *, seed: int, epoch: int, view: int
) -> Draws:
    """Return the numbers of one view of the images with these keys (N,)."""
    count = FIRST_OF_BANDS + _PER_BAND * bands
    numbers = uniforms(keys, count, seed=seed, epoch=epoch, view=view)  # (N, count)
    columns = torch.from_numpy(np.ascontiguousarray(numbers.T)).to(device)  # (count, N)
    of_image = columns[: len(fields(Draws)) - _PER_BAND].unbind()
    of_bands = columns[FIRST_OF_BANDS:].view(bands, _PER_BAND, len(keys))
    return Draws(*of_image, *of_bands.permute(1, 2, 0).unbind())


def between(u: Tensor, low: float, high: float) -> Tensor:
    """Return uniform numbers from `low` to `high` for uniform numbers from 0 to 1."""
    return low + (high - low) * u
