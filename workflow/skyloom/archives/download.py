"""Download one file: resumed after cuts, verified at the end, complete or not there at all."""

import re
from collections.abc import Callable
from pathlib import Path

import httpx

from skyloom.archives.partial import Partial, size_of_whole
from skyloom.archives.verify import FetchError, compare, verify
from skyloom.archives.web import NO_SUCH_RANGE, Web
from skyloom.shards import ArchiveFile

CUTS = 20
"""How often one download is taken up again in one call."""

Progress = Callable[[int], None]
"""Told the bytes received so far."""


class _CutError(FetchError):
    """The rest of a file did not come; worth asking for it."""


def download(web: Web, file: ArchiveFile, target: Path, progress: Progress) -> None:
    """Bring `file` to `target`, going on where an earlier call was interrupted.

    Args:
        web: how servers are asked.
        file: the address, and size and checksums where they are known.
        target: path of the file; until it is complete, its beginning is at `<target>.partial`.
        progress: told the bytes received so far.

    Raises:
        AbsentError: nothing is at the address.
        WebError: no usable answer came; the beginning is kept.
        FetchError: cut too often (the beginning is kept), or another size or checksum than
            expected (nothing is kept).
    """
    partial = Partial(target, file)
    _receive_all(web, file, partial, progress)
    try:
        verify(partial.path, file)
    except FetchError:
        partial.discard()
        raise
    partial.complete()


def _receive_all(web: Web, file: ArchiveFile, partial: Partial, progress: Progress) -> None:
    waits = 0
    for _ in range(CUTS):
        before = partial.size
        try:
            return _receive(web, file, partial, progress)
        except _CutError as error:
            waits = 0 if partial.size > before else waits + 1
            reason = error
        web.pause(waits)
    raise _CutError(
        f"{file.url}: cut {CUTS} times, lastly after {partial.size} bytes ({reason}). What came is "
        "kept: run again and it goes on there."
    )


def _receive(web: Web, file: ArchiveFile, partial: Partial, progress: Progress) -> None:
    """Ask once for what is missing; raise `_CutError` when less comes."""
    asked = partial.range_headers()
    with web.open(file.url, asked) as response:
        if response.status_code == NO_SUCH_RANGE:
            return _settle(response, partial)
        total = size_of_whole(response)
        if total is not None:
            compare(file.url, "size in bytes", total, file.bytes)
        _take_position(response, partial)
        _append(response, partial, progress)
    expected = file.bytes if total is None else total
    if expected is not None and partial.size < expected:
        raise _CutError(f"the server ended after {partial.size} of {expected} bytes")


def _take_position(response: httpx.Response, partial: Partial) -> None:
    """Make the partial file end where the answer's body begins."""
    if response.status_code != httpx.codes.PARTIAL_CONTENT:
        partial.restart(response)
    elif _first_byte(response) != partial.size:
        partial.discard()
        raise _CutError("the server sent another range than was asked for")
    elif not partial.goes_on_with(response):
        partial.discard()
        raise _CutError("the file has changed on the server; starting again")


def _append(response: httpx.Response, partial: Partial, progress: Progress) -> None:
    """Write the body as it is on the wire: what is packed stays packed."""
    try:
        for size in partial.append(response.iter_raw()):
            progress(size)
    except httpx.TransportError as error:
        raise _CutError(f"{type(error).__name__}: {error}") from error


def _settle(response: httpx.Response, partial: Partial) -> None:
    """Take the answer 416 for the end of a complete file, or forget what was received."""
    size = re.fullmatch(r"bytes \*/(\d+)", response.headers.get("Content-Range", ""))
    if size is None or int(size[1]) != partial.size:
        partial.discard()
        raise _CutError("the server has no such range; starting again")


def _first_byte(response: httpx.Response) -> int | None:
    found = re.match(r"bytes (\d+)-", response.headers.get("Content-Range", ""))
    return int(found[1]) if found else None
