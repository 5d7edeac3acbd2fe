"""Videos of passages, cut from full-disk magnetograms.

The disks are read once for a batch of videos, as many as fit the memory that the settings allow,
so neither the number of disks nor that of regions matters to the memory that a shard needs.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from skyloom.surveys.contract import Covariate, Offer, Reading, UnreadableImageError
from skyloom.surveys.members import NamedFiles
from skyloom.surveys.sun.catalogue import Region, crude_label, window_start
from skyloom.surveys.sun.disk import Disk, header_time, read_disk
from skyloom.surveys.sun.files import absence_remarks, is_fits, read_header
from skyloom.surveys.sun.geometry import Patch, cut_patch, patch_at, reduce_disk
from skyloom.surveys.sun.scale import QUIET, fill_in_time, longest_gap, scale_field
from skyloom.surveys.sun.settings import ReaderSettings
from skyloom.surveys.sun.splits import month_pair, split_of
from skyloom.surveys.sun.times import (
    meridian_distance,
    meridian_passage,
    rotation_number,
    time_in_name,
)

_EARLY = 1.0
"""Seconds by which a frame may come before its place in the video: leap seconds and rounding."""


@dataclass
class _Passage:
    """A video in the making.

    Attributes:
        values: scaled field (T, H, W) float16; NaN = not seen yet.
        present: frames that a sound disk has filled.
        glimpsed, visible: frames with some, and with all, of the patch on the disk.
        strongest: largest mean unsigned field of a frame, gauss.
        bad: what is wrong with each unsound disk of the window.
        digest: of the files that filled the frames.
    """

    region: Region
    start: datetime
    patch: Patch
    values: NDArray[np.float16]
    present: NDArray[np.bool_]
    glimpsed: int = 0
    visible: int = 0
    strongest: float = 0.0
    bad: list[str] = field(default_factory=list)
    digest: "hashlib._Hash" = field(default_factory=hashlib.sha256)


class PassageArchive:
    """Full disks and a catalogue, opened; see `skyloom.surveys.contract.Archive`."""

    def __init__(
        self, files: NamedFiles, regions: Sequence[Region], settings: ReaderSettings
    ) -> None:
        self._files, self._settings = files, settings
        self.remarks: list[str] = absence_remarks(files)
        self._regions = {region.image_id: region for region in sorted(regions, key=self._order)}
        self.offers: Sequence[Offer] = [self._offer(region) for region in self._regions.values()]
        self._disks = self._list_disks()
        self._built: dict[str, _Passage] = {}

    def read(self, offer: Offer) -> Reading:
        """Return the video (T, H, W) float16, 0 to 1, of one passage.

        Raises:
            UnreadableImageError: too few sound disks in its window, or never on the visible disk.
        """
        if offer.image_id not in self._built:
            self._built = self._build(self._batch_from(offer.image_id))
        passage = self._built.pop(offer.image_id)
        self._check(passage)
        video = fill_in_time(passage.values)
        return Reading(
            image=video.astype(np.float16),
            sha256=passage.digest.hexdigest(),
            covariates=_seen_covariates(passage),
        )

    def _start(self, region: Region) -> datetime:
        return window_start(region, self._settings.frames, self._settings.cadence_seconds)

    def _order(self, region: Region) -> tuple[str, str]:
        start = "" if region.rejected else self._start(region).isoformat()
        return start, region.image_id

    def _offer(self, region: Region) -> Offer:
        good = region.rejected is None and region.first_seen is not None
        start = self._start(region) if good else None
        rotation = (
            rotation_number(meridian_passage(region.longitude, region.first_seen))
            if region.first_seen is not None and good
            else None
        )
        return Offer(
            image_id=region.image_id,
            source=region.name,
            group=region.image_id if rotation is None else f"{region.name}_CR{rotation}",
            original=region.image_id,
            split=split_of(region.first_seen, self._settings),
            time=start,
            label=region.label or crude_label(region, self._settings),
            covariates=_region_covariates(region, start, rotation, self._settings),
            rejected=region.rejected,
        )

    def _list_disks(self) -> list[tuple[datetime, str]]:
        """Return time and name of the FITS files, in time; names tell it without opening them."""
        disks = []
        for name in self._files.names:
            if not is_fits(name):
                continue
            time = time_in_name(name) or self._time_inside(name)
            if time is None:
                self.remarks.append(f"{name}: no time in its name or header, left out")
            else:
                disks.append((time, name))
        return sorted(disks)

    def _time_inside(self, name: str) -> datetime | None:
        try:
            return header_time(read_header(self._files.read(name)))
        except UnreadableImageError:
            return None

    def _batch_from(self, image_id: str) -> list[Region]:
        """Return the passage and those after it, as many as the memory allows."""
        cube = 2 * self._settings.frames * self._settings.side**2
        room = max(1, self._settings.memory_mb * 2**20 // cube)
        ids = list(self._regions)
        following = (self._regions[name] for name in ids[ids.index(image_id) :])
        return [region for region in following if region.rejected is None][:room]

    def _build(self, regions: Sequence[Region]) -> dict[str, _Passage]:
        passages = [self._empty(region) for region in regions]
        for time, name in self._disks:
            places = [(passage, self._frame(passage, time)) for passage in passages]
            wanted = [
                (passage, frame)
                for passage, frame in places
                if frame is not None and not passage.present[frame]
            ]
            if wanted:
                self._add_disk(name, wanted)
        return {passage.region.image_id: passage for passage in passages}

    def _empty(self, region: Region) -> _Passage:
        settings = self._settings
        shape = (settings.frames, settings.side, settings.side)
        return _Passage(
            region=region,
            start=self._start(region),
            patch=patch_at(region.latitude, region.longitude, settings),
            values=np.full(shape, np.nan, dtype=np.float16),
            present=np.zeros(settings.frames, dtype=np.bool_),
        )

    def _frame(self, passage: _Passage, time: datetime) -> int | None:
        """Return int(dt / cadence), or None outside the window."""
        passed = (time - passage.start).total_seconds() + _EARLY
        frame = int(passed // self._settings.cadence_seconds)
        return frame if 0 <= frame < self._settings.frames else None

    def _add_disk(self, name: str, wanted: Sequence[tuple[_Passage, int]]) -> None:
        try:
            content = self._files.read(name)
            disk = reduce_disk(read_disk(content, self._settings), self._settings)
        except UnreadableImageError as error:
            for passage, _ in wanted:
                passage.bad.append(f"{name}: {error}")
            return
        digest = hashlib.sha256(content).digest()
        for passage, frame in wanted:
            self._add_frame(passage, frame, disk)
            passage.digest.update(digest)

    def _add_frame(self, passage: _Passage, frame: int, disk: Disk) -> None:
        gauss, on_disk = cut_patch(disk, passage.patch)
        values = scale_field(gauss, self._settings.saturation_gauss)
        values[~on_disk] = QUIET
        passage.values[frame] = values
        passage.present[frame] = True
        passage.glimpsed += bool(on_disk.any())
        passage.visible += bool(on_disk.all())
        seen = np.abs(gauss[np.isfinite(gauss)])
        passage.strongest = max(passage.strongest, float(seen.mean()) if seen.size else 0.0)

    def _check(self, passage: _Passage) -> None:
        end = passage.start + timedelta(
            seconds=self._settings.frames * self._settings.cadence_seconds
        )
        found = int(passage.present.sum())
        if found < self._settings.fewest_frames:
            first = f"; the first bad one: {passage.bad[0]}" if passage.bad else ""
            raise UnreadableImageError(
                f"{found} sound disks between {passage.start:%Y-%m-%dT%H:%M} and "
                f"{end:%Y-%m-%dT%H:%M}, expected at least {self._settings.fewest_frames}; "
                f"{len(passage.bad)} bad ones{first}"
            )
        if passage.glimpsed == 0:
            raise UnreadableImageError("its patch is on the visible disk in none of the disks")


def _region_covariates(
    region: Region, start: datetime | None, rotation: int | None, settings: ReaderSettings
) -> dict[str, Covariate]:
    emergence = None
    if start is not None and region.emergence is not None:
        emergence = (region.emergence - start).total_seconds() / settings.cadence_seconds
    distance = None
    if start is not None and region.first_seen is not None:
        distance = round(meridian_distance(region.longitude, region.first_seen), 3)
    return {
        "region": region.name,
        "latitude": None if start is None else region.latitude,
        "carrington_longitude": None if start is None else region.longitude,
        "carrington_rotation": rotation,
        "first_seen": region.first_seen.isoformat() if region.first_seen else None,
        "first_meridian_distance": distance,
        "label_source": "catalogue" if region.label else "first sight",
        "emergence_frame": emergence,
        "month_pair": month_pair(region.first_seen),
    }


def _seen_covariates(passage: _Passage) -> dict[str, Covariate]:
    places = np.flatnonzero(passage.present)
    return {
        "frames_present": len(places),
        "frames_bad": len(passage.bad),
        "frames_visible": passage.visible,
        "first_frame": int(places[0]),
        "last_frame": int(places[-1]),
        "longest_gap": longest_gap(passage.present),
        "strongest_mean_gauss": round(passage.strongest, 3),
    }
