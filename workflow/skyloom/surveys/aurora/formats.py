"""The imagers' file formats: which names they have, and how a file becomes frames.

A new imager that writes one of these formats needs no code; a new format is one more line of
`FORMATS` and its function.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from skyloom.surveys.aurora.frames import Frame
from skyloom.surveys.aurora.names import FrameName, parse_name
from skyloom.surveys.aurora.pgm import PgmFrame, read_frames
from skyloom.surveys.aurora.pictures import decode_colour_png, decode_deep_png, decode_fits
from skyloom.surveys.aurora.stretch import FULL
from skyloom.surveys.contract import UnreadableImageError
from skyloom.surveys.gzipped import unpack

Counts = NDArray[np.uint16]


@dataclass(frozen=True)
class Shot:
    """A frame and the bytes it is made of.

    Attributes:
        frame: what is known of it.
        content: its bytes in the raw file.
        decode: returns its counts (H, W); raises `UnreadableImageError`.
        full: count at which a pixel is saturated.
    """

    frame: Frame
    content: bytes | memoryview
    decode: Callable[[], Counts]
    full: int = FULL


@dataclass(frozen=True)
class Contents:
    """What a file holds: its frames in order, and what could not become one, in words."""

    shots: Sequence[Shot]
    faults: Sequence[str] = field(default_factory=list)


def read_file(name: str, content: bytes) -> Contents:
    """Return what a file holds; `name` is its path inside the raw file and decides the format."""
    reader = format_of(name)
    if reader is None:
        return Contents([], [f"{name} has a name of no known format"])
    try:
        return reader(name, content)
    except UnreadableImageError as error:
        return Contents([], [str(error)])


def is_spare(name: str) -> bool:
    """Whether a file repeats others: Calgary writes one `*_row2` file an hour, of rows alone."""
    return "_row2" in name


def _read_pgm(name: str, content: bytes) -> Contents:
    unpacked, fault = unpack(content)
    shots: list[Shot] = []
    faults: list[str] = []
    try:
        for number, frame in enumerate(read_frames(unpacked)):
            _take_frame(name, number, frame, shots, faults)
    except UnreadableImageError as error:
        faults.append(f"{error}; {fault}" if fault else str(error))
    else:
        faults += [fault] if fault else []
    return Contents(shots, faults)


def _take_frame(
    name: str, number: int, frame: PgmFrame, shots: list[Shot], faults: list[str]
) -> None:
    try:
        time = frame.time
    except UnreadableImageError as error:
        faults.append(f"frame {number}: {error}")
        return
    said = _named(name, frame, time)
    located = Frame(
        said.station, said.imager, said.channel, time, f"{name}#{number:03d}", frame.longitude
    )
    decode = _decode_mosaic if said.imager.startswith("rainbow") else _decode_plain
    shots.append(Shot(located, frame.content, lambda: decode(frame), frame.full))


def _named(name: str, frame: PgmFrame, time: datetime) -> FrameName:
    """Return station, imager and channel from the file's name, or else from the frame's header."""
    said = parse_name(name)
    if said is not None:
        return said
    keys = ("Site unique ID", "Imager unique ID", "Mode unique ID")
    station, imager, channel = (frame.header.get(key, "unknown").lower() for key in keys)
    return FrameName(station, imager, channel, time)


def _decode_plain(frame: PgmFrame) -> Counts:
    return frame.counts.astype(np.uint16)


def _decode_mosaic(frame: PgmFrame) -> Counts:
    """Average pairs of neighbours in a row of a colour mosaic (256 x 512): grey, square pixels.

    The sensor's pixels are half as wide as high, and two neighbours together see the whole
    spectrum; colour is given up, so that all imagers give one band.
    """
    if frame.counts.shape[1] % 2:
        raise UnreadableImageError(f"a mosaic of {frame.counts.shape} pixels: its rows are odd")
    pairs = frame.counts.astype(np.uint32).reshape(frame.counts.shape[0], -1, 2)
    grey: Counts = (pairs.sum(axis=2) // 2).astype(np.uint16)
    return grey


def _read_deep_png(name: str, content: bytes) -> Contents:
    frame = _frame_from_name(name, None)
    return Contents([Shot(frame, content, lambda: decode_deep_png(content))])


def _read_colour_png(name: str, content: bytes) -> Contents:
    frame = _frame_from_name(name, None)
    return Contents([Shot(frame, content, lambda: decode_colour_png(content))])


def _read_fits(name: str, content: bytes) -> Contents:
    counts, longitude = decode_fits(content)
    return Contents([Shot(_frame_from_name(name, longitude), content, lambda: counts)])


def _frame_from_name(name: str, longitude: float | None) -> Frame:
    said = parse_name(name)
    if said is None:
        raise UnreadableImageError(
            f"{name}: expected a name such as YYYYMMDD_hhmmss_site_imager_mode.png or "
            "PKR_DASC_0558_YYYYMMDD_hhmmss.fff.FITS, which says station and time"
        )
    return Frame(said.station, said.imager, said.channel, said.time, name, longitude)


FORMATS: dict[str, Callable[[str, bytes], Contents]] = {
    r"\.pgm(\.gz)?$": _read_pgm,
    r"_rgb-\d+_[^/]*\.png$": _read_colour_png,
    r"\.png$": _read_deep_png,
    r"\.fits?$": _read_fits,
}
"""Reader by the pattern that its file names match, the first that does."""


def format_of(name: str) -> Callable[[str, bytes], Contents] | None:
    """Return the reader of a file, or None when its name is of no known format."""
    for pattern, reader in FORMATS.items():
        if re.search(pattern, name, re.IGNORECASE):
            return reader
    return None
