"""Settings of an encoder: its network, its pretraining and its embedding."""

from typing import Literal

from pydantic import Field, field_validator

from skyloom.settings.base import Settings

Precision = Literal["auto", "bf16", "fp32"]
Range = tuple[float, float]


class NetworkSettings(Settings):
    """What the encoder is before any training here."""

    architecture: str = Field(
        "resnet18",
        description="resnet18, resnet50, efficientnet-lite0, pixels, or timm:<name>.",
    )
    stem: Literal["imagenet", "stride2", "stride1"] = Field(
        "imagenet",
        description="First layers of a ResNet: imagenet = 7x7 stride 2 and pooling (1x cost), "
        "stride2 = 3x3 stride 2, no pooling (4x), stride1 = 3x3 stride 1, no pooling (15x).",
    )
    input_size: int = Field(64, ge=8, description="Side of the images it sees, in pixels.")
    init: str = Field(
        "none",
        description="Where weights come from: none, package:efficientnet-lite0, "
        "torchvision:<weights name>, timm, or the path of a .safetensors or .pth file.",
    )
    init_sha256: str | None = Field(
        None, description="SHA-256 that the weights file must have; required for a path."
    )


class ViewSettings(Settings):
    """The random views of contrastive learning; probabilities and ranges, per image."""

    crop_area: Range = Field((0.2, 1.0), description="Share of the image's area that a crop keeps.")
    crop_aspect: Range = Field((0.75, 1.3333), description="Width over height of a crop.")
    horizontal_flip: float = Field(0.5, ge=0, le=1, description="Probability of a mirror flip.")
    vertical_flip: float = Field(0.0, ge=0, le=1, description="Probability of an up-down flip.")
    rotation: float = Field(0.0, ge=0, le=180, description="Largest rotation, in degrees.")
    jitter: float = Field(0.8, ge=0, le=1, description="Probability of brightness ... hue below.")
    brightness: float = Field(0.4, ge=0, lt=1, description="Gain drawn from 1 +- this.")
    contrast: float = Field(0.4, ge=0, lt=1, description="Contrast drawn from 1 +- this.")
    saturation: float = Field(0.4, ge=0, lt=1, description="Saturation from 1 +- this; RGB only.")
    hue: float = Field(
        0.1, ge=0, le=0.5, description="Hue turned by at most this; 1 is a full turn."
    )
    grey: float = Field(0.2, ge=0, le=1, description="Probability of dropping colour; RGB only.")
    blur: float = Field(0.5, ge=0, le=1, description="Probability of a Gaussian blur.")
    blur_sigma: Range = Field((0.1, 2.0), description="Sigma of the blur, in pixels of the view.")

    @field_validator("crop_area", "crop_aspect", "blur_sigma")
    @classmethod
    def _ordered(cls, value: Range) -> Range:
        if not 0 < value[0] <= value[1]:
            raise ValueError("expected two positive numbers, the smaller first")
        return value


class PretrainSettings(Settings):
    """What pretraining minimises, on which images, for how long."""

    objective: Literal["simclr", "dcl"] = Field(
        "dcl", description="simclr = NT-Xent; dcl = its decoupled form, better at small batches."
    )
    splits: tuple[str, ...] = Field(
        ("train",),
        description="Splits whose images pretraining may see: train, val, test, unlisted.",
    )
    epochs: int = Field(50, ge=1, description="Passes over the images.")
    batch_size: int = Field(128, ge=4, description="Images a step; each gives two views.")
    temperature: float = Field(0.1, gt=0, description="Temperature of the objective.")
    learning_rate: float = Field(1e-3, gt=0, description="Peak learning rate (AdamW).")
    weight_decay: float = Field(1e-4, ge=0, description="Decoupled weight decay.")
    warmup_epochs: float = Field(3.0, ge=0, description="Epochs of linear warm-up.")
    backbone_rate: float = Field(
        1.0, ge=0, le=1, description="Learning rate of the encoder relative to the projector."
    )
    projector: tuple[int, int] = Field((512, 128), description="Widths of the projector.")
    load_size: int | None = Field(
        None,
        ge=8,
        description="Side to which stored images are reduced once before views are cut, in "
        "pixels; null = 1.5 x input_size, at most the stored size.",
    )
    precision: Precision = Field("auto", description="bf16 where the processor has it, or fp32.")
    views: ViewSettings | None = Field(None, description="Views; null = those of the survey.")


class EmbedSettings(Settings):
    """How features are computed."""

    batch_size: int = Field(64, ge=1, description="Images a forward pass.")
    precision: Precision = Field(
        "fp32", description="bf16 halves the time and moves features a little."
    )


class EncoderSettings(Settings):
    """One encoder of a study."""

    network: NetworkSettings = NetworkSettings()
    pretrain: PretrainSettings | None = Field(
        None, description="Pretraining; null keeps the initial weights."
    )
    embed: EmbedSettings = EmbedSettings()
    pca: int | None = Field(
        None, ge=1, description="Components kept by a PCA before the probe; null = all features."
    )
