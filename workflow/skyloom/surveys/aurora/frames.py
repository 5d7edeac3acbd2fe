"""What all raw formats share: frames located but not read, thinned, named, and developed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from skyloom.surveys.aurora.settings import ReaderSettings
from skyloom.surveys.aurora.stations import LONGITUDES, night_of
from skyloom.surveys.aurora.stretch import FULL, Levels, horizon_mask, relief, stretch
from skyloom.surveys.contract import Covariate, Offer, UnreadableImageError
from skyloom.surveys.splitting import split_of_group

_MIDNIGHT = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Frame:
    """One exposure, before its pixels are read.

    Attributes:
        station, imager, channel: codes, as the archive writes them.
        time: start of the exposure, UTC.
        source: name inside the raw file.
        longitude: of the station in degrees east, where the raw file says it.
    """

    station: str
    imager: str
    channel: str
    time: datetime
    source: str
    longitude: float | None = None

    @property
    def name(self) -> str:
        """Station, time to the millisecond, imager and channel; unique over all archives."""
        time = f"{self.time:%Y%m%dT%H%M%S}.{self.time.microsecond // 1000:03d}"
        return f"{self.station}_{time}_{self.imager}_{self.channel}"


def thin(frames: Iterable[Frame], cadence: float) -> list[Frame]:
    """Return the first frame of each interval of `cadence` seconds, per imager and channel.

    Intervals are counted from midnight UTC, so the choice does not depend on where a file begins.
    """
    if cadence == 0:
        return list(frames)
    kept: dict[tuple[str, str, str, int], Frame] = {}
    for frame in frames:
        interval = int((frame.time - _MIDNIGHT).total_seconds() // cadence)
        kept.setdefault((frame.station, frame.imager, frame.channel, interval), frame)
    return list(kept.values())


def offer_frames(frames: Iterable[Frame], settings: ReaderSettings) -> list[Offer]:
    """Return the offers of frames; of two frames of one name the second is rejected."""
    seen: dict[str, str] = {}
    offers = []
    for frame in frames:
        first = seen.setdefault(frame.name, frame.source)
        if first == frame.source:
            offers.append(_offer(frame, frame.name, settings, None))
        else:
            reason = f"the same station, time, imager and channel as {first}"
            offers.append(_offer(frame, f"{frame.name}#{frame.source}", settings, reason))
    return offers


def _offer(frame: Frame, image_id: str, settings: ReaderSettings, rejected: str | None) -> Offer:
    group = f"{frame.station}-{night_of(frame.time, _longitude(frame, settings))}"
    return Offer(
        image_id=image_id,
        source=frame.source,
        group=group,
        original=image_id,
        split=split_of_group(group, settings.shares),
        time=frame.time,
        covariates=_covariates(frame.station, frame.imager, frame.channel),
        rejected=rejected,
    )


def _covariates(
    station: str | None, imager: str | None, channel: str | None
) -> dict[str, Covariate]:
    return {"station": station, "imager": imager, "channel": channel}


def faulty_offer(source: str, reason: str) -> Offer:
    """Return the rejected offer of something from which no frame could be located."""
    return Offer(
        image_id=source,
        source=source,
        group=source,
        original=source,
        covariates=_covariates(None, None, None),
        rejected=reason,
    )


def _longitude(frame: Frame, settings: ReaderSettings) -> float:
    for said in (settings.longitudes.get(frame.station), frame.longitude):
        if said is not None:
            return said
    return LONGITUDES.get(frame.station, 0.0)


def unplaced(frames: Iterable[Frame], settings: ReaderSettings) -> list[str]:
    """Return a remark for each station whose longitude nothing tells."""
    known = LONGITUDES.keys() | settings.longitudes.keys()
    codes = {f.station for f in frames if f.longitude is None and f.station not in known}
    return [
        f"station {code}: longitude unknown, so its nights run from 12 to 12 UTC; "
        "name it in reader.longitudes"
        for code in sorted(codes)
    ]


def develop(
    counts: NDArray[np.uint16], settings: ReaderSettings, full: int = FULL
) -> tuple[NDArray[np.uint16], Mapping[str, Covariate]]:
    """Turn the counts (H, W) of a frame into the stored picture (1, S, S), S the shorter side.

    Args:
        counts: a frame.
        settings: horizon, and the bounds beyond which a frame shows nothing.
        full: count at which a pixel is saturated.

    Raises:
        UnreadableImageError: constant, dark or saturated; the message holds the numbers.
    """
    frame = _central_square(counts)
    mask = horizon_mask(*frame.shape, settings.horizon)
    picture, found = stretch(frame, mask)
    _refuse_dark(frame, mask, found, settings)
    saturated = float(np.count_nonzero(frame[mask] >= full)) / int(mask.sum())
    if saturated > settings.most_saturated:
        raise UnreadableImageError(
            f"saturated frame: {saturated:.2f} of the sky at {full}, expected at most "
            f"{settings.most_saturated:g}"
        )
    covariates = {"saturated": saturated, "count_p1": found.low, "count_p99": found.high}
    return picture[None], covariates


def _refuse_dark(
    frame: NDArray[np.uint16], mask: NDArray[np.bool_], found: Levels, settings: ReaderSettings
) -> None:
    """Raise when a frame is constant, or shows the noise of its pixels alone."""
    said = f"counts {found.low:g} to {found.high:g} (percentiles 1 and 99 inside the horizon)"
    spread = found.high - found.low
    if spread < settings.least_range or spread == 0:
        raise UnreadableImageError(
            f"constant frame: {said}, expected a range of {settings.least_range:g} at least"
        )
    noise_ranges = relief(frame, mask, spread)
    if noise_ranges < settings.least_relief:
        raise UnreadableImageError(
            f"dark frame: {said} are {noise_ranges:.2f} times the range of its pixel noise, "
            f"expected {settings.least_relief:g} at least"
        )


def _central_square(frame: NDArray[np.uint16]) -> NDArray[np.uint16]:
    height, width = frame.shape
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    return np.ascontiguousarray(frame[top : top + side, left : left + side])


def remark_thinned(found: Sequence[Frame], kept: Sequence[Frame], cadence: float) -> list[str]:
    """Return a remark on how many frames the cadence leaves out, if any."""
    if len(found) == len(kept):
        return []
    return [f"{len(kept)} of {len(found)} frames kept: one in {cadence:g} s per imager and channel"]
