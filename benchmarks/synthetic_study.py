"""A made study of one survey, and its explorer in a real browser, for benchmarks."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import numpy as np
import pandas as pd
import pyarrow as pa
from playwright.sync_api import Browser, Page, sync_playwright
from synthetic_vectors import clustered

from skyloom.shard_writer import ShardWriter
from skyloom.tables import embedding_column, read_metadata, write_table
from skyloom.thumbnails import write_thumbnails

CONFIG = """
results: results
surveys: [mars]
mars: {shards: sheet.tsv, encoders: {simclr: {}}, baselines: []}
"""
SHA = "a" * 64
GROUP = 50
CLUSTERS = 200
BROWSER = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


class SyntheticStudy:
    """A folder with images of random pixels; what else is in it is written when it is asked for.

    Args:
        folder: of the study; a study that is there is used as it is.
        count: images; side: of each, in pixels.
    """

    def __init__(self, folder: Path, count: int, side: int) -> None:
        self.folder, self.count, self.side = folder, count, side
        self.home = folder / "results" / "mars"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "study.yaml").write_text(CONFIG)
        (folder / "sheet.tsv").write_text("shard\turl\tbytes\tsha256\na\ta.zip\t\t\n")
        rng = np.random.default_rng(0)
        coarse = rng.integers(0, 256, (64, 3, 8, 8), dtype=np.uint8)
        self.pixels = coarse.repeat(side // 8, axis=2).repeat(side // 8, axis=3)
        self.names = [f"image-{place:07d}" for place in range(count)]
        self.index = self.home / "images" / "a.parquet"
        if not self.index.exists():
            self._write_images()

    def _write_images(self) -> None:
        places = np.arange(self.count)
        rows = pd.DataFrame({"image_id": self.names, "shard": "a", "original": self.names})
        rows["time"] = pd.Timestamp("2012-08-08", tz="UTC") + pd.to_timedelta(places, unit="min")
        rows["group"] = [f"sol{place // GROUP}" for place in places]
        rows["label"] = [f"class {place % 20}" for place in places]
        rows = rows.assign(split="train", target=None, source="made", rejected=None)
        self.index.parent.mkdir(parents=True, exist_ok=True)
        with ShardWriter(self.index.with_suffix(".npy"), self.index) as writer:
            for place in places:
                writer.append(self.pixels[place % len(self.pixels)])
            writer.close(rows.assign(source_sha256=None))

    def write_vectors(self, width: int) -> None:
        """Write what `embed` and `search` leave of one encoder."""
        search = self.home / "simclr" / "search"
        features = self.home / "simclr" / "features" / "a.parquet"
        if features.exists():
            return
        search.mkdir(parents=True, exist_ok=True)
        vectors = clustered(self.count, width, CLUSTERS, seed=0, path=search / "vectors.npy")
        ids = pd.DataFrame({"image_id": self.names})
        write_table(search / "ids.parquet", ids, {"encoder_sha256": SHA})
        (search / "approximate.faiss").touch()
        table = pa.Table.from_pandas(ids, preserve_index=False)
        table = table.append_column("embedding", embedding_column(vectors))
        write_table(features, table, {"encoder_sha256": SHA})

    def write_thumbnails(self) -> None:
        """Write the thumbnails of all images."""
        path = self.home / "thumbnails" / "a.arrow"
        if path.exists():
            return
        pictures = (self.pixels[place % 64].transpose(1, 2, 0) for place in range(self.count))
        sha256 = read_metadata(self.index)["images_sha256"]
        write_thumbnails(path, self.names, pictures, sha256)

    @contextmanager
    def served(self) -> Iterator[tuple[str, int]]:
        """Run the server; give the address to open and the server's process id."""
        command = [sys.executable, "-m", "skyloom", "explore", "--configfile", "study.yaml"]
        environment = {**os.environ, "XDG_STATE_HOME": str(self.folder / "state")}
        server = subprocess.Popen(
            command, cwd=self.folder, env=environment, stdout=subprocess.PIPE, text=True
        )
        try:
            assert server.stdout is not None
            address = server.stdout.readline().strip()
            for _ in range(200):
                try:
                    httpx.get(address)
                    break
                except httpx.TransportError:
                    time.sleep(0.05)
            yield address, server.pid
        finally:
            server.terminate()
            server.wait()


@contextmanager
def browser() -> Iterator[Browser]:
    """Run a browser without a window."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=BROWSER)
        yield started
        started.close()


def entered(started: Browser, address: str) -> tuple[Page, str]:
    """Return a page with the server's cookie and an empty cache, and the survey's address."""
    page = started.new_context(viewport={"width": 1280, "height": 720}).new_page()
    page.request.get(address)  # lets this context in; nothing is drawn
    parts = urlsplit(address)
    return page, f"{parts.scheme}://{parts.netloc}/mars/"


def memory(process: int) -> str:
    """Return the memory of a process: its own, and with the pages of files that it maps."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    told = dict(line.split(":", 1) for line in lines)
    own, whole = (int(told[name].split()[0]) / 1024 for name in ("RssAnon", "VmRSS"))
    return f"RssAnon {own:.0f} MB, RSS {whole:.0f} MB"


def processor_seconds(process: int) -> float:
    """Return the processor time that a process has taken."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
