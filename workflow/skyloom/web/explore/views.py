"""What a part of the explorer gives: pages, data for their scripts, files, tables, live answers.

Server and export ask the same things, so that every view is also a folder of files. All addresses
are relative to the survey's folder and end like the file that they would be.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
from starlette.routing import BaseRoute

PLAIN = "plain.js"
"""The module of a page without a life of its own."""

Bytes = Callable[[], bytes]
Table = Callable[[], pd.DataFrame]


@dataclass(frozen=True)
class Page:
    """A page to fill.

    Attributes:
        template: under `templates/explore`.
        title: of the window.
        values: of the template.
        script: module under `static/explore` that brings it to life.
    """

    template: str
    title: str
    values: Mapping[str, Any] = field(default_factory=dict)
    script: str = PLAIN


class View:
    """One part of the explorer of one survey; what it leaves out, it does not have.

    Attributes:
        name: of the view, unique, which the menu's links carry.
        title: in the menu.
    """

    name: str = ""
    title: str = ""

    def home(self, encoder: str) -> str | None:
        """Return the address that the menu leads to; None where the view has nothing to show.

        Args:
            encoder: the one that is looked at, for views of one encoder.
        """
        raise NotImplementedError

    def page(self, address: str) -> Page | None:
        """Return the page of an address; None where the view has no such page."""
        raise NotImplementedError

    def addresses(self, items: Sequence[str]) -> Iterator[str]:
        """Yield the addresses of all pages that an export writes.

        Args:
            items: image_id of the images whose own pages are exported.
        """
        raise NotImplementedError

    def data(self, name: str) -> bytes | None:
        """Return what a script reads under `data/`, packed as in `columns`; None: no such data."""
        return None

    def data_names(self, items: Sequence[str]) -> Iterator[str]:
        """Yield the names of all data that an export writes."""
        return iter(())

    def files(self) -> Mapping[str, Bytes]:
        """Return pictures and other files under `files/`, by name with its ending."""
        return {}

    def tables(self) -> Mapping[str, Table]:
        """Return what can be taken along as CSV or Parquet under `tables/`, by name."""
        return {}

    def routes(self) -> Sequence[BaseRoute]:
        """Return live answers under `live/<name of the view>/`; an export has none of them."""
        return []
