"""What cannot be reviewed is said before a page opens, and nothing is lost."""

import subprocess
import sys

import pandas as pd
import pytest
from made_study import Study, item

from made import ROOT
from skyloom.commands.review import ReviewError, close, open_queue
from skyloom.commands.study_config import read_plan
from skyloom.tables import write_table


def _review(study: Study, *words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "skyloom", "review", *words, "--configfile", "study.yaml"],
        cwd=study.folder,
        env={"PYTHONPATH": str(ROOT / "workflow")},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1
    return done.stderr


def test_an_empty_queue_opens_no_page(study: Study) -> None:
    study.write_queue(range(0))
    assert "round 1 of sun has no items: the queue is empty" in _review(study, "sun")


def test_a_queue_ranked_by_another_encoder_is_not_reviewed(
    study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(study.folder)
    plan = read_plan(study.folder / "study.yaml", "sun")
    features = study.folder / "results" / "sun" / "simclr" / "features"
    features.mkdir(parents=True)
    table = pd.DataFrame({"image_id": [item(0)]})
    write_table(features / "a.parquet", table, {"encoder_sha256": "e1"})
    queue, _ = open_queue(plan, "sun")
    assert queue.facts.encoder == "e1"
    write_table(features / "a.parquet", table, {"encoder_sha256": "e2"})
    with pytest.raises(ReviewError, match=r"ranked by the encoder e1, but .* is of e2"):
        open_queue(plan, "sun")
    with pytest.raises(ReviewError, match=r"skyloom run sun\. Verdicts given so far are kept"):
        close(plan, "sun", 1, leave_open=True)
    assert not (study.folder / "reviews" / "sun" / "closed").exists()
