"""THEMIS level 1 CDF files of Berkeley: an hour of full frames (asf) or a day of thumbnails (ast).

Two layouts: frames as records, (N, 256, 256); and, from 2024 on, one record (rows, columns, N) with
times in Unix seconds. The variable of epochs is left empty in some files, that of seconds is not.
"""

import hashlib
import math
import re
import struct
import zlib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import cdflib
import numpy as np
from numpy.typing import NDArray

from skyloom.surveys.aurora.cdf_record import UnknownRecordError, read_record
from skyloom.surveys.aurora.frames import (
    Frame,
    develop,
    faulty_offer,
    offer_frames,
    remark_thinned,
    thin,
    unplaced,
)
from skyloom.surveys.aurora.settings import ReaderSettings
from skyloom.surveys.contract import Offer, Reading, UnreadableArchiveError, UnreadableImageError

BLOCK = 64
"""Records read together when all are wanted: 8 MB of full frames."""

_UINT2 = 12
"""CDF's number of unsigned 16-bit integers."""
_IMAGES = re.compile(r"^thg_(?P<kind>as[ft])_(?P<station>[a-z0-9]{3,4})$")
_DAMAGE = (
    *(OSError, ValueError, KeyError, IndexError, RuntimeError, TypeError, zlib.error),
    *(MemoryError, OverflowError),  # of sizes that the damage made up
)


class CdfArchive:
    """A CDF file, opened; see `skyloom.surveys.contract.Archive`."""

    def __init__(self, path: Path, settings: ReaderSettings) -> None:
        self._settings = settings
        self._path = path
        self._file = _open(path)
        try:
            self._variable = self._find_images()
            times = self._times()
            self._layout = self._find_layout(len(times))
        except _DAMAGE as error:
            raise UnreadableArchiveError(
                f"{path} is damaged: its variables cannot be read ({error!r}). Fetch it again."
            ) from error
        frames = list(self._frames(times))
        kept = thin(frames, settings.cadence)
        self._step = BLOCK if len(kept) == len(frames) else 1
        self._block: tuple[int, NDArray[np.uint16]] = (0, np.empty((0, 0, 0), np.uint16))
        self.remarks: Sequence[str] = [
            *remark_thinned(frames, kept, settings.cadence),
            *unplaced(frames, settings),
        ]
        self.offers: Sequence[Offer] = [*offer_frames(kept, settings), *self._timeless(times)]

    def read(self, offer: Offer) -> Reading:
        """Return one frame as a stretched picture (1, H, W) uint16."""
        counts = self._counts(int(offer.source.rpartition("#")[2]))
        pixels, covariates = develop(counts, self._settings)
        return Reading(pixels, hashlib.sha256(counts.data).hexdigest(), covariates)

    def _find_images(self) -> str:
        names = self._file.cdf_info().zVariables
        for name in names:
            if _IMAGES.match(name):
                return str(name)
        raise UnreadableArchiveError(
            f"{self._path} has no images: expected a variable thg_asf_<site> or thg_ast_<site>, "
            f"found {', '.join(names) or 'none'}. Is it another THEMIS product?"
        )

    def _times(self) -> NDArray[np.float64]:
        """Return the frames' times in Unix seconds, (N,)."""
        names = self._file.cdf_info().zVariables
        seconds, epochs = f"{self._variable}_time", f"{self._variable}_epoch"
        if seconds in names:
            return np.ravel(self._get(seconds)).astype(np.float64)
        if epochs in names:
            return np.ravel(cdflib.cdfepoch.unixtime(self._get(epochs))).astype(np.float64)
        raise UnreadableArchiveError(
            f"{self._path} has no times: expected a variable {seconds} or {epochs}, found "
            f"{', '.join(names)}. Fetch the file again, or leave it out of the sheet."
        )

    def _find_layout(self, count: int) -> str:
        """Return how frames lie in the file: `records`, or `cube` for one record of them all."""
        asked = self._file.varinq(self._variable)
        records, sizes = asked.Last_Rec + 1, list(asked.Dim_Sizes)
        if len(sizes) == 2 and records == count:
            return "records"
        if len(sizes) == 3 and records == 1 and sizes[-1] == count:
            return "cube"
        raise UnreadableArchiveError(
            f"{self._path}: {self._variable} has {records} records of {sizes}, for {count} times. "
            "Expected (N, rows, columns), or one record (rows, columns, N). Fetch it again."
        )

    def _frames(self, times: NDArray[np.float64]) -> Iterator[Frame]:
        found = _IMAGES.match(self._variable)
        assert found is not None
        for number in np.flatnonzero(_is_time(times)):
            time = datetime.fromtimestamp(float(times[number]), UTC)
            source = f"{self._variable}#{number}"
            yield Frame(found["station"], "themis", found["kind"], time, source)

    def _timeless(self, times: NDArray[np.float64]) -> list[Offer]:
        return [
            faulty_offer(
                f"{self._path.stem}#{number}", f"its time is {times[number]:g} Unix seconds"
            )
            for number in np.flatnonzero(~_is_time(times))
        ]

    def _counts(self, number: int) -> NDArray[np.uint16]:
        """Return the counts (H, W) of one frame; the block that it lies in is kept."""
        first, block = self._block
        if not first <= number < first + len(block):
            first = number - number % self._step
            block = self._load(first)
            self._block = (first, block)
        counts: NDArray[np.uint16] = block[number - first]
        return counts

    def _load(self, first: int) -> NDArray[np.uint16]:
        """Return the frames (K, H, W) from `first` on; a cube comes as a whole."""
        if self._layout == "cube":
            return self._slice_cube(first)
        last = min(first + self._step, self._file.varinq(self._variable).Last_Rec + 1) - 1
        try:
            found = _as_counts(self._file.varget(self._variable, startrec=first, endrec=last))
        except _DAMAGE as error:
            raise UnreadableImageError(f"record {first} cannot be unpacked: {error}") from error
        return found

    def _slice_cube(self, first: int) -> NDArray[np.uint16]:
        if not hasattr(self, "_cube"):
            try:
                self._cube = self._read_cube()
            except _DAMAGE as error:
                raise UnreadableImageError(f"its frames cannot be unpacked: {error}") from error
        part: NDArray[np.uint16] = np.moveaxis(self._cube[..., first : first + self._step], -1, 0)
        return np.ascontiguousarray(part)

    def _read_cube(self) -> NDArray[np.uint16]:
        """Return the one record of all frames, (H, W, N)."""
        said, file = self._file.vdr_info(self._variable), self._file.cdf_info()
        sizes = list(said.dim_sizes)
        try:
            if said.data_type != _UINT2:
                raise UnknownRecordError(f"numbers of CDF type {said.data_type}")
            flat = read_record(self._path, said.head_vxr, math.prod(sizes), file.Encoding)
        except (UnknownRecordError, struct.error):
            return _as_counts(self._file.varget(self._variable)[0])
        return flat.reshape(sizes, order="F" if file.Majority.startswith("Column") else "C")

    def _get(self, name: str) -> NDArray[Any]:
        try:
            found: NDArray[Any] = self._file.varget(name)
        except _DAMAGE as error:
            raise UnreadableArchiveError(
                f"{self._path}: variable {name} cannot be read ({error!r}). Fetch the file again."
            ) from error
        return found


def _open(path: Path) -> cdflib.CDF:
    try:
        return cdflib.CDF(path)
    except _DAMAGE as error:
        raise UnreadableArchiveError(
            f"{path} is no readable CDF file ({error}). Delete it and run acquire again."
        ) from error


def _as_counts(found: NDArray[Any]) -> NDArray[np.uint16]:
    if found.dtype != np.uint16:
        raise UnreadableImageError(f"frames of type {found.dtype}, expected uint16")
    counts: NDArray[np.uint16] = found
    return counts


def _is_time(times: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Whether each is a time since the first THEMIS winter, rather than a fill value."""
    begin = datetime(2005, 1, 1, tzinfo=UTC).timestamp()
    return np.isfinite(times) & (times > begin) & (times < math.ldexp(1, 32))
