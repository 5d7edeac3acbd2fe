"""A made round of videos, and the server of its page."""

from pathlib import Path

import numpy as np
import pandas as pd
from served_study import ServedStudy

from skyloom.relabel.queue import QUEUE_COLUMNS, Queue, QueueFacts, write_queue
from skyloom.relabel.verdict_log import read_log
from skyloom.relabel.verdicts import Event
from skyloom.shard_writer import ShardWriter
from skyloom.tables import write_table

CLASSES = ("emergence", "non-emergence")
ITEMS = 30
FRAMES, SIDE = 12, 20
CONFIG = """
results: results
reviews: reviews
surveys: [sun]
sun:
  shards: sheet.tsv
  reader: {frames: 12, degrees_per_pixel: 0.75}
  encoders: {simclr: {}}
  relabel: {folds: 3}
"""


def item(place: int) -> str:
    return f"SIM{place:04d}_20010301"


class Study(ServedStudy):
    """A folder with images and an open round, and the server of its page."""

    def __init__(self, folder: Path, frames: int = FRAMES) -> None:
        super().__init__(folder)
        self.frames = frames
        (folder / "study.yaml").write_text(CONFIG)
        (folder / "sheet.tsv").write_text("shard\turl\tbytes\tsha256\na\ta.zip\t\t\n")
        self.round = folder / "results" / "sun" / "rounds" / "1"
        self.round.mkdir(parents=True)
        self._write_images()
        self.write_queue(range(ITEMS))

    def _write_images(self) -> None:
        images = self.folder / "results" / "sun" / "images"
        images.mkdir()
        rng = np.random.default_rng(0)
        rows = []
        with ShardWriter(images / "a.npy", images / "a.parquet") as writer:
            for place in range(ITEMS + 5):
                video = rng.normal(0.5, 0.01, (self.frames, SIDE, SIDE)).astype(np.float16)
                video[place % self.frames :, 8:12, 4:8] += 0.2
                video[place % self.frames :, 8:12, 12:16] -= 0.2
                writer.append(video)
                rows.append(
                    {
                        **{"image_id": item(place), "shard": "a", "split": "train"},
                        **{"time": pd.Timestamp("2001-03-01", tz="UTC"), "latitude": 12.5},
                        **{"group": f"g{place}", "original": item(place), "target": None},
                        **{"label": CLASSES[0], "source": "x", "source_sha256": "0"},
                        **{"rejected": None, "first_meridian_distance": -70.0},
                    }
                )
            writer.close(pd.DataFrame(rows))

    def write_queue(self, places, hidden: int = 5, shared: int = 3) -> None:
        names = [item(place) for place in places]
        rows = pd.DataFrame(
            {
                "item": names,
                "drawn": "ranked",
                "label": [CLASSES[place % 2] for place in places],
                "predicted": CLASSES[1],
                "p_label": 0.2,
                "p_predicted": 0.8,
                "spread": 0.1,
                "models": 2,
                "neighbours_differ": 0.5,
                "reason": "label and models differ",
                "examples": [[item(1), item(2)]] * len(names),
                "fold": 0,
                "hidden": [place % hidden == 0 for place in places],
                "shared": [place % shared == 0 for place in places],
                "swapped": [place % 2 == 0 for place in places],
            }
        )
        facts = QueueFacts("sun", 1, CLASSES, 200, 7, 0, 0, "e1", converged=False)
        write_queue(self.round / "queue.parquet", Queue(rows[list(QUEUE_COLUMNS)], facts))

    def write_curves(self) -> None:
        table = pd.DataFrame(
            {
                "image_id": [item(place) for place in range(ITEMS)],
                "curve": [np.linspace(0, 1, FRAMES) ** 2] * ITEMS,
                "frame": 5.0,
                "low": 4,
                "high": 7,
                "seen": True,
                "cadence_hours": 4.8,
            }
        )
        write_table(self.round / "emergence.parquet", table)

    def start(self, reviewer: str = "ann") -> str:
        """Start the server; return the address that it prints."""
        words = ["review", "sun", "--configfile", "study.yaml", "--reviewer", reviewer]
        return self.serve(*words)

    def log(self, reviewer: str = "ann") -> list[Event]:
        return read_log(self.folder / "reviews" / "sun" / "log" / "round_01" / f"{reviewer}.jsonl")
