"""Writers of the archives' own formats, for the simulator: 16-bit PNG, stream0 PGM, tar, L1 CDF."""

import gzip
import io
import struct
import tarfile
import tempfile
import zlib
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from cdflib.cdfwrite import CDF
from numpy.typing import NDArray

Counts = NDArray[np.uint16]

_GZIP_LEVEL = 6
_UINT2, _REAL8, _EPOCH = 12, 22, 31
_EPOCH_OF_1970 = 62167219200000.0
_NEW_LAYOUT_YEAR = 2024


def green_png(picture: Counts) -> bytes:
    """Return a 16-bit RGB PNG whose green band is `picture` (H, W), as OATH's pictures are."""
    height, width = picture.shape
    bands = np.zeros((height, width, 3), dtype=">u2")
    bands[:, :, 1] = picture
    lines = np.zeros((height, 1 + 6 * width), dtype=np.uint8)  # filter type 0, then the pixels
    lines[:, 1:] = bands.reshape(height, -1).view(np.uint8)
    head = struct.pack(">IIBBBBB", width, height, 16, 2, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(lines.tobytes(), 4)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, content) for kind, content in chunks)


def _chunk(kind: bytes, content: bytes) -> bytes:
    checksum = zlib.crc32(kind + content)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", checksum)


def stream0_frame(counts: Counts, header: Mapping[str, str]) -> bytes:
    """Return one frame (H, W) of a stream0 minute file, with its header's comments."""
    height, width = counts.shape
    comments = "".join(f'#"{key}" {text}\n' for key, text in header.items())
    head = f"P5\n{comments}{width} {height}\n65535\n".encode("ascii")
    return head + counts.astype(">u2").tobytes()


def minute_file(frames: Iterable[bytes]) -> bytes:
    """Return the frames of a minute as Calgary packs them: one after the other, in gzip."""
    return gzip.compress(b"".join(frames), compresslevel=_GZIP_LEVEL, mtime=0)


def tarball(files: Mapping[str, bytes]) -> bytes:
    """Return a .tgz of files by name, which depends on names and bytes alone."""
    packed = io.BytesIO()
    with (
        gzip.GzipFile(fileobj=packed, mode="wb", compresslevel=1, mtime=0, filename="") as stream,
        tarfile.open(fileobj=stream, mode="w", format=tarfile.USTAR_FORMAT) as archive,
    ):
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return packed.getvalue()


def level1_cdf(station: str, frames: Counts, times: NDArray[np.float64]) -> bytes:
    """Return an L1 `asf` hour file, in the layout that Berkeley used in the year of its times.

    Args:
        station: code.
        frames: (N, H, W) counts.
        times: (N,) Unix seconds, at least one.
    """
    name = f"thg_asf_{station}"
    new = datetime.fromtimestamp(float(times[0]), UTC).year >= _NEW_LAYOUT_YEAR
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{name}.cdf"
        file = CDF(path, cdf_spec={"Majority": "row_major", "Encoding": 1, "rDim_sizes": []})
        cube = np.ascontiguousarray(np.moveaxis(frames, 0, -1))[None] if new else frames
        _add(file, name, _UINT2, cube)
        if not new:
            _add(file, f"{name}_epoch", _EPOCH, times * 1000 + _EPOCH_OF_1970)
        _add(file, f"{name}_time", _REAL8, times)
        file.close()
        return path.read_bytes()


def _add(file: CDF, name: str, type_: int, values: NDArray[np.generic]) -> None:
    """Add a variable whose first axis is that of records."""
    said = {
        "Variable": name,
        "Data_Type": type_,
        "Num_Elements": 1,
        "Rec_Vary": True,
        "Dim_Sizes": list(values.shape[1:]),
        "Compress": _GZIP_LEVEL,
    }
    file.write_var(said, var_data=values)
