"""Settings of the probes."""

from typing import Annotated

from pydantic import Field

from skyloom.settings.base import Settings

Fraction = Annotated[float, Field(gt=0, le=1)]


class ProbeSettings(Settings):
    """Logistic regression on frozen features."""

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
    balanced: bool = Field(True, description="Weight classes by the inverse of their counts.")
    bootstrap: int = Field(1000, ge=100, description="Resamples of groups behind each interval.")
