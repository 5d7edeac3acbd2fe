import json

import pytest

from skyloom.__main__ import main
from skyloom.provenance.audit import audit
from skyloom.provenance.record import JobRecord


@pytest.fixture
def results(tmp_path, monkeypatch):
    """Two jobs, the second of which read what the first wrote."""
    monkeypatch.chdir(tmp_path)
    from pathlib import Path

    base = Path("results/mars")
    for name in ("raw.zip", "images.npy"):
        (base / name).parent.mkdir(parents=True, exist_ok=True)
        (base / name).write_bytes(name.encode() * 10)
    for stage, inputs, outputs in (
        ("acquire", [], [base / "raw.zip"]),
        ("prepare", [base / "raw.zip"], [base / "images.npy"]),
    ):
        record = JobRecord(stage, [f"skyloom.stages.{stage}"], {"seed": 1}, threads=1)
        record.write(base / "provenance" / f"{stage}.json", inputs, outputs)
    return Path("results")


def kinds(results):
    return [(finding.kind, finding.path) for finding in audit(results).findings]


def test_untouched_results_have_no_findings(results, capsys):
    assert kinds(results) == []
    assert main(["audit", str(results)]) == 0
    assert "4 files, 2 records, 0 findings" in capsys.readouterr().out


def test_a_flipped_byte_is_named(results, capsys):
    path = results / "mars" / "images.npy"
    content = bytearray(path.read_bytes())
    content[5] ^= 1
    path.write_bytes(content)
    assert kinds(results) == [("changed", "results/mars/images.npy")]
    assert main(["audit", str(results)]) == 1
    said = capsys.readouterr().out
    assert "CHANGED" in said
    assert "results/mars/images.npy: written by prepare, sha256" in said


def test_what_else_does_not_fit(results):
    (results / "mars" / "raw.zip").unlink()
    (results / "mars" / "stray.parquet").touch()
    (results / "mars" / "provenance" / "prepare.json").write_text("{half")
    assert set(kinds(results)) == {
        ("missing", "results/mars/raw.zip"),
        ("unrecorded", "results/mars/stray.parquet"),
        ("unrecorded", "results/mars/images.npy"),
        ("record", "results/mars/provenance/prepare.json"),
    }


def test_what_is_no_result(results):
    (results / "README.md").touch()
    (results / "mars" / ".kept").mkdir()
    (results / "mars" / ".kept" / "raw.zip").touch()
    (results / "mars" / "simclr" / "checkpoint").mkdir(parents=True)
    (results / "mars" / "simclr" / "checkpoint" / "state.pt").touch()
    assert kinds(results) == []


def test_no_results(tmp_path, capsys):
    assert main(["audit", str(tmp_path / "none")]) == 2
    assert "Run the workflow first" in capsys.readouterr().err


def test_a_record_says_what_an_auditor_asks(results):
    record = json.loads((results / "mars/provenance/prepare.json").read_text())
    (read,) = record["inputs"]
    assert (read["path"], read["bytes"], len(read["sha256"])) == ("results/mars/raw.zip", 70, 64)
    assert record["settings"] == {"seed": 1}
    assert "skyloom.prepare" in record["code"]["modules"]
    assert len(record["git"]["commit"]) == 40
    assert isinstance(record["git"]["dirty"], bool)
    assert {"python", "numpy", "torch", "snakemake"} <= set(record["versions"])
    assert {"host", "processor", "threads", "gpu"} <= set(record["machine"])
    assert record["seconds"] >= 0
    assert record["peak_memory_mb"] > 0
