"""What the real workflow leaves for an auditor: the page, the cards, the crate, a replay."""

import json
import re
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "provenance"))

from validator import problems

FEATURES = "results/tiny/mars/simclr/features/a.parquet"


@pytest.fixture(scope="module")
def crate(finished):
    """The crate of the finished study."""
    done = finished.snakemake("crate")
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return finished.folder / "results/tiny/crate.zip"


def test_the_page_draws_every_stage_and_opens_offline(finished):
    page = (finished.folder / "results/tiny/mars/provenance.html").read_text()
    assert "<script" not in page
    assert not re.findall(r"src=", page)
    drawn = re.findall(r'<text class="title"[^>]*>([^<]+)</text>', page)
    assert {"2 × acquire", "2 × prepare", "pretrain", "cluster", "report"} <= set(drawn)
    anchors = set(re.findall(r'id="(step-\d+)"', page))
    assert set(re.findall(r'href="#(step-\d+)"', page)) == anchors
    assert "doi:10.5281/zenodo.1049137" in page


def test_cards_say_what_records_say(finished):
    base = finished.folder / "results/tiny/mars"
    record = json.loads((base / "provenance/pretrain/simclr.json").read_text())
    card = (base / "simclr/model_card.md").read_text()
    assert record["outputs"][0]["sha256"] in card
    assert "Pretrained on 68 images of split train of a simulated archive" in card
    assert record["git"]["commit"][:10] in card
    assert "Not trained by this study" in (base / "pixels/model_card.md").read_text()
    data = (base / "images/data_card.md").read_text()
    assert "133 images of 3 x 40 x 40 (uint8)" in data
    assert "1 x no readable image" in data


def test_why_follows_the_features_to_the_archive(finished):
    done = finished.skyloom("why", FEATURES)
    assert done.returncode == 0, done.stderr
    for word in ("embed ->", "pretrain ->", "acquire ->", "simulate ->", "commit", "clean"):
        assert word in done.stdout


def test_the_crate_is_valid(crate, monkeypatch):
    assert problems(crate, "REQUIRED", monkeypatch) == []


def test_the_audit_stays_clean_with_the_crate(crate, finished):
    done = finished.skyloom("audit", "results/tiny")
    assert done.returncode == 0, done.stdout


def test_a_replay_from_the_crate_gives_the_same_bytes(crate, finished, tmp_path):
    words = ("--folder", str(tmp_path / "again"), "--repository", ".", "--target", FEATURES)
    profile = ("--workflow-profile", "profiles/test")
    done = finished.skyloom("replay", str(crate), *words, *profile)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert "replay: commit" in done.stdout
    assert "0 different, 0 missing" in done.stdout
    again = tmp_path / "again/repository" / FEATURES
    assert again.read_bytes() == (finished.folder / FEATURES).read_bytes()


def test_a_job_that_is_run_again_gives_the_same_bytes(finished):
    done = finished.skyloom("audit", "results/tiny/mars/raw/a.zip", "--deep", "2")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 of 2 jobs that can be rerun" in done.stderr


def test_a_run_is_recorded_with_its_reasons(finished):
    (path, *_) = sorted((finished.folder / "results/tiny/provenance/runs").iterdir())
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    head, jobs = lines[0], [line for line in lines if line["event"] == "job"]
    assert head["profiles"] == ["profiles/test"]
    assert head["configfiles"] == ["tiny.yaml"]
    assert head["config"]["seed"] == 1
    assert all(job["reason"] for job in jobs)
    noted = [line["record"] for line in lines if line["event"] == "done" and "record" in line]
    assert "results/tiny/mars/provenance/pretrain/simclr.json" in noted
    assert lines[-1]["event"] == "ended"
    assert lines[-1]["unfinished"] == []
