"""Settings of the probes."""

from typing import Annotated, Literal

from pydantic import Field

from skyloom.settings.base import Settings

Fraction = Annotated[float, Field(gt=0, le=1)]
Kind = Literal["logistic", "ridge", "knn"]


class ProbeSettings(Settings):
    """Simple models on frozen features."""

    kinds: tuple[Kind, ...] = Field(
        ("logistic", "ridge", "knn"),
        min_length=1,
        description="Models; the first is the one of curves and paired tests of the report.",
    )
    splits: tuple[str, ...] = Field(
        ("split",),
        min_length=1,
        description="Columns of the index that say train, val and test, such as a grouped split "
        "and a published one; the first is the one of the report's curves.",
    )
    fractions: tuple[Fraction, ...] = Field(
        (0.01, 0.05, 0.1, 0.25, 1.0), description="Shares of the labelled originals used."
    )
    seeds: int = Field(5, ge=1, description="Draws of each fraction below 1.")
    inverse_regularisation: tuple[float, ...] = Field(
        (1.0,),
        min_length=1,
        description="C of the logistic regression; of several, the one of the highest "
        "cross-validated score over groups inside the training split is taken.",
    )
    ridge_alpha: float = Field(
        0.03, gt=0, description="Regularisation of ridge; 0.03 is the aurora benchmark's."
    )
    neighbours: int = Field(20, ge=1, description="Neighbours that vote in k-NN.")
    balanced: bool = Field(True, description="Weight classes by the inverse of their counts.")
    confident: float = Field(
        0.9, gt=0, lt=1, description="Probability from which a prediction would be shown."
    )
    bootstrap: int = Field(1000, ge=100, description="Resamples of groups behind each interval.")
