"""When a class became visible in a video: the largest rise of its probability under masking.

Chatterjee et al. 2022 (Nature Astronomy 6, 796): all frames after frame i are replaced by frame i,
for every i; where the network's probability rises most, the flux emerged. Nothing is retrained.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from skyloom.errors import SkyloomError
from skyloom.learn.video_networks import (
    PUBLISHED_SIDE,
    FrameNetwork,
    PublishedNetwork,
    resized,
)

AT_ONCE = 25
"""Masked videos that pass through the published network at once."""


class EmergenceError(SkyloomError):
    """A video cannot be masked as asked."""


@dataclass(frozen=True)
class Emergence:
    """When a class became visible, by several models.

    Attributes:
        frames: of the largest rise, by each model, (M,).
        rises: how large it is, in probability a frame, (M,).
        curve: probability by the last frame that is not masked, mean over the models, (T,).
    """

    frames: NDArray[np.int64]
    rises: NDArray[np.float64]
    curve: NDArray[np.float32]

    def is_seen(self, floor: float, threshold: float) -> bool:
        """Whether half of the models rise by `floor`, and the whole video reaches `threshold`."""
        return bool(np.median(self.rises) >= floor and self.curve[-1] >= threshold)


def find_emergence(
    networks: Sequence[PublishedNetwork | FrameNetwork],
    video: Tensor,
    positive: int,
    lower_bound: int,
) -> Emergence:
    """Return when the class number `positive` became visible in a video (T, H, W), 0 to 1.

    Args:
        networks: in evaluation mode, none of which has seen the video.
        video: all frames.
        positive: the class.
        lower_bound: frames before this one are replaced by it.

    Raises:
        EmergenceError: the video is not longer than the bound.
    """
    curves = np.stack(
        [prefix_probabilities(network, video, positive, lower_bound) for network in networks]
    )  # (M, T)
    rises = np.gradient(curves, axis=1)
    return Emergence(
        frames=rises.argmax(axis=1),
        rises=rises.max(axis=1),
        curve=np.asarray(curves.mean(axis=0), dtype=np.float32),
    )


def prefix_probabilities(
    network: PublishedNetwork | FrameNetwork, video: Tensor, positive: int, lower_bound: int
) -> NDArray[np.float64]:
    """Return the probability (T,) of a class when frames after 0, 1, ... T - 1 are masked.

    What masking leaves unchanged is computed once: the features of each frame, or the products of
    each frame with its own weights of the first convolution, of which later sums are made.
    """
    if not 0 <= lower_bound < len(video) - 1:
        raise EmergenceError(
            f"a video of {len(video)} frames with relabel.emergence.lower_bound {lower_bound}: "
            f"expected at least {lower_bound + 2} frames"
        )
    frozen = torch.cat([video[lower_bound].expand(lower_bound, -1, -1), video[lower_bound:]])
    masked = torch.arange(lower_bound, len(video), device=video.device)  # last frames shown
    with torch.inference_mode():
        if isinstance(network, FrameNetwork):
            logits = _by_frames(network, frozen, masked)
        else:
            logits = _by_first_convolution(network, frozen, masked)
        shown = logits.softmax(dim=1)[:, positive].double().cpu().numpy()
    # With a last frame before the bound the video is the same constant one.
    return np.concatenate([np.full(lower_bound, shown[0]), shown])


def masked_video(video: Tensor, last: int) -> Tensor:
    """Return a video (T, H, W) whose frames after `last` are replaced by that frame."""
    return video[torch.arange(len(video), device=video.device).clamp(max=last)]


def _by_frames(network: FrameNetwork, video: Tensor, last: Tensor) -> Tensor:
    """Return the logits (L, K) of a video masked after each of `last` (L,)."""
    features = network.frames(video[None])[0]  # (T, D)
    frame = torch.arange(len(video), device=video.device)
    return network.from_frames(features[torch.minimum(frame, last[:, None])])  # (L, T, D) inside


def _by_first_convolution(network: PublishedNetwork, video: Tensor, last: Tensor) -> Tensor:
    """Return the logits (L, K) of a video masked after each of `last` (L,), without gaps.

    The first convolution is linear in the frames: sum over t of W_t * x_t. Masked after frame i it
    is the sum up to i, and the weights of all later frames together on frame i.
    """
    weights = network.first.weight.transpose(0, 1)  # (T, 32, 3, 3)
    later = weights.flip(0).cumsum(dim=0).flip(0) - weights  # of all frames after each
    frames = resized(video[None], PUBLISHED_SIDE)[0]  # (T, 90, 90)
    first = int(last[0])
    seen = torch.zeros((), device=video.device)  # of the frames before the first
    if first:
        before = network.first.weight[:, :first]
        seen = functional.conv2d(frames[None, :first], before, padding=1)[0]
    found = []
    for start in range(first, len(video), AT_ONCE):
        part = slice(start, start + AT_ONCE)
        sums = seen + _each(frames[part], weights[part]).cumsum(dim=0)  # (l, 32, 90, 90)
        seen = sums[-1]
        planes = sums + _each(frames[part], later[part]) + network.first.bias[:, None, None]  # type: ignore[index]
        found.append(network.after_first(planes))
    return torch.cat(found)


def _each(frames: Tensor, weights: Tensor) -> Tensor:
    """Return each frame (l, H, W) convolved with its own weights (l, O, 3, 3): (l, O, H, W)."""
    count, outputs = weights.shape[:2]
    kernels = weights.reshape(count * outputs, 1, 3, 3)
    planes = functional.conv2d(frames[None], kernels, padding=1, groups=count)[0]
    return planes.reshape(count, outputs, *planes.shape[1:])
