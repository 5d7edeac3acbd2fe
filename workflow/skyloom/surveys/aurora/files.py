"""Archives of frame files: a minute file, a site-hour of them, a tar file or folder of pictures."""

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from skyloom.surveys.aurora.formats import Contents, Shot, format_of, is_spare, read_file
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
from skyloom.surveys.aurora.tars import list_tar, read_from_tar
from skyloom.surveys.contract import Offer, Reading, UnreadableArchiveError, UnreadableImageError
from skyloom.surveys.member_list import member_rows
from skyloom.surveys.members import NamedFiles, OneFile

_INSIDE = "!/"
"""Between the name of a tar file among the members and a file in it."""


class FilesArchive:
    """Frames of files, opened; see `skyloom.surveys.contract.Archive`.

    Opening reads every file once for its frames' times; nothing of them is kept. Reading holds one
    file at a time.
    """

    def __init__(self, files: NamedFiles, settings: ReaderSettings) -> None:
        self._files, self._settings = files, settings
        self._shots: tuple[str, dict[str, Shot]] = ("", {})
        self.remarks: list[str] = []
        self.offers: Sequence[Offer] = [*self._locate(), *_absent(files)]
        if not self.offers:
            raise UnreadableArchiveError(
                "no all-sky frame in the raw file. Expected .pgm, .pgm.gz, 16-bit .png or .fits "
                f"files, found {', '.join(list(files.names)[:5]) or 'nothing'}."
            )

    @classmethod
    def of_file(cls, path: Path, settings: ReaderSettings) -> "FilesArchive":
        """Open a raw file that is itself a file of frames."""
        return cls(OneFile(path), settings)

    def read(self, offer: Offer) -> Reading:
        """Return one frame as a stretched picture (1, S, S) uint16."""
        shot = self._shot(offer.source)
        pixels, covariates = develop(shot.decode(), self._settings, shot.full)
        return Reading(pixels, hashlib.sha256(shot.content).hexdigest(), covariates)

    def _locate(self) -> list[Offer]:
        frames: list[Frame] = []
        faulty: list[Offer] = []
        for name in self._frame_files(faulty):
            contents = self._contents(name)
            frames += [shot.frame for shot in contents.shots]
            faulty += [
                faulty_offer(f"{name}#fault{number}", fault)
                for number, fault in enumerate(contents.faults)
            ]
        kept = thin(frames, self._settings.cadence)
        self.remarks += remark_thinned(frames, kept, self._settings.cadence)
        self.remarks += unplaced(frames, self._settings)
        return [*offer_frames(kept, self._settings), *faulty]

    def _frame_files(self, faulty: list[Offer]) -> Iterator[str]:
        """Yield the names of the files of frames; what is wrong with a tar file joins `faulty`."""
        spare = 0
        for name in self._files.names:
            if is_spare(name):
                spare += 1
            elif name.lower().endswith(".tar"):
                yield from self._tar_names(name, faulty)
            elif format_of(name) is not None:
                yield name
        if spare:
            self.remarks.append(f"{spare} *_row2 file(s) left out: rows of frames that others hold")

    def _tar_names(self, name: str, faulty: list[Offer]) -> list[str]:
        try:
            names, fault = list_tar(self._files.read(name))
        except UnreadableImageError as error:
            names, fault = [], str(error)
        if fault is not None:
            faulty.append(faulty_offer(f"{name}#fault0", fault))
        return [f"{name}{_INSIDE}{found}" for found in names if format_of(found) is not None]

    def _contents(self, name: str) -> Contents:
        try:
            return read_file(name, self._content(name))
        except UnreadableImageError as error:
            return Contents([], [str(error)])

    def _content(self, name: str) -> bytes:
        outer, _, inner = name.partition(_INSIDE)
        content = self._files.read(outer)
        return read_from_tar(content, inner) if inner else content

    def _shot(self, source: str) -> Shot:
        name = source.partition("#")[0]
        if self._shots[0] != name:
            self._shots = ("", {})  # the file before is let go before the next is unpacked
            shots = {shot.frame.source: shot for shot in self._contents(name).shots}
            self._shots = (name, shots)
        if source not in self._shots[1]:
            raise UnreadableImageError(f"{source} is no longer in the raw file")
        return self._shots[1][source]


def _absent(files: NamedFiles) -> list[Offer]:
    """Return a rejected offer for each member that the archive did not have."""
    return [
        faulty_offer(row["name"], f"absent from the archive ({row.get('url', '')})")
        for row in member_rows(files)
        if row.get("state") == "absent"
    ]


def is_frame_file(path: Path) -> bool:
    """Whether a raw file is itself a file of frames, by its name."""
    return path.is_file() and format_of(path.name) is not None
