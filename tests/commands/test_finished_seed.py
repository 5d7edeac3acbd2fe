"""A seed of a study is finished for what was asked when it ran, and for nothing else."""

import json
from pathlib import Path

import pytest

from skyloom.commands.finished_seed import answers, asked_of, read_end, write_end
from skyloom.settings.claims import StudyPlan


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "study.yaml"
    path.write_text("seed: 0\nmars: {encoders: {simclr: {}}}\n")
    return path


def study(config: Path, *targets: str) -> str:
    """What a study of one step asks for."""
    return asked_of(
        StudyPlan(config=config, survey="mars", data="made", hours=1, steps=[{"targets": targets}])
    )


def finished(folder: Path, asked: str) -> Path:
    records = folder / "mars" / "provenance" / "pretrain"
    records.mkdir(parents=True)
    for name, seconds, ended in (
        ("a", 30, "2026-01-01T00:00:00"),
        ("b", 60, "2026-01-02T00:00:00"),
    ):
        (records / f"{name}.json").write_text(json.dumps({"seconds": seconds, "ended": ended}))
    write_end(folder, asked)
    return folder


def test_a_seed_without_a_note_is_not_finished(config: Path, tmp_path: Path) -> None:
    assert not answers(tmp_path / "seed-1", study(config, "images"))
    assert read_end(tmp_path / "seed-1") is None


def test_the_note_sums_the_jobs(config: Path, tmp_path: Path) -> None:
    end = read_end(finished(tmp_path / "seed-1", study(config, "images")))
    assert end is not None
    assert (end["minutes"], end["ended"]) == (1.5, "2026-01-02T00:00:00")


def test_a_finished_seed_answers_the_same_study(config: Path, tmp_path: Path) -> None:
    folder = finished(tmp_path / "seed-1", study(config, "images"))
    config.write_text("# said otherwise\n" + config.read_text())
    assert answers(folder, study(config, "images"))


def test_more_targets_or_another_config_are_asked_anew(config: Path, tmp_path: Path) -> None:
    folder = finished(tmp_path / "seed-1", study(config, "images"))
    assert not answers(folder, study(config, "images", "probes"))
    config.write_text("seed: 0\nmars: {encoders: {simclr: {}, moco: {}}}\n")
    assert not answers(folder, study(config, "images"))
