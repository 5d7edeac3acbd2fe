"""Settings of pretraining: what is minimised, on which images, how and for how long."""

from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from skyloom.settings.base import Settings
from skyloom.settings.views import ViewSettings

Precision = Literal["auto", "bf16", "fp32"]
Split = Literal["train", "val", "test", "unlisted"]
CONTRASTIVE = ("simclr", "dcl", "moco")
LABELLED = ("supcon", "supervised")


class FalseNegativeSettings(Settings):
    """Negatives that show what their anchor shows, and what to do about them."""

    correction: Literal["none", "eliminate", "attract"] = Field(
        "none",
        description="none; eliminate = images of the anchor's group are no negatives; attract = "
        "they are positives.",
    )
    groups: str = Field(
        "clusters",
        description="What is a group: clusters = k-means on the encoder's current features, or a "
        "column of the index, such as group (sol, night, field) or original.",
    )
    clusters: int = Field(100, ge=2, description="Number of clusters.")
    warmup_epochs: int = Field(
        5, ge=0, description="Epochs before the first clusters are formed, without correction."
    )
    refresh_epochs: int = Field(5, ge=1, description="Epochs after which they are formed anew.")


class MomentumSettings(Settings):
    """MoCo's queue and key encoder."""

    queue: int = Field(4096, ge=1, description="Keys in the queue.")
    momentum: float = Field(
        0.99, ge=0, lt=1, description="Share of the key encoder that a step keeps."
    )
    parts: int = Field(
        4,
        ge=1,
        description="Parts in which keys are shuffled for batch norm, so that it cannot tell a "
        "query's key from the others; 1 = none.",
    )


class DomainSettings(Settings):
    """Images of another source that are mixed into each batch."""

    images: str = Field(
        description="A survey of this config, or a folder of prepared images (.parquet, .npy)."
    )
    share: float = Field(gt=0, lt=1, description="Their share of each batch.")
    splits: tuple[Split, ...] = Field(("train",), description="Splits that are used.")
    views: ViewSettings | None = Field(
        None, description="Views; null = the survey's, for a folder those of the main images."
    )


class TrainingSettings(Settings):
    """How a network is trained, whatever it is that it learns."""

    EXECUTION: ClassVar[frozenset[str]] = frozenset({"data", "workers", "save_minutes"})
    """Settings that change how a training runs, not what comes of it."""

    epochs: int = Field(50, ge=1, description="Passes over the images.")
    batch_size: int = Field(128, ge=4, description="Images a step; each gives two views.")
    accumulate: int = Field(1, ge=1, description="Batches whose gradients are averaged for a step.")
    optimizer: Literal["adamw", "sgd", "lars"] = Field("adamw", description="adamw, sgd or lars.")
    learning_rate: float = Field(1e-3, gt=0, description="Peak learning rate.")
    momentum: float = Field(0.9, ge=0, lt=1, description="Momentum of sgd and lars.")
    weight_decay: float = Field(
        1e-4, ge=0, description="Weight decay; biases and batch norm have none."
    )
    schedule: Literal["cosine", "steps"] = Field(
        "cosine",
        description="What the rate does after the warm-up: half a cosine to zero, or a tenth of it "
        "after 60 % and again after 90 % of the epochs.",
    )
    warmup_epochs: float = Field(3.0, ge=0, description="Epochs of linear warm-up.")
    backbone_rate: float = Field(
        1.0, ge=0, le=1, description="Learning rate of the encoder relative to the projector."
    )
    layer_decay: float = Field(
        1.0, gt=0, le=1, description="Learning rate of each stage relative to the one above it."
    )
    frozen_stages: int = Field(
        0, ge=0, description="Lowest stages that keep their weights and statistics."
    )
    load_size: int | None = Field(
        None,
        ge=8,
        description="Side to which stored images are reduced once before views are cut, in "
        "pixels; null = 1.5 x input_size or what the largest crop needs, at most the stored size.",
    )
    data: Literal["auto", "memory", "stream"] = Field(
        "auto",
        description="memory = all images on the GPU or in memory; stream = read ahead from the "
        "files; auto = memory where they fit. The results are the same.",
    )
    workers: int = Field(2, ge=0, description="Threads that read ahead when streaming.")
    precision: Precision = Field("auto", description="bf16 where the processor has it, or fp32.")
    save_minutes: float = Field(
        10.0, gt=0, description="Minutes after which the state is saved inside an epoch."
    )


class PretrainSettings(TrainingSettings):
    """What pretraining minimises, on which images, for how long."""

    EXECUTION = TrainingSettings.EXECUTION | {"tensorboard"}

    objective: Literal["simclr", "dcl", "moco", "supcon", "barlow", "supervised"] = Field(
        "dcl",
        description="simclr = NT-Xent; dcl = its decoupled form, better at small batches; moco = "
        "MoCo v2; supcon = supervised contrastive; barlow = Barlow Twins; supervised = "
        "cross-entropy on the labels.",
    )
    temperature: float = Field(0.1, gt=0, description="Temperature of the contrastive objectives.")
    false_negatives: FalseNegativeSettings = FalseNegativeSettings()
    moco: MomentumSettings = MomentumSettings()
    splits: tuple[Split, ...] = Field(
        ("train",),
        description="Splits whose images pretraining may see: train, val, test, unlisted.",
    )
    label_fraction: float = Field(
        1.0,
        gt=0,
        le=1,
        description="Share of the labels that supcon and supervised see, drawn as the probe's "
        "first draw is.",
    )
    domains: tuple[DomainSettings, ...] = Field(
        (), description="Other images in each batch, besides the survey's own."
    )
    domain_negatives: Literal["across", "within"] = Field(
        "across", description="Whether images of other domains are negatives."
    )
    domain_norm: Literal["shared", "separate"] = Field(
        "shared", description="One batch norm for all domains, or one for each."
    )
    patience: int | None = Field(
        None,
        ge=1,
        description="Epochs in a row without a lower loss or a higher RankMe after which training "
        "ends; null = never.",
    )
    projector: tuple[int, int] = Field((512, 128), description="Widths of the projector.")
    neighbour_epochs: int = Field(
        5,
        ge=0,
        description="Epochs after which each labelled domain's agreement of nearest neighbours is "
        "measured; 0 = never.",
    )
    tensorboard: bool = Field(
        False, description="Also write the columns of training.parquet for TensorBoard."
    )
    views: ViewSettings | None = Field(None, description="Views; null = those of the survey.")

    @model_validator(mode="after")
    def _fit_together(self) -> Self:
        correction = self.false_negatives.correction
        if correction != "none" and self.objective not in CONTRASTIVE:
            raise ValueError(
                f"false_negatives.correction is '{correction}', but objective '{self.objective}' "
                f"has no negatives to correct; it goes with {', '.join(CONTRASTIVE)}"
            )
        if self.label_fraction < 1 and self.objective not in LABELLED:
            raise ValueError(
                f"label_fraction is {self.label_fraction:g}, but objective '{self.objective}' "
                f"uses no labels; it goes with {', '.join(LABELLED)}"
            )
        shares = sum(domain.share for domain in self.domains)
        if shares >= 1:
            raise ValueError(
                f"the shares of the other domains add up to {shares:g}, expected less than 1"
            )
        if self.domains and self.objective == "supervised":
            raise ValueError("objective 'supervised' cannot use other domains; remove `domains`")
        return self
