"""A sheet of look-alikes: some images of each class, and beside each its nearest, marked."""

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

import matplotlib.font_manager
from PIL import Image, ImageDraw, ImageFont

BOX = (112, 96)
"""Widest and highest picture, in pixels; a video's frames side by side are wider than high."""

_CAPTION, _FRAME, _GAP, _APART, _FONT = 17, 3, 4, 14, 12
_INK = {"query": "#3b3b3b", "right": "#0072b2", "alike": "#a6d5f2", "wrong": "#f3b04b"}
"""Okabe and Ito's blue and orange, one darker than the other, so that grey tells them apart too."""
_SIGN = {"right": "\u2713", "alike": "\u2248", "wrong": "\u2717"}
_TEXT = {"query": "#ffffff", "right": "#ffffff", "alike": "#000000", "wrong": "#000000"}


@dataclass(frozen=True)
class Shown:
    """One picture of a sheet.

    Attributes:
        picture: no larger than `BOX`.
        label: its class.
        verdict: `query`, `right`, `alike` (of a class that counts as the same) or `wrong`.
    """

    picture: Image.Image
    label: str
    verdict: str


def lookalike_sheet(rows: Sequence[Sequence[Shown]]) -> bytes:
    """Return rows of pictures, the first of each apart from the others, as one JPEG."""
    width = max(shown.picture.width for row in rows for shown in row) + 2 * _FRAME
    height = max(shown.picture.height for row in rows for shown in row) + 2 * _FRAME
    across = max(len(row) for row in rows)
    step = (width + _GAP, height + _CAPTION + 2 * _GAP)
    size = (across * step[0] + _APART - _GAP, len(rows) * step[1] - 2 * _GAP)
    sheet = Image.new("RGB", size, "white")
    for line, row in enumerate(rows):
        for place, shown in enumerate(row):
            left = place * step[0] + (_APART if place else 0)
            sheet.paste(_cell(shown, width, height), (left, line * step[1]))
    buffer = io.BytesIO()
    sheet.save(buffer, "JPEG", quality=80, subsampling=0)
    return buffer.getvalue()


def verdict_of(label: str, asked: str, alike: Iterable[Iterable[str]]) -> str:
    """Return what a neighbour's class is to the class that was asked with."""
    if label == asked:
        return "right"
    return "alike" if any({label, asked} <= set(members) for members in alike) else "wrong"


def _cell(shown: Shown, width: int, height: int) -> Image.Image:
    """Return a picture in a frame, and under it a bar with a sign and, unless right, its class."""
    cell = Image.new("RGB", (width, height + _CAPTION), _INK[shown.verdict])
    inside = (width - 2 * _FRAME, height - 2 * _FRAME)
    cell.paste("white", (_FRAME, _FRAME, _FRAME + inside[0], _FRAME + inside[1]))
    offset = [(room - side) // 2 for room, side in zip(inside, shown.picture.size, strict=True)]
    cell.paste(shown.picture, (_FRAME + offset[0], _FRAME + offset[1]))
    sign = _SIGN.get(shown.verdict, "")
    text = sign if shown.verdict == "right" else f"{sign} {shown.label}".strip()
    where = (width / 2, height + _CAPTION / 2 - 1)
    ImageDraw.Draw(cell).text(
        where, _fitting(text, width - 4), _TEXT[shown.verdict], font=_font(), anchor="mm"
    )
    return cell


def _fitting(text: str, width: int) -> str:
    """Return a text cut so that it is no wider than `width` pixels."""
    if _font().getlength(text) <= width:
        return text
    while text and _font().getlength(f"{text}\u2026") > width:
        text = text[:-1]
    return f"{text}\u2026"


@cache
def _font() -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(matplotlib.font_manager.findfont("DejaVu Sans"), _FONT)
