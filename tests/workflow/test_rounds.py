"""The relabel rounds through the real workflow, driven by the oracle."""

import shutil
from pathlib import Path

import pandas as pd
import pytest
from repository import Repository

from skyloom.commands.run import WAITS
from skyloom.digest import sha256_of_file
from skyloom.relabel.decision_log import DecisionLog
from skyloom.relabel.oracle import oracle_verdicts
from skyloom.relabel.queue import read_queue
from skyloom.relabel.sealed import log_folder
from skyloom.relabel.status import Status, read_status
from skyloom.relabel.verdict_log import VerdictLog

SETTINGS = """
  relabel: {wrong: 0.2, folds: 3, seeds: 1, batch: 0.3, target: 0.1, audit_below: 0.2}
"""
PROFILE = ("--workflow-profile", "profiles/test")


def _run(repository: Repository):
    return repository.skyloom("run", "mars", "--configfile", "tiny.yaml", *PROFILE, timeout=900)


def _review(repository: Repository, *words: str):
    return repository.skyloom("review", *words, "--configfile", "tiny.yaml")


def _rounds(repository: Repository) -> Path:
    return repository.folder / "results" / "tiny" / "mars" / "rounds"


def _status(repository: Repository, number: int) -> Status:
    return read_status(_rounds(repository) / str(number) / "status.json")


@pytest.fixture(scope="module")
def opened(finished: Repository, tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """A repository whose first round is open."""
    repository = finished.copy(tmp_path_factory.mktemp("opened") / "repository")
    config = repository.folder / "tiny.yaml"
    config.write_text(config.read_text() + SETTINGS)
    first = _run(repository)
    assert first.returncode == WAITS, first.stdout + first.stderr
    waiting = _status(repository, 1).waiting
    assert f"Round 1: {waiting} items wait for a person" in first.stdout
    assert "\n  skyloom review mars --configfile tiny.yaml\n" in first.stdout
    assert first.stdout.endswith("\n  skyloom run mars --configfile tiny.yaml\n")
    again = _run(repository)
    assert again.returncode == WAITS
    assert f"Round 1: {waiting} items wait" in again.stdout
    return repository


@pytest.fixture(scope="module")
def reviewed(opened: Repository, tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """A repository whose rounds have converged."""
    repository = opened.copy(tmp_path_factory.mktemp("reviewed") / "repository")
    for number in range(1, 8):
        assert _review(repository, "oracle", "mars").returncode == 0
        closed = _review(repository, "close", "mars", str(number))
        assert closed.returncode == 0, closed.stderr
        done = _run(repository)
        if done.returncode == 0:
            assert "mars has converged" in done.stdout
            return repository
        assert done.returncode == WAITS, done.stdout + done.stderr
    raise AssertionError("seven rounds and no end")


def _last(repository: Repository) -> Path:
    return max(_rounds(repository).iterdir(), key=lambda folder: int(folder.name))


def test_the_labels_end_within_the_target(reviewed: Repository) -> None:
    labels = pd.read_csv(_last(reviewed) / "labels.csv").set_index("image_id")
    images = reviewed.folder / "results" / "tiny" / "mars" / "images"
    index = pd.concat([pd.read_parquet(path) for path in images.glob("*.parquet")])
    truth = index.set_index("image_id")["label"].loc[labels.index]
    assert (labels["crude"] != truth).mean() > 0.1
    assert (labels["label"] != truth).mean() <= 0.1
    status = read_status(_last(reviewed) / "status.json")
    assert status.converged
    assert status.corrected == (labels["label"] != labels["crude"]).sum()
    assert status.unseen == 0 or status.audits[-1].passed


def test_a_verdict_reruns_nothing_and_closing_exactly_the_next_round(
    opened: Repository, tmp_path: Path
) -> None:
    repository = opened.copy(tmp_path / "repository")
    done = repository.snakemake("all")
    assert done.returncode == 0, done.stderr[-3000:]
    assert repository.planned_jobs() == []
    path = _rounds(repository) / "1" / "queue.parquet"
    truth = read_queue(path).rows.set_index("item")["label"]
    events = oracle_verdicts(read_queue(path), truth, 0.0, "ann", sha256_of_file(path))
    log = VerdictLog(log_folder(repository.folder / "reviews" / "mars", 1) / "ann.jsonl")
    for event in events[:2]:
        assert log.append(event)
        assert repository.planned_jobs() == []
    closed = _review(repository, "close", "mars", "1", "--leave-open")
    assert closed.returncode == 0, closed.stderr
    assert repository.planned_jobs() == [
        ("all", ""),
        ("crossfit", "survey=mars, round=2, member=0-0"),
        ("crossfit", "survey=mars, round=2, member=1-0"),
        ("crossfit", "survey=mars, round=2, member=2-0"),
        ("labels", "survey=mars, round=2"),
        ("provenance", "survey=mars"),
        ("queue", "survey=mars, round=2"),
        ("report", "survey=mars"),
    ]


def test_every_file_of_the_rounds_has_its_record(reviewed: Repository) -> None:
    done = reviewed.skyloom("audit", "results/tiny")
    assert done.returncode == 0, done.stdout[-2000:]


def test_the_same_labels_come_from_the_reviews_alone(reviewed: Repository, tmp_path: Path) -> None:
    before = (_last(reviewed) / "labels.csv").read_bytes()
    number = _last(reviewed).name
    again = reviewed.copy(tmp_path / "again")
    shutil.rmtree(again.folder / "results")
    shutil.rmtree(again.folder / ".snakemake")
    done = _run(again)
    assert done.returncode == 0, done.stdout + done.stderr
    assert [folder.name for folder in _rounds(again).iterdir()] == [number]
    assert (_last(again) / "labels.csv").read_bytes() == before


def test_a_closed_round_edited_by_hand_is_refused(reviewed: Repository, tmp_path: Path) -> None:
    changed = reviewed.copy(tmp_path / "changed")
    path = changed.folder / "reviews" / "mars" / "closed" / "round_01.csv"
    path.write_text(path.read_text().replace(",fix,", ",keep,", 1))
    shutil.rmtree(_last(changed))
    done = _run(changed)
    assert done.returncode not in (0, WAITS)
    number = len(list(path.parent.iterdir())) + 1
    log = (changed.folder / "logs" / "mars" / "labels" / f"{number}.log").read_text()
    assert "round_01.csv was changed after it was closed" in log


def test_commands_refuse_what_makes_no_sense(reviewed: Repository) -> None:
    for words, message in [
        (("close", "mars", "9"), "is the open one"),
        (("close", "mars", "first"), "'first' is no number"),
        (("close", "mars"), "is not understood"),
        (("amend", "mars", "nobody", "layers"), "no item 'nobody'"),
        (("venus",), "no survey 'venus'. Known here: mars"),
        (("mars",), "the rounds have converged"),
    ]:
        done = _review(reviewed, *words)
        assert done.returncode == 1
        assert message in done.stderr


def test_an_amendment_enters_the_next_round(reviewed: Repository, tmp_path: Path) -> None:
    changed = reviewed.copy(tmp_path / "amended")
    labels = pd.read_csv(_last(changed) / "labels.csv")
    row = labels.iloc[0]
    other = next(name for name in labels["label"].unique() if name != row["label"])
    done = _review(changed, "amend", "mars", row["image_id"], other, "--reviewer", "ann")
    assert done.returncode == 0, done.stderr
    number = int(_last(changed).name)
    assert _review(changed, "close", "mars", str(number)).returncode == 0
    assert _run(changed).returncode == 0
    after = pd.read_csv(_last(changed) / "labels.csv").set_index("image_id")
    assert int(_last(changed).name) == number + 1
    assert after.loc[row["image_id"], ["label", "state"]].tolist() == [other, "corrected"]


def test_what_was_asked_for_is_in_the_queue_of_the_next_round(
    reviewed: Repository, tmp_path: Path
) -> None:
    changed = reviewed.copy(tmp_path / "wanted")
    number = int(_last(changed).name)
    labels = pd.read_csv(_last(changed) / "labels.csv")
    item = labels["image_id"].iloc[-1]
    before = changed.planned()
    log = DecisionLog(changed.folder / "reviews" / "mars", number, "ann")
    log.wish([item], "0" * 32)
    assert changed.planned() == before  # what is asked for is no input of the open round
    assert _review(changed, "close", "mars", str(number)).returncode == 0
    done = _run(changed)
    assert done.returncode == WAITS, done.stdout + done.stderr
    assert f"Round {number + 1}: 1 items wait for a person" in done.stdout
    queue = read_queue(_last(changed) / "queue.parquet")
    assert queue.rows["item"].tolist() == [item]
    assert queue.rows["drawn"].tolist() == ["wanted"]
    assert queue.rows["reason"].iloc[0].startswith("asked for by ann; label ")
    audit = changed.skyloom("audit", "results/tiny")
    assert audit.returncode == 0, audit.stdout[-2000:]
