"""Files that may be packed with gzip, unpacked as far as they are whole."""

import zlib

from skyloom.surveys.contract import UnreadableImageError
from skyloom.surveys.members import LARGEST_MEMBER

_GZIP, _GZIP_FORMAT, _PIECE = b"\x1f\x8b", 31, 4096


def unpack(content: bytes) -> tuple[bytes, str | None]:
    """Return a file's bytes without gzip, and what is wrong with its end, if anything is.

    What stands before a cut or a damaged place is kept.

    Raises:
        UnreadableImageError: it unpacks to more than `LARGEST_MEMBER` bytes.
    """
    if not content.startswith(_GZIP):
        return content, None
    parts: list[bytes] = []
    size = start = 0
    unpacker = zlib.decompressobj(wbits=_GZIP_FORMAT)
    while start < len(content):
        piece = content[start : start + _PIECE]
        try:
            parts.append(unpacker.decompress(piece))
        except zlib.error as error:
            return b"".join(parts), f"its gzip data are damaged near byte {start} ({error})"
        size += len(parts[-1])
        if size > LARGEST_MEMBER:
            raise UnreadableImageError(f"its gzip data unpack to more than {LARGEST_MEMBER} bytes")
        start += len(piece) - len(unpacker.unused_data)
        if unpacker.eof:
            if not content.startswith(_GZIP, start):
                return b"".join(parts), _left(content[start:])
            unpacker = zlib.decompressobj(wbits=_GZIP_FORMAT)  # gzip files may be joined to one
    return b"".join(parts), f"its gzip data end too early: cut short at {len(content)} bytes"


def _left(rest: bytes) -> str | None:
    """Return what is wrong with the bytes behind gzip data; zeros fill up a block and are right."""
    return f"{len(rest)} bytes follow its gzip data and are none" if rest.strip(b"\0") else None
