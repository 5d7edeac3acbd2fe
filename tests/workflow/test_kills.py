"""Jobs ended by SIGKILL at random moments leave nothing torn, and write the same bytes again."""

from pathlib import Path

from kills import campaign, jobs_of
from repository import Repository

KILLS = 8
"""Of so many stages one job each; `make faults` runs the whole campaign."""


def test_killed_jobs_write_the_same_bytes(finished: Repository, tmp_path: Path) -> None:
    repository = finished.copy(tmp_path / "repository")
    stages = sorted(jobs_of(repository))
    seeds = [round(place * len(stages) / KILLS) for place in range(KILLS)]
    found = [kill for seed in seeds for kill in campaign(repository, range(seed, seed + 1))]
    assert len({kill.stage for kill in found}) == KILLS
    assert [kill for kill in found if kill.torn or kill.differing] == []
    assert any(not kill.ended for kill in found)
    assert [*(repository.folder / "results").rglob(".*.partial")] == []
