"""Emergence times by masking, against the truth and against a threshold of the flux.

    python benchmarks/emergence_times.py results/sun-rounds [--round 1] [--figure FILE]

Test months of the simulated study: regions that rise on the disk, regions that cross it, and quiet
patches, which are cut from the same disks at least 18 degrees from every region. The threshold's
share and its bias, and the bias of the masking, are fitted on the learning months.
"""

import argparse
import time
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import torch

from skyloom.analyze.emergence import find_emergence
from skyloom.images import ImageStore
from skyloom.learn.units import in_units
from skyloom.relabel.beginnings import read_ensemble
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


def flux_frame(video: np.ndarray, share: float) -> float | None:
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


def quiet_videos(raw: list[Path], count: int) -> list[np.ndarray]:
    """Return videos of patches of the quiet Sun, off every region of the catalogue."""
    rng, found = np.random.default_rng(0), []
    for path in raw:
        files = open_files(path)
        name = next(one for one in files.names if one.endswith("regions.csv"))
        known = parse_catalogue(read_text(files, name), str(path), {})
        autumn = [one for one in known if one.first_seen and one.first_seen.month in (11, 12)]
        made = []
        for model in autumn:
            for _ in range(40):
                latitude = float(rng.choice([-1, 1]) * rng.uniform(5, 35))
                longitude = float((model.longitude + rng.uniform(-10, 10)) % 360)
                if all(_apart(latitude, longitude, one) for one in autumn):
                    place = f"QUIET{len(found) + len(made):03d}"
                    made.append(Region(place, model.first_seen, latitude, longitude))
                    break
        archive = PassageArchive(files, made, READER)
        for offer in archive.offers:
            found.append(archive.read(offer).pixels)
            if len(found) == count:
                return found
    return found


def _apart(latitude: float, longitude: float, region: Region) -> bool:
    across = (longitude - region.longitude + 180) % 360 - 180
    return abs(across) > APART or abs(latitude - region.latitude) > APART


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("results", type=Path)
    parser.add_argument("--round", type=int, default=1)
    parser.add_argument("--quiet", type=int, default=60)
    parser.add_argument("--figure", type=Path)
    parser.add_argument("--threads", type=int, default=2)
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    home = given.results / "sun"
    indices = sorted((home / "images").glob("*.parquet"))
    store = ImageStore.beside(indices)
    truths = pd.concat([pd.read_parquet(home / "truth" / one.name) for one in indices])
    ensemble = read_ensemble(
        sorted((home / "rounds" / str(given.round) / "members").glob("*.safetensors")),
        torch.device("cpu"),
    )
    positive = ensemble.classes.index(SETTINGS.positive)
    known = truths.set_index("image_id").loc[store.index["image_id"]]
    starts = pd.to_datetime(store.index["time"], utc=True)
    begun = pd.to_datetime(known["emergence_time"], utc=True).reset_index(drop=True) - starts
    true = begun.dt.total_seconds().to_numpy() / READER.cadence_seconds
    rising = known["label"].to_numpy() == SETTINGS.positive
    test = store.index["split"].eq("test").to_numpy()

    def video(place: int) -> np.ndarray:
        return store.batch(np.array([place]))[0]

    def masked(pixels: np.ndarray, fold: int):
        tensor = in_units(torch.from_numpy(pixels))
        networks = ensemble.unseen_by(fold)
        return find_emergence(networks, tensor, positive, SETTINGS.lower_bound)

    pairs = sorted(set(store.index["month_pair"][~test]))
    learning = np.flatnonzero(rising & ~test)[::4]
    fold = [pairs.index(store.index["month_pair"][place]) for place in learning]
    learnt = [masked(video(place), one) for place, one in zip(learning, fold, strict=True)]
    shift = np.median([np.median(one.frames) for one in learnt] - true[learning])
    misses = []
    for share in SHARES:
        said = [flux_frame(video(place), share) for place in learning]
        off = np.array([f - t for f, t in zip(said, true[learning], strict=True) if f is not None])
        misses.append((np.median(np.abs(off - np.median(off))), share, np.median(off)))
    _, best, offset = min(misses)
    print(
        f"fitted on {len(learning)} videos: masking is {shift * HOURS:.1f} h late; the threshold "
        f"takes {best:.2f} of the rise and is {offset * HOURS:.1f} h late"
    )
    disks = sorted((home / "raw").glob("*.zip"))[2::3]  # the shards with the test months
    parts = {
        "rises on the disk": [(video(one), true[one]) for one in np.flatnonzero(rising & test)],
        "crosses the disk": [(video(one), np.nan) for one in np.flatnonzero(~rising & test)],
        "quiet": [(one, np.nan) for one in quiet_videos(disks, given.quiet)],
    }
    rows, began, count = [], time.monotonic(), 0
    for name, videos in parts.items():
        for pixels, when in videos:
            count += 1
            found = masked(pixels, -1)
            seen = found.is_seen(SETTINGS.floor, SETTINGS.threshold)
            late = float(np.median(found.frames)) - when
            spread = np.ptp(found.frames) * HOURS
            rows.append(("masking", name, seen, late * HOURS, (late - shift) * HOURS, spread))
            flux = flux_frame(pixels, best)
            late = np.nan if flux is None else flux - when
            both = late * HOURS, (late - offset) * HOURS
            rows.append(("flux threshold", name, flux is not None, *both, np.nan))
    each = (time.monotonic() - began) / count
    table = pd.DataFrame(rows, columns=["method", "part", "seen", "error", "corrected", "spread"])
    for (method, name), part in table.groupby(["method", "part"], sort=False):
        said = f"{method}, {name}: {len(part)} videos, emergence seen in {part['seen'].mean():.1%}"
        if part["error"].notna().any():
            hit = part[part["seen"] & part["error"].notna()]
            low, high = interval(hit["error"].abs().to_numpy())
            fixed_low, fixed_high = interval(hit["corrected"].abs().to_numpy())
            said += (
                f"; median |error| {hit['error'].abs().median():.1f} h [{low:.1f}, {high:.1f}], "
                f"bias {hit['error'].median():+.1f} h; bias taken off: median |error| "
                f"{hit['corrected'].abs().median():.1f} h [{fixed_low:.1f}, {fixed_high:.1f}]; "
                f"models spread {hit['spread'].median():.1f} h"
            )
        print(said)
    by = {name: part.reset_index(drop=True) for name, part in table.groupby("method")}
    both = by["masking"]["seen"] & by["flux threshold"]["seen"] & by["masking"]["error"].notna()
    for name, part in by.items():
        left = part["corrected"][both].abs().to_numpy()
        low, high = interval(left)
        print(
            f"{name}, the {int(both.sum())} that both see: bias taken off, median |error| "
            f"{np.median(left):.1f} h [{low:.1f}, {high:.1f}]"
        )
    models = len(ensemble.networks)
    print(
        f"{each:.2f} s a video: {store.shape[0]} masks x {models} models, {given.threads} threads"
    )
    if given.figure:
        draw(given.figure, parts, true, masked)


def interval(values: np.ndarray) -> tuple[float, float]:
    """Return the 95 % interval of the median by bootstrap over videos."""
    rng = np.random.default_rng(0)
    medians = [np.median(rng.choice(values, len(values))) for _ in range(1000)]
    return float(np.quantile(medians, 0.025)), float(np.quantile(medians, 0.975))


def draw(path: Path, parts: dict, true: np.ndarray, masked) -> None:
    """Draw the masking curve above the time slice, one video of each kind."""
    figure, axes = plt.subplots(
        2, 3, figsize=(11, 4.2), sharex=True, height_ratios=[1, 1.3], layout="constrained"
    )
    for column, (name, videos) in enumerate(parts.items()):
        pixels, when = next((pair for pair in videos if 28 < pair[1] < 42), videos[0])
        found = masked(pixels, -1)
        upper, lower = axes[:, column]
        upper.plot(found.curve, color="#0072b2")
        upper.set_ylim(-0.03, 1.03)
        upper.set_title(name, fontsize=10)
        field = (pixels.astype(np.float32) - 0.5) * 2000
        rows = np.abs(field).argmax(axis=1)  # (T, W)
        strongest = np.take_along_axis(field, rows[:, None, :], axis=1)[:, 0]
        lower.imshow(strongest.T, cmap="gray", vmin=-400, vmax=400, aspect="auto", origin="upper")
        if found.is_seen(SETTINGS.floor, SETTINGS.threshold):
            for axis in (upper, lower):
                axis.axvline(np.median(found.frames), color="#e69f00", label="masking")
        if np.isfinite(when):
            for axis in (upper, lower):
                axis.axvline(when, color="#009e73", linestyle="--", label="first flux (truth)")
            upper.legend(fontsize=8, loc="lower left")
        lower.set_xlabel("frame (4.8 h)")
    axes[0, 0].set_ylabel("p(emergence)")
    axes[1, 0].set_ylabel("east to west")
    figure.savefig(path, dpi=110)


if __name__ == "__main__":
    main()
