"""Settings of photometric redshifts: models, shares of the labels, and what is scored."""

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, field_validator, model_validator

from skyloom.settings.base import Settings
from skyloom.settings.pretrain import Split, TrainingSettings
from skyloom.settings.probe import Fraction

Change = Literal["reddening", "seeing", "noise"]


class FitSettings(TrainingSettings):
    """How a network learns redshifts; the defaults are those of Hayat et al. 2021 (photoz.yaml)."""

    epochs: int = Field(100, ge=1, description="Passes over the labelled images.")
    batch_size: int = Field(256, ge=4, description="Images a step.")
    optimizer: Literal["adamw", "sgd", "lars"] = Field("sgd", description="adamw, sgd or lars.")
    learning_rate: float = Field(0.004, gt=0, description="Rate of the head at the beginning.")
    weight_decay: float = Field(0.0, ge=0, description="Weight decay.")
    schedule: Literal["cosine", "steps"] = Field(
        "steps", description="A tenth of the rate after 60 % and 90 % of the epochs, or cosine."
    )
    warmup_epochs: float = Field(0.0, ge=0, description="Epochs of linear warm-up.")
    min_steps: int = Field(
        0, ge=0, description="Steps that few labels are given by more epochs, if those are fewer."
    )


class NetworkModel(Settings):
    """A network and a head of bins on top of it, trained on the images."""

    kind: Literal["network"]
    encoder: str | None = Field(
        None,
        description="Encoder of this config whose weights it starts from; null = fresh weights of "
        "the main encoder's network, which is supervised training from scratch.",
    )
    changes: tuple[Change, ...] = Field(
        (),
        description="What of the survey's views is done to images besides turns, mirrors, shifts "
        "and crops.",
    )
    photometry_weight: float = Field(
        0.0,
        ge=0,
        description="Weight of a second head that tells the photometry; above 0 it learns from "
        "images without redshift too (semi-supervised).",
    )
    unlabelled: float = Field(
        0.5, gt=0, lt=1, description="Share of a batch that is drawn from all images for it."
    )
    fit: FitSettings = FitSettings()

    @model_validator(mode="after")
    def _both_in_a_batch(self) -> Self:
        of_all = round(self.fit.batch_size * self.unlabelled)
        if self.photometry_weight and not 0 < of_all < self.fit.batch_size:
            raise ValueError(
                f"fit.batch_size {self.fit.batch_size} and unlabelled {self.unlabelled:g} give "
                f"{self.fit.batch_size - of_all} labelled images a batch and {of_all} of all, "
                "expected at least one of each; raise the batch size"
            )
        return self


class LinearModel(Settings):
    """Multinomial logistic regression of the bins on frozen features."""

    kind: Literal["linear"]
    encoder: str = Field(description="Encoder of this config whose features it reads.")
    inverse_regularisation: float = Field(0.01, gt=0, description="C of the logistic regression.")


class NeighbourModel(Settings):
    """Redshifts of the nearest labelled galaxies, recalibrated by their PIT."""

    kind: Literal["neighbours"]
    encoder: str | None = Field(
        None,
        description="Encoder of this config in whose features neighbours are sought; null = in "
        "the colours and magnitudes of `photometry`, the classical way.",
    )


class BoostingModel(Settings):
    """Gradient boosting on the colours and magnitudes of `photometry`."""

    kind: Literal["boosting"]


Model = Annotated[
    NetworkModel | LinearModel | NeighbourModel | BoostingModel, Field(discriminator="kind")
]


class ToldSettings(Settings):
    """What a model tells, of which images."""

    AFTERWARDS: ClassVar[frozenset[str]] = frozenset({"scored", "dust"})
    """Settings of what is told once a model has learnt."""

    range: tuple[float, float] = Field((0.0, 0.4), description="Redshifts covered by the bins.")
    bins: int = Field(180, ge=2, description="Bins of equal width.")
    train: tuple[Split, ...] = Field(("train",), description="Splits that models learn from.")
    scored: tuple[Split, ...] = Field(("test",), description="Splits that they are scored on.")
    photometry: tuple[str, ...] = Field(
        (), description="Columns of the index with magnitudes, from blue to red."
    )
    dust: tuple[float, ...] = Field(
        (0.0, 0.02, 0.05, 0.1, 0.2, 0.5),
        description="E(B-V) of the dust put before the scored images to see what it does; with 0, "
        "from which the shift is taken, or [] for none.",
    )

    @field_validator("dust")
    @classmethod
    def _is_compared_with_none(cls, value: tuple[float, ...]) -> tuple[float, ...]:
        if value and (0 not in value or len(set(value)) < len(value)):
            raise ValueError(f"found {list(value)}, expected 0 among them, and none twice")
        return value

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not 0 <= self.range[0] < self.range[1]:
            raise ValueError(
                f"range is {list(self.range)}, expected two numbers from 0 up, the smaller first"
            )
        both = set(self.train) & set(self.scored)
        if both:
            raise ValueError(f"the split {sorted(both)[0]} is both in `train` and in `scored`")
        return self


class RedshiftSettings(ToldSettings):
    """Photometric redshifts of models at shares of the labels, and how they are scored."""

    models: dict[str, Model] = Field(min_length=1, description="Models by name.")
    baseline: str | None = Field(
        None,
        description="Model with whose need of labels that of each other is compared; null = none.",
    )
    fractions: tuple[Fraction, ...] = Field(
        (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0),
        min_length=1,
        description="Shares of the labelled images that models learn from.",
    )
    seeds: int = Field(3, ge=1, description="Draws of the labels and trainings for each share.")
    magnitude: str | None = Field(None, description="Column by whose bins scores are split.")
    reddening: str | None = Field(None, description="Column of E(B-V) by which they are split.")
    bootstrap: int = Field(1000, ge=100, description="Resamples of groups behind each interval.")

    @field_validator("models")
    @classmethod
    def _names_are_plain(cls, value: dict[str, Model]) -> dict[str, Model]:
        for name in value:
            if not name.replace("-", "").replace("_", "").isalnum():
                raise ValueError(f"'{name}' cannot name a model: use letters, digits, - and _")
        return value

    @model_validator(mode="after")
    def _fit_together(self) -> Self:
        if self.baseline is not None and self.baseline not in self.models:
            raise ValueError(
                f"baseline is '{self.baseline}', expected one of {', '.join(self.models)}"
            )
        for name, model in self.models.items():
            if _reads_photometry(model) and not self.photometry:
                raise ValueError(
                    f"model '{name}' reads magnitudes, but `photometry` names no column of the "
                    "index; such as [mag_u, mag_g, mag_r, mag_i, mag_z]"
                )
        return self


def _reads_photometry(model: Model) -> bool:
    if isinstance(model, NetworkModel):
        return model.photometry_weight > 0
    return isinstance(model, BoostingModel) or model.encoder is None
