"""Settings of an encoder: its network, its embedding, and its pretraining if any."""

from typing import Literal, Self

from pydantic import Field, model_validator

from skyloom.settings.base import Settings
from skyloom.settings.pretrain import Precision, PretrainSettings


class NetworkSettings(Settings):
    """What the encoder is before any training here."""

    architecture: str = Field(
        "resnet18",
        description="resnet18, resnet50, efficientnet-lite0, pixels, or timm:<name>.",
    )
    stem: Literal["imagenet", "stride2", "stride1", "stride1-7x7"] = Field(
        "imagenet",
        description="First layers of a ResNet: imagenet = 7x7 stride 2 and pooling (1x cost), "
        "stride2 = 3x3 stride 2, no pooling (4x), stride1 = 3x3 stride 1, no pooling (15x), "
        "stride1-7x7 = the same with a 7x7 kernel, as published for SDSS galaxies.",
    )
    input_size: int = Field(64, ge=8, description="Side of the images it sees, in pixels.")
    centre: float = Field(
        1.0,
        gt=0,
        le=1,
        description="Share of an image's side, at its centre, from which features are computed.",
    )
    init: str = Field(
        "none",
        description="Where weights come from: none, package:efficientnet-lite0, "
        "torchvision:<weights name>, timm, encoder:<survey>/<name> of this config, or the path of "
        "a .safetensors or .pth file.",
    )
    init_sha256: str | None = Field(
        None, description="SHA-256 that the weights file must have; required for a path."
    )


class EmbedSettings(Settings):
    """How features are computed."""

    batch_size: int = Field(64, ge=1, description="Images a forward pass.")
    precision: Precision = Field(
        "fp32", description="bf16 halves the time and moves features a little."
    )
    store: Literal["float32", "float16"] = Field(
        "float32", description="Type of the stored features; float16 halves the files."
    )


class LaunchSettings(Settings):
    """On what an encoder is trained; decides nothing about the encoder but roundings."""

    tasks: int = Field(1, ge=1, description="Processes that train together.")
    nodes: int = Field(1, ge=1, description="Machines among which they are shared, on SLURM.")
    gpus: int | None = Field(
        None, ge=0, description="GPUs, of all machines together; null = one a process."
    )

    @model_validator(mode="after")
    def _share_evenly(self) -> Self:
        for name, count in (("tasks", self.tasks), ("gpus", self.gpus or 0)):
            if count % self.nodes:
                raise ValueError(f"{name} is {count}, expected a multiple of nodes ({self.nodes})")
        return self


class EncoderSettings(Settings):
    """One encoder of a study."""

    network: NetworkSettings = NetworkSettings()
    pretrain: PretrainSettings | None = Field(
        None, description="Pretraining; null keeps the initial weights."
    )
    embed: EmbedSettings = EmbedSettings()
    launch: LaunchSettings = LaunchSettings()
    pca: int | None = Field(
        None, ge=1, description="Components kept by a PCA before the probe; null = all features."
    )
