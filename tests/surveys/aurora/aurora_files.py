"""Small aurora archives, made by hand for the tests."""

import gzip
import io
import struct
import tarfile
import zipfile
import zlib
from datetime import UTC, datetime, timedelta

import numpy as np

from skyloom.surveys.aurora.raw_formats import green_png, level1_cdf, stream0_frame
from skyloom.surveys.aurora.settings import ReaderSettings

EVERY = ReaderSettings(cadence=0)
LABEL_HEAD = "Licence lines\nthat precede\n\nclass2,class6,picNum,picType,rotAng\n"


def sky(number=0, size=64):
    """Return counts of a lit sky (S, S): a gradient, an arc and noise."""
    rng = np.random.default_rng(number)
    y, x = np.mgrid[:size, :size]
    arc = 3000 * np.exp(-0.5 * ((y - size / 2 - 3 * (number % 7)) / 3) ** 2)
    return (2500 + 20 * x + arc + rng.normal(0, 30, (size, size))).astype(np.uint16)


def frame_header(time, **more):
    return {
        "Site unique ID": "gill",
        "Imager unique ID": "themis19",
        "Mode unique ID": "full",
        "Geodetic Longitude": "-94.6557",
        "Image request start": f"{time:%Y-%m-%d %H:%M:%S.%f} UTC",
        **more,
    }


def minute(count=4, start=datetime(2014, 3, 10, 6, tzinfo=UTC), step=3.0, pictures=None):
    """Return the unpacked bytes of a stream0 minute file."""
    pictures = [sky(number) for number in range(count)] if pictures is None else pictures
    times = [start + timedelta(seconds=step * number) for number in range(len(pictures))]
    return b"".join(stream0_frame(p, frame_header(t)) for p, t in zip(pictures, times, strict=True))


def packed(content):
    return gzip.compress(content, mtime=0)


def make_zip(path, files):
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def make_tgz(path, files):
    with tarfile.open(path, "w:gz") as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return path


def make_cdf(path, frames=None, year=2014, count=5):
    frames = np.stack([sky(n, 32) for n in range(count)]) if frames is None else frames
    start = datetime(year, 3, 10, 6, tzinfo=UTC).timestamp()
    path.write_bytes(level1_cdf("gill", frames, start + 3.0 * np.arange(len(frames))))
    return path, frames


def oath_tree(lines, folder="classifications", pictures=None, more=None):
    """Return files by name in OATH's layout, for lines such as `0,2,00001,discrete,334`."""
    numbers = [line.split(",")[2] for line in lines] if pictures is None else pictures
    files = {f"oath_v1.1/{folder}/{folder}.csv": (LABEL_HEAD + "\n".join(lines) + "\n").encode()}
    for number in numbers:
        picture = np.arange(64 * 64, dtype=np.uint16).reshape(64, 64) * 7 + int(number)
        files[f"oath_v1.1/images/cropped_scaled/{number}.png"] = green_png(picture)
    return {**files, **(more or {})}


def png8(value=100, size=8):
    """Return an 8-bit grey PNG."""
    return _png(value, size, 8, kind=0, bands=1)


def png_with_alpha(kind, depth=16, size=8):
    """Return a PNG with transparency: of kind 6 RGB, of kind 4 grey."""
    return _png(100, size, depth, kind, bands={4: 2, 6: 4}[kind])


def _png(value, size, depth, kind, bands):
    lines = bytes([0, *([value] * (size * bands * depth // 8))]) * size
    chunks = (
        (b"IHDR", struct.pack(">IIBBBBB", size, size, depth, kind, 0, 0, 0)),
        (b"IDAT", zlib.compress(lines)),
        (b"IEND", b""),
    )
    out = b"\x89PNG\r\n\x1a\n"
    for kind, content in chunks:
        out += struct.pack(">I", len(content)) + kind + content
        out += struct.pack(">I", zlib.crc32(kind + content))
    return out
