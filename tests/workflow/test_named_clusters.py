"""Names of clusters as the crude labels of the rounds, through the real workflow."""

from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest
from repository import Repository

from skyloom.commands.run import WAITS
from skyloom.relabel.cluster_events import (
    ClusterEvent,
    cluster_log,
    keep_membership,
    names_folder,
)

SETTINGS = """
  relabel: {names: {algorithm: kmeans}, folds: 3, seeds: 1, batch: 0.3}
"""
PROFILE = ("--workflow-profile", "profiles/test")
HOME = "results/tiny/mars"


@pytest.fixture(scope="module")
def unnamed(finished: Repository, tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """A repository whose labels are to be names of clusters; nobody gave any."""
    repository = finished.copy(tmp_path_factory.mktemp("names") / "repository")
    config = repository.folder / "tiny.yaml"
    config.write_text(config.read_text() + SETTINGS)
    return repository


def _run(repository: Repository):
    return repository.skyloom("run", "mars", "--configfile", "tiny.yaml", *PROFILE)


def _use(repository: Repository, *words: str):
    return repository.skyloom("review", "names", "mars", "--configfile", "tiny.yaml", *words)


def _clusters(repository: Repository) -> "pd.Series[int]":
    table = pd.read_parquet(repository.folder / HOME / "simclr/clusters/kmeans.parquet")
    return table.set_index("image_id")["cluster"]


def _say(repository: Repository, cluster: int, **said: object) -> None:
    reviews = repository.folder / "reviews" / "mars"
    table = repository.folder / HOME / "simclr/clusters/kmeans.parquet"
    row = ClusterEvent.model_validate(
        {
            **{"uid": f"uid-of-row-{cluster}-{len(said)}", "algorithm": "kmeans"},
            **{"membership": keep_membership(table, names_folder(reviews, "simclr"))},
            **{"cluster": cluster, "by": "ann", "at": datetime.now(UTC), **said},
        }
    )
    cluster_log(reviews, "simclr").append(lambda rows: [row])


def test_rounds_begin_with_the_names_of_clusters(unnamed: Repository, tmp_path: Path) -> None:
    repository = unnamed.copy(tmp_path / "named")
    first = _run(repository)
    assert first.returncode == WAITS, first.stdout + first.stderr
    assert "\n  skyloom review names mars --configfile tiny.yaml\n" in first.stdout
    refused = _use(repository)
    assert refused.returncode == 1
    assert "no cluster of simclr has a name" in refused.stderr
    clusters = _clusters(repository)
    largest = [int(one) for one in clusters.value_counts().index]
    assert len(largest) >= 2
    _say(repository, largest[0], act="name", name="mostly this")
    _say(repository, largest[1], act="name", name="rather that")
    for junk in largest[2:]:
        _say(repository, junk, act="junk")
    assert repository.planned() <= {"all", "report", "provenance"}  # rows in progress
    used = _use(repository)
    assert used.returncode == 0, used.stderr
    assert used.stdout.startswith("reviews/mars/clusters/simclr/names_01.csv\n")
    done = _run(repository)
    assert done.returncode == WAITS, done.stdout + done.stderr
    labels = pd.read_parquet(repository.folder / HOME / "rounds/1/labels.parquet")
    wanted = clusters.map({largest[0]: "mostly this", largest[1]: "rather that"})
    assert labels["crude"].tolist() == wanted[labels["image_id"]].tolist()
    index = pd.concat(map(pd.read_parquet, (repository.folder / HOME / "images").glob("*.parquet")))
    under_review = index[index["rejected"].isna() & index["split"].isin(["train", "val"])]
    named = set(wanted.dropna().index)
    assert set(labels["image_id"]) == set(under_review["image_id"]) & named
    queue = pd.read_parquet(repository.folder / HOME / "rounds/1/queue.parquet")
    assert set(queue["label"]) <= {"mostly this", "rather that"}
    # Another word is nothing to the workflow until it is sealed.
    before = repository.planned()
    _say(repository, largest[1], act="name", name="something else", uid="uid-another-word")
    assert repository.planned() == before
    assert not before & {"names", "labels", "queue"}
    assert _use(repository).returncode == 0
    assert {"names", "labels", "queue"} <= repository.planned()
    audit = repository.skyloom("audit", "results/tiny")
    assert audit.returncode == 0, audit.stdout[-2000:]


def test_names_live_through_a_new_clustering(unnamed: Repository, tmp_path: Path) -> None:
    repository = unnamed.copy(tmp_path / "again")
    clusters = _clusters(repository)
    _say(repository, int(clusters.iloc[0]), act="name", name="the first")
    assert _use(repository).returncode == 0
    table = repository.folder / HOME / "simclr/clusters/kmeans.parquet"
    changed = pd.read_parquet(table)
    changed["cluster"] += 100
    changed.to_parquet(table)
    target = f"{HOME}/simclr/clusters/names.parquet"
    done = repository.snakemake(target, options=("--rerun-triggers", "mtime"))
    assert done.returncode == 0, done.stderr[-2000:]
    names = pd.read_parquet(repository.folder / target)
    assert set(names["image_id"]) == set(clusters.index[clusters == clusters.iloc[0]])
    assert set(names["cluster"]) == {int(clusters.iloc[0]) + 100}
    assert set(names["name"]) == {"the first"}
