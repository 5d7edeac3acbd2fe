"""Blur of views: a Gaussian that all bands share, and what seeing adds to each band."""

import math

import torch
from torch import Tensor
from torch.nn import functional

from skyloom.learn.view_draws import Draws, between
from skyloom.settings.views import LogNormal, ViewSettings

SMALLEST = 2.0**-25
"""Stands for a drawn 0, whose normal quantile would be infinite; half a step of the draws."""

_LARGEST_QUANTILE = float(torch.special.ndtri(torch.tensor(1 - 2.0**-24)))

_SIMD = 16
"""Planes are convolved in multiples of this: other numbers take up to three times as long."""


def blur(views: Tensor, draws: Draws, settings: ViewSettings) -> Tensor:
    """Blur views (N, C, H, W) in place with Gaussians, each band with its own, and return them.

    Gaussians after each other are one whose variance is the sum of theirs.
    """
    if not (settings.blur or settings.psf):
        return views
    variance = blur_variance(draws, settings).expand(views.shape[:2]).flatten()  # (N * C,)
    chosen = torch.nonzero(variance).flatten()  # (M,)
    if len(chosen) == 0:
        return views
    planes = views.view(-1, *views.shape[2:])
    repeats = -len(chosen) % _SIMD
    padded = torch.cat([chosen, chosen[:1].expand(repeats)])
    kernel = gaussian(torch.sqrt(variance[padded]), reach(settings))
    blurred = separable(planes.index_select(0, padded), kernel)
    planes.index_copy_(0, chosen, blurred[: len(chosen)])
    return views


def blur_variance(draws: Draws, settings: ViewSettings) -> Tensor:
    """Return the variance of the blur, (N, 1) where bands share it, else (N, C), in pixels^2."""
    sigma = between(draws.blur_sigma, *settings.blur_sigma)
    common = torch.where(draws.blur < settings.blur, sigma**2, 0.0)[:, None]  # (N, 1)
    if not settings.psf:
        return common
    true = lognormal(draws.true_seeing, settings.psf)  # (N, C)
    final = lognormal(draws.final_seeing, settings.psf)  # (N, C)
    return common + (final**2 - true**2).clamp(min=0)


def lognormal(u: Tensor, shapes: tuple[LogNormal, ...]) -> Tensor:
    """Return lognormal numbers (N, C) from uniform ones, band c distributed as `shapes[c]`.

    Quantiles of `scipy.stats.lognorm`: loc + scale exp(shape z), z the normal quantile of u.
    """
    shape, loc, scale = torch.tensor(shapes, device=u.device).unbind(dim=1)  # (C,) each
    return loc + scale * torch.exp(shape * torch.special.ndtri(u.clamp(min=SMALLEST)))


def reach(settings: ViewSettings) -> int:
    """Return the half width of the kernels in pixels: twice the largest sigma that can be drawn."""
    seeing = [
        loc + scale * math.exp(shape * _LARGEST_QUANTILE) for shape, loc, scale in settings.psf
    ]
    common = settings.blur_sigma[1] if settings.blur else 0.0
    return math.ceil(2 * math.hypot(common, max(seeing, default=0.0)))


def gaussian(sigma: Tensor, radius: int) -> Tensor:
    """Return the kernels (M, 2 radius + 1) of sum 1 of Gaussians (M,), sampled at pixels."""
    offsets = torch.arange(-radius, radius + 1, device=sigma.device)
    kernel = torch.exp(-0.5 * (offsets / sigma[:, None]) ** 2)
    return kernel / kernel.sum(dim=1, keepdim=True)


def separable(planes: Tensor, kernel: Tensor) -> Tensor:
    """Convolve each plane (M, H, W) with its own kernel (M, K) along rows, then along columns.

    Beyond the border the nearest pixel is repeated.
    """
    count, radius = len(planes), kernel.shape[1] // 2
    flat = functional.pad(planes[None], (radius, radius, radius, radius), mode="replicate")
    flat = functional.conv2d(flat, kernel[:, None, None, :], groups=count)
    flat = functional.conv2d(flat, kernel[:, None, :, None], groups=count)
    return flat[0]
