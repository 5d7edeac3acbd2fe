"""Videos of full size, 225 frames of 90 x 90 pixels: from the simulated archive to their times."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from repository import Repository
from safetensors.torch import load_file

from skyloom.commands.run import WAITS
from skyloom.images import ImageStore
from skyloom.learn.video_networks import PUBLISHED_SIDE
from skyloom.relabel.status import read_status

pytestmark = pytest.mark.study

BOUND = 30
CONFIG = """
results: results/full
reviews: reviews/full
surveys: [sun]
sun:
  shards: full.tsv
  simulate: {regions: 12}
  encoders:
    simclr:
      network: {architecture: resnet18, input_size: 32}
      pretrain: {epochs: 1, batch_size: 12}
  relabel:
    folds: 3
    seeds: 1
    batch: 0.2
    classifier: {kind: published, epochs: 2, symmetries: [negative, rows]}
    emergence: {positive: emergence}
"""
LISTED = ("list-shards", "sun", "simulated", "--sheet", "full.tsv", "--minutes", "96")
SEASONS = ("--seasons", "3", "--seasons-a-shard", "1")
CONFIGURED = ("--configfile", "full.yaml")


@pytest.fixture(scope="module")
def reviewed(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """A repository in which the first round is closed and its labels are applied."""
    repository = Repository(tmp_path_factory.mktemp("full") / "repository")
    (repository.folder / "full.yaml").write_text(CONFIG)
    assert repository.skyloom(*LISTED, *SEASONS).returncode == 0
    profile = ("--workflow-profile", "profiles/test")
    done = repository.skyloom("run", "sun", *CONFIGURED, *profile, timeout=5400)
    assert done.returncode == WAITS, done.stdout[-3000:] + done.stderr[-3000:]
    for words in (("oracle", "sun"), ("close", "sun", "1")):
        done = repository.skyloom("review", *words, *CONFIGURED)
        assert done.returncode == 0, done.stderr
    done = repository.snakemake("results/full/sun/rounds/2/labels.csv", config="full.yaml")
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return repository


@pytest.fixture(scope="module")
def sun(reviewed: Repository) -> Path:
    return reviewed.folder / "results" / "full" / "sun"


@pytest.fixture(scope="module")
def store(sun: Path) -> ImageStore:
    return ImageStore.beside(sorted((sun / "images").glob("*.parquet")))


def test_the_network_is_the_published_one_on_pixels_as_they_are(
    sun: Path, store: ImageStore
) -> None:
    assert store.shape == (225, PUBLISHED_SIDE, PUBLISHED_SIDE)
    models = sorted((sun / "rounds" / "1" / "members").glob("*.safetensors"))
    assert len(models) == 3
    for path in models:
        weights = {k: v for k, v in load_file(path).items() if "num_batches" not in k}
        assert sum(value.numel() for value in weights.values()) == 2_290_657


def test_every_mask_of_every_video_has_its_probability(sun: Path, store: ImageStore) -> None:
    found = pd.read_parquet(sun / "rounds" / "1" / "emergence.parquet")
    labels = pd.read_parquet(sun / "rounds" / "1" / "labels.parquet")
    emerged = labels["image_id"][labels["label"] == "emergence"]
    queue = pd.read_parquet(sun / "rounds" / "1" / "queue.parquet")
    assert set(found["image_id"]) >= {*emerged, *queue["item"]}
    assert set(found["image_id"]) <= set(store.index["image_id"])
    curves = np.stack(found["curve"].to_list())
    assert curves.shape == (len(found), 225)
    assert np.isfinite(curves).all()
    assert (curves[:, :BOUND] == curves[:, [BOUND]]).all()
    assert (np.ptp(curves[:, BOUND:], axis=1) > 0).all()
    assert found["frame"].between(BOUND - 1, 224).all()
    assert (found["cadence_hours"] == 1.6).all()
    assert (found["models"] == 1).all(), "of three models one has not seen a video"


def test_a_closed_round_corrects_the_labels(sun: Path) -> None:
    status = read_status(sun / "rounds" / "1" / "status.json")
    queue = pd.read_parquet(sun / "rounds" / "1" / "queue.parquet")
    assert status.waiting == len(queue) == round(0.2 * status.items)
    before = pd.read_csv(sun / "rounds" / "1" / "labels.csv").set_index("image_id")
    after = pd.read_csv(sun / "rounds" / "2" / "labels.csv").set_index("image_id")
    truths = pd.concat([pd.read_parquet(path) for path in (sun / "truth").glob("*.parquet")])
    truth = truths.set_index("image_id")["label"]
    assert (after.loc[queue["item"], "label"] == truth.loc[queue["item"]]).all()
    others = after.index.difference(queue["item"])
    assert (after.loc[others, "label"] == before.loc[others, "crude"]).all()
