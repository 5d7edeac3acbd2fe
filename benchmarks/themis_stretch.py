"""Frames per second of stretching a THEMIS CDF hour, against the plain loop a user would write.

The plain loop is cdflib and NumPy: subtract percentile 1, divide by percentile 99 of that, clip,
mask, store as 16 bits, in double precision; percentiles are taken inside the horizon on both sides
and the pictures are equal to the last bit, which is checked. Sides take turns (A B A B) in one
process on one thread; rates are by processor time, the ratio is taken round by round. Two rows: the
stretch alone, on frames in memory; and the file, from CDF to pictures. In the second, ours also
does what prepare needs: it tells dark and saturated frames and takes each frame's SHA-256.

    OMP_NUM_THREADS=1 python benchmarks/themis_stretch.py [--frames 1200] [--keep] [FILE.cdf]
"""

import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import cdflib
import numpy as np
import rows
import torch
from numpy.typing import NDArray

from skyloom.shards import ArchiveFile, Shard
from skyloom.surveys.aurora.reader import open_archive
from skyloom.surveys.aurora.settings import ReaderSettings, SimulatorSettings
from skyloom.surveys.aurora.simulator import simulate_shard
from skyloom.surveys.aurora.stretch import horizon_mask, stretch

ROUNDS, PIECE, HORIZON = 5, 200, 0.85
HOUR = "thg/l1/asi/gill/2014/03/thg_l1_asf_gill_2014031006_v01.cdf"

Frames = NDArray[np.uint16]


def plain_stretch(frames: Frames, mask: NDArray[np.bool_]) -> Frames:
    pictures = np.empty_like(frames)
    for number, frame in enumerate(frames):
        x = frame.astype(np.float64)
        x = x - np.percentile(x[mask], 1)
        x = x / np.percentile(x[mask], 99)
        x = np.clip(x, 0, 1)
        x[~mask] = 0
        pictures[number] = np.round(x * 65535)
    return pictures


def our_stretch(frames: Frames, mask: NDArray[np.bool_]) -> Frames:
    pictures = np.empty_like(frames)
    for number, frame in enumerate(frames):
        pictures[number], _ = stretch(frame, mask)
    return pictures


def plain_file(path: Path) -> int:
    file = cdflib.CDF(path)
    name = next(name for name in file.cdf_info().zVariables if len(name) == len("thg_asf_gill"))
    frames = file.varget(name)
    mask = horizon_mask(*frames.shape[1:], HORIZON)
    return len(plain_stretch(frames, mask))


def our_file(path: Path) -> int:
    archive = open_archive(path, ReaderSettings(cadence=0, horizon=HORIZON), {})
    return sum(archive.read(offer).pixels.shape[0] for offer in archive.offers)


def seconds(work: Callable[[], object]) -> float:
    """Return the processor time of a call: what other processes do meanwhile does not count."""
    started = time.process_time()
    work()
    return time.process_time() - started


def compare(
    what: str, ours: Callable[[], object], plain: Callable[[], object], count: int
) -> rows.Row:
    rates: dict[str, list[float]] = {"ours": [], "plain": []}
    for _ in range(ROUNDS):
        rates["ours"].append(count / seconds(ours))
        rates["plain"].append(count / seconds(plain))
    for name, values in rates.items():
        print(f"{name:6s}", " ".join(f"{value:7.0f}" for value in values), "frames/s")
    return rows.Row(
        what=what,
        here=f"{rows.median(rates['ours'])} frames/s",
        other=f"{rows.median(rates['plain'])} (cdflib, NumPy)",
        ratio=rows.ratio(rates["ours"], rates["plain"]),
    )


def simulated_hour(folder: Path, frames: int) -> Path:
    settings = SimulatorSettings(frames_per_hour=frames)
    shard = Shard("hour", ArchiveFile(HOUR), {})
    path = folder / "hour.cdf"
    for _, content in simulate_shard(shard, settings, seed=0).files:
        path.write_bytes(content)
    return path


def main() -> None:
    parser = rows.parser_of(__doc__)
    parser.add_argument("file", type=Path, nargs="?", help="an L1 asf file; default: simulated")
    parser.add_argument("--frames", type=int, default=1200)
    given = parser.parse_args()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        path = given.file or simulated_hour(Path(folder), given.frames)
        archive = open_archive(path, ReaderSettings(cadence=0), {})
        name = archive.offers[0].source.partition("#")[0]
        frames = cdflib.CDF(path).varget(name)[:PIECE]
        mask = horizon_mask(*frames.shape[1:], HORIZON)
        assert np.array_equal(our_stretch(frames, mask), plain_stretch(frames, mask))
        count = len(archive.offers)
        print(f"{count} frames {frames.shape[1:]}, {path.stat().st_size / 1e6:.0f} MB,", end=" ")
        print(f"{datetime.now(UTC):%Y-%m-%d}; the first {len(frames)} are equal on both sides")
        made = [
            compare(
                f"stretch of THEMIS frames {' x '.join(map(str, frames.shape[1:]))} in memory, "
                "results equal",
                lambda: our_stretch(frames, mask),
                lambda: plain_stretch(frames, mask),
                len(frames),
            ),
            compare(
                f"the same, {count:,} frames from CDF file to pictures, ours with a test for "
                "darkness and SHA-256; zlib dominates",
                lambda: our_file(path),
                lambda: plain_file(path),
                count,
            ),
        ]
    rows.tell("Archives", made, given.keep)


if __name__ == "__main__":
    main()
