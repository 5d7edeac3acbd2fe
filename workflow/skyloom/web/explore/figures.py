"""Figures of the report as files of the explorer: drawn when asked for, kept while they hold."""

import base64
from collections.abc import Callable, Sequence
from pathlib import Path

from skyloom.web.explore.views import Bytes

Draw = Callable[[], str]
"""Returns a picture as a data address, as `report.style` makes them."""


class Figures:
    """The pictures of one view."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[int, bytes]] = {}

    def file(self, name: str, sources: Sequence[Path], draw: Draw) -> Bytes:
        """Return what gives a picture's bytes, drawn anew where a table behind it has changed.

        Args:
            name: of the file, unique among the view's.
            sources: the tables that are drawn.
            draw: draws them.
        """

        def content() -> bytes:
            changed = max(path.stat().st_mtime_ns for path in sources)
            kept = self._kept.get(name)
            if kept is None or kept[0] != changed:
                kept = self._kept[name] = (changed, base64.b64decode(draw().partition(",")[2]))
            return kept[1]

        return content
