import json
import shutil
import zipfile
from pathlib import Path

import pandas as pd
import pytest
from made_results import MARS, RESULTS, record_file

from skyloom.__main__ import main
from skyloom.provenance.records import read_records
from skyloom.provenance.replay import ReplayError, compare, replay
from skyloom.tables import write_table


def test_what_is_the_same_and_what_is_not(study, tmp_path):
    again = tmp_path / "again"
    shutil.copytree(study, again / RESULTS)
    (again / MARS / "images/a.npy").write_bytes(b"other")
    (again / MARS / "simclr/encoder.safetensors").unlink()
    found = compare(read_records(study), again, whole=True)
    assert found.different == [str(MARS / "images/a.npy")]
    assert found.missing == [str(MARS / "simclr/encoder.safetensors")]
    assert len(found.same) == 6
    partly = compare(read_records(study), again, whole=False)
    assert partly.missing == []


def test_measured_times_are_no_difference(study, tmp_path):
    again, table = tmp_path / "again", MARS / "simclr/clusters/kmeans.parquet"
    rows = pd.DataFrame({"recall": [0.5], "milliseconds": [1.0]})
    write_table(table, rows)
    write_table(again / table, rows.assign(milliseconds=2.0))
    found = compare(read_records(study), again, whole=False)
    assert found.measured == [str(table)]
    write_table(again / table, rows.assign(recall=0.6))
    assert compare(read_records(study), again, whole=False).different == [str(table)]


def test_pages_that_tell_of_their_own_run_are_not_compared(study, tmp_path):
    document = json.loads(record_file("report").read_text())
    entry = {"path": str(record_file("cluster")), "sha256": "0" * 64, "bytes": 1}
    document["inputs"].append(entry)
    record_file("report").write_text(json.dumps(document))
    (tmp_path / MARS).mkdir(parents=True, exist_ok=True)
    found = compare(read_records(study), Path(), whole=True)
    assert found.telling == [str(MARS / "report.html")]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda path: path.write_bytes(b"no zip"), "neither a folder nor a zip file"),
        (lambda path: zipfile.ZipFile(path, "w").close(), "it has no ro-crate-metadata.json"),
    ],
)
def test_what_is_no_crate(tmp_path, make, message):
    make(tmp_path / "crate.zip")
    with pytest.raises(ReplayError, match=message):
        replay(tmp_path / "crate.zip", tmp_path / "folder", Path(), [])


def test_a_folder_that_is_not_empty(tmp_path, capsys):
    assert main(["replay", "none.zip", "--folder", str(tmp_path.parent)]) == 1
    assert "is not empty" in capsys.readouterr().err
