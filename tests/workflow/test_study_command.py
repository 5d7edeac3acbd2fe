"""The studies behind a page of claims, on the real Snakefile."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import yaml
from repository import Repository

CLAIMS = {
    "studies": {
        "tiny": {
            "config": "tiny.yaml",
            "survey": "mars",
            "data": "sixty simulated images",
            "hours": 0.01,
            "seeds": [1, 2],
            "steps": [
                {"targets": ["simclr/training.parquet"]},
                {"run": ["python", "-c", "open('{results}/more.csv', 'w').write('value\\n7\\n')"]},
            ],
            "tables": {
                "training": "mars/simclr/training.parquet",
                "more": "more.csv",
            },
        }
    },
    "papers": {
        "Mars": [
            {
                "title": "Training ends",
                "paper": "it does",
                "protocol": "as said",
                "numbers": [
                    {"what": "loss", "study": "tiny", "table": "training", "pick": "last"}
                    | {"value": "loss"},
                    {"what": "seven", "study": "tiny", "table": "more"},
                ],
            }
        ]
    },
}


def words(repository: Repository) -> list[str]:
    (repository.folder / "claims.yaml").write_text(yaml.safe_dump(CLAIMS))
    return [
        *(sys.executable, "-m", "skyloom", "study", "--claims", "claims.yaml"),
        *("--root", "studies", "--tables", "tables", "--page", "claims.md"),
        *("--workflow-profile", "profiles/test"),
    ]


def test_killed_and_called_again_it_writes_the_same_page(fresh: Repository) -> None:
    run = subprocess.Popen(
        words(fresh), cwd=fresh.folder, env=fresh.environment, start_new_session=True
    )
    second = fresh.folder / "studies/tiny-2/mars/images"  # the second seed has begun
    wait_for(second, run)
    beside = subprocess.run(
        words(fresh), cwd=fresh.folder, env=fresh.environment, capture_output=True, text=True
    )
    assert beside.returncode == 1
    assert "another run of study tiny" in beside.stderr
    os.killpg(run.pid, signal.SIGKILL)
    run.wait()
    begun = (fresh.folder / "claims.md").read_text()  # of the first seed, a whole page
    assert "1 of 2" in begun
    first = fresh.folder / "studies/tiny-1/mars/simclr/encoder.safetensors"
    before = first.stat().st_mtime_ns
    again = subprocess.run(
        words(fresh), cwd=fresh.folder, env=fresh.environment, capture_output=True, text=True
    )
    assert again.returncode == 0, again.stderr[-2000:]
    assert "tiny, seed 1: finished" in again.stdout
    assert first.stat().st_mtime_ns == before  # nothing that was finished ran again
    page = (fresh.folder / "claims.md").read_text()
    assert "2 of 2" in page
    assert "(least to most)" in page  # the loss of two seeds
    assert "| seven | 7.000 [7.000, 7.000] (least to most) |" in page
    collected = subprocess.run(
        [*words(fresh), "--collect"], cwd=fresh.folder, env=fresh.environment, check=True
    )
    assert collected.returncode == 0
    assert (fresh.folder / "claims.md").read_text() == page


def wait_for(path: Path, run: subprocess.Popen) -> None:
    end = time.monotonic() + 300
    while not path.exists():
        assert run.poll() is None, "the studies ended before the second seed"
        assert time.monotonic() < end
        time.sleep(0.1)


def test_a_study_that_fails_says_which_and_what_to_do(fresh: Repository) -> None:
    command = words(fresh)
    wrong = {**CLAIMS["studies"]["tiny"], "steps": [{"targets": ["nothing/there.parquet"]}]}
    broken = {**CLAIMS, "studies": {"tiny": wrong}}
    (fresh.folder / "claims.yaml").write_text(yaml.safe_dump(broken))
    done = subprocess.run(
        command, cwd=fresh.folder, env=fresh.environment, capture_output=True, text=True
    )
    assert done.returncode == 1
    assert "study tiny, seed 1: exit status" in done.stderr
    assert "call skyloom study again" in done.stderr
    assert not (fresh.folder / "claims.md").exists()
