"""Settings of the stages that analyse features."""

from typing import Annotated

from pydantic import Field

from skyloom.settings.base import Settings

Fraction = Annotated[float, Field(gt=0, le=1)]


class ClusterSettings(Settings):
    """k-means over a range, and HDBSCAN."""

    k_range: tuple[int, int] = Field((4, 40), description="Smallest and largest k of k-means.")
    k_step: int = Field(4, ge=1, description="Step through k_range.")
    silhouette_sample: int = Field(
        4000, ge=50, description="Images on which the silhouette is computed."
    )
    min_cluster_size: int = Field(20, ge=2, description="Smallest cluster that HDBSCAN may find.")
    min_samples: int = Field(
        5, ge=1, description="Neighbours that define density; less = fewer images called noise."
    )


class MapSettings(Settings):
    """The two-dimensional map."""

    neighbours: int = Field(15, ge=2, description="Neighbours that UMAP keeps together.")
    min_distance: float = Field(0.1, ge=0, le=1, description="How tightly UMAP packs points.")


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
