"""Settings of the clustering."""

from typing import Self

from pydantic import Field, model_validator

from skyloom.settings.base import Settings


class ClusterSettings(Settings):
    """k-means over a range, and HDBSCAN."""

    k_range: tuple[int, int] = Field((4, 40), description="Smallest and largest k of k-means.")
    k_step: int = Field(4, ge=1, description="Step through k_range.")
    selection_sample: int = Field(
        4000, ge=50, description="Images on which the curves that choose k are computed."
    )
    gap_references: int = Field(
        10, ge=2, description="Sets of uniform points with which the gap statistic compares."
    )
    min_cluster_size: int = Field(20, ge=2, description="Smallest cluster that HDBSCAN may find.")
    min_samples: int = Field(
        5, ge=1, description="Neighbours that define density; less = fewer images called noise."
    )
    stability_samples: int = Field(
        20,
        ge=0,
        description="Samples of 80 % of the images that are clustered anew to see what is stable.",
    )

    @model_validator(mode="after")
    def _sample_holds_every_k(self) -> Self:
        if self.selection_sample <= self.k_range[1]:
            raise ValueError(
                f"selection_sample is {self.selection_sample}, expected more images than the "
                f"largest k of k_range, {self.k_range[1]}"
            )
        return self
