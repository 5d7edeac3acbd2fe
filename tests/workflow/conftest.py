"""Fixtures of the workflow's tests."""

from pathlib import Path

import pytest
from repository import Repository


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """A repository whose tiny study has run to its end."""
    repository = Repository(tmp_path_factory.mktemp("repository"))
    done = repository.snakemake("all")
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert "report of mars: results/tiny/mars/report.html" in done.stdout
    return repository


@pytest.fixture
def fresh(tmp_path: Path) -> Repository:
    """A repository in which nothing has run."""
    return Repository(tmp_path)
