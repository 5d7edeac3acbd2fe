"""The explorer of one survey: its views, and its pages filled."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from jinja2 import Environment, PackageLoader, StrictUndefined

from skyloom.web.explore.bundle import SCRIPTS, modules_of
from skyloom.web.explore.catalogue import Catalogue
from skyloom.web.explore.slugs import slug_of
from skyloom.web.explore.views import Page, View

KEYS = {
    **{"images": "i", "map": "m", "clusters": "c", "neighbours": "n"},
    **{"probes": "p", "redshifts": "z", "rounds": "r", "runs": "t"},
}
"""After g, each leads to a view."""


@dataclass(frozen=True)
class Manner:
    """How pages are given: by a server, or as files.

    Attributes:
        live: whether a server answers.
        surveys: all that are shown, for the menu.
        reviewer: who uses the page; empty in files.
    """

    live: bool
    surveys: Sequence[str]
    reviewer: str = ""


class Opened(NamedTuple):
    """A page, the view that gives it, and its address."""

    view: View
    page: Page
    address: str


class Site:
    """All views of one survey.

    Attributes:
        catalogue: the images; views: in the order of the menu.
    """

    def __init__(self, catalogue: Catalogue, views: Sequence[View], manner: Manner) -> None:
        self.catalogue, self.views, self.manner = catalogue, views, manner
        self._templates = Environment(
            loader=PackageLoader("skyloom.web", "templates/explore"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.filters["slug"] = slug_of

    def opened(self, address: str) -> Opened | None:
        """Return the page of an address, relative to the survey's folder; None where none is."""
        pages = ((view, view.page(address)) for view in self.views)
        return next((Opened(view, page, address) for view, page in pages if page is not None), None)

    def html(self, address: str) -> str | None:
        """Return the page of an address as HTML; None where none is."""
        opened = self.opened(address)
        return None if opened is None else self.filled(opened)

    def data(self, name: str) -> bytes | None:
        """Return what scripts read under a name."""
        found = (view.data(name) for view in self.views)
        return next((content for content in found if content is not None), None)

    def filled(self, opened: Opened) -> str:
        """Return a page as HTML."""
        view, page, address = opened
        above = "../" * address.count("/")
        return self._templates.get_template(page.template).render(
            **page.values,
            page_title=page.title,
            script=page.script,
            modules=_modules(page.script) if self.manner.live else (),
            survey=self.catalogue.places.survey,
            catalogue=self.catalogue.sha256,
            surveys=self.manner.surveys,
            live=self.manner.live,
            reviewer=self.manner.reviewer,
            base=above,
            root=f"../{above}",
            menu=self._menu(view, address),
            encoder=self._encoder(address),
            encoders=self.catalogue.places.encoders,
        )

    def _menu(self, current: View, address: str) -> list[Mapping[str, Any]]:
        encoder = self._encoder(address)
        homes = [(view, view.home(encoder)) for view in self.views]
        return [
            {
                "title": view.title,
                "address": home,
                "current": view is current,
                "key": KEYS.get(view.name, ""),
            }
            for view, home in homes
            if home is not None
        ]

    def _encoder(self, address: str) -> str:
        """Return the encoder that an address is about, the main one where it names none."""
        parts = address.split("/")
        named = parts[1] if parts[0] == "encoders" and len(parts) > 2 else ""
        return named or next(iter(self.catalogue.places.encoders), "")


@cache
def _modules(script: str) -> tuple[str, ...]:
    """Return what a page's module imports, relative to it: asked for before any picture is."""
    entry = (SCRIPTS / script).resolve()
    others = [path for path in modules_of(entry) if path != entry]
    return tuple(Path(os.path.relpath(path, entry.parent)).as_posix() for path in others)
