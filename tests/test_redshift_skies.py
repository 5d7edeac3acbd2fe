"""The tables of redshifts over several skies: means, and differences with an interval."""

import importlib
from types import ModuleType

import pandas as pd
import pytest

from made import ROOT


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """benchmarks/redshift_skies.py, which imports what lies beside it."""
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    return importlib.import_module("redshift_skies")


@pytest.fixture
def skies(tmp_path):
    """Two seeds: fine-tuned differs from scratch by -0.001 and -0.003."""
    folders = []
    for seed, gain in enumerate([0.001, 0.003]):
        rows = [
            ("finetuned", 0.1, "sigma_mad", 0.020 - gain, -gain),
            ("finetuned", 0.1, "eta", 0.5, 0.1),
            ("supervised", 0.1, "sigma_mad", 0.020, None),
        ]
        columns = ["model", "fraction", "metric", "value", "difference"]
        folder = tmp_path / str(seed) / "galaxies" / "redshift"
        folder.mkdir(parents=True)
        pd.DataFrame(rows, columns=columns).to_parquet(folder / "curves.parquet")
        folders.append(tmp_path / str(seed))
    return folders


def test_means_and_intervals_over_the_seeds(script, skies):
    curves = script.curves_of(skies, "sigma_mad")
    assert "| finetuned | 0.0180 |\n| supervised | 0.0200 |" in script.values(curves, 4)
    # t of one degree of freedom, 12.706, times half the distance of the two: 0.001
    found = script.differences(curves, 4)
    assert found.splitlines()[0] == "| model less scratch | 10 % |"
    assert found.splitlines()[2:] == ["| finetuned | -0.0020 [-0.0147, +0.0107], better in 2 |"]


def test_one_sky_has_no_interval(script, skies):
    found = script.differences(script.curves_of(skies[:1], "sigma_mad"), 4)
    assert found.endswith("| finetuned | -0.0010 |")
