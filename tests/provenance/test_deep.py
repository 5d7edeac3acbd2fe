"""A job that is run again writes into a scratch folder alone, wherever its results are."""

import json
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from made import ROOT
from skyloom.images import INDEX_COLUMNS
from skyloom.provenance.audit import audit
from skyloom.provenance.deep import rerun_some


@pytest.mark.parametrize("results", ["results", "../elsewhere", "ABSOLUTE"])
def test_results_are_not_touched(tmp_path: Path, monkeypatch, results: str) -> None:
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    written = _labels_of_a_round(Path(results.replace("ABSOLUTE", f"{tmp_path}/scratch")))
    (target,) = [path.parents[3] for path in written if path.name == "labels.csv"]
    assert rerun_some(target, 1, 0) == []
    csv = written[0]
    csv.write_text("tampered")
    before = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in written}
    assert rerun_some(target, 1, 0) == []
    assert before == {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in written}
    found = [finding for finding in audit(target).findings if finding.kind == "changed"]
    assert [Path(finding.path).name for finding in found] == ["labels.csv"]


def _labels_of_a_round(results: Path) -> list[Path]:
    """Run the stage `labels` on six images; return what it wrote."""
    index, folder = results / "mars/images/a.parquet", results / "mars/rounds/1"
    index.parent.mkdir(parents=True)
    empty = dict.fromkeys(INDEX_COLUMNS)
    names = [f"i{place}" for place in range(6)]
    pd.DataFrame(
        {**empty, "image_id": names, "group": names, "original": names, "label": list("ababab")}
    ).assign(split="train").to_parquet(index)
    written = [
        folder / "labels.csv",
        folder / "labels.parquet",
        results / "mars/provenance/labels/1.json",
    ]
    relabel = {"splits": ["train"], "folds": 3, "fold_column": None, "wrong": 0, "names": None}
    words = [
        *(sys.executable, "-m", "skyloom.stages.labels"),
        *("--index", index, "--names", "--closed"),
        *("--csv", written[0], "--labels", written[1], "--record", written[2]),
        *("--settings", json.dumps({"relabel": relabel, "seed": 0})),
    ]
    library = {"PYTHONPATH": str(ROOT / "workflow"), "PATH": "/usr/bin:/bin"}
    subprocess.run([str(word) for word in words], check=True, env=library)
    return written
