"""Networks that tell classes of videos apart, given all frames at once."""

import torch
from torch import Tensor, nn
from torch.nn import functional

PUBLISHED_SIDE = 90
"""Side in pixels for which the published network's unpadded convolutions end at one pixel."""
FRAME_SIDE = 45
"""Side in pixels to which the network of frames reduces larger ones."""


def _stage(inputs: int, outputs: int, padding: int) -> list[nn.Module]:
    """Return two 3x3 convolutions, each followed by swish and batch norm, and a pooling by two."""
    layers: list[nn.Module] = []
    for channels in (inputs, outputs):
        layers += [
            nn.Conv2d(channels, outputs, 3, padding=padding),
            nn.SiLU(),
            nn.BatchNorm2d(outputs, eps=1e-3, momentum=0.01),  # as Keras has it
        ]
    return [*layers, nn.MaxPool2d(2)]


class PublishedNetwork(nn.Module):
    """The CNN of Chatterjee et al. 2022: time as channels, 2-D convolutions.

    Layers, their order and the initialisation (Keras' Glorot uniform) are those of the authors'
    notebooks; with 225 frames it has 2,290,657 numbers, batch norm's running ones included.
    """

    def __init__(self, frames: int, classes: int = 2) -> None:
        super().__init__()
        self.first = nn.Conv2d(frames, 32, 3, padding=1)
        stages = [*_stage(frames, 32, 1), *_stage(32, 64, 0), *_stage(64, 128, 0)]
        self.rest = nn.Sequential(
            *stages[1:],
            *_stage(128, 256, 0),
            nn.Conv2d(256, 512, 2),
            nn.SiLU(),
            nn.Flatten(),
            *(nn.Linear(512, 512), nn.SiLU(), nn.Dropout(0.5)),
            *(nn.Linear(512, 512), nn.SiLU(), nn.Dropout(0.5)),
            nn.Linear(512, 1 if classes == 2 else classes),
        )
        for layer in self.modules():
            if isinstance(layer, nn.Conv2d | nn.Linear):
                nn.init.xavier_uniform_(layer.weight)
                nn.init.zeros_(layer.bias)  # type: ignore[arg-type]

    def forward(self, videos: Tensor) -> Tensor:
        """Return the logits (B, K) of videos (B, T, H, W), 0 to 1; other sides are resized."""
        return self.after_first(self.first(resized(videos, PUBLISHED_SIDE)))

    def after_first(self, planes: Tensor) -> Tensor:
        """Return the logits (B, K) from the outputs (B, 32, 90, 90) of the first convolution."""
        return as_classes(self.rest(planes))


class FrameNetwork(nn.Module):
    """A small CNN that looks at each frame alone, then convolutions in time.

    A frame's features do not depend on the other frames, so that masking later frames changes only
    the cheap part that follows.
    """

    def __init__(self, classes: int = 2, width: int = 64) -> None:
        super().__init__()
        steps = [(1, width // 4), (width // 4, width // 2), (width // 2, width)]
        self.frame = nn.Sequential(
            *(
                layer
                for inputs, outputs in steps
                for layer in (
                    nn.Conv2d(inputs, outputs, 3, stride=2, padding=1, bias=False),
                    nn.BatchNorm2d(outputs),
                    nn.SiLU(),
                )
            )
        )
        self.time = nn.Sequential(
            *(
                layer
                for inputs, dilation in ((2 * width, 1), (width, 2), (width, 4))
                for layer in (
                    nn.Conv1d(inputs, width, 3, padding=dilation, dilation=dilation, bias=False),
                    nn.BatchNorm1d(width),
                    nn.SiLU(),
                )
            )
        )
        self.head = nn.Sequential(
            nn.Dropout(0.3), nn.Linear(2 * width, 1 if classes == 2 else classes)
        )

    def forward(self, videos: Tensor) -> Tensor:
        """Return the logits (B, K) of videos (B, T, H, W), 0 to 1."""
        return self.from_frames(self.frames(videos))

    def frames(self, videos: Tensor) -> Tensor:
        """Return features (B, T, 2 width) of each frame: mean and largest value of each plane."""
        small = resized(videos, FRAME_SIDE) if videos.shape[-1] > FRAME_SIDE else videos
        planes = self.frame(2 * small.flatten(0, 1)[:, None] - 1)  # (B T, width, h, w)
        both = torch.cat([planes.mean(dim=(2, 3)), planes.amax(dim=(2, 3))], dim=1)
        return both.reshape(*videos.shape[:2], -1)

    def from_frames(self, features: Tensor) -> Tensor:
        """Return the logits (B, K) from the features (B, T, 2 width) of the frames."""
        course = self.time(features.transpose(1, 2))  # (B, width, T)
        return as_classes(self.head(torch.cat([course.mean(dim=2), course.amax(dim=2)], dim=1)))


def resized(videos: Tensor, side: int) -> Tensor:
    """Return videos (B, T, H, W) with sides of `side` pixels, interpolated bilinearly."""
    if videos.shape[-2:] == (side, side):
        return videos
    return functional.interpolate(videos, (side, side), mode="bilinear", antialias=True)


def as_classes(logits: Tensor) -> Tensor:
    """Return logits of K classes; the single one of two classes, which a sigmoid takes, gets 0."""
    if logits.shape[1] > 1:
        return logits
    return torch.cat([torch.zeros_like(logits), logits], dim=1)


def build_video_network(kind: str, frames: int, classes: int) -> PublishedNetwork | FrameNetwork:
    """Return a fresh network, `published` or `frames`, drawn from torch's generator."""
    return PublishedNetwork(frames, classes) if kind == "published" else FrameNetwork(classes)
