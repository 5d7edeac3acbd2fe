"""Every kind of damage is found by name; what is untouched has no finding."""

import json
import os
import shutil
from pathlib import Path

import pytest
from made_results import CLOSED, JOBS, LOG, MARS, RESULTS, begin_run, record_file, run_job

from skyloom.__main__ import main
from skyloom.digest import sha256_of_file
from skyloom.provenance import currency, record
from skyloom.provenance.audit import audit
from skyloom.provenance.environment import versions
from skyloom.provenance.runs import run_files

WRITTEN = [MARS / name for _, outputs, _ in JOBS.values() for name in outputs]


def found(target=RESULTS):
    return {(finding.kind, finding.path) for finding in audit(target).findings}


def flip(path, place=5):
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    path.write_bytes(content)


def edit(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def test_untouched_results_have_no_findings(study, capsys):
    assert found() == set()
    assert main(["audit", str(study)]) == 0
    assert "15 files, 7 records, 1 runs, 0 findings" in capsys.readouterr().out


@pytest.mark.parametrize("path", WRITTEN, ids=str)
def test_a_flipped_byte_in_each_kind_of_file_is_named(study, path, capsys):
    flip(path)
    assert found() == {("changed", str(path))}
    assert main(["audit", str(study)]) == 1
    said = capsys.readouterr().out
    assert f"CHANGED    {path}: written by" in said
    assert "Expected sha256" in said


def test_two_files_that_were_swapped_are_both_named(study):
    one, other = MARS / "images/a.npy", MARS / "simclr/features/a.parquet"
    one.rename(one.with_suffix(".x"))
    other.rename(one)
    one.with_suffix(".x").rename(other)
    assert found() == {("changed", str(one)), ("changed", str(other))}


def test_an_edit_that_keeps_size_and_time_is_found(study):
    path = MARS / "images/a.npy"
    assert main(["audit", str(study)]) == 0
    before = path.stat()
    os.utime(path, ns=(before.st_atime_ns, 1_700_000_000_000_000_000))
    assert main(["audit", str(study)]) == 0
    flip(path)
    os.utime(path, ns=(before.st_atime_ns, 1_700_000_000_000_000_000))
    assert main(["audit", str(study)]) == 1


def test_a_raw_file_that_was_deleted(study, capsys):
    (MARS / "raw/a.zip").unlink()
    assert found() == {("missing", str(MARS / "raw/a.zip"))}
    assert main(["audit", str(study)]) == 1
    assert "restore it from a copy" in capsys.readouterr().out


def test_an_edited_record_is_found_by_the_run_that_noted_it(study):
    edit(record_file("cluster"), '"seed": 1', '"seed": 2')
    assert found() == {("record", str(record_file("cluster")))}


def test_a_file_and_its_record_edited_together_are_found(study):
    path = MARS / "simclr/clusters/kmeans.parquet"
    before = json.loads(record_file("cluster").read_text())["outputs"][0]["sha256"]
    flip(path)
    edit(record_file("cluster"), before, sha256_of_file(path))
    kinds = found()
    assert ("record", str(record_file("cluster"))) in kinds


def test_a_deleted_record_leaves_its_files_unaccounted_for(study):
    record_file("embed").unlink()
    assert found() == {
        ("missing", str(record_file("embed"))),
        ("unrecorded", str(MARS / "simclr/features/a.parquet")),
    }


def test_a_record_that_is_none(study):
    record_file("embed").write_text("{half")
    assert ("record", str(record_file("embed"))) in found()


def test_a_stray_file(study):
    (MARS / "stray.parquet").touch()
    assert found() == {("unrecorded", str(MARS / "stray.parquet"))}
    assert found(MARS / "stray.parquet") == found()


def test_an_edited_closed_round(study):
    edit(CLOSED, ",fix,", ",keep,")
    assert found() == {("seal", str(CLOSED)), ("changed", str(CLOSED))}


def test_an_edited_log_of_a_closed_round(study):
    edit(LOG, "dune", "rock")
    assert found() == {("seal", str(LOG))}


def test_a_log_that_was_added_after_the_round(study):
    LOG.with_stem("bob").write_text(LOG.read_text())
    assert found() == {("seal", str(LOG.with_stem("bob")))}


def test_an_edited_run(study):
    (path,) = run_files(study)
    edit(path, '"rule": "embed"', '"rule": "other"')
    assert ("run", str(path)) in found()


def test_a_run_that_was_cut_short_or_deleted_is_found_by_the_next(study):
    log = begin_run()
    run_job("cluster", 1, log)
    run_job("report", 2, log)
    log.close()
    assert found() == set()
    first, _ = run_files(study)
    lines = first.read_text().splitlines(keepends=True)
    first.write_text("".join(lines[:-1]))
    assert found() == {("run", str(first))}
    first.unlink()
    assert ("run", str(first)) in found()


def test_a_result_whose_input_was_made_anew_is_stale(study, capsys):
    log = begin_run()
    run_job("cluster", 1, log, content="new")
    log.close()
    assert found() == {("stale", str(MARS / "report.html"))}
    assert main(["audit", str(study)]) == 3
    assert "from another version of" in capsys.readouterr().out


def test_a_result_of_other_code_is_stale(study, monkeypatch, capsys):
    monkeypatch.setattr(
        currency,
        "changed_modules",
        lambda modules: [name for name in modules if name == "skyloom.analyze.cluster"],
    )
    assert found() == {("stale", str(MARS / "simclr/clusters/kmeans.parquet"))}
    main(["audit", str(study)])
    assert "skyloom.analyze.cluster changed since" in capsys.readouterr().out


def test_a_result_of_other_libraries_or_of_a_changed_tree(study, monkeypatch):
    monkeypatch.setattr(record, "versions", lambda: versions() | {"numpy": "1.0"})
    dirty = {"commit": "1" * 40, "dirty": True, "changed": ["workflow/skyloom/plan.py"]}
    monkeypatch.setattr(record, "git_state", lambda: dirty)
    log = begin_run()
    run_job("report", 1, log)
    log.close()
    page = str(MARS / "report.html")
    assert found() == {("versions", page), ("dirty", page)}


def test_a_job_outside_of_the_workflow_is_noted(study, capsys):
    (path,) = run_files(study)
    path.unlink()
    assert {kind for kind, _ in found()} == {"unlogged"}
    assert main(["audit", str(study)]) == 0


def test_one_file_is_audited_with_what_it_comes_from(study):
    flip(MARS / "rounds/2/labels.csv")
    assert found(MARS / "simclr/clusters/kmeans.parquet") == set()
    assert found(MARS / "report.html") == {("changed", str(MARS / "rounds/2/labels.csv"))}


def test_what_is_no_result(study):
    (study / "README.md").touch()
    (MARS / ".kept").mkdir()
    (MARS / ".kept" / "raw.zip").touch()
    (MARS / "simclr" / "checkpoint").mkdir(parents=True)
    (MARS / "simclr" / "checkpoint" / "state.pt").touch()
    assert found() == set()


def test_no_results(tmp_path, capsys):
    assert main(["audit", str(tmp_path / "none")]) == 2
    assert "Run the workflow first" in capsys.readouterr().err
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "README.md").touch()
    assert main(["audit", str(tmp_path / "empty")]) == 2
    assert f"there are no records in {tmp_path / 'empty'}" in capsys.readouterr().err


def test_results_are_audited_from_any_folder(study, monkeypatch):
    place = Path.cwd() / study
    monkeypatch.chdir("/")
    assert [f.kind for f in audit(place).findings] == []
    flip(place / "mars/images/a.npy")
    assert [f.kind for f in audit(place).findings] == ["changed"]


def test_a_copy_beside_the_original_is_audited_itself(study):
    shutil.copytree("results", "again/results")
    shutil.copytree("reviews", "again/reviews")
    copy = Path("again") / study
    assert [f.kind for f in audit(copy).findings] == []
    flip(copy / "mars/images/a.npy")
    assert [f.kind for f in audit(copy).findings] == ["changed"]
    assert found() == set()


def test_results_recorded_by_absolute_paths(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    place = tmp_path / "scratch"
    (place / "mars").mkdir(parents=True)
    made = place / "mars/clusters.parquet"
    made.write_text("one")
    record.JobRecord("cluster", ["skyloom.stages.cluster"], {}, 1, {}).write(
        place / "mars/provenance/cluster.json", [], [made]
    )
    for target in (place, Path("scratch"), Path("scratch/../scratch")):
        kinds = {finding.kind for finding in audit(target).findings}
        assert kinds <= {"unlogged", "dirty"}
    made.write_text("two")
    assert ("changed", str(made)) in found(Path("scratch"))


def test_findings_as_json(study, capsys):
    flip(MARS / "images/a.npy")
    assert main(["audit", str(study), "--json"]) == 1
    said = json.loads(capsys.readouterr().out)
    (finding,) = said["findings"]
    assert finding["severity"] == "error"
    assert finding["expected"] != finding["found"]
    assert finding["remedy"]


def test_the_state_changes_with_any_record(study):
    before = audit(study).state
    assert audit(study).state == before
    edit(record_file("cluster"), '"seed": 1', '"seed": 2')
    assert audit(study).state != before
