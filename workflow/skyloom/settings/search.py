"""Settings of the search by likeness."""

from pydantic import Field

from skyloom.settings.base import Settings


class SearchSettings(Settings):
    """Exact up to a size, beyond it an approximate index whose candidates are compared exactly."""

    exact_up_to: int = Field(
        1_000_000, ge=0, description="Images up to which every one is compared with a query."
    )
    lists: int | None = Field(
        None, ge=1, description="Cells of the index; null = the power of two near 4 sqrt(images)."
    )
    code_bytes: int = Field(64, ge=1, description="Bytes of an image in the index.")
    training_sample: int = Field(
        200_000, ge=1, description="Images on which the cells and codes are fitted."
    )
    probes: int | None = Field(
        None, ge=1, description="Cells in which a query looks; null = an eighth of them."
    )
    candidates: int = Field(2000, ge=1, description="Images that are then compared exactly.")
    recall_queries: int = Field(
        500, ge=1, description="Images of the study with which the recall is measured."
    )
