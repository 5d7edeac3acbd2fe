"""Studies to review and to explore."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from explored_study import ExploredStudy
from made_study import Study


@pytest.fixture
def study(tmp_path: Path) -> Iterator[Study]:
    made = Study(tmp_path)
    yield made
    made.kill()


@pytest.fixture
def explored(tmp_path: Path) -> Iterator[ExploredStudy]:
    """A study with images, features, maps and clusters; its server is not started."""
    made = ExploredStudy(tmp_path)
    made.write_features()
    made.write_map()
    made.write_clusters()
    yield made
    made.kill()
