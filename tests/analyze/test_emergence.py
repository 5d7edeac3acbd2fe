"""Emergence times: the shared computation against masking video by video."""

import numpy as np
import pytest
import torch

from skyloom.analyze.emergence import (
    EmergenceError,
    find_emergence,
    masked_video,
    prefix_probabilities,
)
from skyloom.learn.video_networks import build_video_network

FRAMES = 31


def _network(kind: str, side: int):
    torch.manual_seed(3)
    network = build_video_network(kind, FRAMES, 2)
    network.train()
    for _ in range(30):  # so that the running statistics fit, and nothing saturates
        network(torch.rand(8, FRAMES, side, side))
    return network.eval()


def _spread_out(network, kind: str, videos: list[torch.Tensor]) -> None:
    """Let an untrained network, which hardly tells videos apart, give logits of -1 to 1."""
    last = network.rest[-1] if kind == "published" else network.head[-1]
    with torch.no_grad():
        said = torch.cat([network(video[None])[:, 1] for video in videos])
        scale = 2 / (said.max() - said.min())
        last.weight *= scale
        last.bias.copy_((last.bias - said.mean()) * scale)


@pytest.mark.parametrize("bound", [0, 5])
@pytest.mark.parametrize(("kind", "side"), [("published", 90), ("published", 45), ("frames", 30)])
def test_prefixes_equal_masking_one_by_one(kind: str, side: int, bound: int) -> None:
    network = _network(kind, side)
    ramp = torch.linspace(0, 1, FRAMES)[:, None, None]
    video = torch.rand(FRAMES, side, side, generator=torch.Generator().manual_seed(1)) * ramp
    frozen = video.clone()
    frozen[:bound] = video[bound]
    masked = [masked_video(frozen, last) for last in range(FRAMES)]
    _spread_out(network, kind, masked)
    found = prefix_probabilities(network, video, 1, bound)
    with torch.no_grad():
        slow = [float(network(one[None]).softmax(1)[0, 1]) for one in masked]
    assert np.ptp(slow) > 0.3
    np.testing.assert_allclose(found, slow, atol=2e-3)


def test_masking_repeats_the_last_shown_frame() -> None:
    video = torch.arange(6.0)[:, None, None].expand(-1, 2, 2)
    assert masked_video(video, 3)[:, 0, 0].tolist() == [0, 1, 2, 3, 3, 3]


class _Rising(torch.nn.Module):
    """Stands for a network: its logit is the mean of the last frame, steeply."""

    def __init__(self, steepness: float) -> None:
        super().__init__()
        self.steepness = steepness

    def frames(self, videos: torch.Tensor) -> torch.Tensor:
        return videos.mean(dim=(2, 3))[..., None]

    def from_frames(self, features: torch.Tensor) -> torch.Tensor:
        logit = self.steepness * (features[:, -1] - 0.5)
        return torch.cat([torch.zeros_like(logit), logit], dim=1)


def test_the_frame_of_the_steepest_rise_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("skyloom.analyze.emergence.FrameNetwork", _Rising)
    video = torch.zeros(40, 4, 4)
    video[23:] = 1
    found = find_emergence([_Rising(8.0), _Rising(20.0)], video, 1, 10)  # type: ignore[list-item]
    # The central difference at 22 and at 23 are alike; the first of them counts.
    assert found.frames.tolist() == [22, 22]
    assert found.curve[:23].max() < 0.02
    assert found.curve[23:].min() > 0.98
    assert found.is_seen(0.02, 0.6)
    assert not found.is_seen(0.02, 0.9999999)
    assert not find_emergence([_Rising(0.01)], video, 1, 10).is_seen(0.02, 0.0)  # type: ignore[list-item]


def test_what_is_before_the_bound_cannot_be_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("skyloom.analyze.emergence.FrameNetwork", _Rising)
    video = torch.zeros(40, 4, 4)
    video[3:] = 1
    found = find_emergence([_Rising(20.0)], video, 1, 10)  # type: ignore[list-item]
    assert not found.is_seen(0.02, 0.6)
    assert np.ptp(found.curve) == 0


def test_a_video_shorter_than_the_bound_is_refused() -> None:
    with pytest.raises(EmergenceError, match=r"video of 31 frames .* expected at least 37 frames"):
        prefix_probabilities(_network("frames", 30), torch.rand(FRAMES, 30, 30), 1, 35)
