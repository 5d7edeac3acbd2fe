"""Multi-frame PGM files of the University of Calgary's imagers (THEMIS, Rainbow, TREx).

A minute file is one P5 picture after the other, each under a header of its own whose comments
carry `#"key" value` pairs, most often packed with gzip. Counts are 16-bit big-endian.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from skyloom.surveys.contract import UnreadableImageError

_HEADER = re.compile(
    rb"P5\s(?P<comments>(?:#[^\n]*\n|\s)*)(?P<width>\d{1,5})\s+(?P<height>\d{1,5})\s+"
    rb"(?P<top>\d{1,5})\s"
)
_COMMENT = re.compile(r'^#"(?P<key>[^"]+)"\s*(?P<text>.*?)\s*$', re.MULTILINE)
_TIME = "Image request start"


@dataclass(frozen=True)
class PgmFrame:
    """One frame of a file.

    Attributes:
        header: comments by key.
        content: header and counts as they stand in the file.
        counts: (H, W), a view of the file's bytes.
        full: largest count that the file can hold.
    """

    header: Mapping[str, str]
    content: memoryview
    counts: NDArray[np.uint16]
    full: int

    @property
    def time(self) -> datetime:
        """Start of the exposure; raises `UnreadableImageError` when the header lacks it."""
        text = self.header.get(_TIME, "")
        for pattern in ("%Y-%m-%d %H:%M:%S.%f UTC", "%Y-%m-%d %H:%M:%S UTC"):
            try:
                return datetime.strptime(text, pattern).replace(tzinfo=UTC)
            except ValueError:
                continue
        raise UnreadableImageError(
            f"header key '{_TIME}' is '{text}', expected 'YYYY-MM-DD hh:mm:ss.ffffff UTC'"
        )

    @property
    def longitude(self) -> float | None:
        """Longitude east in degrees, where the header has it."""
        for key, text in self.header.items():
            if key.lower() in ("geodetic longitude", "geographic longitude"):
                try:
                    return float(text)
                except ValueError:
                    return None
        return None


def read_frames(content: bytes) -> Iterator[PgmFrame]:
    """Yield the frames of an unpacked file.

    Raises:
        UnreadableImageError: after the last good frame, where something else than a whole frame
            follows.
    """
    start, number = 0, 0
    while start < len(content):
        frame = _frame_at(content, start, number)
        yield frame
        start, number = start + len(frame.content), number + 1


def _frame_at(content: bytes, start: int, number: int) -> PgmFrame:
    header = _HEADER.match(content, start)
    if header is None:
        raise UnreadableImageError(
            f"no PGM header (P5) for frame {number} at byte {start} of {len(content)}"
        )
    width, height, top = (int(header[key]) for key in ("width", "height", "top"))
    type_ = np.dtype(">u2" if top > 255 else "u1")
    size = width * height * type_.itemsize
    if size == 0 or header.end() + size > len(content):
        raise UnreadableImageError(
            f"frame {number} is cut short: {len(content) - header.end()} of {size} bytes"
        )
    counts = np.frombuffer(content, type_, width * height, header.end()).reshape(height, width)
    comments = header["comments"].decode("latin-1")
    return PgmFrame(
        header={found["key"]: found["text"] for found in _COMMENT.finditer(comments)},
        content=memoryview(content)[start : header.end() + size],
        counts=counts,
        full=top,
    )
