"""Numbers of a study come from the seeds that did what it asks for."""

import sys
from pathlib import Path

import pandas as pd
import pytest

from skyloom.commands.claim_tables import ClaimTables
from skyloom.commands.finished_seed import answers, asked_of
from skyloom.commands.study import Studies
from skyloom.commands.study_config import StudyError
from skyloom.settings.claims import parse_claims

WRITE = "import pathlib, sys; pathlib.Path(sys.argv[1], 'x.csv').write_text('value\\n' + {!r})"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "study.yaml"
    path.write_text("seed: 0\n")
    return path


def studies(config: Path, value: str, last: str = "", seeds: tuple[int, ...] = (1, 2)) -> Studies:
    """A study whose seeds write one number, and then do a last thing."""
    root = config.parent
    for seed in seeds:
        job = root / f"study-{seed}/mars/provenance/job.json"
        job.parent.mkdir(parents=True, exist_ok=True)
        job.write_text('{"seconds": 60, "ended": "2026-01-01T00:00:00"}')
    study = {
        **{"config": str(config), "survey": "mars", "data": "made", "hours": 1, "seeds": seeds},
        "steps": [
            {"run": [sys.executable, "-c", WRITE.format(value), "{results}"]},
            {"run": [sys.executable, "-c", last]},
        ],
        "tables": {"x": "x.csv"},
    }
    number = {"what": "x", "study": "study", "table": "x", "above": 0, "digits": 0}
    claim = {"title": "t", "paper": "p", "protocol": "q", "numbers": [number]}
    claims = parse_claims({"studies": {"study": study}, "papers": {"Mars": [claim]}}, "claims")
    return Studies(claims, ClaimTables(root / "tables", claims), root, root / "claims.md")


def collected(made: Studies) -> list[float]:
    """Value and number of seeds that the tables hold."""
    made.collect("study")
    table: pd.DataFrame = made.tables.read("claims")
    return [float(table[name].iloc[0]) for name in ("value", "seeds")]


def test_seeds_of_another_config_are_left_out_and_said(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    studies(config, "5").run("study")
    assert collected(studies(config, "5")) == [5, 2]
    assert "left out" not in capsys.readouterr().out
    config.write_text("seed: 0\nmars: {bands: 3}\n")
    studies(config, "7", seeds=(3,)).run("study")
    both = studies(config, "7", seeds=(2, 3))
    assert collected(both) == [7, 1]
    assert "study: left out seed(s) 2, which did something else" in capsys.readouterr().out
    both.write_page()
    assert "1 of 2 seeds so far | not decided" in both.page.read_text()


def test_a_seed_that_is_done_again_and_killed_is_not_finished(config: Path) -> None:
    before = studies(config, "5", seeds=(1,))
    before.run("study")
    asked = asked_of(before.claims.studies["study"])
    assert answers(config.parent / "study-1", asked)
    with pytest.raises(StudyError, match="exit status 1"):
        studies(config, "9", last="exit(1)", seeds=(1,)).run("study")
    assert not answers(config.parent / "study-1", asked)
