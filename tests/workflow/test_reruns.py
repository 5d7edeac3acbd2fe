"""A stage reruns when, and only when, its inputs, its settings or its code have changed."""

import os
import shutil

import pytest

from skyloom.provenance.code import module_digests

AFTER = {
    "acquire": {"prepare", "data_card", "model_card"},
    "prepare": {
        *("pretrain", "embed", "cluster", "enrich", "layout", "retrieve", "probe", "data_card"),
    },
    "pretrain": {"embed", "model_card"},
    "embed": {"cluster", "search", "retrieve", "layout", "probe"},
    "cluster": {"enrich", "report"},
    "enrich": {"report"},
    "search": {"report"},
    "retrieve": {"report"},
    "layout": {"report"},
    "probe": {"compare", "report"},
    "compare": {"report", "model_card"},
    "report": {"provenance"},
    "model_card": {"provenance"},
    "data_card": {"provenance"},
    "provenance": {"all"},
    "all": set(),
}
"""What reads what a stage writes, in the tiny study."""
PARTS = {
    "acquire": (),
    "prepare": ("skyloom.surveys.mars.reader",),
    "pretrain": ("skyloom.surveys.mars.views",),
    "report": ("skyloom.surveys.mars.display", "skyloom.surveys.mars.credits"),
    "model_card": ("skyloom.surveys.mars.credits",),
    "data_card": ("skyloom.surveys.mars.credits",),
    "provenance": ("skyloom.surveys.mars.credits",),
}


def importers(module):
    """The stages that import a module, and everything that follows from them."""
    found = {
        stage
        for stage in AFTER.keys() - {"all"}
        if module in module_digests(f"skyloom.stages.{stage}", *PARTS.get(stage, ()))
    }
    waiting = list(found)
    while waiting:
        new = AFTER[waiting.pop()] - found
        found |= new
        waiting += new
    return found


def edit(repository, name, old, new):
    path = repository.folder / name
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    return lambda: path.write_text(text)


def test_touched_sources_comments_and_docstrings_rerun_nothing(finished):
    for path in (finished.folder / "workflow").rglob("*.py"):
        os.utime(path)
    name = "workflow/skyloom/analyze/cluster.py"
    undo = edit(finished, name, "import numpy", "# why\nimport numpy")
    undo_docstring = edit(finished, "workflow/skyloom/learn/train.py", '"""', '"""Other words. ')
    assert finished.planned() == set()
    undo()
    undo_docstring()


@pytest.mark.parametrize(
    ("module", "expected"),
    [
        ("analyze/cluster", {"cluster", "enrich", "report", "provenance", "all"}),
        ("analyze/probe", None),
        ("report/page", {"report", "provenance", "all"}),
        ("report/cards", {"model_card", "data_card", "provenance", "all"}),
        ("surveys/mars/credits", None),
        ("surveys/sun/reader", set()),
        ("relabel/ranking", set()),
        ("provenance/record", None),
    ],
)
def test_a_changed_module_reruns_exactly_the_stages_that_import_it(finished, module, expected):
    path = finished.folder / "workflow/skyloom" / f"{module}.py"
    text = path.read_text()
    path.write_text(text + "\nANOTHER = 1\n")
    planned = finished.planned()
    path.write_text(text)
    imported = importers(f"skyloom.{module.replace('/', '.')}")
    assert planned == imported
    assert expected is None or planned == expected


def test_a_change_of_how_records_are_written_retrains_nothing():
    assert not {"pretrain", "embed", "cluster"} & importers("skyloom.provenance.record")


def test_settings_that_no_stage_reads_rerun_nothing(finished):
    text = (finished.folder / "tiny.yaml").read_text()
    unread = "reviews: elsewhere\narchive_root: /none\n"
    (finished.folder / "tiny.yaml").write_text(text + unread)
    assert finished.planned() == set()
    (finished.folder / "tiny.yaml").write_text(text)


def test_copied_results_in_a_fresh_clone_rerun_nothing_once_verified(finished, fresh):
    copy = shutil.copyfile  # with the present time, in whatever order the folder has
    source = finished.folder / "results/tiny"
    shutil.copytree(source, fresh.folder / "results/tiny", copy_function=copy)
    assert "pretrain" in fresh.planned()
    done = fresh.skyloom("adopt", "results/tiny")
    assert done.returncode == 0, done.stdout + done.stderr
    assert fresh.planned() == set()
    undo = edit(fresh, "workflow/skyloom/analyze/cluster.py", "n_init=4", "n_init=5")
    assert fresh.planned() == {"cluster", "enrich", "report", "provenance", "all"}
    undo()
    encoder = fresh.folder / "results/tiny/mars/simclr/encoder.safetensors"
    encoder.write_bytes(encoder.read_bytes()[:-1] + b"x")
    refused = fresh.skyloom("adopt", "results/tiny")
    assert refused.returncode == 1
    assert "CHANGED    results/tiny/mars/simclr/encoder.safetensors" in refused.stdout


def test_touch_hides_no_edit_of_a_record(finished, tmp_path):
    changed = finished.copy(tmp_path / "changed")
    record = changed.folder / "results/tiny/mars/provenance/cluster/simclr.json"
    record.write_text(record.read_text().replace('"seed": 1', '"seed": 2', 1))
    assert changed.snakemake("all", options=("--touch",)).returncode == 0
    found = changed.skyloom("audit", "results/tiny")
    assert found.returncode == 1
    assert "RECORD     results/tiny/mars/provenance/cluster/simclr.json" in found.stdout
