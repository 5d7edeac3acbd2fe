"""One array inside an `.npz` file, read row by row, whatever its size.

A member that is stored as it is is read at its offset in the file; a compressed one is unpacked
from its start onward, so rows read in their order pass once. A memory map would do for the former,
but its touched pages count as memory of the job: 54 GB of them.
"""

import struct
import tokenize
import zipfile
from pathlib import Path
from typing import Any, BinaryIO, cast

import numpy as np
from numpy.typing import NDArray

from skyloom.surveys.contract import UnreadableArchiveError, UnreadableImageError

_DAMAGE = (
    *(OSError, ValueError, EOFError, KeyError, TypeError, zipfile.BadZipFile),
    *(SyntaxError, tokenize.TokenError),  # of a header that is no Python literal
)
_LOCAL_HEADER = 30
"""Bytes of a zip member's own header before its name and extra field (PKWARE APPNOTE 4.3.7)."""


class NpyMember:
    """An array (N, ...) in an `.npz` file.

    Attributes:
        shape: of the array.
        dtype: of its elements.
    """

    def __init__(self, path: Path, archive: zipfile.ZipFile, name: str) -> None:
        self._name = f"{path.name}, member {name}.npy"
        self._file, self._start = _open(path, archive, f"{name}.npy")
        self.shape, self.dtype = self._read_header(path)
        self._row_bytes = self.dtype.itemsize * int(np.prod(self.shape[1:], dtype=np.int64))

    def rows(self, first: int, count: int) -> NDArray[Any]:
        """Return `count` rows from `first` on, (count, ...).

        Raises:
            UnreadableImageError: the file ends before, or is damaged there.
        """
        size = count * self._row_bytes
        try:
            self._file.seek(self._start + first * self._row_bytes)
            content = self._file.read(size)
        except (OSError, EOFError, ValueError, zipfile.BadZipFile) as error:
            raise UnreadableImageError(
                f"{self._name} is damaged at row {first}: {error}"
            ) from error
        if len(content) < size:
            raise UnreadableImageError(f"{self._name} is cut short at row {first}")
        rows = np.frombuffer(content, dtype=self.dtype)
        return rows.reshape(count, *self.shape[1:])

    def _read_header(self, path: Path) -> tuple[tuple[int, ...], np.dtype[Any]]:
        try:
            self._file.seek(self._start)
            version = np.lib.format.read_magic(self._file)
            read = {
                (1, 0): np.lib.format.read_array_header_1_0,
                (2, 0): np.lib.format.read_array_header_2_0,
            }[version]
            shape, fortran_order, dtype = read(self._file)
        except _DAMAGE as error:
            raise UnreadableArchiveError(
                f"{path}: {self._name} has no readable .npy header ({error}). Fetch the file again."
            ) from error
        if dtype.hasobject:
            raise UnreadableArchiveError(
                f"{path}: {self._name} holds pickled Python objects (dtype {dtype}), which can run "
                "code when opened and are never read here. Save it again as numbers and plain text."
            )
        if fortran_order and len(shape) > 1:
            raise UnreadableArchiveError(
                f"{path}: {self._name} is in Fortran order, in which an image lies all over the "
                "file. Save it again with numpy.ascontiguousarray."
            )
        self._start = self._file.tell()
        return shape, dtype


def _open(path: Path, archive: zipfile.ZipFile, name: str) -> tuple[BinaryIO, int]:
    """Return a file to read the member's bytes from, and where in it they start."""
    info = archive.getinfo(name)
    if info.compress_type != zipfile.ZIP_STORED:
        return cast(BinaryIO, archive.open(info)), 0
    file = path.open("rb")
    file.seek(info.header_offset)
    header = file.read(_LOCAL_HEADER)
    name_length, extra_length = struct.unpack("<HH", header[26:30])
    return file, info.header_offset + _LOCAL_HEADER + name_length + extra_length
