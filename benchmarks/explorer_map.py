"""Is the explorer's map quick with a million images?

Writes a study of so many images (their pixels are a hole in a file), starts the real server, opens
the map in headless Chromium without a GPU, and prints: the time from the arrival of the data to the
first frame with all points (limit 200 ms), frames/s while the map is dragged (limit 15), and the
server's memory (limit 1 GB). Times grow with the load of the machine, which stands beside them; the
work of the page's thread until that frame, from a trace of one more run, hardly does.

    python benchmarks/explorer_map.py FOLDER [--images 1000000] [--runs 3] [--keep]
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd
from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from skyloom.tables import write_table

SHARD, SIDE, GROUPS, CLASSES = 100_000, 8, 60, 20
CONFIG = """results: results
reviews: reviews
surveys: [mars]
mars:
  shards: sheet.tsv
  encoders: {simclr: {}}
  baselines: []
"""
BROWSER = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
SIZE: ViewportSize = {"width": 1280, "height": 720}
DRAGGED = 4  # seconds
LIMITS = {"first": 200, "frames": 15, "memory": 1.0}

DRAG = """async (seconds) => {
  const frames = [];
  new PerformanceObserver((list) => frames.push(...list.getEntriesByName("map-frame")))
    .observe({ entryTypes: ["mark"] });
  const map = document.getElementById("marks");
  const { left, top, width, height } = map.getBoundingClientRect();
  const began = performance.now();
  let now = began;
  while (now - began < 1000 * seconds) {
    now = await new Promise(requestAnimationFrame);
    const turn = (now - began) / 400;
    const clientX = left + width / 2 + 120 * Math.sin(turn);
    const clientY = top + height / 2 + 90 * Math.cos(turn);
    map.dispatchEvent(new PointerEvent("pointermove", { clientX, clientY, bubbles: true }));
  }
  await new Promise((done) => setTimeout(done, 50));
  const drawn = frames.filter(({ startTime }) => startTime >= began);
  return { frames: drawn.length, seconds: (performance.now() - began) / 1000,
    share: drawn.reduce((sum, { detail }) => sum + 1 / detail.step, 0) / drawn.length };
}"""
MARKS = """() => Object.fromEntries(["map-data", "map-drawn"].map((name) =>
  [name, performance.getEntriesByName(name)[0]?.startTime ?? null]))"""


def write_study(folder: Path, count: int) -> None:
    home = folder / "results" / "mars"
    (home / "images").mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(0)
    shards = [f"s{number:02}" for number in range(-(-count // SHARD))]
    lines = "".join(f"{name}\t{name}.zip\t\t\n" for name in shards)
    (folder / "sheet.tsv").write_text("shard\turl\tbytes\tsha256\n" + lines)
    (folder / "study.yaml").write_text(CONFIG)
    group = np.sort(rng.integers(0, GROUPS, count))
    for number, name in enumerate(shards):
        part = group[number * SHARD : (number + 1) * SHARD]
        write_table(
            home / "images" / f"{name}.parquet", index_of(name, part, rng), {"images_sha256": name}
        )
        write_pixels(home / "images" / f"{name}.npy", len(part))
    names = [f"{shards[place // SHARD]}-{place:08}" for place in range(count)]
    write_table(home / "simclr" / "map.parquet", map_of(names, group, rng))


def index_of(shard: str, group: np.ndarray, rng: np.random.Generator) -> pd.DataFrame:
    first = int(shard[1:]) * SHARD
    names = [f"{shard}-{first + row:08}" for row in range(len(group))]
    seconds = pd.to_timedelta(np.arange(first, first + len(group)) * 300, unit="s")
    return pd.DataFrame(
        {
            **{"image_id": names, "shard": shard, "row": pd.array(range(len(group)), "Int64")},
            **{"time": pd.Timestamp("2012-08-06", tz="UTC") + seconds},
            **{"group": [f"sol{one:04}" for one in (first + np.arange(len(group))) // 288]},
            **{"original": names, "split": "train"},
            **{"label": [f"class {one % CLASSES:02}" for one in group]},
            **{"target": np.nan, "source": [f"{one}.JPG" for one in names]},
            **{"source_sha256": "0" * 64, "rejected": pd.array([None] * len(group), "string")},
            **{"camera": rng.choice(["ML", "MR", "MH"], len(group))},
            **{"elevation": rng.normal(0, 20, len(group))},
        }
    )


def write_pixels(path: Path, count: int) -> None:
    """Write an array of zeros as a file that takes no room."""
    shape = (count, 3, SIDE, SIDE)
    with path.open("wb") as file:
        np.lib.format.write_array_header_1_0(
            file, {"descr": "|u1", "fortran_order": False, "shape": shape}
        )
        file.truncate(file.tell() + int(np.prod(shape)))


def map_of(names: list[str], group: np.ndarray, rng: np.random.Generator) -> pd.DataFrame:
    """Return blobs of different sizes, as a UMAP has them."""
    centres = rng.uniform(-12, 12, (GROUPS, 2))
    widths = rng.uniform(0.2, 1.2, (GROUPS, 2))
    table = pd.DataFrame({"image_id": names})
    for projection in ("umap", "pca"):
        spots = centres[group] + widths[group] * rng.normal(size=(len(group), 2))
        for axis, values in zip("xy", spots.T, strict=True):
            table[f"{projection}_{axis}"] = values.astype(np.float32)
    return table


@contextmanager
def served(folder: Path) -> Iterator[tuple[str, int]]:
    """Serve the explorer; give its address and the server's process id."""
    words = [sys.executable, "-m", "skyloom", "explore", "--configfile", "study.yaml"]
    environment = {**os.environ, "XDG_STATE_HOME": str(folder / "state")}
    server = subprocess.Popen(words, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        yield server.stdout.readline().strip(), server.pid
    finally:
        server.terminate()
        server.wait()


def memory(process: int) -> dict[str, float]:
    """Return GB: of its own now, all now, and the most there ever was."""
    rows = Path(f"/proc/{process}/status").read_text().splitlines()
    found = dict(row.split(":", 1) for row in rows)
    return {name: int(found[name].split()[0]) / 1e6 for name in ("RssAnon", "VmRSS", "VmHWM")}


def measure(browser: Browser, entrance: str) -> dict[str, float]:
    """Open the map anew, drag it, and return what both took."""
    page = let_in(browser, entrance)
    marks = drawn(page, entrance)
    page.wait_for_timeout(3000)
    page.mouse.move(450, 350)
    page.mouse.down()
    page.mouse.move(460, 360)
    dragged = page.evaluate(DRAG, DRAGGED)
    page.mouse.up()
    page.context.close()
    return {
        "first": marks["map-drawn"] - marks["map-data"],
        "navigation": marks["map-drawn"],
        "frames": dragged["frames"] / dragged["seconds"],
        "share": dragged["share"],
    }


def work(browser: Browser, entrance: str) -> float:
    """Return the ms that the page's thread itself ran from the data to the first frame."""
    page = let_in(browser, entrance)
    browser.start_tracing(page=page, categories=["blink.user_timing"])
    drawn(page, entrance)
    events = json.loads(browser.stop_tracing())["traceEvents"]
    ran = {event["name"]: event["tts"] for event in events if "tts" in event}
    page.context.close()
    return float(ran["map-drawn"] - ran["map-data"]) / 1000


def let_in(browser: Browser, entrance: str) -> Page:
    page = browser.new_context(viewport=SIZE).new_page()
    page.set_default_timeout(120_000)
    page.goto(entrance.replace("/?", "/static/icon.svg?"))
    return page


def drawn(page: Page, entrance: str) -> Mapping[str, float]:
    """Open the map; return when its data came and when they were on the screen, in ms."""
    page.goto(f"{entrance.partition('/?')[0]}/mars/encoders/simclr/map.html")
    for _ in range(1200):
        marks: Mapping[str, float] = page.evaluate(MARKS)
        if marks["map-drawn"] is not None:
            return marks
        time.sleep(0.1)
    raise TimeoutError("no frame was drawn")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--images", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--keep", action="store_true")
    given = parser.parse_args()
    folder = given.folder / f"explorer-map-{given.images}"
    if not (folder / "results" / "mars" / "simclr" / "map.parquet").exists():
        write_study(folder, given.images)
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    with served(folder) as (entrance, process), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=BROWSER)
        runs = []
        for _ in range(given.runs):
            load = os.getloadavg()[0]
            runs.append(measure(browser, entrance))
            said = ", ".join(f"{name} {value:.3g}" for name, value in runs[-1].items())
            print(f"{said}; load {load:.1f} on {os.cpu_count()} cores", flush=True)
        worked = work(browser, entrance)
        browser.close()
        used = memory(process)
    middle = {name: statistics.median(run[name] for run in runs) for name in runs[0]}
    first, frames = [run["first"] for run in runs], [run["frames"] for run in runs]
    print(
        f"{given.images} images, medians of {given.runs} (least to most):\n"
        f"  data to first frame   {middle['first']:.0f} ms ({min(first):.0f} to {max(first):.0f}; "
        f"limit {LIMITS['first']})\n"
        f"  of it the page's work {worked:.0f} ms (one run)\n"
        f"  opening to that frame {middle['navigation']:.0f} ms\n"
        f"  dragging              {middle['frames']:.0f} frames/s ({min(frames):.0f} to "
        f"{max(frames):.0f}; limit {LIMITS['frames']}), "
        f"{100 * middle['share']:.0f} % of the points in each\n"
        f"  server                {used['RssAnon']:.2f} GB of its own, {used['VmRSS']:.2f} GB with "
        f"files, {used['VmHWM']:.2f} GB at most (limit {LIMITS['memory']})"
    )
    if not given.keep:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
