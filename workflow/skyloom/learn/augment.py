"""Random views of a batch, drawn per image, with one resampling of the pixels.

Crop, flips and rotation make one affine map and one `grid_sample`; brightness, contrast,
saturation, hue and grey make one matrix over the bands and one offset. Draws come from
`skyloom.learn.draws`, so a view is a function of (seed, epoch, image_id, view) alone.
"""

import math

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from skyloom.learn.draws import uniforms
from skyloom.learn.units import in_units
from skyloom.settings.encoder import ViewSettings

CHUNK = 32
"""Images augmented together on a CPU: few enough to stay in its cache."""

_DRAWS = 16
_YIQ = torch.tensor([[0.299, 0.587, 0.114], [0.596, -0.274, -0.322], [0.211, -0.523, 0.312]])
_RGB = torch.linalg.inv(_YIQ.double()).float()


def random_view(
    images: Tensor,
    keys: NDArray[np.uint64],
    settings: ViewSettings,
    size: int,
    *,
    seed: int,
    epoch: int,
    view: int,
) -> Tensor:
    """Return one random view per image.

    Args:
        images: (N, C, H, W), as stored.
        keys: (N,) from `skyloom.learn.draws.image_keys`.
        settings: ranges and probabilities.
        size: side of the views, in pixels.
        seed, epoch, view: name the draw.

    Returns:
        (N, C, size, size) float32 in the units of `skyloom.learn.units.in_units`; unclipped.
    """
    numbers = uniforms(keys, _DRAWS, seed=seed, epoch=epoch, view=view)
    u = torch.from_numpy(numbers).to(images.device)  # (N, _DRAWS)
    step = CHUNK if images.device.type == "cpu" else len(images)
    parts = [
        _view_of_chunk(images[start : start + step], u[start : start + step], settings, size)
        for start in range(0, len(images), step)
    ]
    return torch.cat(parts)


def _view_of_chunk(images: Tensor, u: Tensor, settings: ViewSettings, size: int) -> Tensor:
    theta = affine(u[:, :7], settings)  # (N, 2, 3)
    grid = functional.affine_grid(theta, [len(images), 1, size, size], align_corners=False)
    views = functional.grid_sample(
        in_units(images), grid, mode="bilinear", padding_mode="reflection", align_corners=False
    )  # (N, C, size, size)
    views = recolour(views, u[:, 7:13], settings)
    return blur(views, u[:, 13:15], settings)


def affine(u: Tensor, settings: ViewSettings) -> Tensor:
    """Return the maps (N, 2, 3) from view to image coordinates; u is (N, 7) uniform.

    A crop of area a and aspect r spans sqrt(a r) by sqrt(a / r) of the image, at a uniform place
    inside it.
    """
    area = _between(u[:, 0], *settings.crop_area)
    log_low, log_high = (math.log(value) for value in settings.crop_aspect)
    aspect = torch.exp(_between(u[:, 1], log_low, log_high))
    width = torch.sqrt(area * aspect).clamp(max=1)
    height = torch.sqrt(area / aspect).clamp(max=1)
    centre_x = _between(u[:, 2], -1, 1) * (1 - width)
    centre_y = _between(u[:, 3], -1, 1) * (1 - height)
    mirror_x = torch.where(u[:, 4] < settings.horizontal_flip, -1.0, 1.0)
    mirror_y = torch.where(u[:, 5] < settings.vertical_flip, -1.0, 1.0)
    angle = _between(u[:, 6], -1, 1) * math.radians(settings.rotation)
    cosine, sine = torch.cos(angle), torch.sin(angle)
    row_x = torch.stack([width * mirror_x * cosine, -height * mirror_y * sine, centre_x], dim=1)
    row_y = torch.stack([width * mirror_x * sine, height * mirror_y * cosine, centre_y], dim=1)
    return torch.stack([row_x, row_y], dim=1)


def recolour(views: Tensor, u: Tensor, settings: ViewSettings) -> Tensor:
    """Apply brightness, contrast, saturation, hue and grey; views (N, C, H, W), u (N, 6).

    With three bands, saturation and hue scale and turn the chroma plane of YIQ. Any other number
    of bands has no colour: brightness and contrast alone are applied.
    """
    on = u[:, 0] < settings.jitter
    gain = torch.where(on, _between(u[:, 1], 1 - settings.brightness, 1 + settings.brightness), 1.0)
    contrast = torch.where(on, _between(u[:, 2], 1 - settings.contrast, 1 + settings.contrast), 1.0)
    level = views.mean(dim=(1, 2, 3), keepdim=True)  # (N, 1, 1, 1)
    scale = (gain * contrast)[:, None, None, None]
    offset = level * (gain * (1 - contrast))[:, None, None, None]
    if views.shape[1] != 3:
        return views * scale + offset
    chroma = torch.where(on, _between(u[:, 3], 1 - settings.saturation, 1 + settings.saturation), 1)
    chroma = torch.where(u[:, 5] < settings.grey, 0.0, chroma)
    turn = torch.where(on, _between(u[:, 4], -1, 1) * settings.hue * 2 * math.pi, 0.0)
    matrix = _chroma_matrix(chroma, turn)  # (N, 3, 3)
    flat = torch.bmm(matrix, views.flatten(2))  # (N, 3, H * W)
    return flat.view_as(views) * scale + offset


def _chroma_matrix(chroma: Tensor, turn: Tensor) -> Tensor:
    """Return RGB matrices (N, 3, 3) that scale chroma and turn hue, at constant luma."""
    zero, one = torch.zeros_like(chroma), torch.ones_like(chroma)
    cosine, sine = chroma * torch.cos(turn), chroma * torch.sin(turn)
    rows = [one, zero, zero, zero, cosine, -sine, zero, sine, cosine]
    plane = torch.stack(rows, dim=1).view(-1, 3, 3)
    return torch.matmul(torch.matmul(_RGB.to(chroma), plane), _YIQ.to(chroma))


def blur(views: Tensor, u: Tensor, settings: ViewSettings) -> Tensor:
    """Blur a share of the views with Gaussians of random width; u is (N, 2) uniform."""
    chosen = torch.nonzero(u[:, 0] < settings.blur).flatten()
    if len(chosen) == 0:
        return views
    sigma = _between(u[chosen, 1], *settings.blur_sigma)  # (M,)
    radius = math.ceil(2 * settings.blur_sigma[1])
    offsets = torch.arange(-radius, radius + 1, device=views.device)
    kernel = torch.exp(-0.5 * (offsets[None, :] / sigma[:, None]) ** 2)
    kernel = kernel / kernel.sum(dim=1, keepdim=True)  # (M, K)
    blurred = views.clone()
    blurred[chosen] = _separable(views[chosen], kernel, radius)
    return blurred


def _separable(views: Tensor, kernel: Tensor, radius: int) -> Tensor:
    """Convolve each image with its own kernel (M, K) along rows, then along columns."""
    count, bands, height, width = views.shape
    weight = kernel.repeat_interleave(bands, dim=0)  # (M * C, K)
    flat = views.reshape(1, count * bands, height, width)
    flat = functional.pad(flat, (radius, radius, radius, radius), mode="replicate")
    flat = functional.conv2d(flat, weight[:, None, None, :], groups=count * bands)
    flat = functional.conv2d(flat, weight[:, None, :, None], groups=count * bands)
    return flat.view(count, bands, height, width)


def _between(u: Tensor, low: float, high: float) -> Tensor:
    return low + (high - low) * u
