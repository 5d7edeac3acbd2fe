"""How long does a search of the explorer take, from the browser, among 100,000 x 512 features?

Writes a made study (vectors on disk, ids, index), starts the server, opens the page in headless
Chromium and asks from there, as the page does. Prints the median and 95th percentile in
milliseconds, between the ask and its parsed answer, the processor time that the server took (on a
busy machine the steadier figure), and the server's memory.

    python benchmarks/explorer_neighbours.py FOLDER [--images 100000] [--width 512] [--searches 60]
"""

import argparse
import os
from pathlib import Path

import numpy as np
from synthetic_study import SyntheticStudy, browser, entered, memory, processor_seconds

ASK = """async (queries) => {
  const { ask } = await import(`${location.origin}/static/explore/data.js`);
  const taken = [];
  for (const query of queries) {
    const began = performance.now();
    const found = await ask("neighbours/search", new URLSearchParams(query));
    taken.push([performance.now() - began, found.positions.length]);
  }
  return taken;
}"""
LISTS = """async (names) => {
  const { load } = await import(`${location.origin}/static/explore/data.js`);
  const taken = [];
  for (const name of names) {
    const began = performance.now();
    await load(`neighbours/simclr/${name}`);
    taken.push([performance.now() - began, 12]);
  }
  return taken;
}"""
COMMON = [["encoder", "simclr"]]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--images", type=int, default=100_000)
    parser.add_argument("--width", type=int, default=512)
    parser.add_argument("--searches", type=int, default=60, help="of each kind")
    given = parser.parse_args()
    study = SyntheticStudy(given.folder, given.images, side=16)
    study.write_vectors(given.width)
    rng = np.random.default_rng(1)
    print(f"{given.images} x {given.width}; load before {os.getloadavg()[0]:.1f}")
    with study.served() as (address, process), browser() as started:
        print(f"started: {memory(process)}")
        page, home = entered(started, address)
        page.goto(f"{home}encoders/simclr/neighbours.html")
        page.wait_for_selector("#grid .tile[href]")
        drawn = [
            [study.names[place] for place in rng.integers(given.images, size=5)]
            for _ in range(given.searches)
        ]
        one = [[*COMMON, ["like", names[0]]] for names in drawn]
        bounds = [["groups", "other"], ["seconds", "36000"], ["count", "200"]]
        many = [
            [*COMMON, *bounds, *(["like", name] for name in names[:4]), ["unlike", names[4]]]
            for names in drawn
        ]
        for what, script, asked in (
            ("the very first search", ASK, one[:1]),
            ("1 example, 50 answers", ASK, one[1:]),
            ("4 - 1 examples, other groups and times, 200", ASK, many),
            ("both lists of an image's page", LISTS, [names[0] for names in drawn]),
        ):
            before = processor_seconds(process)
            taken = page.evaluate(script, asked)
            report(what, taken, (processor_seconds(process) - before) / len(taken))
        print(f"after: {memory(process)}; load {os.getloadavg()[0]:.1f}")


def report(what: str, taken: list[list[float]], seconds: float) -> None:
    times = np.array([each[0] for each in taken])
    fewest = int(min(each[1] for each in taken))
    print(
        f"{what}: {len(times)} times, median {np.median(times):.0f} ms, 95th percentile "
        f"{np.quantile(times, 0.95):.0f} ms, longest {times.max():.0f} ms; "
        f"{1000 * seconds:.0f} ms of the server's processor time each; {fewest} answers or more"
    )


if __name__ == "__main__":
    main()
