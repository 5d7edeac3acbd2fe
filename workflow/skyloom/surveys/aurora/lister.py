"""Sources of the aurora survey, for `skyloom list-shards aurora <source>`."""

from collections.abc import Mapping

from skyloom.settings.base import Settings
from skyloom.surveys.aurora.berkeley import ThemisLevel1
from skyloom.surveys.aurora.calgary import ThemisRaw
from skyloom.surveys.aurora.oslo import Oath

SOURCES: Mapping[str, type[Settings]] = {
    "oath": Oath,
    "themis-raw": ThemisRaw,
    "themis-l1": ThemisLevel1,
}
"""Options of each source, a settings model with `list_shards`."""
