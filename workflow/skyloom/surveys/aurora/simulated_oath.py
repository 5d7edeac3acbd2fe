"""A simulated OATH tarball: the tree, tables and 16-bit pictures of the real one."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd

from skyloom.surveys.aurora.camera import Camera
from skyloom.surveys.aurora.nights import Night
from skyloom.surveys.aurora.oath_table import CLASSES, published_rows
from skyloom.surveys.aurora.raw_formats import green_png, tarball
from skyloom.surveys.aurora.scenes import draw_frame
from skyloom.surveys.aurora.settings import SimulatorSettings
from skyloom.surveys.aurora.stretch import horizon_mask, stretch
from skyloom.surveys.simulation import Simulated

_ROOT = "oath_v1.1"
_STATIONS = ("gill", "fsmi", "atha", "inuv", "rank", "whit")
_FIRST_NIGHT = datetime(2008, 1, 5, tzinfo=UTC)
_SPACING = timedelta(minutes=4)
_KINDS_A_NIGHT, _AURORAL = 3, 3
_COMMENT = "-" * 79 + "\nA simulated data set in the layout of OATH v1.1.\n" + "-" * 79 + "\n"


@dataclass(frozen=True)
class _Picture:
    """One picture to draw."""

    number: str
    station: str
    time: datetime
    night: Night
    seconds: float
    kind: str
    rotation: int

    @property
    def path(self) -> str:
        """Return its path inside the tarball."""
        return f"{_ROOT}/images/cropped_scaled/{self.number}.png"


def simulate_oath(url: str, settings: SimulatorSettings, seed: int) -> Simulated:
    """Draw an OATH tarball: pictures in order of time, several nights at several stations."""
    pictures = _plan(url, settings, seed)
    truth = pd.DataFrame(
        {
            "image_id": f"oath_{picture.number}",
            "class": picture.kind,
            "night": picture.night.name,
            "time": picture.time,
        }
        for picture in pictures
    )
    return Simulated(((each, _content(pictures, settings, seed)) for each in (url,)), truth)


def _plan(url: str, settings: SimulatorSettings, seed: int) -> list[_Picture]:
    """Draw what each night shows: three classes one after the other, so labels come in runs."""
    rng = np.random.default_rng([seed, *url.encode()])
    nights = np.array_split(np.arange(settings.pictures), settings.nights)
    pictures = []
    for place, numbers in enumerate(nights):
        station = _STATIONS[place % len(_STATIONS)]
        start = _FIRST_NIGHT + timedelta(days=place, hours=int(rng.integers(5, 8)))
        night = Night(f"{station}-{start:%Y%m%d}", seed)
        kinds = [CLASSES[(place + 2 * more) % len(CLASSES)] for more in range(_KINDS_A_NIGHT)]
        for step, number in enumerate(numbers):
            kind = kinds[step * _KINDS_A_NIGHT // len(numbers)]
            time = start + step * _SPACING
            seconds = (time - start).total_seconds()
            name, rotation = f"{number + 1:05d}", int(rng.integers(1, 359))
            pictures.append(_Picture(name, station, time, night, seconds, kind, rotation))
    return pictures


def _content(pictures: list[_Picture], settings: SimulatorSettings, seed: int) -> bytes:
    files = {
        f"{_ROOT}/00_README": _COMMENT.encode(),
        f"{_ROOT}/classifications/classifications.csv": _labels(pictures).encode(),
        f"{_ROOT}/classifications/train_test_split.csv": _splits(len(pictures)).encode(),
        f"{_ROOT}/images/files_origin.csv": _origins(pictures).encode(),
    }
    camera = Camera(settings.image_size)
    damaged = damaged_places(len(pictures), settings.damaged, seed)
    for place, picture in enumerate(pictures):
        content = _png(picture, camera)
        files[picture.path] = content[: len(content) // 3] if place in damaged else content
    return tarball(files)


def damaged_places(count: int, share: float, seed: int) -> set[int]:
    """Return which of `count` files are cut short: `share` of them, rounded."""
    rng = np.random.default_rng([seed, *b"damage"])
    return set(rng.choice(count, round(share * count), replace=False).tolist())


def _png(picture: _Picture, camera: Camera) -> bytes:
    counts = draw_frame(picture.kind, picture.night, picture.seconds, camera)
    stretched, _ = stretch(counts, horizon_mask(*counts.shape, 0.85))
    return green_png(stretched)


def _labels(pictures: list[_Picture]) -> str:
    lines = ["class2,class6,picNum,picType,rotAng"]
    for picture in pictures:
        class6 = CLASSES.index(picture.kind)
        class2 = int(class6 >= _AURORAL)
        lines.append(f"{class2},{class6},{picture.number},{picture.kind},{picture.rotation:03d}")
    return _COMMENT + "\n".join(lines) + "\n"


def _splits(count: int) -> str:
    return "".join(
        ",".join(f"{number:.18e}" for number in row) + "\n" for row in published_rows(count)
    )


def _origins(pictures: list[_Picture]) -> str:
    lines = [f"{p.number},{p.station},{p.time:%Y-%m-%d %H:%M:%S}" for p in pictures]
    return "picNum,station,timestamp\n" + "\n".join(lines) + "\n"
