"""Colours and form of every figure."""

import base64
import io
from collections.abc import Mapping

import matplotlib as mpl
from matplotlib.figure import Figure

OURS = "#0072b2"
BASELINES: Mapping[str, str] = {
    "imagenet": "#e69f00",
    "untrained": "#009e73",
    "pixels": "#cc79a7",
    "nearest-in-time": "#5a5a5a",
    "majority": "#a8a8a8",
}
"""Okabe and Ito's colours, told apart by colour-blind readers."""
OTHERS = ("#d55e00", "#56b4e9", "#5b3a8c", "#7a5c00")

mpl.rcParams.update(
    {
        "font.size": 9,
        "font.family": "sans-serif",
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.grid": True,
        "grid.color": "#e6e6e6",
        "axes.axisbelow": True,
        "legend.frameon": False,
        "svg.fonttype": "path",
        "svg.hashsalt": "skyloom",
    }
)


def colour_of(encoder: str, encoders: list[str]) -> str:
    """Return the colour of an encoder: the main one is blue, baselines have their own."""
    if encoder in BASELINES:
        return BASELINES[encoder]
    own = [name for name in encoders if name not in BASELINES]
    return OURS if encoder == own[0] else OTHERS[(own.index(encoder) - 1) % len(OTHERS)]


def as_svg(figure: Figure) -> str:
    """Return a figure as a data address of an SVG."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="svg", bbox_inches="tight", metadata={"Date": None})
    return _address("image/svg+xml", buffer.getvalue())


def as_png(figure: Figure, dpi: int = 130) -> str:
    """Return a figure as a data address of a PNG; for figures of many points."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=dpi, bbox_inches="tight")
    return _address("image/png", buffer.getvalue())


def as_jpeg(content: bytes) -> str:
    """Return JPEG bytes as a data address."""
    return _address("image/jpeg", content)


def _address(kind: str, content: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"
