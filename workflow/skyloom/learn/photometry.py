"""What changes pixel values alone: polarity, reddening, brightness, contrast and colour.

All are linear in the pixels, so they make one matrix over the bands and one offset, applied in one
pass. Nothing is clipped: flux and magnetic field keep their negative and their large values.
"""

import math

import torch
from torch import Tensor

from skyloom.learn.view_draws import Draws, between
from skyloom.settings.views import ViewSettings

_YIQ = torch.tensor([[0.299, 0.587, 0.114], [0.596, -0.274, -0.322], [0.211, -0.523, 0.312]])
_RGB = torch.linalg.inv(_YIQ.double()).float()


def recolour(views: Tensor, draws: Draws, settings: ViewSettings, inside: Tensor | None) -> Tensor:
    """Change the pixel values of views (N, C, H, W), in place where bands are not mixed.

    With three bands, saturation and hue scale and turn the chroma plane of YIQ. Any other number
    of bands has no colour: its bands are not mixed.

    Args:
        views: float32.
        draws: the numbers of these images.
        settings: ranges and probabilities.
        inside: (N, H, W), 1 for the pixels whose mean is the level of contrast; None = all.
    """
    colour = views.shape[1] == 3 and (settings.jitter > 0 or settings.grey > 0)
    if not (colour or settings.jitter or settings.polarity or max(settings.reddening)):
        return views
    gain, offset = signs_and_dust(draws, settings, views.shape[1])  # (N, C) each
    if settings.jitter:
        gain, offset = _stretched(gain, offset, views, draws, settings, inside)
    if colour:
        matrix = chroma_matrix(draws, settings)  # (N, 3, 3)
        flat = torch.baddbmm(
            torch.bmm(matrix, offset[:, :, None]), matrix * gain[:, None, :], views.flatten(2)
        )  # (N, 3, H * W)
        return flat.view_as(views)
    return views.mul_(gain[:, :, None, None]).add_(offset[:, :, None, None])


def signs_and_dust(draws: Draws, settings: ViewSettings, bands: int) -> tuple[Tensor, Tensor]:
    """Return gain and offset (N, C) of a change of sign, and of dust before it.

    Dust of reddening E(B-V) dims a band by A E(B-V) magnitudes, A being its extinction per E(B-V):
    flux x 10^(-0.4 A E(B-V)). Signs change about `settings.zero`.
    """
    sign = torch.where(draws.polarity < settings.polarity, -1.0, 1.0)  # (N,)
    reddening = between(draws.reddening, *settings.reddening)  # (N,)
    extinction = torch.tensor(settings.extinction or (0.0,) * bands, device=sign.device)  # (C,)
    transmission = 10 ** (-0.4 * reddening[:, None] * extinction)  # (N, C)
    return sign[:, None] * transmission, settings.zero * (1 - sign)[:, None] * transmission


def _stretched(
    gain: Tensor,
    offset: Tensor,
    views: Tensor,
    draws: Draws,
    settings: ViewSettings,
    inside: Tensor | None,
) -> tuple[Tensor, Tensor]:
    """Return gain and offset (N, C) with brightness b and contrast k added to those given.

    With y = gain x + offset and its level m, the mean over bands and pixels: b (m + k (y - m)).
    """
    on = draws.jitter < settings.jitter  # (N,)
    brightness = _about_one(draws.gain, settings.brightness, on)
    contrast = _about_one(draws.contrast, settings.contrast, on)
    level = (gain * _band_means(views, inside) + offset).mean(dim=1)  # (N,)
    scale = (brightness * contrast)[:, None]
    lift = (brightness * (1 - contrast) * level)[:, None]
    return gain * scale, offset * scale + lift


def _band_means(views: Tensor, inside: Tensor | None) -> Tensor:
    """Return the mean (N, C) of each band over all pixels, or over those inside."""
    if inside is None:
        return views.mean(dim=(2, 3))
    sums = torch.bmm(views.flatten(2), inside.flatten(1)[:, :, None])  # (N, C, 1)
    return sums[:, :, 0] / inside.sum(dim=(1, 2)).clamp(min=1)[:, None]


def chroma_matrix(draws: Draws, settings: ViewSettings) -> Tensor:
    """Return RGB matrices (N, 3, 3) that scale chroma and turn hue, at constant luma."""
    on = draws.jitter < settings.jitter
    chroma = _about_one(draws.saturation, settings.saturation, on)
    chroma = torch.where(draws.grey < settings.grey, 0.0, chroma)
    turn = torch.where(on, between(draws.hue, -1, 1) * settings.hue * 2 * math.pi, 0.0)
    zero, one = torch.zeros_like(chroma), torch.ones_like(chroma)
    cosine, sine = chroma * torch.cos(turn), chroma * torch.sin(turn)
    rows = [one, zero, zero, zero, cosine, -sine, zero, sine, cosine]
    plane = torch.stack(rows, dim=1).view(-1, 3, 3)
    return torch.matmul(torch.matmul(_RGB.to(chroma), plane), _YIQ.to(chroma))


def _about_one(u: Tensor, reach: float, on: Tensor) -> Tensor:
    """Return factors from 1 - reach to 1 + reach, and 1 where not `on`."""
    return torch.where(on, between(u, 1 - reach, 1 + reach), 1.0)
