"""Emergence times by masking, against the truth and against a threshold of the flux.

    python benchmarks/emergence_times.py results/sun-rounds [--figure FILE] [--table CSV]

Test months of the simulated study: regions that rise on the disk, regions that cross it, and quiet
patches, which are cut from the same disks at least 18 degrees from every region. The threshold's
share and its bias, and the bias of the masking, are fitted on the learning months.
"""

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import torch
from emergence_errors import report, summary
from numpy.typing import NDArray
from simulated_sun import SimulatedSun, read_simulated_sun

from skyloom.analyze.emergence import Emergence, find_emergence
from skyloom.learn.units import in_units
from skyloom.relabel.beginnings import EVERY_MODEL, Ensemble, read_ensemble
from skyloom.settings.relabel import EmergenceSettings
from skyloom.surveys.sun.catalogue import Region, parse_catalogue
from skyloom.surveys.sun.files import open_files, read_text
from skyloom.surveys.sun.passages import PassageArchive
from skyloom.surveys.sun.settings import ReaderSettings

READER = ReaderSettings(degrees_per_pixel=0.3333, cadence_seconds=17280, frames=75)
HOURS = READER.cadence_seconds / 3600
SETTINGS = EmergenceSettings(positive="emergence", lower_bound=10)
APART = 18.0
SHARES = np.linspace(0.02, 0.6, 30)
EVERY = 4
"""Of the rising regions of the learning months every so many is fitted on."""

Video = NDArray[np.float16]
Parts = dict[str, list[tuple[Video, float]]]
Masking = Callable[[Video, int], Emergence]


@dataclass(frozen=True)
class Fitted:
    """What the learning months tell.

    Attributes:
        late: how many frames after the first flux masking finds it, in the median.
        share: of its rise at which the threshold fires.
        offset: how many frames late the threshold is.
    """

    late: float
    share: float
    offset: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("results", type=Path)
    parser.add_argument("--round", type=int, default=1)
    parser.add_argument("--quiet", type=int, default=60)
    parser.add_argument("--figure", type=Path)
    parser.add_argument("--table", type=Path, help="CSV of what is seen and the errors")
    parser.add_argument("--threads", type=int, default=2)
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    sun = read_simulated_sun(given.results)
    models = sorted((sun.home / "rounds" / str(given.round) / "members").glob("*.safetensors"))
    ensemble = read_ensemble(models, torch.device("cpu"))
    masking = masking_by(ensemble)
    true = true_frames(sun)
    fitted = fit(sun, true, masking)
    parts = parts_of(sun, true, given.quiet)
    began = time.monotonic()
    table = measure(parts, masking, fitted)
    each = (time.monotonic() - began) / sum(map(len, parts.values()))
    report(table)
    masks = f"{sun.store.shape[0]} masks x {len(ensemble.networks)} models"
    print(f"{each:.2f} s a video: {masks}, {given.threads} threads")
    if given.table:
        summary(table).to_csv(given.table, index=False)
    if given.figure:
        draw(given.figure, parts, masking)


def masking_by(ensemble: Ensemble) -> Masking:
    """Return what finds the emergence in a video by the models that have not seen its fold."""
    positive = ensemble.classes.index(SETTINGS.positive)

    def masking(pixels: Video, fold: int) -> Emergence:
        video = in_units(torch.from_numpy(pixels))
        return find_emergence(ensemble.unseen_by(fold), video, positive, SETTINGS.lower_bound)

    return masking


def true_frames(sun: SimulatedSun) -> NDArray[np.float64]:
    """Return the frame of the very first flux of each video, (N,)."""
    begun = pd.to_datetime(sun.truth["emergence_time"], utc=True)
    since = begun - pd.to_datetime(sun.index["time"], utc=True).reset_index(drop=True)
    return np.asarray(since.dt.total_seconds()) / READER.cadence_seconds


def fit(sun: SimulatedSun, true: NDArray[np.float64], masking: Masking) -> Fitted:
    """Return the biases and the threshold's share by rising regions of the learning months."""
    test = sun.index["split"].eq("test").to_numpy()
    learning = np.flatnonzero((sun.labels == SETTINGS.positive) & ~test)[::EVERY]
    pairs = sorted(set(sun.index["month_pair"][~test]))
    folds = [pairs.index(sun.index["month_pair"][place]) for place in learning]
    found = [masking(sun.video(place), fold) for place, fold in zip(learning, folds, strict=True)]
    late = float(np.median([np.median(one.frames) for one in found] - true[learning]))
    share, offset = fit_threshold([sun.video(place) for place in learning], true[learning])
    print(
        f"fitted on {len(learning)} videos: masking is {late * HOURS:.1f} h late; the threshold "
        f"takes {share:.2f} of the rise and is {offset * HOURS:.1f} h late"
    )
    return Fitted(late, share, offset)


def fit_threshold(videos: list[Video], true: NDArray[np.float64]) -> tuple[float, float]:
    """Return the share of the rise that scatters least about the truth, and how late it is."""
    misses = []
    for share in SHARES:
        said = [flux_frame(video, share) for video in videos]
        off = np.array([f - t for f, t in zip(said, true, strict=True) if f is not None])
        misses.append((np.median(np.abs(off - np.median(off))), float(share), np.median(off)))
    _, best, offset = min(misses)
    return best, float(offset)


def flux_frame(video: Video, share: float) -> float | None:
    """Return from which frame on the mean unsigned field keeps above a share of its rise.

    None where the rise is not five times the scatter of the quieter half.
    """
    course = np.abs(video[SETTINGS.lower_bound :].astype(np.float32) - 0.5).mean(axis=(1, 2))
    quiet = np.sort(course)[: len(course) // 2]
    low, high = float(np.median(quiet)), float(course.max())
    if high - low < 5 * max(float(quiet.std()), 1e-6):
        return None
    above = course > low + share * (high - low)
    below = np.flatnonzero(~above[: int(course.argmax())])
    return float(SETTINGS.lower_bound + (below[-1] + 1 if len(below) else 0))


def parts_of(sun: SimulatedSun, true: NDArray[np.float64], quiet: int) -> Parts:
    """Return the test videos of each kind, with the frame of their first flux."""
    test = sun.index["split"].eq("test").to_numpy()
    rising = sun.labels == SETTINGS.positive
    disks = sorted((sun.home / "raw").glob("*.zip"))[2::3]  # the shards with the test months
    return {
        "rises on the disk": [
            (sun.video(place), true[place]) for place in np.flatnonzero(rising & test)
        ],
        "crosses the disk": [
            (sun.video(place), np.nan) for place in np.flatnonzero(~rising & test)
        ],
        "quiet": [(video, np.nan) for video in quiet_videos(disks, quiet)],
    }


def quiet_videos(raw: list[Path], count: int) -> list[Video]:
    """Return videos of patches of the quiet Sun, off every region of the catalogue."""
    rng = np.random.default_rng(0)
    found: list[Video] = []
    for path in raw:
        files = open_files(path)
        name = next(one for one in files.names if one.endswith("regions.csv"))
        known = parse_catalogue(read_text(files, name), str(path), {})
        autumn = [one for one in known if one.first_seen and one.first_seen.month in (11, 12)]
        archive = PassageArchive(files, quiet_places(autumn, rng, len(found)), READER)
        for offer in archive.offers:
            found.append(archive.read(offer).pixels)
            if len(found) == count:
                return found
    return found


def quiet_places(regions: list[Region], rng: np.random.Generator, first: int) -> list[Region]:
    """Return one place off all regions near the longitude of each; none where 40 draws fail."""
    made: list[Region] = []
    for model in regions:
        for _ in range(40):
            latitude = float(rng.choice([-1, 1]) * rng.uniform(5, 35))
            longitude = float((model.longitude + rng.uniform(-10, 10)) % 360)
            if all(apart(latitude, longitude, one) for one in regions):
                name = f"QUIET{first + len(made):03d}"
                made.append(Region(name, model.first_seen, latitude, longitude))
                break
    return made


def apart(latitude: float, longitude: float, region: Region) -> bool:
    across = (longitude - region.longitude + 180) % 360 - 180
    return abs(across) > APART or abs(latitude - region.latitude) > APART


def measure(parts: Parts, masking: Masking, fitted: Fitted) -> pd.DataFrame:
    """Return one row per method and video; errors in hours, also with the bias taken off."""
    rows = []
    for name, videos in parts.items():
        for pixels, when in videos:
            found = masking(pixels, EVERY_MODEL)
            seen = found.is_seen(SETTINGS.floor, SETTINGS.threshold)
            late = float(np.median(found.frames)) - when
            spread = float(np.ptp(found.frames)) * HOURS
            both = late * HOURS, (late - fitted.late) * HOURS
            rows.append(("masking", name, seen, *both, spread))
            flux = flux_frame(pixels, fitted.share)
            late = np.nan if flux is None else flux - when
            both = late * HOURS, (late - fitted.offset) * HOURS
            rows.append(("flux threshold", name, flux is not None, *both, np.nan))
    columns = ["method", "part", "seen", "error", "corrected", "spread"]
    return pd.DataFrame(rows, columns=columns)


def draw(path: Path, parts: Parts, masking: Masking) -> None:
    """Draw the masking curve above the time slice, one video of each kind."""
    figure, axes = plt.subplots(
        2, 3, figsize=(11, 4.2), sharex=True, height_ratios=[1, 1.3], layout="constrained"
    )
    for (name, videos), upper, lower in zip(parts.items(), *axes, strict=True):
        pixels, when = next((pair for pair in videos if 28 < pair[1] < 42), videos[0])
        found = masking(pixels, EVERY_MODEL)
        upper.plot(found.curve, color="#0072b2")
        upper.set_ylim(-0.03, 1.03)
        upper.set_title(name, fontsize=10)
        slices = time_slice(pixels)
        lower.imshow(slices, cmap="gray", vmin=-400, vmax=400, aspect="auto", origin="upper")
        lower.set_xlabel("frame (4.8 h)")
        for axis in (upper, lower):
            if found.is_seen(SETTINGS.floor, SETTINGS.threshold):
                axis.axvline(np.median(found.frames), color="#e69f00", label="masking")
            if np.isfinite(when):
                axis.axvline(when, color="#009e73", linestyle="--", label="first flux (truth)")
        if np.isfinite(when):
            upper.legend(fontsize=8, loc="lower left")
    axes[0, 0].set_ylabel("p(emergence)")
    axes[1, 0].set_ylabel("east to west")
    figure.savefig(path, dpi=110)


def time_slice(pixels: Video) -> NDArray[np.float32]:
    """Return the strongest field of each column in each frame, (W, T), in gauss."""
    field = (pixels.astype(np.float32) - 0.5) * 2000
    rows = np.abs(field).argmax(axis=1)  # (T, W)
    return np.take_along_axis(field, rows[:, None, :], axis=1)[:, 0].T


if __name__ == "__main__":
    main()
