"""Random spans of videos whose frames are an image's bands."""

import torch
from torch import Tensor

from skyloom.learn.view_draws import Draws, between
from skyloom.settings.views import ViewSettings


def crop_in_time(views: Tensor, draws: Draws, settings: ViewSettings) -> Tensor:
    """Return a random span of each video (N, T, H, W), resampled to T frames.

    A span of share s covers s (T - 1) intervals between frames and begins anywhere that keeps it
    inside. Frames between two stored ones are interpolated linearly.
    """
    if settings.temporal_crop == (1.0, 1.0):
        return views
    last = views.shape[1] - 1
    share = between(draws.span, *settings.temporal_crop)  # (N,)
    begin = draws.begin * (1 - share) * last  # (N,)
    steps = torch.linspace(0, 1, last + 1, device=views.device)  # (T,)
    place = begin[:, None] + (share * last)[:, None] * steps  # (N, T)
    low = place.floor().clamp(max=max(0, last - 1))
    weight = (place - low)[:, :, None, None]  # (N, T, 1, 1)
    before = low.long()
    image = torch.arange(len(views), device=views.device)[:, None]
    return torch.lerp(views[image, before], views[image, (before + 1).clamp(max=last)], weight)
