"""One large record of a CDF file, unpacked piece by piece.

cdflib holds a record five times while it reads it: for an hour of full frames in one record that
is near 1 GB. The structures are those of the CDF internal format description, version 3.
"""

import struct
import zlib
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

_INDEX, _PLAIN, _PACKED = 6, 7, 13
"""Types of CDF records: index of values (VXR), values (VVR), packed values (CVVR)."""
_BIG_ENDIAN = (1, 2, 5, 7, 9, 11, 12, 18)
"""Encodings of a CDF file whose numbers have the high byte first."""
_PIECE, _GZIP = 2**20, 31


class UnknownRecordError(ValueError):
    """The record is stored in a way that is not read here."""


def read_record(path: Path, index: int, count: int, encoding: int) -> NDArray[np.uint16]:
    """Return the `count` numbers of a variable's only record, as a flat array.

    Args:
        path: a CDF file of version 3.
        index: offset of the variable's index of values, cdflib's `head_vxr`.
        count: of unsigned 16-bit numbers in the record.
        encoding: of the file, cdflib's `Encoding`.

    Raises:
        UnknownRecordError: several parts, or a compression other than gzip.
        OSError, zlib.error: damaged.
    """
    stored = np.empty(count, dtype=">u2" if encoding in _BIG_ENDIAN else "<u2")
    room = stored.view(np.uint8).data
    with path.open("rb") as file:
        file.seek(_only_part(file, index))
        size, type_ = struct.unpack(">qi", file.read(12))
        if type_ == _PACKED:
            (packed,) = struct.unpack(">4xq", file.read(12))
            _unpack(file, packed, room)
        elif type_ != _PLAIN or size - 12 < len(room) or file.readinto(room) < len(room):
            raise UnknownRecordError(f"a record of type {type_} and {size} bytes")
    return _to_native(stored)


def _only_part(file: BinaryIO, index: int) -> int:
    """Return the offset of the values that an index with a single entry names."""
    file.seek(index)
    _, type_, following, places, used = struct.unpack(">qiqii", file.read(28))
    if type_ != _INDEX or following != 0 or used != 1:
        raise UnknownRecordError(f"an index of type {type_} with {used} entries")
    file.seek(8 * places, 1)  # the first and last record number of each entry
    (offset,) = struct.unpack(">q", file.read(8))
    return int(offset)


def _unpack(file: BinaryIO, packed: int, room: memoryview) -> None:
    """Fill `room` with what the next `packed` bytes of a file hold, in pieces."""
    unpacker = zlib.decompressobj(wbits=_GZIP)
    filled = 0
    while packed > 0 and not unpacker.eof:
        content = file.read(min(_PIECE, packed))
        if not content:
            break
        packed -= len(content)
        part = unpacker.decompress(content, len(room) - filled + 1)
        if filled + len(part) > len(room):
            raise UnknownRecordError(f"a record of more than {len(room)} bytes")
        room[filled : filled + len(part)] = part
        filled += len(part)
    if filled < len(room):
        raise OSError(f"a record is cut short: {filled} of {len(room)} bytes")


def _to_native(stored: NDArray[np.uint16]) -> NDArray[np.uint16]:
    if stored.dtype.isnative:
        return stored
    return stored.byteswap(inplace=True).view(stored.dtype.newbyteorder("="))
