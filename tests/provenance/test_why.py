import json

import pytest
from made_results import CLOSED, MARS

from skyloom.__main__ import main
from skyloom.provenance.records import read_records
from skyloom.provenance.why import tree_of


def why(path, capsys, *options):
    status = main(["why", str(path), *options])
    said = capsys.readouterr()
    return status, said.out + said.err


def test_a_result_is_followed_to_the_archive_and_to_people(study, capsys):
    status, said = why(MARS / "report.html", capsys)
    assert status == 0
    order = ["report ->", "cluster ->", "embed ->", "prepare ->", "acquire ->"]
    places = [said.index(word) for word in order]
    assert places == sorted(places)
    said = " ".join(said.replace("│", " ").split())
    for word in (
        "https://archive.example/raw.zip (downloaded)",
        "retrieved 2026-01-02 03:04:05 UTC",
        "commit 1111111111, clean",
        "seed 1",
        f"closed round of verdicts: {CLOSED}",
        "ann: 2 fix; 2026-02-03T12:00:00+00:00",
        "torch ",
        "no GPU, 1 thread",
    ):
        assert word in said


def test_the_same_as_json(study, capsys):
    _, said = why(MARS / "rounds/2/labels.csv", capsys, "--json")
    document = json.loads(said)
    assert {record["stage"] for record in document["jobs"].values()} == {
        *("acquire", "prepare", "labels"),
    }
    (source,) = document["sources"]
    assert (source["url"], len(source["sha256"])) == ("https://archive.example/raw.zip", 64)
    (verdicts,) = document["verdicts"]
    assert verdicts["reviewers"][0]["name"] == "ann"


def test_each_job_is_told_once(study):
    lines = list(tree_of(read_records(study), str(MARS / "report.html")))
    assert sum("acquire ->" in line and "as above" not in line for line in lines) == 1
    assert any("(as above)" in line for line in lines)


def test_a_changed_file_says_so(study, capsys):
    (MARS / "report.html").write_text("other")
    assert "was CHANGED since" in why(MARS / "report.html", capsys)[1]


@pytest.mark.parametrize(
    ("name", "message"),
    [("stray.txt", "nobody knows where it comes from"), ("none.txt", "is not there")],
)
def test_a_file_without_a_record(study, capsys, name, message):
    (MARS / "stray.txt").touch()
    status, said = why(MARS / name, capsys)
    assert status == 1
    assert message in said
