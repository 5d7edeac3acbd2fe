"""Ready videos: cubes `BARDnnnn_YYYYMMDD.fits` beside their times `BARDnnnn_YYYYMMDD.dt.fits`."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import PurePosixPath

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import label as connected

from skyloom.shards import MEMBERS_FILE
from skyloom.surveys.contract import Offer, Reading, UnreadableImageError
from skyloom.surveys.fits import read_fits
from skyloom.surveys.members import NamedFiles
from skyloom.surveys.sun.catalogue import EMERGENCE, NON_EMERGENCE, parse_label
from skyloom.surveys.sun.files import is_fits, read_text, stem
from skyloom.surveys.sun.labels import read_labels
from skyloom.surveys.sun.scale import QUIET, fill_in_time, longest_gap, scale_field
from skyloom.surveys.sun.settings import ReaderSettings
from skyloom.surveys.sun.splits import month_pair, split_of
from skyloom.surveys.sun.times import rotation_number

_DAY = re.compile(r"_(\d{8})$")
_CLASS_FOLDERS = {"emergence": EMERGENCE, "ar_non_emergence": NON_EMERGENCE}
_SPLIT_FOLDERS = {"training": "train", "validation": "val", "test": "test"}


class VideoArchive:
    """A folder of videos, opened; see `skyloom.surveys.contract.Archive`."""

    def __init__(self, files: NamedFiles, settings: ReaderSettings) -> None:
        self._files, self._settings = files, settings
        self.remarks: list[str] = []
        fits_names = [name for name in files.names if is_fits(name)]
        self._times = {stem(n).removesuffix(".dt"): n for n in fits_names if _is_times(n)}
        self._labels = self._read_tables()
        videos = [name for name in fits_names if not _is_times(name)]
        self.offers: Sequence[Offer] = self._offers(videos)

    def read(self, offer: Offer) -> Reading:
        """Return the video (T, H, W) float16, 0 to 1.

        Raises:
            UnreadableImageError: no cube of three axes, another side, or times that do not fit it.
        """
        settings, content = self._settings, self._files.read(offer.source)
        gauss, _ = read_fits(content, dimensions=3)
        if gauss.shape[1:] != (settings.side, settings.side):
            raise UnreadableImageError(
                f"frames of {gauss.shape[1]}x{gauss.shape[2]} pixels, expected "
                f"{settings.side}x{settings.side} (patch_degrees / degrees_per_pixel)"
            )
        frames = self._frames(offer.image_id, len(gauss))
        values = scale_field(gauss, settings.saturation_gauss)
        shape = (settings.frames, settings.side, settings.side)
        video, present = np.full(shape, np.nan, np.float32), np.zeros(settings.frames, np.bool_)
        for frame, image in zip(frames, values, strict=True):
            if 0 <= frame < settings.frames and not present[frame]:
                video[frame], present[frame] = off_limb_to_quiet(image), True
        if not present.any():
            raise UnreadableImageError(f"none of its {len(gauss)} frames falls into the window")
        return Reading(
            image=fill_in_time(video).astype(np.float16),
            sha256=hashlib.sha256(content).hexdigest(),
            covariates={
                "frames_present": int(present.sum()),
                "first_frame": int(np.flatnonzero(present)[0]),
                "last_frame": int(np.flatnonzero(present)[-1]),
                "longest_gap": longest_gap(present),
            },
        )

    def _read_tables(self) -> Mapping[str, str]:
        tables = [name for name in self._files.names if name.lower().endswith((".csv", ".tsv"))]
        labels: dict[str, str] = {}
        for name in tables:
            where = f"{self._files.path}: {name}"
            if PurePosixPath(name).name != MEMBERS_FILE:
                text = read_text(self._files, name)
                labels.update(read_labels(text, where, self._settings.label_columns))
        return labels

    def _offers(self, names: Sequence[str]) -> list[Offer]:
        seen: dict[str, str] = {}
        offers = []
        for name in names:
            first = seen.setdefault(stem(name), name)
            offers.append(self._offer(name, None if first == name else f"same name as {first}"))
        return offers

    def _offer(self, name: str, twin: str | None) -> Offer:
        video = stem(name)
        time = _day(video)
        region = _DAY.sub("", video)
        label, rejected = self._label(name)
        return Offer(
            image_id=name if twin else video,
            source=name,
            group=video if time is None else f"{region}_CR{rotation_number(time)}",
            original=video,
            split=_from_folders(name, _SPLIT_FOLDERS) or split_of(time, self._settings),
            time=time,
            label=label,
            covariates={"region": region, "month_pair": month_pair(time)},
            rejected=twin or rejected,
        )

    def _label(self, name: str) -> tuple[str | None, str | None]:
        said = self._labels.get(stem(name), "")
        try:
            return parse_label(said) or _from_folders(name, _CLASS_FOLDERS), None
        except ValueError as error:
            return None, f"label table: {error}"

    def _frames(self, video: str, count: int) -> list[int]:
        """Return the frame index of each image: int(dt / cadence); without times, 0, 1, 2 ..."""
        name = self._times.get(video)
        if name is None:
            return list(range(count))
        seconds, _ = read_fits(self._files.read(name), dimensions=1)
        if len(seconds) != count:
            raise UnreadableImageError(f"{count} frames, but {len(seconds)} times in {name}")
        if not np.isfinite(seconds).all():
            raise UnreadableImageError(f"times in {name} that are no numbers")
        return [int(second // self._settings.cadence_seconds) for second in seconds]


def off_limb_to_quiet(image: NDArray[np.float32]) -> NDArray[np.float32]:
    """Set areas of exact 0 that touch a corner of a scaled image (H, W) to `QUIET`.

    The ready videos hold a large negative number off the limb, which clipping turns into exact 0.
    """
    areas, _ = connected(image == 0)
    corners = {int(areas[row, column]) for row in (0, -1) for column in (0, -1)} - {0}
    return np.where(np.isin(areas, list(corners)), np.float32(QUIET), image)


def _is_times(name: str) -> bool:
    return stem(name).endswith(".dt")


def _day(video: str) -> datetime | None:
    found = _DAY.search(video)
    try:
        return datetime.strptime(found[1], "%Y%m%d").replace(tzinfo=UTC) if found else None
    except ValueError:
        return None


def _from_folders(name: str, meaning: Mapping[str, str]) -> str | None:
    folders = PurePosixPath(name).parts[:-1]
    return next((meaning[part.lower()] for part in folders if part.lower() in meaning), None)
