"""The drawing of what came from what: an SVG whose boxes are links to the page's parts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Literal

from skyloom.report.layers import Layers, layers_of, without_shortcuts

WIDTH, HEIGHT, GAP, ROW = 136, 44, 26, 56
MARGIN = 6
LETTERS = 18

Look = Literal["job", "archive", "people", "given", "page"]


@dataclass(frozen=True)
class Box:
    """One node of the drawing.

    Attributes:
        title, subtitle: its two lines of text.
        look: how it is coloured.
        anchor: id of the part of the page that it leads to; empty for none.
        hint: shown while the pointer rests on it.
        flagged: something about it is in doubt.
    """

    title: str
    subtitle: str
    look: Look
    anchor: str
    hint: str
    flagged: bool = False


def draw_graph(boxes: Mapping[str, Box], before: Mapping[str, Sequence[str]]) -> str:
    """Return the drawing as SVG.

    Args:
        boxes: by name.
        before: of each box, those that it comes after; edges that a longer way replaces are left
            out.
    """
    kept = without_shortcuts({name: list(before.get(name, ())) for name in boxes})
    placed = layers_of(kept)
    across = len(placed.columns) * (WIDTH + GAP) - GAP + 2 * MARGIN
    down = (max(placed.heights.values(), default=0) + 1) * ROW + 2 * MARGIN
    places = _places(placed)
    parts = [
        f'<svg class="lineage" viewBox="0 0 {across:.0f} {down:.0f}" width="{across:.0f}" '
        f'height="{down:.0f}" role="img" aria-label="Which jobs read what other jobs wrote">'
    ]
    for name, earlier in kept.items():
        parts += [_edge(one, name, places, placed) for one in earlier]
    parts += [_box(box, *places[name]) for name, box in boxes.items()]
    return "\n".join([*parts, "</svg>"])


def _places(placed: Layers) -> dict[object, tuple[float, float]]:
    """Return the left end and the middle height of everything, in pixels."""
    return {
        name: (
            MARGIN + depth * (WIDTH + GAP),
            MARGIN + ROW / 2 + placed.heights[name] * ROW,
        )
        for depth, column in enumerate(placed.columns)
        for name in column
    }


def _edge(one: str, name: str, places: Mapping[object, tuple[float, float]], placed: Layers) -> str:
    x, y = places[one]
    path, x = f"M{x + WIDTH:.1f} {y:.1f}", x + WIDTH
    passing = [
        key
        for column in placed.columns
        for key in column
        if isinstance(key, tuple) and key[:2] == (one, name)
    ]
    for key in [*passing, name]:
        left, height = places[key]
        bend = f"{x + GAP / 2:.1f} {y:.1f} {left - GAP / 2:.1f} {height:.1f}"
        path += f" C{bend} {left:.1f} {height:.1f}"
        x, y = left, height
        if key != name:
            path += f" L{left + WIDTH:.1f} {height:.1f}"
            x = left + WIDTH
    return f'<path class="edge" d="{path}"/>'


def _box(box: Box, left: float, middle: float) -> str:
    top = middle - HEIGHT / 2
    flag = (
        f'<circle class="flag" cx="{left + WIDTH - 9:.1f}" cy="{top + 9:.1f}" r="4"/>'
        if box.flagged
        else ""
    )
    drawn = (
        f'<g class="box {box.look}"><title>{escape(box.hint)}</title>'
        f'<rect x="{left:.1f}" y="{top:.1f}" width="{WIDTH}" height="{HEIGHT}" rx="7"/>'
        f'<text class="title" x="{left + 10:.1f}" y="{middle - 3:.1f}">{_short(box.title)}</text>'
        f'<text class="subtitle" x="{left + 10:.1f}" y="{middle + 13:.1f}">'
        f"{_short(box.subtitle)}</text>{flag}</g>"
    )
    return f'<a href="#{box.anchor}">{drawn}</a>' if box.anchor else drawn


def _short(text: str) -> str:
    return escape(text if len(text) <= LETTERS else f"{text[: LETTERS - 1]}…")
