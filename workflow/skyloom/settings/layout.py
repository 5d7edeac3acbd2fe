"""Settings of the two-dimensional map."""

from pydantic import Field

from skyloom.settings.base import Settings


class MapSettings(Settings):
    """The two-dimensional map."""

    neighbours: int = Field(15, ge=2, description="Neighbours that UMAP keeps together.")
    min_distance: float = Field(0.1, ge=0, le=1, description="How tightly UMAP packs points.")
