"""How soon does the explorer show something, with 10,000 images that have thumbnails?

Opens the first page of a made study in headless Chromium with an empty cache, several times, and
prints from the browser's Performance API, in milliseconds since the navigation began: the first
contentful paint, and when every tile in sight of the grid shows its thumbnail.

    python benchmarks/explorer_first_paint.py FOLDER [--images 10000] [--rounds 9]
"""

import argparse
import os
from pathlib import Path

import numpy as np
from synthetic_study import SyntheticStudy, browser, entered, memory, processor_seconds

WATCH = """(() => {
  const look = () => {
    const box = document.getElementById("grid");
    const edge = box?.getBoundingClientRect();
    const tiles = Array.from(box?.querySelectorAll(".tile img") ?? []).filter((image) => {
      const { top, bottom } = image.getBoundingClientRect();
      return bottom > edge.top && top < Math.min(edge.bottom, innerHeight);
    });
    if (tiles.length && tiles.every((image) => image.complete && image.naturalWidth)) {
      globalThis.filled = { at: performance.now(), tiles: tiles.length };
    } else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
})();"""
SEEN = """async () => {
  while (!globalThis.filled) await new Promise((resolve) => setTimeout(resolve, 20));
  const paint = performance.getEntriesByName("first-contentful-paint")[0].startTime;
  return [paint, globalThis.filled.at, globalThis.filled.tiles];
}"""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--images", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=9)
    given = parser.parse_args()
    study = SyntheticStudy(given.folder, given.images, side=128)
    study.write_thumbnails()
    print(f"{given.images} images; load before {os.getloadavg()[0]:.1f}")
    with study.served() as (address, process), browser() as started:
        taken, before = [], processor_seconds(process)
        for _ in range(given.rounds):
            page, home = entered(started, address)
            page.add_init_script(WATCH)
            page.goto(f"{home}index.html")
            taken.append(page.evaluate(SEEN))
            page.context.close()
        seconds = (processor_seconds(process) - before) / len(taken)
        report("first contentful paint", [each[0] for each in taken])
        report(f"{taken[0][2]} tiles in sight show thumbnails", [each[1] for each in taken])
        print(f"server: {1000 * seconds:.0f} ms of processor time an opening; {memory(process)}")
        print(f"load {os.getloadavg()[0]:.1f}")


def report(what: str, taken: list[float]) -> None:
    print(
        f"{what}: first opening {taken[0]:.0f} ms; {len(taken)} openings, median "
        f"{np.median(taken):.0f} ms, longest {max(taken):.0f} ms"
    )


if __name__ == "__main__":
    main()
