"""Surveys by name: every folder beside this file is one."""

import importlib
import pkgutil
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

Part = Literal["settings", "reader", "views", "display", "simulator", "lister", "credits"]
Links = Callable[[Mapping[str, Any]], Sequence[tuple[str, str]]]
"""From an index row without empty cells to titles and addresses of pages about it elsewhere."""


@cache
def survey_names() -> tuple[str, ...]:
    """Return the names of the surveys that the library knows."""
    here = str(Path(__file__).parent)
    return tuple(sorted(found.name for found in pkgutil.iter_modules([here]) if found.ispkg))


def part_module(survey: str, part: Part) -> str:
    """Return the dotted name of one part of a survey's module."""
    return f"skyloom.surveys.{survey}.{part}"


def survey_part(survey: str, part: Part) -> ModuleType:
    """Import one part of a survey.

    settings: `ReaderSettings` and `SimulatorSettings`; reader: `open_archive`; views: `VIEWS`;
    display: `thumbnail`; simulator: `simulate_shard`; lister: `SOURCES`; credits: `CREDITS`.
    """
    return importlib.import_module(part_module(survey, part))


def links_of(survey: str) -> Links:
    """Return how a survey's images are found in archives; nothing of one without `links.py`.

    A part of its own that no stage imports: another address reruns nothing.
    """
    if not (Path(__file__).parent / survey / "links.py").exists():
        return lambda row: ()
    links: Links = importlib.import_module(f"skyloom.surveys.{survey}.links").links
    return links
