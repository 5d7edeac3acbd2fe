"""Settings of what is asked about the clusters."""

from pathlib import Path

from pydantic import Field

from skyloom.settings.base import Settings


class EnrichSettings(Settings):
    """Which covariates go with which clusters."""

    covariates: Path | None = Field(
        None,
        description="Parquet table of further covariates, such as solar wind or geomagnetic "
        "indices; joined by its image_id, or by its time: the last row not after the image.",
    )
    within_seconds: float = Field(
        3600.0, gt=0, description="Greatest age of a row that is joined by time."
    )
    columns: tuple[str, ...] | None = Field(
        None, description="Covariates that are tested; null = all of the index and the table."
    )
    permutations: int = Field(10_000, ge=100, description="Permutations behind each p-value.")
