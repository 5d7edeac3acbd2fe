"""Crates: valid at REQUIRED level without a network, zipped and in place, whole and true."""

import json
import shutil
import tomllib
import zipfile
from pathlib import Path

import pytest
import yaml
from made_results import CLOSED, MARS, RESULTS, event, run_job
from validator import problems

from made import ROOT
from skyloom.commands.crate import describe_in_place
from skyloom.digest import sha256_of_file
from skyloom.provenance.crate.build import build_crate, write_in_place, write_zip
from skyloom.provenance.crate.study import study_of
from skyloom.provenance.records import read_records
from skyloom.provenance.runs import RunLog

CONFIG = {"results": str(RESULTS), "surveys": ["mars"], "mars": {"shards": "sheet.tsv"}}


@pytest.fixture
def packed(study):
    """The description of a small study with the workflow's code around it."""
    for name in ("Snakefile", "README.md", "LICENSE", "CITATION.cff", "pyproject.toml"):
        shutil.copy(ROOT / name, name)
    for name in ("stages", "provenance"):
        shutil.copytree(ROOT / "workflow/skyloom" / name, f"workflow/skyloom/{name}")
    Path("sheet.tsv").write_text("shard\turl\tbytes\tsha256\n")
    return study_of(CONFIG, read_records(RESULTS))


def graph(text):
    return {entity["@id"]: entity for entity in json.loads(text)["@graph"]}


def test_a_zipped_crate_is_valid_and_holds_every_byte(packed, tmp_path, monkeypatch):
    path = tmp_path / "crate.zip"
    write_zip(build_crate(packed), path)
    assert problems(path, "REQUIRED", monkeypatch) == []
    with zipfile.ZipFile(path) as file:
        entities = graph(file.read("ro-crate-metadata.json"))
        for name in file.namelist():
            if "sha256" in entities.get(name, {}):
                there = Path(name) if Path(name).exists() else None
                assert there is None or entities[name]["sha256"] == sha256_of_file(there)
                assert file.read(name) == Path(name).read_bytes()
        assert set(packed.results()) < set(file.namelist())
        assert {str(CLOSED), "Snakefile", "sheet.tsv"} < set(file.namelist())
    job = entities["#job-results-study-mars-provenance-cluster-json"]
    assert job["instrument"] == {"@id": "workflow/skyloom/stages/cluster.py"}
    assert {"@id": str(MARS / "simclr/clusters/kmeans.parquet")} in job["result"]
    review = entities["#review-reviews-mars-closed-round-01-csv"]
    assert review["agent"] == {"@id": "#reviewer-ann"}
    assert "https://doi.org/10.5281/zenodo.1049137" in entities
    raw = entities[str(MARS / "raw/a.zip")]
    assert raw["url"] == "https://archive.example/raw.zip"


def test_a_run_whose_config_leaves_results_to_its_default(packed, monkeypatch):
    log = RunLog(RESULTS, {key: CONFIG[key] for key in ("surveys", "mars")}, [])
    log.emit(event("workflow_started", snakemake_version="9.27.1"))
    run_job("report", 1, log)
    log.close()
    assert describe_in_place(RESULTS) == Path("ro-crate-metadata.json")
    assert problems(Path.cwd(), "REQUIRED", monkeypatch) == []


def test_a_crate_in_place_is_valid_too(packed, monkeypatch):
    path = write_in_place(build_crate(packed), packed)
    assert path == Path("ro-crate-metadata.json")
    assert problems(Path.cwd(), "REQUIRED", monkeypatch) == []


def test_what_is_too_large_is_named_by_its_digest(packed, tmp_path, monkeypatch):
    path, large = tmp_path / "crate.zip", MARS / "simclr/clusters/kmeans.parquet"
    write_zip(build_crate(packed, largest=large.stat().st_size - 1), path)
    with zipfile.ZipFile(path) as file:
        entities = graph(file.read("ro-crate-metadata.json"))
        assert str(large) not in file.namelist()
        assert str(MARS / "raw/a.zip") in file.namelist()
    (named,) = [entity for entity in entities.values() if entity.get("name") == str(large)]
    assert named["@id"].startswith("ni:///sha-256;")
    assert named["sha256"] == sha256_of_file(large)
    assert problems(path, "REQUIRED", monkeypatch) == []


def test_citation_file_is_right():
    said = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert {"cff-version", "message", "title", "authors", "abstract"} <= set(said)
    assert str(said["version"]) == project["version"]
    assert said["license"] == project["license"]
    names = [author.get("name") for author in said["authors"]]
    assert names == [author["name"] for author in project["authors"]]
