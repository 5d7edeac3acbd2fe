"""Sources of Mars images, for `skyloom list-shards mars <source>`."""

from collections.abc import Mapping

from skyloom.settings.base import Settings
from skyloom.surveys.mars.atlas import PdsAtlas
from skyloom.surveys.mars.feeds import CuriosityRaw, PerseveranceRaw
from skyloom.surveys.mars.records import HiriseV32, MslV1, MslV21

SOURCES: Mapping[str, type[Settings]] = {
    "msl-v1": MslV1,
    "msl-v2.1": MslV21,
    "hirise-v3.2": HiriseV32,
    "curiosity-raw": CuriosityRaw,
    "perseverance-raw": PerseveranceRaw,
    "pds-atlas": PdsAtlas,
}
"""Options of each source, a settings model with `list_shards`."""
