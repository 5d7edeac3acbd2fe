"""Pictures in rows, each with two lines of text under it."""

import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

COLUMNS = 7


@dataclass(frozen=True)
class Cell:
    """One picture, RGB (H, W, 3) uint8, and what stands under it."""

    pixels: NDArray[np.uint8]
    title: str
    subtitle: str


def grid(cells: Sequence[Cell]) -> bytes:
    """Return the cells, read like text, as a PNG."""
    rows = -(-len(cells) // COLUMNS)
    figure = Figure(figsize=(1.65 * COLUMNS, 2.1 * rows), dpi=110, layout="constrained")
    for axis in (axes := figure.subplots(rows, COLUMNS, squeeze=False)).flat:
        axis.set_axis_off()
    for axis, cell in zip(axes.flat, cells, strict=False):
        axis.imshow(cell.pixels)
        text = f"{cell.title}\n{_shortened(cell.subtitle)}"
        axis.set_title(text, y=-0.02, va="top", fontsize=8, pad=0)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    return buffer.getvalue()


def _shortened(text: str, most: int = 20) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}\u2026"
